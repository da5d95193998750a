// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ia32.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#ifdef __x86_64__

#define ROOM 65536

/* The sixth argument is on the stack; rbx and rbp are the caller's. */
asm(".pushsection .text\n"
    ".globl ia32_call\n"
    ".type ia32_call, @function\n"
    "ia32_call:\n"
    "	push %rbx\n"
    "	push %rbp\n"
    "	mov %rdi, %rax\n"
    "	mov %rsi, %rbx\n"
    "	mov %rcx, %r10\n"
    "	mov %rdx, %rcx\n"
    "	mov %r10, %rdx\n"
    "	mov %r8, %rsi\n"
    "	mov %r9, %rdi\n"
    "	mov 24(%rsp), %rbp\n"
    "	int $0x80\n"
    "	pop %rbp\n"
    "	pop %rbx\n"
    "	ret\n"
    ".size ia32_call, . - ia32_call\n"
    ".popsection\n");

void *ia32_room(size_t size)
{
	static char *room;
	static size_t used;
	void *p;

	if (!room) {
		room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_POPULATE,
			    -1, 0);
		NEED(room != MAP_FAILED);
	}
	NEED(used + size <= ROOM);
	p = room + used;
	used = (used + size + 15) & ~(size_t)15;
	return p;
}

void *ia32_copy(const void *from, size_t size)
{
	return memcpy(ia32_room(size), from, size);
}

#define BASE 0x08048000

/* Code of 32 bits: ebp is BASE, and what is at its end is filled in below. */
extern const char ia32_code[], ia32_code_end[];
asm(".pushsection .rodata\n"
    ".code32\n"
    "ia32_code:\n"
    "	mov $20, %eax\n" /* getpid, which must be seen as that */
    "	int $0x80\n"
    "	mov %eax, %esi\n"
    "	call 2f\n"
    "	ret\n" /* a signal's handler */
    "2:	pop %ecx\n"
    "	mov $48, %eax\n" /* signal */
    "	mov $10, %ebx\n"
    "	int $0x80\n"
    "	mov $37, %eax\n" /* kill itself by it */
    "	mov %esi, %ebx\n"
    "	mov $10, %ecx\n"
    "	int $0x80\n"
    "	mov $2, %eax\n" /* fork; the child ends with 0 */
    "	int $0x80\n"
    "	test %eax, %eax\n"
    "	jnz 1f\n"
    "	mov $1, %eax\n"
    "	xor %ebx, %ebx\n"
    "	int $0x80\n"
    "1:	mov %eax, %ebx\n"
    "	mov $7, %eax\n" /* waitpid */
    "	xor %ecx, %ecx\n"
    "	xor %edx, %edx\n"
    "	int $0x80\n"
    "	mov $11, %eax\n"
    "	mov $0x08049000, %ebx\n"
    "	mov $0x08049100, %ecx\n"
    "	xor %edx, %edx\n"
    "	int $0x80\n"
    "	mov $1, %eax\n"
    "	mov $7, %ebx\n"
    "	int $0x80\n"
    "ia32_code_end:\n"
    ".code64\n"
    ".popsection\n");

const char *ia32_program(const char *next)
{
	static struct {
		uint8_t ident[16];
		uint16_t type, machine;
		uint32_t version, entry, phoff, shoff, flags;
		uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
		uint32_t p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
		char code[4096 - 84];
		char path[256];	  /* at BASE + 4096 */
		uint32_t argv[2]; /* ... + 256 */
	} elf = {
		.ident = "\177ELF\1\1\1",
		.type = 2,
		.machine = 3,
		.version = 1,
		.entry = BASE + 84,
		.phoff = 52,
		.ehsize = 52,
		.phentsize = 32,
		.phnum = 1,
		.p_type = 1,
		.p_vaddr = BASE,
		.p_filesz = sizeof(elf),
		.p_memsz = sizeof(elf),
		.p_flags = 7,
		.p_align = 4096,
		.argv = {BASE + 4096, 0},
	};
	const char *path = live_path("ia32");
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0700);

	_Static_assert(offsetof(__typeof__(elf), path) == 4096 && offsetof(__typeof__(elf), argv) == 4096 + 256, "");
	memcpy(elf.code, ia32_code, (uintptr_t)ia32_code_end - (uintptr_t)ia32_code);
	if (next)
		memcpy(elf.path, next, strlen(next) + 1);
	NEED(fd >= 0 && write(fd, &elf, sizeof(elf)) == (ssize_t)sizeof(elf));
	close(fd);
	return path;
}

bool ia32_possible(const char *suite)
{
	int status = 0, pid = fork();

	if (pid == 0)
		_exit(ia32_call(20, 0, 0, 0, 0, 0, 0) == getpid() ? 0 : 1);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		return true;
	printf("skipped: %s: this kernel takes no 32-bit system calls\n", suite);
	return false;
}

#else

bool ia32_possible(const char *suite)
{
	printf("skipped: %s: on this architecture 32-bit system calls are counted, and not shown\n", suite);
	return false;
}

#endif

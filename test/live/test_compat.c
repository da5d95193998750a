/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* 32-bit system calls have numbers of their own: they are not taken for others, and counted where they are not
 * reported. */
#include <check.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

/*
 * The program calls getpid and exit, 20 and 1 in the tables of i386 and arm; others: what these are in this machine's.
 * exit does not come back, and is not counted.
 */
#ifdef __x86_64__
#define COUNTED	 0
#define REPORTED 1
static const char *const others[] = {"writev", "write"};

static void call_32(void)
{
	asm volatile("int $0x80" : : "a"(20) : "memory");
	asm volatile("int $0x80" : : "a"(1), "b"(0) : "memory");
}
#else
#define REPORTED 0
#define COUNTED	 2 /* to exec a 32-bit program ends as a call of that */
static const char *const others[] = {"epoll_create1", "io_destroy"};

/* A program of its own: a process of aarch64 cannot make calls of the other kind. */
static void call_32(void)
{
	static const struct {
		uint8_t ident[16];
		uint16_t type, machine;
		uint32_t version, entry, phoff, shoff, flags;
		uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
		uint32_t p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
		uint32_t code[5];
	} elf = {
		.ident = "\177ELF\1\1\1",
		.type = 2,
		.machine = 40,
		.version = 1,
		.entry = 0x10054,
		.phoff = 52,
		.flags = 0x05000000,
		.ehsize = 52,
		.phentsize = 32,
		.phnum = 1,
		.p_type = 1,
		.p_vaddr = 0x10000,
		.p_filesz = sizeof(elf),
		.p_memsz = sizeof(elf),
		.p_flags = 5,
		.p_align = 0x10000,
		/* mov r7, #20; svc #0; mov r7, #1; mov r0, #0; svc #0 */
		.code = {0xe3a07014, 0xef000000, 0xe3a07001, 0xe3a00000, 0xef000000},
	};
	int fd = memfd_create("arm", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, &elf, sizeof(elf)) == (ssize_t)sizeof(elf))
		fexecve(fd, (char *[]){"arm", NULL}, (char *[]){NULL});
	_exit(errno == ENOEXEC ? LIVE_SKIP : 1);
}
#endif

START_TEST(they_are_counted)
{
	struct gyr_stats st = {.sz = sizeof(st)};
	const struct gyr_event *ev;
	struct gyr *g;
	int pid, status, reported = 0;

	live_prepare();
	pid = fork();
	if (pid == 0) {
		live_hold();
		call_32();
	}
	g = live_open_or_fail(NULL, &pid, 1, 0);
	live_release(pid);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(gyr_stop(g), 0);
	while (gyr_next(g, &ev, LIVE_PATIENCE) == 1) {
		reported += gyr_event_compat(ev) && !strcmp(gyr_event_name(ev), "getpid");
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			ck_assert_str_ne(gyr_event_name(ev), others[i]);
	}
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	gyr_close(g);
	if (WIFSIGNALED(status) || WEXITSTATUS(status) == LIVE_SKIP) {
		puts("skipped: they_are_counted: this kernel runs no 32-bit programs");
		return;
	}
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(st.compat, COUNTED);
	ck_assert_int_eq(reported, REPORTED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compat");
	TCase *tc = tcase_create("compat");

	if (!live_possible("compat"))
		return LIVE_SKIP;
	tcase_add_test(tc, they_are_counted);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "answer.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each ends with the call, so that the instruction behind it tells which of them it was. */
int64_t call_to_answer(long nr, const uint64_t *args);
extern const char call_to_answer_end[];

/* clang-format off */
#if defined(__x86_64__)
#define DEFINE_CALL(name)                                                                                              \
	__asm__(".pushsection .text\n.globl " name "\n.type " name ", @function\n" name ":\n"                          \
		"mov %rdi, %rax\nmov %rsi, %r11\n"                                                                     \
		"mov (%r11), %rdi\nmov 8(%r11), %rsi\nmov 16(%r11), %rdx\n"                                            \
		"mov 24(%r11), %r10\nmov 32(%r11), %r8\nmov 40(%r11), %r9\n"                                           \
		"syscall\n.globl " name "_end\n" name "_end:\nret\n.size " name ", . - " name "\n.popsection\n")
#elif defined(__aarch64__)
#define DEFINE_CALL(name)                                                                                              \
	__asm__(".pushsection .text\n.globl " name "\n.type " name ", %function\n" name ":\n"                          \
		"mov x8, x0\nmov x9, x1\nldp x0, x1, [x9]\nldp x2, x3, [x9, #16]\nldp x4, x5, [x9, #32]\n"             \
		"svc #0\n.globl " name "_end\n" name "_end:\nret\n.size " name ", . - " name "\n.popsection\n")
#endif
/* clang-format on */
DEFINE_CALL("plain_call");
DEFINE_CALL("call_to_answer");

static int64_t *answer; /* shared with who answers */

int64_t answered_call(long nr, const uint64_t args[6], int64_t ret)
{
	*(volatile int64_t *)answer = ret;
	return call_to_answer(nr, args);
}

static int install(void)
{
	uint64_t at = (uint64_t)call_to_answer_end;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)at, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(at >> 32), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);

	return fd < 0 ? -errno : (int)fd;
}

static void serve(int fd)
{
	/* A newer kernel may ask for more than this header knows: the kernel's own sizes are smaller than this. */
	union {
		struct seccomp_notif is;
		uint64_t room[64];
	} asked;
	union {
		struct seccomp_notif_resp is;
		uint64_t room[64];
	} said;

	for (;;) {
		asked = (typeof(asked)){.room = {0}};
		said = (typeof(said)){.room = {0}};
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked.is)) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			_exit(1);
		}
		said.is.id = asked.is.id;
		said.is.val = *(volatile int64_t *)answer;
		/* A call that failed is said in another field, which holds no result but an errno. */
		if (said.is.val < 0) {
			said.is.error = (int32_t)said.is.val;
			said.is.val = 0;
		}
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &said.is);
	}
}

int answer_start(void)
{
	pid_t pid;
	int fd;

	answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answer == MAP_FAILED)
		return -errno;
	fd = install();
	if (fd < 0)
		return fd;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	close(fd);
	return pid < 0 ? -errno : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* clone, clone3, fork, vfork: seen once in the parent and once in the child. */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "harness.h"
#include "wire_values.h"

/* What the kernel keeps of the arguments of this program: argv[0], and the rest with their NULs. */
struct cmdline {
	char buf[4096];
	size_t exe_len, len;
};

static struct cmdline own_cmdline(void)
{
	struct cmdline c = {0};
	FILE *f = fopen("/proc/self/cmdline", "re");

	NEED(f);
	c.len = fread(c.buf, 1, sizeof(c.buf), f);
	fclose(f);
	c.exe_len = strlen(c.buf) + 1;
	return c;
}

static uint64_t fd_limit(void)
{
	struct rlimit r;

	NEED(getrlimit(RLIMIT_NOFILE, &r) == 0);
	return r.rlim_cur;
}

static const char *own_comm(void)
{
	static char comm[16];

	NEED(prctl(PR_GET_NAME, comm) == 0);
	return comm;
}

struct who {
	long res, tid, pid, ptid, vtid, vpid;
	uint32_t flags;
};

static void see_clone(int type, const char *name, struct who w)
{
	struct cmdline c = own_cmdline();

	/* clang-format off */
	SEE_OF(w.tid, type, name, I("res", w.res), S("exe", c.buf), B("args", c.buf + c.exe_len, c.len - c.exe_len),
	       I("tid", w.tid), I("pid", w.pid), I("ptid", w.ptid), EMPTY("cwd"), I("fdlimit", fd_limit()),
	       ANY("pgft_maj", "the kernel's to know"), ANY("pgft_min", "the kernel's to know"),
	       RANGE("vm_size", 100, 1ull << 36), RANGE("vm_rss", 1, 1 << 30), RANGE("vm_swap", 0, 1 << 30),
	       S("comm", own_comm()), live_cgroups("cgroups"), I("flags", w.flags),
	       I("uid", geteuid()), I("gid", getegid()), I("vtid", w.vtid), I("vpid", w.vpid),
	       RANGE("pidns_init_start_ts", 0, UINT64_MAX), CTX_PID(w.pid));
	/* clang-format on */
}

static void see_fork(int type, const char *name, long child, uint32_t flags)
{
	long self = getpid();

	see_clone(type, name, (struct who){child, self, self, getppid(), self, self, flags});
	see_clone(type, name, (struct who){0, child, child, self, child, child, flags});
}

static void fork_ok(void)
{
	long child = call(SYS_fork);

	if (child == 0)
		_exit(0);
	see_fork(225, "fork", child, 0);
	live_wait(child);
}

/* The child runs on the parent's stack: it must not return into C. */
static long raw_vfork(void)
{
#ifdef __x86_64__
	long ret;

	asm volatile("syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "mov $60, %%eax\n\t" /* exit */
		     "xor %%edi, %%edi\n\t"
		     "syscall\n"
		     "1:"
		     : "=a"(ret)
		     : "0"(58L)
		     : "rcx", "r11", "rdi", "memory");
	return ret;
#else
	return call(SYS_vfork);
#endif
}

static void vfork_ok(void)
{
	long child = raw_vfork();

	NEED(child > 0);
	see_fork(227, "vfork", child, 0);
	live_wait(child);
}

static void clone_process(void)
{
	int tid_at = 0; /* The fourth argument, or the fifth: it depends on the architecture. */
	long child = call(SYS_clone, SIGCHLD | CLONE_FS | CLONE_FILES | CLONE_CHILD_SETTID, 0L, 0L, &tid_at, &tid_at);

	if (child == 0)
		_exit(0);
	see_fork(223, "clone", child, W_CLONE_FS | W_CLONE_FILES | W_CLONE_CHILD_SETTID);
	live_wait(child);
}

static int thread_main(void *arg)
{
	(void)arg;
	return 0;
}

static void clone_thread(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			  CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	const uint32_t wire = W_CLONE_VM | W_CLONE_FS | W_CLONE_FILES | W_CLONE_SIGHAND | W_CLONE_THREAD |
			      W_CLONE_SYSVSEM | W_CLONE_PARENT_SETTID | W_CLONE_CHILD_CLEARTID;
	char *stack = malloc(65536);
	volatile int tid = 0, alive = 1;
	long self = getpid(), thread;

	NEED(stack);
	thread = clone(thread_main, stack + 65536, flags, NULL, &tid, NULL, &alive);
	NEED(thread > 0);
	see_clone(223, "clone", (struct who){thread, self, self, getppid(), self, self, wire});
	/* A thread's parent is its process's. */
	see_clone(223, "clone", (struct who){0, thread, self, getppid(), thread, self, wire});
	while (alive)
		usleep(1000);
}

static void clone_fails(void)
{
	long self = getpid();
	/* Threads share memory, or they are no threads. */
	long res = call(SYS_clone, CLONE_THREAD, 0L, 0L, 0L, 0L);

	SEE(223, "clone", I("res", res), EMPTY("exe"), EMPTY("args"), I("tid", self), I("pid", self),
	    I("ptid", getppid()), EMPTY("cwd"), I("fdlimit", fd_limit()), ANY("pgft_maj", "the kernel's to know"),
	    ANY("pgft_min", "the kernel's to know"), RANGE("vm_size", 100, 1ull << 36), RANGE("vm_rss", 1, 1 << 30),
	    RANGE("vm_swap", 0, 1 << 30), S("comm", own_comm()), live_cgroups("cgroups"), I("flags", W_CLONE_THREAD),
	    I("uid", 0), I("gid", 0), I("vtid", self), I("vpid", self), RANGE("pidns_init_start_ts", 0, UINT64_MAX));
}

static void clone3_ok(void)
{
	struct clone_args args = {.flags = CLONE_FS, .exit_signal = SIGCHLD};
	long child = call(SYS_clone3, &args, sizeof(args));

	if (child == 0)
		_exit(0);
	if (child == -ENOSYS)
		live_skip("no clone3 in this kernel");
	see_fork(335, "clone3", child, W_CLONE_FS);
	live_wait(child);
}

static void clone3_fails(void)
{
	long self = getpid();
	struct clone_args args = {.flags = CLONE_SIGHAND, .exit_signal = SIGCHLD};
	long res = call(SYS_clone3, &args, sizeof(args));

	SEE(335, "clone3", I("res", res), EMPTY("exe"), EMPTY("args"), I("tid", self), I("pid", self),
	    I("ptid", getppid()), EMPTY("cwd"), I("fdlimit", fd_limit()), ANY("pgft_maj", "the kernel's to know"),
	    ANY("pgft_min", "the kernel's to know"), RANGE("vm_size", 100, 1ull << 36), RANGE("vm_rss", 1, 1 << 30),
	    RANGE("vm_swap", 0, 1 << 30), S("comm", own_comm()), live_cgroups("cgroups"), I("flags", W_CLONE_SIGHAND),
	    I("uid", 0), I("gid", 0), I("vtid", self), I("vpid", self), RANGE("pidns_init_start_ts", 0, UINT64_MAX));
}

/* Tids are those of the root namespace; the child's own view is in vtid and vpid. */
static void clone_pid_namespace(void)
{
	long self = getpid();
	long child = call(SYS_clone, SIGCHLD | CLONE_NEWPID, 0L, 0L, 0L, 0L);

	if (child == 0)
		_exit(0);
	NEED(child > 0);
	see_clone(223, "clone", (struct who){child, self, self, getppid(), self, self, W_CLONE_NEWPID});
	see_clone(223, "clone", (struct who){0, child, child, self, 1, 1, W_CLONE_NEWPID | W_CLONE_CHILD_IN_PIDNS});
	live_wait(child);
}

/* Other credentials, another name, another limit: not those of root and of this program. */
static void clone_of_nobody(void)
{
	struct rlimit r = {.rlim_cur = 77, .rlim_max = 4096};
	struct cmdline c = own_cmdline();
	long self = getpid(), child;

	NEED(setrlimit(RLIMIT_NOFILE, &r) == 0);
	NEED(chdir("/usr") == 0);
	NEED(prctl(PR_SET_NAME, "some other name of a thread") == 0);
	NEED(setresgid(65533, 65532, 65533) == 0 && setresuid(65531, 65530, 65531) == 0);
	child = call(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);
	if (child == 0)
		_exit(0);
	NEED(child > 0);
	SEE_OF(child, 223, "clone", I("res", 0), S("exe", c.buf), B("args", c.buf + c.exe_len, c.len - c.exe_len),
	       I("tid", child), I("pid", child), I("ptid", self), EMPTY("cwd"), I("fdlimit", 77),
	       ANY("pgft_maj", "the kernel's to know"), ANY("pgft_min", "the kernel's to know"),
	       RANGE("vm_size", 100, 1ull << 36), RANGE("vm_rss", 1, 1 << 30), RANGE("vm_swap", 0, 1 << 30),
	       S("comm", "some other name"), live_cgroups("cgroups"), I("flags", 0), I("uid", 65530), I("gid", 65532),
	       I("vtid", child), I("vpid", child), RANGE("pidns_init_start_ts", 0, UINT64_MAX),
	       CTX_COMM("some other name"), CTX_UID(65530), CTX_GID(65532), CTX_CWD("/usr"), CTX_PPID(self));
	live_wait(child);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(fork_ok),	       CASE(vfork_ok),	CASE(clone_process), CASE(clone_thread),
		CASE(clone_fails),     CASE(clone3_ok), CASE(clone3_fails),  CASE(clone_pid_namespace),
		CASE(clone_of_nobody),
	};

	return live_family_of("process_clone", cases, sizeof(cases) / sizeof(cases[0]), &(struct live_asks){0});
}

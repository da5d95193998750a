/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kill and its like, ptrace, and how processes end. */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "harness.h"
#include "wire_values.h"

static void kill_both(void)
{
	long self = getpid();

	signal(SIGUSR2, SIG_IGN);
	SEE(129, "kill", I("res", call(SYS_kill, self, SIGUSR2)), I("pid", self), I("sig", SIGUSR2),
	    CTX_CATEGORY("signal"));
	SEE(129, "kill", I("res", call(SYS_kill, self, 0)), I("pid", self), I("sig", 0));
	SEE(129, "kill", I("res", call(SYS_kill, 0x7ffffffe, SIGTERM)), I("pid", 0x7ffffffe), I("sig", SIGTERM));
	SEE(129, "kill", I("res", call(SYS_kill, -0x7ffffffe, SIGTERM)), I("pid", -0x7ffffffe), I("sig", SIGTERM));
	SEE(129, "kill", I("res", call(SYS_kill, self, 65)), I("pid", self), I("sig", 65));
}

static void tkill_both(void)
{
	long self = getpid();

	signal(SIGUSR2, SIG_IGN);
	SEE(131, "tkill", I("res", call(SYS_tkill, self, SIGUSR2)), I("tid", self), I("sig", SIGUSR2));
	SEE(131, "tkill", I("res", call(SYS_tkill, -1, SIGUSR2)), I("tid", -1), I("sig", SIGUSR2));
	SEE(133, "tgkill", I("res", call(SYS_tgkill, self, self, SIGUSR2)), I("pid", self), I("tid", self),
	    I("sig", SIGUSR2));
	SEE(133, "tgkill", I("res", call(SYS_tgkill, self, 0x7ffffffe, SIGUSR2)), I("pid", self), I("tid", 0x7ffffffe),
	    I("sig", SIGUSR2));
}

static void on_signal(int sig)
{
	(void)sig;
}

/* Its result is that of the call that the signal came after. */
static void handled(void)
{
	struct sigaction act = {.sa_handler = on_signal};
	long self = getpid();

	NEED(sigaction(SIGUSR1, &act, NULL) == 0);
	SEE(129, "kill", I("res", call(SYS_kill, self, SIGUSR1)), I("pid", self), I("sig", SIGUSR1));
	SEE(32799, "rt_sigreturn", I("res", 0), CTX_CATEGORY("signal"));
}

/* A value of 64 bits, first of ptrace's types. */
#define WORD(param, v) DYN(param, 0, (&(uint64_t){(uint64_t)(v)}), 8)

static volatile long traced_word = 0x1122334455667788;

static void ptrace_ok(void)
{
	const unsigned char cont = 0;
	long word = 0, child = fork();

	if (child == 0) {
		SEE(169, "ptrace", I("res", call(SYS_ptrace, PTRACE_TRACEME, 0L, 0L, 0L)), WORD("addr", 0),
		    WORD("data", 0), I("request", W_PTRACE_TRACEME), I("pid", 0));
		raise(SIGSTOP);
		_exit(0);
	}
	NEED(child > 0 && WIFSTOPPED(live_wait(child)));
	/* The kernel writes the word where data points to. */
	SEE(169, "ptrace", I("res", call(SYS_ptrace, PTRACE_PEEKDATA, child, &traced_word, &word)),
	    WORD("addr", &traced_word), WORD("data", 0x1122334455667788), I("request", W_PTRACE_PEEKDATA),
	    I("pid", child));
	NEED(word == 0x1122334455667788);
	SEE(169, "ptrace", I("res", call(SYS_ptrace, PTRACE_POKEDATA, child, &traced_word, 77L)),
	    WORD("addr", &traced_word), WORD("data", 77), I("request", W_PTRACE_POKEDATA), I("pid", child));
	SEE(169, "ptrace", I("res", call(SYS_ptrace, PTRACE_CONT, child, 0L, 0L)), WORD("addr", 0),
	    DYN("data", 1, &cont, 1), I("request", W_PTRACE_CONT), I("pid", child));
	live_wait(child);
}

static void ptrace_fails(void)
{
	SEE(169, "ptrace", I("res", call(SYS_ptrace, PTRACE_ATTACH, 0x7ffffffeL, 5L, 6L)), WORD("addr", 0),
	    WORD("data", 0), I("request", W_PTRACE_ATTACH), I("pid", 0x7ffffffe));
	SEE(169, "ptrace", I("res", call(SYS_ptrace, PTRACE_DETACH, -1L, 0L, SIGTERM)), WORD("addr", 0),
	    WORD("data", 0), I("request", W_PTRACE_DETACH), I("pid", -1));
}

static void see_exit(long tid, int status, int ret, int sig, int core, long reaper)
{
	SEE_OF(tid, 186, "procexit", I("status", status), I("ret", ret), I("sig", sig), I("core", core),
	       I("reaper_tid", reaper));
}

static void exit_code(void)
{
	long child = fork();

	if (child == 0)
		syscall(SYS_exit_group, 42);
	NEED(child > 0 && WEXITSTATUS(live_wait(child)) == 42);
	see_exit(child, 42 << 8, 42, 0, 0, 0 /* it has no children that someone would have to reap */);
}

static void exit_by_signal(void)
{
	const struct rlimit none = {0, 0};
	long child = fork();

	if (child == 0) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
		_exit(1);
	}
	NEED(child > 0 && WTERMSIG(live_wait(child)) == SIGTERM);
	see_exit(child, SIGTERM, 0, SIGTERM, 0, 0);
}

/* Children of a process that ends go to the nearest subreaper above. */
static void exit_with_children(void)
{
	long child, grandchild;
	int go[2], out[2];

	NEED(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	NEED(pipe(go) == 0 && pipe(out) == 0);
	child = fork();
	if (child == 0) {
		grandchild = fork();
		if (grandchild == 0) {
			char c;

			close(go[1]);
			_exit(read(go[0], &c, 1) < 0);
		}
		_exit(write(out[1], &grandchild, sizeof(grandchild)) < 0);
	}
	NEED(read(out[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
	live_wait(child);
	see_exit(child, 0, 0, 0, 0, getpid());
	close(go[1]);
	live_wait(grandchild);
	see_exit(grandchild, 0, 0, 0, 0, 0);
}

static long thread_tid;

static void *thread_main(void *arg)
{
	(void)arg;
	thread_tid = syscall(SYS_gettid);
	syscall(SYS_exit, 3);
	return NULL;
}

static void exit_of_thread(void)
{
	pthread_t t;

	NEED(pthread_create(&t, NULL, thread_main, NULL) == 0);
	pthread_join(t, NULL);
	see_exit(thread_tid, 3 << 8, 3, 0, 0, 0);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(kill_both),      CASE(tkill_both),		CASE(handled),
		CASE(ptrace_ok),      CASE(ptrace_fails),	CASE(exit_code),
		CASE(exit_by_signal), CASE(exit_with_children), CASE(exit_of_thread),
	};

	return live_family("signals", cases, sizeof(cases) / sizeof(cases[0]));
}

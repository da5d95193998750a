/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* signaldeliver: a signal that a thread takes, by a handler or by dying of it; the event is the receiver's. */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "harness.h"

static void take(int sig)
{
	(void)sig;
}

static void see_of(long tid, int sig, long sender)
{
	SEE_OF(tid, 232, "signaldeliver", I("spid", sender), I("dpid", tid), I("sig", sig), CTX_CATEGORY("signal"));
}

static void see(int sig, long sender)
{
	see_of(getpid(), sig, sender);
}

/* Who sent it is told of these only; of others it is 0. */
static void by_itself(void)
{
	static const int told[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP}, untold[] = {SIGUSR1, SIGUSR2, SIGCONT};
	long self = getpid();

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		signal(told[i], take);
		kill((int)self, told[i]);
		see(told[i], self);
		raise(told[i]);
		see(told[i], self);
	}
	for (size_t i = 0; i < sizeof(untold) / sizeof(untold[0]); i++) {
		signal(untold[i], take);
		raise(untold[i]);
		see(untold[i], 0);
	}
}

static void not_delivered(void)
{
	const struct timespec none = {0};
	sigset_t set;

	signal(SIGWINCH, SIG_IGN);
	raise(SIGWINCH);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	/* It is taken from the queue. */
	NEED(sigtimedwait(&set, NULL, &none) == SIGTERM);
	SEE_NO(232, "signaldeliver");
}

static void of_child(void)
{
	long self = getpid(), child;

	signal(SIGQUIT, take);
	signal(SIGCHLD, take);
	child = fork();
	if (child == 0) {
		kill((int)self, SIGQUIT);
		_exit(0);
	}
	NEED(child > 0 && live_wait(child) == 0);
	see(SIGQUIT, child);
	see(SIGCHLD, child);
}

static void realtime(void)
{
	long self = getpid();

	signal(SIGRTMIN + 3, take);
	signal(SIGRTMAX, take);
	NEED(sigqueue((int)self, SIGRTMIN + 3, (union sigval){.sival_int = 77}) == 0);
	see(SIGRTMIN + 3, self);
	NEED(sigqueue((int)self, SIGRTMAX, (union sigval){.sival_int = 78}) == 0);
	see(64, self);
}

static void no_core(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
}

static void by_fault(void)
{
	volatile char *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long child = fork();

	if (child == 0) {
		no_core();
		signal(SIGSEGV, SIG_DFL);
		*nothing = 1;
		_exit(1);
	}
	NEED(child > 0 && WTERMSIG(live_wait(child)) == SIGSEGV);
	see_of(child, SIGSEGV, 0);
}

/* The kernel keeps nothing of who killed it. */
static void killed(void)
{
	long child = fork();

	if (child == 0)
		for (;;)
			pause();
	NEED(child > 0 && kill((int)child, SIGKILL) == 0 && WTERMSIG(live_wait(child)) == SIGKILL);
	see_of(child, SIGKILL, 0);
}

static void by_timer(void)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 1000}};
	sigset_t set, old;

	signal(SIGALRM, take);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, &old);
	NEED(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	sigsuspend(&old);
	see(SIGALRM, 0);
}

static _Atomic long thread_tid;

static void *thread_main(void *arg)
{
	const int *gate = arg;
	char c;

	thread_tid = syscall(SYS_gettid);
	NEED(read(gate[0], &c, 1) == 1); /* goes on after the signal */
	return NULL;
}

/* The receiver is a thread, the sender a process. */
static void to_thread(void)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	pthread_t t;
	int gate[2];

	signal(SIGINT, take);
	NEED(pipe(gate) == 0 && pthread_create(&t, NULL, thread_main, gate) == 0);
	while (!thread_tid && live_ms() < until)
		usleep(1000);
	/* Before the byte: a signal is delivered when the thread runs next. */
	NEED(pthread_kill(t, SIGINT) == 0 && write(gate[1], "x", 1) == 1);
	pthread_join(t, NULL);
	see_of(thread_tid, SIGINT, getpid());
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(by_itself), CASE(not_delivered), CASE(of_child), CASE(realtime),
		CASE(by_fault),	 CASE(killed),	      CASE(by_timer), CASE(to_thread),
	};

	return live_family("tracepoints", cases, sizeof(cases) / sizeof(cases[0]));
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cases by the hundred: a process of their own for each, made by one that is captured with all its descendants. A
 * libc's fork would make system calls in the child, which could be of the kind under test: so it is clone itself.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "script.h"

#define CASE_PATIENCE 10 /* seconds */

const void *live_of(void)
{
	return live_script->of;
}

/* The child finds its number where the kernel puts it. */
static int self;

long live_self(void)
{
	return live_script->pid;
}

static void run_child(struct script *sc, const struct live_case *c)
{
	sc->pid = self;
	sc->trouble[0] = 0;
	live_script = sc;
	c->run();
	sc->finished = true;
	_exit(0);
}

/* SIGCHLD is blocked all along: a child that does not end in time is killed. */
static void rear(struct script *sc, const struct live_case *c)
{
	const struct timespec patience = {.tv_sec = CASE_PATIENCE};
	bool late = false;
	sigset_t chld;
	int status;
	long pid;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
#ifdef __x86_64__
	pid = syscall(SYS_clone, (long)CLONE_CHILD_SETTID | SIGCHLD, 0L, NULL, &self, 0L);
#else
	pid = syscall(SYS_clone, (long)CLONE_CHILD_SETTID | SIGCHLD, 0L, NULL, 0L, &self);
#endif
	if (pid == 0)
		run_child(sc, c);
	if (pid < 0)
		_exit(4);
	if (sigtimedwait(&chld, NULL, &patience) != SIGCHLD) {
		late = true;
		kill((int)pid, SIGKILL);
	}
	while (waitpid((int)pid, &status, __WALL) != pid)
		;
	sigtimedwait(&chld, NULL, &(struct timespec){0}); /* of a child that stopped on its way */
	sc->pid = (int)pid;
	if (late)
		snprintf(sc->trouble, sizeof(sc->trouble), "it did not end in %d s", CASE_PATIENCE);
	family_check_end(sc, c, status);
}

static void nursery_main(struct family *f)
{
	sigset_t chld;

	setpgid(0, 0);
	live_hold();
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	f->prepare();
	for (size_t i = 0; i < f->n; i++)
		rear(f->scripts[i], &f->cases[i]);
	_exit(0);
}

bool nursery_run(struct family *f)
{
	int64_t until;
	int pid, status = 0;

	for (size_t i = 0; i < f->n; i++) {
		f->scripts[i] = script_new();
		f->scripts[i]->of = f->cases[i].of;
		snprintf(f->scripts[i]->trouble, sizeof(f->scripts[i]->trouble), "its turn never came");
	}
	live_prepare();
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		nursery_main(f);
	if (pid < 0)
		abort();
	setpgid(pid, pid);
	if (family_open(f, &pid, 1)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return false;
	}
	live_release(pid);
	until = live_ms() + LIVE_PATIENCE * 20;
	while (waitpid(pid, &status, WNOHANG) == 0 && live_ms() < until)
		family_pump(f, 5);
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return true;
}

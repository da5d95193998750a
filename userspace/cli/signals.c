// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "signals.h"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

#define NENDING (sizeof(ending) / sizeof(ending[0]))

/* A signal handler has no other place to look at. */
static volatile sig_atomic_t count;
static volatile pid_t pass_to;

static void on_ending(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	count++;
	if (pass_to && info->si_code != SI_KERNEL)
		kill(pass_to, sig);
	if (!pass_to && count >= 2)
		signal(sig, SIG_DFL);
	errno = saved;
}

static void on_child(int sig)
{
	(void)sig;
}

void signals_block(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NENDING; i++)
		sigaddset(&set, ending[i]);
	sigprocmask(SIG_BLOCK, &set, old);
}

void signals_install(const sigset_t *old)
{
	/* No SA_RESTART: a wait for events, or a write to a pipe that nobody reads, is to end. */
	struct sigaction end = {.sa_sigaction = on_ending, .sa_flags = SA_SIGINFO};
	struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
	struct sigaction was;

	for (size_t i = 0; i < NENDING; i++) {
		/* nohup. But SIGINT, which shells ignore for background jobs, is how scripts end a capture. */
		if (ending[i] == SIGHUP && sigaction(SIGHUP, NULL, &was) == 0 && was.sa_handler == SIG_IGN)
			continue;
		sigaction(ending[i], &end, NULL);
	}
	sigaction(SIGCHLD, &child, NULL);
	sigprocmask(SIG_SETMASK, old, NULL);
}

int signals_count(void)
{
	return count;
}

void signals_pass_to(pid_t pid)
{
	pass_to = pid;
}

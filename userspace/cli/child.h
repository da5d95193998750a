/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CMD: a child that exists, and can be filtered for, before it runs. */
#ifndef GYR_CLI_CHILD_H
#define GYR_CLI_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* As shells have it. */
enum { CHILD_CANNOT_RUN = 126, CHILD_NOT_FOUND = 127 };

struct child {
	pid_t pid;     /* 0: there is none */
	int failed_fd; /* says why CMD could not be executed */
	bool ended;
	int status;
	const char *name;
};

/* A stopped child that will execute argv, with this signal mask. 0, or an exit code when the message is out. */
int child_start(struct child *c, char *const argv[], const sigset_t *mask);
void child_run(struct child *c);
/* It has ended by now (wait: waits for that). */
bool child_ended(struct child *c, bool wait);
/* Of one that ended: its exit code, 128 + signal, or why it could not be run, with a message. */
int child_code(struct child *c);
/* Gets rid of one that did not run. */
void child_abandon(struct child *c);

#endif

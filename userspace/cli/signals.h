/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SIGINT, SIGTERM and SIGHUP end a capture; they are counted here. SIGCHLD only interrupts waits. */
#ifndef GYR_CLI_SIGNALS_H
#define GYR_CLI_SIGNALS_H

#include <signal.h>
#include <sys/types.h>

/* Holds them back; old is the mask before. */
void signals_block(sigset_t *old);
/* Installs the handlers and lets the signals in. */
void signals_install(const sigset_t *old);
/* How many have come. From the third on they kill, whatever gyr waits for, unless they are passed on. */
int signals_count(void);
/*
 * What another process sends to gyr is passed on to this process; what a terminal sends has reached it already, as one
 * of the foreground group. 0: to nobody.
 */
void signals_pass_to(pid_t pid);

#endif

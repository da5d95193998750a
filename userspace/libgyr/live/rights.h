/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a capture takes, and what to do when the kernel says no. */
#ifndef GYR_LIVE_RIGHTS_H
#define GYR_LIVE_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#define RIGHTS_ADVICE                                                                                                  \
	"run as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE, and with CAP_IPC_LOCK or smaller rings "        \
	"(gyr tail --buffer 128K)"

/* In effect for this process, in its own user namespace. */
bool rights_has_cap(int cap);
/* CAP_BPF and CAP_PERFMON, or what includes them. */
bool rights_to_load(void);
/* After an EPERM: to somebody who has the capabilities something else than to get them. */
const char *rights_advice(void);
/* The same after an EACCES of perf_event_open. It may be written to buf. */
const char *rights_advice_perf(char *buf, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_LIVE_TRACEFS_H
#define GYR_LIVE_TRACEFS_H

/*
 * A perf event of a tracepoint ("raw_syscalls/sys_exit"), on CPU 0, where libbpf has it, too: a program that is
 * attached to it runs on every CPU. Its fd, or a negative errno. tracefs need not be mounted, if the caller may mount
 * it.
 */
int tracefs_perf_event(const char *tracepoint);

#endif

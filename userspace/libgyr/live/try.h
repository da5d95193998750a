/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel takes, tried with maps and programs of a few bytes. Returns are 0 or a negative errno. */
#ifndef GYR_LIVE_TRY_H
#define GYR_LIVE_TRY_H

#include <stdint.h>

int try_map(uint32_t type);
int try_mmapable_map(void);
/* A program that calls the helper. */
int try_helper(uint32_t helper);
/* -ENOENT: the kernel has no such tracepoint. */
int try_tracepoint(const char *name);
/* A program that calls a function of its own, and makes a tail call. */
int try_tail_call_beside_calls(void);
/* Programs at raw tracepoints may be preempted, and others are missed meanwhile. */
int try_preemptible(void);
/* Programs at perf's tracepoints ("raw_syscalls/sys_exit"): needs perf_event_open(2), CPU 0, and tracefs, or the right
 * to mount it. */
int try_perf_tracepoint(const char *name);
/* Maps of it, and tracing programs that may use them; of an object of that build. */
int try_task_storage(uint32_t build);
int try_run_on_cpu(void);

#endif

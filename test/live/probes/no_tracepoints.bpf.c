// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The driver of a kernel that has none of the scheduler's tracepoints: here they have names that no kernel has. */
#include "attach.h"

#ifdef GYR_PREEMPT
#undef TP_sched_process_fork
#undef TP_sched_process_free
#undef TP_sched_process_exit
#define TP_sched_process_fork TP_KIND "gyr_no_fork"
#define TP_sched_process_free TP_KIND "gyr_no_free"
#define TP_sched_process_exit "tp/sched/gyr_no_exit"
#else
#undef SEC_TP
#define SEC_TP(tracepoint)    SEC_TP_OF(tracepoint)
#define SEC_TP_OF(tracepoint) SEC(TP_KIND #tracepoint)
#define sched_process_fork    gyr_no_fork
#define sched_process_free    gyr_no_free
#define sched_process_exit    gyr_no_exit
#endif

#include "probe.bpf.c"

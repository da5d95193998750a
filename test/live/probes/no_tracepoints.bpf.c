// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The driver of a kernel that has none of the scheduler's tracepoints: here they have names that no kernel has. */
#include "attach.h"

#undef SEC_TP
#define SEC_TP(tracepoint)    SEC_TP_OF(tracepoint)
#define SEC_TP_OF(tracepoint) SEC(TP_KIND #tracepoint)
#define sched_process_fork    gyr_no_fork
#define sched_process_free    gyr_no_free
#define sched_process_exit    gyr_no_exit

#include "probe.bpf.c"

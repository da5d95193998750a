/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The attach points, and the way from each to its filler. */
#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "maps.h"
#include "ring_helpers.h"
#include "filler_helpers.h"
#include "fillers.gen.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TS_COMPAT 2 /* arch/x86/include/asm/thread_info.h */

SEC("tp_btf/sys_exit")
int gyr_sys_exit(u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	u32 nr = regs->orig_ax;
	struct task_struct *task;

	KEEP(nr);
	if (nr >= GYR_SYSCALLS_MAX || !gyr_set.interest[nr])
		return 0;
	task = (struct task_struct *)bpf_get_current_task_btf();
	if (task->thread_info.status & TS_COMPAT || (u32)task->tgid == gyr_set.self_tgid)
		return 0;
	bpf_tail_call(ctx, &gyr_fillers, nr);
	return 0;
}

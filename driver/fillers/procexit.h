/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a thread. */
#ifndef GYR_FILLERS_PROCEXIT_H
#define GYR_FILLERS_PROCEXIT_H

#include <gyr/event_types.h>

#include "filter.h"
#include "task_helpers.h"

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

#define REAPER_STEPS   32 /* threads and ancestors looked at for a new parent */
#define REAPER_UNKNOWN -1

/*
 * Who gets the children of a dying thread: another thread of its group, else a thread of the nearest ancestor of its
 * pid namespace that asked for it (PR_SET_CHILD_SUBREAPER), else the namespace's init. One flat loop, which verifiers
 * take much better than a search within a search.
 */
static __always_inline s64 find_reaper(struct task_struct *task)
{
	struct pid *pid = task_pid(task, PIDTYPE_PID);
	struct task_struct *init = BPF_CORE_READ(pid_ns(pid), child_reaper), *thread;
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head = &signal->thread_head, *node = BPF_CORE_READ(head, next);
	bool subreapers = BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper);
	u32 level = BPF_CORE_READ(pid, level);
	int i;

	/* See cgroup_wanted. */
#pragma clang loop unroll_count(8)
	for (i = 0; i < REAPER_STEPS; i++) {
		if (node != head) {
			thread = (void *)node - bpf_core_field_offset(struct task_struct, thread_node);
			if (!(BPF_CORE_READ(thread, flags) & PF_EXITING))
				return BPF_CORE_READ(thread, pid);
			node = BPF_CORE_READ(node, next);
			continue;
		}
		if (task == init) /* the namespace dies with it */
			return 0;
		task = BPF_CORE_READ(task, real_parent);
		if (!subreapers || task == init || BPF_CORE_READ(task, thread_pid, level) != level)
			return BPF_CORE_READ(init, pid);
		signal = BPF_CORE_READ(task, signal);
		if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper)) {
			head = &signal->thread_head;
			node = BPF_CORE_READ(head, next);
		}
	}
	return REAPER_UNKNOWN;
}

static __always_inline void fill_procexit(struct frame *f, struct task_struct *task)
{
	struct list_head *children = &task->children;
	s32 status = BPF_CORE_READ(task, exit_code);
	u8 sig = status & 0x7f;

	put_u64(f, (s64)status);
	put_u64(f, (status >> 8) & 0xff);
	put_u8(f, sig == 0x7f ? 0 : sig);
	put_u8(f, !!(status & 0x80));
	put_u64(f, BPF_CORE_READ(children, next) == children ? 0 : find_reaper(task));
}

/* In the context of the thread, after its last system call. */
SEC_TP(sched_process_exit)
int gyr_procexit(u64 *ctx)
{
	struct task_struct *task = exiting_task(ctx);
	struct caller who = caller();
	struct frame f;

	forget_entry(task);
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD || !tracepoint_wanted(&who, GYR_TP_PROCEXIT))
		return 0;
	if (!frame_begin_of(ctx, &f, who.tid, who.marks, GYR_EVT_PROCEXIT_1_E, 5))
		return 0;
	fill_procexit(&f, task);
	push_evt_frame(ctx, &f);
	return 0;
}

#endif

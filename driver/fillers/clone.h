/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clone, clone3, fork, vfork. The parent and the child each get an event: a child comes out of the kernel through the
 * exit path of the call that made it, with 0 as result and its parent's registers; or, where it does not pass the
 * tracepoint there, its event is made as it is.
 */
#ifndef GYR_FILLERS_CLONE_H
#define GYR_FILLERS_CLONE_H

#include <gyr/event_types.h>

#include "convert.gen.h"
#include "filter.h"
#include "memory_helpers.h"
#include "task_helpers.h"

#define CLONE_NPARAMS 21
#define CLONE_FLAGS   15

#define CLONE_CHILD_IN_PIDNS (1u << 29) /* flags.json, clone_flags: not a flag of the kernel's */

/* Whether the child is in another pid namespace than the root's, seen from the parent or from the child. */
static __always_inline bool child_in_pidns(struct task_struct *task)
{
	struct pid_namespace *ns = pid_ns(task_pid(task, PIDTYPE_PID));

	return BPF_CORE_READ(ns, level) != 0 || BPF_CORE_READ(task, nsproxy, pid_ns_for_children) != ns;
}

/* flags to pidns_init_start_ts */
static __always_inline void put_clone_rest(struct frame *f, struct task_struct *task, u64 kernel_flags, bool child)
{
	u32 flags = flags_clone_flags(kernel_flags);

	put_u32(f, child_in_pidns(task) ? flags | CLONE_CHILD_IN_PIDNS : flags);
	put_u32(f, BPF_CORE_READ(task, cred, euid.val));
	put_u32(f, BPF_CORE_READ(task, cred, egid.val));
	put_u64(f, pid_vnr(task_pid(task, PIDTYPE_PID)));
	put_u64(f, pid_vnr(task_pid(task, PIDTYPE_TGID)));
	put_u64(f, child ? BPF_CORE_READ(pid_ns(task_pid(task, PIDTYPE_TGID)), child_reaper, start_time) : 0);
}

static __always_inline void fill_clone_family(struct frame *f, struct call *c, u64 kernel_flags)
{
	struct task_struct *task = cur_task();

	put_u64(f, c->ret);
	if (call_ret_anew(c) >= 0) {
		put_task_exe_args(f, task);
	} else {
		put_empty(f);
		put_empty(f);
	}
	put_task_stats(f, c, task);
	put_clone_rest(f, task, kernel_flags, c->ret == 0);
}

/* What the kernel was asked for; fork and vfork have no say. */
static __always_inline u64 clone_flags_asked(struct frame *f, u64 arg0, u16 type)
{
	u64 flags = 0;

	if (type == GYR_EVT_SYSCALL_CLONE_20_X)
		flags = arg0;
	else if (type == GYR_EVT_SYSCALL_CLONE3_X)
		read_to(f, &flags, sizeof(flags), 1U << CLONE_FLAGS, arg0); /* the first member of struct clone_args */
	return flags;
}

/* One program for the four: they differ in type and flags only, and the verifier looks at the rest once. */
SEC_TP(sys_exit)
int gyr_clone(u64 *ctx)
{
	struct call c;
	struct frame f;
	u16 type;

	if (!call_init(&c, ctx))
		return 0;
	type = gyr_exit_event[call_slot(&c)];
	if (!call_frame(ctx, &c, &f, type, CLONE_NPARAMS))
		return 0;
	fill_clone_family(&f, &c, clone_flags_asked(&f, call_arg(&c, 0), type));
	call_end(ctx, &f);
	return 0;
}

#ifdef CHILD_REGS

/* In the context of the parent, before the child runs. */
SEC_TP(sched_process_fork)
int gyr_clone_child(u64 *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct mm_struct *mm = TRUSTED_READ(child, mm);
	struct pt_regs *regs = CHILD_REGS(child);
	struct caller who = {.tid = TRUSTED_READ(child, pid), .tgid = TRUSTED_READ(child, tgid)};
	u32 nr = BPF_CORE_READ(regs, syscallno);
	struct call c;
	struct frame f;
	u32 now = selection_now();
	u8 interest;
	u16 type;

	/*
	 * Threads of the kernel's own have no system call that they could come from. 32-bit ones are not reported: the
	 * parent's exit counts the call.
	 */
	if (CHILD_EXITS || BPF_CORE_READ(regs, pstate) & (PSR_MODE_MASK | PSR_MODE32_BIT))
		return 0;
	KEEP(nr);
	if (nr >= GYR_SYSCALLS_MAX)
		return 0;
	interest = gyr_set.sel[now].interest[nr];
	type = gyr_exit_event[nr];
	if (interest == GYR_OFF || (type != GYR_EVT_SYSCALL_CLONE_20_X && type != GYR_EVT_SYSCALL_CLONE3_X))
		return 0;
	/* Whether gyr_follow_add has been there is a question of which was attached first. */
	if (gyr_set.sel[now].filters & GYR_FILTER_FOLLOW)
		who.tgid = bpf_get_current_pid_tgid() >> 32;
	if (!call_wanted(&who, now, interest, 0, nr) ||
	    !frame_begin_of(ctx, &f, who.tid, who.marks, type, CLONE_NPARAMS))
		return 0;
	put_u64(&f, 0);
	put_task_exe_args(&f, child);
	put_task_ids(&f, child);
	put_mm_size(&f, &c, mm);
	put_task_rest(&f, &c, child);
	put_clone_rest(&f, child, clone_flags_asked(&f, BPF_CORE_READ(regs, orig_x0), type), true);
	push_evt_frame(ctx, &f);
	return 0;
}

#endif

#endif

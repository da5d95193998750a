/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clone, clone3, fork, vfork. The parent and the child each get an event: a child comes out of the kernel through the
 * exit path of the call that made it, with 0 as result and its parent's registers.
 */
#ifndef GYR_FILLERS_CLONE_H
#define GYR_FILLERS_CLONE_H

#include <gyr/event_types.h>

#include "convert.gen.h"
#include "task_helpers.h"

#define CLONE_NPARAMS 21

#define CLONE_CHILD_IN_PIDNS (1u << 29) /* flags.json, clone_flags: not a flag of the kernel's */

/* Whether the child is in another pid namespace than the root's, seen from the parent or from the child. */
static __always_inline bool child_in_pidns(struct task_struct *task)
{
	struct pid_namespace *ns = pid_ns(task_pid(task, PIDTYPE_PID));

	return BPF_CORE_READ(ns, level) != 0 || BPF_CORE_READ(task, nsproxy, pid_ns_for_children) != ns;
}

static __always_inline void fill_clone_family(struct frame *f, struct call *c, u64 kernel_flags)
{
	struct task_struct *task = cur_task();
	u32 flags = flags_clone_flags(kernel_flags);

	put_u64(f, c->ret);
	if (call_ret_anew(c) >= 0) {
		put_task_exe_args(f, task);
	} else {
		put_empty(f);
		put_empty(f);
	}
	put_task_stats(f, c, task);
	put_u32(f, child_in_pidns(task) ? flags | CLONE_CHILD_IN_PIDNS : flags);
	put_u32(f, BPF_CORE_READ(task, cred, euid.val));
	put_u32(f, BPF_CORE_READ(task, cred, egid.val));
	put_u64(f, pid_vnr(task_pid(task, PIDTYPE_PID)));
	put_u64(f, pid_vnr(task_pid(task, PIDTYPE_TGID)));
	put_u64(f, c->ret ? 0 : BPF_CORE_READ(pid_ns(task_pid(task, PIDTYPE_TGID)), child_reaper, start_time));
}

/* What the kernel was asked for; fork and vfork have no say. */
static __always_inline u64 clone_flags_asked(struct frame *f, struct call *c, u16 type)
{
	u64 flags = 0;

	if (type == GYR_EVT_SYSCALL_CLONE_20_X)
		flags = call_arg(c, 0);
	else if (type == GYR_EVT_SYSCALL_CLONE3_X)
		read_user(f, &flags, sizeof(flags), call_arg(c, 0)); /* the first member of struct clone_args */
	return flags;
}

/* One program for the four: they differ in type and flags only, and the verifier looks at the rest once. */
SEC_TP(sys_exit)
int gyr_clone(u64 *ctx)
{
	struct call c;
	struct frame f;
	u16 type;

	call_init(&c, ctx);
	type = gyr_exit_event[call_nr(&c) & (GYR_SYSCALLS_MAX - 1)];
	if (!frame_begin(ctx, &f, type, CLONE_NPARAMS))
		return 0;
	fill_clone_family(&f, &c, clone_flags_asked(&f, &c, type));
	push_evt_frame(ctx, &f);
	return 0;
}

#endif

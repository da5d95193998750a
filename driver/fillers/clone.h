/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clone, clone3, fork, vfork. The parent and the child each get an event: a child comes out of the kernel through the
 * exit path of the call that made it, with 0 as result and its parent's registers.
 */
#ifndef GYR_FILLERS_CLONE_H
#define GYR_FILLERS_CLONE_H

#include "convert.gen.h"
#include "task_helpers.h"

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
	if (c->ret >= 0) {
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

static __always_inline void fill_clone(struct frame *f, struct call *c)
{
	fill_clone_family(f, c, call_arg(c, 0));
}

static __always_inline void fill_clone3(struct frame *f, struct call *c)
{
	u64 flags = 0;

	/* The first member of struct clone_args. */
	if (bpf_probe_read_user(&flags, sizeof(flags), (void *)call_arg(c, 0)))
		f->cpu->user_faults++;
	fill_clone_family(f, c, flags);
}

static __always_inline void fill_fork(struct frame *f, struct call *c)
{
	fill_clone_family(f, c, 0);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What clone, exec and procexit say of a task: pids, memory of its arguments, cgroups, limits. */
#ifndef GYR_TASK_HELPERS_H
#define GYR_TASK_HELPERS_H

#include "memory_helpers.h"
#include "path_helpers.h"
#include "fillers/mem.h"

#define RLIMIT_NOFILE 7

static __always_inline struct pid *task_pid(struct task_struct *task, enum pid_type type)
{
	if (type == PIDTYPE_PID)
		return BPF_CORE_READ(task, thread_pid);
	return BPF_CORE_READ(task, signal, pids[type]);
}

static __always_inline struct upid *pid_upid(struct pid *pid)
{
	u32 level = BPF_CORE_READ(pid, level);

	return (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
}

/* The number in the root pid namespace. */
static __always_inline s64 pid_nr(struct pid *pid)
{
	return BPF_CORE_READ(pid, numbers[0].nr);
}

/* The number in the pid namespace that the pid was made in. */
static __always_inline s64 pid_vnr(struct pid *pid)
{
	return BPF_CORE_READ(pid_upid(pid), nr);
}

static __always_inline struct pid_namespace *pid_ns(struct pid *pid)
{
	return BPF_CORE_READ(pid_upid(pid), ns);
}

/* exe (the first argument) and args (the others) as the task's memory has them. */
static __always_inline void put_task_exe_args(struct frame *f, struct task_struct *task)
{
	u64 start = BPF_CORE_READ(task, mm, arg_start);
	u64 end = BPF_CORE_READ(task, mm, arg_end);
	s64 n = 0;

	if (start && frame_room(f, ARGS_MAX + 1))
		n = copy_user_str(f, f->p + f->pos, ARGS_MAX, start);
	frame_param_done(f, n);
	frame_merge(f);
	if (n && start + n < end)
		put_user_strings(f, start + n, end - start - n, ARGS_MAX - n);
	else
		put_empty(f);
}

static __always_inline void put_comm(struct frame *f, struct task_struct *task)
{
	s64 n;

	if (!frame_room(f, sizeof(task->comm))) {
		put_empty(f);
		return;
	}
	n = bpf_probe_read_kernel_str(f->p + f->pos, sizeof(task->comm), task->comm);
	frame_param_done(f, n < 0 ? 0 : n);
	frame_merge(f);
}

/* tid to pgft_min of clone and exec, without cwd, which readers keep themselves. */
static __always_inline void put_task_ids(struct frame *f, struct task_struct *task)
{
	put_u64(f, (s64)BPF_CORE_READ(task, pid));
	put_u64(f, (s64)BPF_CORE_READ(task, tgid));
	put_u64(f, (s64)BPF_CORE_READ(task, real_parent, pid));
	put_empty(f); /* cwd */
	put_u64(f, BPF_CORE_READ(task, signal, rlim[RLIMIT_NOFILE].rlim_cur));
	put_u64(f, BPF_CORE_READ(task, maj_flt));
	put_u64(f, BPF_CORE_READ(task, min_flt));
}

/* vm_rss to cgroups, after the size of the task's memory. */
static __always_inline void put_task_rest(struct frame *f, struct call *c, struct task_struct *task)
{
	put_vm_rss(f, c);
	put_vm_swap(f, c);
	put_comm(f, task);
	put_cgroups(f, task);
}

/* tid to cgroups of the current task */
static __always_inline void put_task_stats(struct frame *f, struct call *c, struct task_struct *task)
{
	put_task_ids(f, task);
	put_vm_size(f, c);
	put_task_rest(f, c, task);
}

#endif

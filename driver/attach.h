/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How programs are attached, and what their context may be used for. There are three builds of the driver. With BTF, a
 * program's arguments and the current task are pointers of known types, which it reads by plain loads. Without (on
 * kernels that have no BTF, GYR_NOBTF), they are numbers, and every read is a call of a helper.
 *
 * GYR_PREEMPT is for kernels where a program at a raw tracepoint may be preempted (7.2 and newer). As the kernel lets
 * no program run on a CPU where it runs already, all other threads of that CPU go unseen until the preempted one goes
 * on: most calls of four busy threads on one CPU. Programs at perf's tracepoints are not preempted. There the arguments
 * are the record that perf would write, after 8 bytes that are not to be read.
 */
#ifndef GYR_ATTACH_H
#define GYR_ATTACH_H

#include "kernel.h"

#include <bpf/bpf_helpers.h>

#include "settings.h"

#ifdef GYR_NOBTF

#define GYR_BUILD		 GYR_BUILD_NOBTF
#define TP_KIND			 "raw_tp/"
#define TRUSTED_READ(ptr, field) BPF_CORE_READ(ptr, field)
#define HAVE_TASK_BTF		 0

#else

#ifdef GYR_PREEMPT
#define GYR_BUILD GYR_BUILD_PREEMPT
#else
#define GYR_BUILD GYR_BUILD_BTF
#endif
#define TP_KIND			 "tp_btf/"
/* Of an argument of the program, or what is found from there. ptr: a variable, as CO-RE looks at all types in it. */
#define TRUSTED_READ(ptr, field) ((ptr)->field)
/* bpf_get_current_task_btf came with 5.11. */
#define HAVE_TASK_BTF		 bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)

#endif

#ifdef GYR_PREEMPT

#define TP_sys_enter	      "tp/raw_syscalls/sys_enter"
#define TP_sys_exit	      "tp/raw_syscalls/sys_exit"
#define TP_sched_process_exit "tp/sched/sched_process_exit"
/* Their records lack what these programs read: what is missed is counted. */
#define TP_sched_process_fork TP_KIND "sched_process_fork"
#define TP_sched_process_free TP_KIND "sched_process_free"
#define TP_signal_deliver     TP_KIND "signal_deliver"
#define TP_page_fault_user    TP_KIND "page_fault_user"
#define TP_page_fault_kernel  TP_KIND "page_fault_kernel"
/* Not preempted anyway. */
#define TP_sched_switch TP_KIND "sched_switch"

#define SEC_TP(tracepoint) SEC(TP_##tracepoint)

#define SEC_URING(tracepoint) SEC("tp/io_uring/" #tracepoint)
#define SEC_URING_OP	      SEC("tp")

/* At sys_enter and at sys_exit. */
static __always_inline struct pt_regs *call_regs(u64 *ctx)
{
	return (struct pt_regs *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
}

#define EXIT_RET 2 /* where the context has the result of a system call */

static __always_inline struct task_struct *exiting_task(u64 *ctx)
{
	return (struct task_struct *)bpf_get_current_task_btf();
}

#else

#define SEC_TP(tracepoint)    SEC(TP_KIND #tracepoint)

/* Without BTF in any build: the arguments are of other types from version to version, and so is the tracepoint. */
#define SEC_URING(tracepoint) SEC("raw_tp/" #tracepoint)
#define SEC_URING_OP	      SEC("raw_tp")

static __always_inline struct pt_regs *call_regs(u64 *ctx)
{
	return (struct pt_regs *)ctx[0];
}

#define EXIT_RET 1

static __always_inline struct task_struct *exiting_task(u64 *ctx)
{
	return (struct task_struct *)ctx[0];
}

#endif

static __always_inline s64 exit_ret(u64 *ctx)
{
	return (s64)ctx[EXIT_RET];
}

/*
 * The few events of entries have a tracepoint each, perf's, so that no other system call pays for them: its record
 * is what has been written before a buffer is filled, the number and then the arguments.
 */
#define SEC_ENTER(syscall) SEC("tp/syscalls/sys_enter_" #syscall)
#define ENTER_ARGS	   2 /* where the context has the first */

#endif

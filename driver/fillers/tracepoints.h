/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What happens to a thread between its system calls: switches, signals, page faults. */
#ifndef GYR_FILLERS_TRACEPOINTS_H
#define GYR_FILLERS_TRACEPOINTS_H

#include <gyr/event_types.h>

#include "convert.gen.h"
#include "fillers/mem.h"
#include "filter.h"
#include "wire_values.gen.h"

static __always_inline bool tracepoint_begin(void *ctx, struct frame *f, enum gyr_tracepoint tp, u16 type, u32 nparams)
{
	struct caller who = caller();

	return tracepoint_wanted(&who, tp) && frame_begin_of(ctx, f, who.tid, who.marks, type, nparams);
}

/* In the context of the thread that leaves; all that is told but `next` is of it. */
SEC_TP(sched_switch)
int gyr_switch(u64 *ctx)
{
	struct task_struct *prev = (struct task_struct *)ctx[1];
	struct task_struct *next = (struct task_struct *)ctx[2];
	struct call c;
	struct frame f;

	if (!tracepoint_begin(ctx, &f, GYR_TP_SWITCH, GYR_EVT_SCHEDSWITCH_6_E, 6))
		return 0;
	put_u64(&f, (s64)TRUSTED_READ(next, pid));
	put_u64(&f, TRUSTED_READ(prev, maj_flt));
	put_u64(&f, TRUSTED_READ(prev, min_flt));
	put_vm_size(&f, &c); /* 0, as the others, of the kernel's own threads */
	put_vm_rss(&f, &c);
	put_vm_swap(&f, &c);
	push_evt_frame(ctx, &f);
	return 0;
}

/* UAPI (asm-generic/siginfo.h): the fields that tell of who sent it begin with the pid, whichever they are. */
struct siginfo_head {
	s32 signo, err, code, pad;
	s32 pid;
};

#define SIGHUP	 1
#define SIGINT	 2
#define SIGQUIT	 3
#define SIGKILL	 9
#define SIGTERM	 15
#define SIGCHLD	 17
#define SIGTSTP	 20
#define SIGRTMIN 32

/* 0: nobody, or what is there is no pid. In the receiver's pid namespace. */
static __always_inline s64 signal_sender(u32 sig, u64 info)
{
	struct siginfo_head head;

	/* 0 and 1 are no addresses: a signal without, or from the kernel. */
	if (info <= 1 || bpf_probe_read_kernel(&head, sizeof(head), (void *)info))
		return 0;
	switch (sig) {
	case SIGTERM:
	case SIGHUP:
	case SIGINT:
	case SIGTSTP:
	case SIGQUIT:
		return head.code <= 0 ? head.pid : 0;
	case SIGKILL:
	case SIGCHLD:
		return head.pid;
	default:
		return sig >= SIGRTMIN ? head.pid : 0;
	}
}

/* In the context of the receiver. */
SEC_TP(signal_deliver)
int gyr_signal(u64 *ctx)
{
	u32 sig = ctx[0];
	struct frame f;

	if (!tracepoint_begin(ctx, &f, GYR_TP_SIGNAL, GYR_EVT_SIGNALDELIVER_E, 3))
		return 0;
	put_u64(&f, signal_sender(sig, ctx[1]));
	put_u64(&f, (u32)bpf_get_current_pid_tgid());
	put_u8(&f, sig);
	push_evt_frame(ctx, &f);
	return 0;
}

/* arch/x86/include/asm/trap_pf.h */
#define X86_PF_PROT  1
#define X86_PF_WRITE 2
#define X86_PF_USER  4
#define X86_PF_RSVD  8
#define X86_PF_INSTR 16

static __always_inline u32 fault_flags(u64 error)
{
	return (error & X86_PF_PROT ? GYR_WIRE_PF_FLAGS_PROTECTION_VIOLATION : GYR_WIRE_PF_FLAGS_PAGE_NOT_PRESENT) |
	       (error & X86_PF_WRITE ? GYR_WIRE_PF_FLAGS_WRITE_ACCESS : GYR_WIRE_PF_FLAGS_READ_ACCESS) |
	       (error & X86_PF_USER ? GYR_WIRE_PF_FLAGS_USER_FAULT : GYR_WIRE_PF_FLAGS_SUPERVISOR_FAULT) |
	       (error & X86_PF_RSVD ? GYR_WIRE_PF_FLAGS_RESERVED_PAGE : 0) |
	       (error & X86_PF_INSTR ? GYR_WIRE_PF_FLAGS_INSTRUCTION_FETCH : 0);
}

static __always_inline int fault_event(u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[1];
	struct frame f;

	if (!tracepoint_begin(ctx, &f, GYR_TP_FAULT, GYR_EVT_PAGE_FAULT_E, 3))
		return 0;
	put_u64(&f, ctx[0]);
	put_u64(&f, regs_ip(regs));
	put_u32(&f, fault_flags(ctx[2]));
	push_evt_frame(ctx, &f);
	return 0;
}

SEC_TP(page_fault_user)
int gyr_fault_user(u64 *ctx)
{
	return fault_event(ctx);
}

SEC_TP(page_fault_kernel)
int gyr_fault_kern(u64 *ctx)
{
	return fault_event(ctx);
}

#endif

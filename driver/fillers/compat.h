/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls of 32-bit callers. They have numbers of their own, and arguments in other registers, in halves, or
 * behind a pointer. All go through this one program, which finds what the call is and makes its arguments those that a
 * 64-bit caller would give, so that the same programs report both.
 */
#ifndef GYR_FILLERS_COMPAT_H
#define GYR_FILLERS_COMPAT_H

#include "fillers/generic.h"
#include "filter.h"

#if HAVE_COMPAT

#define NR_OLD_SELECT 82
#define NR_OLD_MMAP   90

/* UAPI (linux/ipc.h) */
#define IPC_SEMCTL 3
#define IPC_MSGRCV 12
#define IPC_64	   0x100

/* n: of the words there, a constant. What cannot be read is 0. */
static __always_inline void read_words(struct gyr_cpu *cpu, u64 *to, u32 n, u64 ptr)
{
	u32 words[6] = {};

	if (bpf_probe_read_user(words, n * sizeof(u32), (void *)ptr)) {
		cpu->user_faults++;
		__builtin_memset(words, 0, sizeof(words));
	}
	for (u32 i = 0; i < 6; i++)
		to[i] = words[i];
}

/* How many arguments a call of socketcall has is in the table: to read more of them could fault. */
static __always_inline u32 unpack_socketcall(struct gyr_cpu *cpu)
{
	u32 call = cpu->call_regs[0];
	u64 args = cpu->call_regs[1];

	switch (call) {
	case 1:	 /* socket */
	case 2:	 /* bind */
	case 3:	 /* connect */
	case 5:	 /* accept */
	case 6:	 /* getsockname */
	case 7:	 /* getpeername */
	case 16: /* sendmsg */
	case 17: /* recvmsg */
		read_words(cpu, cpu->call_regs, 3, args);
		break;
	case 4:	 /* listen */
	case 13: /* shutdown */
		read_words(cpu, cpu->call_regs, 2, args);
		break;
	case 8:	 /* socketpair */
	case 9:	 /* send */
	case 10: /* recv */
	case 18: /* accept4 */
	case 20: /* sendmmsg */
		read_words(cpu, cpu->call_regs, 4, args);
		break;
	case 14: /* setsockopt */
	case 15: /* getsockopt */
	case 19: /* recvmmsg */
		read_words(cpu, cpu->call_regs, 5, args);
		break;
	case 11: /* sendto */
	case 12: /* recvfrom */
		read_words(cpu, cpu->call_regs, 6, args);
		break;
	default:
		return GYR_SLOT_I386 + GYR_NR_SOCKETCALL;
	}
	return GYR_SLOT_SOCKETCALL + call;
}

/* The registers become those behind the first, in which there is a version besides. */
static __always_inline u32 unpack_ipc(struct gyr_cpu *cpu)
{
	u64 *regs = cpu->call_regs;
	u32 call = regs[0] & 0xffff, version = regs[0] >> 16;
	u32 two[2] = {};

	if (call >= GYR_SUBCALLS_MAX || !gyr_exit_event[GYR_SLOT_IPC + call])
		return GYR_SLOT_I386 + GYR_NR_IPC;
	regs[0] = regs[1];
	regs[1] = regs[2];
	regs[2] = regs[3];
	regs[3] = regs[4];
	regs[4] = regs[5];
	regs[5] = 0;
	if (call == IPC_SEMCTL) {
		if (bpf_probe_read_user(two, sizeof(two[0]), (void *)regs[3]))
			cpu->user_faults++;
		regs[3] = two[0];
	} else if (call == IPC_MSGRCV && version == 0) {
		if (bpf_probe_read_user(two, sizeof(two), (void *)regs[3]))
			cpu->user_faults++;
		regs[3] = two[0];
		regs[4] = two[1];
	}
	return GYR_SLOT_IPC + call;
}

static __always_inline u32 unpack(struct gyr_cpu *cpu, u32 nr)
{
	switch (nr) {
	case GYR_NR_SOCKETCALL:
		return unpack_socketcall(cpu);
	case GYR_NR_IPC:
		return unpack_ipc(cpu);
	case NR_OLD_SELECT:
		read_words(cpu, cpu->call_regs, 5, cpu->call_regs[0]);
		break;
	case NR_OLD_MMAP:
		read_words(cpu, cpu->call_regs, 6, cpu->call_regs[0]);
		break;
	}
	return GYR_SLOT_I386 + nr;
}

/* how: GYR_ARG */
static __always_inline u64 compat_arg(const struct gyr_cpu *cpu, u32 how)
{
	u64 val = cpu->call_regs[how & 7];

	switch (how >> 6) {
	case GYR_ARG_SIGNED:
		return (s64)(s32)val;
	case GYR_ARG_ID16:
		return (u16)val == (u16)-1 ? (u32)-1 : (u16)val;
	case GYR_ARG_IPC_CMD:
		return val & ~(u64)IPC_64;
	default:
		return val | cpu->call_regs[how >> 3 & 7] << 32;
	}
}

static __always_inline void compat_args(struct gyr_cpu *cpu, u32 slot)
{
	const struct gyr_compat_call *call;
	u32 i;

	slot -= GYR_SLOT_I386;
	KEEP(slot);
	if (slot >= GYR_SLOT_SUBCALLS_END - GYR_SLOT_I386)
		return;
	call = &gyr_compat_calls[slot];
#pragma clang loop unroll(disable)
	for (i = 0; i < 6; i++)
		cpu->call_args[i] = compat_arg(cpu, call->args[i]);
	cpu->call_mark = GYR_FRAME_COMPAT | call->mark;
}

/* After gyr_sys_exit, which knows that a call of this number, whichever it is, may be wanted. */
SEC_TP(sys_exit)
int gyr_compat(u64 *ctx)
{
	struct pt_regs *regs = call_regs(ctx);
	struct gyr_cpu *cpu = this_cpu();
	u32 slot, nr = regs_nr(regs), now;
	struct caller who;
	u8 interest;

	if (!cpu)
		return 0;
	regs_compat(regs, cpu->call_regs);
	/* ~0: of sigreturn or rt_sigreturn (gyr_sys_exit). */
	slot = nr == ~0U ? GYR_NR_rt_sigreturn : unpack(cpu, nr & (GYR_SYSCALLS_MAX - 1));
	slot &= GYR_SLOTS_MAX - 1;
	now = selection_now();
	interest = gyr_set.sel[now].interest[slot];
	if (interest == GYR_OFF)
		return 0;
	who = caller();
	if (!call_wanted(&who, now, interest, exit_ret(ctx), slot))
		return 0;
	cpu->call_slot = slot;
	compat_args(cpu, slot);
	if (interest & GYR_GENERIC) {
		generic_event(ctx);
		return 0;
	}
	bpf_tail_call(ctx, &gyr_fillers, slot);
	count_no_filler();
	return 0;
}

#endif

#endif

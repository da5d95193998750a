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

/* On i386 (arch/x86/entry/syscalls/syscall_32.tbl). */
#define NR_OLD_SELECT	82
#define NR_OLD_MMAP	90
#define NR_RT_SIGRETURN 173

/* UAPI (linux/ipc.h) */
#define IPC_SEMCTL 3
#define IPC_MSGRCV 12
#define IPC_64	   0x100

#define SOCKETCALLS 21 /* (clang's BTF is wrong about a constant table of 32 bytes) */

/* How many arguments a call of socketcall has: to read more of them could fault. */
static const u8 socketcall_args[SOCKETCALLS] = {
	[1] = 3,  /* socket */
	[2] = 3,  /* bind */
	[3] = 3,  /* connect */
	[4] = 2,  /* listen */
	[5] = 3,  /* accept */
	[6] = 3,  /* getsockname */
	[7] = 3,  /* getpeername */
	[8] = 4,  /* socketpair */
	[9] = 4,  /* send */
	[10] = 4, /* recv */
	[11] = 6, /* sendto */
	[12] = 6, /* recvfrom */
	[13] = 2, /* shutdown */
	[14] = 5, /* setsockopt */
	[15] = 5, /* getsockopt */
	[16] = 3, /* sendmsg */
	[17] = 3, /* recvmsg */
	[18] = 4, /* accept4 */
	[19] = 5, /* recvmmsg */
	[20] = 4, /* sendmmsg */
};

/* The registers become n words, 6 at most, from ptr on. What cannot be read is 0. */
static __always_inline void read_words(struct gyr_cpu *cpu, u32 n, u64 ptr)
{
	volatile u32 *words = (volatile u32 *)cpu->narrow;
	u32 size = n * sizeof(*words);

	for (u32 i = 0; i < 6; i++)
		words[i] = 0;
	AT_MOST(size, 6 * sizeof(*words));
	if (bpf_probe_read_user(cpu->narrow, size, (void *)ptr))
		cpu->user_faults++;
	for (u32 i = 0; i < 6; i++)
		cpu->call_regs[i] = words[i];
}

/* What other calls are behind, and where their arguments are: a slot, or 0. */
static __always_inline u32 unpack_socketcall(struct gyr_cpu *cpu)
{
	u32 call = cpu->call_regs[0], args;

	KEEP(call);
	if (call >= SOCKETCALLS)
		return 0;
	/* clang knows which of the table are 0, and makes one comparison of two, on a copy: 5.10 sees no bound then. */
	KEEP(call);
	args = socketcall_args[call];
	if (!args)
		return 0;
	read_words(cpu, args, cpu->call_regs[1]);
	return GYR_SLOT_SOCKETCALL + call;
}

/* The registers become those behind the first, in which there is a version besides. */
static __always_inline u32 unpack_ipc(struct gyr_cpu *cpu)
{
	u64 *regs = cpu->call_regs;
	u32 call = regs[0] & 0xffff, version = regs[0] >> 16;
	u32 two[2] = {};

	if (call >= GYR_SUBCALLS_MAX || !gyr_exit_event[GYR_SLOT_IPC + call])
		return 0;
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
	u32 slot = 0;

	if (nr == GYR_NR_SOCKETCALL)
		slot = unpack_socketcall(cpu);
	else if (nr == GYR_NR_IPC)
		slot = unpack_ipc(cpu);
	else if (nr == NR_OLD_SELECT)
		read_words(cpu, 5, cpu->call_regs[0]);
	else if (nr == NR_OLD_MMAP)
		read_words(cpu, 6, cpu->call_regs[0]);
	return slot ? slot : GYR_SLOT_I386 + nr;
}

/* What is done to an argument, by GYR_ARG's op: without branches, of which six in a row were too much to follow. */
static const struct {
	u64 keep;
	u64 ids;     /* what is added where all that is kept is set */
	u32 extends; /* by so many bits, with the sign */
} compat_ops[4] = {
	[GYR_ARG_PLAIN] = {.keep = ~0ULL},
	[GYR_ARG_SIGNED] = {.keep = ~0ULL, .extends = 32},
	[GYR_ARG_ID16] = {.keep = 0xffff, .ids = 0xffff0000},
	[GYR_ARG_IPC_CMD] = {.keep = ~(u64)IPC_64},
};

/* how: GYR_ARG. But for PLAIN the upper half is a register that is 0. */
static __always_inline u64 compat_arg(const struct gyr_cpu *cpu, u32 how)
{
	u32 op = how >> 6 & 3, extends = compat_ops[op].extends & 63;
	u64 val = cpu->call_regs[how & 7] | cpu->call_regs[how >> 3 & 7] << 32;

	val &= compat_ops[op].keep;
	val |= compat_ops[op].ids & -((val + 1) >> 16 & 1);
	return (s64)(val << extends) >> extends;
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
	slot = nr == ~0U ? GYR_SLOT_I386 + NR_RT_SIGRETURN : unpack(cpu, nr & (GYR_SYSCALLS_MAX - 1));
	HIDE(slot, nr);
	slot &= GYR_SLOTS_MAX - 1;
	now = selection_now();
	interest = gyr_set.sel[now].interest[slot];
	if (interest == GYR_OFF)
		return 0;
	who = caller();
	if (!call_passes(&who, now, interest, exit_ret(ctx), slot))
		return 0;
	cpu->marks = who.marks;
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

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What architectures do in ways of their own: where a system call's number and arguments are, and what a caller is. */
#ifndef GYR_ARCH_H
#define GYR_ARCH_H

#include "attach.h"
#include "kernel.h"

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 2 /* arch/x86/include/asm/thread_info.h: in a 32-bit system call */

static __always_inline u32 regs_nr(struct pt_regs *regs)
{
	return TRUSTED_READ(regs, orig_ax);
}

static __always_inline u64 regs_ip(struct pt_regs *regs)
{
	return TRUSTED_READ(regs, ip);
}

/* n: a constant */
static __always_inline u64 regs_arg(struct pt_regs *regs, int n)
{
	switch (n) {
	case 0:
		return TRUSTED_READ(regs, di);
	case 1:
		return TRUSTED_READ(regs, si);
	case 2:
		return TRUSTED_READ(regs, dx);
	case 3:
		return TRUSTED_READ(regs, r10);
	case 4:
		return TRUSTED_READ(regs, r8);
	default:
		return TRUSTED_READ(regs, r9);
	}
}

#define HAVE_COMPAT 1 /* 32-bit callers are reported */

/* The arguments of a 32-bit caller: what is in the upper halves is nobody's. */
static __always_inline void regs_compat(struct pt_regs *regs, u64 *to)
{
	to[0] = (u32)TRUSTED_READ(regs, bx);
	to[1] = (u32)TRUSTED_READ(regs, cx);
	to[2] = (u32)TRUSTED_READ(regs, dx);
	to[3] = (u32)TRUSTED_READ(regs, si);
	to[4] = (u32)TRUSTED_READ(regs, di);
	to[5] = (u32)TRUSTED_READ(regs, bp);
}

/* task: the current one, as a pointer of a known type if HAVE_TASK_BTF. nr: of regs. */
static __always_inline bool in_compat_call(struct task_struct *task, struct pt_regs *regs, u32 nr)
{
	u32 status;

	if (HAVE_TASK_BTF)
		status = task->thread_info.status;
	else
		status = BPF_CORE_READ(task, thread_info.status);
	return status & TS_COMPAT;
}

#elif defined(__TARGET_ARCH_arm64)

/*
 * The mode that the caller was in, as the CPU has it in SPSR_EL1: 0 for user space, which M[4] says is 32-bit.
 * (TIF_32BIT has had more than one number.)
 */
#define PSR_MODE_MASK	 0xf
#define PSR_MODE32_BIT	 0x10

/*
 * A new task does not pass the tracepoint sys_exit on its way out, unless the kernel is one that has the way in common
 * with other architectures. Until it runs, its stack holds nothing but its registers, a copy of the parent's.
 */
#define CHILD_EXITS	 bpf_core_field_exists(struct thread_info, syscall_work)
#define CHILD_REGS(task) ((struct pt_regs *)BPF_CORE_READ(task, thread.cpu_context.sp))

static __always_inline u32 regs_nr(struct pt_regs *regs)
{
	return TRUSTED_READ(regs, syscallno);
}

static __always_inline u64 regs_ip(struct pt_regs *regs)
{
	return TRUSTED_READ(regs, pc);
}

/* n: a constant. At the exit the result is where the first argument was. */
static __always_inline u64 regs_arg(struct pt_regs *regs, int n)
{
	switch (n) {
	case 0:
		return TRUSTED_READ(regs, orig_x0);
	case 1:
		return TRUSTED_READ(regs, regs[1]);
	case 2:
		return TRUSTED_READ(regs, regs[2]);
	case 3:
		return TRUSTED_READ(regs, regs[3]);
	case 4:
		return TRUSTED_READ(regs, regs[4]);
	default:
		return TRUSTED_READ(regs, regs[5]);
	}
}

#define HAVE_COMPAT 0

#define NR_COMPAT_EXECVE 11 /* arch/arm64/include/asm/unistd32.h; natively listxattr */

/*
 * After an exec the mode is that of the new program. A 32-bit one that has become a 64-bit one would be seen as a
 * listxattr: of NULL, as an exec clears the registers, and that cannot succeed.
 */
static __always_inline bool in_compat_call(struct task_struct *task, struct pt_regs *regs, u32 nr)
{
	(void)task;
	if (TRUSTED_READ(regs, pstate) & PSR_MODE32_BIT)
		return true;
	return nr == NR_COMPAT_EXECVE && !TRUSTED_READ(regs, regs[0]) && !TRUSTED_READ(regs, orig_x0);
}

#else
#error "gyr does not know the registers of this architecture"
#endif

#endif

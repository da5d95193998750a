/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* prctl, ptrace: what an argument means hangs on another. */
#ifndef GYR_FILLERS_PROC_H
#define GYR_FILLERS_PROC_H

#include "dyn_helpers.h"

/* UAPI (linux/prctl.h) */
#define PR_SET_NAME	       15
#define PR_GET_NAME	       16
#define PR_GET_CHILD_SUBREAPER 37

static __always_inline void put_prctl_str(struct frame *f, struct call *c, u64 option, u64 arg)
{
	put_user_str(f, c, (u32)option == PR_SET_NAME || (u32)option == PR_GET_NAME ? arg : 0);
}

static __always_inline void put_prctl_int(struct frame *f, struct call *c, u64 option, u64 arg)
{
	s32 attr;

	switch ((u32)option) {
	case PR_SET_NAME:
	case PR_GET_NAME:
		put_empty(f);
		break;
	case PR_GET_CHILD_SUBREAPER:
		read_user(f, &attr, sizeof(attr), arg);
		put_u64(f, (s64)attr);
		break;
	default:
		put_u64(f, arg);
	}
}

/* dyn.json, ptrace */
#define PTRACE_DYN_U64 0
#define PTRACE_DYN_SIG 1

/* UAPI (linux/ptrace.h) */
#define PTRACE_PEEKTEXT	  1
#define PTRACE_PEEKDATA	  2
#define PTRACE_PEEKUSR	  3
#define PTRACE_CONT	  7
#define PTRACE_SINGLESTEP 9
#define PTRACE_DETACH	  17
#define PTRACE_SYSCALL	  24

static __always_inline void put_ptrace_addr(struct frame *f, struct call *c, u64 addr, s64 ret)
{
	put_dyn_u64(f, PTRACE_DYN_U64, ret < 0 ? 0 : addr);
}

/* The word that was read, the signal that was sent, else the argument. */
static __always_inline void put_ptrace_data(struct frame *f, struct call *c, u64 request, u64 data, s64 ret)
{
	u64 word;

	if (ret < 0) {
		put_dyn_u64(f, PTRACE_DYN_U64, 0);
		return;
	}
	switch (request) {
	case PTRACE_CONT:
	case PTRACE_SINGLESTEP:
	case PTRACE_DETACH:
	case PTRACE_SYSCALL:
		put_dyn_u8(f, PTRACE_DYN_SIG, data);
		break;
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSR:
		word = 0;
		if (call_mark(c->cpu))
			read_user(f, &word, sizeof(u32), data);
		else
			read_user(f, &word, sizeof(word), data);
		put_dyn_u64(f, PTRACE_DYN_U64, word);
		break;
	default:
		put_dyn_u64(f, PTRACE_DYN_U64, data);
	}
}

#endif

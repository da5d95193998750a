/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What fillers read: arguments, user memory, fd -> file -> inode, sockets, cred, cgroup. A put_* function writes exactly
 * one param, whatever happens: a value, or empty when it is not to be had.
 */
#ifndef GYR_FILLER_HELPERS_H
#define GYR_FILLER_HELPERS_H

#include "kernel.h"
#include "ring_helpers.h"

/* One system call at its exit. */
struct call {
	void *ctx;
	struct pt_regs *regs;
	s64 ret;
};

static __always_inline void call_init(struct call *c, u64 *ctx)
{
	c->ctx = ctx;
	c->regs = (struct pt_regs *)ctx[0];
	c->ret = (s64)ctx[1];
}

static __always_inline u32 call_nr(const struct call *c)
{
	return (u32)c->regs->orig_ax;
}

/* The n-th argument (a constant), from 0. */
static __always_inline u64 call_arg(const struct call *c, int n)
{
	switch (n) {
	case 0:
		return c->regs->di;
	case 1:
		return c->regs->si;
	case 2:
		return c->regs->dx;
	case 3:
		return c->regs->r10;
	case 4:
		return c->regs->r8;
	default:
		return c->regs->r9;
	}
}

/* Data buffers: cut at the snaplen. len <= 0: empty. */
static __always_inline void put_user_data(struct frame *f, struct call *c, u64 ptr, s64 len)
{
	u32 n = gyr_set.snaplen;

	if (len <= 0 || !frame_room(f, GYR_SNAPLEN_MAX)) {
		put_empty(f);
		return;
	}
	if (len < n)
		n = len;
	KEEP(n);
	if (n > GYR_SNAPLEN_MAX)
		n = GYR_SNAPLEN_MAX;
	if (bpf_probe_read_user(f->p + f->pos, n, (void *)ptr)) {
		f->cpu->user_faults++;
		n = 0;
	}
	frame_param_done(f, n);
}

/* At most 4096 bytes with the NUL, as PATH_MAX. NULL: empty. */
static __always_inline void put_user_str(struct frame *f, struct call *c, u64 ptr)
{
	s64 n;

	if (!ptr || !frame_room(f, 4096)) {
		put_empty(f);
		return;
	}
	n = bpf_probe_read_user_str(f->p + f->pos, 4096, (void *)ptr);
	if (n < 0) {
		f->cpu->user_faults++;
		n = 0;
	}
	if (n > 4096) /* for the verifier of 5.10, which does not know the helper's range */
		n = 4096;
	frame_param_done(f, n);
}

#endif

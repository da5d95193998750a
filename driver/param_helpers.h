/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Params of variable length, and those put together in pieces, in a way that every verifier follows. */
#ifndef GYR_PARAM_HELPERS_H
#define GYR_PARAM_HELPERS_H

#include "filler_helpers.h"

/* Branches that leave f->pos in different ranges go on as one state. */
static __always_inline void frame_merge(struct frame *f)
{
	f->pos = forget(f, f->pos);
}

/* A byte at an offset that the verifier need know nothing of. */
static __always_inline void frame_poke(struct frame *f, u32 at, u8 val)
{
	KEEP(at);
	if (at < GYR_FRAME_MAX)
		f->p[at] = val;
}

/* A param in pieces: append_* moves f->pos, close_param accounts for what was written since start. */
static __always_inline void close_param(struct frame *f, u32 start)
{
	u32 len = f->pos - start;

	f->pos = start;
	frame_param_done(f, len);
	frame_merge(f);
}

#endif

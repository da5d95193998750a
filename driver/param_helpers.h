/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Params of variable length, and those put together in pieces, in a way that every verifier follows. */
#ifndef GYR_PARAM_HELPERS_H
#define GYR_PARAM_HELPERS_H

#include "filler_helpers.h"

/* The room behind all frames: one begins at GYR_BATCH_ROOM at the latest and has at most GYR_FRAME_MAX bytes. */
#define SCRATCH (GYR_BATCH_ROOM + GYR_FRAME_MAX)

/* A byte at an offset that the verifier need know nothing of. */
static __always_inline void frame_poke(struct frame *f, u32 at, u8 val)
{
	KEEP(at);
	if (at < GYR_FRAME_MAX)
		f->p[at] = val;
}

/* For a function that is not inlined: the frame that is being built, to write the value of one param at pos. */
static __always_inline bool frame_resume(struct frame *f, u32 pos)
{
	struct gyr_cpu *cpu = this_cpu();
	u32 off;

	if (!cpu)
		return false;
	off = cpu->len;
	KEEP(off);
	if (off > GYR_BATCH_ROOM)
		return false;
	f->cpu = cpu;
	f->p = cpu->data + off;
	f->pos = pos;
	f->params = GYR_PARAMS_MAX; /* the length is stored by the caller */
	return true;
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

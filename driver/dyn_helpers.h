/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DYN params: the index of the value's type in a table of dyn.json, and the value. */
#ifndef GYR_DYN_HELPERS_H
#define GYR_DYN_HELPERS_H

#include "filler_helpers.h"

static __always_inline void put_dyn_u8(struct frame *f, u8 type, u8 val)
{
	if (frame_room(f, 2)) {
		f->p[f->pos] = type;
		f->p[f->pos + 1] = val;
		frame_param_done(f, 2);
	} else {
		put_empty(f);
	}
}

static __always_inline void put_dyn_u32(struct frame *f, u8 type, u32 val)
{
	if (frame_room(f, 5)) {
		f->p[f->pos] = type;
		STORE(u32, f->p + f->pos + 1, val);
		frame_param_done(f, 5);
	} else {
		put_empty(f);
	}
}

static __always_inline void put_dyn_u64(struct frame *f, u8 type, u64 val)
{
	if (frame_room(f, 9)) {
		f->p[f->pos] = type;
		STORE(u64, f->p + f->pos + 1, val);
		frame_param_done(f, 9);
	} else {
		put_empty(f);
	}
}

#endif

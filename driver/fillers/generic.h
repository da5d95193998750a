/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls without an event of their own: which one it was. */
#ifndef GYR_FILLERS_GENERIC_H
#define GYR_FILLERS_GENERIC_H

#include <gyr/event_types.h>

#include "filler_helpers.h"
#include "convert.gen.h"

static __always_inline void fill_generic(struct frame *f, struct call *c)
{
	put_u16(f, gyr_sc[call_slot(c)]);
	put_u16(f, call_nr(c));
}

static __always_inline void generic_event(u64 *ctx)
{
	struct call c;
	struct frame f;

	if (!call_begin(ctx, &c, &f, GYR_EVT_GENERIC_X, 2))
		return;
	fill_generic(&f, &c);
	call_end(ctx, &f);
}

/* A system call that is wanted has no program in its slot. */
static __always_inline void count_no_filler(void)
{
	struct gyr_cpu *cpu = this_cpu();

	if (!cpu)
		return;
	cpu->call_mark = cpu->marks = 0;
	cpu->begun++;
	cpu->lost_bug++;
}

#endif

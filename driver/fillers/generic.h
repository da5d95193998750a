/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls without an event of their own: which one it was. */
#ifndef GYR_FILLERS_GENERIC_H
#define GYR_FILLERS_GENERIC_H

#include "filler_helpers.h"
#include "convert.gen.h"

static __always_inline void fill_generic(struct frame *f, struct call *c)
{
	u32 nr = call_nr(c);

	put_u16(f, gyr_sc[nr & (GYR_SYSCALLS_MAX - 1)]);
	put_u16(f, nr);
}

#endif

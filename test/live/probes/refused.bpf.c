// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The driver with a filler that no verifier takes: that of semctl reads behind the map's value. */
#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "filler_helpers.h"
#include "fillers/poll.h"

static __always_inline void put_out_of_bounds(struct frame *f, struct call *c, u64 cmd, u64 val)
{
	put_u32(f, *(volatile u32 *)(f->cpu + 1));
}

#define put_semctl_val put_out_of_bounds
#include "probe.bpf.c"

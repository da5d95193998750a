/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ids, rights and limits of the calling task. */
#ifndef GYR_FILLERS_IDS_H
#define GYR_FILLERS_IDS_H

#include "filler_helpers.h"

/* A uid or gid that the kernel wrote; empty when the call failed. */
static __always_inline void put_id_out(struct frame *f, struct call *c, u64 ptr, s64 ret)
{
	u32 id;

	if (ret == 0 && read_user(f, &id, sizeof(id), ptr))
		put_u32(f, id);
	else
		put_empty(f);
}

static __always_inline void put_cap_inheritable(struct frame *f, struct call *c)
{
	put_u64(f, BPF_CORE_READ(cur_task(), cred, cap_inheritable).val);
}

static __always_inline void put_cap_permitted(struct frame *f, struct call *c)
{
	put_u64(f, BPF_CORE_READ(cur_task(), cred, cap_permitted).val);
}

static __always_inline void put_cap_effective(struct frame *f, struct call *c)
{
	put_u64(f, BPF_CORE_READ(cur_task(), cred, cap_effective).val);
}

/* A member of a struct rlimit, -1 when it is not to be had. */
static __always_inline void put_rlimit(struct frame *f, struct call *c, u64 ptr, u64 member, s64 ret)
{
	u64 val = -1;

	if (ret >= 0 && ptr && bpf_probe_read_user(&val, sizeof(val), (void *)(ptr + member * sizeof(u64)))) {
		user_fault(f);
		val = -1;
	}
	put_u64(f, val);
}

#endif

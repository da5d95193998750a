/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ids, rights and limits of the calling task. */
#ifndef GYR_FILLERS_IDS_H
#define GYR_FILLERS_IDS_H

#include "filler_helpers.h"

/* A uid or gid that the kernel wrote; empty when the call failed. Old calls of 32-bit callers have 16 bits. */
static __always_inline void put_id_out(struct frame *f, struct call *c, u64 ptr, s64 ret)
{
	u32 id = 0;
	bool ok;

	if (call_mark(c->cpu) & GYR_CALL_IDS16)
		ok = ret == 0 && read_user(f, &id, sizeof(u16), ptr);
	else
		ok = ret == 0 && read_user(f, &id, sizeof(id), ptr);
	if (ok)
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

/* All bits set: no limit. */
static __always_inline u64 widen_limit(u32 limit)
{
	return limit == (u32)-1 ? (u64)-1 : limit;
}

/* A member of a struct rlimit, -1 when it is not to be had. */
static __always_inline void put_rlimit(struct frame *f, struct call *c, u64 ptr, u64 member, s64 ret)
{
	u64 val = -1;
	u32 narrow;
	s64 err = 0;

	if (ret >= 0 && ptr) {
		if (is_any_narrow(c)) {
			err = bpf_probe_read_user(&narrow, sizeof(narrow), (void *)(ptr + member * sizeof(narrow)));
			val = widen_limit(narrow);
		} else {
			err = bpf_probe_read_user(&val, sizeof(val), (void *)(ptr + member * sizeof(val)));
		}
	}
	if (err) {
		user_fault(f);
		val = -1;
	}
	put_u64(f, val);
}

#endif

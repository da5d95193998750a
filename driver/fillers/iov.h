/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Buffers scattered over an iovec: readv, writev and their kin; the msghdr of sendmsg and recvmsg. */
#ifndef GYR_FILLERS_IOV_H
#define GYR_FILLERS_IOV_H

#include "filler_helpers.h"

#define IOV_ENTRIES 32
#define IOV_AT_ONCE 8 /* reading user memory costs by the call, not by the byte; the rest is the stack's room */
/*
 * The verifier adds the largest offset to the largest length, as if both came together: so each gets a half of
 * what a value may take.
 */
#define IOV_PART (GYR_SNAPLEN_MAX / 2)

static __always_inline bool read_iovec(struct frame *f, struct user_iovec *ents, u64 ptr, u64 cnt)
{
	u32 n = cnt < IOV_AT_ONCE ? cnt : IOV_AT_ONCE;

	KEEP(n);
	if (n > IOV_AT_ONCE)
		n = IOV_AT_ONCE;
	if (!bpf_probe_read_user(ents, n * sizeof(*ents), (void *)ptr))
		return true;
	f->cpu->user_faults++;
	return false;
}

/*
 * Gathers up to len bytes, cut at the snaplen. With `all`, the lengths of every entry are added up in c->iov_size,
 * else it stops as soon as it has enough.
 */
static __always_inline void put_iov(struct frame *f, struct call *c, u64 iov, u64 cnt, s64 len, bool all)
{
	u32 left = gyr_set.snaplen, got = 0;
	struct user_iovec ents[IOV_AT_ONCE] = {}; /* 5.10: a read of variable size is not taken to fill it */

	c->iov_size = 0;
	if (len < left)
		left = len < 0 ? 0 : len;
	if (!frame_room(f, GYR_SNAPLEN_MAX))
		left = 0;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < IOV_ENTRIES; i++) {
		struct user_iovec *ent;
		u32 n;

		left = forget(f, left);
		got = forget(f, got);
		if (i >= cnt || (left == 0 && !all))
			break;
		ent = &ents[i % IOV_AT_ONCE];
		if (i % IOV_AT_ONCE == 0 && !read_iovec(f, ents, iov + i * sizeof(*ent), cnt - i))
			break;
		c->iov_size += ent->len;
		n = ent->len < left ? ent->len : left;
		KEEP(n);
		KEEP(got);
		if (n == 0 || got > IOV_PART)
			continue;
		if (n > IOV_PART)
			left = n = IOV_PART; /* the last piece: a gap must not follow */
		if (bpf_probe_read_user(f->p + f->pos + got, n, (void *)ent->base)) {
			f->cpu->user_faults++;
			left = 0;
			continue;
		}
		left -= n;
		got += n;
	}
	frame_param_done(f, got);
}

/* What a read filled. */
static __always_inline void put_iov_out(struct frame *f, struct call *c, u64 iov, u64 cnt, s64 ret)
{
	put_iov(f, c, iov, ret > 0 ? cnt : 0, ret, false);
}

/* What was written, or, of a write that failed, what should have been. */
static __always_inline void put_iov_in(struct frame *f, struct call *c, u64 iov, u64 cnt, s64 ret)
{
	put_iov(f, c, iov, cnt, ret > 0 ? ret : S64_MAX, true);
}

/* The size that put_iov_in found. What more than IOV_ENTRIES hold is known only as far as it was written. */
static __always_inline void put_iov_size(struct frame *f, struct call *c, s64 ret)
{
	u64 size = c->iov_size;

	put_u32(f, ret > (s64)size ? ret : size);
}

#endif

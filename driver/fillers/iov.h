/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Buffers scattered over an iovec: readv, writev and their kin; the msghdr of sendmsg and recvmsg. */
#ifndef GYR_FILLERS_IOV_H
#define GYR_FILLERS_IOV_H

#include "param_helpers.h"

#define IOV_ENTRIES 32
#define IOV_STEPS   8 /* ... at once */
#define IOV_END	    (1u << 31)
/*
 * The verifier adds the largest offset to the largest length, as if both came together: so each gets a half of
 * what a value may take.
 */
#define IOV_PART (GYR_SNAPLEN_MAX / 2)

_Static_assert(sizeof(((struct gyr_cpu *)0)->data) >= SCRATCH + 2 * IOV_ENTRIES * sizeof(struct user_iovec), "no room");

/* The scratch holds the entries. */
static __always_inline struct user_iovec *scratch_entries(struct gyr_cpu *cpu)
{
	return (struct user_iovec *)(cpu->data + SCRATCH);
}

/* cnt: at most IOV_ENTRIES. False: they cannot be read. */
static __always_inline bool read_entries(struct gyr_cpu *cpu, u32 cnt, u64 iov)
{
	struct user_iovec *ents = scratch_entries(cpu);
	struct user_iovec32 *narrow = (struct user_iovec32 *)(ents + IOV_ENTRIES);

	if (!call_mark(cpu))
		return !bpf_probe_read_user(ents, cnt * sizeof(*ents), (void *)iov);
	if (bpf_probe_read_user(narrow, cnt * sizeof(*narrow), (void *)iov))
		return false;
		/* All: those behind cnt are not looked at. */
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < IOV_ENTRIES; i++) {
		ents[i].base = narrow[i].base;
		ents[i].len = narrow[i].len;
	}
	return true;
}

/*
 * Copies what IOV_STEPS entries from `first` on hold, to `pos` of the frame that is being built, where `got` bytes are
 * already. Returns how many of `want` there are then; with IOV_END, if no more are to come. (A global function: see
 * gyr_fd_file.)
 */
__noinline u32 gyr_copy_iov(u32 first, u32 cnt, u32 got, u32 want, u32 pos)
{
	struct gyr_cpu *cpu = this_cpu();
	struct user_iovec *ents;
	u32 base;
	bool last;
	u64 n;

	if (!cpu)
		return IOV_END;
	base = cpu->len;
	KEEP(base);
	KEEP(first);
	KEEP(pos);
	if (first > IOV_ENTRIES - IOV_STEPS || pos > GYR_FRAME_MAX - GYR_SNAPLEN_MAX)
		return IOV_END;
	if (base > GYR_BATCH_ROOM)
		return IOV_END;
	ents = scratch_entries(cpu) + first;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < IOV_STEPS; i++) {
		got = forget_val(cpu, got);
		if (first + i >= cnt || got >= want || got > IOV_PART)
			return got | IOV_END;
		n = ents[i].len < want - got ? ents[i].len : want - got;
		n = forget_val(cpu, n);
		last = n > IOV_PART;
		AT_MOST(n, IOV_PART);
		if (bpf_probe_read_user(cpu->data + base + pos + got, n, (void *)ents[i].base)) {
			cpu->user_faults++;
			return got | IOV_END;
		}
		got += n;
		if (last) /* a gap must not follow */
			return got | IOV_END;
	}
	return got;
}

/*
 * Gathers up to `want` bytes of what an iovec holds, to `pos` of the frame that is being built. Returns how many there
 * are, with IOV_END if the entries could not be read, and in the upper half the lengths of all of them together. (A
 * global function: see gyr_fd_file.)
 */
__noinline u64 gyr_gather(u64 iov, u32 cnt, u32 want, u32 pos)
{
	struct gyr_cpu *cpu = this_cpu();
	struct user_iovec *ents;
	u64 size = 0;
	u32 got = 0;

	if (!cpu || cnt == 0)
		return 0;
	ents = scratch_entries(cpu);
	if (cnt > IOV_ENTRIES)
		cnt = IOV_ENTRIES;
	KEEP(cnt);
	if (cnt > IOV_ENTRIES)
		return 0;
	if (!read_entries(cpu, cnt, iov)) {
		cpu->user_faults++;
		return IOV_END;
	}
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < IOV_ENTRIES && i < cnt; i++)
		size += ents[i].len;
	cnt = forget_val(cpu, cnt); /* the loop has left it in a range of its own for each turn */
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < IOV_ENTRIES && !(got & IOV_END); i += IOV_STEPS)
		got = gyr_copy_iov(i, cnt, got, want, pos);
	return (size > 0xffffffff ? 0xffffffff : size) << 32 | (got & ~IOV_END);
}

/* Up to len bytes, cut at the snaplen. The lengths of the entries are added up in c->iov_size. */
static __always_inline void put_iov(struct frame *f, struct call *c, u64 iov, u64 cnt, s64 len)
{
	u32 want = snaplen(c), got;
	u64 found;

	if (len < want)
		want = len < 0 ? 0 : len;
	if (!frame_room(f, GYR_SNAPLEN_MAX))
		want = 0;
	found = gyr_gather(iov, cnt < IOV_ENTRIES ? cnt : IOV_ENTRIES, want, f->pos);
	c->iov_size = found >> 32;
	c->iov_cut = forget(f, found & IOV_END || cnt > IOV_ENTRIES ? 1 : 0);
	got = (u32)found & ~IOV_END;
	/* Of a write that failed only what the entries say is known. */
	if (found & IOV_END || got < ((u64)len < c->iov_size ? (u64)len : c->iov_size) ||
	    (cnt > IOV_ENTRIES && got < len))
		frame_cut(f);
	frame_param_done(f, got);
	frame_merge(f);
}

/* What a read filled. */
static __always_inline void put_iov_out(struct frame *f, struct call *c, u64 iov, u64 cnt, s64 ret)
{
	put_iov(f, c, iov, ret > 0 ? cnt : 0, ret);
}

/* What was written, or, of a write that failed, what should have been. */
static __always_inline void put_iov_in(struct frame *f, struct call *c, u64 iov, u64 cnt, s64 ret)
{
	put_iov(f, c, iov, cnt, ret > 0 ? ret : S64_MAX);
}

/*
 * The size that put_iov_in found, for that param. What more than IOV_ENTRIES hold is known only as far as it was
 * written.
 */
static __always_inline u32 iov_size(struct frame *f, struct call *c, s64 ret, u32 param)
{
	u64 size = c->iov_size;

	f->cpu->cut |= (c->iov_cut & (u32)((u64)(ret - 1) >> 63)) << (param % GYR_PARAMS_MAX);
	return ret > (s64)size ? ret : size;
}

static __always_inline void put_iov_size(struct frame *f, struct call *c, s64 ret)
{
	put_u32(f, iov_size(f, c, ret, f->params));
}

/* How much all entries hold, where none of it is shown. */
static __always_inline void put_iov_total(struct frame *f, struct call *c, u64 iov, u64 cnt)
{
	u64 found = gyr_gather(iov, cnt < IOV_ENTRIES ? cnt : IOV_ENTRIES, 0, f->pos);

	if (found & IOV_END || cnt > IOV_ENTRIES)
		frame_cut(f);
	put_u32(f, found >> 32);
}

#endif

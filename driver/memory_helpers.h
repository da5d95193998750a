/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Params made of what an argument points to, where the schema says what that is (`at`). It is read once for all params
 * that need it, into memory of the CPU's and not onto the stack: what verifiers know of the stack keeps apart what
 * could go on as one.
 */
#ifndef GYR_MEMORY_HELPERS_H
#define GYR_MEMORY_HELPERS_H

#include "param_helpers.h"

#define BEHIND(type, f, at) (*(type *)((f)->cpu->behind + (at)))
#define NARROW(type, f, at) (*(type *)((f)->cpu->narrow + (at)))

#define ARGS_MAX 4096 /* bytes of a list of strings */

#define NSEC_PER_SEC  1000000000LL
#define NSEC_PER_USEC 1000LL
#define NSEC_PER_MSEC 1000000LL

/* NULL stays what it is. */
static __always_inline u64 behind(u64 ptr, u32 off)
{
	return ptr ? ptr + off : 0;
}

/* 1, or 0. params: bits of those for which, a constant. */
static __always_inline u32 read_to(struct frame *f, void *to, u32 size, u32 params, u64 ptr)
{
	u32 has = 0;

	if (ptr) {
		if (bpf_probe_read_user(to, size, (void *)ptr)) {
			f->cpu->user_faults++;
			f->cpu->cut |= params;
		} else {
			has = 1;
		}
	}
	return forget(f, has);
}

/* 1, or 0: it could not be read, or there was nothing to read. at and size: constants. */
static __always_inline u32 read_behind(struct frame *f, u32 at, u32 size, u32 params, u64 ptr)
{
	return read_to(f, f->cpu->behind + at, size, params, ptr);
}

/* What a 32-bit caller has, before it is put to where a 64-bit one would have it. */
static __always_inline u32 read_narrow(struct frame *f, u32 size, u32 params, u64 ptr)
{
	return read_to(f, f->cpu->narrow, size, params, ptr);
}

static __always_inline u64 timespec_ns(struct frame *f, u32 at)
{
	return BEHIND(s64, f, at) * NSEC_PER_SEC + BEHIND(s64, f, at + sizeof(s64));
}

static __always_inline u64 timeval_ns(struct frame *f, u32 at)
{
	return BEHIND(s64, f, at) * NSEC_PER_SEC + BEHIND(s64, f, at + sizeof(s64)) * NSEC_PER_USEC;
}

/* A string in a field of `size` bytes, a constant: it need not end with a NUL there. */
static __always_inline void put_user_chars(struct frame *f, struct call *c, u64 ptr, u32 size)
{
	s64 n;

	if (!ptr || !frame_room(f, size + 1)) {
		put_empty(f);
		return;
	}
	n = read_user_str(f->p + f->pos, size + 1, ptr);
	if (n < 0) {
		user_fault(f);
		n = 0;
	}
	if (n > size + 1) /* see put_user_str */
		n = size + 1;
	frame_param_done(f, n);
	frame_merge(f);
}

/* len bytes without a NUL, as a string. len <= 0: empty. */
static __always_inline void put_user_str_n(struct frame *f, struct call *c, u64 ptr, s64 len)
{
	u64 n = len;

	if (!ptr || len <= 0 || !frame_room(f, ARGS_MAX)) {
		put_empty(f);
		return;
	}
	if (n > ARGS_MAX - 1)
		frame_cut(f);
	AT_MOST(n, ARGS_MAX - 1);
	if (bpf_probe_read_user(f->p + f->pos, n, (void *)ptr)) {
		user_fault(f);
		put_empty(f);
		return;
	}
	frame_poke(f, f->pos + n, 0);
	frame_param_done(f, n + 1);
	frame_merge(f);
}

/* Strings one after another in user memory, n bytes, cut at max; the last one is ended then. */
static __always_inline void put_user_strings(struct frame *f, u64 ptr, u64 n, u64 max)
{
	u64 len = n > max ? max : n;

	if (ptr && n > max)
		frame_cut(f);
	if (!ptr || !frame_room(f, ARGS_MAX)) {
		put_empty(f);
		return;
	}
	KEEP(len);
	if (len > ARGS_MAX)
		len = ARGS_MAX;
	if (bpf_probe_read_user(f->p + f->pos, len, (void *)ptr)) {
		user_fault(f);
		len = 0;
	}
	if (len)
		frame_poke(f, f->pos + len - 1, 0);
	frame_param_done(f, len);
	frame_merge(f);
}

/* What a call filled; of size 0, it only said how much that would be. */
static __always_inline void put_user_str_list(struct frame *f, struct call *c, u64 ptr, s64 ret, u64 size)
{
	put_user_strings(f, ret > 0 && size ? ptr : 0, ret, ARGS_MAX);
}

static __always_inline void put_user_data_out(struct frame *f, struct call *c, u64 ptr, s64 ret, u64 size)
{
	put_user_data(f, c, ptr, size ? ret : 0);
}

/* Old calls of 32-bit callers have ids of 16 bits, which stay so. */
static __always_inline void put_user_u32s(struct frame *f, struct call *c, u64 ptr, s64 count)
{
	u32 size = call_mark(c->cpu) & GYR_CALL_IDS16 ? sizeof(u16) : sizeof(u32);

	put_user_data(f, c, ptr, (s32)count * (s64)size);
}

static __always_inline void put_user_u64s(struct frame *f, struct call *c, u64 ptr, s64 count)
{
	put_user_data(f, c, ptr, (s32)count * (s64)sizeof(u64));
}

/* The text of a System V message lies behind its type, a long. */
static __always_inline void put_user_msg(struct frame *f, struct call *c, u64 ptr, s64 len)
{
	put_user_data(f, c, behind(ptr, is_any_narrow(c) ? sizeof(s32) : sizeof(s64)), len);
}

/* RELTIME of an int; below 0: for ever. */
static __always_inline void put_ms(struct frame *f, struct call *c, u64 ms)
{
	put_u64(f, (s32)ms < 0 ? -1 : (s32)ms * NSEC_PER_MSEC);
}

static __always_inline void put_sec(struct frame *f, struct call *c, u64 sec)
{
	put_u64(f, (u32)sec * NSEC_PER_SEC);
}

#endif

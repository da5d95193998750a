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

/* UAPI (linux/capability.h, linux/mount.h) */
#define LINUX_CAPABILITY_VERSION_2 0x20071026
#define LINUX_CAPABILITY_VERSION_3 0x20080522
#define MOUNT_ATTR_IDMAP	   0x00100000

struct user_mount_attr {
	u64 set, clr, propagation, userns_fd;
};

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

/* What a struct says in its first four bytes that it has, at least these; 0 there means `none`. 0: not to be had. */
static __always_inline u64 size_behind(struct frame *f, u32 at, u32 params, u64 ptr, u32 none)
{
	u32 has = read_behind(f, at, sizeof(u32), params, ptr), size = BEHIND(u32, f, at);

	if (size == 0)
		size = none;
	if (size < sizeof(u32))
		size = sizeof(u32);
	return has ? size : 0;
}

/* How many bytes were read: `size`, of which no more than `max`, a constant, are of interest. */
static __always_inline u32 read_sized(struct frame *f, u32 at, u32 max, u32 params, u64 ptr, u64 size)
{
	u64 n = forget(f, size > max ? max : size);

	AT_MOST(n, max);
	if (!ptr)
		return 0;
	if (n && bpf_probe_read_user(f->cpu->behind + at, n, (void *)ptr)) {
		f->cpu->user_faults++;
		f->cpu->cut |= params;
		n = 0;
	}
	return forget(f, n);
}

/* 1 or 0, without a branch: see put_u32_if. */
static __always_inline u32 reaches(struct frame *f, u32 n, u32 end)
{
	return forget(f, (((u64)n - end) >> 63) ^ 1);
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
	if (n > size + 1) /* see copy_user_str */
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

/* struct xattr_args, of setxattrat and getxattrat. */
struct user_xattr_args {
	u64 value;
	u32 size;
};

static __always_inline void put_xattr_value(struct frame *f, struct call *c, u64 ptr)
{
	struct user_xattr_args args;

	read_user(f, &args, sizeof(args), ptr);
	put_user_data(f, c, args.value, args.size);
}

static __always_inline void put_xattr_got(struct frame *f, struct call *c, u64 ptr, s64 ret)
{
	struct user_xattr_args args;

	read_user(f, &args, sizeof(args), ptr);
	put_user_data(f, c, args.value, args.size ? ret : 0);
}

/* The second of the structs that version 2 and 3 of capget have. */
static __always_inline void put_cap_high(struct frame *f, struct call *c, u64 ptr, u64 head, u64 off)
{
	u32 version = 0, val = 0, has;

	if (ptr)
		read_user(f, &version, sizeof(version), head);
	has = version == LINUX_CAPABILITY_VERSION_2 || version == LINUX_CAPABILITY_VERSION_3;
	has = has && read_user(f, &val, sizeof(val), ptr + off);
	put_u32_if(f, forget(f, has), val);
}

/* struct mount_attr: a user namespace only where its mapping is to change. */
static __always_inline void put_userns_fd(struct frame *f, struct call *c, u64 ptr)
{
	struct user_mount_attr attr;
	u32 has = read_user(f, &attr, sizeof(attr), ptr) && (attr.set | attr.clr) & MOUNT_ATTR_IDMAP;

	put_u64_if(f, forget(f, has), attr.userns_fd);
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

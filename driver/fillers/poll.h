/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Waiting: poll and ppoll, io_uring; and semop. */
#ifndef GYR_FILLERS_POLL_H
#define GYR_FILLERS_POLL_H

#include "convert.gen.h"
#include "filler_helpers.h"

#define FDLIST_MAX  16
#define FDLIST_PAIR (sizeof(s64) + sizeof(s16))

/* FDLIST, with the events that came. */
static __always_inline void put_fdlist(struct frame *f, struct call *c, u64 ptr, u64 nfds)
{
	struct user_pollfd fds[FDLIST_MAX] = {}; /* 5.10: a read of variable size is not taken to fill it */
	u32 n = nfds;
	u8 *p;

	if (!frame_room(f, sizeof(u16) + FDLIST_MAX * FDLIST_PAIR)) {
		put_empty(f);
		return;
	}
	if (n > FDLIST_MAX) {
		frame_cut(f);
		n = FDLIST_MAX;
	}
	KEEP(n);
	if (n > FDLIST_MAX)
		n = FDLIST_MAX;
	if (n && bpf_probe_read_user(fds, n * sizeof(fds[0]), (void *)ptr)) {
		user_fault(f);
		n = 0;
	}
	p = f->p + f->pos;
	STORE(u16, p, n);
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < FDLIST_MAX; i++) {
		if (i >= n)
			break;
		STORE(s64, p + sizeof(u16) + i * FDLIST_PAIR, fds[i].fd);
		STORE(u16, p + sizeof(u16) + i * FDLIST_PAIR + sizeof(s64), flags_poll_flags((u16)fds[i].revents));
	}
	frame_param_done(f, sizeof(u16) + n * FDLIST_PAIR);
}

/*
 * io_uring_setup: these are written in this order; the first reads the struct for all. The kernel fills it on success;
 * else it is as the caller set it.
 */
static __always_inline void put_uring_sq_entries(struct frame *f, struct call *c, u64 params)
{
	struct user_io_uring_params uring;

	read_user(f, &uring, sizeof(uring), params);
	c->user.uring = uring;
	put_u32(f, uring.sq_entries);
}

static __always_inline void put_uring_cq_entries(struct frame *f, struct call *c)
{
	put_u32(f, c->user.uring.cq_entries);
}

static __always_inline void put_uring_flags(struct frame *f, struct call *c)
{
	put_u32(f, flags_io_uring_setup_flags(c->user.uring.flags));
}

static __always_inline void put_uring_sq_cpu(struct frame *f, struct call *c)
{
	put_u32(f, c->user.uring.sq_thread_cpu);
}

static __always_inline void put_uring_sq_idle(struct frame *f, struct call *c)
{
	put_u32(f, c->user.uring.sq_thread_idle);
}

static __always_inline void put_uring_features(struct frame *f, struct call *c)
{
	put_u32(f, c->user.uring.features);
}

/* include/uapi/linux/io_uring.h */
#define IORING_ENTER_EXT_ARG		    (1u << 3)
#define IORING_ENTER_REGISTERED_RING	    (1u << 4)
#define IORING_ENTER_EXT_ARG_REG	    (1u << 6)
#define IORING_REGISTER_USE_REGISTERED_RING (1u << 31)

/* A ring is a descriptor, or an index among those that the thread has registered, which is not shown. */
static __always_inline void put_ring_fd(struct frame *f, struct call *c, u64 fd, u64 flags)
{
	put_u64_if(f, forget(f, flags & IORING_ENTER_REGISTERED_RING ? 0 : 1), (s64)(s32)fd);
}

static __always_inline void put_register_fd(struct frame *f, struct call *c, u64 fd, u64 opcode)
{
	put_u64_if(f, forget(f, opcode & IORING_REGISTER_USE_REGISTERED_RING ? 0 : 1), (s64)(s32)fd);
}

/*
 * io_uring_enter: with EXT_ARG the pointer to the signal set is in a struct, which with EXT_ARG_REG as well lies in
 * memory that the ring knows, and not where the argument points to.
 */
static __always_inline void put_uring_sigset(struct frame *f, struct call *c, u64 flags, u64 arg)
{
	if (flags & IORING_ENTER_EXT_ARG && flags & IORING_ENTER_EXT_ARG_REG) {
		put_empty(f);
		return;
	}
	if (flags & IORING_ENTER_EXT_ARG) {
		struct user_io_uring_getevents_arg ext;

		read_user(f, &ext, sizeof(ext), arg);
		arg = ext.sigmask;
	}
	put_user_sigset(f, c, arg);
}

/* semop: the first two operations, all 0 where there are none or the call failed; in this order. */
static __always_inline void put_sem_num_0(struct frame *f, struct call *c, u64 sops, u64 nsops)
{
	struct user_sembuf two[2] = {};

	if (c->ret == 0 && (u32)nsops == 1)
		read_user(f, two, sizeof(two[0]), sops);
	else if (c->ret == 0)
		read_user(f, two, sizeof(two), sops);
	c->user.sops[0] = two[0];
	c->user.sops[1] = two[1];
	put_u16(f, two[0].sem_num);
}

static __always_inline void put_sem_op_0(struct frame *f, struct call *c)
{
	put_u16(f, c->user.sops[0].sem_op);
}

static __always_inline void put_sem_flg_0(struct frame *f, struct call *c)
{
	put_u16(f, flags_semop_flags((u16)c->user.sops[0].sem_flg));
}

static __always_inline void put_sem_num_1(struct frame *f, struct call *c)
{
	put_u16(f, c->user.sops[1].sem_num);
}

static __always_inline void put_sem_op_1(struct frame *f, struct call *c)
{
	put_u16(f, c->user.sops[1].sem_op);
}

static __always_inline void put_sem_flg_1(struct frame *f, struct call *c)
{
	put_u16(f, flags_semop_flags((u16)c->user.sops[1].sem_flg));
}

#define SEMCTL_SETVAL 16

/* semctl: the fourth argument is a value with one command, and a pointer or nothing with the others. */
static __always_inline void put_semctl_val(struct frame *f, struct call *c, u64 cmd, u64 val)
{
	put_u32(f, (u16)cmd == SEMCTL_SETVAL ? val : 0);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sendmmsg, recvmmsg: an event for each message that was sent or received, with its length as the result; one for the
 * call when there was none. A program makes MMSG_STEPS of them and calls itself for the next, so that all come that the
 * kernel takes in one call: 33 such calls are the most that it lets programs make.
 */
#ifndef GYR_FILLERS_MMSG_H
#define GYR_FILLERS_MMSG_H

#include <gyr/event_types.h>

#include "convert.gen.h"
#include "fillers/msg.h"

#define UIO_MAXIOV 1024
#define MMSG_STEPS (UIO_MAXIOV / 32)

static __always_inline void put_sent(struct frame *f, struct call *c, const struct user_mmsghdr *msg, s64 res)
{
	u32 size_at;

	put_u64(f, res);
	put_u64(f, (s64)(s32)call_arg(c, 0));
	size_at = f->pos;
	put_u32(f, 0);
	put_iov_in(f, c, msg->hdr.iov, msg->hdr.iovlen, res);
	STORE(u32, f->p + size_at, c->iov_size);
	if (c->ret <= 0)
		put_empty(f);
	else
		put_tuple(f, call_arg(c, 0), OUTBOUND, msg->hdr.name, msg->hdr.namelen);
}

static __always_inline void put_received(struct frame *f, struct call *c, const struct user_mmsghdr *msg, s64 res)
{
	put_u64(f, res);
	put_u64(f, (s64)(s32)call_arg(c, 0));
	put_u32(f, res > 0 ? res : 0);
	put_iov_out(f, c, msg->hdr.iov, msg->hdr.iovlen, res);
	if (c->ret <= 0)
		put_empty(f);
	else
		put_tuple(f, call_arg(c, 0), INBOUND, msg->hdr.name, 0);
	put_control(f, msg->hdr.control, msg->hdr.controllen);
}

/* sends: a constant. i: which message; res < 0: there is none. */
static __always_inline void mmsg_event(u64 *ctx, struct call *c, bool sends, u32 i, s64 res)
{
	struct user_mmsghdr msg = {};
	struct frame f;

	if (!frame_begin(ctx, &f, sends ? GYR_EVT_SOCKET_SENDMMSG_X : GYR_EVT_SOCKET_RECVMMSG_X, sends ? 5 : 6))
		return;
	if (res > 0)
		res = read_user(&f, &msg, sizeof(msg), call_arg(c, 1) + i * sizeof(msg)) ? msg.len : 0;
	if (sends)
		put_sent(&f, c, &msg, res);
	else
		put_received(&f, c, &msg, res);
	push_evt_frame(ctx, &f);
}

/* True: there are more than this program could do. */
static __always_inline bool mmsg_events(u64 *ctx, bool sends)
{
	struct gyr_cpu *cpu = this_cpu();
	struct call c;
	u32 first, i;

	if (!cpu)
		return false;
	call_init(&c, ctx);
	if (c.ret <= 0) {
		mmsg_event(ctx, &c, sends, 0, c.ret);
		return false;
	}
	first = cpu->mmsg_next;
	cpu->mmsg_next = 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < MMSG_STEPS; i++) {
		if (first + i >= c.ret)
			return false;
		mmsg_event(ctx, &c, sends, first + i, c.ret);
	}
	if (first + i >= c.ret)
		return false;
	cpu->mmsg_next = first + i;
	return true;
}

SEC_TP(sys_exit)
int gyr_sendmmsg(u64 *ctx)
{
	if (mmsg_events(ctx, true))
		bpf_tail_call_static(ctx, &gyr_fillers, GYR_NR_sendmmsg);
	return 0;
}

SEC_TP(sys_exit)
int gyr_recvmmsg(u64 *ctx)
{
	if (mmsg_events(ctx, false))
		bpf_tail_call_static(ctx, &gyr_fillers, GYR_NR_recvmmsg);
	return 0;
}

#endif

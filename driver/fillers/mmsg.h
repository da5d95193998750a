/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sendmmsg, recvmmsg: an event for each message that was sent or received, with its length as the result; one for the
 * call when there was none. A program makes MMSG_STEPS of them and calls itself for the next, so that all come that the
 * kernel takes in one call: 33 such calls are the most that it lets programs make. Where it may not call itself,
 * messages behind the first MMSG_STEPS are lost, and counted.
 */
#ifndef GYR_FILLERS_MMSG_H
#define GYR_FILLERS_MMSG_H

#include <gyr/event_types.h>

#include "convert.gen.h"
#include "fillers/msg.h"
#include "memory_helpers.h"

#define UIO_MAXIOV 1024
#define MMSG_STEPS (UIO_MAXIOV / 32)

#define SENT_NPARAMS	 5
#define RECEIVED_NPARAMS 6
#define SENT_SIZE	 2

/* What is not known of a message whose header cannot be read: all but the fd, which is the second param of both. */
#define NOT_KNOWN(nparams) (((1U << (nparams)) - 1) & ~2U)

static __always_inline void put_sent(struct frame *f, struct call *c, const struct user_mmsghdr *msg, s64 res)
{
	u32 size_at;

	put_u64(f, res);
	put_u64(f, (s64)(s32)call_arg(c, 0));
	size_at = f->pos;
	put_u32(f, 0);
	put_iov_in(f, c, msg->hdr.iov, msg->hdr.iovlen, res);
	STORE(u32, f->p + size_at, iov_size(f, c, res, SENT_SIZE));
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

/* msg is zeroed, and stays so when it cannot be read. */
static __always_inline void read_mmsghdr(struct frame *f, struct user_mmsghdr *msg, u64 vec, u32 i, u32 params)
{
	struct user_mmsghdr32 narrow = {};

	if (!call_mark(f->cpu)) {
		read_to(f, msg, sizeof(*msg), params, vec + i * sizeof(*msg));
		return;
	}
	read_to(f, &narrow, sizeof(narrow), params, vec + i * sizeof(narrow));
	widen_msghdr(&msg->hdr, &narrow.hdr);
	msg->len = narrow.len;
}

/*
 * The params of message i, or of a call that had none, into the frame that is being built. Returns where they end.
 * sends: a constant.
 */
static __always_inline u32 put_message(u32 fd, u64 vec, u32 i, s64 ret, bool sends)
{
	struct user_mmsghdr msg = {};
	struct frame f;
	struct call c;
	s64 res = ret;

	if (!frame_resume(&f, GYR_FRAME_HDR + (sends ? SENT_NPARAMS : RECEIVED_NPARAMS) * sizeof(u16)))
		return 0;
	f.params = 0;
	c.cpu = f.cpu;
	c.entering = false;
	c.moves_data = true;
	c.ret = ret;
	c.args[0] = fd;
	if (ret > 0) {
		read_mmsghdr(&f, &msg, vec, i, NOT_KNOWN(sends ? SENT_NPARAMS : RECEIVED_NPARAMS));
		res = msg.len;
	}
	if (sends)
		put_sent(&f, &c, &msg, res);
	else
		put_received(&f, &c, &msg, res);
	return f.params == (sends ? SENT_NPARAMS : RECEIVED_NPARAMS) ? f.pos : 0;
}

/* Global functions (see gyr_fd_file): verifiers look at one message, and not at MMSG_STEPS. */
__noinline u32 gyr_put_sent(u32 fd, u64 vec, u32 i, s64 ret)
{
	return put_message(fd, vec, i, ret, true);
}

__noinline u32 gyr_put_received(u32 fd, u64 vec, u32 i, s64 ret)
{
	return put_message(fd, vec, i, ret, false);
}

/* sends: a constant. i: which message, if there was one. */
static __always_inline void mmsg_event(u64 *ctx, struct call *c, bool sends, u32 i)
{
	struct frame f;
	u32 end;

	if (!frame_begin_on(ctx, &f, c->cpu, (u32)bpf_get_current_pid_tgid(), take_marks(c->cpu),
			    sends ? GYR_EVT_SOCKET_SENDMMSG_X : GYR_EVT_SOCKET_RECVMMSG_X,
			    sends ? SENT_NPARAMS : RECEIVED_NPARAMS))
		return;
	end = sends ? gyr_put_sent(call_arg(c, 0), call_arg(c, 1), i, c->ret)
		    : gyr_put_received(call_arg(c, 0), call_arg(c, 1), i, c->ret);
	f.params = end ? f.nparams : 0;
	f.pos = end;
	call_push(ctx, &f);
}

/* True: there are more than this program could do. */
static __always_inline bool mmsg_events(u64 *ctx, struct call *c, bool sends)
{
	u32 first, i;

	if (c->ret <= 0) {
		mmsg_event(ctx, c, sends, 0);
		return false;
	}
	first = c->cpu->mmsg_next;
	c->cpu->mmsg_next = 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < MMSG_STEPS; i++) {
		if (first + i >= c->ret)
			return false;
		mmsg_event(ctx, c, sends, first + i);
	}
	if (first + i >= c->ret)
		return false;
	c->cpu->mmsg_next = first + i;
	return true;
}

/* The program did not call itself: no event of the messages that are left. */
static __always_inline void mmsg_end(struct call *c)
{
	u32 left = c->cpu->mmsg_next ? (u32)c->ret - c->cpu->mmsg_next : 0;

	c->cpu->mmsg_next = 0;
	c->cpu->begun += left;
	c->cpu->lost_bug += left;
	c->cpu->call_mark = 0;
}

SEC_TP(sys_exit)
int gyr_sendmmsg(u64 *ctx)
{
	struct call c;

	if (!call_init(&c, ctx))
		return 0;
	if (mmsg_events(ctx, &c, true) && gyr_chosen.goes_on)
		bpf_tail_call_static(ctx, &gyr_fillers, GYR_NR_sendmmsg);
	mmsg_end(&c);
	return 0;
}

SEC_TP(sys_exit)
int gyr_recvmmsg(u64 *ctx)
{
	struct call c;

	if (!call_init(&c, ctx))
		return 0;
	if (mmsg_events(ctx, &c, false) && gyr_chosen.goes_on)
		bpf_tail_call_static(ctx, &gyr_fillers, GYR_NR_recvmmsg);
	mmsg_end(&c);
	return 0;
}

#endif

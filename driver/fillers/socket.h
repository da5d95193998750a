/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Making, naming and connecting sockets; sendto and recvfrom. */
#ifndef GYR_FILLERS_SOCKET_H
#define GYR_FILLERS_SOCKET_H

#include "socket_helpers.h"
#include "wire_values.gen.h"

#define SOCK_NONBLOCK 04000
#define SOCK_CLOEXEC  02000000

#define EINPROGRESS 115

/* The flags that ride in the type of socket(2). */
static __always_inline void put_sock_flags(struct frame *f, struct call *c, u64 type)
{
	put_u32(f, (type & SOCK_NONBLOCK ? GYR_WIRE_FILE_FLAGS_O_NONBLOCK : 0) |
			   (type & SOCK_CLOEXEC ? GYR_WIRE_FILE_FLAGS_O_CLOEXEC : 0));
}

/* Of a connect that failed there are no two ends: the address is a param of its own. */
static __always_inline void put_connect_tuple(struct frame *f, struct call *c, u64 fd, u64 addr, s64 ret)
{
	if (ret == 0 || ret == -EINPROGRESS)
		put_tuple(f, fd, OUTBOUND, addr, 0);
	else
		put_empty(f);
}

static __always_inline void put_accept_tuple(struct frame *f, struct call *c, s64 ret)
{
	if (ret < 0)
		put_empty(f);
	else
		put_tuple(f, ret, INBOUND, 0, 0);
}

/* queuepct, queuelen and queuemax of a listening socket; 0 when the call failed. */
static __always_inline void put_queue(struct frame *f, struct call *c, u64 fd, s64 ret)
{
	struct sock *sk = ret < 0 ? NULL : fd_sock(fd);
	u32 len = 0, max = 0;

	if (sk) {
		len = BPF_CORE_READ(sk, sk_ack_backlog);
		max = BPF_CORE_READ(sk, sk_max_ack_backlog);
	}
	put_u8(f, max ? len * 100ULL / max : 0);
	put_u32(f, len);
	put_u32(f, max);
}

static __always_inline void put_accepted(struct frame *f, struct call *c)
{
	put_u64(f, c->ret);
	put_accept_tuple(f, c, c->ret);
	put_queue(f, c, call_arg(c, 0), c->ret);
}

static __always_inline void fill_accept(struct frame *f, struct call *c)
{
	put_accepted(f, c);
	put_u64(f, (s64)(s32)call_arg(c, 0));
}

static __always_inline void fill_accept4(struct frame *f, struct call *c)
{
	put_accepted(f, c);
	put_u32(f, call_arg(c, 3));
}

static __always_inline void put_tuple_out(struct frame *f, struct call *c, u64 fd, u64 addr, u64 addrlen)
{
	put_tuple(f, fd, OUTBOUND, addr, addrlen);
}

static __always_inline void put_tuple_in(struct frame *f, struct call *c, u64 fd, u64 addr, s64 ret)
{
	if (ret < 0)
		put_empty(f);
	else
		put_tuple(f, fd, INBOUND, addr, 0);
}

/*
 * What the kernel filled, as long as it says that the whole address is: of a buffer that was too short for it, what
 * lies behind is taken for the rest.
 */
static __always_inline void put_sockaddr_out(struct frame *f, struct call *c, u64 addr, u64 lenp, s64 ret)
{
	u32 len;

	read_user(f, &len, sizeof(len), ret < 0 ? 0 : lenp);
	put_sockaddr(f, c, ret < 0 ? 0 : addr, len);
}

/* After fd1 and fd2: the addresses of the two sockets, which tell one from any other. */
static __always_inline void put_pair_source(struct frame *f, struct call *c)
{
	put_u64(f, (u64)fd_sock(c->user.fds[0]));
}

static __always_inline void put_pair_peer(struct frame *f, struct call *c)
{
	struct sock *sk = fd_sock(c->user.fds[0]);

	put_u64(f, sk ? (u64)unix_peer(sk) : 0);
}

#endif

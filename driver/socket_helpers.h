/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets and addresses. Sends and receives are hot and each read of kernel memory is a call, so what lies together is
 * read together.
 */
#ifndef GYR_SOCKET_HELPERS_H
#define GYR_SOCKET_HELPERS_H

#include "param_helpers.h"

#define UNIX_PATH_MAX 108
#define SOCKADDR_MAX  (sizeof(u16) + UNIX_PATH_MAX)

/* Holds struct sock_common up to and with skc_v6_rcv_saddr: 88 bytes on 64-bit kernels, 5.10 to 7.2. */
#define SOCK_HEAD_LEN 96

enum direction {
	OUTBOUND, /* the caller's side is the source */
	INBOUND,  /* ... the destination */
};

/* The kernel's socket behind a descriptor, or NULL. */
static __always_inline struct sock *fd_sock(s32 fd)
{
	struct file *file = fd_file(fd);
	struct socket *socket;
	struct {
		struct file *file;
		struct sock *sk;
	} pair; /* neighbours in struct socket */

	if (!file)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	if (bpf_probe_read_kernel(&pair, sizeof(pair), &socket->file))
		return NULL;
	/* A socket knows its file: other files keep other things in private_data. */
	return pair.file == file ? pair.sk : NULL;
}

static __always_inline u16 net_to_host(u16 port)
{
	return __builtin_bswap16(port);
}

/* Two ends of an inet or inet6 connection; ports in host order. */
struct ends {
	u32 local[4], remote[4];
	u16 lport, rport;
};

static __always_inline void put_inet_tuple(struct frame *f, const struct ends *e, enum direction dir)
{
	u8 *p;

	if (!frame_room(f, 13)) {
		put_empty(f);
		return;
	}
	p = f->p + f->pos;
	p[0] = AF_INET;
	STORE(u32, p + 1, dir == OUTBOUND ? e->local[0] : e->remote[0]);
	STORE(u16, p + 5, dir == OUTBOUND ? e->lport : e->rport);
	STORE(u32, p + 7, dir == OUTBOUND ? e->remote[0] : e->local[0]);
	STORE(u16, p + 11, dir == OUTBOUND ? e->rport : e->lport);
	frame_param_done(f, 13);
}

static __always_inline void store_in6(u8 *p, const u32 *addr, u16 port)
{
	STORE(u32, p, addr[0]);
	STORE(u32, p + 4, addr[1]);
	STORE(u32, p + 8, addr[2]);
	STORE(u32, p + 12, addr[3]);
	STORE(u16, p + 16, port);
}

static __always_inline void put_inet6_tuple(struct frame *f, const struct ends *e, enum direction dir)
{
	u8 *p;

	if (!frame_room(f, 37)) {
		put_empty(f);
		return;
	}
	p = f->p + f->pos;
	p[0] = AF_INET6;
	store_in6(p + 1, dir == OUTBOUND ? e->local : e->remote, dir == OUTBOUND ? e->lport : e->rport);
	store_in6(p + 19, dir == OUTBOUND ? e->remote : e->local, dir == OUTBOUND ? e->rport : e->lport);
	frame_param_done(f, 37);
}

/* The remote end of a socket that is not connected, from the address that came with the call. */
static __always_inline void remote_from_user(struct frame *f, struct ends *e, u16 family, u64 addr)
{
	union {
		struct user_in_addr in;
		struct user_in6_addr in6;
	} user;

	if (family == AF_INET) {
		if (read_user(f, &user.in, sizeof(user.in), addr) && user.in.family == AF_INET) {
			e->remote[0] = user.in.addr;
			e->rport = net_to_host(user.in.port);
		}
		return;
	}
	if (!read_user(f, &user.in6, sizeof(user.in6), addr))
		return;
	if (user.in6.family == AF_INET6) {
		__builtin_memcpy(e->remote, user.in6.addr, sizeof(e->remote));
		e->rport = net_to_host(user.in6.port);
	} else if (user.in.family == AF_INET) { /* on a v6 socket: shown as the kernel maps it */
		e->remote[2] = __builtin_bswap32(0xffff);
		e->remote[3] = user.in.addr;
		e->rport = net_to_host(user.in.port);
	}
}

static __always_inline struct sock *unix_peer(struct sock *sk)
{
	if (!bpf_core_type_exists(struct unix_sock)) /* AF_UNIX is a module */
		return NULL;
	return BPF_CORE_READ((struct unix_sock *)sk, peer);
}

static __always_inline struct unix_address *unix_address(struct sock *sk)
{
	if (!bpf_core_type_exists(struct unix_sock) || !sk)
		return NULL;
	return BPF_CORE_READ((struct unix_sock *)sk, addr);
}

/*
 * A name of AF_UNIX of at most max bytes: an abstract one begins with a NUL, which is skipped, and need not end with
 * one. dst has room for UNIX_PATH_MAX + 1. Returns the length with the NUL.
 */
static __always_inline u32 read_unix_name(u8 *dst, const char *path, u32 max)
{
	char first = 0;
	u64 skip;
	u32 room;
	s64 n;

	bpf_probe_read_kernel(&first, sizeof(first), path);
	skip = !first;
	KEEP(skip); /* clang would set a bit of the pointer instead of adding */
	room = max - skip + 1;
	KEEP(room);
	if (room > UNIX_PATH_MAX + 1)
		return 0;
	n = bpf_probe_read_kernel_str(dst, room, path + skip);
	return n < 0 ? 0 : n;
}

static __always_inline u32 read_unix_address(u8 *dst, struct unix_address *addr)
{
	return read_unix_name(dst, addr->name[0].sun_path, BPF_CORE_READ(addr, len) - sizeof(u16));
}

/* The path of the address that came with the call. */
static __always_inline u32 store_user_unix_path(struct frame *f, u32 at, u64 addr, u32 addrlen)
{
	u64 path = addr + sizeof(u16);
	char first = 0;
	u32 room;
	s64 n;

	if (addrlen <= sizeof(u16) || addrlen > SOCKADDR_MAX)
		return 0;
	read_user(f, &first, sizeof(first), path);
	if (!first) { /* an abstract name, which need not end with a NUL */
		path++;
		addrlen--;
	}
	room = addrlen - sizeof(u16) + 1;
	KEEP(room);
	if (room > UNIX_PATH_MAX + 1 || !frame_room(f, at + UNIX_PATH_MAX + 1))
		return 0;
	n = read_user_str(f->p + f->pos + at, room, path);
	return n < 0 ? 0 : n;
}

static __always_inline void put_unix_tuple(struct frame *f, struct sock *sk, enum direction dir, u64 addr, u32 addrlen)
{
	struct sock *peer = unix_peer(sk);
	struct unix_address *name = unix_address(dir == OUTBOUND ? peer : sk);
	u32 len = 17;

	if (!frame_room(f, 17 + UNIX_PATH_MAX + 1)) {
		put_empty(f);
		return;
	}
	f->p[f->pos] = AF_UNIX;
	STORE(u64, f->p + f->pos + 1, (u64)(dir == OUTBOUND ? peer : sk));
	STORE(u64, f->p + f->pos + 9, (u64)(dir == OUTBOUND ? sk : peer));
	if (name)
		len += read_unix_address(f->p + f->pos + 17, name);
	else if (!peer && addr && dir == OUTBOUND)
		len += store_user_unix_path(f, 17, addr, addrlen);
	frame_param_done(f, len);
	frame_merge(f);
}

static __always_inline void put_any_tuple(struct frame *f, s32 fd, enum direction dir, u64 addr, u32 addrlen)
{
	u64 head[SOCK_HEAD_LEN / sizeof(u64)];
	struct sock_common *skc = (struct sock_common *)head;
	struct sock *sk = fd_sock(fd);
	struct ends e = {};
	u16 family;

	if (!sk || bpf_probe_read_kernel(head, sizeof(head), sk)) {
		put_empty(f);
		return;
	}
	family = skc->skc_family;
	e.lport = skc->skc_num;
	e.rport = net_to_host(skc->skc_dport);
	if (family == AF_INET) {
		e.local[0] = skc->skc_rcv_saddr;
		e.remote[0] = skc->skc_daddr;
		if (!e.rport && addr)
			remote_from_user(f, &e, AF_INET, addr);
		put_inet_tuple(f, &e, dir);
	} else if (family == AF_INET6 && bpf_core_field_exists(skc->skc_v6_daddr)) {
		__builtin_memcpy(e.local, &skc->skc_v6_rcv_saddr, sizeof(e.local));
		__builtin_memcpy(e.remote, &skc->skc_v6_daddr, sizeof(e.remote));
		if (!e.rport && addr)
			remote_from_user(f, &e, AF_INET6, addr);
		put_inet6_tuple(f, &e, dir);
	} else if (family == AF_UNIX) {
		put_unix_tuple(f, sk, dir, addr, addrlen);
	} else {
		put_empty(f);
	}
}

/* Puts the param to `pos` of the frame that is being built, and returns its length. (A global function: see
 * gyr_fd_file.) */
__noinline u32 gyr_store_tuple(s32 fd, u32 inbound, u64 addr, u32 addrlen, u32 pos)
{
	struct frame f;

	if (!frame_resume(&f, pos))
		return 0;
	put_any_tuple(&f, fd, inbound ? INBOUND : OUTBOUND, addr, addrlen);
	return f.pos - pos;
}

/* SOCKTUPLE of a descriptor. addr: of the caller, or 0; for a socket that is not connected. addrlen: for OUTBOUND only.
 */
static __always_inline void put_tuple(struct frame *f, s32 fd, enum direction dir, u64 addr, u32 addrlen)
{
	frame_param_done(f, gyr_store_tuple(fd, dir == INBOUND, addr, addrlen, f->pos));
	frame_merge(f);
}

/* SOCKADDR, of the caller. */
static __always_inline void put_sockaddr(struct frame *f, struct call *c, u64 addr, u64 addrlen)
{
	union {
		u16 family;
		struct user_in_addr in;
		struct user_in6_addr in6;
		char bytes[SOCKADDR_MAX + 2]; /* ends with a NUL, whatever the caller's path does */
	} user = {};
	u64 len = (u32)addrlen;
	u8 *p;

	if (!addr || len < sizeof(u16)) {
		put_empty(f);
		return;
	}
	AT_MOST(len, SOCKADDR_MAX);
	if (bpf_probe_read_user(&user, len, (void *)addr)) {
		user_fault(f);
		put_empty(f);
		return;
	}
	if (!frame_room(f, 1 + UNIX_PATH_MAX + 1)) {
		put_empty(f);
		return;
	}
	p = f->p + f->pos;
	p[0] = user.family;
	if (user.family == AF_INET && len >= sizeof(user.in)) {
		STORE(u32, p + 1, user.in.addr);
		STORE(u16, p + 5, net_to_host(user.in.port));
		frame_param_done(f, 7);
	} else if (user.family == AF_INET6 && len >= 24) { /* RFC 2133's, without the scope */
		store_in6(p + 1, user.in6.addr, net_to_host(user.in6.port));
		frame_param_done(f, 19);
	} else if (user.family == AF_UNIX) {
		frame_param_done(f, 1 + read_unix_name(p + 1, user.bytes + sizeof(u16), UNIX_PATH_MAX));
		frame_merge(f);
	} else {
		put_empty(f);
	}
}

#endif

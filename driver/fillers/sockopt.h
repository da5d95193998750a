/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* setsockopt, getsockopt */
#ifndef GYR_FILLERS_SOCKOPT_H
#define GYR_FILLERS_SOCKOPT_H

#include "convert.gen.h"
#include "dyn_helpers.h"
#include "param_helpers.h"

#define SOCKOPT_MAX 1024 /* bytes of a value that is shown as it is */

/* dyn.json, sockopt */
#define SOCKOPT_DYN_BYTES   0
#define SOCKOPT_DYN_ERRNO   1
#define SOCKOPT_DYN_U32	    2
#define SOCKOPT_DYN_U64	    3
#define SOCKOPT_DYN_RELTIME 4

/* UAPI (asm-generic/socket.h) */
#define SOL_SOCKET	    1
#define SO_ERROR	    4
#define SO_LINGER	    13
#define SO_PEERCRED	    17
#define SO_RCVTIMEO	    20
#define SO_SNDTIMEO	    21
#define SO_BINDTODEVICE	    25
#define SO_ATTACH_FILTER    26
#define SO_PEERNAME	    28
#define SO_TIMESTAMP	    29
#define SO_PEERSEC	    31
#define SO_TIMESTAMPNS	    35
#define SO_TIMESTAMPING	    37
#define SO_MEMINFO	    55
#define SO_COOKIE	    57
#define SO_PEERGROUPS	    59
#define SO_TIMESTAMP_NEW    63
#define SO_TIMESTAMPNS_NEW  64
#define SO_TIMESTAMPING_NEW 65
#define SO_RCVTIMEO_NEW	    66
#define SO_SNDTIMEO_NEW	    67

/* The options that have a second number, for 64-bit times on 32-bit machines, are the same on this one. */
static __always_inline u32 sockopt_old(u32 optname)
{
	switch (optname) {
	case SO_TIMESTAMP_NEW:
		return SO_TIMESTAMP;
	case SO_TIMESTAMPNS_NEW:
		return SO_TIMESTAMPNS;
	case SO_TIMESTAMPING_NEW:
		return SO_TIMESTAMPING;
	case SO_RCVTIMEO_NEW:
		return SO_RCVTIMEO;
	case SO_SNDTIMEO_NEW:
		return SO_SNDTIMEO;
	default:
		return optname;
	}
}

/* Only the options of SOL_SOCKET have names. */
static __always_inline void put_sockopt_name(struct frame *f, struct call *c, u64 level, u64 optname)
{
	put_u8(f, (u32)level == SOL_SOCKET ? flags_sockopt_options(sockopt_old(optname)) : 0);
}

/* Numbers of both, of which all that exist have 16 bits. */
static __always_inline void put_sockopt_id(struct frame *f, struct call *c, u64 level, u64 optname)
{
	put_u32(f, level << 16 | (u16)optname);
}

static __always_inline void put_sockopt_bytes(struct frame *f, u64 ptr, u64 len)
{
	len = (u32)len;
	if (!frame_room(f, 1 + SOCKOPT_MAX)) {
		put_empty(f);
		return;
	}
	f->p[f->pos] = SOCKOPT_DYN_BYTES;
	if (len > SOCKOPT_MAX)
		frame_cut(f);
	AT_MOST(len, SOCKOPT_MAX);
	if (!ptr || bpf_probe_read_user(f->p + f->pos + 1, len, (void *)ptr)) {
		if (ptr)
			user_fault(f);
		len = 0;
	}
	frame_param_done(f, 1 + len);
	frame_merge(f);
}

static __always_inline void put_sockopt_val(struct frame *f, struct call *c, u64 level, u64 optname, u64 ptr, u64 len)
{
	u64 val[2];
	u32 old = sockopt_old(optname);

	if ((u32)level != SOL_SOCKET || !flags_sockopt_options(old)) {
		put_sockopt_bytes(f, ptr, len);
		return;
	}
	switch (old) {
	case SO_LINGER:
	case SO_PEERCRED:
	case SO_BINDTODEVICE:
	case SO_ATTACH_FILTER:
	case SO_PEERNAME:
	case SO_PEERSEC:
	case SO_MEMINFO:
	case SO_PEERGROUPS:
		put_sockopt_bytes(f, ptr, len);
		break;
	case SO_ERROR:
		read_user(f, val, sizeof(s32), ptr);
		put_dyn_u64(f, SOCKOPT_DYN_ERRNO, -(s64) * (s32 *)val);
		break;
	case SO_COOKIE:
		read_user(f, val, sizeof(u64), ptr);
		put_dyn_u64(f, SOCKOPT_DYN_U64, val[0]);
		break;
	case SO_RCVTIMEO:
	case SO_SNDTIMEO: /* a timeval, of which the new options have the same for all callers */
		if (call_mark(c->cpu) && old == (u32)optname) {
			s32 narrow[2];

			read_user(f, narrow, sizeof(narrow), ptr);
			val[0] = (s64)narrow[0];
			val[1] = (s64)narrow[1];
		} else {
			read_user(f, val, sizeof(val), ptr);
		}
		put_dyn_u64(f, SOCKOPT_DYN_RELTIME, val[0] * NSEC_PER_SEC + val[1] * NSEC_PER_USEC);
		break;
	default:
		read_user(f, val, sizeof(u32), ptr);
		put_dyn_u32(f, SOCKOPT_DYN_U32, *(u32 *)val);
	}
}

/* getsockopt has the length behind a pointer. */
static __always_inline void put_sockopt_val_out(struct frame *f, struct call *c, u64 level, u64 optname, u64 ptr,
						u64 lenp)
{
	u32 len;

	read_user(f, &len, sizeof(len), lenp);
	put_sockopt_val(f, c, level, optname, ptr, len);
}

static __always_inline void put_user_u32(struct frame *f, struct call *c, u64 ptr)
{
	u32 val;

	read_user(f, &val, sizeof(val), ptr);
	put_u32(f, val);
}

#endif

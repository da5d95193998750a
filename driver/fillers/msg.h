/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* sendmsg, recvmsg */
#ifndef GYR_FILLERS_MSG_H
#define GYR_FILLERS_MSG_H

#include "fillers/iov.h"
#include "socket_helpers.h"

#define CONTROL_MAX 4096 /* more than the kernel lets SCM_RIGHTS and SCM_CREDENTIALS need */

static __always_inline void widen_msghdr(struct user_msghdr *hdr, const struct user_msghdr32 *narrow)
{
	hdr->name = narrow->name;
	hdr->namelen = narrow->namelen;
	hdr->iov = narrow->iov;
	hdr->iovlen = narrow->iovlen;
	hdr->control = narrow->control;
	hdr->controllen = narrow->controllen;
	hdr->flags = narrow->flags;
}

/* False, and all 0, when it cannot be read. */
static __always_inline bool read_msghdr(struct frame *f, struct user_msghdr *hdr, u64 ptr)
{
	struct user_msghdr32 narrow;
	bool ok;

	if (!call_mark(f->cpu))
		return read_user(f, hdr, sizeof(*hdr), ptr);
	ok = read_user(f, &narrow, sizeof(narrow), ptr);
	widen_msghdr(hdr, &narrow);
	return ok;
}

static __always_inline void fill_sendmsg(struct frame *f, struct call *c)
{
	struct user_msghdr hdr;
	bool ok;

	put_u64(f, c->ret);
	ok = read_msghdr(f, &hdr, call_arg(c, 1));
	put_iov_in(f, c, hdr.iov, hdr.iovlen, c->ret);
	frame_merge(f);
	put_u64(f, (s32)call_arg(c, 0));
	if (ok)
		put_iov_size(f, c, c->ret);
	else
		put_empty(f);
	put_tuple(f, call_arg(c, 0), OUTBOUND, hdr.name, hdr.namelen);
}

static __always_inline void put_control(struct frame *f, u64 ptr, u64 len)
{
	u32 n = len;

	KEEP(n);
	if (ptr && len > CONTROL_MAX)
		frame_cut(f);
	if (!ptr || len > CONTROL_MAX || n > CONTROL_MAX || !frame_room(f, CONTROL_MAX)) {
		put_empty(f);
		return;
	}
	if (bpf_probe_read_user(f->p + f->pos, n, (void *)ptr)) {
		user_fault(f);
		n = 0;
	}
	frame_param_done(f, n);
	frame_merge(f);
}

static __always_inline void fill_recvmsg(struct frame *f, struct call *c)
{
	struct user_msghdr hdr = {};

	put_u64(f, c->ret);
	put_u32(f, c->ret > 0 ? c->ret : 0);
	if (c->ret >= 0)
		read_msghdr(f, &hdr, call_arg(c, 1));
	put_iov_out(f, c, hdr.iov, hdr.iovlen, c->ret);
	frame_merge(f);
	if (c->ret >= 0)
		put_tuple(f, call_arg(c, 0), INBOUND, hdr.name, 0);
	else
		put_empty(f);
	put_control(f, hdr.control, hdr.controllen);
	put_u64(f, (s32)call_arg(c, 0));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * io_uring: an event for each operation that is submitted, made of its SQE, and one for each completion. The programs
 * here are at the tracepoints; that of the operation, which is generated, comes by a tail call, and finds the SQE in
 * the CPU's state.
 */
#ifndef GYR_FILLERS_URING_H
#define GYR_FILLERS_URING_H

#include <gyr/event_types.h>

#include "convert.gen.h"
#include "fillers/iov.h"
#include "fillers/socket.h"
#include "filter.h"
#include "memory_helpers.h"

/* Operation -> program. An empty slot is an operation that is off. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, GYR_URING_OPS);
	__type(key, u32);
	__type(value, u32);
} gyr_uring_ops SEC(".maps");

/* include/uapi/linux/io_uring.h */
#define IORING_SETUP_SQE128	     (1u << 10)
#define IORING_SETUP_NO_SQARRAY	     (1u << 16)
#define IORING_SETUP_SQE_MIXED	     (1u << 19)
#define IORING_OP_NOP128	     63
#define IORING_OP_URING_CMD128	     64
#define IOSQE_FIXED_FILE	     (1u << 0)
#define IORING_TIMEOUT_IMMEDIATE_ARG (1u << 7)
#define IORING_ASYNC_CANCEL_FD	     (1u << 1)
#define IORING_ASYNC_CANCEL_FD_FIXED (1u << 3)
#define IORING_SEND_VECTORIZED	     (1u << 5)
#define SPLICE_F_FD_IN_FIXED	     (1u << 31)

#define SQE_OPCODE    0
#define SQE_USER_DATA 32

/* The SQE of the operation, where the program of the tracepoint put it. */
#define SQE(type, f, at) (*(type *)((f)->cpu->sqe + (at)))

/* ---- what is submitted ---- */

/*
 * The tracepoints have had arguments of many kinds, and vendors take over io_uring from other versions: so not the
 * version tells but the type that BTF has of them, which CO-RE compares whole.
 */
typedef void (*btf_trace_io_uring_submit_sqe___v6_0)(void *, struct io_kiocb *, bool);
typedef void (*btf_trace_io_uring_submit_sqe___v5_14)(void *, void *, void *, u8, u64, u32, bool, bool);
typedef void (*btf_trace_io_uring_submit_sqe___v5_10)(void *, void *, u8, u64, bool, bool);
typedef void (*btf_trace_io_uring_submit_req___v6_4)(void *, struct io_kiocb *);
typedef void (*btf_trace_io_uring_req_failed___v5_19)(void *, const struct io_uring_sqe *, struct io_kiocb *, int);
typedef void (*btf_trace_io_uring_req_failed___v5_18)(void *, const struct io_uring_sqe *, void *, void *, int);
typedef void (*btf_trace_io_uring_complete___v6_13)(void *, struct io_ring_ctx *, void *, struct io_uring_cqe *);
typedef void (*btf_trace_io_uring_complete___v5_19)(void *, void *, void *, u64, int, u32, u64, u64);
typedef void (*btf_trace_io_uring_complete___v5_18)(void *, void *, void *, u64, int, u32);
typedef void (*btf_trace_io_uring_complete___v5_13)(void *, void *, u64, int, u32);
typedef void (*btf_trace_io_uring_complete___v5_10)(void *, void *, u64, long);
typedef void (*btf_trace_io_uring_cqe_overflow___v5_19)(void *, void *, u64, s32, u32, void *);

/*
 * Tracepoints of another kind: the verifier refuses what calls this, and the library goes without it. No helper has the
 * number.
 */
static long (*const no_such_helper)(void) = (void *)0x7fffffff;

struct submission {
	struct io_ring_ctx *ring;
	struct io_kiocb *req; /* NULL: the tracepoint does not tell */
	u64 sqe;	      /* 0: that is to be looked for in the ring */
	u64 user_data;
	u8 opcode;
};

static __always_inline void submission_of(struct submission *s, struct io_kiocb *req)
{
	const struct io_kiocb___v5_18 *old = (const void *)req;

	s->req = req;
	s->sqe = 0;
	s->ring = BPF_CORE_READ(req, ctx);
	s->opcode = BPF_CORE_READ(req, opcode);
	if (bpf_core_field_exists(req->cqe))
		s->user_data = BPF_CORE_READ(req, cqe.user_data);
	else
		s->user_data = BPF_CORE_READ(old, user_data);
}

struct ring_queue {
	u64 array, sqes;
	u32 head, entries;
};

/* These four lie side by side in most kernels, and each read is a call. */
static __always_inline void read_queue(struct ring_queue *q, struct io_ring_ctx *ring)
{
	u32 array = bpf_core_field_offset(struct io_ring_ctx, sq_array);

	if (bpf_core_field_offset(struct io_ring_ctx, sq_sqes) == array + 8 &&
	    bpf_core_field_offset(struct io_ring_ctx, cached_sq_head) == array + 16 &&
	    bpf_core_field_offset(struct io_ring_ctx, sq_entries) == array + 20) {
		bpf_probe_read_kernel(q, sizeof(*q), (void *)ring + array);
		return;
	}
	q->array = (u64)BPF_CORE_READ(ring, sq_array);
	q->sqes = (u64)BPF_CORE_READ(ring, sq_sqes);
	q->head = BPF_CORE_READ(ring, cached_sq_head);
	q->entries = BPF_CORE_READ(ring, sq_entries);
}

/* One of two units, each of which moves the head? */
static __always_inline bool is_two_units(struct io_ring_ctx *ring, u8 opcode)
{
	return BPF_CORE_READ(ring, flags) & IORING_SETUP_SQE_MIXED &&
	       (opcode == IORING_OP_NOP128 || opcode == IORING_OP_URING_CMD128);
}

/*
 * Where the kernel has just read the SQE from, so many units ago: what the application shares with it, and may have
 * changed since.
 */
static __always_inline u64 find_sqe(struct io_ring_ctx *ring, u32 units)
{
	u32 flags = BPF_CORE_READ(ring, flags), at;
	struct ring_queue q;

	read_queue(&q, ring);
	at = (q.head - units) & (q.entries - 1);
	if (!(flags & IORING_SETUP_NO_SQARRAY) &&
	    (bpf_probe_read_kernel(&at, sizeof(at), (void *)q.array + at * sizeof(u32)) || at >= q.entries))
		return 0;
	if (flags & IORING_SETUP_SQE128)
		at <<= 1;
	return q.sqes + (u64)at * GYR_SQE_BYTES;
}

static __always_inline void submitted(void *ctx, struct submission *s)
{
	struct gyr_cpu *cpu;
	u32 now = selection_now();
	u8 interest = gyr_set.sel[now].uring[s->opcode];
	struct caller who;

	if (!(interest & GYR_URING_SUBMITTED))
		return;
	who = caller();
	if (!event_wanted(&who, now, interest))
		return;
	cpu = this_cpu();
	if (!cpu)
		return;
	if (!s->sqe)
		s->sqe = find_sqe(s->ring, is_two_units(s->ring, s->opcode) ? 2 : 1);
	if (!s->sqe || bpf_probe_read_kernel(cpu->sqe, sizeof(cpu->sqe), (void *)s->sqe)) {
		__builtin_memset(cpu->sqe, 0, sizeof(cpu->sqe));
		cpu->user_faults++;
	}
	/* These are the kernel's own copies. */
	*(u8 *)(cpu->sqe + SQE_OPCODE) = s->opcode;
	*(u64 *)(cpu->sqe + SQE_USER_DATA) = s->user_data;
	cpu->uring = (u64)s->ring;
	bpf_tail_call(ctx, &gyr_uring_ops, s->opcode);
	cpu->begun++;
	cpu->lost_bug++;
}

/* In the context that submits: the application's thread, or that of the kernel which polls the ring for it. */
SEC_URING(io_uring_submit_req)
int gyr_uring_req(u64 *ctx)
{
	struct submission s;

#ifdef GYR_PREEMPT
	submission_of(&s, ((struct trace_event_raw_io_uring_submit_req *)ctx)->req);
#else
	if (!bpf_core_type_exists(btf_trace_io_uring_submit_req___v6_4))
		return no_such_helper();
	submission_of(&s, (struct io_kiocb *)ctx[0]);
#endif
	submitted(ctx, &s);
	return 0;
}

#ifndef GYR_PREEMPT /* not on kernels that need it */
SEC_URING(io_uring_submit_sqe)
int gyr_uring_sqe(u64 *ctx)
{
	struct submission s;

	if (bpf_core_type_exists(btf_trace_io_uring_submit_sqe___v6_0)) {
		submission_of(&s, (struct io_kiocb *)ctx[0]);
	} else if (bpf_core_type_exists(btf_trace_io_uring_submit_sqe___v5_14)) {
		submission_of(&s, (struct io_kiocb *)ctx[1]);
	} else if (bpf_core_type_exists(btf_trace_io_uring_submit_sqe___v5_10)) {
		s.req = NULL;
		s.sqe = 0;
		s.ring = (struct io_ring_ctx *)ctx[0];
		s.opcode = ctx[1];
		s.user_data = ctx[2];
	} else {
		return no_such_helper();
	}
	submitted(ctx, &s);
	return 0;
}
#endif

/* What the kernel refuses at once is not submitted to it, but completes. */
SEC_URING(io_uring_req_failed)
int gyr_uring_fail(u64 *ctx)
{
	struct submission s;

#ifdef GYR_PREEMPT
	struct trace_event_raw_io_uring_req_failed *rec = (void *)ctx;

	submission_of(&s, rec->req);
	s.opcode = rec->opcode;
	if (is_two_units(s.ring, s.opcode)) {
		u64 user_data = 0;

		/* It may be that it was refused before the head went over its second unit. */
		s.sqe = find_sqe(s.ring, 2);
		bpf_probe_read_kernel(&user_data, sizeof(user_data), (void *)s.sqe + SQE_USER_DATA);
		if (user_data != s.user_data)
			s.sqe = find_sqe(s.ring, 1);
	}
#else
	if (bpf_core_type_exists(btf_trace_io_uring_req_failed___v5_19))
		submission_of(&s, (struct io_kiocb *)ctx[1]);
	else if (bpf_core_type_exists(btf_trace_io_uring_req_failed___v5_18))
		submission_of(&s, (struct io_kiocb *)ctx[2]);
	else
		return no_such_helper();
	s.sqe = ctx[0];
	/* That of the request is 0 where there is no such operation. */
	bpf_probe_read_kernel(&s.opcode, sizeof(s.opcode), (void *)s.sqe + SQE_OPCODE);
#endif
	submitted(ctx, &s);
	return 0;
}

/* ---- what completes ---- */

struct completion {
	u64 ring;
	struct io_kiocb *req; /* NULL: not told, or there is none */
	struct {
		u64 user_data;
		s32 res;
		u32 flags;
	} cqe; /* as struct io_uring_cqe */
};

/* In any context: where the operation was submitted, or a worker of the kernel's, or what else it happened in. */
static __always_inline void completed(void *ctx, const struct completion *done)
{
	struct io_kiocb *req = done->req; /* CO-RE looks at all types on the way to a field */
	u32 now = selection_now();
	u8 interest = gyr_set.sel[now].uring_any, opcode = 0;
	struct caller who;
	struct frame f;

	if (req) {
		opcode = BPF_CORE_READ(req, opcode);
		interest = gyr_set.sel[now].uring[opcode];
	}
	if (!(interest & GYR_URING_DONE))
		return;
	who = caller();
	if (!call_wanted(&who, now, interest, done->cqe.res, 0) ||
	    !frame_begin_of(ctx, &f, who.tid, who.marks, GYR_EVT_IO_URING_COMPLETE_X, 5))
		return;
	put_u64(&f, (s64)done->cqe.res);
	put_u64(&f, done->ring);
	put_u64(&f, done->cqe.user_data);
	put_u8_if(&f, forget(&f, req ? 1 : 0), opcode);
	put_u32(&f, done->cqe.flags);
	/* What makes an fd completes where its table is the caller's: as the task, or as one of its workers. */
	if (interest & GYR_URING_MAKES)
		put_context(&f, done->cqe.res);
	push_evt_frame(ctx, &f);
}

/* user_data, res, flags are arguments of the tracepoint, from there on. */
static __always_inline void read_cqe(struct completion *done, const u64 *args, bool flags)
{
	done->cqe.user_data = args[0];
	done->cqe.res = args[1];
	done->cqe.flags = flags ? args[2] : 0;
}

SEC_URING(io_uring_complete)
int gyr_uring_done(u64 *ctx)
{
	struct completion done = {};

#ifdef GYR_PREEMPT
	struct trace_event_raw_io_uring_complete *rec = (void *)ctx;

	done.ring = (u64)rec->ctx;
	done.req = rec->req;
	done.cqe.user_data = rec->user_data;
	done.cqe.res = rec->res;
	done.cqe.flags = rec->cflags;
#else
	done.ring = ctx[0];
	if (bpf_core_type_exists(btf_trace_io_uring_complete___v6_13)) {
		done.req = (struct io_kiocb *)ctx[1];
		bpf_probe_read_kernel(&done.cqe, sizeof(done.cqe), (void *)ctx[2]);
	} else if (bpf_core_type_exists(btf_trace_io_uring_complete___v5_19) ||
		   bpf_core_type_exists(btf_trace_io_uring_complete___v5_18)) {
		done.req = (struct io_kiocb *)ctx[1];
		read_cqe(&done, ctx + 2, true);
	} else if (bpf_core_type_exists(btf_trace_io_uring_complete___v5_13)) {
		read_cqe(&done, ctx + 1, true);
	} else if (bpf_core_type_exists(btf_trace_io_uring_complete___v5_10)) {
		read_cqe(&done, ctx + 1, false);
	} else {
		return no_such_helper();
	}
#endif
	completed(ctx, &done);
	return 0;
}

/*
 * The ring of completions has no room: the completion waits in the kernel. Before 6.0 the other tracepoint tells of it,
 * too.
 */
SEC_URING(io_uring_cqe_overflow)
int gyr_uring_over(u64 *ctx)
{
	struct completion done = {};

#ifdef GYR_PREEMPT
	struct trace_event_raw_io_uring_cqe_overflow *rec = (void *)ctx;

	done.ring = (u64)rec->ctx;
	done.cqe.user_data = rec->user_data;
	done.cqe.res = rec->res;
	done.cqe.flags = rec->cflags;
#else
	if (!bpf_core_type_exists(btf_trace_io_uring_cqe_overflow___v5_19))
		return no_such_helper();
	/* By a field, not by the types above: for one that the kernel lacks libbpf asks its modules, which takes
	 * CAP_SYS_ADMIN. */
	if (!bpf_core_field_exists(struct io_kiocb___v6_0, cmd))
		return 0;
	done.ring = ctx[0];
	read_cqe(&done, ctx + 1, true);
#endif
	completed(ctx, &done);
	return 0;
}

/* ---- the programs of the operations ---- */

static __always_inline bool uring_begin(void *ctx, struct frame *f, struct call *c, u16 type, u32 nparams)
{
	c->ctx = ctx;
	c->entering = true;
	c->moves_data = false; /* its fd, if it has one, is none of the arguments */
	c->ret = 0;
	c->file.known = true;
	if (!frame_begin(ctx, f, type, nparams))
		return false;
	c->cpu = f->cpu;
	return true;
}

/* A file is a descriptor, or an index in the ring's own table: one of two params is empty. */
static __always_inline void put_if_fd(struct frame *f, bool is, u64 fd)
{
	put_u64_if(f, is, (s64)(s32)fd);
}

static __always_inline void put_if_slot(struct frame *f, bool is, u64 slot)
{
	put_u32_if(f, is, slot);
}

static __always_inline void put_sqe_fd(struct frame *f, struct call *c, u64 fd, u64 sqe_flags)
{
	put_if_fd(f, !(sqe_flags & IOSQE_FIXED_FILE), fd);
}

static __always_inline void put_sqe_fixed(struct frame *f, struct call *c, u64 fd, u64 sqe_flags)
{
	put_if_slot(f, sqe_flags & IOSQE_FIXED_FILE, fd);
}

/* splice, tee: the file that is read */
static __always_inline void put_sqe_fd_in(struct frame *f, struct call *c, u64 fd, u64 flags)
{
	put_if_fd(f, !(flags & SPLICE_F_FD_IN_FIXED), fd);
}

static __always_inline void put_sqe_fixed_in(struct frame *f, struct call *c, u64 fd, u64 flags)
{
	put_if_slot(f, flags & SPLICE_F_FD_IN_FIXED, fd);
}

/* index: 0, or the one in the table, from 1 on */
static __always_inline void put_sqe_close_fd(struct frame *f, struct call *c, u64 fd, u64 index)
{
	put_if_fd(f, index == 0, fd);
}

static __always_inline void put_sqe_close_fix(struct frame *f, struct call *c, u64 fd, u64 index)
{
	put_if_slot(f, index != 0, index - 1);
}

/* async_cancel: of all that is done with this file */
static __always_inline void put_sqe_cancel_fd(struct frame *f, struct call *c, u64 fd, u64 flags)
{
	put_if_fd(f, (flags & (IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_FD_FIXED)) == IORING_ASYNC_CANCEL_FD, fd);
}

static __always_inline void put_sqe_cancel_fix(struct frame *f, struct call *c, u64 fd, u64 flags)
{
	put_if_slot(f, flags & IORING_ASYNC_CANCEL_FD && flags & IORING_ASYNC_CANCEL_FD_FIXED, fd);
}

/* fadvise, madvise: 64 bits since 6.11, which are 0 when the 32 of before have it */
static __always_inline void put_sqe_len(struct frame *f, struct call *c, u64 wide, u64 len)
{
	put_u64(f, wide ? wide : len);
}

static __always_inline void put_sqe_timeout(struct frame *f, struct call *c, u64 arg, u64 flags)
{
	bool is_ns = flags & IORING_TIMEOUT_IMMEDIATE_ARG;
	u32 has = read_behind(f, 0, sizeof(struct user_timespec), 0, is_ns ? 0 : arg);
	u64 ns = is_ns ? arg : timespec_ns(f, 0);

	if (!is_ns && arg && !has)
		frame_cut(f);
	put_u64_if(f, is_ns ? 1 : has, ns);
}

/* The table of the ring's own files is not looked into. */
static __always_inline s32 socket_fd(u64 fd, u64 sqe_flags)
{
	return sqe_flags & IOSQE_FIXED_FILE ? -1 : (s32)fd;
}

static __always_inline void put_sqe_tuple(struct frame *f, struct call *c, u64 fd, u64 sqe_flags, u64 addr, u64 addrlen)
{
	put_tuple(f, socket_fd(fd, sqe_flags), OUTBOUND, addr, (u16)addrlen);
}

static __always_inline void put_sqe_dest(struct frame *f, struct call *c, u64 addr, u64 addrlen)
{
	put_sockaddr(f, c, addr, (u16)addrlen);
}

/* Of a 32-bit program, whose structs are others than those read here: they count as none. */
static __always_inline bool is_compat_ring(struct frame *f)
{
	struct io_ring_ctx *ring = (struct io_ring_ctx *)f->cpu->uring;

	if (bpf_core_field_exists(ring->compat))
		return BPF_CORE_READ_BITFIELD_PROBED(ring, compat);
#ifdef __TARGET_ARCH_x86
	return BPF_CORE_READ(cur_task(), thread_info.status) & TS_COMPAT;
#else
	return false;
#endif
}

/* readv, writev */
static __always_inline void put_sqe_iov(struct frame *f, struct call *c, u64 iov, u64 cnt)
{
	put_iov_in(f, c, iov, is_compat_ring(f) ? 0 : cnt, 0);
	frame_merge(f);
}

/* send: data, or an iovec; these two are written in this order. */
static __always_inline void put_sqe_sent(struct frame *f, struct call *c, u64 addr, u64 len, u64 ioprio)
{
	if (ioprio & IORING_SEND_VECTORIZED) {
		put_iov_in(f, c, addr, is_compat_ring(f) ? 0 : len, 0);
	} else {
		put_user_data(f, c, addr, len);
		c->iov_size = len;
		c->iov_cut = 0;
	}
	c->iov_size = forget(f, c->iov_size);
	c->iov_cut = forget(f, c->iov_cut);
	frame_merge(f);
}

static __always_inline void put_sqe_iov_total(struct frame *f, struct call *c, u64 iov, u64 cnt)
{
	put_iov_total(f, c, iov, is_compat_ring(f) ? 0 : cnt);
}

/* sendmsg: these four are written in this order; the first reads the header for all. */
static __always_inline void put_sqe_msg(struct frame *f, struct call *c, u64 ptr)
{
	struct user_msghdr hdr;

	read_user(f, &hdr, sizeof(hdr), is_compat_ring(f) ? 0 : ptr);
	c->user.dest.name = hdr.name;
	c->user.dest.len = hdr.namelen;
	put_iov_in(f, c, hdr.iov, hdr.iovlen, 0);
	frame_merge(f);
}

static __always_inline void put_sqe_msg_size(struct frame *f, struct call *c)
{
	put_iov_size(f, c, 0);
}

static __always_inline void put_sqe_msg_tuple(struct frame *f, struct call *c, u64 fd, u64 sqe_flags)
{
	put_tuple(f, socket_fd(fd, sqe_flags), OUTBOUND, c->user.dest.name, c->user.dest.len);
}

static __always_inline void put_sqe_msg_addr(struct frame *f, struct call *c)
{
	put_sockaddr(f, c, c->user.dest.name, c->user.dest.len);
}

#endif

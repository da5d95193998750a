/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame's life: frame_begin, the params in the order of the schema, push_evt_frame. A frame is built in place, at
 * the end of its CPU's batch; what the batch holds is sent as one perf record.
 */
#ifndef GYR_RING_HELPERS_H
#define GYR_RING_HELPERS_H

#include "maps.h"

struct frame {
	struct gyr_cpu *cpu;
	u8 *p; /* the frame's start in cpu->data */
	u64 ts;
	u32 pos;      /* next value's offset from p; constant until the first param of variable length */
	u32 params;   /* written so far */
	u32 nparams;  /* declared */
	u32 context;  /* bytes of context behind it */
	bool of_call; /* of the system call that the thread comes out of; a constant to the compiler */
};

/* Plain stores at any address: clang turns stores to packed structs into single bytes. */
#define STORE(type, addr, val) (*(type *)(addr) = (val))

/* An empty asm that the compiler cannot see through: keeps a bound check on the register that is used after it. */
#define KEEP(var) asm volatile("" : "+r"(var))

/*
 * The verifier knows nothing of the value any more, so that branches which leave it with others go on as one state; by:
 * something that it knows nothing of. As forget_val, before there is a frame.
 */
#define HIDE(val, by) asm volatile("%0 ^= %1\n\t%0 ^= %1" : "+r"(val) : "r"(by))

/*
 * Besides what it is for: a verifier goes first where the code goes on without a jump. What comes that way has the
 * least on its stack, and what comes another way, with more there, then goes on as the same state.
 */
#define RARELY(cond) __builtin_expect(!!(cond), 0)

/*
 * A key of 32 bits that is written as 64: what is only half written is, to the verifier, live before that, so that
 * what was there earlier, and is not needed any more, keeps apart what could go on as one.
 */
static __always_inline struct gyr_cpu *this_cpu(void)
{
	u64 key = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&gyr_cpus, &key);
}

/* 1 or 0, without a branch: of losses, which are rare, every way would be followed for every way that leads there. */
static __always_inline u32 is_same(u32 val, u32 other)
{
	u64 diff = val ^ other;

	KEEP(diff);
	return (diff - 1) >> 63;
}

/* Nobody opened a ring for this CPU, or it went offline and its ring with it: the library opens one. */
static __always_inline u32 ring_gone(int err)
{
	return is_same(err, -ENOENT) | is_same(err, -EOPNOTSUPP);
}

static __always_inline u64 batch_word(u32 len, u8 busy, u16 sent)
{
	return (u64)sent << 48 | (u64)busy << 32 | len;
}

/* More than a batch, and a frame, can have: a bound for the verifier, which would follow both ways of a comparison. */
#define BATCH_MASK 0xffff
_Static_assert(GYR_BATCH_ROOM + GYR_FRAME_BIG <= BATCH_MASK && GYR_FRAME_MAX + GYR_RIDERS_MAX <= BATCH_MASK &&
		       GYR_BATCH_ROOM + BATCH_MASK <= sizeof(((struct gyr_cpu *)0)->data),
	       "no bound");

/* What is kept over the helper's call has 64 bits: see this_cpu. */
static __always_inline s64 flush_batch(void *ctx, struct gyr_cpu *cpu)
{
	u32 len = *(volatile u32 *)&cpu->len; /* read anew: what is known of it makes many states */
	volatile u64 ring = cpu->ring;
	s64 err;

	KEEP(len); /* clang 14 reloads cpu->len otherwise, which undoes the bound for the verifier */
	if (len == 0)
		return 0;
	len &= BATCH_MASK;
	err = bpf_perf_event_output(ctx, &gyr_rings, BPF_F_CURRENT_CPU, cpu->data, len);
	if (!RARELY(err)) {
		cpu->word = batch_word(0, cpu->busy, cpu->sent + 1);
		cpu->flush_at = gyr_set.batch_bytes;
		return 0;
	}
	/*
	 * Not with every event, but when there is another batch of them; the library asks, too. Without batches (of 0
	 * bytes) it may be that it cannot ask.
	 */
	cpu->flush_at = len + gyr_set.batch_bytes;
	cpu->flush_by = ~0ULL;
	if (RARELY(ring_gone(err)))
		cpu->no_ring = ring;
	return err;
}

static __always_inline void count_loss(struct gyr_cpu *cpu, int err)
{
	u32 full = is_same(err, -ENOSPC), gone = ring_gone(err);

	cpu->lost_ring_full += full;
	cpu->lost_no_ring += gone;
	cpu->lost_error += 1 - full - gone;
}

/* False: a frame is being built already. */
static __always_inline bool take_cpu(struct gyr_cpu *cpu)
{
	if (cpu->busy)
		return false;
	cpu->busy = 1;
	/* What an interrupt here sends (gyr_flush) is not in the batch any more when `len` is read. */
	barrier();
	return true;
}

/* len: of the batch, with the frame or without. */
static __always_inline void leave_cpu(struct gyr_cpu *cpu, u32 len)
{
	barrier();
	cpu->word = batch_word(len, 0, cpu->sent);
}

/* False: the frame cannot be built and is counted. marks: GYR_FRAME_*. */
static __always_inline bool frame_begin_on(void *ctx, struct frame *f, struct gyr_cpu *cpu, u32 tid, u32 marks,
					   u16 type, u32 nparams)
{
	u32 off;

	if (RARELY(!take_cpu(cpu))) {
		__sync_fetch_and_add(&cpu->lost_busy, 1);
		return false;
	}
	cpu->begun++;
	cpu->cut = 0;
	off = cpu->len;
	KEEP(off);
	if (RARELY(off > GYR_BATCH_ROOM)) {
		s64 err = flush_batch(ctx, cpu);

		/* 0 now, if it was sent. A verifier that sees that goes through the whole filler once more for it. */
		off = cpu->len;
		KEEP(off);
		if (RARELY(off > GYR_BATCH_ROOM)) {
			HIDE(err, (s64)off);
			count_loss(cpu, err);
			leave_cpu(cpu, off);
			return false;
		}
	}
	f->cpu = cpu;
	f->p = cpu->data + off;
	f->ts = bpf_ktime_get_boot_ns() + gyr_set.boot_ns;
	f->params = 0;
	f->nparams = nparams;
	f->of_call = false;
	f->context = 0;
	f->pos = GYR_FRAME_HDR + nparams * sizeof(u16);
	STORE(u64, f->p + GYR_FRAME_TS, f->ts);
	STORE(u64, f->p + GYR_FRAME_TID, tid);
	STORE(u16, f->p + GYR_FRAME_TYPE, type);
	STORE(u32, f->p + GYR_FRAME_NPARAMS, nparams | marks);
	return true;
}

static __always_inline bool frame_begin_of(void *ctx, struct frame *f, u32 tid, u32 marks, u16 type, u32 nparams)
{
	struct gyr_cpu *cpu = this_cpu();

	HIDE(marks, tid);
	return cpu && frame_begin_on(ctx, f, cpu, tid, marks, type, nparams);
}

static __always_inline bool frame_begin(void *ctx, struct frame *f, u16 type, u32 nparams)
{
	return frame_begin_of(ctx, f, (u32)bpf_get_current_pid_tgid(), 0, type, nparams);
}

/* Accounts for a value of len bytes at f->pos. The value is written before. */
static __always_inline void frame_param_done(struct frame *f, u32 len)
{
	if (f->params < GYR_PARAMS_MAX)
		STORE(u16, f->p + GYR_FRAME_HDR + f->params * sizeof(u16), len);
	f->params++;
	f->pos += len;
}

/*
 * Bounds f->pos for the verifier: true when a value of up to `room` bytes (a constant) fits. Until the first param of
 * variable length f->pos is a constant and this costs nothing. The library's readers take an empty value for unknown.
 */
static __always_inline bool frame_room(struct frame *f, u32 room)
{
	u32 pos = f->pos;

	if (__builtin_constant_p(pos))
		return pos + room <= GYR_FRAME_MAX;
	KEEP(pos);
	if (RARELY(pos > GYR_FRAME_MAX - room))
		return false;
	f->pos = pos;
	return true;
}

/* The param that comes next is not whole. Noted in memory: a verifier would follow each value of a variable. */
static __always_inline void frame_cut(struct frame *f)
{
	f->cpu->cut |= 1U << (f->params % GYR_PARAMS_MAX);
}

/* ... because the memory of the process could not be read. */
static __always_inline void user_fault(struct frame *f)
{
	f->cpu->user_faults++;
	frame_cut(f);
}

static __always_inline void put_empty(struct frame *f)
{
	frame_param_done(f, 0);
}

/*
 * The same value, of which the verifier knows nothing any more. Branches that leave it in different ranges then go on
 * as one state: without, each turn of a loop multiplies the verifier's work.
 */
static __always_inline u32 forget_val(struct gyr_cpu *cpu, u32 val)
{
	volatile u32 *via = &cpu->pos;

	*via = val;
	return *via;
}

static __always_inline u32 forget(struct frame *f, u32 val)
{
	return forget_val(f->cpu, val);
}

/*
 * For a value of any size: of one that did not fit, 5.10 takes it for possible that the next and smaller one does, and
 * what it knows of the position contradicts itself then.
 */
#define SCALAR_ROOM sizeof(u64)

#define DEFINE_PUT(bits)                                                                                               \
	static __always_inline void put_u##bits(struct frame *f, u##bits val)                                          \
	{                                                                                                              \
		if (!frame_room(f, SCALAR_ROOM)) {                                                                     \
			put_empty(f);                                                                                  \
			return;                                                                                        \
		}                                                                                                      \
		STORE(u##bits, f->p + f->pos, val);                                                                    \
		frame_param_done(f, sizeof(val));                                                                      \
	}
/*
 * ... or an empty one, when `has` is 0 and not 1: without a branch, of which the verifier would follow both ways. 5.10
 * draws from the multiple that the length is what contradicts itself at the check of the next position.
 */
#define DEFINE_PUT_IF(bits)                                                                                            \
	static __always_inline void put_u##bits##_if(struct frame *f, u32 has, u##bits val)                            \
	{                                                                                                              \
		if (!frame_room(f, SCALAR_ROOM)) {                                                                     \
			put_empty(f);                                                                                  \
			return;                                                                                        \
		}                                                                                                      \
		STORE(u##bits, f->p + f->pos, val);                                                                    \
		frame_param_done(f, forget(f, has * sizeof(val)));                                                     \
	}
DEFINE_PUT(8)
DEFINE_PUT(16)
DEFINE_PUT(32)
DEFINE_PUT(64)
DEFINE_PUT_IF(8)
DEFINE_PUT_IF(16)
DEFINE_PUT_IF(32)
DEFINE_PUT_IF(64)

/* mark: GYR_FRAME_*, which all are in the last byte. */
static __always_inline void frame_mark(struct frame *f, u32 mark)
{
	f->p[GYR_FRAME_NPARAMS + 3] |= mark >> 24;
}

/* Gives the frame up; it is counted as a bug of the filler. */
static __always_inline void frame_abort(struct frame *f)
{
	f->cpu->lost_bug++;
	leave_cpu(f->cpu, f->cpu->len);
}

static __always_inline void push_big_frame(void *ctx, struct frame *f, u32 len)
{
	struct gyr_cpu *cpu = f->cpu;
	s64 err = flush_batch(ctx, cpu);

	if (!err) {
		volatile u64 ring = cpu->ring;

		KEEP(len);
		len &= BATCH_MASK;
		err = bpf_perf_event_output(ctx, &gyr_rings, BPF_F_CURRENT_CPU, f->p, len);
		if (!err)
			cpu->sent++;
		else if (ring_gone(err))
			cpu->no_ring = ring;
	}
	if (err) {
		HIDE(err, (s64)len);
		count_loss(cpu, err);
	}
}

/* Where the frame ends with what rides behind it (gyr/wire.h). len: of the frame itself. */
static __always_inline u32 put_riders(struct frame *f, u32 len)
{
	u32 marks = 0, cut = f->cpu->cut;

	if (gyr_chosen.latency != GYR_LATENCY_OFF && f->of_call && f->cpu->entered) {
		STORE(u64, f->p + len, f->ts - f->cpu->entered);
		len += sizeof(u64);
		marks |= GYR_FRAME_LATENCY;
	}
	if (RARELY(cut)) {
		STORE(u32, f->p + len, cut);
		len += sizeof(cut);
		marks |= GYR_FRAME_CUT;
	}
	if (marks)
		frame_mark(f, marks);
	return len;
}

/* Finishes the frame: checks it against its declaration, and sends the batch when it is due. */
static __always_inline void push_evt_frame(void *ctx, struct frame *f)
{
	struct gyr_cpu *cpu = f->cpu;
	u32 len = f->pos;

	if (!__builtin_constant_p(len))
		KEEP(len);
	if (RARELY(f->params != f->nparams || len > GYR_FRAME_MAX)) {
		frame_abort(f);
		return;
	}
	STORE(u32, f->p + GYR_FRAME_LEN, len);
	len = put_riders(f, len + f->context);
	len = (len + GYR_FRAME_ALIGN - 1) & ~(GYR_FRAME_ALIGN - 1);
	if (RARELY(len > GYR_FRAME_BIG)) {
		push_big_frame(ctx, f, len);
		len = cpu->len;
	} else {
		if (RARELY(cpu->len == 0)) {
			cpu->first_ts = (f->ts & ~(u64)GYR_TS_TAG) | (cpu->sent & GYR_TS_TAG);
			cpu->flush_by = f->ts + gyr_set.delay_ns;
		}
		len += cpu->len;
		if (RARELY(len >= cpu->flush_at || f->ts >= cpu->flush_by)) {
			cpu->len = len;
			flush_batch(ctx, cpu);
			len = cpu->len;
		}
	}
	leave_cpu(cpu, len);
}

#endif

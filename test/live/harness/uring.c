// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "uring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PROBE_OPS 256

static uint32_t *word(uint8_t *ring, uint32_t off)
{
	return (uint32_t *)(void *)(ring + off);
}

static void *map_ring(const struct uring *r, size_t size, uint64_t offset)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, (off_t)offset);

	NEED(at != MAP_FAILED);
	return at;
}

static unsigned int sqe_units(const struct uring *r)
{
	return r->p.flags & IORING_SETUP_SQE128 ? 2 : 1;
}

static size_t cqe_size(const struct uring *r)
{
	return sizeof(struct io_uring_cqe) << (r->p.flags & IORING_SETUP_CQE32 ? 1 : 0);
}

void uring_open(struct uring *r, uint32_t flags)
{
	memset(r, 0, sizeof(*r));
	r->p.flags = flags;
	r->p.sq_thread_idle = 5000;
	r->fd = (int)syscall(SYS_io_uring_setup, URING_ENTRIES, &r->p);
	if (r->fd < 0 && (errno == ENOSYS || errno == EPERM))
		live_skip("no io_uring here: %s", strerror(errno));
	if (r->fd < 0 && errno == EINVAL && flags)
		live_skip("io_uring has no rings with the flags 0x%x here", flags);
	NEED(r->fd >= 0);
	r->cq = map_ring(r, r->p.cq_off.cqes + r->p.cq_entries * cqe_size(r), IORING_OFF_CQ_RING);
	r->sq = r->cq;
	if (!(flags & SETUP_NO_SQARRAY)) {
		r->sq = map_ring(r, r->p.sq_off.array + r->p.sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
		/* Not in order, so that who takes the one for the other is found out. */
		for (uint32_t i = 0; i < r->p.sq_entries; i++)
			word(r->sq, r->p.sq_off.array)[i] = r->p.sq_entries - 1 - i;
	}
	r->sqes = map_ring(r, r->p.sq_entries * sizeof(*r->sqes) * sqe_units(r), IORING_OFF_SQES);
	r->next = (uint64_t)getpid() << 32 | (uint64_t)r->fd << 16;
}

bool uring_has(const struct uring *r, int op)
{
	struct io_uring_probe *probe = calloc(1, sizeof(*probe) + PROBE_OPS * sizeof(struct io_uring_probe_op));
	bool has;

	NEED(probe);
	NEED(syscall(SYS_io_uring_register, r->fd, IORING_REGISTER_PROBE, probe, PROBE_OPS) == 0);
	has = op < probe->ops_len && probe->ops[op].flags & IO_URING_OP_SUPPORTED;
	free(probe);
	return has;
}

void uring_need(const struct uring *r, int op, const char *name)
{
	if (!uring_has(r, op))
		live_skip("io_uring has no %s here", name);
}

struct io_uring_sqe *uring_sqe(struct uring *r, int op)
{
	uint32_t at = (r->tail + r->unsent++) & (r->p.sq_entries - 1);
	struct io_uring_sqe *sqe;

	if (!(r->p.flags & SETUP_NO_SQARRAY))
		at = word(r->sq, r->p.sq_off.array)[at];
	sqe = &r->sqes[at * sqe_units(r)];
	memset(sqe, 0, sizeof(*sqe) * sqe_units(r));
	sqe->opcode = (uint8_t)op;
	sqe->user_data = ++r->next;
	return sqe;
}

static void enter(const struct uring *r, uint32_t submit, uint32_t wait)
{
	uint32_t flags =
		(wait ? IORING_ENTER_GETEVENTS : 0) | (r->p.flags & IORING_SETUP_SQPOLL ? IORING_ENTER_SQ_WAKEUP : 0);
	long ret;

	do
		ret = syscall(SYS_io_uring_enter, r->fd, submit, wait, flags, NULL, 0);
	while (ret < 0 && errno == EINTR);
	NEED(ret == (long)submit);
}

void uring_submit_only(struct uring *r)
{
	bool polled = r->p.flags & IORING_SETUP_SQPOLL;
	uint32_t n = r->unsent;

	r->tail += n;
	atomic_store_explicit((_Atomic uint32_t *)(void *)word(r->sq, r->p.sq_off.tail), r->tail, memory_order_release);
	r->unsent = 0;
	r->wanted += n;
	if (!polled)
		enter(r, n, 0);
}

void uring_wait(struct uring *r, uint32_t more)
{
	r->wanted += more;
	enter(r, 0, r->wanted);
}

void uring_submit(struct uring *r)
{
	uring_submit_only(r);
	uring_wait(r, 0);
}

const struct io_uring_cqe *uring_cqe(const struct uring *r, uint64_t user_data, uint32_t n)
{
	uint32_t tail =
		atomic_load_explicit((_Atomic uint32_t *)(void *)word(r->cq, r->p.cq_off.tail), memory_order_acquire);

	/* They stay where they are: no case has more than there is room for. */
	for (uint32_t i = 0; i < tail && i < r->p.cq_entries; i++) {
		const struct io_uring_cqe *cqe = (void *)(r->cq + r->p.cq_off.cqes + i * cqe_size(r));

		if (cqe->user_data == user_data && n-- == 0)
			return cqe;
	}
	return NULL;
}

long uring_result(const struct uring *r, const struct io_uring_sqe *sqe)
{
	const struct io_uring_cqe *cqe = uring_cqe(r, sqe->user_data, 0);

	NEED(cqe);
	return cqe->res;
}

void uring_forget(struct uring *r)
{
	_Atomic uint32_t *head = (void *)word(r->cq, r->p.cq_off.head);

	atomic_store_explicit(head, *word(r->cq, r->p.cq_off.tail), memory_order_release);
	r->wanted = 0;
}

long uring_do(struct uring *r, const struct io_uring_sqe *sqe)
{
	uring_submit(r);
	return uring_result(r, sqe);
}

bool uring_tells_refused(void)
{
	return !live_kernel_before(5, 18);
}

struct live_val uring_op(uint8_t op)
{
	return live_kernel_before(5, 18) ? EMPTY("op") : I("op", op);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rings of io_uring as the kernel has them, without a library; and what must be seen of what goes through them. */
#ifndef GYR_TEST_LIVE_URING_H
#define GYR_TEST_LIVE_URING_H

#include <linux/io_uring.h>

#include "harness.h"

/* Of gyr's schema: the submission of an operation, and any completion. */
#define URING_SUBMITTED(op) (uint16_t)(0x9000 + 2 * (op))
#define URING_COMPLETED	    0x9201
#define URING_ANY_OTHER	    255

/* Newer than the headers here. */
enum {
	OP_READ_MULTISHOT = 49,
	OP_FUTEX_WAKE = 52,
	OP_FIXED_FD_INSTALL = 54,
	OP_FTRUNCATE = 55,
	OP_BIND = 56,
	OP_LISTEN = 57,
	OP_EPOLL_WAIT = 59,
	OP_PIPE = 62,
	OP_NOP128 = 63,
};

#define SETUP_NO_SQARRAY (1u << 16)
#define SETUP_SQE_MIXED	 (1u << 19)

#define URING_ENTRIES 16

struct uring {
	int fd;
	struct io_uring_params p;
	uint8_t *sq, *cq;
	struct io_uring_sqe *sqes;
	uint32_t tail, unsent, wanted; /* wanted: completions so far */
	uint64_t next;		       /* user_data: of no other operation on the host */
};

/* The case is skipped where there is no io_uring, or none with these flags. */
void uring_open(struct uring *r, uint32_t flags);
bool uring_has(const struct uring *r, int op);
/* ... where it lacks the operation. */
void uring_need(const struct uring *r, int op, const char *name);
/* The next SQE, all 0 but for the operation and user_data. Valid until the ring has come round. */
struct io_uring_sqe *uring_sqe(struct uring *r, int op);
/* Submits what there is, and waits until all of it has completed. */
void uring_submit(struct uring *r);
/* ... without waiting, or without the wish to (SQPOLL). */
void uring_submit_only(struct uring *r);
/* `more` completions than operations. */
void uring_wait(struct uring *r, uint32_t more);
/* The n-th completion of the operation, from 0; NULL: there is none. */
const struct io_uring_cqe *uring_cqe(const struct uring *r, uint64_t user_data, uint32_t n);
long uring_result(const struct uring *r, const struct io_uring_sqe *sqe);
/* All completions have been seen: their room is free. */
void uring_forget(struct uring *r);
/* Both in one. */
long uring_do(struct uring *r, const struct io_uring_sqe *sqe);

/* Are operations seen that the kernel refuses at once? */
bool uring_tells_refused(void);

#define KERNEL_ADDR(param) RANGE(param, 1ull << 63, ~0ull)

/* A file: a descriptor, or an index in the ring's table. */
#define BY_FD(v)    I("fd", v), EMPTY("fixed_file")
#define BY_INDEX(v) EMPTY("fd"), I("fixed_file", v)

#define URING_HEAD(sqe)                                                                                                \
	I("user_data", (sqe)->user_data), KERNEL_ADDR("ring"), I("sqe_flags", (sqe)->flags),                           \
		I("personality", (sqe)->personality)
/* The calling thread submits it. */
#define SUBMITS(sqe, name, ...) SEE(URING_SUBMITTED((sqe)->opcode), "io_uring_" name, URING_HEAD(sqe), __VA_ARGS__)
/* A thread of the kernel's does. */
#define SUBMITS_ELSEWHERE(sqe, name, ...)                                                                              \
	SEE_ANYWHERE(URING_SUBMITTED((sqe)->opcode), "io_uring_" name, URING_HEAD(sqe), __VA_ARGS__)
/* ... and the kernel refuses it at once, of which not all of them tell. */
#define REFUSED(sqe, name, ...)                                                                                        \
	do {                                                                                                           \
		if (uring_tells_refused())                                                                             \
			SUBMITS(sqe, name, __VA_ARGS__);                                                               \
	} while (0)
#define COMPLETES_WITH(sqe, result, flags)                                                                             \
	SEE_ANYWHERE(URING_COMPLETED, "io_uring_complete", I("user_data", (sqe)->user_data), I("res", result),         \
		     KERNEL_ADDR("ring"), uring_op((sqe)->opcode), I("cqe_flags", flags))
#define COMPLETES(sqe, result) COMPLETES_WITH(sqe, result, 0)
/* Before 5.18 the kernel does not tell which operation completes. */
struct live_val uring_op(uint8_t op);

#endif

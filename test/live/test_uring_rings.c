// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rings of all kinds, and what operations may have to do with each other. */
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "harness.h"
#include "net.h"
#include "uring.h"
#include "wire_values.h"

#define PTR(p) (uint64_t)(uintptr_t)(p)

static struct io_uring_sqe *open_op(struct uring *r, const char *path)
{
	struct io_uring_sqe *sqe = uring_sqe(r, IORING_OP_OPENAT);

	sqe->fd = AT_FDCWD;
	sqe->addr = PTR(path);
	return sqe;
}

#define OPENS(path) I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDONLY), I("mode", 0), I("file_index", 0)

/* A thread of the kernel's for the process submits: with its memory, so all is known, but the calling thread. */
static void polled(void)
{
	const char *path = live_file("file", "x");
	char data[] = "data"; /* in memory */
	struct io_uring_sqe *sqe;
	struct uring r;
	long fd;

	uring_open(&r, IORING_SETUP_SQPOLL);
	sqe = open_op(&r, path);
	fd = uring_do(&r, sqe);
	NEED(fd >= 0);
	SUBMITS_ELSEWHERE(sqe, "openat", OPENS(path));
	COMPLETES(sqe, fd);
	sqe = uring_sqe(&r, IORING_OP_WRITE);
	sqe->fd = (int)fd;
	sqe->addr = PTR(data);
	sqe->len = 4;
	NEED(uring_do(&r, sqe) == -EBADF);
	/* Before 5.11 the thread refuses what is not in the ring's own table, and of that no tracepoint tells. */
	if (!live_kernel_before(5, 11))
		SUBMITS_ELSEWHERE(sqe, "write", BY_FD(fd), B("data", data, 4), I("size", 4), I("pos", 0),
				  I("flags", 0));
	COMPLETES(sqe, -EBADF);
}

/* Submitted at once, and done in turn. */
static void linked(void)
{
	const char *nothing = live_path("nothing");
	struct __kernel_timespec brief = {.tv_nsec = 1000000};
	struct io_uring_sqe *head, *tail, *read, *limit, *last;
	struct uring r;
	char buf[4];
	int fds[2];

	uring_open(&r, 0);
	NEED(pipe(fds) == 0);
	head = open_op(&r, nothing);
	head->flags = IOSQE_IO_LINK;
	tail = uring_sqe(&r, IORING_OP_NOP);
	read = uring_sqe(&r, IORING_OP_READ);
	read->fd = fds[0];
	read->addr = PTR(buf);
	read->len = sizeof(buf);
	read->flags = IOSQE_IO_LINK;
	limit = uring_sqe(&r, IORING_OP_LINK_TIMEOUT);
	limit->addr = PTR(&brief);
	limit->len = 1;
	last = uring_sqe(&r, IORING_OP_NOP);
	last->flags = IOSQE_IO_DRAIN;
	uring_submit(&r);
	SUBMITS(head, "openat", OPENS(nothing));
	SUBMITS(tail, "nop", I("flags", 0));
	SUBMITS(read, "read", BY_FD(fds[0]), I("size", sizeof(buf)), I("pos", 0), I("flags", 0), I("buf_group", 0));
	SUBMITS(limit, "link_timeout", I("timeout", 1000000), I("flags", 0));
	SUBMITS(last, "nop", I("flags", 0));
	COMPLETES(head, -ENOENT);
	COMPLETES(tail, -ECANCELED);
	COMPLETES(read, uring_result(&r, read));
	COMPLETES(limit, -ETIME);
	COMPLETES(last, 0);
}

static void of_flags(uint32_t flags)
{
	const char *path = live_file("file", "x");
	struct io_uring_sqe *sqe[3];
	struct uring r;

	uring_open(&r, flags);
	for (int i = 0; i < 3; i++)
		sqe[i] = open_op(&r, i == 1 ? "/nowhere/at/all" : path);
	uring_submit(&r);
	for (int i = 0; i < 3; i++) {
		SUBMITS(sqe[i], "openat", OPENS(i == 1 ? "/nowhere/at/all" : path));
		COMPLETES(sqe[i], uring_result(&r, sqe[i]));
	}
	NEED(uring_result(&r, sqe[0]) >= 0 && uring_result(&r, sqe[1]) == -ENOENT);
}

static void large_entries(void)
{
	of_flags(IORING_SETUP_SQE128 | IORING_SETUP_CQE32);
}

static void no_array(void)
{
	of_flags(SETUP_NO_SQARRAY);
}

static void deferred(void)
{
	of_flags(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
}

/* An operation of two units among those of one. */
static void mixed_entries(void)
{
	struct io_uring_sqe *large, *after;
	struct uring r;

	uring_open(&r, SETUP_NO_SQARRAY | SETUP_SQE_MIXED);
	large = uring_sqe(&r, OP_NOP128);
	large->personality = 0;
	uring_sqe(&r, IORING_OP_NOP); /* its second half */
	after = open_op(&r, "/nowhere");
	uring_submit_only(&r);
	r.wanted--;
	uring_wait(&r, 0);
	SUBMITS(large, "nop128", I("flags", 0));
	SUBMITS(after, "openat", OPENS("/nowhere"));
	COMPLETES(large, 0);
	COMPLETES(after, -ENOENT);
}

/* ... of which the second is missing, so that the kernel refuses it. */
static void half_an_entry(void)
{
	struct io_uring_sqe *before, *large;
	struct uring r;

	uring_open(&r, SETUP_NO_SQARRAY | SETUP_SQE_MIXED);
	before = open_op(&r, "/nowhere");
	before->flags = IOSQE_ASYNC;
	large = uring_sqe(&r, OP_NOP128);
	large->personality = 7;
	uring_submit(&r);
	SUBMITS(before, "openat", OPENS("/nowhere"));
	SUBMITS(large, "nop128", I("flags", 0));
	COMPLETES(before, -ENOENT);
	COMPLETES(large, -EINVAL);
}

/* The ring by its index, and what the kernel waits with in memory that the ring knows. */
static void by_index(void)
{
	struct io_uring_rsrc_update reg = {.offset = (uint32_t)-1};
	struct uring r;

	uring_open(&r, 0);
	reg.data = (uint64_t)r.fd;
	SEE(343, "io_uring_register", I("res", call(SYS_io_uring_register, r.fd, 20, &reg, 1)), I("fd", r.fd),
	    ANY("opcode", "by test_calls"), I("arg", &reg), I("nr_args", 1));
	SEE(341, "io_uring_enter", I("res", call(SYS_io_uring_enter, reg.offset, 0, 0, 1u << 4, NULL, 0)), EMPTY("fd"),
	    I("to_submit", 0), I("min_complete", 0), ANY("flags", "by test_calls"), I("sig", 0));
	SEE(341, "io_uring_enter", I("res", call(SYS_io_uring_enter, r.fd, 0, 1, 1u << 0 | 1u << 3 | 1u << 6, 16L, 64)),
	    I("fd", r.fd), I("to_submit", 0), I("min_complete", 1), ANY("flags", "by test_calls"), EMPTY("sig"));
}

static void personality_of_another(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;
	long id;

	uring_open(&r, 0);
	id = syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_PERSONALITY, NULL, 0);
	NEED(id > 0);
	sqe = open_op(&r, "/");
	sqe->personality = (uint16_t)id;
	NEED(uring_do(&r, sqe) >= 0);
	SUBMITS(sqe, "openat", OPENS("/"));
	COMPLETES(sqe, uring_result(&r, sqe));
}

static void no_such_operation(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	sqe = uring_sqe(&r, 200);
	sqe->fd = 5;
	sqe->off = 0x1111;
	sqe->addr = 0x2222;
	sqe->len = 3;
	sqe->rw_flags = 4;
	sqe->buf_index = 6;
	NEED(uring_do(&r, sqe) == -EINVAL);
	if (uring_tells_refused())
		SEE(URING_SUBMITTED(URING_ANY_OTHER), "io_uring_op", URING_HEAD(sqe), I("op", 200), I("ioprio", 0),
		    I("fd", 5), I("off", 0x1111), I("addr", 0x2222), I("len", 3), I("op_flags", 4), I("buf_index", 6),
		    I("file_index", 0), I("addr3", 0));
	/* The kernel takes its number for 0 then. */
	SEE_ANYWHERE(URING_COMPLETED, "io_uring_complete", I("user_data", sqe->user_data), I("res", -EINVAL),
		     KERNEL_ADDR("ring"), ANY("op", "200 or 0, or not told"), I("cqe_flags", 0));
}

/* One operation, and a completion each time. */
static void multishot(void)
{
	struct io_uring_sqe *sqe, *cancel;
	const struct io_uring_cqe *cqe;
	struct uring r;
	int fds[2];

	uring_open(&r, 0);
	NEED(pipe(fds) == 0);
	sqe = uring_sqe(&r, IORING_OP_POLL_ADD);
	sqe->fd = fds[0];
	sqe->poll32_events = POLLIN;
	sqe->len = IORING_POLL_ADD_MULTI;
	uring_submit_only(&r);
	if (uring_cqe(&r, sqe->user_data, 0))
		live_skip("io_uring has no multishot poll here");
	NEED(write(fds[1], "x", 1) == 1);
	uring_wait(&r, 0);
	cancel = uring_sqe(&r, IORING_OP_POLL_REMOVE);
	cancel->addr = sqe->user_data;
	r.wanted++;
	uring_submit(&r);
	SUBMITS(sqe, "poll_add", BY_FD(fds[0]), I("events", POLLIN), I("poll_flags", 1));
	cqe = uring_cqe(&r, sqe->user_data, 0);
	NEED(cqe && cqe->res == POLLIN && cqe->flags == IORING_CQE_F_MORE);
	/* The kernel does not say of the first whose it is. */
	SEE_ANYWHERE(URING_COMPLETED, "io_uring_complete", I("user_data", sqe->user_data), I("res", POLLIN),
		     KERNEL_ADDR("ring"), ANY("op", "told or not"), I("cqe_flags", IORING_CQE_F_MORE));
	COMPLETES(sqe, -ECANCELED);
}

/* More completions than there is room for. */
static void overflow(void)
{
	struct io_uring_sqe *sqe[URING_ENTRIES];
	struct uring r;

	uring_open(&r, 0);
	NEED(r.p.cq_entries == 2 * URING_ENTRIES);
	for (int batch = 0; batch < 3; batch++) {
		for (int i = 0; i < URING_ENTRIES; i++)
			sqe[i] = uring_sqe(&r, IORING_OP_NOP);
		uring_submit_only(&r);
		for (int i = 0; i < URING_ENTRIES; i++)
			SEE_ANYWHERE(URING_COMPLETED, "io_uring_complete", I("user_data", sqe[i]->user_data),
				     I("res", 0), KERNEL_ADDR("ring"), ANY("op", "not told of those without room"),
				     I("cqe_flags", 0));
	}
}

static void provided_buffers(void)
{
	struct io_uring_sqe *sqe;
	static char bufs[2][16];
	struct uring r;
	int fds[2];

	uring_open(&r, 0);
	NEED(pipe(fds) == 0 && write(fds[1], "selected", 8) == 8);
	sqe = uring_sqe(&r, IORING_OP_PROVIDE_BUFFERS);
	sqe->fd = 2;
	sqe->addr = PTR(bufs);
	sqe->len = sizeof(bufs[0]);
	sqe->buf_group = 9;
	sqe->off = 5;
	NEED(uring_do(&r, sqe) >= 0);
	SUBMITS(sqe, "provide_buffers", I("addr", bufs), I("size", 16), I("count", 2), I("buf_group", 9),
		I("first", 5));
	COMPLETES(sqe, uring_result(&r, sqe));
	sqe = uring_sqe(&r, IORING_OP_READ);
	sqe->fd = fds[0];
	sqe->len = 16;
	sqe->buf_group = 9;
	sqe->flags = IOSQE_BUFFER_SELECT;
	NEED(uring_do(&r, sqe) == 8);
	SUBMITS(sqe, "read", BY_FD(fds[0]), I("size", 16), I("pos", 0), I("flags", 0), I("buf_group", 9));
	COMPLETES_WITH(sqe, 8, uring_cqe(&r, sqe->user_data, 0)->flags);
	sqe = uring_sqe(&r, IORING_OP_REMOVE_BUFFERS);
	sqe->fd = 7;
	sqe->buf_group = 9;
	NEED(uring_do(&r, sqe) == 1);
	SUBMITS(sqe, "remove_buffers", I("count", 7), I("buf_group", 9));
	COMPLETES(sqe, 1);
}

static void to_another_ring(void)
{
	struct uring r, other;
	struct io_uring_sqe *sqe;

	uring_open(&r, 0);
	uring_open(&other, 0);
	uring_need(&r, IORING_OP_MSG_RING, "msg_ring");
	sqe = uring_sqe(&r, IORING_OP_MSG_RING);
	sqe->fd = other.fd;
	sqe->len = 77;
	sqe->off = other.next + 1000;
	NEED(uring_do(&r, sqe) == 0);
	uring_wait(&other, 1);
	SUBMITS(sqe, "msg_ring", BY_FD(other.fd), I("cmd", 0), I("len", 77), I("data", other.next + 1000),
		I("src_file", 0), I("file_index", 0), I("flags", 0));
	COMPLETES(sqe, 0);
	SEE_ANYWHERE(URING_COMPLETED, "io_uring_complete", I("user_data", other.next + 1000), I("res", 77),
		     KERNEL_ADDR("ring"), EMPTY("op"), I("cqe_flags", 0));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(polled),
		CASE(linked),
		CASE(large_entries),
		CASE(no_array),
		CASE(deferred),
		CASE(mixed_entries),
		CASE(personality_of_another),
		CASE(no_such_operation),
		CASE(half_an_entry),
		CASE(by_index),
		CASE(multishot),
		CASE(overflow),
		CASE(provided_buffers),
		CASE(to_another_ring),
	};

	return live_family_of("uring rings", cases, sizeof(cases) / sizeof(cases[0]), &(struct live_asks){0});
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations of io_uring on sockets. */
#include <sys/syscall.h>
#include <sys/uio.h>

#include "harness.h"
#include "net.h"
#include "uring.h"
#include "wire_values.h"

#define PTR(p) (uint64_t)(uintptr_t)(p)

static struct io_uring_sqe *rw_op(struct uring *r, int op, int fd, const void *buf, uint32_t len, uint64_t off)
{
	struct io_uring_sqe *sqe = uring_sqe(r, op);

	sqe->fd = fd;
	sqe->addr = PTR(buf);
	sqe->len = len;
	sqe->off = off;
	return sqe;
}

static struct io_uring_sqe *msg_op(struct uring *r, int op, long fd, const void *buf, uint32_t len, uint32_t flags)
{
	struct io_uring_sqe *sqe = rw_op(r, op, (int)fd, buf, len, 0);

	sqe->msg_flags = flags;
	return sqe;
}

#define SEND_VECTORIZED (1u << 5)

/* Kernels before 6.17 refuse it, and so it may complete either way. */
static void vectorized(struct uring *r, int fd, const struct wire *tuple)
{
	struct iovec iov[] = {{"in ", 3}, {"pieces", 6}};
	struct io_uring_sqe *sqe = msg_op(r, IORING_OP_SEND, fd, iov, 2, MSG_NOSIGNAL);
	long res;

	sqe->ioprio = SEND_VECTORIZED;
	res = uring_do(r, sqe);
	NEED(res == 9 || res == -EINVAL);
	if (res == 9 || uring_tells_refused())
		SUBMITS(sqe, "send", BY_FD(fd), B("data", "in pieces", 9), I("size", 9), W("tuple", *tuple),
			EMPTY("addr"), I("flags", MSG_NOSIGNAL), I("ioprio_flags", SEND_VECTORIZED));
	COMPLETES(sqe, res);
}

static void connection(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM), client = socket(AF_INET, SOCK_STREAM, 0);
	union addr to = name_of(server);
	char sent[] = "sent"; /* on the stack, which is in memory */
	struct io_uring_sqe *con, *acc, *sqe;
	struct wire tuple, addr = wire_addr(&to);
	struct uring r;
	char buf[32];
	long peer;

	uring_open(&r, 0);
	NEED(client >= 0);
	con = rw_op(&r, IORING_OP_CONNECT, client, &to, 0, addr_len(&to));
	NEED(uring_do(&r, con) == 0);
	SUBMITS(con, "connect", BY_FD(client), W("addr", addr), CTX_CATEGORY("net"));
	COMPLETES(con, 0);
	acc = rw_op(&r, IORING_OP_ACCEPT, server, NULL, 0, 0);
	acc->accept_flags = SOCK_NONBLOCK;
	peer = uring_do(&r, acc);
	NEED(peer >= 0);
	SUBMITS(acc, "accept", BY_FD(server), I("flags", W_NONBLOCK), I("file_index", 0), I("ioprio_flags", 0));
	COMPLETES(acc, peer);
	union addr from = name_of(client);

	tuple = wire_tuple(&from, &to);
	sqe = msg_op(&r, IORING_OP_SEND, client, sent, 4, MSG_NOSIGNAL);
	NEED(uring_do(&r, sqe) == 4);
	SUBMITS(sqe, "send", BY_FD(client), B("data", "sent", 4), I("size", 4), W("tuple", tuple), EMPTY("addr"),
		I("flags", MSG_NOSIGNAL), I("ioprio_flags", 0), CTX_CATEGORY("net"));
	COMPLETES(sqe, 4);
	vectorized(&r, client, &tuple);
	sqe = msg_op(&r, IORING_OP_RECV, peer, buf, 4, MSG_PEEK);
	NEED(uring_do(&r, sqe) == 4);
	SUBMITS(sqe, "recv", BY_FD(peer), I("size", 4), I("flags", MSG_PEEK), I("ioprio_flags", 0), I("buf_group", 0));
	COMPLETES_WITH(sqe, 4, uring_cqe(&r, sqe->user_data, 0)->flags);
	sqe = rw_op(&r, IORING_OP_SHUTDOWN, client, NULL, SHUT_WR, 0);
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "shutdown", BY_FD(client), I("how", SHUT_WR));
	COMPLETES(sqe, 0);
	sqe = msg_op(&r, IORING_OP_SEND, client, "no more", 7, MSG_NOSIGNAL);
	NEED(uring_do(&r, sqe) == -EPIPE);
	SUBMITS(sqe, "send", BY_FD(client), B("data", "no more", 7), I("size", 7), W("tuple", tuple), EMPTY("addr"),
		I("flags", MSG_NOSIGNAL), I("ioprio_flags", 0));
	COMPLETES(sqe, -EPIPE);
}

static void connect_fails(void)
{
	union addr nobody = unix_addr(live_path("nobody"));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct wire addr = wire_addr(&nobody);
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	NEED(fd >= 0);
	sqe = rw_op(&r, IORING_OP_CONNECT, fd, &nobody, 0, addr_len(&nobody));
	NEED(uring_do(&r, sqe) == -ENOENT);
	SUBMITS(sqe, "connect", BY_FD(fd), W("addr", addr));
	COMPLETES(sqe, -ENOENT);
}

static void messages(void)
{
	int server = bound_socket(AF_INET6, SOCK_DGRAM), client = socket(AF_INET6, SOCK_DGRAM, 0);
	struct iovec iov[] = {{"a mess", 6}, {"age", 3}};
	union addr to = name_of(server), any = {.in6 = {.sin6_family = AF_INET6}}, bound;
	struct msghdr msg = {.msg_name = &to, .msg_namelen = sizeof(to.in6), .msg_iov = iov, .msg_iovlen = 2};
	struct wire addr = wire_addr(&to), tuple;
	struct io_uring_sqe *sqe;
	struct uring r;
	char buf[32];

	uring_open(&r, 0);
	NEED(client >= 0);
	NEED(bind(client, &any.sa, sizeof(any.in6)) == 0);
	bound = name_of(client);
	tuple = wire_tuple(&bound, &to);
	sqe = msg_op(&r, IORING_OP_SENDMSG, client, &msg, 1, 0);
	NEED(uring_do(&r, sqe) == 9);
	SUBMITS(sqe, "sendmsg", BY_FD(client), B("data", "a message", 9), I("size", 9), W("tuple", tuple),
		W("addr", addr), I("flags", 0), I("ioprio_flags", 0));
	COMPLETES(sqe, 9);
	iov[0] = (struct iovec){buf, sizeof(buf)};
	msg = (struct msghdr){.msg_iov = iov, .msg_iovlen = 1};
	wait_readable(server);
	sqe = msg_op(&r, IORING_OP_RECVMSG, server, &msg, 1, MSG_DONTWAIT);
	NEED(uring_do(&r, sqe) == 9);
	SUBMITS(sqe, "recvmsg", BY_FD(server), I("flags", MSG_DONTWAIT), I("ioprio_flags", 0), I("buf_group", 0));
	COMPLETES(sqe, 9);
	sqe = msg_op(&r, IORING_OP_RECVMSG, server, &msg, 1, MSG_DONTWAIT);
	NEED(uring_do(&r, sqe) == -EAGAIN);
	SUBMITS(sqe, "recvmsg", BY_FD(server), I("flags", MSG_DONTWAIT), I("ioprio_flags", 0), I("buf_group", 0));
	COMPLETES(sqe, -EAGAIN);
}

static void socket_op(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;
	long fd;

	uring_open(&r, 0);
	uring_need(&r, IORING_OP_SOCKET, "socket");
	sqe = rw_op(&r, IORING_OP_SOCKET, AF_UNIX, NULL, 0, SOCK_DGRAM | SOCK_CLOEXEC);
	fd = uring_do(&r, sqe);
	NEED(fd >= 0);
	SUBMITS(sqe, "socket", I("domain", AF_UNIX), I("type", SOCK_DGRAM | SOCK_CLOEXEC), I("proto", 0),
		I("flags", W_CLOEXEC), I("file_index", 0));
	COMPLETES(sqe, fd);
}

static void bind_listen(void)
{
	union addr at = unix_addr(live_path("sock"));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct wire addr = wire_addr(&at);
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	uring_need(&r, OP_LISTEN, "bind, listen");
	sqe = rw_op(&r, OP_BIND, fd, &at, 0, addr_len(&at));
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "bind", BY_FD(fd), W("addr", addr));
	COMPLETES(sqe, 0);
	sqe = rw_op(&r, OP_LISTEN, fd, NULL, 7, 0);
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "listen", BY_FD(fd), I("backlog", 7));
	COMPLETES(sqe, 0);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(connection), CASE(connect_fails), CASE(messages), CASE(socket_op), CASE(bind_listen),
	};

	return live_family("uring net", cases, sizeof(cases) / sizeof(cases[0]));
}

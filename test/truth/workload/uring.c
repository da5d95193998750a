/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What io_uring does in place of a system call. Each has a ring of its own, with one entry. */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "workload.h"

struct ring {
	int fd;
	void *rings;
	size_t rings_len;
	struct io_uring_sqe *sqe;
	struct io_uring_params params;
};

enum { SQE_LEN = 4096 };

static long ring_open(struct ring *r)
{
	long fd;

	memset(r, 0, sizeof(*r));
	fd = SYS(io_uring_setup, 1, &r->params);
	if (fd < 0)
		return fd;
	r->fd = (int)fd;
	r->rings_len = r->params.cq_off.cqes + r->params.cq_entries * sizeof(struct io_uring_cqe);
	r->rings =
		mmap(NULL, r->rings_len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQ_RING);
	r->sqe = mmap(NULL, SQE_LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
	return r->rings == MAP_FAILED || (void *)r->sqe == MAP_FAILED ? -ENOMEM : 0;
}

/* The ring may stay, as an fd that others get to see. */
static void ring_close(struct member *m, struct ring *r)
{
	if (r->rings != MAP_FAILED)
		munmap(r->rings, r->rings_len);
	if ((void *)r->sqe != MAP_FAILED)
		munmap(r->sqe, SQE_LEN);
	if (chance(m, 80))
		SYS(close, r->fd);
	else
		keep_fd(m, r->fd);
}

static uint32_t *word(struct ring *r, uint32_t offset)
{
	return (uint32_t *)((char *)r->rings + offset);
}

/* Submits the entry and returns what came of it. */
static long ring_run(struct ring *r)
{
	uint32_t tail = *word(r, r->params.sq_off.tail);
	struct io_uring_cqe *cqe = (void *)((char *)r->rings + r->params.cq_off.cqes);
	long n;

	word(r, r->params.sq_off.array)[0] = 0;
	__atomic_store_n(word(r, r->params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	n = SYS(io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	if (n != 1)
		return n < 0 ? n : -EIO;
	if (__atomic_load_n(word(r, r->params.cq_off.tail), __ATOMIC_ACQUIRE) == *word(r, r->params.cq_off.head))
		return -EAGAIN;
	return cqe->res;
}

static long run_one(struct member *m, const struct io_uring_sqe *sqe)
{
	struct ring r;
	long res = ring_open(&r);

	if (r.params.sq_entries == 0)
		return res;
	if (res == 0) {
		*r.sqe = *sqe;
		if (chance(m, 40)) /* by a worker of the kernel's, which has the member's tables */
			r.sqe->flags |= IOSQE_ASYNC;
		res = ring_run(&r);
	}
	ring_close(m, &r);
	return res;
}

static int uring_openat(struct member *m)
{
	char path[PATH_LEN];
	struct io_uring_sqe sqe = {.opcode = IORING_OP_OPENAT,
				   .fd = AT_FDCWD,
				   .addr = (uintptr_t)any_file(m, path),
				   .len = 0666,
				   .open_flags = O_RDWR | O_CREAT | (chance(m, 50) ? O_CLOEXEC : 0)};

	return keep_fd(m, run_one(m, &sqe));
}

static int uring_openat2(struct member *m)
{
	char path[PATH_LEN];
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | (chance(m, 50) ? O_CLOEXEC : 0)};
	struct io_uring_sqe sqe = {.opcode = IORING_OP_OPENAT2,
				   .fd = AT_FDCWD,
				   .addr = (uintptr_t)any_dir(m, path),
				   .len = sizeof(how),
				   .off = (uintptr_t)&how};

	return keep_fd(m, run_one(m, &sqe));
}

static int uring_close(struct member *m)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_CLOSE, .fd = any_fd(m)};

	return sqe.fd < 0 ? sqe.fd : refused(run_one(m, &sqe));
}

static int uring_socket(struct member *m)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SOCKET,
				   .fd = chance(m, 50) ? AF_INET : AF_UNIX,
				   .off = SOCK_STREAM | SOCK_NONBLOCK | (chance(m, 50) ? SOCK_CLOEXEC : 0)};

	return keep_fd(m, run_one(m, &sqe));
}

/* From a listener whose client is there already. */
static int uring_accept(struct member *m)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(a);
	long server = SYS(socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), client = -1, err = server;
	struct io_uring_sqe sqe = {.opcode = IORING_OP_ACCEPT,
				   .fd = (int)server,
				   .accept_flags = SOCK_NONBLOCK | (chance(m, 50) ? SOCK_CLOEXEC : 0)};

	if (err >= 0) /* without a name: the kernel makes one */
		err = SYS(bind, (int)server, &a, sizeof(a.sun_family));
	if (err >= 0)
		err = SYS(listen, (int)server, 1);
	if (err >= 0)
		err = SYS(getsockname, (int)server, &a, &len);
	if (err >= 0)
		err = client = SYS(socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (err >= 0)
		err = SYS(connect, (int)client, &a, len);
	if (err >= 0)
		err = keep_fd(m, run_one(m, &sqe));
	SYS(close, (int)server);
	if (client >= 0 && chance(m, 50))
		SYS(close, (int)client);
	return refused(err);
}

const struct op uring_ops[] = {
	{"uring_openat", uring_openat, 8, 0}, {"uring_openat2", uring_openat2, 4, 0},
	{"uring_close", uring_close, 8, 0},   {"uring_socket", uring_socket, 4, 0},
	{"uring_accept", uring_accept, 4, 0}, {0},
};

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* fds that go from one process to another in messages (SCM_RIGHTS). Boxes are sockets with names that every member
 * knows. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "workload.h"

enum { BOXES = 2, MOST_FDS = 6 };

struct message {
	struct msghdr head;
	struct iovec iov;
	char byte;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(MOST_FDS * sizeof(int))];
	} control;
};

static void message_init(struct message *msg, size_t fds)
{
	memset(msg, 0, sizeof(*msg));
	msg->iov = (struct iovec){&msg->byte, 1};
	msg->head = (struct msghdr){.msg_iov = &msg->iov, .msg_iovlen = 1, .msg_control = &msg->control};
	msg->head.msg_controllen = CMSG_LEN(fds * sizeof(int));
}

/* Abstract: also for those who are in another root. */
static socklen_t box_address(struct member *m, struct sockaddr_un *a)
{
	int len;

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	len = snprintf(a->sun_path + 1, sizeof(a->sun_path) - 1, "truth-box-%d-%u-%u", m->shared->coordinator,
		       m->worker->number, below(m, BOXES));
	return offsetof(struct sockaddr_un, sun_path) + 1 + len;
}

static int box_open(struct member *m)
{
	struct sockaddr_un a;
	socklen_t len = box_address(m, &a);
	long fd = SYS(socket, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), err = fd;

	if (fd >= 0)
		err = SYS(bind, (int)fd, &a, len);
	if (fd >= 0 && err < 0)
		SYS(close, (int)fd);
	else
		keep_fd(m, fd);
	return refused(err);
}

static size_t fds_to_send(struct member *m, struct message *msg)
{
	int fds[MOST_FDS];
	size_t n = 0, wanted = 1 + below(m, MOST_FDS - 1);

	while (n < wanted && (fds[n] = any_fd(m)) >= 0)
		n++;
	message_init(msg, n);
	msg->control.align = (struct cmsghdr){CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(&msg->control.align), fds, n * sizeof(int));
	return n;
}

static int box_send(struct member *m)
{
	struct sockaddr_un a;
	struct message msg;
	long s = SYS(socket, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), err = s;

	if (s < 0)
		return refused(s);
	if (fds_to_send(m, &msg) == 0)
		err = -EBADF;
	msg.head.msg_name = &a;
	msg.head.msg_namelen = box_address(m, &a);
	if (err >= 0)
		err = SYS(sendmsg, (int)s, &msg.head, 0);
	SYS(close, (int)s);
	return refused(err);
}

static long receive(struct member *m, int fd, size_t fds, int flags)
{
	struct message msg;
	int highest = -1;
	long err;

	message_init(&msg, fds);
	err = SYS(recvmsg, fd, &msg.head, MSG_DONTWAIT | flags);
	if (err < 0)
		return err;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg.head); c; c = CMSG_NXTHDR(&msg.head, c)) {
		for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			int got;

			memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			highest = got > highest ? got : highest;
		}
	}
	return keep_fd(m, highest);
}

/* Whatever has come, for whichever box this process has. Sometimes there is no room for all: the rest is lost. */
static int box_receive(struct member *m)
{
	size_t fds = chance(m, 20) ? 1 : MOST_FDS;
	int flags = chance(m, 50) ? MSG_CMSG_CLOEXEC : 0;
	long err = -EAGAIN;

	for (int fd = FIRST_FD; fd < FD_LIMIT && err < 0; fd++)
		err = receive(m, fd, fds, flags);
	return refused(err);
}

/* Within a process: what is sent may be closed before it arrives. */
static int pass_to_self(struct member *m)
{
	struct message msg;
	int pair[2];
	long err = SYS(socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);

	if (err < 0)
		return refused(err);
	if (fds_to_send(m, &msg) == 0)
		err = -EBADF;
	if (err >= 0)
		err = SYS(sendmsg, pair[0], &msg.head, 0);
	if (err >= 0 && chance(m, 50)) {
		int fd = any_fd(m);

		if (fd != pair[1])
			SYS(close, fd);
	}
	if (err >= 0)
		err = receive(m, pair[1], MOST_FDS, chance(m, 50) ? MSG_CMSG_CLOEXEC : 0);
	SYS(close, pair[0]);
	SYS(close, pair[1]);
	return refused(err);
}

const struct op pass_ops[] = {
	{"box_open", box_open, 14, 0},
	{"box_send", box_send, 16, 0},
	{"box_receive", box_receive, 14, 0},
	{"pass_to_self", pass_to_self, 4, 0},
	{0},
};

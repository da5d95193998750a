/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* sendmmsg, recvmmsg: an event a message; one for a call that had none. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "net.h"

#define MANY 1024 /* the most that the kernel takes at once */

/* Messages of one entry each, or two, as is told by their number: all differ. */
struct messages {
	struct mmsghdr hdr[MANY];
	struct iovec iov[MANY][2];
	union addr from[MANY];
	char text[MANY][24];
};

static struct messages *messages_new(void)
{
	struct messages *m = calloc(1, sizeof(*m));

	NEED(m);
	memset(m, 0, sizeof(*m)); /* present, for a driver that cannot wait for pages */
	for (int i = 0; i < MANY; i++) {
		size_t len = (size_t)snprintf(m->text[i], sizeof(m->text[i]), "message %d", i);

		m->iov[i][0] = (struct iovec){m->text[i], 3};
		m->iov[i][1] = (struct iovec){m->text[i] + 3, len - 3};
		m->hdr[i].msg_hdr.msg_iov = m->iov[i];
		m->hdr[i].msg_hdr.msg_iovlen = 2;
	}
	return m;
}

static void to_receive(struct messages *m)
{
	for (int i = 0; i < MANY; i++) {
		memset(m->text[i], 0, sizeof(m->text[i]));
		m->iov[i][0] = (struct iovec){m->text[i], sizeof(m->text[i])};
		m->hdr[i].msg_hdr.msg_iovlen = 1;
	}
}

struct pair {
	int client, server;
	struct wire tuple; /* both say: from the client to the server */
};

static struct pair udp_pair(void)
{
	struct pair p = {.server = bound_socket(AF_INET, SOCK_DGRAM), .client = socket(AF_INET, SOCK_DGRAM, 0)};
	union addr to = name_of(p.server), from;
	int room = 4 << 20;

	NEED(p.client >= 0 && connect(p.client, &to.sa, sizeof(to.in)) == 0);
	from = name_of(p.client);
	NEED(connect(p.server, &from.sa, sizeof(from.in)) == 0);
	/* More than an unprivileged user gets; without the right it is what there is. */
	if (setsockopt(p.server, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(p.server, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	p.tuple = wire_tuple(&from, &to);
	return p;
}

static void see_sent(const struct pair *p, const struct messages *m, long n)
{
	for (long i = 0; i < n; i++) {
		size_t len = strlen(m->text[i]);

		NEED(m->hdr[i].msg_len == len);
		SEE(51, "sendmmsg", I("res", len), I("fd", p->client), I("size", len), B("data", m->text[i], len),
		    W("tuple", p->tuple));
	}
}

static void see_received(const struct pair *p, const struct messages *m, long n)
{
	for (long i = 0; i < n; i++) {
		unsigned int len = m->hdr[i].msg_len;

		SEE(55, "recvmmsg", I("res", len), I("fd", p->server), I("size", len), B("data", m->text[i], len),
		    W("tuple", p->tuple), EMPTY("msgcontrol"));
	}
}

static void send_number(unsigned int n)
{
	struct messages *m = messages_new();
	struct pair p = udp_pair();
	long res = call(SYS_sendmmsg, p.client, m->hdr, n, 0);

	NEED(res == (long)n);
	see_sent(&p, m, res);
}

static void receive_number(unsigned int n)
{
	struct messages *m = messages_new();
	struct pair p = udp_pair();
	long res, sent = 0;

	/* By another call, which makes no events of the kind. */
	for (; sent < (long)n; sent++)
		NEED(send(p.client, m->text[sent], strlen(m->text[sent]), 0) > 0);
	to_receive(m);
	res = call(SYS_recvmmsg, p.server, m->hdr, n, 0, NULL); /* waits for all */
	NEED(res == (long)n);
	see_received(&p, m, res);
}

/* More than one round of the driver's program, which makes 32 at once. */
static void need_rounds(void)
{
#ifdef __aarch64__
	if (live_kernel_before(6, 0))
		live_skip("the driver cannot go on after 32 messages on this kernel of arm64");
#endif
}

static void send_one(void)
{
	send_number(1);
}

static void send_three(void)
{
	send_number(3);
}

static void send_64(void)
{
	need_rounds();
	send_number(64);
}

static void send_65(void)
{
	need_rounds();
	send_number(65);
}

static void send_many(void)
{
	need_rounds();
	send_number(MANY);
}

static void receive_one(void)
{
	receive_number(1);
}

static void receive_three(void)
{
	receive_number(3);
}

static void receive_64(void)
{
	need_rounds();
	receive_number(64);
}

static void receive_many(void)
{
	need_rounds();
	receive_number(MANY);
}

/* Calls after each other begin with their own first message. */
static void one_after_another(void)
{
	struct messages *m = messages_new();
	struct pair p = udp_pair();

	need_rounds();
	for (int i = 0; i < 3; i++) {
		long res = call(SYS_sendmmsg, p.client, m->hdr, 33, 0);

		NEED(res == 33);
		see_sent(&p, m, res);
	}
}

/* No message: an event of the call, of which there is nothing but its result. */
static void none(void)
{
	struct messages *m = messages_new();
	struct pair p = udp_pair();

	SEE(51, "sendmmsg", I("res", call(SYS_sendmmsg, p.client, m->hdr, 0, 0)), I("fd", p.client), I("size", 0),
	    EMPTY("data"), EMPTY("tuple"));
	SEE(55, "recvmmsg", I("res", call(SYS_recvmmsg, p.server, m->hdr, 0, 0, NULL)), I("fd", p.server), I("size", 0),
	    EMPTY("data"), EMPTY("tuple"), EMPTY("msgcontrol"));
}

static void fails(void)
{
	struct messages *m = messages_new();
	struct pair p = udp_pair();

	SEE(51, "sendmmsg", I("res", call(SYS_sendmmsg, -1, m->hdr, 3, 0)), I("fd", -1), I("size", 0), EMPTY("data"),
	    EMPTY("tuple"));
	SEE(51, "sendmmsg", I("res", call(SYS_sendmmsg, p.client, 1L, 3, 0)), I("fd", p.client), I("size", 0),
	    EMPTY("data"), EMPTY("tuple"));
	SEE(55, "recvmmsg", I("res", call(SYS_recvmmsg, -1, m->hdr, 3, 0, NULL)), I("fd", -1), I("size", 0),
	    EMPTY("data"), EMPTY("tuple"), EMPTY("msgcontrol"));
	/* Nothing is there. */
	SEE(55, "recvmmsg", I("res", call(SYS_recvmmsg, p.server, m->hdr, 3, MSG_DONTWAIT, NULL)), I("fd", p.server),
	    I("size", 0), EMPTY("data"), EMPTY("tuple"), EMPTY("msgcontrol"));
	/* The second cannot be sent: the call is of one message. */
	m->hdr[1].msg_hdr.msg_iov = (struct iovec *)1L;
	NEED(call(SYS_sendmmsg, p.client, m->hdr, 3, 0) == 1);
	see_sent(&p, m, 1);
}

/* Each its own addresses: not connected, the sender's is what the message says. */
static void to_and_from(void)
{
	struct messages *m = messages_new();
	int fd = bound_socket(AF_INET, SOCK_DGRAM), server[2];
	union addr self = name_of(fd), to[2];
	struct wire tuple[2];
	long res;

	for (int i = 0; i < 2; i++) {
		server[i] = bound_socket(AF_INET, SOCK_DGRAM);
		to[i] = name_of(server[i]);
		tuple[i] = wire_tuple(&self, &to[i]);
		m->hdr[i].msg_hdr.msg_name = &to[i];
		m->hdr[i].msg_hdr.msg_namelen = sizeof(to[i].in);
	}
	res = call(SYS_sendmmsg, fd, m->hdr, 2, 0);
	NEED(res == 2);
	for (int i = 0; i < 2; i++)
		SEE(51, "sendmmsg", I("res", 9), I("fd", fd), I("size", 9), B("data", m->text[i], 9),
		    W("tuple", tuple[i]), CTX_CATEGORY("net"));
	to_receive(m);
	m->hdr[0].msg_hdr.msg_name = &m->from[0];
	m->hdr[0].msg_hdr.msg_namelen = sizeof(m->from[0]);
	wait_readable(server[1]);
	res = call(SYS_recvmmsg, server[1], m->hdr, 5, MSG_DONTWAIT, NULL);
	NEED(res == 1);
	SEE(55, "recvmmsg", I("res", 9), I("fd", server[1]), I("size", 9), B("data", "message 1", 9),
	    W("tuple", tuple[1]), EMPTY("msgcontrol"), CTX_CATEGORY("net"));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(send_one),	   CASE(send_three),	    CASE(send_64),     CASE(send_65),	   CASE(send_many),
		CASE(receive_one), CASE(receive_three),	    CASE(receive_64),  CASE(receive_many), CASE(none),
		CASE(fails),	   CASE(one_after_another), CASE(to_and_from),
	};

	return live_family("mmsg", cases, sizeof(cases) / sizeof(cases[0]));
}

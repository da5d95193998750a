/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* sendto, recvfrom, sendmsg, recvmsg: data, tuples, control messages. */
#include <sys/uio.h>

#include "net.h"

#define SNAPLEN 80

static char big[1000];

static void fill_big(void)
{
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 3);
}

struct pair {
	int client, server;  /* connected to each other */
	struct wire out, in; /* the tuple as seen from the client when it sends; and at the server when it receives */
};

static struct pair tcp_pair(int family)
{
	int listener = bound_socket(family, SOCK_STREAM);
	struct pair p = {.client = connected_socket(listener)};
	union addr from = name_of(p.client), to = name_of(listener);

	p.server = accept(listener, NULL, NULL);
	NEED(p.server >= 0);
	fill_big();
	/* Both say: from the client to the server. */
	p.out = p.in = wire_tuple(&from, &to);
	return p;
}

static void send_tcp_of(int family)
{
	struct pair p = tcp_pair(family);
	union addr from = name_of(p.server), to = peer_of(p.server);
	struct wire back = wire_tuple(&from, &to);
	char buf[2000];

	SEE(31, "sendto", I("res", call(SYS_sendto, p.client, big, 1000, 0, NULL, 0)), B("data", big, SNAPLEN),
	    I("fd", p.client), I("size", 1000), W("tuple", p.out), CTX_CATEGORY("net"));
	wait_readable(p.server);
	SEE(35, "recvfrom", I("res", call(SYS_recvfrom, p.server, buf, 2000, MSG_WAITALL | MSG_DONTWAIT, NULL, NULL)),
	    B("data", big, SNAPLEN), W("tuple", p.in), I("fd", p.server), I("size", 2000), CTX_CATEGORY("net"));
	/* The other way round. */
	SEE(31, "sendto", I("res", call(SYS_sendto, p.server, "hi", 2, 0, NULL, 0)), B("data", "hi", 2),
	    I("fd", p.server), I("size", 2), W("tuple", back));
}

static void send_tcp(void)
{
	send_tcp_of(AF_INET);
}

static void send_tcp6(void)
{
	send_tcp_of(AF_INET6);
}

static void send_udp_of(int family)
{
	int server = bound_socket(family, SOCK_DGRAM), fd = socket(family, SOCK_DGRAM, 0);
	union addr to = name_of(server), from, local, got;
	socklen_t len = sizeof(got);
	struct wire tuple;
	char buf[100];
	long res = call(SYS_sendto, fd, "datagram", 8, 0, &to, addr_len(&to));

	/* Not connected: the destination is the call's; the source is what the socket is bound to, by now. */
	local = name_of(fd);
	tuple = wire_tuple(&local, &to);
	SEE(31, "sendto", I("res", res), B("data", "datagram", 8), I("fd", fd), I("size", 8), W("tuple", tuple));
	res = call(SYS_recvfrom, server, buf, sizeof(buf), 0, &got, &len);
	from = loopback(family, ntohs(local.in.sin_port));
	tuple = wire_tuple(&from, &to);
	SEE(35, "recvfrom", I("res", res), B("data", "datagram", 8), W("tuple", tuple), I("fd", server),
	    I("size", 100));
	NEED(res == 8);
}

static void send_udp(void)
{
	send_udp_of(AF_INET);
}

static void send_udp6(void)
{
	send_udp_of(AF_INET6);
}

static void sendto_fails(void)
{
	union addr to = loopback(AF_INET, 9);

	fill_big();
	SEE(31, "sendto", I("res", call(SYS_sendto, -1, big, 100, 0, &to, sizeof(to.in))), B("data", big, SNAPLEN),
	    I("fd", -1), I("size", 100), EMPTY("tuple"));
}

static void recvfrom_fails(void)
{
	int fd = bound_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);

	SEE(35, "recvfrom", I("res", call(SYS_recvfrom, fd, big, 100, 0, NULL, NULL)), EMPTY("data"), EMPTY("tuple"),
	    I("fd", fd), I("size", 100));
	SEE(35, "recvfrom", I("res", call(SYS_recvfrom, -1, big, 100, 0, NULL, NULL)), EMPTY("data"), EMPTY("tuple"),
	    I("fd", -1), I("size", 100));
}

static void recvfrom_end(void)
{
	struct pair p = tcp_pair(AF_INET);

	NEED(shutdown(p.client, SHUT_WR) == 0);
	/* No data any more, but still a connection. */
	SEE(35, "recvfrom", I("res", call(SYS_recvfrom, p.server, big, 100, 0, NULL, NULL)), EMPTY("data"),
	    W("tuple", p.in), I("fd", p.server), I("size", 100));
}

static void sendmsg_tcp(void)
{
	struct pair p = tcp_pair(AF_INET);
	struct iovec iov[] = {{big, 30}, {big + 30, 500}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	char a[10], b[1000];
	struct iovec riov[] = {{a, sizeof(a)}, {b, sizeof(b)}};
	struct msghdr rmsg = {.msg_iov = riov, .msg_iovlen = 2};

	SEE(49, "sendmsg", I("res", call(SYS_sendmsg, p.client, &msg, 0)), B("data", big, SNAPLEN), I("fd", p.client),
	    I("size", 530), W("tuple", p.out), CTX_CATEGORY("net"));
	SEE(53, "recvmsg", I("res", call(SYS_recvmsg, p.server, &rmsg, 0)), I("size", 530), B("data", big, SNAPLEN),
	    W("tuple", p.in), EMPTY("msgcontrol"), I("fd", p.server));
}

static void sendmsg_udp(void)
{
	int server = bound_socket(AF_INET, SOCK_DGRAM), fd = socket(AF_INET, SOCK_DGRAM, 0);
	union addr to = name_of(server), local;
	struct iovec iov[] = {{"data", 4}, {"gram", 4}};
	struct msghdr msg = {.msg_name = &to, .msg_namelen = sizeof(to.in), .msg_iov = iov, .msg_iovlen = 2};
	struct wire tuple;
	long res = call(SYS_sendmsg, fd, &msg, 0);

	local = name_of(fd);
	tuple = wire_tuple(&local, &to);
	SEE(49, "sendmsg", I("res", res), B("data", "datagram", 8), I("fd", fd), I("size", 8), W("tuple", tuple));
}

static void sendmsg_fails(void)
{
	/* On the stack: a page that nobody touched yet cannot be read. */
	char data[] = "data", gram[] = "gram";
	struct iovec iov[] = {{data, 4}, {gram, 4}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

	SEE(49, "sendmsg", I("res", call(SYS_sendmsg, -1, &msg, 0)), B("data", "datagram", 8), I("fd", -1),
	    I("size", 8), EMPTY("tuple"));
	SEE(49, "sendmsg", I("res", call(SYS_sendmsg, -1, 1L, 0)), EMPTY("data"), I("fd", -1), EMPTY("size"),
	    EMPTY("tuple"));
	SEE(53, "recvmsg", I("res", call(SYS_recvmsg, -1, &msg, 0)), I("size", 0), EMPTY("data"), EMPTY("tuple"),
	    EMPTY("msgcontrol"), I("fd", -1));
}

/* An fd in a control message between sockets without names. */
static void pass_fd(void)
{
	union {
		struct cmsghdr head;
		char buf[CMSG_SPACE(sizeof(int))];
	} out = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}}, in;
	struct iovec iov = {"x", 1}, riov = {big, 5};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &out, .msg_controllen = sizeof(out.buf)};
	struct msghdr rmsg = {.msg_iov = &riov, .msg_iovlen = 1, .msg_control = &in, .msg_controllen = sizeof(in.buf)};
	const char *path = live_file("passed", "content");
	int sv[2], fd = open(path, O_RDONLY), got;
	long res;

	NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) == 0);
	memcpy(CMSG_DATA(&out.head), &fd, sizeof(fd));
	res = call(SYS_sendmsg, sv[0], &msg, 0);
	SEE(49, "sendmsg", I("res", res), B("data", "x", 1), I("fd", sv[0]), I("size", 1), UNIX_UNNAMED("tuple"));
	res = call(SYS_recvmsg, sv[1], &rmsg, 0);
	SEE(53, "recvmsg", I("res", res), I("size", 1), B("data", "x", 1), UNIX_UNNAMED("tuple"),
	    B("msgcontrol", in.buf, rmsg.msg_controllen), I("fd", sv[1]));
	NEED(res == 1);
	memcpy(&got, CMSG_DATA(&in.head), sizeof(got));
	SEE(7, "read", I("res", call(SYS_read, got, big, 10)), B("data", "content", 7), I("fd", got), I("size", 10));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(send_tcp),	    CASE(send_tcp6),	  CASE(send_udp),     CASE(send_udp6),
		CASE(sendto_fails), CASE(recvfrom_fails), CASE(recvfrom_end), CASE(sendmsg_tcp),
		CASE(sendmsg_udp),  CASE(sendmsg_fails),  CASE(pass_fd),
	};

	return live_family("net_msg", cases, sizeof(cases) / sizeof(cases[0]));
}

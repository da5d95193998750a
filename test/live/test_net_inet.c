/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets of IPv4 and IPv6 from socket to shutdown. */
#include <netinet/tcp.h>

#include "net.h"

static void socket_both(void)
{
	long fd = call(SYS_socket, AF_INET, SOCK_STREAM, IPPROTO_TCP);

	SEE(19, "socket", I("fd", fd), I("domain", W_AF_INET), I("type", SOCK_STREAM), I("proto", IPPROTO_TCP),
	    I("flags", 0), CTX_CATEGORY("net"), CTX_FD_TYPE(GYR_FD_IPV4), CTX_FD_CLOEXEC(false));
	fd = call(SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	SEE(19, "socket", I("fd", fd), I("domain", W_AF_INET6), I("type", SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK),
	    I("proto", 0), I("flags", W_CLOEXEC | W_NONBLOCK), CTX_FD_TYPE(GYR_FD_IPV6), CTX_FD_CLOEXEC(true));
	fd = call(SYS_socket, AF_NETLINK, SOCK_RAW, 0);
	SEE(19, "socket", I("fd", fd), I("domain", W_AF_NETLINK), I("type", SOCK_RAW), I("proto", 0), I("flags", 0),
	    CTX_FD_TYPE(GYR_FD_NETLINK));
	SEE(19, "socket", I("fd", call(SYS_socket, AF_INET, SOCK_STREAM, 12345)), I("domain", W_AF_INET),
	    I("type", SOCK_STREAM), I("proto", 12345), I("flags", 0), CTX_FD_NONE());
}

static void bind_of(int family)
{
	union addr a = loopback(family, 0), b;
	int fd = socket(family, SOCK_STREAM, 0);
	struct wire w;
	long res;

	NEED(fd >= 0);
	res = call(SYS_bind, fd, &a, addr_len(&a));
	if (res == -EADDRNOTAVAIL)
		live_skip("no loopback address of family %d here", family);
	w = wire_addr(&a);
	SEE(21, "bind", I("res", res), W("addr", w), I("fd", fd));
	b = name_of(fd);
	w = wire_addr(&b);
	SEE(21, "bind", I("res", call(SYS_bind, fd, &b, addr_len(&b))), W("addr", w), I("fd", fd));
	SEE(21, "bind", I("res", call(SYS_bind, -1, &b, addr_len(&b))), W("addr", w), I("fd", -1));
	SEE(21, "bind", I("res", call(SYS_bind, fd, NULL, addr_len(&b))), EMPTY("addr"), I("fd", fd));
}

static void bind_ipv4(void)
{
	bind_of(AF_INET);
}

static void bind_ipv6(void)
{
	bind_of(AF_INET6);
}

static void connect_of(int family, int type)
{
	int server = bound_socket(family, type), fd = socket(family, type, 0);
	union addr to = name_of(server), from;
	struct wire addr = wire_addr(&to), tuple;
	long res = call(SYS_connect, fd, &to, addr_len(&to));

	from = name_of(fd);
	tuple = wire_tuple(&from, &to);
	SEE(23, "connect", I("res", res), W("tuple", tuple), I("fd", fd), W("addr", addr), CTX_CATEGORY("net"));
	NEED(res == 0);
}

static void connect_tcp(void)
{
	connect_of(AF_INET, SOCK_STREAM);
}

static void connect_tcp6(void)
{
	connect_of(AF_INET6, SOCK_STREAM);
}

static void connect_udp(void)
{
	connect_of(AF_INET, SOCK_DGRAM);
}

static void connect_in_progress(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	union addr to = name_of(server), from;
	struct wire addr = wire_addr(&to), tuple;
	long res = call(SYS_connect, fd, &to, addr_len(&to));

	from = name_of(fd);
	tuple = wire_tuple(&from, &to);
	SEE(23, "connect", I("res", res), W("tuple", tuple), I("fd", fd), W("addr", addr));
}

static void connect_fails(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM), fd = socket(AF_INET, SOCK_STREAM, 0);
	union addr to = name_of(server);
	struct wire addr = wire_addr(&to);

	close(server);
	SEE(23, "connect", I("res", call(SYS_connect, fd, &to, addr_len(&to))), EMPTY("tuple"), I("fd", fd),
	    W("addr", addr));
	SEE(23, "connect", I("res", call(SYS_connect, -1, &to, addr_len(&to))), EMPTY("tuple"), I("fd", -1),
	    W("addr", addr));
	SEE(23, "connect", I("res", call(SYS_connect, fd, 1L, 16)), EMPTY("tuple"), I("fd", fd), EMPTY("addr"));
}

static void listen_both(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	SEE(25, "listen", I("res", call(SYS_listen, fd, 7)), I("fd", fd), I("backlog", 7));
	SEE(25, "listen", I("res", call(SYS_listen, -1, -1)), I("fd", -1), I("backlog", -1));
}

/* A connect returns before the other end has taken note, if a softirq is late. Of a listener this is its queue. */
static void await_queued(int server, uint32_t n)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	struct tcp_info info;
	socklen_t len = sizeof(info);

	do
		NEED(getsockopt(server, IPPROTO_TCP, TCP_INFO, &info, &len) == 0);
	while (info.tcpi_unacked < n && live_ms() < until);
}

/* Two wait in a queue of five; one of them is taken. */
static void accept_of(int family, int type_no, long nr, int flags)
{
	int server = bound_socket(family, SOCK_STREAM);
	int client = connected_socket(server);
	union addr from = name_of(client), to = name_of(server);
	struct wire tuple = wire_tuple(&from, &to);
	long fd;

	await_queued(server, 1); /* or the other might come first */
	connected_socket(server);
	await_queued(server, 2);
	fd = call(nr, server, NULL, NULL, flags);
	if (nr == SYS_accept)
		SEE((uint16_t)type_no, "accept", I("fd", fd), W("tuple", tuple), I("queuepct", 20), I("queuelen", 1),
		    I("queuemax", 5), I("listener", server), CTX_CATEGORY("net"), CTX_FD_CLOEXEC(false));
	else
		SEE((uint16_t)type_no, "accept4", I("fd", fd), W("tuple", tuple), I("queuepct", 20), I("queuelen", 1),
		    I("queuemax", 5), ANY("flags", "Falco sends 0 and a signed type"), CTX_FD_CLOEXEC(true));
	NEED(fd >= 0);
}

static void accept_ipv4(void)
{
	accept_of(AF_INET, 247, SYS_accept, 0);
}

static void accept_ipv6(void)
{
	accept_of(AF_INET6, 247, SYS_accept, 0);
}

static void accept4_ipv4(void)
{
	accept_of(AF_INET, 389, SYS_accept4, SOCK_CLOEXEC);
}

static void accept_fails(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);

	SEE(247, "accept", I("fd", call(SYS_accept, -1, NULL, NULL)), EMPTY("tuple"), I("queuepct", 0),
	    I("queuelen", 0), I("queuemax", 0), I("listener", -1));
	SEE(247, "accept", I("fd", call(SYS_accept, server, NULL, NULL)), EMPTY("tuple"), I("queuepct", 0),
	    I("queuelen", 0), I("queuemax", 0), I("listener", server));
	SEE(389, "accept4", I("fd", call(SYS_accept4, -1, NULL, NULL, 0)), EMPTY("tuple"), I("queuepct", 0),
	    I("queuelen", 0), I("queuemax", 0), I("flags", 0));
}

/* What the kernel answers is what must be seen. */
static union addr see_name(int fd, enum gyr_fd_type type)
{
	union addr a;
	socklen_t len = sizeof(a);
	long res = call(SYS_getsockname, fd, &a, &len);
	struct wire w;

	NEED(res == 0);
	w = wire_addr(&a);
	SEE(39, "getsockname", I("res", 0), I("fd", fd), W("addr", w), I("usockaddr_len", len), CTX_CATEGORY("net"),
	    CTX_FD_TYPE(type));
	return a;
}

static void names_of(int family)
{
	enum gyr_fd_type type = family == AF_INET ? GYR_FD_IPV4 : GYR_FD_IPV6;
	int server = bound_socket(family, SOCK_STREAM), fd = socket(family, SOCK_STREAM, 0);
	union addr to = see_name(server, type), peer;
	socklen_t len = sizeof(peer);
	struct wire w = wire_addr(&to);
	long res;

	NEED(connect(fd, &to.sa, addr_len(&to)) == 0);
	see_name(fd, type);
	res = call(SYS_getpeername, fd, &peer, &len);
	SEE(41, "getpeername", I("res", res), I("fd", fd), W("addr", w), I("usockaddr_len", len), CTX_CATEGORY("net"));
	NEED(res == 0);
}

static void names_ipv4(void)
{
	names_of(AF_INET);
}

static void names_ipv6(void)
{
	names_of(AF_INET6);
}

static void names_fail(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM);
	union addr a = loopback(AF_INET, 7);
	socklen_t len = sizeof(a);
	long res;

	/* What is there is the caller's own, and no name. */
	SEE(41, "getpeername", I("res", call(SYS_getpeername, server, &a, &len)), I("fd", server), EMPTY("addr"),
	    I("usockaddr_len", sizeof(a)));
	SEE(39, "getsockname", I("res", call(SYS_getsockname, -1, &a, &len)), I("fd", -1), EMPTY("addr"),
	    I("usockaddr_len", sizeof(a)));
	SEE(39, "getsockname", I("res", call(SYS_getsockname, server, &a, 1L)), I("fd", server), EMPTY("addr"),
	    I("usockaddr_len", 0));
	res = call(SYS_getsockname, server, 1L, &len);
	SEE(39, "getsockname", I("res", res), I("fd", server), EMPTY("addr"), I("usockaddr_len", len));
}

static void shutdown_both(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM), fd = connected_socket(server);

	SEE(37, "shutdown", I("res", call(SYS_shutdown, fd, SHUT_RD)), I("fd", fd), I("how", 0));
	SEE(37, "shutdown", I("res", call(SYS_shutdown, fd, SHUT_WR)), I("fd", fd), I("how", 1));
	SEE(37, "shutdown", I("res", call(SYS_shutdown, fd, SHUT_RDWR)), I("fd", fd), I("how", 2));
	SEE(37, "shutdown", I("res", call(SYS_shutdown, -1, SHUT_RDWR)), I("fd", -1), I("how", 2));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(socket_both),  CASE(bind_ipv4),	 CASE(bind_ipv6),	    CASE(connect_tcp),
		CASE(connect_tcp6), CASE(connect_udp),	 CASE(connect_in_progress), CASE(connect_fails),
		CASE(listen_both),  CASE(accept_ipv4),	 CASE(accept_ipv6),	    CASE(accept4_ipv4),
		CASE(accept_fails), CASE(shutdown_both), CASE(names_ipv4),	    CASE(names_ipv6),
		CASE(names_fail),
	};

	return live_family("net_inet", cases, sizeof(cases) / sizeof(cases[0]));
}

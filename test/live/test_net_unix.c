/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Unix sockets: paths, abstract names, pairs. */
#include <stdio.h>

#include "net.h"

static int listener(const union addr *a, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	NEED(fd >= 0 && bind(fd, &a->sa, len) == 0 && listen(fd, 5) == 0);
	return fd;
}

static void bind_path(void)
{
	union addr a = unix_addr(live_path("sock"));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct wire w = wire_addr(&a);

	SEE(21, "bind", I("res", call(SYS_bind, fd, &a, sizeof(a.un))), W("addr", w), I("fd", fd));
	SEE(21, "bind", I("res", call(SYS_bind, fd, &a, sizeof(a.un))), W("addr", w), I("fd", fd));
}

static union addr abstract(const char *name)
{
	union addr a = unix_addr("");

	snprintf(a.un.sun_path + 1, sizeof(a.un.sun_path) - 1, "%s-%d", name, (int)getpid());
	return a;
}

static void bind_abstract(void)
{
	union addr a = abstract("gyr-live");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct wire w = wire_addr(&a);

	SEE(21, "bind", I("res", call(SYS_bind, fd, &a, sizeof(a.un))), W("addr", w), I("fd", fd));
}

static void connect_and_accept(const union addr *a, const char *name)
{
	int server = listener(a, sizeof(a->un)), fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct wire w = wire_addr(a);
	long res = call(SYS_connect, fd, a, sizeof(a->un)), got;

	/* Both ends go by the server's name: a client has none. */
	SEE(23, "connect", I("res", res), UNIX("tuple", name), I("fd", fd), W("addr", w), CTX_FD_TYPE(GYR_FD_UNIX));
	NEED(res == 0);
	got = call(SYS_accept, server, NULL, NULL);
	SEE(247, "accept", I("fd", got), UNIX("tuple", name), I("queuepct", 0), I("queuelen", 0), I("queuemax", 5),
	    I("listener", server), CTX_FD_TYPE(GYR_FD_UNIX));
}

static void connect_path(void)
{
	union addr a = unix_addr(live_path("sock"));

	connect_and_accept(&a, a.un.sun_path);
}

static void connect_abstract(void)
{
	union addr a = abstract("gyr-live");

	connect_and_accept(&a, a.un.sun_path + 1);
}

static void connect_fails(void)
{
	union addr a = unix_addr(live_path("sock"));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct wire w = wire_addr(&a);

	SEE(23, "connect", I("res", call(SYS_connect, fd, &a, sizeof(a.un))), EMPTY("tuple"), I("fd", fd),
	    W("addr", w));
}

static void sendto_dgram(void)
{
	union addr a = unix_addr(live_path("sock")), b = unix_addr(live_path("client"));
	int server = socket(AF_UNIX, SOCK_DGRAM, 0), fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t len = sizeof(a);
	union addr from;
	char buf[50];

	NEED(bind(server, &a.sa, sizeof(a.un)) == 0 && bind(fd, &b.sa, sizeof(b.un)) == 0);
	SEE(31, "sendto", I("res", call(SYS_sendto, fd, "hello", 5, 0, &a, sizeof(a.un))), B("data", "hello", 5),
	    I("fd", fd), I("size", 5), UNIX("tuple", a.un.sun_path), CTX_CATEGORY("net"));
	/* Inbound: the receiver's name. */
	SEE(35, "recvfrom", I("res", call(SYS_recvfrom, server, buf, sizeof(buf), 0, &from, &len)),
	    B("data", "hello", 5), UNIX("tuple", a.un.sun_path), I("fd", server), I("size", sizeof(buf)));
}

static void socketpair_both(void)
{
	int sv[2] = {0, 0};
	long res = call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv);

	SEE(43, "socketpair", I("res", res), I("fd1", sv[0]), I("fd2", sv[1]), RANGE("source", 1, UINT64_MAX),
	    RANGE("peer", 1, UINT64_MAX), I("domain", W_AF_UNIX), I("type", SOCK_STREAM | SOCK_CLOEXEC), I("proto", 0));
	SEE(9, "write", I("res", call(SYS_write, sv[1], "x", 1)), B("data", "x", 1), I("fd", sv[1]), I("size", 1),
	    CTX_CATEGORY("net"), CTX_FD_TYPE(GYR_FD_UNIX), CTX_FD_CLOEXEC(true));
	SEE(43, "socketpair", I("res", call(SYS_socketpair, AF_INET, SOCK_DGRAM, 0, sv)), I("fd1", -1), I("fd2", -1),
	    I("source", 0), I("peer", 0), I("domain", W_AF_INET), I("type", SOCK_DGRAM), I("proto", 0));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(bind_path),     CASE(bind_abstract), CASE(connect_path),	 CASE(connect_abstract),
		CASE(connect_fails), CASE(sendto_dgram),  CASE(socketpair_both),
	};

	return live_family("net_unix", cases, sizeof(cases) / sizeof(cases[0]));
}

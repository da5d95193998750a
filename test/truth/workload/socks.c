/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets of every family that a host has without a network: all on the loopback, and none that waits. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "workload.h"

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static int any_type(struct member *m, int type)
{
	return type | SOCK_NONBLOCK | (chance(m, 50) ? SOCK_CLOEXEC : 0);
}

static int pair_of(struct member *m, int type)
{
	int fds[2] = {-1, -1};

	return keep_two(m, SYS(socketpair, AF_UNIX, any_type(m, type), 0, fds), fds);
}

static int pair_stream(struct member *m)
{
	return pair_of(m, SOCK_STREAM);
}

static int pair_other(struct member *m)
{
	return pair_of(m, chance(m, 50) ? SOCK_DGRAM : SOCK_SEQPACKET);
}

static int socket_unbound(struct member *m)
{
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_UNIX};
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};

	return keep_fd(m, SYS(socket, families[below(m, 4)], any_type(m, types[below(m, 2)]), 0));
}

static long accept_one(struct member *m, int listener, union address *from)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	socklen_t len = sizeof(*from);

	/* What the loopback brings may come a moment later. */
	if (poll(&ready, 1, 1000) <= 0)
		return -EAGAIN;
#ifdef SYS_accept
	if (chance(m, 40))
		return SYS(accept, listener, from, &len);
#endif
	return SYS(accept4, listener, from, &len, SOCK_NONBLOCK | (chance(m, 50) ? SOCK_CLOEXEC : 0));
}

/* A listener, and a client that it accepts; one of the three may not stay. */
static int serve(struct member *m, int family, union address *at, socklen_t len)
{
	union address from;
	long server = SYS(socket, family, any_type(m, SOCK_STREAM), 0), client = -1, accepted = -1, err;

	if (server < 0)
		return refused(server);
	err = SYS(bind, (int)server, at, len);
	if (err >= 0)
		err = SYS(listen, (int)server, 4);
	if (err >= 0 && family != AF_UNIX) /* the port */
		err = SYS(getsockname, (int)server, at, &len);
	if (err >= 0)
		err = client = SYS(socket, family, any_type(m, SOCK_STREAM), 0);
	if (err >= 0)
		err = SYS(connect, (int)client, at, len);
	if (err >= 0 || err == -EINPROGRESS)
		err = accepted = accept_one(m, (int)server, &from);
	switch (below(m, 4)) {
	case 0:
		SYS(close, (int)server);
		break;
	case 1:
		SYS(close, (int)client);
		break;
	case 2:
		SYS(shutdown, (int)client, SHUT_WR);
		break;
	default:
		break;
	}
	keep_fd(m, client > accepted ? client : accepted);
	return refused(err);
}

static socklen_t unix_address(struct member *m, union address *a, bool abstract)
{
	unsigned n = below(m, 4);

	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	if (abstract) {
		int written = snprintf(a->un.sun_path + 1, sizeof(a->un.sun_path) - 1, "truth-%d-%u-%u",
				       m->shared->coordinator, m->worker->number, n);

		return offsetof(struct sockaddr_un, sun_path) + 1 + written;
	}
	/* as short as it must be: relative to where the member is, which is in the worker's directory most of the time
	 */
	snprintf(a->un.sun_path, sizeof(a->un.sun_path), "socket%u", n);
	if (chance(m, 70)) {
		char path[PATH_LEN];

		worker_dir(m, path);
		if (strlen(path) + sizeof("/socket1") <= sizeof(a->un.sun_path))
			snprintf(a->un.sun_path, sizeof(a->un.sun_path), "%.80s/socket%u", path, n);
	}
	unlink(a->un.sun_path);
	return sizeof(a->un);
}

static int serve_unix(struct member *m)
{
	union address a;
	socklen_t len = unix_address(m, &a, false);

	return serve(m, AF_UNIX, &a, len);
}

static int serve_abstract(struct member *m)
{
	union address a;
	socklen_t len = unix_address(m, &a, true);

	return serve(m, AF_UNIX, &a, len);
}

static socklen_t loopback(union address *a, int family)
{
	memset(a, 0, sizeof(*a));
	a->any.sa_family = family;
	if (family == AF_INET6) {
		a->in6.sin6_addr = in6addr_loopback;
		return sizeof(a->in6);
	}
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(a->in);
}

static int serve_tcp4(struct member *m)
{
	union address a;
	socklen_t len = loopback(&a, AF_INET);

	return serve(m, AF_INET, &a, len);
}

static int serve_tcp6(struct member *m)
{
	union address a;
	socklen_t len = loopback(&a, AF_INET6);

	return serve(m, AF_INET6, &a, len);
}

/* A v4 peer of a v6 socket. */
static int serve_mapped(struct member *m)
{
	union address a;
	socklen_t len = loopback(&a, AF_INET6);

	inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.in6.sin6_addr);
	return serve(m, AF_INET6, &a, len);
}

static int udp(struct member *m, int family)
{
	union address a;
	socklen_t len = loopback(&a, family);
	long one = SYS(socket, family, any_type(m, SOCK_DGRAM), 0), two = -1, err = one;

	if (err >= 0)
		err = SYS(bind, (int)one, &a, len);
	if (err >= 0)
		err = SYS(getsockname, (int)one, &a, &len);
	if (err >= 0)
		err = two = SYS(socket, family, any_type(m, SOCK_DGRAM), 0);
	if (err >= 0 && chance(m, 70))
		err = SYS(connect, (int)two, &a, len);
	else if (err >= 0)
		err = SYS(sendto, (int)two, "x", 1, 0, &a, len);
	if (err >= 0 && chance(m, 20)) { /* and apart again */
		a.any.sa_family = AF_UNSPEC;
		err = SYS(connect, (int)two, &a, len);
	}
	keep_fd(m, one > two ? one : two);
	return refused(err);
}

static int udp4(struct member *m)
{
	return udp(m, AF_INET);
}

static int udp6(struct member *m)
{
	return udp(m, AF_INET6);
}

static int netlink(struct member *m)
{
	struct sockaddr_nl a = {.nl_family = AF_NETLINK};
	long fd =
		SYS(socket, AF_NETLINK, any_type(m, SOCK_RAW), chance(m, 50) ? NETLINK_ROUTE : NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && chance(m, 50))
		SYS(bind, (int)fd, &a, sizeof(a));
	return keep_fd(m, fd);
}

/* Of a protocol that nobody sends. */
static int packet(struct member *m)
{
	int type = chance(m, 50) ? SOCK_RAW : SOCK_DGRAM;

	return keep_fd(m, SYS(socket, AF_PACKET, any_type(m, type), htons(ETH_P_LOOPBACK)));
}

static int raw(struct member *m)
{
	return keep_fd(m, SYS(socket, chance(m, 50) ? AF_INET : AF_INET6, any_type(m, SOCK_RAW), IPPROTO_EGP));
}

const struct op socks_ops[] = {
	{"socketpair", pair_stream, 8, 0},
	{"socketpair_other", pair_other, 5, 0},
	{"socket", socket_unbound, 6, 0},
	{"unix_path", serve_unix, 6, 0},
	{"unix_abstract", serve_abstract, 6, 0},
	{"tcp4", serve_tcp4, 6, 0},
	{"tcp6", serve_tcp6, 5, 0},
	{"tcp_mapped", serve_mapped, 2, 0},
	{"udp4", udp4, 4, 0},
	{"udp6", udp6, 4, 0},
	{"netlink", netlink, 3, 0},
	{"packet", packet, 2, 0},
	{"raw", raw, 2, 0},
	{0},
};

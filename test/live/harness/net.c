/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <poll.h>
#include <stdio.h>

#include "net.h"

static void put(struct wire *w, const void *p, size_t n)
{
	memcpy(w->data + w->len, p, n);
	w->len += n;
}

static void put_end(struct wire *w, const union addr *a)
{
	uint16_t port = ntohs(a->in.sin_port); /* at the same place in both families */

	if (a->sa.sa_family == AF_INET)
		put(w, &a->in.sin_addr, 4);
	else
		put(w, &a->in6.sin6_addr, 16);
	put(w, &port, sizeof(port));
}

struct wire wire_addr(const union addr *a)
{
	struct wire w = {.data = {(uint8_t)a->sa.sa_family}, .len = 1};
	const char *path = a->un.sun_path;

	if (a->sa.sa_family != AF_UNIX) {
		put_end(&w, a);
		return w;
	}
	path += *path == 0;
	put(&w, path, strlen(path) + 1);
	return w;
}

struct wire wire_tuple(const union addr *from, const union addr *to)
{
	struct wire w = {.data = {(uint8_t)from->sa.sa_family}, .len = 1};

	put_end(&w, from);
	put_end(&w, to);
	return w;
}

union addr loopback(int family, uint16_t port)
{
	union addr a;

	memset(&a, 0, sizeof(a));
	a.sa.sa_family = (sa_family_t)family;
	a.in.sin_port = htons(port);
	if (family == AF_INET)
		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a.in6.sin6_addr = in6addr_loopback;
	return a;
}

socklen_t addr_len(const union addr *a)
{
	switch (a->sa.sa_family) {
	case AF_INET:
		return sizeof(a->in);
	case AF_INET6:
		return sizeof(a->in6);
	default:
		return sizeof(a->un);
	}
}

union addr name_of(long fd)
{
	union addr a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	NEED(getsockname((int)fd, &a.sa, &len) == 0);
	return a;
}

union addr peer_of(long fd)
{
	union addr a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	NEED(getpeername((int)fd, &a.sa, &len) == 0);
	return a;
}

union addr unix_addr(const char *path)
{
	union addr a;

	memset(&a, 0, sizeof(a));
	a.un.sun_family = AF_UNIX;
	snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s", path);
	return a;
}

int bound_socket(int family, int type)
{
	union addr a = loopback(family, 0);
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		live_skip("no sockets of family %d here", family);
	NEED(fd >= 0);
	if (bind(fd, &a.sa, addr_len(&a)) && errno == EADDRNOTAVAIL)
		live_skip("no loopback address of family %d here", family);
	NEED((type & 0xf) != SOCK_STREAM || listen(fd, 5) == 0);
	return fd;
}

void wait_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	NEED(poll(&p, 1, 10000) == 1 && p.revents & POLLIN);
}

int connected_socket(int server)
{
	union addr a = name_of(server);
	int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	NEED(fd >= 0 && connect(fd, &a.sa, addr_len(&a)) == 0);
	return fd;
}

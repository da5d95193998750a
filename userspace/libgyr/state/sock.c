/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets' ends: from the wire, and as text. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "state/state.h"

static const uint8_t v4_in_v6[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static uint16_t read_port(const uint8_t *p)
{
	uint16_t port;

	memcpy(&port, p, sizeof(port));
	return port;
}

static uint32_t addr_len(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

/* An abstract name goes without the NUL before it, which the wire mostly drops: all ways to a name give the same. */
static void decode_path(struct sock_ends *out, const char *path, uint32_t len)
{
	uint32_t lead = len > 1 && !path[0];

	out->path = path + lead;
	out->path_len = strnlen(path + lead, len - lead);
}

bool sock_tuple_decode(const uint8_t *p, uint32_t len, struct sock_ends *out)
{
	uint32_t alen;

	memset(out, 0, sizeof(*out));
	if (!p || len < 1)
		return false;
	out->family = p[0];
	switch (p[0]) {
	case AF_INET:
	case AF_INET6:
		alen = addr_len(p[0]);
		if (len != 1 + 2 * (alen + 2))
			return false;
		out->src = p + 1;
		out->sport = read_port(p + 1 + alen);
		out->dst = p + 1 + alen + 2;
		out->dport = read_port(p + 1 + alen + 2 + alen);
		return true;
	case AF_UNIX:
		if (len < 1 + 2 * sizeof(uint64_t))
			return false;
		decode_path(out, (const char *)p + 1 + 2 * sizeof(uint64_t), len - 1 - 2 * sizeof(uint64_t));
		return true;
	default:
		return false;
	}
}

bool sock_addr_decode(const uint8_t *p, uint32_t len, struct sock_ends *out)
{
	uint32_t alen;

	memset(out, 0, sizeof(*out));
	if (!p || len < 1)
		return false;
	out->family = p[0];
	switch (p[0]) {
	case AF_INET:
	case AF_INET6:
		alen = addr_len(p[0]);
		if (len != 1 + alen + 2)
			return false;
		out->dst = p + 1;
		out->dport = read_port(p + 1 + alen);
		return true;
	case AF_UNIX:
		decode_path(out, (const char *)p + 1, len - 1);
		return true;
	default:
		return false;
	}
}

enum gyr_fd_type sock_type(int family)
{
	switch (family) {
	case AF_INET:
		return GYR_FD_IPV4;
	case AF_INET6:
		return GYR_FD_IPV6;
	case AF_UNIX:
		return GYR_FD_UNIX;
	case AF_NETLINK:
		return GYR_FD_NETLINK;
	case AF_PACKET:
		return GYR_FD_PACKET;
	default:
		return GYR_FD_SOCKET;
	}
}

static void map_to_v4(uint8_t addr[16])
{
	memmove(addr, addr + sizeof(v4_in_v6), 4);
	memset(addr + 4, 0, 12);
}

static bool is_any(const uint8_t addr[16])
{
	static const uint8_t any[16];

	return memcmp(addr, any, sizeof(any)) == 0;
}

static bool is_v4(const uint8_t addr[16])
{
	return memcmp(addr, v4_in_v6, sizeof(v4_in_v6)) == 0;
}

static void normalise(struct gyr_fd_tuple *t)
{
	if (t->family != AF_INET6 || !(is_v4(t->laddr) || is_v4(t->raddr)))
		return;
	/* The other end may be unset, but not a real IPv6 address. */
	if (!(is_v4(t->laddr) || is_any(t->laddr)) || !(is_v4(t->raddr) || is_any(t->raddr)))
		return;
	t->family = AF_INET;
	map_to_v4(t->laddr);
	map_to_v4(t->raddr);
}

static char *put_number(char *p, unsigned int n)
{
	char digits[10];
	int i = 0;

	do {
		digits[i++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (i)
		*p++ = digits[--i];
	return p;
}

#define END_ROOM (INET6_ADDRSTRLEN + 8)

/* Behind the end. Falco's form: the port follows the last colon, without brackets. By hand, as every accept has it. */
static char *end_text(char *p, const struct gyr_fd_tuple *t, bool remote)
{
	const uint8_t *addr = remote ? t->raddr : t->laddr;

	if (t->family == AF_INET) {
		for (int i = 0; i < 4; i++) {
			p = put_number(p, addr[i]);
			*p++ = i < 3 ? '.' : ':';
		}
	} else {
		inet_ntop(t->family, addr, p, INET6_ADDRSTRLEN);
		p += strlen(p);
		*p++ = ':';
	}
	return put_number(p, remote ? t->rport : t->lport);
}

void sock_set_tuple(struct state *st, struct file *f, const struct gyr_fd_tuple *t)
{
	char name[2 * END_ROOM], *end;

	if (!f->tuple)
		f->tuple = state_alloc(st, sizeof(*f->tuple));
	if (!f->tuple) {
		st->counts.no_memory++;
		return;
	}
	*f->tuple = *t;
	normalise(f->tuple);
	t = f->tuple;
	f->type = sock_type(t->family);
	f->flags = t->rport ? f->flags | FILE_PEER : f->flags & ~FILE_PEER;
	if (t->rport == 0 && is_any(t->raddr)) {
		end = end_text(name, t, false);
	} else {
		end = end_text(name, t, t->server);
		*end++ = '-';
		*end++ = '>';
		end = end_text(end, t, !t->server);
	}
	str_set(st, &f->name, str_get(st, name, (size_t)(end - name)));
}

void sock_set_ends(struct state *st, struct file *f, const struct gyr_fd_tuple *ends, bool listening)
{
	struct gyr_fd_tuple t = *ends;

	f->l4proto = t.l4proto;
	if (t.rport == 0)
		t.server = t.lport != 0;
	else
		t.server = t.l4proto == IPPROTO_TCP && listening;
	if (t.server)
		f->flags |= FILE_SERVER;
	else if (t.rport)
		f->flags |= FILE_CLIENT;
	if (t.lport || t.rport)
		sock_set_tuple(st, f, &t);
}

void sock_set_unix(struct state *st, struct file *f, const char *path, size_t len)
{
	f->type = GYR_FD_UNIX;
	if (len)
		str_set(st, &f->name, str_get(st, path, len));
}

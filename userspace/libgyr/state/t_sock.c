/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Transitions of sockets. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "event/read.h"
#include "state/state.h"

static uint8_t l4proto(enum gyr_fd_type type, int kind, int proto)
{
	if (type != GYR_FD_IPV4 && type != GYR_FD_IPV6)
		return 0;
	if (proto)
		return proto;
	if (kind == SOCK_STREAM)
		return IPPROTO_TCP;
	return kind == SOCK_DGRAM ? IPPROTO_UDP : 0;
}

/* For the events that make sockets: arguments 1 to 3 are domain, type and protocol. */
static struct file *new_socket(struct state *st, const struct gyr_event *ev, const struct rule *r)
{
	enum gyr_fd_type type = sock_type(ev_uint(ev, r->arg[1], AF_UNSPEC));
	struct file *f = file_new(st, type, NULL);

	if (f)
		f->l4proto = l4proto(type, ev_uint(ev, r->arg[2], 0) & 0xf, ev_uint(ev, r->arg[3], 0));
	return f;
}

/* Older drivers send the type as the call got it, with its flags; newer ones the flags apart. */
static bool on_exec(const struct gyr_event *ev, const struct rule *r)
{
	return ev_uint(ev, r->arg[2], 0) & SOCK_CLOEXEC || ev_uint(ev, r->arg[4], 0) & r->cloexec;
}

void t_socket(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t fd = ev_int(ev, r->arg[0], -1);
	struct file *f;

	if (fd < 0)
		return;
	f = new_socket(st, ev, r);
	if (f)
		files_install(st, ev_thread(ev)->files, fd, f, on_exec(ev, r));
}

void t_socketpair(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	for (int end = 4; end <= 5; end++) {
		struct file *f = new_socket(st, ev, r);

		if (f)
			files_install(st, ev_thread(ev)->files, ev_int(ev, r->arg[end], -1), f,
				      ev_uint(ev, r->arg[2], 0) & SOCK_CLOEXEC);
	}
}

/* The file of the event's socket; made when neither the tables nor /proc know it. */
static struct file *event_socket(struct state *st, const struct gyr_event *ev, const struct rule *r)
{
	int64_t num = ev_int(ev, r->arg[1], -1);
	struct gyr_fd *fd = event_fd(st, ev, num);
	struct file *f;

	if (fd)
		return fd->slot.val;
	f = file_new(st, GYR_FD_UNKNOWN, NULL);
	fd = f ? files_install(st, ev_thread(ev)->files, num, f, false) : NULL;
	return fd ? f : NULL;
}

static void copy_end(uint8_t dst[16], uint16_t *port, const uint8_t *src, uint16_t from_port, uint8_t family)
{
	if (!src)
		return;
	memset(dst, 0, 16);
	memcpy(dst, src, family == AF_INET ? 4 : 16);
	*port = from_port;
}

/* Sets what the tuple says; ends that it does not have stay. */
static void set_ends(struct state *st, struct file *f, const struct sock_ends *e, bool inbound)
{
	struct gyr_fd_tuple t = {0};

	if (e->family == AF_UNIX) {
		sock_set_unix(st, f, e->path, e->path_len);
		return;
	}
	if (f->tuple && f->tuple->family == e->family)
		t = *f->tuple;
	t.family = e->family;
	t.l4proto = f->l4proto;
	t.server = f->flags & FILE_SERVER;
	copy_end(t.laddr, &t.lport, inbound ? e->dst : e->src, inbound ? e->dport : e->sport, e->family);
	copy_end(t.raddr, &t.rport, inbound ? e->src : e->dst, inbound ? e->sport : e->dport, e->family);
	sock_set_tuple(st, f, &t);
}

static bool read_tuple(const struct gyr_event *ev, int arg, struct sock_ends *e)
{
	uint32_t len = 0;
	const uint8_t *p = ev_raw(ev, arg, &len);

	return sock_tuple_decode(p, len, e);
}

static bool read_addr(const struct gyr_event *ev, int arg, struct sock_ends *e)
{
	uint32_t len = 0;
	const uint8_t *p = ev_raw(ev, arg, &len);

	return sock_addr_decode(p, len, e);
}

void t_bind(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct sock_ends e;
	struct file *f;

	if (ev_int(ev, r->arg[0], -1) != 0 || !read_addr(ev, r->arg[3], &e))
		return;
	f = event_socket(st, ev, r);
	if (!f)
		return;
	/* A server until it connects: a datagram socket may never listen. */
	if (e.dport || e.path_len)
		f->flags |= FILE_SERVER;
	set_ends(st, f, &e, true);
}

void t_listen(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct gyr_fd *fd;
	struct file *f;

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	fd = event_fd(st, ev, ev_int(ev, r->arg[1], -1));
	f = fd ? fd->slot.val : NULL;
	if (!f)
		return;
	f->flags |= FILE_SERVER;
	if (f->tuple)
		f->tuple->server = true; /* the kernel may have chosen its port */
}

void t_connect(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t res = ev_int(ev, r->arg[0], -1);
	struct sock_ends e;
	struct file *f;

	if (res != 0 && res != -EINPROGRESS)
		return;
	if (!read_tuple(ev, r->arg[2], &e) && !read_addr(ev, r->arg[3], &e))
		return;
	f = event_socket(st, ev, r);
	if (!f)
		return;
	f->flags = (f->flags & ~FILE_SERVER) | FILE_CLIENT;
	set_ends(st, f, &e, false);
}

void t_accept(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t fd = ev_int(ev, r->arg[0], -1);
	struct sock_ends e;
	struct file *f;

	if (fd < 0)
		return;
	if (!read_tuple(ev, r->arg[1], &e)) {
		/* Not known what was accepted; /proc is asked when the fd is used. */
		files_close(st, ev_thread(ev)->files, fd, fd);
		return;
	}
	f = file_new(st, sock_type(e.family), NULL);
	if (!f)
		return;
	f->flags |= FILE_SERVER;
	f->l4proto = l4proto(f->type, SOCK_STREAM, 0);
	set_ends(st, f, &e, true);
	files_install(st, ev_thread(ev)->files, fd, f, ev_uint(ev, r->arg[2], 0) & r->cloexec);
}

static bool same_end(const uint8_t addr[16], uint16_t port, const uint8_t *from, uint16_t from_port, uint8_t family)
{
	return port == from_port && memcmp(addr, from, family == AF_INET ? 4 : 16) == 0;
}

/* Whether data with these ends says something new of the socket: each datagram may go elsewhere, a stream may not. */
static bool is_news(const struct file *f, const struct sock_ends *e, bool inbound)
{
	const struct gyr_fd_tuple *t = f->tuple;

	if (e->family == AF_UNIX)
		return !f->name && e->path_len;
	if (!t || t->rport == 0)
		return true;
	if (f->l4proto == IPPROTO_TCP)
		return false;
	return t->family != e->family ||
	       !same_end(t->raddr, t->rport, inbound ? e->src : e->dst, inbound ? e->sport : e->dport, e->family) ||
	       !same_end(t->laddr, t->lport, inbound ? e->dst : e->src, inbound ? e->dport : e->sport, e->family);
}

/* Data says nothing new of a stream between two ends that are known, which most of it is. */
static bool is_settled(const struct gyr_fd *fd)
{
	const struct file *f = fd ? fd_file(fd) : NULL;

	return f && f->l4proto == IPPROTO_TCP && f->flags & FILE_PEER;
}

static void data_passed(struct state *st, struct gyr_event *ev, const struct rule *r, bool inbound)
{
	struct sock_ends e;
	struct file *f;

	if (is_settled(files_get(ev_thread(ev)->files, ev_int(ev, r->arg[1], -1))))
		return;
	if (ev_int(ev, r->arg[0], -1) < 0 || !read_tuple(ev, r->arg[2], &e))
		return;
	f = event_socket(st, ev, r);
	if (!f || !is_news(f, &e, inbound))
		return;
	/* Who is sent to before it ever sent serves. */
	if (inbound && f->l4proto == IPPROTO_UDP && !f->tuple)
		f->flags |= FILE_SERVER;
	else if (!inbound && f->l4proto == IPPROTO_UDP && !(f->flags & FILE_SERVER))
		f->flags |= FILE_CLIENT;
	set_ends(st, f, &e, inbound);
}

void t_send(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	data_passed(st, ev, r, false);
}

void t_receive(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	data_passed(st, ev, r, true);
}

#ifndef SCM_PIDFD
#define SCM_PIDFD 4 /* Linux 6.5 */
#endif

/* SCM_RIGHTS: fds have come, of which the event has the numbers. SCM_PIDFD is one. */
void t_receive_msg(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct cmsghdr h;
	uint32_t len = 0;
	const uint8_t *p = ev_raw(ev, r->arg[4], &len), *data;
	size_t n;
	int fd;

	data_passed(st, ev, r, true);
	for (; p && len >= sizeof(h); p += n, len -= n) {
		memcpy(&h, p, sizeof(h));
		if (h.cmsg_len < sizeof(h) || h.cmsg_len > len)
			return;
		data = p + sizeof(h);
		if (h.cmsg_level == SOL_SOCKET && (h.cmsg_type == SCM_RIGHTS || h.cmsg_type == SCM_PIDFD)) {
			for (n = sizeof(h); n + sizeof(fd) <= h.cmsg_len; n += sizeof(fd), data += sizeof(fd)) {
				memcpy(&fd, data, sizeof(fd));
				files_close(st, ev_thread(ev)->files, fd, fd);
			}
			doubt(st, ev_thread(ev), OF_FDS);
		}
		n = CMSG_ALIGN(h.cmsg_len);
		if (n > len)
			return;
	}
}

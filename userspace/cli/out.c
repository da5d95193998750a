// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "out.h"

#define OUT_FULL (64 * 1024) /* written when it holds this much */

void out_init(struct out *o)
{
	*o = (struct out){0};
	signal(SIGPIPE, SIG_IGN);
}

void out_free(struct out *o)
{
	free(o->buf);
	*o = (struct out){.err = o->err};
}

int out_flush(struct out *o)
{
	struct pollfd writable = {.fd = STDOUT_FILENO, .events = POLLOUT};
	ssize_t n;

	while (!o->err && o->start < o->len) {
		n = write(STDOUT_FILENO, o->buf + o->start, o->len - o->start);
		if (n >= 0) {
			o->start += n;
			continue;
		}
		/* Others may have made the open file description of our stdout non-blocking. */
		if (errno == EAGAIN && poll(&writable, 1, -1) >= 0)
			continue;
		if (errno == EINTR)
			return -EINTR;
		o->err = -errno;
	}
	o->start = 0;
	o->len = 0;
	return o->err;
}

char *out_reserve(struct out *o, size_t room)
{
	size_t cap = o->cap ? o->cap : 2 * OUT_FULL;
	char *buf;

	/* An interrupted flush is of no consequence here: the buffer grows, and the next one goes on. */
	if (o->len - o->start >= OUT_FULL)
		out_flush(o);
	if (o->err)
		return NULL;
	while (cap - o->len < room)
		cap *= 2;
	if (cap != o->cap) {
		buf = realloc(o->buf, cap);
		if (!buf) {
			o->err = -ENOMEM;
			return NULL;
		}
		o->buf = buf;
		o->cap = cap;
	}
	return o->buf + o->len;
}

void out_commit(struct out *o, size_t used)
{
	o->len += used;
}

void out_printf(struct out *o, const char *fmt, ...)
{
	size_t room = 256;
	va_list ap;
	char *p;
	int len;

	for (;;) {
		p = out_reserve(o, room);
		if (!p)
			return;
		va_start(ap, fmt);
		len = vsnprintf(p, room, fmt, ap);
		va_end(ap);
		if (len < 0)
			return;
		if ((size_t)len < room)
			break;
		room = len + 1;
	}
	out_commit(o, len);
}

bool out_reader_gone(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO};

	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

int out_finish(struct out *o)
{
	int err;

	do
		err = out_flush(o);
	while (err == -EINTR);
	out_free(o);
	if (!err || err == -EPIPE)
		return CLI_OK;
	say("cannot write to the standard output: %s.", strerror(-err));
	return CLI_FAILURE;
}

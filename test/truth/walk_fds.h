/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WALK_FDS_H
#define WALK_FDS_H

#include "walk.h"

/* What /proc/net says, by the inode of the socket. */
struct walk_socket {
	uint64_t ino;
	int family;
	char address[128];
};

struct walk_sockets {
	struct walk_socket *at;
	size_t n;
};

int walk_read_sockets(struct walk_sockets *s);
void walk_free_sockets(struct walk_sockets *s);
/* The fds of the thread's table, to the end of w->fds. */
int walk_add_fds(struct walk *w, struct walk_thread *t, const struct walk_sockets *sockets);

/* What the link has, allocated; "" if it cannot be read. */
char *walk_link(const char *path);
/* The length, or -errno; ends the text with a NUL. */
ssize_t walk_read(const char *path, char *buf, size_t size);

#endif

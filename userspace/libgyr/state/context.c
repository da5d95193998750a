// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the driver says, behind the frame, of the fd that a call has made, changed or closed: what the kernel has under
 * that number when the call returns. That stands over what could be concluded from the call's arguments.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "state/state.h"

struct context {
	uint16_t len, what;
	int32_t fd;
	uint64_t file, ino;
	uint32_t mode, dev, magic;
	uint16_t family, proto; /* of a socket */
	const char *name;
	size_t name_len;
};

static bool is_socket(const struct context *c)
{
	return c->magic == SOCKFS_MAGIC;
}

static bool read_context(const uint8_t *p, struct context *c)
{
	*c = (struct context){0};
	memcpy(&c->len, p + GYR_CONTEXT_LEN, sizeof(c->len));
	memcpy(&c->what, p + GYR_CONTEXT_WHAT, sizeof(c->what));
	memcpy(&c->fd, p + GYR_CONTEXT_FD, sizeof(c->fd));
	if (!(c->what & GYR_CONTEXT_THERE_BIT))
		return true;
	if (c->len < GYR_CONTEXT_NAME)
		return false;
	memcpy(&c->file, p + GYR_CONTEXT_FILE, sizeof(c->file));
	memcpy(&c->mode, p + GYR_CONTEXT_MODE, sizeof(c->mode));
	memcpy(&c->dev, p + GYR_CONTEXT_DEV, sizeof(c->dev));
	memcpy(&c->ino, p + GYR_CONTEXT_INO, sizeof(c->ino));
	memcpy(&c->magic, p + GYR_CONTEXT_MAGIC, sizeof(c->magic));
	if (is_socket(c)) {
		if (c->len < GYR_CONTEXT_SOCK_LEN)
			return false;
		memcpy(&c->family, p + GYR_CONTEXT_FAMILY, sizeof(c->family));
		memcpy(&c->proto, p + GYR_CONTEXT_PROTO, sizeof(c->proto));
		return true;
	}
	c->name = (const char *)p + GYR_CONTEXT_NAME;
	c->name_len = strnlen(c->name, c->len - GYR_CONTEXT_NAME);
	return true;
}

const char *context_path(const struct gyr_event *ev, int64_t fd, size_t *len)
{
	const uint16_t path = GYR_CONTEXT_THERE_BIT | GYR_CONTEXT_PATH_BIT;
	struct context c;

	if (!ev->context || !read_context(ev->context, &c) || (c.what & path) != path || c.fd != fd || !c.name_len)
		return NULL;
	*len = c.name_len;
	return c.name;
}

/* Its name, which an open has given the file already. */
static struct str *path_name(struct state *st, const struct context *c, struct str *known)
{
	if (known && known->len == c->name_len && memcmp(known->s, c->name, c->name_len) == 0)
		return str_ref(known);
	return str_get(st, c->name, c->name_len);
}

/*
 * The file's type and name (known: as it is called now), where these are all that there is to know. False: the context
 * does not tell them.
 */
static bool describe(struct state *st, const struct context *c, struct str *known, enum gyr_fd_type *type,
		     struct str **name)
{
	char text[64];

	*name = NULL;
	if (c->what & GYR_CONTEXT_PATH_BIT) {
		*type = mode_type(c->mode);
		*name = path_name(st, c, known);
		return *name; /* without one, be it for want of room, it is to be looked up */
	}
	if (c->magic == PIPEFS_MAGIC) {
		*type = GYR_FD_PIPE;
		*name = str_get(st, text, snprintf(text, sizeof(text), "pipe:[%llu]", (unsigned long long)c->ino));
		return true;
	}
	if (c->name_len && strncmp(c->name, "memfd:", strlen("memfd:")) == 0) {
		*type = GYR_FD_MEMFD;
		*name = str_get(st, c->name, c->name_len);
		return true;
	}
	if (c->magic == ANON_INODE_FS_MAGIC && c->name_len) {
		*type = anon_type(c->name);
		*name = str_get(st, c->name, c->name_len);
		return true;
	}
	return false; /* a namespace, ...: /proc tells */
}

/* The open file with that number in the kernel, if it is known by another fd of the table. */
static struct file *find_file(const struct files *files, uint64_t file)
{
	struct slot *s;
	uint32_t i = 0;

	while ((s = table_next(&files->fds, &i)))
		if (((struct file *)s->val)->kernel == file)
			return s->val;
	return NULL;
}

/* Of a socket that an event has told of, the event tells more. */
static void update_socket(struct state *st, struct file *f, const struct context *c)
{
	enum gyr_fd_type type = sock_type(c->family);

	f->ino = c->ino;
	if (f->type == type)
		return;
	f->from = GYR_FROM_EVENT;
	f->type = type;
	f->flags = FILE_BARE;
	if (type == GYR_FD_IPV4 || type == GYR_FD_IPV6)
		f->l4proto = c->proto == IPPROTO_MPTCP ? IPPROTO_TCP : c->proto;
	str_set(st, &f->name, NULL);
	state_dealloc(st, f->tuple, sizeof(*f->tuple));
	f->tuple = NULL;
}

static void update(struct state *st, struct file *f, const struct context *c)
{
	enum gyr_fd_type type = f->type;
	struct str *name = NULL;

	f->kernel = c->file;
	f->since = st->ts;
	f->flags &= ~(FILE_PROC | FILE_DELETED);
	if (is_socket(c)) {
		update_socket(st, f, c);
		return;
	}
	/* Of anonymous inodes /proc has neither. */
	if (c->what & GYR_CONTEXT_PATH_BIT) {
		f->ino = c->ino;
		f->dev = c->dev;
	}
	if (!describe(st, c, f->name, &type, &name))
		return;
	f->from = GYR_FROM_EVENT;
	f->type = type;
	str_set(st, &f->name, name);
	if (c->what & GYR_CONTEXT_PATH_BIT && c->what & GYR_CONTEXT_DELETED_BIT)
		f->flags |= FILE_DELETED;
}

/* Is what the tables have under the number what the context tells of, or what the event itself has put there? */
static bool is_of(const struct state *st, const struct file *f, const struct context *c)
{
	bool was_socket = f->type >= GYR_FD_IPV4 && f->type <= GYR_FD_SOCKET;

	if (f->kernel)
		return f->kernel == c->file;
	if (f->since == st->ts)
		return true;
	/* Read from /proc, which does not tell that number. */
	return was_socket == is_socket(c) && (!f->ino || f->ino == c->ino);
}

static void apply(struct state *st, struct gyr_thread *t, const struct context *c)
{
	struct gyr_fd *fd = files_get(t->files, c->fd);
	struct file *f;

	if (!(c->what & GYR_CONTEXT_THERE_BIT)) {
		if (fd)
			files_close(st, t->files, c->fd, c->fd);
		return;
	}
	f = fd ? fd->slot.val : NULL;
	if (!f || !is_of(st, f, c)) {
		f = find_file(t->files, c->file);
		f = f ? file_ref(f) : file_new(st, GYR_FD_UNKNOWN, NULL);
		fd = f ? files_install(st, t->files, c->fd, f, false) : NULL;
		if (!fd)
			return;
	}
	update(st, f, c);
	if (f->type == GYR_FD_UNKNOWN) {
		/* It is looked up when it is used, or when there is time. */
		files_close(st, t->files, c->fd, c->fd);
		doubt(st, t, OF_FDS);
		return;
	}
	fd->slot.aux = c->what & GYR_CONTEXT_CLOEXEC_BIT ? FD_CLOEXEC_BIT : 0;
	if (f->from == GYR_FROM_GUESS)
		doubt(st, t, OF_FDS); /* it was opened by a path, which the context does not have */
}

void context_apply(struct state *st, const struct gyr_event *ev, struct gyr_thread *t)
{
	const uint8_t *p = ev->context;
	struct context c;

	for (; p; p = c.what & GYR_CONTEXT_MORE_BIT ? p + c.len : NULL)
		if (read_context(p, &c) && c.fd >= 0)
			apply(st, t, &c);
}

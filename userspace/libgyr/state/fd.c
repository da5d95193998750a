/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Open files and fd tables, and what the public API says of them. */
#include <stdlib.h>
#include <string.h>

#include "state/state.h"

struct file *file_new(struct state *st, enum gyr_fd_type type, struct str *name)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f) {
		st->counts.no_memory++;
		str_put(st, name);
		return NULL;
	}
	f->refs = 1;
	f->type = type;
	f->name = name;
	return f;
}

struct file *file_ref(struct file *f)
{
	f->refs++;
	return f;
}

void file_put(struct state *st, struct file *f)
{
	if (--f->refs)
		return;
	str_put(st, f->name);
	free(f->tuple);
	free(f);
}

struct files *files_new(void)
{
	struct files *files = calloc(1, sizeof(*files));

	if (files)
		files->refs = 1;
	return files;
}

static uint32_t room_for_fds(const struct state *st)
{
	return st->nfds < st->limits.fds ? st->limits.fds - st->nfds : 0;
}

struct files *files_copy(struct state *st, const struct files *from)
{
	struct files *files = files_new();
	uint32_t i = 0;
	struct slot *s;

	/* Without its fds the copy is right, too: they are looked up when they are used. */
	if (files && from->fds.used > room_for_fds(st)) {
		st->counts.dropped_fds += from->fds.used;
		return files;
	}
	if (!files || table_copy(&files->fds, &from->fds)) {
		st->counts.no_memory++;
		free(files);
		return NULL;
	}
	while ((s = table_next(&files->fds, &i)))
		file_ref(s->val);
	st->nfds += files->fds.used;
	return files;
}

void files_put(struct state *st, struct files *files)
{
	uint32_t i = 0;
	struct slot *s;

	if (!files || --files->refs)
		return;
	while ((s = table_next(&files->fds, &i)))
		file_put(st, s->val);
	st->nfds -= files->fds.used;
	table_free(&files->fds);
	free(files);
}

struct gyr_fd *files_get(const struct files *files, int64_t fd)
{
	if (fd < 0 || fd > INT32_MAX)
		return NULL;
	return (struct gyr_fd *)table_get(&files->fds, fd);
}

struct gyr_fd *files_install(struct state *st, struct files *files, int64_t fd, struct file *file, bool cloexec)
{
	struct slot *s;

	if (fd < 0 || fd > INT32_MAX)
		goto drop;
	s = table_get(&files->fds, fd);
	if (s) {
		file_put(st, s->val);
		s->val = file;
	} else {
		if (room_for_fds(st) == 0 || files->fds.used >= st->limits.table_fds) {
			st->counts.dropped_fds++;
			goto drop;
		}
		s = table_add(&files->fds, fd, file);
		if (!s) {
			st->counts.no_memory++;
			goto drop;
		}
		st->nfds++;
	}
	s->aux = cloexec ? FD_CLOEXEC_BIT : 0;
	return (struct gyr_fd *)s;

drop:
	file_put(st, file);
	return NULL;
}

void files_merge(struct state *st, struct files *files, const struct files *from)
{
	uint32_t i = 0;
	struct slot *s;

	while ((s = table_next(&from->fds, &i))) {
		struct file *f = s->val;

		if (f->type != GYR_FD_UNKNOWN)
			files_install(st, files, s->key, file_ref(f), s->aux & FD_CLOEXEC_BIT);
	}
}

static void close_slot(struct state *st, struct files *files, struct slot *s)
{
	file_put(st, s->val);
	table_del(&files->fds, s);
	st->nfds--;
}

void files_close(struct state *st, struct files *files, int64_t first, int64_t last)
{
	uint32_t i = 0;
	struct slot *s;

	if (first == last) {
		struct gyr_fd *fd = files_get(files, first);

		if (fd)
			close_slot(st, files, &fd->slot);
		return;
	}
	while ((s = table_next(&files->fds, &i))) {
		if (s->key < first || s->key > last)
			continue;
		close_slot(st, files, s);
		i--;
	}
}

void files_set_cloexec(struct files *files, int64_t first, int64_t last)
{
	uint32_t i = 0;
	struct slot *s;

	while ((s = table_next(&files->fds, &i)))
		if (s->key >= first && s->key <= last)
			s->aux |= FD_CLOEXEC_BIT;
}

void files_close_on_exec(struct state *st, struct files *files)
{
	uint32_t i = 0;
	struct slot *s;

	while ((s = table_next(&files->fds, &i))) {
		if (!(s->aux & FD_CLOEXEC_BIT))
			continue;
		close_slot(st, files, s);
		i--;
	}
}

/* ---- the public API ---- */

static const struct file *fd_file(const struct gyr_fd *fd)
{
	return fd->slot.val;
}

int64_t gyr_fd_num(const struct gyr_fd *fd)
{
	return fd->slot.key;
}

enum gyr_fd_type gyr_fd_type(const struct gyr_fd *fd)
{
	return fd_file(fd)->type;
}

const char *gyr_fd_name(const struct gyr_fd *fd)
{
	return str_text(fd_file(fd)->name);
}

uint32_t gyr_fd_dev(const struct gyr_fd *fd)
{
	return fd_file(fd)->dev;
}

uint64_t gyr_fd_ino(const struct gyr_fd *fd)
{
	return fd_file(fd)->ino;
}

bool gyr_fd_cloexec(const struct gyr_fd *fd)
{
	return fd->slot.aux & FD_CLOEXEC_BIT;
}

bool gyr_fd_get_tuple(const struct gyr_fd *fd, struct gyr_fd_tuple *out)
{
	const struct gyr_fd_tuple *tuple = fd_file(fd)->tuple;

	if (tuple)
		*out = *tuple;
	return tuple;
}

const char *gyr_fd_type_name(enum gyr_fd_type t)
{
	static const char *const names[GYR_FD_TYPES_] = {
		[GYR_FD_UNKNOWN] = "",
		[GYR_FD_FILE] = "file",
		[GYR_FD_DIRECTORY] = "directory",
		[GYR_FD_DEVICE] = "device",
		[GYR_FD_IPV4] = "ipv4",
		[GYR_FD_IPV6] = "ipv6",
		[GYR_FD_UNIX] = "unix",
		[GYR_FD_NETLINK] = "netlink",
		[GYR_FD_PACKET] = "packet",
		[GYR_FD_SOCKET] = "socket",
		[GYR_FD_PIPE] = "pipe",
		[GYR_FD_EVENTFD] = "event",
		[GYR_FD_EVENTPOLL] = "eventpoll",
		[GYR_FD_SIGNALFD] = "signalfd",
		[GYR_FD_TIMERFD] = "timerfd",
		[GYR_FD_INOTIFY] = "inotify",
		[GYR_FD_MEMFD] = "memfd",
		[GYR_FD_PIDFD] = "pidfd",
		[GYR_FD_IO_URING] = "io_uring",
		[GYR_FD_BPF] = "bpf",
		[GYR_FD_ANON] = "anon",
	};

	return (unsigned int)t < GYR_FD_TYPES_ ? names[t] : "";
}

const struct gyr_fd *gyr_thread_fd_next(const struct gyr_thread *t, const struct gyr_fd *prev)
{
	uint32_t i;

	if (!t->files)
		return NULL;
	i = prev ? &prev->slot - t->files->fds.slots + 1 : 0;
	return (const struct gyr_fd *)table_next(&t->files->fds, &i);
}

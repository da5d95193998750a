/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Open files and fd tables, and what the public API says of them. */
#include <stdlib.h>
#include <string.h>

#include "state/state.h"

struct file *file_new(struct state *st, enum gyr_fd_type type, struct str *name)
{
	struct file *f = state_alloc(st, sizeof(*f));

	if (!f) {
		str_put(st, name);
		return NULL;
	}
	f->refs = 1;
	f->from = GYR_FROM_EVENT;
	f->since = st->ts;
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
	state_dealloc(st, f->tuple, sizeof(*f->tuple));
	state_dealloc(st, f, sizeof(*f));
}

struct files *files_new(struct state *st)
{
	struct files *files = state_alloc(st, sizeof(*files));

	if (files)
		files->refs = 1;
	return files;
}

static uint32_t room_for_fds(const struct state *st)
{
	if (state_is_full(st))
		return 0;
	return st->nfds < st->limits.fds ? st->limits.fds - st->nfds : 0;
}

struct files *files_copy(struct state *st, const struct files *from)
{
	struct files *files = files_new(st);
	uint32_t i = 0;
	struct slot *s;

	/* Without its fds the copy is right, too: they are looked up when they are used. */
	if (files && from->fds.used > room_for_fds(st)) {
		st->counts.dropped_fds += from->fds.used;
		return files;
	}
	if (!files)
		return NULL;
	if (table_copy(&files->fds, &from->fds)) {
		st->counts.no_memory++;
		state_dealloc(st, files, sizeof(*files));
		return NULL;
	}
	st->bytes += table_bytes(&files->fds);
	files->doubt = from->doubt;
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
	st->bytes -= table_bytes(&files->fds);
	table_free(&files->fds);
	state_dealloc(st, files, sizeof(*files));
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
		st->bytes -= table_bytes(&files->fds);
		s = table_add(&files->fds, fd, file);
		st->bytes += table_bytes(&files->fds);
		if (!s) {
			st->counts.no_memory++;
			goto drop;
		}
		st->nfds++;
	}
	s->aux = cloexec ? FD_CLOEXEC_BIT : 0;
	files->changed = st->ts;
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

/* A socket of which /proc has nothing but the number: what is known of it is no less. */
static bool is_bare_socket(const struct file *f)
{
	return f->type >= GYR_FD_IPV4 && f->type <= GYR_FD_SOCKET && f->ino &&
	       strncmp(str_text(f->name), "socket:[", strlen("socket:[")) == 0;
}

static bool same_file(const struct file *a, const struct file *b)
{
	if (is_bare_socket(a) && a->type == b->type && a->ino == b->ino)
		return true;
	return !((a->flags ^ b->flags) & FILE_DELETED) && a->type == b->type && a->ino == b->ino && a->dev == b->dev &&
	       a->name == b->name;
}

void files_renew(struct state *st, struct files *files, struct files *fresh, int32_t end)
{
	struct table old = files->fds;
	struct slot *s, *was;
	uint64_t both;
	uint32_t i = 0;

	both = table_bytes(&old) + table_bytes(&fresh->fds);
	files->fds = fresh->fds;
	fresh->fds = (struct table){0};
	while ((s = table_next(&files->fds, &i))) {
		struct file *f = s->val, *known;

		was = table_get(&old, s->key);
		known = was ? was->val : NULL;
		if (!known || !same_file(f, known))
			continue;
		known->since = f->since;
		s->val = file_ref(known);
		file_put(st, f);
	}
	for (i = 0; (s = table_next(&old, &i));) {
		struct slot *stays = (int32_t)s->key >= end ? table_add(&files->fds, s->key, s->val) : NULL;

		if (stays) {
			stays->aux = s->aux;
			continue;
		}
		file_put(st, s->val);
		st->nfds--;
	}
	st->bytes += table_bytes(&files->fds) - both;
	table_free(&old);
}

static void close_slot(struct state *st, struct files *files, struct slot *s)
{
	file_put(st, s->val);
	table_del(&files->fds, s);
	st->nfds--;
	files->changed = st->ts;
}

/* After a walk: else every fork of who once had many fds would be a copy of the room for them. */
static void give_back(struct state *st, struct files *files)
{
	uint64_t before = table_bytes(&files->fds), had;

	do {
		had = table_bytes(&files->fds);
		table_trim(&files->fds);
	} while (table_bytes(&files->fds) != had);
	st->bytes -= before - had;
}

void files_close(struct state *st, struct files *files, int64_t first, int64_t last)
{
	uint32_t i = 0;
	struct slot *s;

	if (first == last) {
		struct gyr_fd *fd = files_get(files, first);

		if (fd)
			close_slot(st, files, &fd->slot);
		give_back(st, files);
		return;
	}
	while ((s = table_next(&files->fds, &i))) {
		if (s->key < first || s->key > last)
			continue;
		close_slot(st, files, s);
		i--;
	}
	give_back(st, files);
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
	give_back(st, files);
}

/* ---- the public API ---- */

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

bool gyr_fd_deleted(const struct gyr_fd *fd)
{
	return fd_file(fd)->flags & FILE_DELETED;
}

enum gyr_from gyr_fd_from(struct gyr *g, const struct gyr_thread *t, const struct gyr_fd *fd)
{
	const struct file *f = fd_file(fd);

	if (f->type == GYR_FD_UNKNOWN)
		return GYR_FROM_NOTHING;
	if ((t->files && t->files->doubt) || f->since < g->state->lost_at)
		return GYR_FROM_STALE;
	return f->from;
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

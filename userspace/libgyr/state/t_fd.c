/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Transitions of fds that are not sockets. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/read.h"
#include "state/state.h"

static bool cloexec(const struct gyr_event *ev, const struct rule *r, int arg)
{
	return r->cloexec == CLOEXEC_ALWAYS || (ev_uint(ev, r->arg[arg], 0) & r->cloexec);
}

static void install(struct state *st, const struct gyr_event *ev, int64_t fd, struct file *f, bool cloexec)
{
	if (f)
		files_install(st, ev_thread(ev)->files, fd, f, cloexec);
	else
		files_close(st, ev_thread(ev)->files, fd, fd);
}

/* As the context has it, else as it was called. */
static struct str *opened_name(struct state *st, const struct gyr_event *ev, int64_t fd, const char *name, size_t len,
			       int64_t dirfd)
{
	const struct gyr_thread *t = ev->thread;
	const struct str *base = t->fs ? t->fs->cwd : NULL;
	size_t told_len;
	const char *told;
	char path[PATH_ROOM];

	told = context_path(ev, fd, &told_len);
	if (told)
		return str_get(st, told, told_len);
	if (name[0] != '/' && dirfd >= 0) {
		const struct gyr_fd *dir = event_fd(st, ev, dirfd);

		base = dir ? ((struct file *)dir->slot.val)->name : NULL;
	}
	len = path_join(path, sizeof(path), str_text(base), base ? base->len : 0, name, len);
	return str_get(st, path, len);
}

static bool in_dev(const char *name)
{
	return strncmp(name, "/dev/", 5) == 0 && strncmp(name, "/dev/shm/", 9) != 0 &&
	       strncmp(name, "/dev/mqueue/", 12) != 0;
}

/* "/proc/PID/comm", "/proc/self/task/TID/comm", ... */
static bool may_name_thread(const char *path, uint64_t flags)
{
	return flags & GYR_WIRE_FILE_FLAGS_O_WRONLY && strncmp(path, "/proc/", 6) == 0 &&
	       strcmp(strrchr(path, '/'), "/comm") == 0;
}

/* Of a write there need not be an event: so when it is opened, and when it is closed. */
static void name_may_change(struct state *st, const struct gyr_event *ev, const struct file *f)
{
	unsigned long pid = strtoul(str_text(f->name) + strlen("/proc/"), NULL, 10);
	struct gyr_thread *t = pid && !(ev->thread->flags & THREAD_INNER_NS) ? thread_get(st, pid) : ev_thread(ev);

	if (t)
		doubt(st, t, OF_THREAD);
}

void t_open(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t fd = ev_int(ev, r->arg[0], -1);
	uint64_t flags = ev_uint(ev, r->arg[1], 0);
	const char *name;
	struct str *path;
	struct file *f;
	size_t len;

	if (fd < 0)
		return;
	name = ev_str(ev, r->arg[2], &len);
	if (!name || len == 0) {
		/* The name could not be read: what stood there is gone, and /proc is asked when the fd is used. */
		files_close(st, ev_thread(ev)->files, fd, fd);
		if (!ev->context)
			doubt(st, ev_thread(ev), OF_FDS);
		return;
	}
	path = opened_name(st, ev, fd, name, len, ev_int(ev, r->arg[3], -1));
	/* One for whose name there is no room is looked up when it is used. */
	f = path ? file_new(st, GYR_FD_FILE, path) : NULL;
	if (f) {
		if (flags & GYR_WIRE_FILE_FLAGS_O_DIRECTORY)
			f->type = GYR_FD_DIRECTORY;
		else if (in_dev(str_text(f->name)))
			f->type = GYR_FD_DEVICE;
		f->dev = ev_uint(ev, r->arg[4], 0);
		f->ino = ev_uint(ev, r->arg[5], 0);
	}
	if (f)
		f->from = GYR_FROM_GUESS; /* links on the way are not resolved here; a context tells */
	if (f && may_name_thread(str_text(f->name), flags)) {
		f->flags |= FILE_COMM;
		name_may_change(st, ev, f);
	}
	install(st, ev, fd, f, cloexec(ev, r, 1));
}

const char *anon_name(enum gyr_fd_type type)
{
	switch (type) {
	case GYR_FD_EVENTFD:
		return "[eventfd]";
	case GYR_FD_EVENTPOLL:
		return "[eventpoll]";
	case GYR_FD_SIGNALFD:
		return "[signalfd]";
	case GYR_FD_TIMERFD:
		return "[timerfd]";
	case GYR_FD_INOTIFY:
		return "inotify";
	case GYR_FD_PIDFD:
		return "[pidfd]";
	case GYR_FD_IO_URING:
		return "[io_uring]";
	default:
		return "[userfaultfd]";
	}
}

void t_make(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t fd = ev_int(ev, r->arg[0], -1);
	const char *name = anon_name(r->fd_type);

	if (fd >= 0)
		install(st, ev, fd, file_new(st, r->fd_type, str_get(st, name, strlen(name))), cloexec(ev, r, 1));
}

/*
 * There is an fd now, but the event does not say of what: it is looked up when it is used. A table that has more than
 * is known is looked at when there is time.
 */
void t_appear(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t fd = ev_int(ev, r->arg[0], -1);

	if (fd < 0)
		return;
	install(st, ev, fd, NULL, false);
	if (!ev->context)
		doubt(st, ev_thread(ev), OF_FDS);
}

/* Up to two names: what was moved, or is gone, and what was there before. An operation of io_uring has no result yet.
 */
void t_rename(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	if (ev_int(ev, r->arg[0], 0) != 0)
		return;
	for (int i = 1; i <= 2; i++) {
		size_t len = 0;
		const char *name = ev_str(ev, r->arg[i], &len);

		if (name)
			moves_add(st, name, len);
		else if (r->arg[i] >= 0)
			st->sweep.due = st->proc >= 0; /* it could not be read */
	}
}

/* Any path may be another now. */
void t_mounts(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	if (ev_int(ev, r->arg[0], -1) == 0)
		st->sweep.due = st->proc >= 0;
}

void t_memfd(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t fd = ev_int(ev, r->arg[0], -1);
	char text[272]; /* the kernel allows 249 bytes */
	const char *name;
	size_t len;
	int n;

	if (fd < 0)
		return;
	name = ev_str(ev, r->arg[2], &len);
	n = snprintf(text, sizeof(text), "memfd:%s", name ? name : "");
	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	install(st, ev, fd, file_new(st, r->fd_type, str_get(st, text, n)), cloexec(ev, r, 1));
}

/* The commands that make an fd; others return 0, or an fd number inside a structure. */
static const char *bpf_name(uint64_t cmd)
{
	switch (cmd) {
	case GYR_WIRE_BPF_COMMANDS_BPF_MAP_CREATE:
	case GYR_WIRE_BPF_COMMANDS_BPF_MAP_GET_FD_BY_ID:
		return "bpf-map";
	case GYR_WIRE_BPF_COMMANDS_BPF_PROG_LOAD:
	case GYR_WIRE_BPF_COMMANDS_BPF_PROG_GET_FD_BY_ID:
		return "bpf-prog";
	case GYR_WIRE_BPF_COMMANDS_BPF_OBJ_GET:
		return "bpf";
	case GYR_WIRE_BPF_COMMANDS_BPF_RAW_TRACEPOINT_OPEN:
	case GYR_WIRE_BPF_COMMANDS_BPF_LINK_CREATE:
	case GYR_WIRE_BPF_COMMANDS_BPF_LINK_GET_FD_BY_ID:
		return "bpf_link";
	case GYR_WIRE_BPF_COMMANDS_BPF_BTF_LOAD:
	case GYR_WIRE_BPF_COMMANDS_BPF_BTF_GET_FD_BY_ID:
		return "btf";
	case GYR_WIRE_BPF_COMMANDS_BPF_ENABLE_STATS:
		return "bpf-stats";
	case GYR_WIRE_BPF_COMMANDS_BPF_ITER_CREATE:
		return "bpf_iter";
	default:
		return NULL;
	}
}

void t_bpf(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	const char *name = bpf_name(ev_uint(ev, r->arg[3], UINT64_MAX));
	int64_t fd = ev_int(ev, r->arg[0], -1);

	if (!name || fd < 0)
		return;
	install(st, ev, fd, file_new(st, r->fd_type, str_get(st, name, strlen(name))), true);
	ev->fd_num = fd;
}

/* With a flag it answers a question, and makes nothing. */
void t_ruleset(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	static const char name[] = "[landlock-ruleset]";
	int64_t fd = ev_int(ev, r->arg[0], -1);

	if (ev_uint(ev, r->arg[1], 0) || fd < 0)
		return;
	install(st, ev, fd, file_new(st, r->fd_type, str_get(st, name, strlen(name))), true);
	ev->fd_num = fd;
}

void t_pipe(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	bool on_exec = cloexec(ev, r, 4);

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	for (int end = 1; end <= 2; end++) {
		uint64_t ino = ev_uint(ev, r->arg[3], 0);
		struct file *f;
		char name[40];
		int n = snprintf(name, sizeof(name), "pipe:[%llu]", (unsigned long long)ino);

		f = file_new(st, GYR_FD_PIPE, ino ? str_get(st, name, n) : NULL);
		if (f)
			f->ino = ino;
		install(st, ev, ev_int(ev, r->arg[end], -1), f, on_exec);
	}
}

static void duplicate(struct state *st, const struct gyr_event *ev, int64_t from, int64_t to, bool on_exec)
{
	struct gyr_fd *old, *there = files_get(ev_thread(ev)->files, to);

	if (to < 0 || from == to || (there && file_newer(there->slot.val, ev->ts)))
		return;
	old = event_fd(st, ev, from);
	/* What it was at the time of the event is not known, when it was looked up later. */
	if (old && file_newer(old->slot.val, ev->ts))
		old = NULL;
	if (!ev->context && (!old || ((struct file *)old->slot.val)->type == GYR_FD_UNKNOWN))
		doubt(st, ev_thread(ev), OF_FDS);
	install(st, ev, to, old ? file_ref(old->slot.val) : NULL, on_exec);
}

void t_dup(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	duplicate(st, ev, ev_int(ev, r->arg[1], -1), ev_int(ev, r->arg[0], -1), cloexec(ev, r, 2));
}

void t_fcntl(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t res = ev_int(ev, r->arg[0], -1), fd = ev_int(ev, r->arg[1], -1);
	uint64_t cmd = ev_uint(ev, r->arg[2], 0);
	struct gyr_fd *slot;

	if (res < 0)
		return;
	if (cmd == GYR_WIRE_FCNTL_COMMANDS_F_DUPFD || cmd == GYR_WIRE_FCNTL_COMMANDS_F_DUPFD_CLOEXEC) {
		duplicate(st, ev, fd, res, cmd == GYR_WIRE_FCNTL_COMMANDS_F_DUPFD_CLOEXEC);
	} else if (cmd == GYR_WIRE_FCNTL_COMMANDS_F_SETFD && ev_has(ev, r->arg[3])) {
		slot = event_fd(st, ev, fd);
		if (!slot)
			return;
		if (ev_uint(ev, r->arg[3], 0) & FD_CLOEXEC)
			slot->slot.aux |= FD_CLOEXEC_BIT;
		else
			slot->slot.aux &= ~FD_CLOEXEC_BIT;
	}
}

void t_close_after(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t res = ev_int(ev, r->arg[0], -EBADF), fd = ev_int(ev, r->arg[1], -1);

	const struct gyr_fd *slot = files_get(ev_thread(ev)->files, fd);
	const struct file *f = slot ? slot->slot.val : NULL;

	if (f && f->flags & FILE_COMM)
		name_may_change(st, ev, f);
	/* Linux frees the number whatever error the file's own close gives. */
	if (res != -EBADF)
		files_close(st, ev_thread(ev)->files, fd, fd);
}

void t_close_range(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	uint64_t flags = ev_uint(ev, r->arg[3], 0);

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	if (flags & GYR_WIRE_CLOSE_RANGE_FLAGS_CLOSE_RANGE_UNSHARE)
		thread_files(st, ev_thread(ev));
	if (flags & GYR_WIRE_CLOSE_RANGE_FLAGS_CLOSE_RANGE_CLOEXEC)
		files_set_cloexec(ev_thread(ev)->files, ev_uint(ev, r->arg[1], 0), ev_uint(ev, r->arg[2], 0));
}

void t_close_range_after(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct files *files = ev_thread(ev)->files;

	if (ev_int(ev, r->arg[0], -1) != 0 ||
	    ev_uint(ev, r->arg[3], 0) & GYR_WIRE_CLOSE_RANGE_FLAGS_CLOSE_RANGE_CLOEXEC)
		return;
	/* What others have opened in between may be there still. */
	if (files->refs > 1 && files->changed > st->ts_before)
		doubt(st, ev_thread(ev), OF_FDS);
	files_close(st, files, ev_uint(ev, r->arg[1], 0), ev_uint(ev, r->arg[2], 0));
}

/* What can be listed is a directory, also when it was opened without saying so. */
void t_directory(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct gyr_fd *fd;
	struct file *f;

	(void)st;
	if (ev_int(ev, r->arg[0], -1) < 0)
		return;
	fd = files_get(ev_thread(ev)->files, ev_int(ev, r->arg[1], -1));
	f = fd ? fd->slot.val : NULL;
	if (f && (f->type == GYR_FD_FILE || f->type == GYR_FD_DEVICE))
		f->type = GYR_FD_DIRECTORY;
}

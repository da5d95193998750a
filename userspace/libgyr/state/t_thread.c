/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Transitions of what a thread has beside its fds: cwd, ids, name, sharing. */
#include <string.h>

#include "event/read.h"
#include "state/state.h"

static void set_cwd(struct state *st, const struct gyr_event *ev, struct str *cwd)
{
	struct fs *fs = ev_thread(ev)->fs;

	fs->since = ev->ts;
	fs->from = GYR_FROM_EVENT;
	fs->deleted = false;
	str_set(st, &fs->cwd, cwd);
}

void t_chdir(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	const struct str *cwd = ev->thread->fs->cwd;
	char path[PATH_ROOM];
	const char *to;
	size_t len;

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	to = ev_str(ev, r->arg[1], &len);
	if (!to)
		len = 0; /* unknown from here on */
	else
		len = path_join(path, sizeof(path), str_text(cwd), cwd ? cwd->len : 0, to, len);
	set_cwd(st, ev, str_get(st, path, len));
	/* Links on the way are not resolved here. */
	ev->thread->fs->from = GYR_FROM_GUESS;
	doubt(st, ev_thread(ev), OF_FS);
}

void t_fchdir(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct gyr_fd *fd;
	struct file *f;

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	fd = event_fd(st, ev, ev_int(ev, r->arg[1], -1));
	f = fd ? fd->slot.val : NULL;
	if (f && f->type == GYR_FD_FILE)
		f->type = GYR_FD_DIRECTORY;
	set_cwd(st, ev, f ? str_ref(f->name) : NULL);
	if (!f || f->from == GYR_FROM_GUESS)
		doubt(st, ev_thread(ev), OF_FS);
}

/* Whether the file is a namespace of the kind: "/proc/1/ns/mnt" as opened, "mnt:[...]" from /proc. */
static bool is_namespace(const char *name, const char *kind)
{
	const char *last = strrchr(name, '/');
	size_t n = strlen(kind);

	if (!last)
		return strncmp(name, kind, n) == 0 && name[n] == ':';
	return last - name >= 3 && memcmp(last - 3, "/ns", 3) == 0 && strcmp(last + 1, kind) == 0;
}

/* Entering a mount namespace puts the thread at its root. */
void t_setns(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	uint64_t type = ev_uint(ev, r->arg[2], 0);
	const struct gyr_fd *fd;
	const char *name;

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	/* Without a type the file says which it is. */
	fd = type ? NULL : event_fd(st, ev, ev_int(ev, r->arg[1], -1));
	name = fd ? gyr_fd_name(fd) : "";
	if (type & GYR_WIRE_CLONE_FLAGS_CLONE_NEWUSER || is_namespace(name, "user"))
		ev_thread(ev)->group->user_ns = true;
	if ((type & GYR_WIRE_CLONE_FLAGS_CLONE_NEWNS || is_namespace(name, "mnt")) &&
	    ev->ts > ev->thread->fs->look.from)
		set_cwd(st, ev, str_get(st, "/", 1));
}

void t_unshare(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	uint64_t flags = ev_uint(ev, r->arg[1], 0);
	struct gyr_thread *t = ev_thread(ev);

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	if (flags & GYR_WIRE_CLONE_FLAGS_CLONE_FILES)
		thread_files(st, t);
	if (flags & GYR_WIRE_CLONE_FLAGS_CLONE_NEWUSER)
		t->group->user_ns = true;
	/* The kernel adds CLONE_FS to both. */
	if (flags &
	    (GYR_WIRE_CLONE_FLAGS_CLONE_FS | GYR_WIRE_CLONE_FLAGS_CLONE_NEWNS | GYR_WIRE_CLONE_FLAGS_CLONE_NEWUSER))
		thread_own_fs(st, t);
}

/* Neither event tells of where "/" is from then on, nor of the others that pivot_root moves. */
void t_chroot(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	if (ev_int(ev, r->arg[0], -1) == 0)
		doubt(st, ev_thread(ev), OF_FS);
}

static void set_job(struct group *g, uint32_t pgid, uint32_t sid)
{
	g->pgid = pgid;
	g->sid = sid;
	g->from[GYR_THREAD_JOB] = GYR_FROM_EVENT;
}

/* The process, or with a pid maybe one of its children, which are all others that setpgid takes. */
static void doubt_job(struct state *st, struct group *g, bool children)
{
	struct group *child = children ? table_val(&st->parents, g->pid) : NULL;

	doubt(st, g->threads, OF_THREAD);
	for (; child; child = child->next_child)
		doubt(st, child->threads, OF_THREAD);
}

void t_setpgid(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t pid = ev_int(ev, r->arg[1], -1), pgid = ev_int(ev, r->arg[2], -1);
	struct gyr_thread *t = ev_thread(ev), *of = pid ? thread_get(st, pid) : t;

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	/* Ids of an inner pid namespace tell nothing here, but that of the caller itself. */
	if (t->flags & THREAD_INNER_NS && (pid || pgid)) {
		doubt_job(st, t->group, pid);
		return;
	}
	if (of && pgid >= 0)
		set_job(of->group, pgid ? (uint32_t)pgid : of->group->pid, of->group->sid);
}

void t_setsid(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct group *g = ev->thread->group;

	(void)st;
	if (ev_int(ev, r->arg[0], -1) > 0)
		set_job(g, g->pid, g->pid);
}

void t_prctl(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	const char *name;
	size_t len;

	(void)st;
	if (ev_int(ev, r->arg[0], -1) != 0 || ev_uint(ev, r->arg[1], 0) != GYR_WIRE_PRCTL_OPTIONS_PR_SET_NAME)
		return;
	name = ev_str(ev, r->arg[2], &len);
	if (!name)
		return;
	thread_set_comm(ev_thread(ev), name, len);
	ev_thread(ev)->from_comm = GYR_FROM_EVENT;
}

/* With the effective id the file system's changes in all calls that set it. */
static void set_id(struct state *st, const struct gyr_event *ev, const struct rule *r, uint32_t *id, uint32_t *fsid)
{
	uint32_t new = ev_uint(ev, r->arg[1], UINT32_MAX);
	struct gyr_thread *t = ev_thread(ev);

	if (ev_int(ev, r->arg[0], -1) != 0)
		return;
	/* Those that are not effective, and capabilities, may change with it. */
	doubt(st, t, OF_THREAD);
	if (new == UINT32_MAX) /* to be left as it is */
		return;
	if (!t->group->user_ns) {
		*id = *fsid = new;
		t->from_ids = GYR_FROM_EVENT;
	} else if (!proc_ids(st, t, ev->ts)) {
		*id = *fsid = UINT32_MAX;
	}
}

/* setfsuid and setfsgid return what it was before, whatever they do. */
void t_ids(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	if (ev_int(ev, r->arg[0], -1) >= 0)
		doubt(st, ev_thread(ev), OF_THREAD);
}

void t_uid(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct gyr_thread_ids *ids = &ev_thread(ev)->ids;

	set_id(st, ev, r, &ids->euid, &ids->fsuid);
}

void t_gid(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct gyr_thread_ids *ids = &ev_thread(ev)->ids;

	set_id(st, ev, r, &ids->egid, &ids->fsgid);
}

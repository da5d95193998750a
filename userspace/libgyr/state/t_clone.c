/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Transitions of threads' lives: clone and its kin, exec, exit. */
#include <string.h>

#include "event/read.h"
#include "state/state.h"

/* Params of both clone and exec, in the order of transitions.c. */
enum { A_RES, A_EXE, A_ARGS, A_PID, A_PTID, A_CWD, A_COMM, A_CGROUPS, A_UID, A_GID, A_VTID };
enum { A_CLONE_FLAGS = A_VTID + 1 };
enum { A_EXEC_PATH = A_VTID + 1, A_EXEC_FILENAME, A_EXEC_PGID, A_EXEC_CAP_INH, A_EXEC_CAP_PRM, A_EXEC_CAP_EFF };

static bool fits_pid(int64_t pid)
{
	return pid > 0 && pid <= INT32_MAX;
}

/*
 * "cpuset=/a\0cpu=/a/b\0": where a controller is not on in a cgroup the kernel names an ancestor for it, so the longest
 * path is the nearest to the truth; one with a container id before all.
 */
static void read_cgroups(const struct state *st, const struct gyr_event *ev, int arg, const char **best,
			 size_t *best_len)
{
	uint32_t left = 0;
	const char *s = (const char *)ev_raw(ev, arg, &left);
	bool contained = false;

	*best = NULL;
	*best_len = 0;
	while (s && left > 0) {
		size_t len = strnlen(s, left);
		const char *path = memchr(s, '=', len);
		bool is_one = false;
		size_t n = 0;

		if (path) {
			n = len - (++path - s);
			is_one = cgroup_contained(st, path, n);
		}
		if (path && is_one >= contained && (n > *best_len || (is_one && !contained))) {
			contained = is_one;
			*best = path;
			*best_len = n;
		}
		if (len == left)
			break;
		s += len + 1;
		left -= len + 1;
	}
}

static bool is_ancestor(const struct str *path, const struct str *of)
{
	if (path->len == 1)
		return of->len > 1; /* the root */
	return of->len > path->len && of->s[path->len] == '/' && memcmp(of->s, path->s, path->len) == 0;
}

/*
 * /proc may have said more than the kernel names for its controllers, which then is an ancestor of it. That stays,
 * unless what events tell moves up: so has the process.
 */
static void update_cgroup(struct state *st, struct group *g, const struct gyr_event *ev, int arg)
{
	struct str *told, *before = g->cgroup_told;
	const char *path;
	size_t len;

	read_cgroups(st, ev, arg, &path, &len);
	told = str_get(st, path, len);
	if (!told || told == before) {
		str_put(st, told);
		return;
	}
	if (!g->cgroup || !is_ancestor(told, g->cgroup->path) || (before && is_ancestor(told, before))) {
		group_set_cgroup(st, g, told->s, told->len);
		g->from[GYR_THREAD_CGROUP] = GYR_FROM_EVENT;
	}
	str_set(st, &g->cgroup_told, told);
}

static void update_str(struct state *st, struct str **dst, const struct gyr_event *ev, int arg)
{
	const char *s;
	size_t len;

	s = ev_str(ev, arg, &len);
	if (s)
		str_set(st, dst, str_get(st, s, len));
}

/* The effective ones. When they are not those that are known, others are not either. */
static void update_ids(struct state *st, struct gyr_thread *t, uint32_t uid, uint32_t gid)
{
	if (t->ids.euid != uid || t->ids.egid != gid)
		doubt(st, t, OF_THREAD);
	t->ids.euid = uid;
	t->ids.egid = gid;
	t->from_ids = GYR_FROM_EVENT;
}

/* What the events of a clone's child and of an exec both say of their thread. */
static void update_thread(struct state *st, struct gyr_thread *t, const struct gyr_event *ev, const struct rule *r)
{
	int64_t ptid = ev_int(ev, r->arg[A_PTID], 0), vtid = ev_int(ev, r->arg[A_VTID], t->tid);
	const struct gyr_thread *parent = thread_get(st, ptid);
	struct group *g = t->group;
	const char *s;
	uint32_t args_len;
	size_t len;

	if (fits_pid(ptid)) {
		group_set_parent(st, g, parent ? parent->group->pid : ptid);
		g->from[GYR_THREAD_PARENT] = GYR_FROM_EVENT;
	}
	if (vtid != t->tid)
		t->flags |= THREAD_INNER_NS;
	update_str(st, &g->exe, ev, r->arg[A_EXE]);
	g->from[GYR_THREAD_EXE] = GYR_FROM_EVENT;
	s = (const char *)ev_raw(ev, r->arg[A_ARGS], &args_len);
	if (s)
		str_set(st, &g->args, str_get(st, s, args_len));
	s = ev_str(ev, r->arg[A_COMM], &len);
	if (s) {
		thread_set_comm(t, s, len);
		t->from_comm = GYR_FROM_EVENT;
	}
	s = ev_str(ev, r->arg[A_CWD], &len);
	if (s && len)
		str_set(st, &t->fs->cwd, str_get(st, s, len));
	update_cgroup(st, g, ev, r->arg[A_CGROUPS]);
	if (ev_has(ev, r->arg[A_UID]) && ev_has(ev, r->arg[A_GID])) {
		update_ids(st, t, ev_uint(ev, r->arg[A_UID], UINT32_MAX), ev_uint(ev, r->arg[A_GID], UINT32_MAX));
	}
}

/* ---- clone ---- */

static bool is_newer(const struct gyr_thread *t, uint64_t ts)
{
	return t->look.to >= ts;
}

/* Threads that stand under the pid of a new process are left over from an earlier one, whose exit was lost. */
static void clear_group(struct state *st, uint32_t pid)
{
	struct group *g = table_val(&st->groups, pid);
	bool last = false;

	while (g && !last) {
		last = !g->threads->next;
		thread_remove(st, g->threads);
	}
}

/*
 * A copy of what has been looked at since, or was in doubt, is in doubt; and of those of whom there are no events. The
 * kernel copies at some time after the creator's event before: what others who share the table have changed since may
 * be in the copy or not.
 */
static void inherit_tables(struct state *st, struct gyr_thread *t, const struct gyr_thread *creator, uint64_t flags,
			   uint64_t creator_before)
{
	bool unseen = creator->group->pid == st->self;
	const struct files *files = creator->files;
	const struct fs *fs = creator->fs;

	if (flags & GYR_WIRE_CLONE_FLAGS_CLONE_FILES)
		thread_set_files(st, t, creator->files);
	else
		t->files = files_copy(st, creator->files);
	if (flags & GYR_WIRE_CLONE_FLAGS_CLONE_FS)
		thread_set_fs(st, t, creator->fs);
	else
		t->fs = fs_copy(st, creator->fs);
	if (t->files && t->files != files &&
	    (unseen || files->doubt || files->read_to >= st->ts ||
	     (files->refs > 1 && files->changed > creator_before)))
		doubt(st, t, OF_FDS);
	if (t->fs && t->fs != fs &&
	    (unseen || fs->doubt || fs->look.to >= st->ts || (fs->refs > 1 && fs->since > creator_before)))
		doubt(st, t, OF_FS);
}

/* When the creator had its last event before the clone, which this is, or the child's. */
static uint64_t creator_event(const struct state *st, const struct gyr_thread *creator, uint64_t ts)
{
	return creator->last < ts ? creator->last : st->ts_before;
}

/* A new thread as clone makes it; creator NULL: not known. */
static struct gyr_thread *clone_thread(struct state *st, uint32_t tid, uint32_t pid, struct gyr_thread *creator,
				       uint64_t flags, uint64_t ts)
{
	struct gyr_thread *t;
	uint64_t creator_before = 0;

	if (creator) {
		creator_before = creator_event(st, creator, ts);
		creator->last = ts; /* not to be evicted for its child */
	} else {
		t = proc_thread(st, tid, ts);
		if (t)
			return t;
	}
	t = thread_new(st, tid, pid, ts);
	if (!t)
		return NULL;
	if (creator) {
		t->flags |= creator->flags & THREAD_INNER_NS;
		memcpy(t->comm, creator->comm, sizeof(t->comm));
		t->from_comm = creator->from_comm;
		t->from_ids = creator->from_ids;
		t->ids = creator->ids;
		if (t->group != creator->group) {
			group_inherit(st, t->group, creator->group);
			group_set_parent(st, t->group,
					 flags & GYR_WIRE_CLONE_FLAGS_CLONE_PARENT ? creator->group->ppid
										   : gyr_thread_pid(creator));
		} else {
			t->flags |= creator->flags & THREAD_NO_PID;
		}
		inherit_tables(st, t, creator, flags, creator_before);
		if (creator->group->pid == st->self || creator->flags & THREAD_DOUBT || creator->look.to >= ts)
			doubt(st, t, OF_THREAD);
	} else {
		t->flags |= THREAD_ORPHAN;
	}
	if (flags & GYR_WIRE_CLONE_FLAGS_CLONE_NEWUSER)
		t->group->user_ns = true;
	t = thread_finish(st, t);
	if (t && !creator)
		doubt_all(st, t);
	return t;
}

/* What the child's event did not tell, but the creator's does. What the child has done in between stays. */
static void adopt(struct state *st, struct gyr_thread *t, const struct gyr_thread *creator, uint64_t flags)
{
	struct files *files = t->files;
	struct group *g = t->group;
	struct fs *fs = t->fs;

	t->flags &= ~THREAD_ORPHAN;
	if (!g->exepath)
		g->exepath = str_ref(creator->group->exepath);
	if (!g->cgroup)
		g->cgroup = cgroup_ref(creator->group->cgroup);
	g->user_ns |= creator->group->user_ns;
	t->files = NULL;
	t->fs = NULL;
	inherit_tables(st, t, creator, flags, st->ts_before);
	if (thread_finish(st, t)) {
		files_merge(st, t->files, files);
		if (fs->cwd)
			str_set(st, &t->fs->cwd, str_ref(fs->cwd));
	}
	files_put(st, files);
	fs_put(st, fs);
}

/* The caller as far as its child's event tells. NULL: it does not, or this one is not known. */
static struct gyr_thread *child_creator(const struct state *st, int64_t pid, int64_t ptid, uint64_t flags)
{
	const uint64_t both = GYR_WIRE_CLONE_FLAGS_CLONE_FILES | GYR_WIRE_CLONE_FLAGS_CLONE_FS;
	const struct group *g;

	/* A thread's parent is its group's. Any other of the group stands for the caller, when they share. */
	if (flags & GYR_WIRE_CLONE_FLAGS_CLONE_THREAD) {
		g = table_val(&st->groups, pid);
		return g && (flags & both) == both ? g->threads : NULL;
	}
	/* So is the parent with this flag: the caller's own. */
	return flags & GYR_WIRE_CLONE_FLAGS_CLONE_PARENT ? NULL : thread_get(st, ptid);
}

/*
 * The child's event, the child's first. It comes before or after the parent's; for a vfork always before. Its params
 * are as seen from the root pid namespace.
 */
static void clone_child(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	uint64_t flags = ev_uint(ev, r->arg[A_CLONE_FLAGS], 0);
	int64_t pid = ev_int(ev, r->arg[A_PID], 0), ptid = ev_int(ev, r->arg[A_PTID], 0);
	struct gyr_thread *t = thread_get(st, ev->tid), *creator;
	struct slot *early = table_get(&st->early, ev->tid);

	if (early)
		table_del(&st->early, early);
	if (!fits_pid(pid))
		pid = ev->tid;
	if (t && !is_newer(t, ev->ts) && (t->flags & (THREAD_CHILD | THREAD_PARENT)) != THREAD_PARENT) {
		thread_remove(st, t);
		t = NULL;
	}
	if (!t && !(flags & GYR_WIRE_CLONE_FLAGS_CLONE_THREAD))
		clear_group(st, pid);
	creator = child_creator(st, pid, ptid, flags);
	if (!t)
		t = clone_thread(st, ev->tid, pid, creator, flags, ev->ts);
	if (!t)
		return;
	if (t->flags & THREAD_NO_PID)
		thread_set_pid(st, t, pid);
	t->flags |= THREAD_CHILD;
	t->last = ev->ts;
	ev->thread = t;
	update_thread(st, t, ev, r);
	/* The result of a creator within another pid namespace does not tell which thread this is. */
	if (creator ? creator->flags & THREAD_INNER_NS
		    : t->flags & THREAD_INNER_NS && !(flags & GYR_WIRE_CLONE_FLAGS_CLONE_NEWPID))
		t->flags |= THREAD_PARENT;
}

static void clone_parent(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	uint64_t flags = ev_uint(ev, r->arg[A_CLONE_FLAGS], 0);
	int64_t tid = ev_int(ev, r->arg[A_RES], -1), vtid = ev_int(ev, r->arg[A_VTID], ev->tid);
	int64_t pid = ev_int(ev, r->arg[A_PID], 0);
	struct gyr_thread *t = ev_thread(ev), *child;
	bool thread = flags & GYR_WIRE_CLONE_FLAGS_CLONE_THREAD;
	struct slot *early;

	if (t->flags & THREAD_NO_PID && fits_pid(pid))
		thread_set_pid(st, t, pid);
	if (vtid != (int64_t)ev->tid)
		t->flags |= THREAD_INNER_NS;
	if (t->flags & THREAD_INNER_NS || !fits_pid(tid))
		return;
	early = table_get(&st->early, tid);
	if (early) {
		table_del(&st->early, early);
		return;
	}
	child = thread_get(st, tid);
	if (child && (is_newer(child, ev->ts) || (child->flags & (THREAD_CHILD | THREAD_PARENT)) == THREAD_CHILD)) {
		child->flags |= THREAD_PARENT;
		/* Else it is in doubt, as orphans are, till it is looked at. */
		if (child->flags & THREAD_ORPHAN && child != t && !is_newer(t, ev->ts))
			adopt(st, child, t, flags);
		return;
	}
	if (child == t || (!thread && tid == t->group->pid))
		return; /* not what a kernel says */
	if (child)
		thread_remove(st, child);
	if (!thread)
		clear_group(st, tid);
	child = clone_thread(st, tid, thread ? t->group->pid : tid, t, flags, ev->ts);
	if (child)
		child->flags |= THREAD_PARENT;
}

void t_clone(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t res = ev_int(ev, r->arg[A_RES], -1);

	if (res == 0)
		clone_child(st, ev, r);
	else if (res > 0)
		clone_parent(st, ev, r);
}

/* ---- exec ---- */

/*
 * The thread that execs goes on under its group's pid, and all others of the group are gone. The leader's exit has been
 * seen before when another than it has called.
 */
static struct gyr_thread *exec_thread(struct state *st, struct gyr_event *ev, uint32_t pid)
{
	struct gyr_thread *t = thread_get(st, ev->tid), *from, *next;
	struct group *g;

	if (!t) {
		g = table_val(&st->groups, pid);
		from = g ? g->threads : NULL;
		if (from)
			from->last = ev->ts; /* not to be evicted for itself */
		t = from ? thread_new(st, ev->tid, pid, ev->ts) : proc_thread(st, ev->tid, ev->ts);
		if (t && from) {
			t->flags |= from->flags & THREAD_INNER_NS;
			t->from_ids = from->from_ids;
			t->ids = from->ids;
			thread_set_files(st, t, from->files);
			thread_set_fs(st, t, from->fs);
		} else if (!t) {
			t = thread_new(st, ev->tid, pid, ev->ts);
		}
		t = t ? thread_finish(st, t) : NULL;
	}
	if (t && t->flags & THREAD_NO_PID)
		thread_set_pid(st, t, pid);
	for (from = t ? t->group->threads : NULL; from; from = next) {
		next = from->next;
		if (from != t)
			thread_remove(st, from);
	}
	return t;
}

static void set_exepath(struct state *st, struct gyr_thread *t, const struct gyr_event *ev, const struct rule *r)
{
	const struct str *cwd = t->fs->cwd;
	char path[PATH_ROOM];
	const char *s;
	size_t len;

	s = ev_str(ev, r->arg[A_EXEC_PATH], &len);
	if (!s || len == 0) {
		/* As it was called: not resolved, and for a script the script. */
		s = ev_str(ev, r->arg[A_EXEC_FILENAME], &len);
		if (s)
			len = path_join(path, sizeof(path), str_text(cwd), cwd ? cwd->len : 0, s, len);
		s = s ? path : NULL;
	}
	str_set(st, &t->group->exepath, str_get(st, s, s ? len : 0));
}

/* exec makes saved and filesystem ids those that are effective, and tells the capabilities. */
static void update_rights(struct gyr_thread *t, const struct gyr_event *ev, const struct rule *r)
{
	struct gyr_thread_ids *ids = &t->ids;

	ids->suid = ids->fsuid = ids->euid;
	ids->sgid = ids->fsgid = ids->egid;
	ids->cap_inheritable = ev_uint(ev, r->arg[A_EXEC_CAP_INH], 0);
	ids->cap_permitted = ev_uint(ev, r->arg[A_EXEC_CAP_PRM], 0);
	ids->cap_effective = ev_uint(ev, r->arg[A_EXEC_CAP_EFF], 0);
	if (!ev_has(ev, r->arg[A_EXEC_PGID]))
		return;
	t->group->pgid = ev_uint(ev, r->arg[A_EXEC_PGID], 0);
	if (t->group->sid)
		t->group->from[GYR_THREAD_JOB] = GYR_FROM_EVENT;
}

void t_exec(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	int64_t pid = ev_int(ev, r->arg[A_PID], 0);
	struct gyr_thread *t;
	struct files *files;

	if (ev_int(ev, r->arg[A_RES], -1) != 0)
		return;
	t = exec_thread(st, ev, fits_pid(pid) ? pid : (int64_t)ev->tid);
	if (!t)
		return;
	t->last = ev->ts;
	t->flags &= ~THREAD_ORPHAN;
	ev->thread = t;
	/* The table is the process's own from now on, but the cwd may stay shared. */
	files = thread_files(st, t);
	if (files && ev->ts > files->look.from)
		files_close_on_exec(st, files);
	if (files && ev->ts > files->look.from && ev->ts <= files->look.to)
		doubt(st, t, OF_FDS);
	if (ev->ts <= t->look.from)
		return; /* read already, and maybe another since */
	if (ev->ts <= t->look.to)
		doubt(st, t, OF_THREAD);
	str_set(st, &t->group->exe, NULL);
	str_set(st, &t->group->args, NULL);
	update_thread(st, t, ev, r);
	set_exepath(st, t, ev, r);
	update_rights(t, ev, r);
}

/* ---- exit ---- */

/* The children of a process that ends go to its reaper. */
void t_exit(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	const struct group *gone = ev->thread->group;
	int64_t reaper = ev_int(ev, r->arg[0], 0);
	const struct gyr_thread *t;

	if (!fits_pid(reaper) || gone->threads->next || ev->ts <= ev->thread->look.from)
		return;
	t = thread_get(st, reaper);
	group_hand_over(st, gone, t ? t->group->pid : reaper);
}

void t_exit_after(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	(void)r;
	if (ev->ts <= ev->thread->look.from)
		return; /* of an earlier one with that number: what is on its way out is not taken from /proc */
	thread_remove(st, ev_thread(ev));
	ev->thread = NULL;
	ev->fd = NULL;
}

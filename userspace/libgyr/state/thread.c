/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Threads and thread groups, and what the public API says of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/state.h"

#define EARLY_MAX   4096
#define EVICT_TRIES 16

struct fs *fs_new(struct state *st, struct str *cwd)
{
	struct fs *fs = state_alloc(st, sizeof(*fs));

	if (fs)
		*fs = (struct fs){.refs = 1, .cwd = cwd, .from = GYR_FROM_EVENT};
	return fs;
}

struct fs *fs_copy(struct state *st, const struct fs *from)
{
	struct fs *fs = fs_new(st, from->cwd);

	if (fs) {
		str_ref(fs->cwd);
		fs->since = from->since;
		fs->from = from->from;
		fs->doubt = from->doubt;
		fs->deleted = from->deleted;
	}
	return fs;
}

void fs_put(struct state *st, struct fs *fs)
{
	if (!fs || --fs->refs)
		return;
	str_put(st, fs->cwd);
	state_dealloc(st, fs, sizeof(*fs));
}

void thread_set_files(struct state *st, struct gyr_thread *t, struct files *files)
{
	struct files *old = t->files;

	if (files)
		files->refs++;
	t->files = files;
	files_put(st, old);
}

void thread_set_fs(struct state *st, struct gyr_thread *t, struct fs *fs)
{
	struct fs *old = t->fs;

	if (fs)
		fs->refs++;
	t->fs = fs;
	fs_put(st, old);
}

struct files *thread_files(struct state *st, struct gyr_thread *t)
{
	struct files *copy;

	if (t->files && t->files->refs == 1)
		return t->files;
	copy = t->files ? files_copy(st, t->files) : files_new(st);
	if (!copy)
		return NULL;
	if (t->files) {
		copy->look = t->files->look;
		copy->read_to = t->files->read_to;
	}
	files_put(st, t->files);
	t->files = copy;
	if (copy->doubt)
		doubt(st, t, OF_FDS);
	return copy;
}

void thread_own_fs(struct state *st, struct gyr_thread *t)
{
	struct fs *copy;

	if (t->fs->refs == 1)
		return;
	copy = fs_copy(st, t->fs);
	if (!copy)
		return;
	copy->look = t->fs->look;
	fs_put(st, t->fs);
	t->fs = copy;
	if (copy->doubt)
		doubt(st, t, OF_FS);
}

void thread_set_comm(struct gyr_thread *t, const char *s, size_t len)
{
	if (len >= sizeof(t->comm))
		len = sizeof(t->comm) - 1;
	memcpy(t->comm, s, len);
	memset(t->comm + len, 0, sizeof(t->comm) - len);
}

static void leave_parent(struct state *st, struct group *g)
{
	struct slot *s = g->prev_child ? NULL : table_get(&st->parents, g->ppid);

	if (g->prev_child)
		g->prev_child->next_child = g->next_child;
	if (g->next_child)
		g->next_child->prev_child = g->prev_child;
	if (s && s->val == g && g->next_child) {
		s->val = g->next_child;
	} else if (s && s->val == g) {
		table_del(&st->parents, s);
		table_trim(&st->parents);
	}
	g->next_child = g->prev_child = NULL;
}

void group_set_parent(struct state *st, struct group *g, uint32_t ppid)
{
	struct slot *s;

	if (g->ppid == ppid)
		return;
	leave_parent(st, g);
	g->ppid = ppid;
	s = ppid ? table_get(&st->parents, ppid) : NULL;
	if (s) {
		g->next_child = s->val;
		g->next_child->prev_child = g;
		s->val = g;
	} else if (ppid && !table_add(&st->parents, ppid, g)) {
		st->counts.no_memory++; /* it keeps its parent when that one ends */
	}
}

void group_hand_over(struct state *st, const struct group *gone, uint32_t ppid)
{
	struct group *child;

	while (ppid != gone->pid && (child = table_val(&st->parents, gone->pid)))
		group_set_parent(st, child, ppid);
}

static void group_free(struct state *st, struct group *g)
{
	leave_parent(st, g);
	st->nsuspect -= g->suspect;
	str_put(st, g->exe);
	str_put(st, g->exepath);
	str_put(st, g->args);
	cgroup_put(st, g->cgroup);
	str_put(st, g->cgroup_told);
	state_dealloc(st, g, sizeof(*g));
}

static struct group *group_get(struct state *st, uint32_t pid)
{
	struct group *g = table_val(&st->groups, pid);

	if (g)
		return g;
	g = state_alloc(st, sizeof(*g));
	if (!g)
		return NULL;
	g->pid = pid;
	if (!table_add(&st->groups, pid, g)) {
		state_dealloc(st, g, sizeof(*g));
		return NULL;
	}
	return g;
}

static void group_drop(struct state *st, struct group *g)
{
	table_del(&st->groups, table_get(&st->groups, g->pid));
	table_trim(&st->groups);
	group_free(st, g);
}

static void group_link(struct group *g, struct gyr_thread *t)
{
	t->group = g;
	t->next = g->threads;
	t->pprev = &g->threads;
	if (t->next)
		t->next->pprev = &t->next;
	g->threads = t;
}

static void group_unlink(struct state *st, struct gyr_thread *t)
{
	*t->pprev = t->next;
	if (t->next)
		t->next->pprev = t->pprev;
	if (!t->group->threads)
		group_drop(st, t->group);
}

void group_inherit(struct state *st, struct group *g, const struct group *from)
{
	if (g == from)
		return;
	str_set(st, &g->exe, str_ref(from->exe));
	str_set(st, &g->exepath, str_ref(from->exepath));
	str_set(st, &g->args, str_ref(from->args));
	cgroup_set(st, &g->cgroup, cgroup_ref(from->cgroup));
	str_set(st, &g->cgroup_told, str_ref(from->cgroup_told));
	g->pgid = from->pgid;
	g->sid = from->sid;
	memcpy(g->from, from->from, sizeof(g->from));
	g->user_ns = from->user_ns;
}

void group_set_cgroup(struct state *st, struct group *g, const char *path, size_t len)
{
	cgroup_set(st, &g->cgroup, cgroup_get(st, path, len));
}

void thread_evict(struct state *st)
{
	struct gyr_thread *oldest = NULL;

	for (int tries = 0; tries < EVICT_TRIES; tries++) {
		struct slot *s = table_next(&st->threads, &st->clock_hand);
		struct gyr_thread *t;

		if (!s) {
			st->clock_hand = 0;
			continue;
		}
		t = s->val;
		if (!oldest || t->last < oldest->last)
			oldest = t;
	}
	if (!oldest)
		return;
	st->counts.evicted_threads++;
	thread_remove(st, oldest);
}

struct gyr_thread *thread_new(struct state *st, uint32_t tid, uint32_t pid, uint64_t ts)
{
	struct gyr_thread *t;
	struct group *g;

	if (st->threads.used >= st->limits.threads)
		thread_evict(st);
	t = state_alloc(st, sizeof(*t));
	g = group_get(st, pid);
	if (!t || !g || !table_add(&st->threads, tid, t))
		goto no_memory;
	t->tid = tid;
	t->ids = no_ids;
	t->since = t->last = ts;
	group_link(g, t);
	return t;

no_memory:
	st->counts.no_memory++;
	if (g && !g->threads)
		group_drop(st, g);
	state_dealloc(st, t, sizeof(*t));
	return NULL;
}

void thread_set_pid(struct state *st, struct gyr_thread *t, uint32_t pid)
{
	struct group *g = group_get(st, pid);

	if (!g) {
		st->counts.no_memory++;
		return;
	}
	t->flags &= ~THREAD_NO_PID;
	if (g == t->group)
		return;
	g->user_ns |= t->group->user_ns;
	group_unlink(st, t);
	group_link(g, t);
}

struct gyr_thread *thread_finish(struct state *st, struct gyr_thread *t)
{
	if (!t->files)
		t->files = files_new(st);
	if (!t->fs)
		t->fs = fs_new(st, NULL);
	if (t->files && t->fs)
		return t;
	st->counts.no_memory++;
	thread_remove(st, t);
	return NULL;
}

/* The parent's event of this thread's clone is still to come, and must not bring the thread back. */
static void remember_early(struct state *st, uint32_t tid)
{
	if (st->early.used >= EARLY_MAX)
		table_free(&st->early);
	if (!table_get(&st->early, tid))
		table_add(&st->early, tid, st);
}

void thread_remove(struct state *st, struct gyr_thread *t)
{
	if ((t->flags & (THREAD_CHILD | THREAD_PARENT)) == THREAD_CHILD)
		remember_early(st, t->tid);
	table_del(&st->threads, table_get(&st->threads, t->tid));
	table_trim(&st->threads);
	group_unlink(st, t);
	files_put(st, t->files);
	fs_put(st, t->fs);
	state_dealloc(st, t, sizeof(*t));
}

/* Removing moves slots, so that one walk may miss some. */
void thread_remove_all(struct state *st)
{
	struct slot *s;
	uint32_t i;

	while (st->threads.used)
		for (i = 0; (s = table_next(&st->threads, &i));)
			thread_remove(st, s->val);
}

/* ---- the public API ---- */

const struct gyr_thread *gyr_thread_by_tid(struct gyr *g, uint64_t tid)
{
	return g->state ? thread_get(g->state, tid) : NULL;
}

const struct gyr_thread *gyr_thread_parent(struct gyr *g, const struct gyr_thread *t)
{
	const struct gyr_thread *parent;
	const struct group *group;

	if (!g->state || t->group->ppid == 0)
		return NULL;
	parent = thread_get(g->state, t->group->ppid);
	if (parent)
		return parent;
	/* The leader may have exited before its other threads. */
	group = table_val(&g->state->groups, t->group->ppid);
	return group ? group->threads : NULL;
}

uint64_t gyr_thread_tid(const struct gyr_thread *t)
{
	return t->tid;
}

uint64_t gyr_thread_pid(const struct gyr_thread *t)
{
	return t->flags & THREAD_NO_PID ? 0 : t->group->pid;
}

uint64_t gyr_thread_ppid(const struct gyr_thread *t)
{
	return t->group->ppid;
}

uint64_t gyr_thread_pgid(const struct gyr_thread *t)
{
	return t->group->pgid;
}

uint64_t gyr_thread_sid(const struct gyr_thread *t)
{
	return t->group->sid;
}

static uint64_t known_at(const struct gyr_thread *t, enum gyr_thread_field field)
{
	const struct look *l = field == GYR_THREAD_CWD ? &t->fs->look : &t->look;
	uint64_t since = field == GYR_THREAD_CWD ? t->fs->since : t->since;

	return l->to > since ? l->to : since;
}

enum gyr_from gyr_thread_from(struct gyr *g, const struct gyr_thread *t, enum gyr_thread_field field)
{
	enum gyr_from from = GYR_FROM_NOTHING;
	bool doubt = t->flags & THREAD_DOUBT;

	switch (field) {
	case GYR_THREAD_COMM:
		from = t->from_comm;
		break;
	case GYR_THREAD_IDS:
		from = t->from_ids;
		break;
	case GYR_THREAD_CWD:
		from = t->fs && t->fs->cwd ? t->fs->from : GYR_FROM_NOTHING;
		doubt = t->fs && t->fs->doubt;
		break;
	default:
		if ((unsigned int)field < GYR_THREAD_FIELDS_)
			from = t->group->from[field];
		break;
	}
	if (from != GYR_FROM_NOTHING && (doubt || known_at(t, field) < g->state->lost_at))
		return GYR_FROM_STALE;
	return from;
}

const char *gyr_from_name(enum gyr_from from)
{
	static const char *const names[GYR_FROMS_] = {
		[GYR_FROM_NOTHING] = "nothing", [GYR_FROM_EVENT] = "event", [GYR_FROM_SNAPSHOT] = "snapshot",
		[GYR_FROM_LOOKUP] = "lookup",	[GYR_FROM_GUESS] = "guess", [GYR_FROM_STALE] = "stale",
	};

	return (unsigned int)from < GYR_FROMS_ ? names[from] : "";
}

const char *gyr_thread_comm(const struct gyr_thread *t)
{
	return t->comm;
}

const char *gyr_thread_exe(const struct gyr_thread *t)
{
	return str_text(t->group->exe);
}

const char *gyr_thread_exepath(const struct gyr_thread *t)
{
	return str_text(t->group->exepath);
}

const char *gyr_thread_args(const struct gyr_thread *t, size_t *len)
{
	if (len)
		*len = t->group->args ? t->group->args->len : 0;
	return str_text(t->group->args);
}

const char *gyr_thread_cwd(const struct gyr_thread *t)
{
	return t->fs ? str_text(t->fs->cwd) : "";
}

bool gyr_thread_cwd_deleted(const struct gyr_thread *t)
{
	return t->fs && t->fs->deleted;
}

uint32_t gyr_thread_uid(const struct gyr_thread *t)
{
	return t->ids.euid;
}

uint32_t gyr_thread_gid(const struct gyr_thread *t)
{
	return t->ids.egid;
}

void gyr_thread_get_ids(const struct gyr_thread *t, struct gyr_thread_ids *out)
{
	*out = t->ids;
}

const struct gyr_fd *gyr_thread_fd(const struct gyr_thread *t, int64_t fd)
{
	return t->files ? files_get(t->files, fd) : NULL;
}

const struct gyr_thread *gyr_thread_next(struct gyr *g, const struct gyr_thread *prev)
{
	const struct table *threads;
	struct slot *s = NULL;
	uint32_t i = 0;

	if (!g->state)
		return NULL;
	threads = &g->state->threads;
	if (prev) {
		s = table_get(threads, prev->tid);
		if (!s)
			return NULL; /* not of this handle, or gone: there is no next */
		i = s - threads->slots + 1;
	}
	s = table_next(threads, &i);
	return s ? s->val : NULL;
}

uint32_t gyr_thread_count(struct gyr *g)
{
	return g->state ? g->state->threads.used : 0;
}

const struct gyr_thread *gyr_thread_leader(struct gyr *g, const struct gyr_thread *t)
{
	const struct gyr_thread *leader;

	if (!g->state || t->flags & THREAD_NO_PID)
		return NULL;
	leader = thread_get(g->state, t->group->pid);
	return leader && leader->group == t->group ? leader : NULL;
}

const struct gyr_thread *gyr_thread_ancestor(struct gyr *g, const struct gyr_thread *t, const char *comm)
{
	/* Ids are used again, so what is known of parents may be a circle. A chain without one has no more groups. */
	uint32_t left = g->state ? g->state->groups.used : 0;
	const struct gyr_thread *a = t;

	while (left-- && (a = gyr_thread_parent(g, a)) && a->group != t->group)
		if (strncmp(a->comm, comm, sizeof(a->comm) - 1) == 0)
			return a;
	return NULL;
}

bool gyr_thread_shares_fds(const struct gyr_thread *a, const struct gyr_thread *b)
{
	return a->files && a->files == b->files;
}

bool gyr_thread_shares_fs(const struct gyr_thread *a, const struct gyr_thread *b)
{
	return a->fs && a->fs == b->fs;
}

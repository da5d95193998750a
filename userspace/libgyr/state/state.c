/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Around an event: its thread, its fd, its category, and what it changes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "event/read.h"
#include "state/state.h"

static const struct state_limits default_limits = {
	.threads = 1 << 17,
	.fds = 1 << 20,
	.table_fds = 1 << 17,
	.lookups = 2000,
	.calm_ns = 100000000,
	.bytes = 256 << 20,
};

const struct gyr_thread_ids no_ids = {
	.ruid = UINT32_MAX,
	.euid = UINT32_MAX,
	.suid = UINT32_MAX,
	.fsuid = UINT32_MAX,
	.rgid = UINT32_MAX,
	.egid = UINT32_MAX,
	.sgid = UINT32_MAX,
	.fsgid = UINT32_MAX,
};

uint64_t state_now(const struct state *st)
{
	return clock_ns(CLOCK_BOOTTIME) + st->epoch_ns;
}

void state_set_clock(struct state *st, uint64_t now)
{
	st->epoch_ns = now - clock_ns(CLOCK_BOOTTIME);
}

struct state *state_new(struct gyr_diag *d)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->proc = -1;
	st->diag = d;
	st->limits = default_limits;
	state_set_clock(st, clock_ns(CLOCK_REALTIME));
	/* An unseeded hash works as well, only not against somebody who chooses names for it. */
	if (getrandom(&st->seed, sizeof(st->seed), GRND_NONBLOCK) < 0)
		st->seed = 0;
	st->nobody.group = &st->nobody_group;
	st->nobody.ids = no_ids;
	st->buf = malloc(STATE_BUF);
	st->names = calloc(1 << NAMES_BITS, sizeof(*st->names));
	st->nobody.files = files_new(st);
	st->nobody.fs = fs_new(st, NULL);
	if (!st->buf || !st->names || !st->nobody.files || !st->nobody.fs) {
		state_free(st);
		return NULL;
	}
	rules_init(st);
	return st;
}

void state_free(struct state *st)
{
	if (!st)
		return;
	thread_remove_all(st);
	files_put(st, st->nobody.files);
	fs_put(st, st->nobody.fs);
	proc_net_forget(st);
	users_free(st->users);
	table_free(&st->threads);
	table_free(&st->groups);
	table_free(&st->parents);
	table_free(&st->cgroups);
	table_free(&st->strs);
	table_free(&st->early);
	table_free(&st->doubts);
	free(st->sweep.pids);
	if (st->proc >= 0)
		close(st->proc);
	free(st->buf);
	free(st->names);
	free(st);
}

static struct gyr_thread *find_thread(struct state *st, const struct gyr_event *ev)
{
	struct gyr_thread *t;

	if (ev->tid == 0 || ev->tid > INT32_MAX)
		return &st->nobody;
	t = proc_thread(st, ev->tid, ev->ts);
	if (t)
		return t;
	t = thread_new(st, ev->tid, ev->tid, ev->ts);
	t = t ? thread_finish(st, t) : NULL;
	if (!t)
		return &st->nobody;
	t->flags |= THREAD_NO_PID;
	doubt_all(st, t);
	return t;
}

static bool is_bare(const struct gyr_fd *fd)
{
	return ((const struct file *)fd->slot.val)->flags & FILE_BARE;
}

struct gyr_fd *event_fd(struct state *st, const struct gyr_event *ev, int64_t fd)
{
	struct gyr_thread *t = ev_thread(ev);
	struct gyr_fd *found, *looked;

	if (fd < 0)
		return NULL;
	found = files_get(t->files, fd);
	if (found && !is_bare(found))
		return found;
	looked = proc_fd(st, t, fd, ev->ts);
	return looked ? looked : found;
}

/*
 * Not of a call that failed for the fd itself; and behind the number that a call has closed there is nothing any more,
 * or something else.
 */
static bool may_look_up(const struct gyr_event *ev, const struct rule *r)
{
	return !r->closes && ev_int(ev, r->res, 0) != -EBADF;
}

void state_suspect(struct state *st, uint64_t since)
{
	struct slot *s;
	uint32_t i;

	if (st->proc < 0)
		return;
	for (i = 0; (s = table_next(&st->groups, &i));) {
		struct group *g = s->val;
		const struct gyr_thread *t;

		st->nsuspect -= g->suspect;
		g->suspect = true;
		for (t = g->threads; t; t = t->next)
			if (t->last >= since)
				g->suspect = false;
		st->nsuspect += g->suspect;
	}
}

/* All that shares a table with it goes, too: what is left of these would be found again. */
static struct gyr_thread *look_again(struct state *st, const struct gyr_event *ev, uint64_t tid)
{
	struct gyr_thread *t = thread_get(st, tid);
	struct group *g = t && st->nsuspect ? t->group : NULL;
	bool last = false;

	if (!g || !g->suspect)
		return t;
	while (!last) {
		last = !g->threads->next;
		thread_remove(st, g->threads);
	}
	return tid == ev->tid ? find_thread(st, ev) : proc_thread(st, (uint32_t)tid, ev->ts);
}

/*
 * Whether what the event changes is not in what was read already. When it came while that was read nobody knows: it
 * changes what it changes, and there is another look.
 */
static bool is_news(struct state *st, const struct gyr_event *ev, const struct rule *r)
{
	struct gyr_thread *t = ev_thread(ev);
	const struct look *l;

	if (r->of == OF_NOTHING || !t)
		return true;
	l = r->of == OF_FDS ? &t->files->look : r->of == OF_FS ? &t->fs->look : &t->look;
	if (ev->ts <= l->from)
		return false;
	if (ev->ts <= l->to)
		doubt(st, t, r->of);
	return true;
}

#define EVICTIONS 8 /* at once: more would take the time of the event */

/* Between events, when nobody holds on to a thread. */
static void make_room(struct state *st)
{
	for (int i = 0; i < EVICTIONS && state_is_full(st); i++)
		thread_evict(st);
}

void state_set_bytes(struct state *st, uint64_t bytes)
{
	st->limits.bytes = bytes;
}

void state_stats(const struct state *st, struct gyr_stats *out)
{
	out->state_bytes = state_bytes(st);
	out->state_evicted = st->counts.evicted_threads;
	out->state_dropped = st->counts.dropped_fds + st->counts.dropped_strs;
	out->state_lookups = st->counts.thread_lookups + st->counts.fd_lookups;
	out->state_refreshed = st->counts.refreshed;
}

void state_before(struct state *st, struct gyr_event *ev)
{
	const struct rule *r = state_rule(st, ev->type);
	bool announced = r->makes_thread && ev_int(ev, r->arg[0], -1) == 0 && ev->tid && ev->tid <= INT32_MAX;
	struct gyr_thread *t;

	st->ts = ev->ts;
	make_room(st);
	t = look_again(st, ev, ev->tid);
	st->ts_before = t ? t->last : 0;
	if (t)
		t->last = ev->ts; /* not to be evicted for those that are looked up below */
	if (announced) {	  /* whose tables it begins with: its process, and its parent */
		look_again(st, ev, ev_uint(ev, r->arg[3], 0));
		look_again(st, ev, ev_uint(ev, r->arg[4], 0));
		t = thread_get(st, ev->tid);
	}

	if (!t && !announced)
		t = find_thread(st, ev);
	if (t)
		t->last = ev->ts;
	ev->thread = t;
	ev->fd = NULL;
	ev->fd_num = ev_int(ev, r->fd, -1);
	if (r->before && (t != &st->nobody || r->of_anyone) && is_news(st, ev, r))
		r->before(st, ev, r);
	if (ev->context && !r->closes && t && t != &st->nobody && r->of == OF_FDS && is_news(st, ev, r))
		context_apply(st, ev, ev_thread(ev));
	if (!ev->thread)
		ev->thread = &st->nobody;
	if (ev->fd_num < 0)
		ev->fd_num = -1; /* an errno, AT_FDCWD */
	else
		ev->fd = files_get(ev->thread->files, ev->fd_num);
	if (ev->fd_num >= 0 && (!ev->fd || is_bare(ev->fd)) && ev->thread != &st->nobody && may_look_up(ev, r))
		ev->fd = event_fd(st, ev, ev->fd_num);
	if (r->unknown != COMPLETE_NOT)
		ev->category = complete_category(r->unknown, ev->fd ? fd_file(ev->fd)->type : GYR_FD_UNKNOWN);
}

void state_after(struct state *st, struct gyr_event *ev)
{
	const struct rule *r = state_rule(st, ev->type);

	if (r->after && ev->thread && ev->thread != &st->nobody && is_news(st, ev, r))
		r->after(st, ev, r);
	if (ev->context && r->closes && ev->thread && ev->thread != &st->nobody && is_news(st, ev, r))
		context_apply(st, ev, ev_thread(ev));
}

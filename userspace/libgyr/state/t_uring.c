// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What operations of io_uring do to fds: no more is known of it than which numbers mean something else from then on.
 * So these are forgotten, which is never wrong, and looked up in /proc when they are used.
 */
#include "event/read.h"
#include "event/table.h"
#include "state/state.h"

/* A completion may come in any context, but tells of its ring, whose last submitter has the table. */
static struct ring_user *ring_slot(struct state *st, uint64_t ring)
{
	return &st->rings[(ring * 0x9e3779b97f4a7c15ull) >> (64 - RING_USERS_BITS)];
}

static struct ring_user *ring_used(struct state *st, const struct gyr_event *ev, const struct rule *r)
{
	uint64_t ring = ev_uint(ev, r->arg[0], 0);
	struct ring_user *u = ring_slot(st, ring);

	if (u->ring != ring)
		*u = (struct ring_user){.ring = ring};
	u->tid = ev->thread->tid;
	u->pid = ev->thread->group->pid;
	return u;
}

/* The submitter, or as it is gone another thread of its process; a ring that nothing was seen of: whose event it is. */
static struct files *files_of_ring(const struct state *st, const struct gyr_event *ev, const struct ring_user *u)
{
	const struct gyr_thread *t;
	const struct group *g;

	if (!u)
		return ev->thread->files;
	t = thread_get(st, u->tid);
	if (t && t->group->pid == u->pid)
		return t->files;
	g = table_val(&st->groups, u->pid);
	return g ? g->threads->files : NULL;
}

void t_ring_makes(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	ring_used(st, ev, r);
}

/* It may be looked up once more before it is closed, as when a worker does that: so the completion forgets it again. */
void t_ring_closes_after(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct ring_user *u = ring_used(st, ev, r);
	int64_t fd = ev_int(ev, r->arg[2], -1);

	if (fd < 0)
		return;
	files_close(st, ev_thread(ev)->files, fd, fd);
	u->closing[u->next] = (struct ring_close){.user_data = ev_uint(ev, r->arg[1], 0), .fd = fd, .due = true};
	u->next = (u->next + 1) % RING_CLOSING;
}

/* More than one may have the same user_data: all are forgotten, and the oldest is taken to be the one that is done. */
static void closes_done(struct state *st, struct files *files, struct ring_user *u, uint64_t user_data)
{
	bool first = true;

	for (uint32_t i = 0; i < RING_CLOSING; i++) {
		struct ring_close *c = &u->closing[(u->next + i) % RING_CLOSING];

		if (!c->due || c->user_data != user_data)
			continue;
		files_close(st, files, c->fd, c->fd);
		c->due = !first;
		first = false;
	}
}

/* Of an operation that is not told, or newer than the table, nothing is ruled out. */
static bool may(const struct gyr_event *ev, const struct rule *r, uint32_t flag)
{
	uint64_t op = ev_uint(ev, r->arg[3], GYR_URING_OPS);

	if (op >= GYR_URING_OPS || !table_ops[op].program)
		return true;
	return gyr_event_info_by_type(table_ops[op].type)->flags & flag;
}

void t_ring_done(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	uint64_t ring = ev_uint(ev, r->arg[0], 0);
	struct ring_user *u = ring_slot(st, ring);
	int64_t res = ev_int(ev, r->res, -1);
	struct files *files;

	if (u->ring != ring)
		u = NULL;
	files = files_of_ring(st, ev, u);
	if (!files)
		return;
	if (res >= 0 && may(ev, r, GYR_EVF_CREATES_FD))
		files_close(st, files, res, res);
	if (u && may(ev, r, GYR_EVF_DESTROYS_FD))
		closes_done(st, files, u, ev_uint(ev, r->arg[1], 0));
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What operations of io_uring do to fds. Of one that is made the completion has a context, where the kernel tells of
 * which operation it is. Else no more is known than which numbers mean something else from then on: these are
 * forgotten, which is never wrong, and looked up when they are used, or when there is time.
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
static struct gyr_thread *thread_of_ring(const struct state *st, const struct gyr_event *ev, const struct ring_user *u)
{
	struct gyr_thread *t;
	const struct group *g;

	if (!u)
		return ev_thread(ev);
	t = thread_get(st, u->tid);
	if (t && t->group->pid == u->pid)
		return t;
	g = table_val(&st->groups, u->pid);
	return g ? g->threads : NULL;
}

static void is_due(struct ring_user *u, const struct gyr_event *ev, const struct rule *r, int32_t fd)
{
	u->due[u->next] = (struct ring_op){.user_data = ev_uint(ev, r->arg[1], 0), .fd = fd, .due = true};
	u->next = (u->next + 1) % RING_DUE;
}

void t_ring_makes(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	is_due(ring_used(st, ev, r), ev, r, RING_MAKES);
}

/* It may be looked up once more before it is closed, as when a worker does that: so the completion forgets it again. */
void t_ring_closes_after(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	struct ring_user *u = ring_used(st, ev, r);
	int64_t fd = ev_int(ev, r->arg[2], -1);

	if (fd < 0)
		return;
	files_close(st, ev_thread(ev)->files, fd, fd);
	is_due(u, ev, r, fd);
}

/*
 * More than one may have the same user_data: what any of them closed is forgotten, and the oldest is taken to be the
 * one that is done. Did one make an fd?
 */
static bool finish_due(struct state *st, struct gyr_thread *t, struct ring_user *u, uint64_t user_data)
{
	bool first = true, makes = false;

	for (uint32_t i = 0; i < RING_DUE; i++) {
		struct ring_op *op = &u->due[(u->next + i) % RING_DUE];

		if (!op->due || op->user_data != user_data)
			continue;
		makes |= op->fd == RING_MAKES;
		if (op->fd != RING_MAKES && files_get(t->files, op->fd)) {
			files_close(st, t->files, op->fd, op->fd);
			doubt(st, t, OF_FDS); /* it may be another already */
		}
		op->due = !first;
		first = false;
	}
	return makes;
}

/* Of an operation that is not told, or newer than the table, nothing is ruled out. */
static bool may_make(const struct gyr_event *ev, const struct rule *r)
{
	uint64_t op = ev_uint(ev, r->arg[3], GYR_URING_OPS);

	if (op >= GYR_URING_OPS || !table_ops[op].program)
		return true;
	return uring_result_is_fd(table_ops[op].type);
}

void t_ring_done(struct state *st, struct gyr_event *ev, const struct rule *r)
{
	uint64_t ring = ev_uint(ev, r->arg[0], 0);
	struct ring_user *u = ring_slot(st, ring);
	int64_t res = ev_int(ev, r->res, -1);
	struct gyr_thread *t;
	bool makes;

	if (u->ring != ring)
		u = NULL;
	t = thread_of_ring(st, ev, u);
	if (!t || t == &st->nobody)
		return;
	makes = u && finish_due(st, t, u, ev_uint(ev, r->arg[1], 0));
	if (res < 0)
		return;
	if (ev->context) {
		context_apply(st, ev, t);
		return;
	}
	if (may_make(ev, r))
		files_close(st, t->files, res, res);
	if (makes)
		doubt(st, t, OF_FDS);
}

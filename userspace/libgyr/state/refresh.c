// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is in doubt is looked at again, a process at a time, when there is time: with nothing to read, or now and then
 * when there always is. After a loss that is every process of the host. Looking takes a fifth of the time at most.
 */
#include <stdlib.h>

#include "state/state.h"

#define REST	    4	     /* times what the last look took */
#define SLICE_NS    5000000  /* processes are looked at one after another for so long */
#define DOUBTS_MAX  4096     /* then all are looked at */
#define WAIT_NS	    20000000 /* for somebody to be calm */
#define PATIENCE_MS 1000     /* then it is looked at all the same */

/* When a doubt came up, in ms: the value of its slot, which must not be NULL. */
static void *doubt_time(const struct state *st)
{
	return (void *)(uintptr_t)(state_now(st) / 1000000 | 1);
}

static bool is_old(const struct state *st, const struct slot *s)
{
	return state_now(st) / 1000000 > (uintptr_t)s->val + PATIENCE_MS;
}

bool is_calm(const struct state *st, const struct group *g)
{
	const struct gyr_thread *t;

	for (t = g->threads; t; t = t->next)
		if (t->last + st->limits.calm_ns > st->heard)
			return false;
	return true;
}

void doubt(struct state *st, struct gyr_thread *t, enum of of)
{
	struct slot *s;

	if (of == OF_FDS)
		t->files->doubt = true;
	else if (of == OF_FS)
		t->fs->doubt = true;
	else
		t->flags |= THREAD_DOUBT;
	if (st->proc < 0 || t == &st->nobody)
		return;
	s = table_get(&st->doubts, t->group->pid);
	if (!s && st->doubts.used < DOUBTS_MAX)
		s = table_add(&st->doubts, t->group->pid, doubt_time(st));
	if (s)
		s->aux |= 1u << of;
	else
		st->sweep.due = true;
}

void doubt_all(struct state *st, struct gyr_thread *t)
{
	if (st->proc < 0)
		return;
	doubt(st, t, OF_FDS);
	doubt(st, t, OF_FS);
	doubt(st, t, OF_THREAD);
}

void state_lost(struct state *st)
{
	if (st->proc < 0)
		return;
	st->lost_at = state_now(st);
	st->sweep.due = true;
}

static bool is_due(const struct state *st)
{
	return st->sweep.due || st->sweep.pids || st->doubts.used || st->nmoved;
}

bool state_is_due(const struct state *st, uint64_t now)
{
	return is_due(st) && now >= st->rest_until;
}

int state_due_ms(const struct state *st)
{
	uint64_t now;

	if (!is_due(st))
		return -1;
	now = state_now(st);
	return now >= st->rest_until ? 0 : (int)((st->rest_until - now) / 1000000) + 1;
}

/* Who was there before the sweep began, and was not met: its end was lost. */
static bool forget_unmet(struct state *st)
{
	bool any = false;
	struct slot *s;
	uint32_t i = 0;

	while ((s = table_next(&st->threads, &i))) {
		struct gyr_thread *t = s->val;

		if ((int32_t)(t->round - st->sweep.round) >= 0 || t->since >= st->sweep.begun)
			continue;
		if (!is_calm(st, t->group)) {
			doubt(st, t, OF_THREAD);
			continue;
		}
		thread_remove(st, t);
		any = true;
		i--;
	}
	return any;
}

static void end_sweep(struct state *st)
{
	/* The table may have shrunk under the walk. */
	while (st->sweep.n && forget_unmet(st))
		;
	free(st->sweep.pids);
	st->sweep.pids = NULL;
}

static void begin_sweep(struct state *st)
{
	st->sweep.due = false;
	st->sweep.next = 0;
	st->sweep.begun = state_now(st);
	st->sweep.round = ++st->round;
	st->sweep.pids = proc_pids(st, &st->sweep.n);
	/* Each will be looked at anyway. */
	table_free(&st->doubts);
}

static void look(struct state *st, uint32_t pid, uint32_t what)
{
	struct slot *s = table_get(&st->doubts, pid);

	if (s)
		table_del(&st->doubts, s);
	st->counts.refreshed++;
	proc_refresh(st, pid, ++st->round, what);
}

/* One that is calm, or was waited for long enough; NULL: none yet. */
static struct slot *ripe_doubt(struct state *st)
{
	struct slot *s;
	uint32_t i = 0;

	while ((s = table_next(&st->doubts, &i))) {
		const struct group *g = table_val(&st->groups, s->key);

		if (g && (is_calm(st, g) || is_old(st, s)))
			return s;
		if (g)
			continue;
		table_del(&st->doubts, s); /* it has ended */
		i--;
	}
	return NULL;
}

/* False: there is nothing to look at. */
static bool look_at_next(struct state *st)
{
	struct slot *s;

	moves_apply(st);
	if (st->sweep.due && !st->sweep.pids)
		begin_sweep(st);
	if (st->sweep.pids && st->sweep.next < st->sweep.n) {
		look(st, st->sweep.pids[st->sweep.next++], LOOK_AT_ALL);
		return true;
	}
	if (st->sweep.pids)
		end_sweep(st);
	s = ripe_doubt(st);
	if (!s)
		return false;
	look(st, s->key, s->aux);
	return true;
}

void state_refresh(struct state *st, uint64_t heard)
{
	uint64_t begin = state_now(st), now = begin;

	if (begin < st->rest_until)
		return;
	st->heard = heard < begin ? heard : begin;
	while (now - begin < SLICE_NS && look_at_next(st))
		now = state_now(st);
	st->rest_until = now + REST * (now - begin);
	if (st->doubts.used && st->rest_until < now + WAIT_NS)
		st->rest_until = now + WAIT_NS;
	proc_net_forget(st);
}

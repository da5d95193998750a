/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The keeper's eyes: which members there are in /proc, and that nobody is left halfway. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "workload.h"

enum { PATIENCE_S = 60, MAX_DEAD = MAX_SLOTS * 2 };

struct task {
	char state;
	int ppid, threads;
};

static bool read_task(int tgid, int tid, struct task *t)
{
	char path[64], text[1024];
	const char *after;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", tgid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	after = strrchr(text, ')');
	return after && sscanf(after + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d",
			       &t->state, &t->ppid, &t->threads) == 3;
}

/* A leader without its thread group's exit stays a zombie until the last of the threads is gone. */
static bool is_gone(int tgid, int tid)
{
	struct task t;

	return !read_task(tgid, tid, &t) || t.state == 'Z' || t.state == 'X';
}

static bool is_member(const struct slot *s)
{
	uint32_t state = atomic_load(&s->state);

	return state == SLOT_IDLE || state == SLOT_BUSY || state == SLOT_DYING;
}

static struct slot *member_of(struct worker *w, int tgid)
{
	for (int i = 0; i < MAX_SLOTS; i++) {
		if (is_member(&w->slots[i]) && w->slots[i].tgid == tgid)
			return &w->slots[i];
	}
	return NULL;
}

static bool has_state(struct worker *w, enum slot_state state)
{
	for (int i = 0; i < MAX_SLOTS; i++) {
		if (atomic_load(&w->slots[i].state) == (uint32_t)state)
			return true;
	}
	return false;
}

/* Members that were killed say nothing. One in an exec has another tid for a moment. */
static void give_up_dead(struct worker *w)
{
	for (int i = 0; i < MAX_SLOTS; i++) {
		struct slot *s = &w->slots[i];

		uint32_t state = atomic_load(&s->state);
		bool execs = state == SLOT_BUSY && op_at(s->op)->flags & OP_EXEC;

		if ((state != SLOT_BUSY && state != SLOT_STARTING) || !s->tid || !is_gone(s->tgid, s->tid))
			continue;
		if (!execs || is_gone(s->tgid, s->tgid)) {
			s->result = -ESRCH;
			atomic_store(&s->state, SLOT_DYING);
		}
	}
}

void say_who_hangs(struct shared *shared, const struct worker *w)
{
	for (int i = 0; i < MAX_SLOTS; i++) {
		const struct slot *s = &w->slots[i];

		if (atomic_load(&s->state) == SLOT_BUSY)
			fail(shared, "worker %u: %s by thread %d of %d does not end", w->number, op_at(s->op)->name,
			     s->tid, s->tgid);
	}
	for (int i = 0; i < MAX_SLOTS; i++) {
		const struct slot *s = &w->slots[i];

		if (atomic_load(&s->state) == SLOT_STARTING)
			fail(shared, "worker %u: a member does not come of %s by thread %d", w->number,
			     op_at(w->slots[s->parent].op)->name, w->slots[s->parent].tid);
	}
}

bool await_members(struct shared *shared, struct worker *w)
{
	int64_t end = now_ns() + PATIENCE_S * 1000000000ll;

	for (;;) {
		uint32_t seen = atomic_load(&w->done);

		if (!has_state(w, SLOT_BUSY) && !has_state(w, SLOT_STARTING))
			return true;
		futex_wait(&w->done, seen, 200);
		if (atomic_load(&w->done) != seen)
			continue;
		give_up_dead(w);
		if (now_ns() > end || atomic_load(&shared->stop)) {
			say_who_hangs(shared, w);
			return false;
		}
	}
}

/* Slots of threads that are gone; the processes that this leaves without a member go to `dead`. Whether one is still
 * going. */
static bool bury(struct worker *w, int *dead)
{
	bool again = false;

	for (int i = 0; i < MAX_SLOTS; i++) {
		struct slot *s = &w->slots[i];

		if (!is_member(s))
			continue;
		if (!is_gone(s->tgid, s->tid)) {
			again |= atomic_load(&s->state) == SLOT_DYING;
			continue;
		}
		again = true;
		atomic_store(&s->state, SLOT_FREE);
		for (int d = 0; d < MAX_DEAD && !member_of(w, s->tgid); d++) {
			if (dead[d] == s->tgid)
				break;
			if (dead[d] == 0) {
				dead[d] = s->tgid;
				break;
			}
		}
	}
	return again;
}

/* Whether the process is gone for good. If it waits for its parent to look, the parent is made to. */
static bool reap(struct shared *shared, struct worker *w, int tgid)
{
	struct slot *parent;
	struct task t;

	if (!read_task(tgid, tgid, &t))
		return true;
	if (t.state != 'Z' || t.threads > 1)
		return false;
	if (t.ppid == w->keeper) {
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
		return false;
	}
	parent = member_of(w, t.ppid);
	if (parent && atomic_load(&parent->state) == SLOT_IDLE) {
		hand_out(parent, op_find("reap"), 0, 0);
		await_members(shared, w);
	}
	return false;
}

bool settle(struct shared *shared, struct worker *w)
{
	int64_t end = now_ns() + PATIENCE_S * 1000000000ll;
	int dead[MAX_DEAD] = {0};

	for (;;) {
		bool again = bury(w, dead);

		for (int d = 0; d < MAX_DEAD; d++) {
			if (dead[d] && reap(shared, w, dead[d]))
				dead[d] = 0;
			again |= dead[d] != 0;
		}
		if (!again)
			return true;
		if (now_ns() > end || atomic_load(&shared->stop)) {
			fail(shared, "worker %u: a dead member does not go", w->number);
			return false;
		}
		sleep_us(100);
	}
}

bool await_sleep(struct shared *shared, struct worker *w)
{
	int64_t end = now_ns() + PATIENCE_S * 1000000000ll;

	for (int i = 0; i < MAX_SLOTS; i++) {
		struct slot *s = &w->slots[i];
		struct task t;

		while (is_member(s) && read_task(s->tgid, s->tid, &t) && t.state != 'S') {
			if (now_ns() > end) {
				fail(shared, "worker %u: thread %d does not sleep but is %c", w->number, s->tid,
				     t.state);
				return false;
			}
			sleep_us(100);
		}
	}
	return true;
}

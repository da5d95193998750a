/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Draws operations and who is to do them. What is drawn depends on the seed, and on who is there by what came before.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "workload.h"

enum { NONE = MAX_SLOTS };

struct keeper {
	struct shared *shared;
	struct worker *worker;
	uint64_t random;
	size_t put_off; /* drawn, but not to be done beside the others of its batch; ops_count() for none */
};

struct order {
	size_t op;
	unsigned slot, new_slot;
};

struct batch {
	struct order orders[MAX_PARALLEL];
	unsigned n;
	int flags; /* of all */
};

/* For the handler of a signal, which has no argument of its own. */
static struct worker *own_worker;

static void kill_members(void)
{
	for (int i = 0; i < MAX_SLOTS; i++) {
		struct slot *s = &own_worker->slots[i];

		if (atomic_load(&s->state) != SLOT_FREE && s->tgid > 1)
			kill(s->tgid, SIGKILL);
	}
}

/* The coordinator is gone. */
static void on_term(int signal)
{
	(void)signal;
	kill_members();
	_exit(1);
}

/* Also those who have no slot yet. All that their parents leave behind comes to the keeper. */
static void kill_children(void)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	if (!f)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(f);
}

static void end_all(void)
{
	pid_t pid = 0;

	for (int i = 0; i < 10000 && pid >= 0; i++) {
		kill_members();
		kill_children();
		while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
			;
		sleep_us(1000);
	}
}

void hand_out(struct slot *s, size_t op, uint64_t seed, uint32_t new_slot)
{
	s->op = op;
	s->seed = seed;
	s->new_slot = new_slot;
	atomic_store(&s->state, SLOT_BUSY);
	atomic_fetch_add(&s->go, 1);
	futex_wake(&s->go);
}

static bool is_idle(const struct slot *s)
{
	return atomic_load(&s->state) == SLOT_IDLE;
}

static unsigned free_slot(const struct worker *w)
{
	unsigned i = 0;

	while (i < MAX_SLOTS && atomic_load(&w->slots[i].state) != SLOT_FREE)
		i++;
	return i;
}

static unsigned members(const struct worker *w)
{
	unsigned n = 0;

	for (int i = 0; i < MAX_SLOTS; i++)
		n += is_idle(&w->slots[i]);
	return n;
}

/* Counted by their first slot. */
static unsigned processes(const struct worker *w, bool unspoiled_only)
{
	unsigned n = 0;

	for (int i = 0; i < MAX_SLOTS; i++) {
		bool counts = is_idle(&w->slots[i]) && !(unspoiled_only && w->slots[i].spoiled);

		for (int j = 0; j < i; j++)
			counts &= !is_idle(&w->slots[j]) || w->slots[j].tgid != w->slots[i].tgid;
		n += counts;
	}
	return n;
}

static bool may_do(const struct worker *w, int flags)
{
	if (flags & (OP_NEW_THREAD | OP_NEW_PROCESS) && free_slot(w) == NONE)
		return false;
	if (flags & OP_NEW_PROCESS && processes(w, false) >= MAX_PROCESSES)
		return false;
	if (flags & OP_ENDS_PROCESS && processes(w, false) < 2)
		return false;
	if (flags & OP_ENDS_THREAD && members(w) < 2)
		return false;
	return !(flags & OP_SPOILS) || processes(w, true) >= 2;
}

/* One that nobody of the batch is, and if one is to end, rather one that can no longer do much. */
static unsigned draw_slot(struct keeper *k, const struct batch *b, int flags)
{
	unsigned start = random_next(&k->random) % MAX_SLOTS, found = NONE;

	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		unsigned slot = (start + i) % MAX_SLOTS;
		bool taken = !is_idle(&k->worker->slots[slot]);

		for (unsigned j = 0; j < b->n; j++)
			taken |= b->orders[j].slot == slot;
		if (taken)
			continue;
		if (!(flags & OP_ENDS_PROCESS) || k->worker->slots[slot].spoiled)
			return slot;
		found = slot;
	}
	return found;
}

static unsigned reserve(struct worker *w, const struct slot *parent)
{
	unsigned n = free_slot(w);
	struct slot *s = &w->slots[n];

	memset(s, 0, sizeof(*s));
	s->pidns = parent && parent->pidns;
	s->spoiled = parent && parent->spoiled;
	s->parent = parent ? parent - w->slots : n;
	atomic_store(&s->state, SLOT_STARTING);
	return n;
}

static void draw_batch(struct keeper *k, struct batch *b, unsigned most)
{
	struct worker *w = k->worker;

	b->n = 0;
	b->flags = 0;
	while (b->n < most && !(b->flags & OP_ALONE)) {
		size_t op = k->put_off != ops_count() ? k->put_off : op_draw(&k->random);
		int flags = op_at(op)->flags;
		struct order *o = &b->orders[b->n];

		k->put_off = ops_count();
		if ((flags & OP_ALONE && b->n) || (flags & OP_ONE && b->flags & OP_ONE)) {
			k->put_off = op;
			return;
		}
		if (!may_do(w, flags))
			continue;
		o->op = op;
		o->slot = flags & OP_KEEPER ? NONE : draw_slot(k, b, flags);
		if (o->slot == NONE && !(flags & OP_KEEPER)) /* all are busy with this batch */
			return;
		o->new_slot = NONE;
		b->n++;
		b->flags |= flags;
	}
}

/* A process of all rights, and no fds but the standard ones. */
static int found(struct keeper *k)
{
	unsigned n = reserve(k->worker, NULL);
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		member_main(k->shared, k->worker, &k->worker->slots[n]);
	}
	if (pid < 0) {
		atomic_store(&k->worker->slots[n].state, SLOT_FREE);
		return -EAGAIN;
	}
	return await_members(k->shared, k->worker) ? 0 : -EIO;
}

/* The other threads of the process are gone after its exec, and are on their way after its exit. */
static void set_siblings(struct worker *w, const struct slot *s, enum slot_state state)
{
	for (int i = 0; i < MAX_SLOTS; i++) {
		struct slot *other = &w->slots[i];

		if (other != s && is_idle(other) && other->tgid == s->tgid)
			atomic_store(&other->state, state);
	}
}

static void count(struct worker *w, const struct order *o, int result)
{
	if (result < 0)
		w->counts[o->op].refused++;
	else
		w->counts[o->op].done++;
}

static void hand_out_batch(struct keeper *k, struct batch *b)
{
	struct worker *w = k->worker;

	for (unsigned i = 0; i < b->n; i++) {
		struct order *o = &b->orders[i];
		struct slot *s = &w->slots[o->slot];

		s->result = 0;
		if (op_at(o->op)->flags & (OP_NEW_THREAD | OP_NEW_PROCESS))
			o->new_slot = reserve(w, s);
	}
	for (unsigned i = 0; i < b->n; i++)
		hand_out(&w->slots[b->orders[i].slot], b->orders[i].op, random_next(&k->random), b->orders[i].new_slot);
}

/* A child that was refused never comes: its slot must not be waited for. */
static bool await_batch(struct keeper *k, const struct batch *b)
{
	struct worker *w = k->worker;

	for (unsigned i = 0; i < b->n; i++) {
		const struct order *o = &b->orders[i];
		const struct slot *s = &w->slots[o->slot];

		if (o->new_slot == NONE)
			continue;
		while (atomic_load(&s->state) == SLOT_BUSY && !atomic_load(&k->shared->stop)) {
			uint32_t seen = atomic_load(&w->done);

			if (atomic_load(&s->state) == SLOT_BUSY)
				futex_wait(&w->done, seen, 200);
		}
		if (s->result < 0)
			atomic_store(&w->slots[o->new_slot].state, SLOT_FREE);
	}
	return await_members(k->shared, w);
}

static bool run_batch(struct keeper *k, struct batch *b)
{
	struct worker *w = k->worker;

	if (b->flags & OP_KEEPER) {
		count(w, &b->orders[0], found(k));
		return true;
	}
	hand_out_batch(k, b);
	if (!await_batch(k, b))
		return false;
	for (unsigned i = 0; i < b->n; i++) {
		const struct slot *s = &w->slots[b->orders[i].slot];

		count(w, &b->orders[i], s->result);
		if (op_at(b->orders[i].op)->flags & OP_EXEC && s->result == 0)
			set_siblings(w, s, SLOT_FREE);
		if (op_at(b->orders[i].op)->flags & OP_ENDS_PROCESS)
			set_siblings(w, s, SLOT_DYING);
	}
	return !(b->flags & OP_ONE) || settle(k->shared, w);
}

static bool run_phase(struct keeper *k)
{
	uint32_t left = k->worker->quota;
	struct batch b;

	while (left && !atomic_load(&k->shared->stop)) {
		if (members(k->worker) == 0 && found(k) < 0)
			return false;
		draw_batch(k, &b, left < k->shared->parallel ? left : k->shared->parallel);
		if (!run_batch(k, &b))
			return false;
		left -= b.n;
	}
	return settle(k->shared, k->worker) && await_sleep(k->shared, k->worker);
}

/* What the names of util.c are of; members change it. */
static bool make_names(const char *dir)
{
	char path[32];

	mkdir(dir, 0777);
	if (chdir(dir) != 0)
		return false;
	for (int d = 0; d < 4; d++) {
		snprintf(path, sizeof(path), "d%d", d);
		mkdir(path, 0777);
		for (int s = 0; s < 3; s++) {
			snprintf(path, sizeof(path), "d%d/s%d", d, s);
			mkdir(path, 0777);
		}
		snprintf(path, sizeof(path), "l%d", d);
		if (symlink(d % 2 ? "d0/s1" : "d1", path) != 0)
			return false;
	}
	return true;
}

static void prepare(struct worker *w, struct shared *shared)
{
	struct rlimit limit = {FD_LIMIT, FD_LIMIT};
	struct member as = {.shared = shared, .worker = w};
	char path[PATH_LEN];

	own_worker = w;
	w->keeper = getpid();
	signal(SIGTERM, on_term);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "truth-keeper");
	setrlimit(RLIMIT_NOFILE, &limit);
	umask(0);
	SYS(close_range, FIRST_FD, ~0u, 0); /* what is another's, members must not change */
	if (!make_names(worker_dir(&as, path)))
		fail(shared, "%s: %s", path, strerror(errno));
}

void keeper_main(struct shared *shared, struct worker *w)
{
	struct keeper k = {shared, w, shared->seed * MAX_WORKERS + w->number, ops_count()};
	uint32_t phase = 0;

	prepare(w, shared);
	while (!atomic_load(&shared->stop) && now_ns() < shared->deadline) {
		if (atomic_load(&shared->phase) == phase) {
			futex_wait(&shared->phase, phase, 1000);
			continue;
		}
		phase = atomic_load(&shared->phase);
		if (!run_phase(&k))
			fail(shared, "worker %u cannot go on", w->number);
		atomic_fetch_add(&shared->still, 1);
		futex_wake(&shared->still);
	}
	end_all();
	_exit(0);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A thread that does what its slot says, and in between waits for it and does nothing. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "workload.h"

struct shared *shared_map(const char *dir)
{
	char path[PATH_LEN + 16];
	struct shared *shared;
	int fd;

	snprintf(path, sizeof(path), "%s/.shared", dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return shared == MAP_FAILED ? NULL : shared;
}

/* What flags on fds and closed terminals send must not end anybody. */
static void set_signals(void)
{
	static const int ignored[] = {SIGPIPE, SIGIO, SIGURG, SIGHUP, SIGTTOU, SIGTTIN};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
}

/* Who the calling thread is in /proc, which is of the coordinator's pid namespace, if of none outside that. */
static bool identify(struct slot *s)
{
	char link[64] = "";
	int tgid, tid;

	if (readlink("/proc/thread-self", link, sizeof(link) - 1) > 0 && sscanf(link, "%d/task/%d", &tgid, &tid) == 2) {
		s->tgid = tgid;
		s->tid = tid;
		return true;
	}
	if (s->pidns)
		return false;
	s->tgid = (int)SYS(getpid);
	s->tid = (int)SYS(gettid);
	return true;
}

bool can_have_children(const struct member *m, bool new_pidns)
{
	char link[64];

	return (!m->slot->pidns && !new_pidns) || readlink("/proc/thread-self", link, sizeof(link)) > 0;
}

static void say(struct member *m, enum slot_state state)
{
	atomic_store(&m->slot->state, state);
	atomic_fetch_add(&m->worker->done, 1);
	futex_wake(&m->worker->done);
}

void member_dies(const struct member *m)
{
	struct member copy = *m;

	say(&copy, SLOT_DYING);
}

static void wait_for_order(struct member *m)
{
	struct slot *s = m->slot;

	while (atomic_load(&s->go) == s->taken) {
		futex_wait(&s->go, s->taken, 5000);
		if (now_ns() > m->shared->deadline)
			_exit(1);
	}
	s->taken = atomic_load(&s->go);
}

void member_run(struct member *m)
{
	if (!identify(m->slot)) {
		fail(m->shared, "a member of worker %u cannot tell who it is", m->worker->number);
		_exit(1);
	}
	m->slot->result = 0;
	say(m, SLOT_IDLE);
	for (;;) {
		const struct op *op;
		int result;

		wait_for_order(m);
		op = op_at(m->slot->op);
		m->random = m->slot->seed;
		result = op->run(m);
		if (op->flags & OP_ENDS_THREAD)
			return;
		if (result == BEGAN) {
			if (!identify(m->slot)) {
				fail(m->shared, "%s: the child cannot tell who it is", op->name);
				_exit(1);
			}
			result = 0;
		}
		m->slot->result = result;
		say(m, SLOT_IDLE);
	}
}

void member_main(struct shared *shared, struct worker *worker, struct slot *slot)
{
	struct member m = {.shared = shared, .worker = worker, .slot = slot};

	set_signals();
	member_run(&m);
	for (;;) /* the thread only, if it has been left alone or not */
		syscall(SYS_exit, 0);
}

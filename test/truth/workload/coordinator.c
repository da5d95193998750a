/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Starts the workers, lets them work in phases and says when all is still; in the end, nothing of it all is left. */
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "workload.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	interrupted = signal;
}

static struct shared *create_shared(const struct options *o)
{
	struct shared *shared;
	char *base = realpath(o->dir, NULL), dir[DIR_LEN], path[PATH_LEN];
	mode_t mask = umask(0);
	int fd, len;

	if (!base)
		return NULL;
	len = snprintf(dir, sizeof(dir), "%s/truth-XXXXXX", base);
	free(base);
	if (len >= (int)sizeof(dir) || !mkdtemp(dir) || chmod(dir, 0777) != 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/.shared", dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666); /* also for a member that is no longer root */
	umask(mask);
	if (fd < 0 || ftruncate(fd, sizeof(*shared)) != 0)
		return NULL;
	close(fd);
	shared = shared_map(dir);
	if (shared)
		snprintf(shared->dir, sizeof(shared->dir), "%s", dir);
	return shared;
}

static struct shared *prepare(const struct options *o)
{
	struct shared *shared = create_shared(o);
	ssize_t n;

	if (!shared)
		return NULL;
	n = readlink("/proc/self/exe", shared->exe, sizeof(shared->exe) - 1);
	if (n <= 0)
		return NULL;
	shared->coordinator = getpid();
	shared->workers = o->workers;
	shared->parallel = o->parallel;
	shared->seed = o->seed;
	shared->deadline = now_ns() + o->limit_s * 1000000000ll;
	return shared;
}

static bool start_workers(struct shared *shared)
{
	for (uint32_t i = 0; i < shared->workers; i++) {
		struct worker *w = &shared->worker[i];
		pid_t pid = fork();

		w->number = i;
		if (pid == 0)
			keeper_main(shared, w);
		if (pid < 0)
			return false;
		w->keeper = pid;
	}
	return true;
}

static bool in_time(struct shared *shared)
{
	bool late = now_ns() > shared->deadline;

	if (interrupted)
		fail(shared, "signal %d", (int)interrupted);
	for (uint32_t i = 0; late && i < shared->workers; i++)
		say_who_hangs(shared, &shared->worker[i]);
	if (late)
		fail(shared, "the time is over");
	return atomic_load(&shared->failed) == 0;
}

static bool run_phase(struct shared *shared, const struct options *o, uint32_t phase)
{
	uint32_t still;

	for (uint32_t i = 0; i < o->workers; i++) {
		uint32_t share = o->phases * o->workers, n = phase * o->workers + i;

		shared->worker[i].quota = (uint64_t)o->ops * (n + 1) / share - (uint64_t)o->ops * n / share;
	}
	atomic_store(&shared->still, 0);
	atomic_fetch_add(&shared->phase, 1);
	futex_wake(&shared->phase);
	while ((still = atomic_load(&shared->still)) < o->workers) {
		if (!in_time(shared))
			return false;
		futex_wait(&shared->still, still, 200);
	}
	return in_time(shared);
}

/* "quiet PHASE PID...": every process of the workload. */
static void say_quiet(const struct shared *shared, int fd, uint32_t phase)
{
	char line[1024];
	int len = snprintf(line, sizeof(line), "quiet %u %d", phase, shared->coordinator);

	for (uint32_t i = 0; i < shared->workers; i++) {
		const struct worker *w = &shared->worker[i];

		len += snprintf(line + len, sizeof(line) - len, " %d", w->keeper);
		for (int s = 0; s < MAX_SLOTS; s++) {
			bool first = atomic_load(&w->slots[s].state) == SLOT_IDLE;

			for (int before = 0; before < s; before++)
				first &= atomic_load(&w->slots[before].state) != SLOT_IDLE ||
					 w->slots[before].tgid != w->slots[s].tgid;
			if (first)
				len += snprintf(line + len, sizeof(line) - len, " %d", w->slots[s].tgid);
		}
	}
	line[len++] = '\n';
	if (write(fd, line, len) != len)
		interrupted = SIGPIPE;
}

static bool await_go(struct shared *shared, int fd)
{
	struct pollfd go = {.fd = fd, .events = POLLIN};
	char byte;

	while (in_time(shared)) {
		if (poll(&go, 1, 200) > 0)
			return read(fd, &byte, 1) == 1;
	}
	return false;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void clean_up(struct shared *shared)
{
	char name[64];
	pid_t pid;

	atomic_store(&shared->stop, 1);
	futex_wake(&shared->phase);
	while ((pid = waitpid(-1, NULL, __WALL)) > 0 || (pid < 0 && errno == EINTR))
		;
	for (uint32_t i = 0; i < shared->workers; i++) {
		snprintf(name, sizeof(name), "/truth-%d-%u", shared->coordinator, i);
		mq_unlink(name);
	}
	if (nftw(shared->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fail(shared, "%s: not removed: %s", shared->dir, strerror(errno));
}

static void say_ops(const struct shared *shared)
{
	fprintf(stderr, "ops");
	for (size_t op = 0; op_at(op); op++) {
		struct count sum = {0, 0};

		for (uint32_t i = 0; i < shared->workers; i++) {
			sum.done += shared->worker[i].counts[op].done;
			sum.refused += shared->worker[i].counts[op].refused;
		}
		if (op_at(op)->weight)
			fprintf(stderr, " %s=%u/%u", op_at(op)->name, sum.done, sum.refused);
	}
	fprintf(stderr, "\n");
}

int coordinate(const struct options *o)
{
	struct shared *shared = prepare(o);
	bool going;

	if (!shared) {
		fprintf(stderr, "truth-workload: %s: %s\n", o->dir, strerror(errno));
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* of what a killed keeper leaves */
	going = start_workers(shared);
	for (uint32_t phase = 0; going && phase < o->phases; phase++) {
		going = run_phase(shared, o, phase);
		if (going && o->ready_fd >= 0)
			say_quiet(shared, o->ready_fd, phase);
		if (going && o->quiet_fd >= 0)
			going = await_go(shared, o->quiet_fd);
	}
	if (!going)
		fail(shared, "it does not go on");
	clean_up(shared);
	say_ops(shared);
	if (atomic_load(&shared->failed) == 0)
		return 0;
	fprintf(stderr, "truth-workload: in phase %u: %s\n", atomic_load(&shared->phase) - 1, shared->why);
	return 1;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What operations share: chance, fds and paths. Nothing here allocates: a child of a raw clone() would inherit the
 * lock. */
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "workload.h"

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

void sleep_us(unsigned us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000l};

	nanosleep(&t, NULL);
}

void futex_wait(_Atomic uint32_t *word, uint32_t value, unsigned ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000l};

	syscall(SYS_futex, word, FUTEX_WAIT, value, &t, NULL, 0);
}

void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* splitmix64 */
uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t below(struct member *m, uint32_t n)
{
	return random_next(&m->random) % n;
}

bool chance(struct member *m, uint32_t percent)
{
	return below(m, 100) < percent;
}

void fail(struct shared *shared, const char *format, ...)
{
	uint32_t none = 0;
	va_list args;

	/* 1: being written; 2: to be read */
	if (!atomic_compare_exchange_strong(&shared->failed, &none, 1))
		return;
	va_start(args, format);
	vsnprintf(shared->why, sizeof(shared->why), format, args);
	va_end(args);
	atomic_store(&shared->failed, 2);
}

/* Most fds have low numbers: from there it takes fewer tries. */
static int any_start(struct member *m, int span)
{
	return below(m, chance(m, 80) ? 32 : span);
}

int any_fd(struct member *m)
{
	int span = FD_LIMIT - FIRST_FD, start = any_start(m, span);

	for (int i = 0; i < span; i++) {
		int fd = FIRST_FD + (start + i) % span;

		if (fcntl(fd, F_GETFD) >= 0)
			return fd;
	}
	return -EBADF;
}

int any_fd_of(struct member *m, unsigned types)
{
	int span = FD_LIMIT - FIRST_FD, start = any_start(m, span);
	struct stat st;

	for (int i = 0; i < span; i++) {
		int fd = FIRST_FD + (start + i) % span;

		if (fstat(fd, &st) == 0 && FD_OF(st.st_mode & S_IFMT) & types)
			return fd;
	}
	return -EBADF;
}

int keep_fd(struct member *m, long fd)
{
	if (fd >= CROWDED_FD) {
		unsigned first = FIRST_FD + below(m, CROWDED_FD / 2);

		SYS(close_range, first, ~0u, 0u);
	}
	return refused(fd);
}

int keep_two(struct member *m, long result, const int fds[2])
{
	return result < 0 ? (int)result : keep_fd(m, fds[0] > fds[1] ? fds[0] : fds[1]);
}

const struct slot *any_slot(struct member *m)
{
	unsigned start = below(m, MAX_SLOTS);

	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *s = &m->worker->slots[(start + i) % MAX_SLOTS];
		uint32_t state = atomic_load(&s->state);

		if (state == SLOT_IDLE || state == SLOT_BUSY)
			return s;
	}
	return m->slot;
}

const struct slot *any_thread_of_own(struct member *m)
{
	for (int i = 0; i < 2 * MAX_SLOTS; i++) {
		const struct slot *s = any_slot(m);

		if (s->tgid == m->slot->tgid)
			return s;
	}
	return m->slot;
}

const char *worker_dir(const struct member *m, char *buf)
{
	snprintf(buf, PATH_LEN, "%s/w%u", m->shared->dir, m->worker->number);
	return buf;
}

/* Where a name is: in the worker's directory or in one of those in it, by a straight way or another. */
static void any_place(struct member *m, char *buf)
{
	static const char *const ways[] = {"",	       "",     "",	     "d0/",	"d%u/", "d%u/",
					   "d%u/s%u/", "l%u/", "d%u/s0/../", "d%u/../", "./"};
	char way[64];

	snprintf(way, sizeof(way), ways[below(m, sizeof(ways) / sizeof(*ways))], below(m, 4), below(m, 3));
	if (chance(m, 20)) { /* from wherever the member is */
		snprintf(buf, PATH_LEN, "%s%s", chance(m, 30) ? "../" : "", way);
		return;
	}
	worker_dir(m, buf);
	snprintf(buf + strlen(buf), PATH_LEN - strlen(buf), "/%s", way);
}

static const char *any_name(struct member *m, char *buf, const char *prefix, unsigned names)
{
	any_place(m, buf);
	snprintf(buf + strlen(buf), PATH_LEN - strlen(buf), "%s%u", prefix, below(m, names));
	return buf;
}

const char *any_file(struct member *m, char *buf)
{
	return any_name(m, buf, chance(m, 5) ? "file with a long name, and blanks " : "f", 5);
}

const char *any_dir(struct member *m, char *buf)
{
	if (chance(m, 60)) {
		worker_dir(m, buf);
		snprintf(buf + strlen(buf), PATH_LEN - strlen(buf), chance(m, 60) ? "/d%u" : "/d%u/s%u", below(m, 4),
			 below(m, 3));
		return buf;
	}
	return any_name(m, buf, "s", 3);
}

const char *any_link(struct member *m, char *buf)
{
	worker_dir(m, buf);
	snprintf(buf + strlen(buf), PATH_LEN - strlen(buf), "/l%u", below(m, 4));
	return buf;
}

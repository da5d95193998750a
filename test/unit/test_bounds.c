/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hosts that mean harm: the tables stay within their bounds, count what they drop, and say nothing wrong of it. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "feed.h"
#include "run.h"

static struct feed F, *f = &F;

static void setup(void)
{
	feed_open(f);
}

static void teardown(void)
{
	feed_close(f);
}

static void open_file(uint64_t tid, int fd, const char *name)
{
	FEED(f, tid, SYSCALL_OPEN_X, N("fd", fd), S("name", name));
}

static void fork_of(uint64_t tid, uint64_t child)
{
	FEED(f, tid, SYSCALL_CLONE_20_X, N("res", child), N("tid", tid), N("pid", tid), N("vtid", tid), N("flags", 0));
}

static void leave(uint64_t tid, uint64_t reaper)
{
	FEED(f, tid, PROCEXIT_1_E, N("status", 0), N("reaper_tid", reaper));
}

static void close_all(uint64_t tid)
{
	FEED(f, tid, SYSCALL_CLOSE_RANGE_X, N("res", 0), N("first", 0), N("last", UINT32_MAX), N("flags", 0));
}

static bool known(uint64_t tid)
{
	return gyr_thread_by_tid(&f->g, tid);
}

static struct gyr_stats stats(void)
{
	struct gyr_stats st = {0};

	state_stats(f->st, &st);
	return st;
}

#define ck_name(tid, fd, want) ck_assert_pstr_eq(feed_fd_name(f, tid, fd), want)

/* ---- a fork bomb ---- */

#define BOMB_FIRST 1000
#define BOMB	   150000 /* processes, each with its creator's fds */
#define BOMB_FDS   20

/* Of the number alone: it says nothing of what it was before. */
static void ck_forgotten(uint64_t tid)
{
	const struct gyr_thread *t;

	ck_assert(!known(tid));
	FEED(f, tid, SYSCALL_READ_X, N("res", 0), N("fd", 3));
	t = feed_thread(f, tid);
	ck_assert_ptr_eq(f->ev.thread, t);
	ck_assert_uint_eq(gyr_thread_pid(t), 0);
	ck_assert_ptr_null(f->ev.fd);
	ck_assert_str_eq(gyr_thread_exe(t), "");
}

START_TEST(test_fork_bomb)
{
	uint64_t begin, gone = 0;

	for (int fd = 0; fd < BOMB_FDS; fd++)
		open_file(10, fd, "/srv/data");
	begin = state_bytes(f->st);
	for (uint64_t tid = BOMB_FIRST; tid < BOMB_FIRST + BOMB; tid++) {
		fork_of(10, tid);
		ck_assert_uint_le(f->st->threads.used, f->st->limits.threads);
	}
	ck_assert_uint_le(f->st->nfds, f->st->limits.fds);
	ck_assert_uint_le(state_bytes(f->st), f->st->limits.bytes);
	ck_assert_uint_ge(stats().state_evicted, BOMB - f->st->limits.threads);
	ck_assert_uint_gt(stats().state_dropped, 0);
	/* Who is at work stays, as does who came last. */
	ck_name(10, 3, "/srv/data");
	ck_assert(known(BOMB_FIRST + BOMB - 1));
	while (known(BOMB_FIRST + gone))
		gone++;
	ck_forgotten(BOMB_FIRST + gone);
	/* Their parent goes first, and all are another's children. */
	leave(10, 1);
	ck_assert_uint_eq(gyr_thread_ppid(feed_thread(f, BOMB_FIRST + BOMB - 1)), 1);
	for (uint64_t tid = BOMB_FIRST; tid < BOMB_FIRST + BOMB; tid++)
		if (known(tid))
			leave(tid, 1);
	ck_assert_uint_eq(f->st->threads.used + f->st->groups.used + f->st->parents.used + f->st->nfds, 0);
	ck_assert_uint_le(state_bytes(f->st), begin + 16 * 1024 * sizeof(struct slot)); /* small tables stay */
}
END_TEST

/* Threads that keep exiting while others are born are no different. */
START_TEST(test_births_and_ends)
{
	uint64_t begin = 0;

	for (uint64_t tid = 1000; tid < 50000; tid++) {
		fork_of(tid - 1, tid);
		leave(tid - 1, 1);
		if (tid == 2000)
			begin = state_bytes(f->st);
	}
	ck_assert_uint_eq(f->st->threads.used, 1);
	ck_assert_uint_eq(stats().state_evicted, 0);
	ck_assert_uint_le(state_bytes(f->st), begin);
}
END_TEST

/* ---- a process with a million fds ---- */

#define MILLION 1000000

/* dup of oldfd to first, first + 1, ...: one frame, of which the result alone changes. */
static void dup_to(uint64_t tid, int oldfd, int first, int n)
{
	static struct test_frame frame;
	const struct arg args[] = {N("res", first), N("oldfd", oldfd), {0}};
	struct frame_ref ref;
	const char *why;

	feed_frame(&frame, tid, GYR_EVT_SYSCALL_DUP_1_X, args);
	frame.ts = f->ts;
	ref = frame_done(&frame);
	for (int64_t fd = first; fd < first + n; fd++) {
		memcpy(frame.bytes + GYR_FRAME_HDR + sizeof(uint16_t) * frame.nparams, &fd, sizeof(fd));
		if (event_parse(&ref, &f->ev, &why))
			ck_abort_msg("%s", why);
		state_before(f->st, &f->ev);
		state_after(f->st, &f->ev);
	}
}

START_TEST(test_million_fds)
{
	uint32_t most = f->st->limits.table_fds;
	uint64_t begin;

	open_file(20, 3, "/other");
	open_file(10, 0, "/srv/data");
	begin = state_bytes(f->st);
	dup_to(10, 0, 1, MILLION - 1);
	ck_assert_uint_eq(f->st->nfds, most + 1);
	ck_assert_uint_eq(stats().state_dropped, MILLION - most);
	ck_assert_uint_le(state_bytes(f->st), begin + 2ull * most * sizeof(struct slot));
	/* What is kept is right, and of the others nothing is said. */
	ck_name(10, (int64_t)most - 1, "/srv/data");
	ck_name(10, MILLION - 1, NULL);
	FEED(f, 10, SYSCALL_READ_X, N("res", 0), N("fd", MILLION - 1));
	ck_assert_ptr_null(f->ev.fd);
	/* There is room for others, until its children have it. */
	open_file(20, 4, "/more");
	ck_name(20, 4, "/more");
	for (uint64_t child = 100; child < 120; child++)
		fork_of(10, child);
	ck_assert_uint_le(f->st->nfds, f->st->limits.fds);
	ck_name(119, 0, NULL);
	ck_name(20, 4, "/more");
	/* Those that it closes leave no room behind that its forks would have, too. */
	for (uint64_t child = 100; child < 120; child++)
		leave(child, 1);
	close_all(10);
	fork_of(10, 200);
	ck_assert_uint_eq(f->st->nfds, 2);
	ck_assert_uint_le(state_bytes(f->st), begin + 4 * 1024 * sizeof(struct slot));
	open_file(10, 5, "/again");
	ck_name(10, 5, "/again");
}
END_TEST

/* ---- a path of 4096 bytes in every cwd ---- */

#define DEEP	   10000 /* processes */
#define DEEP_BYTES (16ull << 20)

static void deep_path(char path[4096], uint32_t tid)
{
	for (size_t i = 0; i < 4095; i++)
		path[i] = i % 256 ? 'd' : '/';
	path[4095] = '\0';
	snprintf(path + 4000, 96, "/%u", tid);
	path[strlen(path)] = 'x';
}

START_TEST(test_deep_cwds)
{
	static char path[4096];
	uint32_t right = 0;

	f->st->limits.bytes = DEEP_BYTES;
	for (uint32_t tid = 1000; tid < 1000 + DEEP; tid++) {
		deep_path(path, tid);
		fork_of(10, tid);
		FEED(f, tid, SYSCALL_CHDIR_X, N("res", 0), S("path", path));
		open_file(tid, 3, "below");
		/* A path too many, and what a thread is made of. */
		ck_assert_uint_le(state_bytes(f->st), DEEP_BYTES + 3 * 4096);
	}
	ck_assert_uint_gt(stats().state_evicted, 0);
	for (uint32_t tid = 1000; tid < 1000 + DEEP; tid++) {
		const struct gyr_thread *t = gyr_thread_by_tid(&f->g, tid);

		deep_path(path, tid);
		if (t && *gyr_thread_cwd(t)) {
			ck_assert_str_eq(gyr_thread_cwd(t), path);
			right++;
		}
	}
	ck_assert_uint_gt(right, DEEP_BYTES / 4 / sizeof(path));
}
END_TEST

/* For what there is no room, that is not known: no fd without a name stands in the table. */
START_TEST(test_full)
{
	static uint8_t context[GYR_CONTEXT_NAME + 8];
	const uint16_t head[] = {sizeof(context), GYR_CONTEXT_THERE_BIT | GYR_CONTEXT_PATH_BIT, 3};

	memcpy(context, head, sizeof(head));
	memcpy(context + GYR_CONTEXT_NAME, "/other", 7);
	open_file(10, 3, "/before");
	f->st->limits.bytes = 1;
	open_file(10, 3, "/other");
	ck_name(10, 3, NULL);
	f->context = context;
	open_file(10, 3, "/other");
	ck_name(10, 3, NULL);
	ck_assert_uint_gt(stats().state_dropped, 0);
	f->st->limits.bytes = 256 << 20;
	open_file(10, 3, "/after");
	ck_name(10, 3, "/after");
	f->context = context;
	open_file(10, 3, "/other");
	ck_name(10, 3, "/other");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {test_fork_bomb, test_births_and_ends, test_million_fds, test_deep_cwds,
				      test_full};
	Suite *s = suite_create("bounds");
	TCase *tc = tcase_create("bounds");

	tcase_set_timeout(tc, 100); /* sanitized, on a busy machine */
	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

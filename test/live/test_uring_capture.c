// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which operations of io_uring are captured, and that none is lost. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"
#include "uring.h"

#define NOPS  100000
#define BATCH URING_ENTRIES

struct counts {
	uint32_t openat, uring_openat, uring_nop, done, done_nop;
};

static void count(struct counts *c, const struct gyr_event *ev)
{
	const char *name = gyr_event_name(ev);
	struct gyr_param op;

	c->openat += !strcmp(name, "openat") && gyr_event_type(ev) % 2;
	c->uring_openat += !strcmp(name, "io_uring_openat");
	c->uring_nop += !strcmp(name, "io_uring_nop");
	if (strcmp(name, "io_uring_complete") != 0)
		return;
	ck_assert_int_eq(gyr_event_param_by_name(ev, "op", &op), 0);
	c->done++;
	c->done_nop += op.len && op.u64 == IORING_OP_NOP;
}

/* One of each. */
static void act(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	sqe = uring_sqe(&r, IORING_OP_OPENAT);
	sqe->fd = AT_FDCWD;
	sqe->addr = (uint64_t)(uintptr_t) "/";
	uring_sqe(&r, IORING_OP_NOP);
	uring_submit(&r);
	syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY);
}

static struct gyr_stats stats_of(struct gyr *g)
{
	struct gyr_stats st = {.sz = sizeof(st)};

	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	return st;
}

static void read_all(struct gyr *g, struct counts *c, int timeout_ms)
{
	const struct gyr_event *ev;
	int got;

	while ((got = gyr_next(g, &ev, timeout_ms)) == 1)
		count(c, ev);
	ck_assert_int_eq(got, 0);
}

static struct counts captured(const char *events)
{
	int pid = live_start(act);
	struct gyr *g = live_open_or_fail(events, &pid, 1, 0);
	struct counts c = {0};
	struct gyr_stats st;

	live_let_go(pid);
	ck_assert_int_eq(gyr_stop(g), 0);
	read_all(g, &c, 100);
	st = stats_of(g);
	ck_assert_uint_eq(st.lost, 0);
	ck_assert_uint_eq(st.pending, 0);
	ck_assert_uint_eq(st.produced, st.delivered);
	gyr_close(g);
	return c;
}

/* A rule on openat sees what came by io_uring, and what came of it. */
START_TEST(by_the_name_of_the_call)
{
	struct counts c = captured("openat");

	ck_assert_uint_eq(c.openat, 1);
	ck_assert_uint_eq(c.uring_openat, 1);
	ck_assert_uint_eq(c.uring_nop, 0);
	/* Before 5.18 a completion does not tell whose it is, and comes. */
	ck_assert_uint_eq(c.done, live_kernel_before(5, 18) ? 2 : 1);
	ck_assert_uint_eq(c.done_nop, 0);
}
END_TEST

START_TEST(by_its_own_name)
{
	struct counts c = captured("io_uring_nop");

	ck_assert_uint_eq(c.openat, 0);
	ck_assert_uint_eq(c.uring_openat, 0);
	ck_assert_uint_eq(c.uring_nop, 1);
	ck_assert_uint_eq(c.done, live_kernel_before(5, 18) ? 2 : 1);
}
END_TEST

START_TEST(by_category)
{
	struct counts c = captured("@file");

	ck_assert_uint_eq(c.openat, 1);
	ck_assert_uint_eq(c.uring_openat, 1);
	ck_assert_uint_eq(c.uring_nop, 0);
}
END_TEST

START_TEST(completions_only)
{
	struct counts c = captured("io_uring_complete");

	ck_assert_uint_eq(c.openat + c.uring_openat + c.uring_nop, 0);
	ck_assert_uint_eq(c.done, 2);
}
END_TEST

START_TEST(without)
{
	struct counts c = captured("openat,io_uring_nop,!io_uring_complete");

	ck_assert_uint_eq(c.openat, 1);
	ck_assert_uint_eq(c.uring_openat, 1);
	ck_assert_uint_eq(c.uring_nop, 1);
	ck_assert_uint_eq(c.done, 0);
	c = captured("@file,io_uring_nop,!openat");
	ck_assert_uint_eq(c.openat + c.uring_openat, 0);
	ck_assert_uint_eq(c.uring_nop, 1);
	c = captured("getppid");
	ck_assert_uint_eq(c.uring_nop + c.done, 0);
}
END_TEST

/* What the capturing process does itself is not seen, as with system calls. */
START_TEST(not_by_the_capture_itself)
{
	struct gyr *g = live_open_or_fail("io_uring_nop", NULL, 0, 0);
	const struct gyr_event *ev;
	uint64_t first;
	struct uring r;

	uring_open(&r, 0);
	first = uring_sqe(&r, IORING_OP_NOP)->user_data;
	uring_submit(&r);
	ck_assert_int_eq(gyr_stop(g), 0);
	while (gyr_next(g, &ev, 100) == 1) {
		struct gyr_param p;

		ck_assert_int_eq(gyr_event_param_by_name(ev, "user_data", &p), 0);
		ck_assert_uint_ne(p.u64, first);
	}
	gyr_close(g);
}
END_TEST

static void many(void)
{
	struct uring r;

	uring_open(&r, 0);
	for (int i = 0; i < NOPS; i += BATCH) {
		for (int n = 0; n < BATCH; n++)
			uring_sqe(&r, IORING_OP_NOP);
		uring_submit(&r);
		uring_forget(&r);
	}
}

START_TEST(nothing_lost)
{
	int pid = live_start(many), status;
	struct gyr *g = live_open_or_fail("io_uring_nop", &pid, 1, 64 << 20);
	int64_t until = live_ms() + 60000;
	struct counts c = {0};
	struct gyr_stats st;

	live_release(pid);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		ck_assert_int_lt(live_ms(), until);
		read_all(g, &c, 10);
	}
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(gyr_stop(g), 0);
	read_all(g, &c, 100);
	st = stats_of(g);
	ck_assert_uint_eq(c.uring_nop, NOPS);
	ck_assert_uint_eq(c.done, NOPS);
	ck_assert_uint_eq(st.lost, 0);
	ck_assert_uint_eq(st.pending, 0);
	ck_assert_uint_eq(st.produced, st.delivered);
	ck_assert_uint_eq(st.delivered, 2 * NOPS);
	gyr_close(g);
}
END_TEST

/* ---- the number of an fd that a ring closed and opened ---- */

#define REUSED	   700
#define FIRST_SEEK 4242

static uint8_t reuse_flags; /* of SQEs */

static void reuse(void)
{
	int fd = open("/etc/hostname", O_RDONLY), top = dup2(fd, REUSED);
	struct rlimit no_other = {REUSED + 1, REUSED + 1};
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	/* The only free number is the one that the ring closes. */
	for (int i = 0; i < REUSED; i++)
		if (fcntl(i, F_GETFD) < 0)
			NEED(dup2(fd, i) == i);
	NEED(top == REUSED && setrlimit(RLIMIT_NOFILE, &no_other) == 0);
	syscall(SYS_lseek, REUSED, (long)FIRST_SEEK, SEEK_SET);
	sqe = uring_sqe(&r, IORING_OP_CLOSE);
	sqe->fd = REUSED;
	sqe->flags = reuse_flags;
	NEED(uring_do(&r, sqe) == 0);
	sqe = uring_sqe(&r, IORING_OP_OPENAT);
	sqe->fd = AT_FDCWD;
	sqe->addr = (uint64_t)(uintptr_t) "/etc/passwd";
	sqe->flags = reuse_flags;
	NEED(uring_do(&r, sqe) == REUSED);
	syscall(SYS_lseek, REUSED, FIRST_SEEK + 1L, SEEK_SET);
	/* What a ring opens is looked up in /proc. */
	while (pause())
		;
}

static void next_seek(struct gyr *g, const char *name)
{
	const struct gyr_event *ev;
	struct gyr_param offset;

	do
		ck_assert_int_eq(gyr_next(g, &ev, 30000), 1);
	while (strcmp(gyr_event_name(ev), "lseek") != 0 || gyr_event_param_by_name(ev, "offset", &offset) ||
	       offset.s64 < FIRST_SEEK);
	ck_assert_ptr_nonnull(gyr_event_fd(ev));
	ck_assert_int_eq(gyr_fd_num(gyr_event_fd(ev)), REUSED);
	ck_assert_str_eq(gyr_fd_name(gyr_event_fd(ev)), name);
}

static void see_reused(uint8_t flags)
{
	struct gyr *g;
	int pid;

	reuse_flags = flags;
	pid = live_start(reuse);
	g = live_open_or_fail("openat,close,lseek", &pid, 1, 0);
	live_release(pid);
	next_seek(g, "/etc/hostname");
	next_seek(g, "/etc/passwd");
	gyr_close(g);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(number_reused)
{
	see_reused(0);
}
END_TEST

START_TEST(number_reused_by_worker)
{
	see_reused(IOSQE_ASYNC);
}
END_TEST

static bool has_uring(void)
{
	struct io_uring_params p = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 1, &p);

	if (fd < 0) {
		printf("uring capture: skipped: no io_uring here: %s\n", strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("uring capture") || !has_uring())
		return LIVE_SKIP;
	suite = suite_create("uring capture");
	tc = tcase_create("uring capture");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, by_the_name_of_the_call);
	tcase_add_test(tc, by_its_own_name);
	tcase_add_test(tc, by_category);
	tcase_add_test(tc, completions_only);
	tcase_add_test(tc, without);
	tcase_add_test(tc, not_by_the_capture_itself);
	tcase_add_test(tc, nothing_lost);
	tcase_add_test(tc, number_reused);
	tcase_add_test(tc, number_reused_by_worker);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

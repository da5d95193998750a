/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A producer that outruns its ring: every event is delivered or counted as lost, and the sum is what was done. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

#define CALLS	  400000
#define PRODUCERS 2

struct shared {
	_Atomic uint64_t made; /* calls whose return was seen */
	_Atomic int finished;
};

static void produce(struct shared *sh)
{
	live_hold();
	for (int i = 0; i < CALLS; i++) {
		syscall(SYS_getppid);
		sh->made++;
	}
	/* An exit would be an event too, and kept for state: it stays out of the count if all goes well, but if it is
	 * lost. */
	sh->finished++;
	for (;;)
		pause();
}

struct producer {
	struct shared *sh;
	int pids[PRODUCERS];
	struct gyr *g;
};

static void start(struct producer *p, size_t ring_bytes)
{
	live_prepare();
	p->sh = mmap(NULL, sizeof(*p->sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(p->sh, MAP_FAILED);
	for (int i = 0; i < PRODUCERS; i++) {
		p->pids[i] = fork();
		if (p->pids[i] == 0)
			produce(p->sh);
	}
	p->g = live_open_or_fail("getppid", p->pids, PRODUCERS, ring_bytes);
	for (int i = 0; i < PRODUCERS; i++)
		live_release(p->pids[i]);
}

static void finish(struct producer *p)
{
	gyr_close(p->g);
	for (int i = 0; i < PRODUCERS; i++) {
		kill(p->pids[i], SIGKILL);
		waitpid(p->pids[i], NULL, 0);
	}
	munmap(p->sh, sizeof(*p->sh));
}

static void join(struct producer *p)
{
	int64_t until = live_ms() + 2 * LIVE_PATIENCE;

	while (p->sh->finished < PRODUCERS && live_ms() < until)
		usleep(1000);
	ck_assert_int_eq(p->sh->finished, PRODUCERS);
	ck_assert_uint_eq(p->sh->made, (uint64_t)PRODUCERS * CALLS);
}

static struct gyr_stats stats_of(struct gyr *g)
{
	struct gyr_stats st = {.sz = sizeof(st)};

	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	return st;
}

static void check_equation(const struct gyr_stats *st)
{
	ck_assert_uint_eq(st->produced, st->delivered + st->lost + st->pending);
	ck_assert_uint_eq(st->lost, st->lost_ring_full + st->lost_no_ring + st->lost_busy + st->lost_bug +
					    st->lost_error + st->lost_unread);
}

static uint64_t drain(struct gyr *g)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	const struct gyr_event *ev;
	uint64_t n = 0;

	while (gyr_next(g, &ev, 1000) == 1) {
		ck_assert_str_eq(gyr_event_name(ev), "getppid");
		n++;
		ck_assert_msg(live_ms() < until, "still events after %d ms", LIVE_PATIENCE);
	}
	return n;
}

/* Nobody reads while the producers run: the ring must overflow. */
START_TEST(nobody_reads)
{
	struct producer p;
	struct gyr_stats st;
	uint64_t n;

	start(&p, 8 * 4096);
	join(&p);
	st = stats_of(p.g);
	check_equation(&st);
	ck_assert_int_eq(gyr_stop(p.g), 0);
	n = drain(p.g);
	st = stats_of(p.g);
	check_equation(&st);
	ck_assert_uint_eq(st.produced, p.sh->made);
	ck_assert_uint_eq(st.delivered, n);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_gt(st.lost_ring_full, 0);
	ck_assert_uint_eq(st.lost_ring_full, st.lost);
	ck_assert_uint_eq(st.pending, 0);
	finish(&p);
}
END_TEST

/* A reader that takes an event now and then, and looks at the counters in between. */
START_TEST(slow_reader)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	const struct gyr_event *ev;
	struct producer p;
	struct gyr_stats st;
	uint64_t n = 0;

	start(&p, 8 * 4096);
	while (p.sh->finished < PRODUCERS && live_ms() < until) {
		n += gyr_next(p.g, &ev, 0) == 1;
		if (n % 64 == 0) {
			st = stats_of(p.g);
			check_equation(&st);
			ck_assert_uint_eq(st.delivered, n);
		}
		usleep(10);
	}
	join(&p);
	ck_assert_int_eq(gyr_stop(p.g), 0);
	n += drain(p.g);
	st = stats_of(p.g);
	check_equation(&st);
	ck_assert_uint_eq(st.produced, (uint64_t)PRODUCERS * CALLS);
	ck_assert_uint_eq(st.delivered, n);
	ck_assert_uint_gt(st.lost_ring_full, 0);
	ck_assert_uint_eq(st.pending, 0);
	finish(&p);
}
END_TEST

/* With room enough nothing is lost; and what is not read is counted when it is thrown away. */
START_TEST(nothing_lost)
{
	struct producer p;
	struct gyr_stats st;
	uint64_t n = 0;
	const struct gyr_event *ev;

	start(&p, 64 << 20);
	while (n < CALLS && gyr_next(p.g, &ev, LIVE_PATIENCE) == 1)
		n++;
	ck_assert_uint_eq(n, CALLS);
	join(&p);
	ck_assert_int_eq(gyr_stop(p.g), 0);
	ck_assert_int_eq(gyr_discard(p.g), 0);
	st = stats_of(p.g);
	check_equation(&st);
	ck_assert_uint_eq(st.produced, (uint64_t)PRODUCERS * CALLS);
	ck_assert_uint_eq(st.delivered, n);
	ck_assert_uint_eq(st.lost_ring_full, 0);
	ck_assert_uint_eq(st.lost, st.lost_unread);
	ck_assert_uint_eq(st.lost_unread, (uint64_t)PRODUCERS * CALLS - n);
	finish(&p);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("losses"))
		return LIVE_SKIP;
	suite = suite_create("losses");
	tc = tcase_create("losses");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, nobody_reads);
	tcase_add_test(tc, slow_reader);
	tcase_add_test(tc, nothing_lost);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

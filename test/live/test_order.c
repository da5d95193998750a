/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Order over CPUs: by time, and never an effect before its cause. */
#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

#define ROUNDS 3000

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(4);
}

/*
 * Each round in one process begins when the other's write has come. The read of a round returns after the write that
 * fed it was made, but their exits race: what is certain is that the setpgid before a write comes before the setpgid
 * after the read of it.
 */
static void play(int in, int out, int cpu, int first)
{
	char c = 0;

	pin(cpu);
	live_hold();
	for (int i = 0; i < ROUNDS; i++) {
		if ((!first || i > 0) && read(in, &c, 1) != 1)
			_exit(1);
		syscall(SYS_setpgid, 0, -(1 + 2 * i + !first));
		if (write(out, &c, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void two_cpus(int cpus[2])
{
	cpu_set_t set;
	int n = 0;

	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &set))
			cpus[n++] = i;
	if (n < 2) {
		puts("order: skipped: one CPU only");
		exit(LIVE_SKIP);
	}
}

START_TEST(causes_come_first)
{
	int cpus[2], a[2], b[2], pids[2];
	const struct gyr_event *ev;
	struct gyr_param p;
	uint64_t last = 0, on_cpu[2] = {0, 0};
	struct gyr *g;

	two_cpus(cpus);
	live_prepare();
	ck_assert_int_eq(pipe(a), 0);
	ck_assert_int_eq(pipe(b), 0);
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			play(i ? a[0] : b[0], i ? b[1] : a[1], cpus[i], i == 0);
	}
	g = live_open_or_fail("setpgid", pids, 2, 0);
	live_release(pids[0]);
	live_release(pids[1]);
	for (int i = 0; i < 2 * ROUNDS; i++) {
		ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
		ck_assert_uint_ge(gyr_event_ts(ev), last);
		last = gyr_event_ts(ev);
		ck_assert_int_eq(gyr_event_param_by_name(ev, "pgid", &p), 0);
		ck_assert_msg(p.s64 == -1 - i,
			      "event %d is of step %lld: an effect before its cause, or one is missing", i,
			      -1 - (long long)p.s64);
		ck_assert_uint_eq(gyr_event_cpu(ev), (uint64_t)cpus[i % 2]);
		on_cpu[i % 2]++;
	}
	ck_assert_uint_eq(on_cpu[0], on_cpu[1]);
	gyr_close(g);
	waitpid(pids[0], NULL, 0);
	waitpid(pids[1], NULL, 0);
}
END_TEST

#define BURST 100000

/* Both CPUs as fast as they can: still by time, and each thread's events in its own order. */
START_TEST(bursts_merge)
{
	int cpus[2], pids[2];
	int64_t next[2] = {-1, -1};
	const struct gyr_event *ev;
	struct gyr_param p;
	uint64_t last = 0;
	struct gyr *g;

	two_cpus(cpus);
	live_prepare();
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			pin(cpus[i]);
			live_hold();
			for (int k = 0; k < BURST; k++)
				syscall(SYS_setpgid, 0, -1 - k);
			_exit(0);
		}
	}
	g = live_open_or_fail("setpgid", pids, 2, 64 << 20);
	live_release(pids[0]);
	live_release(pids[1]);
	for (int i = 0; i < 2 * BURST; i++) {
		int who;

		ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
		ck_assert_uint_ge(gyr_event_ts(ev), last);
		last = gyr_event_ts(ev);
		who = gyr_event_tid(ev) == (uint64_t)pids[1];
		ck_assert_int_eq(gyr_event_param_by_name(ev, "pgid", &p), 0);
		ck_assert_int_eq(p.s64, next[who]);
		next[who]--;
	}
	gyr_close(g);
	waitpid(pids[0], NULL, 0);
	waitpid(pids[1], NULL, 0);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;
	int cpus[2];

	if (!live_possible("order"))
		return LIVE_SKIP;
	two_cpus(cpus);
	suite = suite_create("order");
	tc = tcase_create("order");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, causes_come_first);
	tcase_add_test(tc, bursts_merge);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

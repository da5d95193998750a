/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads that take a CPU from each other in the middle of system calls. Where the kernel may preempt a program of the
 * driver, it does not run it for others of that CPU until it goes on: those calls are seen, or counted.
 */
#include <check.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

#define CALLS	  100000
#define THREADS	  4
#define RING_SIZE (64u << 20) /* for all of them */

static _Atomic int *finished;

static void stay(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		abort();
}

static void make_calls(void)
{
	stay();
	live_hold();
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	(*finished)++;
	for (;;)
		pause();
}

static struct gyr_stats capture(const char *probe, uint64_t *lost_features)
{
	int64_t until = live_ms() + 4 * LIVE_PATIENCE;
	struct gyr_stats st = {.sz = sizeof(st)};
	int pids[THREADS];
	struct gyr_live_opts o = {
		.sz = sizeof(o),
		.probe = probe,
		.events = "getppid",
		.pids = pids,
		.npids = THREADS,
		.ring_bytes = RING_SIZE,
	};
	struct gyr *g;

	finished = mmap(NULL, sizeof(*finished), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(finished, MAP_FAILED);
	live_prepare();
	for (int i = 0; i < THREADS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			make_calls();
	}
	ck_assert_int_eq(gyr_open_live(&o, &g), 0);
	for (int i = 0; i < THREADS; i++)
		live_release(pids[i]);
	while (*finished < THREADS && live_ms() < until)
		usleep(1000);
	ck_assert_int_eq(*finished, THREADS);
	*lost_features = gyr_lost_features(g);
	ck_assert_int_eq(gyr_stop(g), 0);
	ck_assert_int_eq(gyr_discard(g), 0);
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	gyr_close(g);
	for (int i = 0; i < THREADS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	munmap(finished, sizeof(*finished));
	return st;
}

START_TEST(all_seen)
{
	uint64_t lost;
	struct gyr_stats st = capture(NULL, &lost);

	if (lost >> GYR_FEATURE_UNPREEMPTED & 1) {
		printf("skipped: all_seen: %s\n", gyr_feature_lost(GYR_FEATURE_UNPREEMPTED));
		return;
	}
	ck_assert_uint_eq(st.produced, (uint64_t)THREADS * CALLS);
	ck_assert_uint_eq(st.lost_unread, st.produced);
	ck_assert_uint_eq(st.lost_busy, 0);
}
END_TEST

/* The build that the library would not take where this can happen. */
START_TEST(missed_is_counted)
{
	const char *probe = getenv("GYR_BTF") ? GYR_PROBE_NOBTF_OBJECT : GYR_PROBE_OBJECT;
	uint64_t lost;
	struct gyr_stats st = capture(probe, &lost);

	ck_assert_uint_ge(st.produced, (uint64_t)THREADS * CALLS);
	ck_assert_uint_eq(st.produced, st.lost_busy + st.lost_unread);
	if (!(lost >> GYR_FEATURE_UNPREEMPTED & 1))
		ck_assert_uint_eq(st.lost_busy, 0);
}
END_TEST

/* Updates a map of BPF, over and over. */
static void make_updates(void)
{
	union bpf_attr map = {.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1};
	uint32_t key = 0, val = 0;
	union bpf_attr update = {.key = (uintptr_t)&key, .value = (uintptr_t)&val, .flags = BPF_ANY};

	stay();
	update.map_fd = syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));
	while (!syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &update, sizeof(update)))
		;
	abort();
}

/* Where the kernel preempts whoever is in bpf(2) with a map, it shows perf's tracepoints to no program meanwhile. */
START_TEST(missed_for_others_maps_is_counted)
{
	int updates = fork();
	struct gyr_stats st;
	uint64_t lost;

	if (updates == 0)
		make_updates();
	st = capture(NULL, &lost);
	ck_assert_int_eq(waitpid(updates, NULL, WNOHANG), 0);
	kill(updates, SIGKILL);
	waitpid(updates, NULL, 0);
	ck_assert_uint_ge(st.produced, (uint64_t)THREADS * CALLS);
	ck_assert_uint_eq(st.produced, st.lost_busy + st.lost_unread);
	if (!live_preempts())
		ck_assert_uint_eq(st.lost_busy, 0);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("preempt"))
		return LIVE_SKIP;
	suite = suite_create("preempt");
	tc = tcase_create("preempt");
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, all_seen);
	tcase_add_test(tc, missed_is_counted);
	tcase_add_test(tc, missed_for_others_maps_is_counted);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A CPU goes and comes back under a running capture. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu.h"
#include "run.h"

#define CPU    1
#define CYCLES 100
/* What a cycle takes where it is slow, in a guest that is emulated. */
#define TIME_LIMIT 240

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Memory shared with the kernel: rings, and maps of BPF. */
static int count_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "anon_inode:") != NULL;
	fclose(f);
	return n;
}

START_TEST(cpu_goes_and_comes)
{
	struct cpu_seen seen = {0};
	struct cpu_load *load;
	struct gyr_stats st;
	int fds, mappings;
	int64_t began;

	load = cpu_load_start(CPU);
	seen.load = load;
	seen.g = live_open_or_fail("getppid,getpgid,cpu_hotplug", load->pids, 2, 0);
	live_release(load->pids[0]);
	live_release(load->pids[1]);
	began = live_ms();
	while (!seen.calls_since) {
		ck_assert_msg(live_ms() - began <= LIVE_PATIENCE, "no call on CPU %d at all", CPU);
		cpu_see(&seen, 100);
	}
	/* From the second on a dead ring is let go with every new one. */
	cpu_cycle(&seen);
	fds = count_fds();
	mappings = count_mappings();
	ck_assert_int_gt(mappings, 0);
	for (int i = 1; i < CYCLES; i++)
		cpu_cycle(&seen);
	ck_assert_int_eq(count_fds(), fds);
	ck_assert_int_eq(count_mappings(), mappings);
	st = cpu_settle(&seen, load);
	/* All within a second; an emulated guest beside others may stand still for longer, but not time and again. */
	ck_assert_int_le(seen.late, CYCLES / 20);
	ck_assert_int_eq(seen.went, CYCLES);
	ck_assert_int_eq(seen.came, CYCLES);
	ck_assert_uint_eq(st.rings_opened, CYCLES);
	gyr_close(seen.g);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("hotplug"))
		return LIVE_SKIP;
	/*
	 * A machine's own CPUs are in use: a cloud machine with 6.18 had its timers stand still for minutes ("BUG:
	 * workqueue lockup") when its CPU 1 went and came.
	 */
	if (!getenv("GYR_VM_CONTROL")) {
		puts("hotplug: skipped: takes a CPU offline, in guests of test/vm only");
		return LIVE_SKIP;
	}
	suite = suite_create("hotplug");
	tc = tcase_create("hotplug");
	tcase_set_timeout(tc, TIME_LIMIT);
	tcase_add_test(tc, cpu_goes_and_comes);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

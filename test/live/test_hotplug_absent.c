/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A CPU comes that was not there when the machine was started. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu.h"
#include "run.h"

#define CPUS_MAX 256

/* Possible, but not present; -1: there is none. */
static int absent_cpu(void)
{
	for (int cpu = 0; cpu < CPUS_MAX; cpu++)
		if (cpu_is("possible", cpu) && !cpu_is("present", cpu))
			return cpu;
	return -1;
}

/* Asks the host to plug it in (test/vm/boot.sh). */
static void plug(int cpu)
{
	const char *control = getenv("GYR_VM_CONTROL");
	int64_t until = live_ms() + LIVE_PATIENCE;
	char word[16];
	int fd, n = snprintf(word, sizeof(word), "plug %d\n", cpu);

	ck_assert_ptr_nonnull(control);
	fd = open(control, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, word, (size_t)n), n);
	close(fd);
	while (!cpu_is("present", cpu)) {
		ck_assert_msg(live_ms() <= until, "the host has not plugged in CPU %d", cpu);
		usleep(10000);
	}
}

START_TEST(absent_cpu_comes)
{
	int cpu = absent_cpu();
	struct cpu_load *load = cpu_load_start(cpu);
	struct cpu_seen seen = {.load = load, .away = true};
	struct gyr_stats st;

	seen.g = live_open_or_fail("getppid,getpgid,cpu_hotplug", load->pids, 2, 0);
	live_release(load->pids[0]);
	live_release(load->pids[1]);
	plug(cpu);
	cpu_return(&seen);
	ck_assert_int_eq(seen.late, 0);
	/* From now on it is like any other. */
	cpu_cycle(&seen);
	ck_assert_int_eq(seen.late, 0);
	st = cpu_settle(&seen, load);
	ck_assert_int_eq(seen.came, 2);
	ck_assert_int_eq(seen.went, 1);
	ck_assert_uint_eq(st.rings_opened, 2);
	gyr_close(seen.g);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("hotplug_absent"))
		return LIVE_SKIP;
	if (!getenv("GYR_VM_CONTROL") || absent_cpu() < 0) {
		puts("hotplug_absent: skipped: needs a VM with a CPU that can be plugged");
		return LIVE_SKIP;
	}
	suite = suite_create("hotplug_absent");
	tc = tcase_create("hotplug_absent");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, absent_cpu_comes);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A CPU goes and comes back under a running capture. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "cpu.h"
#include "run.h"

#define CPU    1
#define ONLINE "/sys/devices/system/cpu/cpu1/online"
/*
 * A hundred in a guest of test/vm; few of the machine's own CPU, whose users may not like it (a cloud machine with 6.18
 * had its timers stand still for a minute at a time after some).
 */
#define CYCLES_GUEST 100
#define CYCLES_HOST  3
/* What a cycle takes where it is slow, in a guest that is emulated. */
#define TIME_LIMIT 240

static int guard_pipe[2];

/*
 * Puts the CPU back whatever becomes of the test: a process of its own sees the pipe close even when the test is
 * killed, and waits in a session of its own for that. The test waits for it at the end.
 */
static int start_guard(void)
{
	char c;
	int pid;

	ck_assert_int_eq(pipe2(guard_pipe, O_CLOEXEC), 0);
	pid = fork();
	if (pid)
		return pid;
	setsid();
	close(guard_pipe[1]);
	while (read(guard_pipe[0], &c, 1) < 0 && errno == EINTR)
		;
	if (!cpu_is("online", CPU))
		cpu_set_online(CPU, true);
	_exit(0);
}

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
	int cycles = getenv("GYR_VM_CONTROL") ? CYCLES_GUEST : CYCLES_HOST;
	int guard, fds, mappings;
	int64_t began;

	guard = start_guard();
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
	for (int i = 1; i < cycles; i++)
		cpu_cycle(&seen);
	ck_assert_int_eq(count_fds(), fds);
	ck_assert_int_eq(count_mappings(), mappings);
	st = cpu_settle(&seen, load);
	/* All within a second; an emulated guest beside others may stand still for longer, but not time and again. */
	ck_assert_int_le(seen.late, cycles / 20);
	ck_assert_int_eq(seen.went, cycles);
	ck_assert_int_eq(seen.came, cycles);
	ck_assert_uint_eq(st.rings_opened, cycles);
	gyr_close(seen.g);
	close(guard_pipe[1]);
	waitpid(guard, NULL, 0);
	ck_assert(cpu_is("online", CPU));
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;
	int status;

	if (!live_possible("hotplug"))
		return LIVE_SKIP;
	if (access(ONLINE, W_OK) || !cpu_is("online", CPU)) {
		printf("hotplug: skipped: %s: %s\n", ONLINE, errno ? strerror(errno) : "offline already");
		return LIVE_SKIP;
	}
	suite = suite_create("hotplug");
	tc = tcase_create("hotplug");
	tcase_set_timeout(tc, TIME_LIMIT);
	tcase_add_test(tc, cpu_goes_and_comes);
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	if (!cpu_is("online", CPU))
		cpu_set_online(CPU, true);
	return status;
}

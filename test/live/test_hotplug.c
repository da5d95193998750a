/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A CPU goes and comes back under a running capture. */
#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"
#include "run.h"

#define ONLINE "/sys/devices/system/cpu/cpu1/online"
#define CYCLES 3

static int set_online(char value)
{
	int fd = open(ONLINE, O_WRONLY | O_CLOEXEC), ok;

	if (fd < 0)
		return -errno;
	ok = write(fd, &value, 1) == 1 ? 0 : -errno;
	close(fd);
	return ok;
}

static bool is_online(void)
{
	int fd = open(ONLINE, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0 || read(fd, &c, 1) != 1)
		c = 0;
	if (fd >= 0)
		close(fd);
	return c == '1';
}

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
	if (!is_online())
		set_online('1');
	_exit(0);
}

struct shared {
	_Atomic bool stop;
	_Atomic uint64_t made;
};

/* Calls on whatever CPU is to be had, on CPU 1 when there is one: the kernel widens the mask of who loses its last CPU.
 */
static void load(struct shared *sh)
{
	cpu_set_t set;

	live_hold();
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	while (!sh->stop) {
		sched_setaffinity(0, sizeof(set), &set);
		for (int i = 0; i < 100; i++) {
			syscall(SYS_getppid);
			sh->made++;
		}
	}
	_exit(0);
}

/* Reads until an event of that CPU that was made after `since` (of gyr's clock) came; false when none comes. */
static bool wait_for_cpu(struct gyr *g, uint16_t cpu, uint64_t since)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	const struct gyr_event *ev;

	while (live_ms() < until)
		if (gyr_next(g, &ev, 100) == 1 && gyr_event_cpu(ev) == cpu && gyr_event_ts(ev) >= since)
			return true;
	return false;
}

static uint64_t epoch_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void read_for(struct gyr *g, int ms)
{
	int64_t until = live_ms() + ms;
	const struct gyr_event *ev;

	while (live_ms() < until)
		gyr_next(g, &ev, 20);
}

static struct gyr_stats stop_and_count(struct gyr *g, uint64_t *n)
{
	struct gyr_stats st = {.sz = sizeof(st)};
	const struct gyr_event *ev;

	ck_assert_int_eq(gyr_stop(g), 0);
	while (gyr_next(g, &ev, 1000) == 1)
		(*n)++;
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	return st;
}

START_TEST(cpu_goes_and_comes)
{
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct gyr_stats st;
	struct gyr *g;
	uint64_t n = 0;
	int pid, guard;

	ck_assert_ptr_ne(sh, MAP_FAILED);
	guard = start_guard();
	live_prepare();
	pid = fork();
	if (pid == 0)
		load(sh);
	g = live_open_or_fail("getppid", &pid, 1, 0);
	live_release(pid);
	ck_assert_msg(wait_for_cpu(g, 1, 0), "no event of CPU 1 at all");
	for (int i = 0; i < CYCLES; i++) {
		ck_assert_int_eq(set_online('0'), 0);
		ck_assert(!is_online());
		ck_assert_msg(wait_for_cpu(g, 0, epoch_ns()), "the load does not show on CPU 0");
		read_for(g, 100);
		ck_assert_int_eq(set_online('1'), 0);
		ck_assert_msg(wait_for_cpu(g, 1, epoch_ns()), "no event of CPU 1 since it is back");
	}
	sh->stop = true;
	waitpid(pid, NULL, 0);
	st = stop_and_count(g, &n);
	ck_assert_uint_eq(st.produced, st.delivered + st.lost + st.pending);
	ck_assert_uint_eq(st.pending, 0);
	ck_assert_uint_eq(st.produced, sh->made);
	/* Only the time without a ring may cost events; and the moment in which a batch is taken from a CPU that is
	 * back. */
	ck_assert_uint_eq(st.lost, st.lost_no_ring + st.lost_ring_full + st.lost_busy);
	ck_assert_uint_eq(st.rings_opened, CYCLES);
	printf("hotplug: produced=%llu delivered=%llu lost_no_ring=%llu lost_ring_full=%llu rings_opened=%llu\n",
	       (unsigned long long)st.produced, (unsigned long long)st.delivered, (unsigned long long)st.lost_no_ring,
	       (unsigned long long)st.lost_ring_full, (unsigned long long)st.rings_opened);
	gyr_close(g);
	close(guard_pipe[1]);
	waitpid(guard, NULL, 0);
	ck_assert(is_online());
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;
	int status;

	if (!live_possible("hotplug"))
		return LIVE_SKIP;
	if (access(ONLINE, W_OK) || !is_online()) {
		printf("hotplug: skipped: %s: %s\n", ONLINE, errno ? strerror(errno) : "offline already");
		return LIVE_SKIP;
	}
	suite = suite_create("hotplug");
	tc = tcase_create("hotplug");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, cpu_goes_and_comes);
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	if (!is_online())
		set_online('1');
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cpu.h"

#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define CPUS   "/sys/devices/system/cpu/"
#define CAME   1
#define WENT   2
#define SECOND 1000000000ull /* in ns */
/* How many calls there may be that the reader has not had: it reads them in far less than a second, emulated, too. */
#define BURST 50

bool cpu_is(const char *list, int cpu)
{
	char path[64], text[256] = "", *p = text;
	FILE *f;

	snprintf(path, sizeof(path), CPUS "%s", list);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		fclose(f);
	while (*p >= '0' && *p <= '9') {
		long first = strtol(p, &p, 10), last = *p == '-' ? strtol(p + 1, &p, 10) : first;

		if (first <= cpu && cpu <= last)
			return true;
		p += *p == ',';
	}
	return false;
}

int cpu_set_online(int cpu, bool online)
{
	char path[64];
	int fd, ok;

	snprintf(path, sizeof(path), CPUS "cpu%d/online", cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ok = write(fd, online ? "1" : "0", 1) == 1 ? 0 : -errno;
	close(fd);
	return ok;
}

static uint64_t epoch_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/*
 * As fast as the reader allows. The kernel widens the mask of who loses its last CPU, so the CPU is asked for again and
 * again.
 */
static void make_calls(struct cpu_load *load, int cpu, long nr, _Atomic uint64_t *made)
{
	live_hold();
	while (!load->stop) {
		if (pin(cpu) == 0 && cpu == load->cpu && !load->there)
			load->there = epoch_ns();
		for (int i = 0; i < BURST; i++) {
			syscall(nr);
			(*made)++;
		}
		do
			usleep(200);
		while (!load->stop && load->staying + load->moving > load->done + BURST);
	}
	_exit(0);
}

struct cpu_load *cpu_load_start(int cpu)
{
	struct cpu_load *load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(load, MAP_FAILED);
	live_prepare();
	load->cpu = cpu;
	for (int i = 0; i < 2; i++) {
		int pid = fork();

		if (pid == 0)
			make_calls(load, i ? cpu : 0, i ? SYS_getppid : SYS_getpgid,
				   i ? &load->moving : &load->staying);
		load->pids[i] = pid;
	}
	return load;
}

void cpu_load_stop(struct cpu_load *load)
{
	load->stop = true;
	for (int i = 0; i < 2; i++)
		waitpid(load->pids[i], NULL, 0);
}

static uint64_t param(const struct gyr_event *ev, const char *name)
{
	struct gyr_param p;

	ck_assert_int_eq(gyr_event_param_by_name(ev, name, &p), 0);
	return p.u64;
}

static void see_hotplug(struct cpu_seen *seen, const struct gyr_event *ev)
{
	ck_assert_uint_eq(gyr_event_type(ev), 244);
	ck_assert_uint_eq(param(ev, "cpu"), (uint64_t)seen->load->cpu);
	ck_assert_uint_eq(gyr_event_cpu(ev), (uint64_t)seen->load->cpu);
	ck_assert_uint_eq(gyr_event_tid(ev), 0);
	ck_assert_uint_eq(param(ev, "action"), seen->away ? CAME : WENT);
	if (seen->away) {
		seen->came++;
		seen->came_at = gyr_event_ts(ev);
	} else {
		seen->went++;
	}
	seen->away = !seen->away;
}

static void tell_done(struct cpu_seen *seen)
{
	struct gyr_stats st = {.sz = sizeof(st)};

	ck_assert_int_eq(gyr_stats_read(seen->g, &st), 0);
	seen->load->done = st.delivered + st.lost;
}

bool cpu_see(struct cpu_seen *seen, int timeout_ms)
{
	const struct gyr_event *ev;
	const char *name;
	int got = gyr_next(seen->g, &ev, timeout_ms);

	ck_assert_msg(got >= 0, "gyr_next: %d: %s", got, gyr_errmsg(seen->g));
	if (!got || (seen->staying + seen->moving) % BURST == 0)
		tell_done(seen);
	if (!got)
		return false;
	ck_assert_uint_ge(gyr_event_ts(ev), seen->last);
	seen->last = gyr_event_ts(ev);
	name = gyr_event_name(ev);
	if (!strcmp(name, "cpu_hotplug")) {
		see_hotplug(seen, ev);
		return true;
	}
	if (gyr_event_cpu(ev) == seen->load->cpu) {
		ck_assert_msg(!seen->away || gyr_event_ts(ev) >= seen->may_return,
			      "a call on a CPU that has gone, and was not yet to come back");
		seen->calls_since += gyr_event_ts(ev) >= seen->since;
	}
	if (!strcmp(name, "getpgid"))
		seen->staying++;
	else
		seen->moving++;
	return true;
}

/* Another process does it, as it takes its time. */
static void switch_cpu(struct cpu_seen *seen, bool online)
{
	int status, pid;

	if (online)
		seen->may_return = epoch_ns();
	pid = fork();
	if (pid == 0)
		_exit(-cpu_set_online(seen->load->cpu, online));
	while (waitpid(pid, &status, WNOHANG) == 0)
		cpu_see(seen, 5);
	ck_assert_msg(status == 0, "CPU %d does not go %s: status %d", seen->load->cpu, online ? "online" : "offline",
		      status);
}

static void await(struct cpu_seen *seen, const int *count, const char *what)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	int before = *count;

	while (*count == before) {
		ck_assert_msg(live_ms() <= until, "CPU %d: no %s; of %llu calls there %llu are seen", seen->load->cpu,
			      what, (unsigned long long)seen->load->moving, (unsigned long long)seen->moving);
		cpu_see(seen, 5);
	}
}

static void check_in_time(struct cpu_seen *seen, uint64_t from, uint64_t until, const char *what)
{
	if (until <= from + SECOND)
		return;
	printf("CPU %d: %s is seen after %llu ms\n", seen->load->cpu, what,
	       (unsigned long long)(until - from) / 1000000);
	seen->late++;
}

void cpu_return(struct cpu_seen *seen)
{
	uint64_t since, there;

	switch_cpu(seen, true);
	seen->load->there = 0;
	since = epoch_ns();
	if (seen->away) {
		await(seen, &seen->came, "cpu_hotplug of its coming");
		check_in_time(seen, seen->last, epoch_ns(), "cpu_hotplug of its coming");
	}
	check_in_time(seen, since, seen->came_at, "its coming");
	seen->since = since;
	seen->calls_since = 0;
	await(seen, &seen->calls_since, "call since it is back");
	/* How long the load takes to be let onto the CPU again is not the library's time. */
	there = seen->load->there;
	check_in_time(seen, there > since ? there : since, epoch_ns(), "first call since it is back");
}

void cpu_cycle(struct cpu_seen *seen)
{
	switch_cpu(seen, false);
	if (!seen->away) {
		await(seen, &seen->went, "cpu_hotplug of its going");
		check_in_time(seen, seen->last, epoch_ns(), "cpu_hotplug of its going");
	}
	cpu_return(seen);
}

struct gyr_stats cpu_settle(struct cpu_seen *seen, struct cpu_load *load)
{
	struct gyr_stats st = {.sz = sizeof(st)};
	uint64_t made;

	cpu_load_stop(load);
	ck_assert_int_eq(gyr_stop(seen->g), 0);
	while (cpu_see(seen, 0))
		;
	ck_assert_int_eq(gyr_stats_read(seen->g, &st), 0);
	printf("hotplug: produced=%llu delivered=%llu lost_no_ring=%llu lost_busy=%llu lost=%llu rings_opened=%llu\n",
	       (unsigned long long)st.produced, (unsigned long long)st.delivered, (unsigned long long)st.lost_no_ring,
	       (unsigned long long)st.lost_busy, (unsigned long long)st.lost, (unsigned long long)st.rings_opened);
	ck_assert_uint_eq(st.produced, st.delivered + st.lost + st.pending);
	ck_assert_uint_eq(st.pending, 0);
	/* What the kernel did not show to the driver is in lost_busy, and may be of others than the load. */
	made = load->staying + load->moving + (uint64_t)(seen->went + seen->came);
	ck_assert_uint_ge(st.produced, made);
	ck_assert_uint_le(st.produced - st.lost_busy, made);
	ck_assert_uint_eq(st.delivered, seen->staying + seen->moving + (uint64_t)(seen->went + seen->came));
	ck_assert_uint_le(seen->staying, load->staying);
	ck_assert_uint_le(load->staying - seen->staying, st.lost_busy);
	ck_assert_uint_eq(st.lost, st.lost_no_ring + st.lost_busy);
	/* A new ring is put into a map, and whoever is preempted at that hides the CPU's calls. */
	if (!live_preempts())
		ck_assert_uint_eq(st.lost_busy, 0);
	return st;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long calls took: by task storage and by a hash, where the kernel has the former; known, unknown, and off. */
#include <bpf/bpf.h>
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "uring.h"

#include "harness.h"
#include "run.h"

#define BIT(feature) (1ull << (feature))
#define SLEEP_NS     50000000ll

/* By the index of the test's run: the build that this kernel takes, and the one without BTF, which has a hash only. */
static const char *const probes[] = {NULL, GYR_PROBE_NOBTF_OBJECT};
#define N_PROBES 2

static bool cpu_has(const char *flag)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[8192];
	bool found = false;

	if (!f) /* called outside of tests, too */
		abort();
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, flag);
	fclose(f);
	return found;
}

/* Is there no task storage for the build that this kernel takes? */
static bool has_hash_only(void)
{
	if (live_kernel_before(5, 13) || getenv("GYR_BTF"))
		return true;
	/* As in guests, whose qemu does cmpxchg16b wrong; newer kernels need it for the storage's memory. */
	return strcmp(GYR_ARCH, "x86_64") == 0 && !live_kernel_before(6, 19) && !cpu_has(" cx16 ");
}

static struct gyr *open_with(const char *probe, const char *events, int pid, bool latency)
{
	return live_begin(&(struct gyr_live_opts){
		.probe = probe,
		.events = events,
		.pids = &pid,
		.npids = 1,
		.follow = true,
		.latency = latency,
	});
}

static const struct gyr_event *next(struct gyr *g, const char *name)
{
	const struct gyr_event *ev;

	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	ck_assert_str_eq(gyr_event_name(ev), name);
	return ev;
}

static int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static int64_t res_of(const struct gyr_event *ev)
{
	int64_t res;

	ck_assert(gyr_event_res(ev, &res));
	return res;
}

/* ---- known ---- */

static void act_sleep(void)
{
	const struct timespec ts = {.tv_nsec = SLEEP_NS};

	syscall(SYS_nanosleep, &ts, NULL);
	syscall(SYS_getppid);
}

/* What rides behind the frame is nowhere else. */
static void frame_is_plain(const struct gyr_event *ev)
{
	const uint8_t *frame;
	uint32_t len, own_len, nparams;

	frame = gyr_event_frame(ev, &len);
	memcpy(&own_len, frame + 16, 4);
	memcpy(&nparams, frame + 22, 4);
	ck_assert_uint_eq(own_len, len);
	ck_assert_uint_eq(nparams, gyr_event_nparams(ev));
}

START_TEST(slept)
{
	int pid = live_start(act_sleep);
	struct gyr *g = open_with(probes[_i], "nanosleep,getppid", pid, true);
	char line[4096], words[64];
	const struct gyr_event *ev;
	int64_t wall = clock_now(), ns;

	live_let_go(pid);
	wall = clock_now() - wall;
	ev = next(g, "nanosleep");
	ns = gyr_event_latency(ev);
	ck_assert_int_ge(ns, SLEEP_NS);
	ck_assert_int_le(ns, wall);
	frame_is_plain(ev);
	gyr_event_text(ev, line, sizeof(line), 0);
	ck_assert_ptr_nonnull(strstr(line, " = 0 in "));
	gyr_event_json(ev, line, sizeof(line), 0);
	snprintf(words, sizeof(words), "\"evt.latency\":%lld,", (long long)ns);
	ck_assert_ptr_nonnull(strstr(line, words));
	/* The next has its own, and not what was before. */
	ck_assert_int_lt(gyr_event_latency(next(g, "getppid")), wall - ns);
	live_finish(g);
}
END_TEST

static void *exec_true(void *arg)
{
	char *const argv[] = {"true", NULL};

	(void)arg;
	usleep(1000);
	execve("/bin/true", argv, NULL);
	_exit(1);
}

static void act_exec_in_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, exec_true, NULL))
		_exit(1);
	for (;;)
		pause();
}

/* An exec gives the thread the id of the process, whose leader was in a call of its own; it is one task all the same.
 */
START_TEST(exec_by_thread)
{
	int pid = live_start(act_exec_in_thread);
	struct gyr *g = open_with(probes[_i], "execve", pid, true);
	const struct gyr_event *ev;
	int64_t wall = clock_now();

	live_let_go(pid);
	wall = clock_now() - wall;
	ev = next(g, "execve");
	ck_assert_int_eq(res_of(ev), 0);
	ck_assert_uint_eq(gyr_event_tid(ev), (uint64_t)pid);
	ck_assert_int_ge(gyr_event_latency(ev), 1);
	ck_assert_int_le(gyr_event_latency(ev), wall);
	gyr_close(g);
}
END_TEST

static void act_long_sleep(void)
{
	const struct timespec ts = {.tv_nsec = 4 * SLEEP_NS};

	syscall(SYS_nanosleep, &ts, NULL);
}

static char state_of(int pid)
{
	char path[64], text[512] = "", *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	state = strrchr(text, ')');
	ck_assert_ptr_nonnull(state);
	return state[2];
}

static void wait_for_sleep_in(int pid, long nr)
{
	char path[64], text[64], want[32];
	int64_t until = live_ms() + LIVE_PATIENCE;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	snprintf(want, sizeof(want), "%ld ", nr);
	for (;;) {
		f = fopen(path, "re");
		ck_assert_ptr_nonnull(f);
		text[0] = 0;
		if (!fgets(text, sizeof(text), f))
			text[0] = 0;
		fclose(f);
		if (!strncmp(text, want, strlen(want)) && state_of(pid) == 'S')
			return;
		ck_assert_int_lt(live_ms(), until);
		usleep(1000);
	}
}

/* A stop ends the call, as far as the kernel is concerned; the rest of it is another, restart_syscall. */
START_TEST(restarted)
{
	int pid = live_start(act_long_sleep), status;
	struct gyr *g = open_with(probes[_i], "nanosleep,restart_syscall", pid, true);
	const struct gyr_event *ev;
	int64_t wall = clock_now(), first, rest;

	live_release(pid);
	wait_for_sleep_in(pid, SYS_nanosleep);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	wall = clock_now() - wall;
	ev = next(g, "nanosleep");
	ck_assert_int_ne(res_of(ev), 0);
	first = gyr_event_latency(ev);
	ev = next(g, "restart_syscall");
	rest = gyr_event_latency(ev);
	ck_assert_int_ge(first, 1);
	ck_assert_int_ge(rest, 1);
	ck_assert_int_le(first + rest, wall);
	gyr_close(g);
}
END_TEST

/* ---- unknown ---- */

static void act_fork(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0)
		syscall(SYS_exit, 0);
	waitpid((int)pid, NULL, 0);
}

START_TEST(child)
{
	int pid = live_start(act_fork);
	struct gyr *g = open_with(probes[_i], "clone", pid, true);
	const struct gyr_event *ev;
	bool parent = false, born = false;

	live_let_go(pid);
	while (!parent || !born) {
		ev = next(g, "clone");
		if (res_of(ev) == 0) {
			ck_assert_int_eq(gyr_event_latency(ev), -ENODATA);
			born = true;
		} else {
			ck_assert_int_ge(gyr_event_latency(ev), 1);
			parent = true;
		}
	}
	gyr_close(g);
}
END_TEST

static void act_uring(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	sqe = uring_sqe(&r, IORING_OP_NOP);
	uring_do(&r, sqe);
	syscall(SYS_getppid);
}

/* An operation of io_uring is submitted within a call: that of the call before is not its own. */
START_TEST(submitted)
{
	int pid = live_start(act_uring);
	struct gyr *g = open_with(probes[_i], "io_uring_nop,io_uring_complete,io_uring_setup,getppid", pid, true);
	const struct gyr_event *ev;
	int seen = 0;

	live_let_go(pid);
	while (gyr_next(g, &ev, LIVE_PATIENCE) == 1 && strcmp(gyr_event_name(ev), "getppid") != 0) {
		bool own = strcmp(gyr_event_name(ev), "io_uring_setup") != 0;

		seen += own;
		if (own)
			ck_assert_int_eq(gyr_event_latency(ev), -ENODATA);
		else
			ck_assert_int_ge(gyr_event_latency(ev), 1);
	}
	ck_assert_int_eq(seen, 2);
	gyr_close(g);
}
END_TEST

static int to_child[2];

static void act_read(void)
{
	char c;

	if (read(to_child[0], &c, 1) != 1)
		_exit(1);
	syscall(SYS_getppid);
}

START_TEST(begun_before)
{
	const struct gyr_event *ev;
	struct gyr *g;
	char line[4096];
	int pid;

	ck_assert_int_eq(pipe(to_child), 0);
	pid = live_start(act_read);
	live_release(pid);
	wait_for_sleep_in(pid, SYS_read);
	g = open_with(probes[_i], "read,getppid", pid, true);
	ck_assert_int_eq(write(to_child[1], "x", 1), 1);
	ev = next(g, "read");
	ck_assert_int_eq(gyr_event_latency(ev), -ENODATA);
	gyr_event_text(ev, line, sizeof(line), 0);
	ck_assert_ptr_null(strstr(line, " in "));
	gyr_event_json(ev, line, sizeof(line), 0);
	ck_assert_ptr_null(strstr(line, "evt.latency"));
	ck_assert_int_ge(gyr_event_latency(next(g, "getppid")), 1);
	gyr_close(g);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	close(to_child[0]);
	close(to_child[1]);
}
END_TEST

/* ---- what is there in the kernel ---- */

#define PROG(name) live_own_bpf(LIVE_PROG, name)
#define MAP(name)  live_own_bpf(LIVE_MAP, name)

START_TEST(off)
{
	int pid = live_start(act_sleep);
	struct gyr *g = open_with(probes[_i], "nanosleep", pid, false);
	const struct gyr_event *ev;

	ck_assert_int_ge(PROG("gyr_sys_exit"), 0);
	ck_assert_int_eq(PROG("gyr_enter"), -1);
	ck_assert_int_eq(MAP("gyr_entry_task"), -1);
	ck_assert_int_eq(MAP("gyr_entry_hash"), -1);
	live_let_go(pid);
	ev = next(g, "nanosleep");
	ck_assert_int_eq(gyr_event_latency(ev), -ENODATA);
	frame_is_plain(ev);
	ck_assert_uint_eq(gyr_lost_features(g) & (BIT(GYR_FEATURE_TASK_STORAGE) | BIT(GYR_FEATURE_LATENCY)), 0);
	gyr_close(g);
}
END_TEST

/* Of the two places only the one that is used is made, and an entry goes with its thread. */
START_TEST(place)
{
	bool hash = _i == 1 || has_hash_only();
	int pid = live_start(act_sleep), fd;
	struct gyr *g = open_with(probes[_i], "nanosleep", pid, true);
	uint64_t key;

	ck_assert_int_ge(PROG("gyr_enter"), 0);
	ck_assert_int_eq(!!(gyr_lost_features(g) & BIT(GYR_FEATURE_TASK_STORAGE)), hash);
	ck_assert_uint_eq(gyr_lost_features(g) & BIT(GYR_FEATURE_LATENCY), 0);
	ck_assert_int_eq(MAP("gyr_entry_task") >= 0, !hash);
	fd = MAP("gyr_entry_hash");
	ck_assert_int_eq(fd >= 0, hash);
	if (hash) {
		live_release(pid);
		next(g, "nanosleep");
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		ck_assert_int_eq(bpf_map_get_next_key(fd, NULL, &key), -ENOENT);
	} else {
		live_let_go(pid);
	}
	gyr_close(g);
}
END_TEST

static bool has_uring(void)
{
	struct io_uring_params p = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 1, &p);

	if (fd < 0) {
		printf("latency: submitted: skipped: no io_uring here: %s\n", strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

static Suite *suite(void)
{
	Suite *s = suite_create("latency");
	TCase *tc = tcase_create("latency");
	int n = has_hash_only() ? 1 : N_PROBES; /* the other would find the same */

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, slept, 0, n);
	tcase_add_loop_test(tc, exec_by_thread, 0, n);
	tcase_add_loop_test(tc, restarted, 0, n);
	tcase_add_loop_test(tc, child, 0, n);
	tcase_add_loop_test(tc, begun_before, 0, n);
	if (has_uring())
		tcase_add_loop_test(tc, submitted, 0, n);
	tcase_add_loop_test(tc, off, 0, n);
	tcase_add_loop_test(tc, place, 0, n);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return live_possible("latency") ? run_suite(suite()) : LIVE_SKIP;
}

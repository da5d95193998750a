/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the options of a capture change, and what its other functions promise. */
#include <bpf/bpf.h>
#include <check.h>
#include <linux/bpf.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "harness.h"
#include "run.h"

static struct gyr *open_of(struct gyr_live_opts *o, const int *pid, const char *events)
{
	o->pids = pid;
	o->npids = 1;
	o->events = events;
	return live_begin(o);
}

static void act_getppid(void)
{
	syscall(SYS_getppid);
}

/* ---- snaplen ---- */

#define WRITTEN 300

static void act_write(void)
{
	char data[WRITTEN];
	int fd = open("/dev/null", O_WRONLY);

	memset(data, 'x', sizeof(data));
	if (write(fd, data, sizeof(data)) != sizeof(data))
		_exit(1);
}

static void data_of_write(uint32_t snaplen, uint32_t expected)
{
	struct gyr_live_opts o = {.snaplen = snaplen};
	int pid = live_start(act_write);
	struct gyr *g = open_of(&o, &pid, "write");
	const struct gyr_event *ev;
	struct gyr_param p;
	int64_t res;

	live_let_go(pid);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	ck_assert_int_eq(gyr_event_param_by_name(ev, "data", &p), 0);
	ck_assert_uint_eq(p.len, expected);
	ck_assert_int_eq(gyr_event_cut(ev, 1), expected < WRITTEN);
	ck_assert(gyr_event_res(ev, &res) && res == WRITTEN);
	gyr_close(g);
}

START_TEST(snaplen)
{
	data_of_write(0, 80);
	data_of_write(1, 1);
	data_of_write(GYR_SNAPLEN_NONE, 0);
	data_of_write(WRITTEN, WRITTEN);
	data_of_write(50000, WRITTEN);
}
END_TEST

/* ---- delay_ms ---- */

/* The first event on a CPU is sent at once, the second is held back. */
static void act_two(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		_exit(1);
	syscall(SYS_getppid);
	syscall(SYS_getppid);
}

/* How long a reader who waits has to wait for events that were there before. */
static int64_t waited_ms(int delay_ms)
{
	struct gyr_live_opts o = {.delay_ms = delay_ms};
	int pid = live_start(act_two);
	struct gyr *g = open_of(&o, &pid, "getppid");
	const struct gyr_event *ev;
	int64_t since;

	live_let_go(pid);
	since = live_ms();
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	since = live_ms() - since;
	gyr_close(g);
	return since;
}

/* The shortest of a few: a machine that stands still makes a wait longer, and none shorter. */
static int64_t waited_at_least(int delay_ms, int64_t good)
{
	int64_t least = waited_ms(delay_ms);

	for (int i = 0; i < 4 && least >= good; i++) {
		int64_t ms = waited_ms(delay_ms);

		least = ms < least ? ms : least;
	}
	return least;
}

START_TEST(delay)
{
	int64_t slow = waited_at_least(2000, 4000);

	ck_assert_int_lt(waited_at_least(20, 500), 500);
	ck_assert_int_gt(slow, 700); /* the batch is asked for when it is half as old */
	ck_assert_int_lt(slow, 4000);
}
END_TEST

/* Found at once by who does not wait, or left in its batch? */
static bool found_at_once(int delay_ms)
{
	struct gyr_live_opts o = {.delay_ms = delay_ms};
	int pid = live_start(act_two), found = 0;
	struct gyr *g = open_of(&o, &pid, "getppid");
	const struct gyr_event *ev;

	live_let_go(pid);
	usleep(1000);
	for (int i = 0; i < 5; i++)
		found += gyr_next(g, &ev, 0) == 1;
	gyr_close(g);
	return found == 2;
}

START_TEST(no_batches)
{
	/* Another CPU may be in the middle of something, and events wait for that. */
	ck_assert(found_at_once(-1) || found_at_once(-1) || found_at_once(-1));
	/* ... and a machine that stands still gives a batch the time to become old. */
	ck_assert(!found_at_once(5000) || !found_at_once(5000) || !found_at_once(5000));
}
END_TEST

/* ---- poll_fd ---- */

/* As many times poll() and gyr_next() until 0 as it takes. */
static bool polled_until_event(struct gyr *g, int64_t patience)
{
	int64_t until = live_ms() + patience;
	const struct gyr_event *ev;

	while (live_ms() < until) {
		struct pollfd p = {.fd = gyr_poll_fd(g), .events = POLLIN};

		if (gyr_next(g, &ev, 0) == 1)
			return true;
		ck_assert_int_ge(poll(&p, 1, (int)patience), 0);
	}
	return false;
}

START_TEST(poll_loop)
{
	struct gyr_live_opts o = {0};
	int pid = live_start(act_getppid);
	struct gyr *g = open_of(&o, &pid, "getppid");

	live_let_go(pid);
	ck_assert(polled_until_event(g, LIVE_PATIENCE));
	gyr_close(g);
}
END_TEST

/* Between its ticks, of which there are two in a delay, nothing wakes who polls an idle capture. */
START_TEST(poll_sleeps)
{
	struct gyr_live_opts o = {.delay_ms = 400};
	int pid = live_start(act_getppid), woken = 0;
	struct gyr *g = open_of(&o, &pid, "getppid");
	int64_t until = live_ms() + 1000;
	const struct gyr_event *ev;

	while (live_ms() < until) {
		struct pollfd p = {.fd = gyr_poll_fd(g), .events = POLLIN};

		ck_assert_int_eq(gyr_next(g, &ev, 0), 0);
		woken += poll(&p, 1, 1000) == 1;
	}
	ck_assert_int_le(woken, 10);
	live_let_go(pid);
	gyr_close(g);
}
END_TEST

#define CLOSES 20000 /* more than gyr_next passes over, less than what makes a ring wake its reader */

static void act_closes(void)
{
	for (int i = 0; i < CLOSES; i++)
		syscall(SYS_close, -1);
	syscall(SYS_getppid);
}

/* gyr_next returns 0 while there is more, that was not for us so far: who polls must not wait for it. */
START_TEST(poll_passes_over)
{
	/* So slow that neither a tick nor a full ring makes it readable. */
	struct gyr_live_opts o = {.delay_ms = 60000, .ring_bytes = 32 << 20};
	int pid = live_start(act_closes);
	struct gyr *g = open_of(&o, &pid, "getppid");
	struct pollfd p = {.fd = gyr_poll_fd(g), .events = POLLIN};
	struct gyr_stats st = {.sz = sizeof(st)};
	const struct gyr_event *ev;

	live_let_go(pid);
	ck_assert_int_eq(gyr_next(g, &ev, 0), 0);
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	ck_assert_uint_gt(st.state_only, 0);
	ck_assert_uint_lt(st.state_only, CLOSES);
	ck_assert_int_eq(poll(&p, 1, LIVE_PATIENCE), 1);
	gyr_close(g);
}
END_TEST

/* After the stop 0 means the end. */
START_TEST(no_wait_after_stop)
{
	struct gyr_live_opts o = {.ring_bytes = 32 << 20};
	int pid = live_start(act_closes);
	struct gyr *g = open_of(&o, &pid, "getppid");
	struct gyr_stats st = {.sz = sizeof(st)};
	const struct gyr_event *ev;

	live_let_go(pid);
	ck_assert_int_eq(gyr_stop(g), 0);
	ck_assert_int_eq(gyr_next(g, &ev, 0), 1);
	ck_assert_int_eq(gyr_next(g, &ev, 0), 0);
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	ck_assert_uint_eq(st.pending, 0);
	gyr_close(g);
}
END_TEST

/* ---- signals ---- */

static void on_alarm(int sig)
{
	(void)sig;
}

START_TEST(interrupted)
{
	const struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	/* Again and again: the first may come before anybody waits. */
	const struct itimerval soon = {.it_value.tv_usec = 50000, .it_interval.tv_usec = 50000}, never = {0};
	struct gyr_live_opts o = {0};
	int pid = live_start(act_getppid);
	struct gyr *g = open_of(&o, &pid, "getppid");
	const struct gyr_event *ev;

	ck_assert_int_eq(sigaction(SIGALRM, &sa, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
	ck_assert_int_eq(gyr_next(g, &ev, -1), -EINTR);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	live_let_go(pid);
	ck_assert_int_eq(gyr_next(g, &ev, -1), 1);
	gyr_close(g);
}
END_TEST

/* ---- the log ---- */

struct log {
	int n;
	bool newline, wrong_thread;
	long tid;
	char all[65536];
};

static void on_log(void *ctx, enum gyr_log_level level, const char *msg)
{
	struct log *l = ctx;
	size_t used = strlen(l->all);

	(void)level;
	l->n++;
	l->newline |= strchr(msg, '\n') != NULL;
	l->wrong_thread |= syscall(SYS_gettid) != l->tid;
	snprintf(l->all + used, sizeof(l->all) - used, "%s\n", msg);
}

/* What the kernel or libbpf says of a probe that does not load goes there, and nowhere else. */
START_TEST(log_callback)
{
	static struct log l;
	struct gyr_live_opts o = {.sz = sizeof(o), .log = on_log, .log_ctx = &l, .probe = "/proc/self/exe"};
	int err[2], old = dup(2);
	struct gyr *g = NULL;
	char c;

	l.tid = syscall(SYS_gettid);
	ck_assert_int_eq(pipe2(err, O_NONBLOCK), 0);
	dup2(err[1], 2);
	ck_assert_int_eq(gyr_open_live(&o, &g), -EINVAL);
	dup2(old, 2);
	ck_assert_int_eq(read(err[0], &c, 1), -1);
	ck_assert_int_gt(l.n, 0);
	ck_assert_msg(strstr(l.all, "libbpf: "), "%s", l.all);
	ck_assert(!l.newline && !l.wrong_thread);
}
END_TEST

/* ---- enter ---- */

static void act_open_connect(void)
{
	const struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "/nonexistent"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	syscall(SYS_openat, AT_FDCWD, "/nonexistent", O_RDONLY);
	syscall(SYS_connect, fd, &nobody, sizeof(nobody));
}

struct seen_of {
	int openat_enter, openat, connect_enter, connect, others;
};

static struct seen_of seen_with(const char *events, bool enter)
{
	struct gyr_live_opts o = {.enter = enter};
	int pid = live_start(act_open_connect);
	struct gyr *g = open_of(&o, &pid, events);
	const struct gyr_event *ev;
	struct seen_of seen = {0};

	ck_assert_uint_eq(gyr_lost_features(g) & (1ull << GYR_FEATURE_ENTER), 0);
	live_let_go(pid);
	gyr_stop(g);
	while (gyr_next(g, &ev, LIVE_PATIENCE) > 0) {
		switch (gyr_event_type(ev)) {
		case 306:
			seen.openat_enter++;
			break;
		case 307:
			seen.openat++;
			break;
		case 22:
			seen.connect_enter++;
			break;
		case 23:
			seen.connect++;
			break;
		default:
			seen.others++;
		}
	}
	gyr_close(g);
	return seen;
}

static void check_seen(const char *events, bool enter, struct seen_of want)
{
	struct seen_of seen = seen_with(events, enter);

	ck_assert_msg(seen.openat_enter == want.openat_enter && seen.openat == want.openat &&
			      seen.connect_enter == want.connect_enter && seen.connect == want.connect,
		      "%s, %d: openat %d and %d, connect %d and %d", events, enter, seen.openat_enter, seen.openat,
		      seen.connect_enter, seen.connect);
}

START_TEST(entries)
{
	check_seen("openat,connect", true, (struct seen_of){.openat_enter = 1, 1, 1, 1, 0});
	check_seen("openat,connect", false, (struct seen_of){.openat_enter = 0, 1, 0, 1, 0});
	check_seen("openat", true, (struct seen_of){.openat_enter = 1, 1, 0, 0, 0});
	check_seen("@net", true, (struct seen_of){.openat_enter = 0, 0, 1, 1, 0});
}
END_TEST

/* How many programs at entries the kernel has that it had not before. */
static int enter_programs(uint32_t from)
{
	static const char *const names[] = {"gyr_open_e", "gyr_openat_e", "gyr_openat2_e", "gyr_creat_e",
					    "gyr_connect_e"};
	struct bpf_prog_info info;
	uint32_t id = from, len;
	int n = 0, fd;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		fd = bpf_prog_get_fd_by_id(id);
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0)
			for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
				n += !strcmp(info.name, names[i]);
		if (fd >= 0)
			close(fd);
	}
	return n;
}

/* Programs that nobody asked for are not even in the kernel. */
START_TEST(entries_loaded)
{
	static const struct {
		const char *events;
		bool enter;
		int programs;
	} cases[] = {
		{"openat", true, 1}, {"openat,connect", true, 2}, {"read", true, 0}, {"openat,connect", false, 0},
#ifdef __x86_64__
		{NULL, true, 5},
#else
		{NULL, true, 3}, /* no open, no creat */
#endif
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gyr_live_opts o = {.enter = cases[i].enter};
		int pid = live_start(act_getppid);
		uint32_t last = 0;
		struct gyr *g;

		while (bpf_prog_get_next_id(last, &last) == 0)
			;
		g = open_of(&o, &pid, cases[i].events);
		ck_assert_msg(enter_programs(last) == cases[i].programs, "%s: %d programs", cases[i].events,
			      enter_programs(last));
		gyr_close(g);
		live_let_go(pid);
	}
}
END_TEST

/* ---- gyr_stats of other versions ---- */

START_TEST(stats_sizes)
{
	struct {
		struct gyr_stats st;
		uint64_t more[4];
	} newer;
	struct gyr_live_opts o = {0};
	int pid = live_start(act_getppid);
	struct gyr *g = open_of(&o, &pid, "getppid");
	const struct gyr_event *ev;
	struct gyr_stats older;

	live_let_go(pid);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	memset(&newer, 0xa5, sizeof(newer));
	newer.st.sz = sizeof(newer);
	ck_assert_int_eq(gyr_stats_read(g, &newer.st), 0);
	ck_assert_uint_eq(newer.st.sz, sizeof(newer));
	ck_assert_uint_eq(newer.st.delivered, 1);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(newer.more[i], 0);

	memset(&older, 0xa5, sizeof(older));
	older.sz = offsetof(struct gyr_stats, pending);
	ck_assert_int_eq(gyr_stats_read(g, &older), 0);
	ck_assert_uint_eq(older.sz, offsetof(struct gyr_stats, pending));
	ck_assert_uint_eq(older.delivered, 1);
	ck_assert_uint_eq(older.pending, 0xa5a5a5a5a5a5a5a5u);
	older.sz = 0;
	ck_assert_int_eq(gyr_stats_read(g, &older), -EINVAL);
	gyr_close(g);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("options"))
		return LIVE_SKIP;
	suite = suite_create("options");
	tc = tcase_create("options");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, snaplen);
	tcase_add_test(tc, delay);
	tcase_add_test(tc, no_batches);
	tcase_add_test(tc, poll_loop);
	tcase_add_test(tc, poll_sleeps);
	tcase_add_test(tc, poll_passes_over);
	tcase_add_test(tc, no_wait_after_stop);
	tcase_add_test(tc, interrupted);
	tcase_add_test(tc, log_callback);
	tcase_add_test(tc, stats_sizes);
	tcase_add_test(tc, entries);
	tcase_add_test(tc, entries_loaded);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters that are changed while a capture runs. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "filtered.h"
#include "internal.h"
#include "run.h"

static void act_by_letter(char what)
{
	char path[2][16] = {"/etc/passwd", "/etc/hostname"}, c;
	int fd;

	switch (what) {
	case 'c':
		for (int i = 0; i < 5; i++) {
			syscall(SYS_getppid);
			syscall(SYS_getuid);
			syscall(SYS_setpgid, 0, -1);
		}
		break;
	case '0':
	case '1':
		fd = open(path[what - '0'], O_RDONLY);
		dup2(fd, 200);
		close(fd);
		break;
	case 'r':
		if (syscall(SYS_pread64, 200, &c, 1, 0) != 1)
			_exit(6);
		break;
	}
}

/* From one kind of event to another, whose program may not have been loaded yet; and back. */
START_TEST(change_events)
{
	static const char *const kinds[] = {"getppid", "setpgid", "getuid", "getppid", "setpgid,getuid"};
	struct child c = child_start(act_by_letter);
	uint32_t pid = (uint32_t)c.pid;
	struct gyr_filter_opts f = {.events = "getpgid", .pids = {.in = &pid, .nin = 1}};
	struct gyr *g = filtered_open(&f);
	size_t i;

	child_do(&c, 'c');
	for (i = 0; i < 5; i++) {
		f.events = kinds[i];
		filtered_change(g, &f);
		child_do(&c, 'c');
	}
	filtered_finish(g);
	child_end(&c);
	ck_assert_uint_eq(nseen, 30);
	for (i = 0; i < 20; i++)
		ck_assert_str_eq(seen[i].name, kinds[i / 5]);
	for (; i < 30; i++)
		ck_assert_str_eq(seen[i].name, i % 2 ? "setpgid" : "getuid");
}
END_TEST

static void expect_refused(struct gyr *g, struct gyr_filter_opts *f, int err, const char *why)
{
	f->sz = sizeof(*f);
	ck_assert_int_eq(gyr_filter_set(g, f), err);
	ck_assert_msg(strstr(gyr_errmsg(g), why), "%s", gyr_errmsg(g));
}

/* A change that fails changes nothing. */
START_TEST(change_refused)
{
	struct child c = child_start(act_by_letter);
	uint32_t pid = (uint32_t)c.pid;
	const char *none = "/there/is/none", *empty = "";
	struct gyr_filter_opts f = {.events = "getppid", .pids = {.in = &pid, .nin = 1}}, bad;
	struct gyr *g = filtered_open(&f);

	bad = (struct gyr_filter_opts){.events = "getpppid"};
	expect_refused(g, &bad, -EINVAL, "did you mean");
	bad = (struct gyr_filter_opts){.events = "getuid", .sample = "getuid"};
	expect_refused(g, &bad, -EINVAL, "no sample");
	bad = (struct gyr_filter_opts){.events = "getuid", .comms = {.in = &empty, .nin = 1}};
	expect_refused(g, &bad, -EINVAL, "empty");
	bad = (struct gyr_filter_opts){.events = "getuid", .cgroups = {.in = &none, .nin = 1}};
	expect_refused(g, &bad, cgroup2_root() ? -ENOENT : -EOPNOTSUPP, "cgroup");
	bad = (struct gyr_filter_opts){.events = "getuid", .snaplen = 1 << 20};
	expect_refused(g, &bad, -EINVAL, "snaplen");
	bad = (struct gyr_filter_opts){.events = "getuid", .failed = 7};
	expect_refused(g, &bad, -EINVAL, "failed");
	child_do(&c, 'c');
	ck_assert_int_eq(gyr_stop(g), 0);
	bad = (struct gyr_filter_opts){.events = "getuid"};
	expect_refused(g, &bad, -EINVAL, "stopped");
	filtered_finish(g);
	child_end(&c);
	ck_assert_uint_eq(nseen, 5);
	ck_assert_uint_eq(count("getppid", pid), 5);
}
END_TEST

static int start_looping(void)
{
	int pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			syscall(SYS_getppid);
			syscall(SYS_getuid);
			usleep(50);
		}
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

#define CHANGES	  20
#define CHANGE_MS 40

/* Two who do the same: of the one this is wanted, of the other that, and never the other way about. */
START_TEST(change_at_once)
{
	uint32_t pids[2] = {(uint32_t)start_looping(), (uint32_t)start_looping()};
	struct gyr_filter_opts f[2] = {
		{.events = "getppid", .pids = {.in = &pids[0], .nin = 1}},
		{.events = "getuid", .pids = {.in = &pids[1], .nin = 1}},
	};
	struct gyr *g = filtered_open(&f[1]);
	unsigned got[2] = {0, 0};
	const struct gyr_event *ev;

	for (int i = 0; i <= CHANGES; i++) {
		int64_t until = live_ms() + CHANGE_MS;

		if (i == CHANGES)
			ck_assert_int_eq(gyr_stop(g), 0);
		else
			filtered_change(g, &f[i % 2]);
		while (gyr_next(g, &ev, i == CHANGES ? LIVE_PATIENCE : 5) == 1) {
			bool second = !strcmp(gyr_event_name(ev), "getuid");

			ck_assert_uint_eq(gyr_event_tid(ev), pids[second]);
			got[second]++;
			if (i < CHANGES && live_ms() >= until)
				break;
		}
	}
	stats = (struct gyr_stats){.sz = sizeof(stats)};
	ck_assert_int_eq(gyr_stats_read(g, &stats), 0);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(stats.produced, stats.delivered + stats.lost);
	ck_assert(got[0] > 0 && got[1] > 0);
	gyr_close(g);
	for (int i = 0; i < 2; i++) {
		kill((int)pids[i], SIGKILL);
		waitpid((int)pids[i], NULL, 0);
	}
}
END_TEST

/* What a process did while it was outside is found out when it is inside again. */
START_TEST(change_processes)
{
	struct child a = child_start(act_by_letter), b = child_start(act_by_letter);
	uint32_t pids[2] = {(uint32_t)a.pid, (uint32_t)b.pid};
	struct gyr_filter_opts f[2] = {{.events = "pread", .pids = {.in = &pids[0], .nin = 1}},
				       {.events = "pread", .pids = {.in = &pids[1], .nin = 1}}};
	struct gyr *g;

	child_do(&a, '0');
	child_do(&b, '0');
	g = filtered_open(&f[0]);
	child_do(&a, 'r');
	child_do(&b, '1');
	child_do(&b, 'r');
	filtered_change(g, &f[1]);
	child_do(&a, '1');
	child_do(&a, 'r');
	child_do(&b, 'r');
	filtered_drain(g, 100);
	filtered_change(g, &f[0]);
	child_do(&a, 'r');
	child_do(&b, 'r');
	filtered_finish(g);
	ck_assert_uint_eq(nseen, 3);
	ck_assert(seen[0].tid == pids[0] && seen[1].tid == pids[1] && seen[2].tid == pids[0]);
	ck_assert_str_eq(seen[0].fd, "/etc/passwd");
	ck_assert_str_eq(seen[1].fd, "/etc/hostname");
	ck_assert_str_eq(seen[2].fd, "/etc/hostname");
	child_end(&a);
	child_end(&b);
}
END_TEST

/* A child that lives on, and does something when it gets a signal. */
static int grandchild, handled[2];

static void on_signal(int sig)
{
	(void)sig;
	getuid();
	if (write(handled[1], "", 1) != 1)
		_exit(1);
}

static void act_descendant(char what)
{
	char done;

	if (what == 'b') {
		if (pipe(handled))
			_exit(2);
		signal(SIGUSR1, on_signal);
		grandchild = fork();
		if (grandchild == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		return;
	}
	kill(grandchild, SIGUSR1);
	if (read(handled[0], &done, 1) != 1)
		_exit(3);
	if (what == 'e') {
		kill(grandchild, SIGKILL);
		waitpid(grandchild, NULL, 0);
	}
}

/* Who is followed already stays so, as long as the root of the family is in the list. */
START_TEST(change_keeps_family)
{
	struct child c = child_start(act_descendant), other = child_start(act_descendant);
	uint32_t pid = (uint32_t)c.pid, pid2 = (uint32_t)other.pid;
	struct gyr_filter_opts f = {.events = "getuid", .pids = {.in = &pid, .nin = 1}, .follow = true};
	struct gyr_filter_opts f2 = {.events = "getuid", .pids = {.in = &pid2, .nin = 1}, .follow = true};
	struct gyr *g = filtered_open(&f);

	child_do(&c, 'b');
	child_do(&c, 's');
	f.snaplen = 10;
	filtered_change(g, &f);
	child_do(&c, 's');
	filtered_change(g, &f2);
	child_do(&c, 'e');
	filtered_finish(g);
	child_end(&c);
	child_end(&other);
	ck_assert_uint_eq(count("getuid", 0), 2);
}
END_TEST

static unsigned int count_spans(const struct gyr *g)
{
	const struct span *s;
	unsigned int n = 0;

	for (s = g->span; s; s = s->next)
		n++;
	return n;
}

/* What a filter leaves behind goes although no event comes. */
START_TEST(change_in_quiet)
{
	struct child c = child_start(act_by_letter);
	uint32_t pid = (uint32_t)c.pid;
	struct gyr_filter_opts f = {.sz = sizeof(f), .events = "getppid", .pids = {.in = &pid, .nin = 1}};
	struct gyr *g = filtered_open(&f);
	const struct gyr_event *ev;

	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(gyr_filter_set(g, &f), 0);
	ck_assert_uint_eq(count_spans(g), 21);
	for (int tries = 0; tries < 1000 && count_spans(g) > 1; tries++)
		ck_assert_int_eq(gyr_next(g, &ev, 10), 0);
	ck_assert_uint_eq(count_spans(g), 1);
	child_do(&c, 'c');
	filtered_finish(g);
	child_end(&c);
	ck_assert_uint_eq(count("getppid", pid), 5);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {change_events,	change_refused,	     change_at_once,
				      change_processes, change_keeps_family, change_in_quiet};
	Suite *suite;
	TCase *tc;

	if (!live_possible("filter changes"))
		return LIVE_SKIP;
	suite = suite_create("filter changes");
	tc = tcase_create("changes");
	tcase_set_timeout(tc, 120);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events of one thread's name: no other's, and with the context that other threads of its process made. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

#define WANTED "wanted name"
#define FIRST  "/etc/passwd"
#define SECOND "/etc/hostname"

static int in_other_thread(void *(*fn)(void *))
{
	pthread_t t;
	void *fd;

	if (pthread_create(&t, NULL, fn, NULL) || pthread_join(t, &fd))
		_exit(1);
	return (int)(intptr_t)fd;
}

static void *open_first(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "other");
	return (void *)(intptr_t)open(FIRST, O_RDONLY);
}

static void *reopen_second(void *arg)
{
	int fd = open(SECOND, O_RDONLY);

	(void)arg;
	prctl(PR_SET_NAME, "other");
	dup2(fd, 40);
	close(fd);
	return NULL;
}

/* The wanted thread only reads; the others open and close. */
static void act(void)
{
	char c;
	int fd;

	prctl(PR_SET_NAME, "not yet");
	live_hold();
	prctl(PR_SET_NAME, WANTED);
	fd = in_other_thread(open_first);
	if (dup2(fd, 40) != 40)
		_exit(1);
	call(SYS_read, 40, &c, 1);
	in_other_thread(reopen_second);
	call(SYS_read, 40, &c, 1);
	prctl(PR_SET_NAME, "no more");
	call(SYS_read, 40, &c, 1);
	close(40);
	_exit(0);
}

struct reads {
	int n;
	char names[4][64];
};

static void take(struct reads *r, const struct gyr_event *ev)
{
	const struct gyr_fd *fd = gyr_event_fd(ev);
	char line[512];

	gyr_event_text(ev, line, sizeof(line), 0);
	ck_assert_msg(!strcmp(gyr_thread_comm(gyr_event_thread(ev)), WANTED), "of another name: %s", line);
	if (strcmp(gyr_event_name(ev), "read") != 0 || !fd || gyr_fd_num(fd) != 40)
		return;
	ck_assert_int_lt(r->n, 4);
	snprintf(r->names[r->n++], sizeof(r->names[0]), "%s", gyr_fd_name(fd));
}

/* events: what is asked for, of which the state needs all, some or nothing. */
static void capture(const char *events)
{
	char why[512] = "";
	struct gyr_live_opts o = {
		.sz = sizeof(o), .events = events, .comm = WANTED, .errbuf = why, .errbuf_sz = sizeof(why)};
	struct gyr_stats st = {.sz = sizeof(st)};
	const struct gyr_event *ev;
	struct reads r = {0};
	struct gyr *g;
	int pid, status;

	live_prepare();
	pid = fork();
	if (pid == 0)
		act();
	ck_assert_msg(gyr_open_live(&o, &g) == 0, "%s", why);
	live_release(pid);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(gyr_stop(g), 0);
	while (gyr_next(g, &ev, LIVE_PATIENCE) == 1)
		take(&r, ev);
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	ck_assert_uint_eq(st.pending, 0);
	ck_assert_uint_eq(st.produced, st.delivered + st.lost);
	gyr_close(g);
	ck_assert_int_eq(r.n, 2);
	ck_assert_str_eq(r.names[0], FIRST);
	ck_assert_str_eq(r.names[1], SECOND);
}

START_TEST(all_events)
{
	capture(NULL);
}
END_TEST

START_TEST(one_event)
{
	capture("read");
}
END_TEST

/* As many bytes as the kernel keeps of a name count. */
START_TEST(long_names)
{
	struct gyr_live_opts o = {.sz = sizeof(o), .comm = "0123456789abcdefghi", .events = "getppid,procexit"};
	const struct gyr_event *ev;
	bool got_exit = false;
	struct gyr *g;
	int pid;

	live_prepare();
	pid = fork();
	if (pid == 0) {
		live_hold();
		prctl(PR_SET_NAME, o.comm);
		syscall(SYS_getppid);
		_exit(0);
	}
	ck_assert_int_eq(gyr_open_live(&o, &g), 0);
	live_release(pid);
	waitpid(pid, NULL, 0);
	gyr_stop(g);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	ck_assert_str_eq(gyr_event_name(ev), "getppid");
	while (gyr_next(g, &ev, LIVE_PATIENCE) == 1)
		got_exit |= gyr_event_type(ev) == GYR_EVT_PROCEXIT_1_E && gyr_event_tid(ev) == (uint64_t)pid;
	ck_assert(got_exit);
	gyr_close(g);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("comm"))
		return LIVE_SKIP;
	suite = suite_create("comm");
	tc = tcase_create("comm");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, all_events);
	tcase_add_test(tc, one_event);
	tcase_add_test(tc, long_names);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The public API over the tables: walks, families, sharing, their JSON; and handles that have nothing but tables. */
#include <cjson/cJSON.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "run.h"

static struct feed F, *f = &F;

static void setup(void)
{
	feed_open(f);
}

static void teardown(void)
{
	feed_close(f);
}

static struct gyr_thread *add(uint32_t tid, uint32_t pid, uint32_t ppid, const char *comm)
{
	struct gyr_thread *t = thread_new(f->st, tid, pid, f->ts);

	ck_assert_ptr_nonnull(t);
	t->group->ppid = ppid;
	thread_set_comm(t, comm, strlen(comm));
	ck_assert_ptr_nonnull(thread_finish(f->st, t));
	return t;
}

static void add_fd(struct gyr_thread *t, int64_t num, const char *name, bool cloexec)
{
	struct file *file = file_new(f->st, GYR_FD_FILE, str_get(f->st, name, strlen(name)));

	ck_assert_ptr_nonnull(files_install(f->st, t->files, num, file, cloexec));
}

#define THREADS 5000

/* Each once, and no other, whatever the table looks like. */
START_TEST(test_walk)
{
	static uint8_t seen[THREADS];
	const struct gyr_thread *t;

	ck_assert_ptr_null(gyr_thread_next(&f->g, NULL));
	ck_assert_uint_eq(gyr_thread_count(&f->g), 0);
	for (uint32_t i = 0; i < THREADS; i++)
		add(100 + i * 64, 100 + i / 3 * 64, 1, "x");
	for (uint32_t i = 0; i < THREADS; i += 2)
		thread_remove(f->st, thread_get(f->st, 100 + i * 64));
	ck_assert_uint_eq(gyr_thread_count(&f->g), THREADS / 2);
	for (t = NULL; (t = gyr_thread_next(&f->g, t));)
		seen[(gyr_thread_tid(t) - 100) / 64]++;
	for (uint32_t i = 0; i < THREADS; i++)
		ck_assert_uint_eq(seen[i], i % 2);
}
END_TEST

START_TEST(test_walk_fds)
{
	struct gyr_thread *t = add(10, 10, 1, "x");
	const struct gyr_fd *fd;
	uint8_t seen[200] = {0};

	ck_assert_ptr_null(gyr_thread_fd_next(t, NULL));
	for (int i = 0; i < 200; i += 5)
		add_fd(t, i, "/x", false);
	for (fd = NULL; (fd = gyr_thread_fd_next(t, fd));)
		seen[gyr_fd_num(fd)]++;
	for (int i = 0; i < 200; i++)
		ck_assert_uint_eq(seen[i], i % 5 == 0);
}
END_TEST

START_TEST(test_leader)
{
	struct gyr_thread *leader = add(10, 10, 1, "x"), *other = add(11, 10, 1, "y");
	const struct gyr_thread *unknown;

	ck_assert_ptr_eq(gyr_thread_leader(&f->g, leader), leader);
	ck_assert_ptr_eq(gyr_thread_leader(&f->g, other), leader);
	thread_remove(f->st, leader);
	ck_assert_ptr_null(gyr_thread_leader(&f->g, other));
	/* Its number belongs to a thread of another process by now. */
	add(10, 30, 1, "z");
	ck_assert_ptr_null(gyr_thread_leader(&f->g, other));
	/* Of whom nothing but the tid is known. */
	FEED(f, 50, SYSCALL_READ_X, N("res", -EAGAIN));
	unknown = feed_thread(f, 50);
	ck_assert_uint_eq(gyr_thread_pid(unknown), 0);
	ck_assert_ptr_null(gyr_thread_leader(&f->g, unknown));
}
END_TEST

START_TEST(test_ancestor)
{
	const struct gyr_thread *sshd = add(100, 100, 1, "sshd"), *inner = add(101, 101, 100, "sshd"),
				*sh = add(102, 102, 101, "bash"), *ls = add(103, 103, 102, "ls");

	add(1, 1, 0, "fifteen bytes..");
	ck_assert_ptr_eq(gyr_thread_ancestor(&f->g, ls, "bash"), sh);
	ck_assert_ptr_eq(gyr_thread_ancestor(&f->g, ls, "sshd"), inner);
	ck_assert_ptr_eq(gyr_thread_ancestor(&f->g, inner, "sshd"), sshd);
	ck_assert_ptr_null(gyr_thread_ancestor(&f->g, sshd, "sshd"));
	ck_assert_ptr_null(gyr_thread_ancestor(&f->g, ls, "ls"));
	ck_assert_ptr_null(gyr_thread_ancestor(&f->g, ls, "ssh"));
	ck_assert_ptr_eq(gyr_thread_ancestor(&f->g, ls, "fifteen bytes..."), feed_thread(f, 1));
}
END_TEST

/* Numbers that are used again can make anybody a descendant of itself. */
START_TEST(test_ancestor_circle)
{
	const struct gyr_thread *a = add(10, 10, 12, "a");

	add(11, 11, 10, "b");
	add(12, 12, 11, "c");
	ck_assert_ptr_null(gyr_thread_ancestor(&f->g, a, "nobody"));
	ck_assert_ptr_eq(gyr_thread_ancestor(&f->g, a, "b"), feed_thread(f, 11));
	ck_assert_ptr_null(gyr_thread_ancestor(&f->g, a, "a"));
	/* One that it is no part of. */
	a = add(13, 13, 12, "e");
	ck_assert_ptr_null(gyr_thread_ancestor(&f->g, a, "nobody"));
	a = add(20, 20, 20, "d");
	ck_assert_ptr_null(gyr_thread_ancestor(&f->g, a, "nobody"));
}
END_TEST

START_TEST(test_sharing)
{
	struct gyr_thread *a = add(10, 10, 1, "a"), *b = add(20, 20, 1, "b");

	ck_assert(gyr_thread_shares_fds(a, a) && gyr_thread_shares_fs(a, a));
	ck_assert(!gyr_thread_shares_fds(a, b) && !gyr_thread_shares_fs(a, b));
	thread_set_files(f->st, b, a->files);
	ck_assert(gyr_thread_shares_fds(a, b) && !gyr_thread_shares_fs(a, b));
	add_fd(a, 3, "/x", false);
	ck_assert_ptr_eq(gyr_thread_fd_next(a, NULL), gyr_thread_fd_next(b, NULL));
	thread_set_fs(f->st, b, a->fs);
	ck_assert(gyr_thread_shares_fs(a, b));
}
END_TEST

static const char *word(const char *s, uint32_t flags)
{
	static char buf[64];

	ck_assert_int_lt(gyr_string_text(s, strlen(s), buf, sizeof(buf), flags), sizeof(buf));
	return buf;
}

START_TEST(test_string)
{
	char buf[4];

	ck_assert_str_eq(word("a b\n\x1b[1m", GYR_TEXT_WORD), "\"a b\\n\\033[1m\"");
	ck_assert_str_eq(word("a b\n\x1b[1m", 0), "a b\\n\\033[1m");
	ck_assert_str_eq(word("plain", GYR_TEXT_WORD), "plain");
	ck_assert_str_eq(word("", GYR_TEXT_WORD), "\"\"");
	ck_assert_str_eq(word("\xc3\xa4\xff", 0), "\\303\\244\\377");
	ck_assert_str_eq(word("\xc3\xa4\xff", GYR_TEXT_UTF8), "\xc3\xa4\\377");
	ck_assert_int_eq(gyr_string_text("plain", 5, buf, sizeof(buf), 0), 5);
	ck_assert_str_eq(buf, "pla");
	ck_assert_int_eq(gyr_string_text("plain", 5, NULL, 0, 0), 5);
}
END_TEST

static const char *string_of(const cJSON *json, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

static double number_of(const cJSON *json, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

	return cJSON_IsNumber(item) ? item->valuedouble : -1;
}

START_TEST(test_json)
{
	struct gyr_thread *t = add(11, 10, 1, "a\"b\xff");
	const struct gyr_fd *fd;
	char buf[1024];
	cJSON *json;
	int len;

	str_set(f->st, &t->group->args, str_get(f->st, "-a\0b c", 6));
	len = gyr_thread_json(t, buf, sizeof(buf), 0);
	ck_assert_uint_eq(len, strlen(buf));
	ck_assert_int_eq(gyr_thread_json(t, NULL, 0, 0), len);
	json = cJSON_Parse(buf);
	ck_assert_ptr_nonnull(json);
	ck_assert(number_of(json, "thread.tid") == 11 && number_of(json, "proc.pid") == 10);
	ck_assert_str_eq(string_of(json, "proc.name"), "a\"b\xef\xbf\xbd");
	ck_assert_str_eq(string_of(json, "proc.name.b64"), "YSJi/w==");
	ck_assert_str_eq(string_of(json, "proc.args"), "-a b c");
	ck_assert(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, "proc.cwd")));
	cJSON_Delete(json);

	add_fd(t, 7, "/x y", true);
	fd = gyr_thread_fd(t, 7);
	len = gyr_fd_json(t, fd, buf, sizeof(buf), 0);
	ck_assert_uint_eq(len, strlen(buf));
	json = cJSON_Parse(buf);
	ck_assert_ptr_nonnull(json);
	ck_assert(number_of(json, "thread.tid") == 11 && number_of(json, "proc.pid") == 10);
	ck_assert(number_of(json, "fd.num") == 7);
	ck_assert_str_eq(string_of(json, "fd.type"), "file");
	ck_assert_str_eq(string_of(json, "fd.name"), "/x y");
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "fd.cloexec")));
	ck_assert(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, "fd.ino")));
	cJSON_Delete(json);
}
END_TEST

/* ---- gyr_open_host ---- */

static struct gyr *host(void)
{
	struct gyr *g = NULL;

	ck_assert_int_eq(gyr_open_host(NULL, &g), 0);
	ck_assert_ptr_nonnull(g);
	return g;
}

static void *idle(void *arg)
{
	*(volatile pid_t *)arg = gettid();
	for (;;)
		pause();
	return NULL;
}

START_TEST(test_host)
{
	int fd = fcntl(open("/etc/passwd", O_RDONLY), F_DUPFD_CLOEXEC, 500);
	const struct gyr_thread *t, *self = NULL;
	volatile pid_t second = 0;
	pthread_t thread;
	uint32_t n = 0;
	struct gyr *g;

	ck_assert_int_ge(fd, 500);
	ck_assert_int_eq(pthread_create(&thread, NULL, idle, (void *)&second), 0);
	while (!second)
		usleep(1000);
	g = host();
	for (t = NULL; (t = gyr_thread_next(g, t)); n++)
		if (gyr_thread_tid(t) == (uint64_t)second)
			self = gyr_thread_leader(g, t);
	ck_assert_uint_eq(n, gyr_thread_count(g));
	ck_assert_ptr_nonnull(self);
	ck_assert_uint_eq(gyr_thread_tid(self), getpid());
	ck_assert(gyr_thread_shares_fds(self, gyr_thread_by_tid(g, second)));
	ck_assert_str_eq(gyr_fd_name(gyr_thread_fd(self, fd)), "/etc/passwd");
	ck_assert(gyr_fd_cloexec(gyr_thread_fd(self, fd)));
	/* Read once. */
	close(fd);
	ck_assert_ptr_nonnull(gyr_thread_fd(self, fd));
	gyr_close(g);
}
END_TEST

/* Every function of a handle that captures, on one that does not. */
START_TEST(test_host_is_no_capture)
{
	struct gyr_stats stats = {.sz = sizeof(stats), .produced = 1}, zero = {.sz = sizeof(zero)};
	struct gyr_filter_opts filter = {.sz = sizeof(filter), .events = "openat"},
			       wrong = {.sz = sizeof(wrong), .events = "opnat"};
	const struct gyr_event *ev = NULL;
	struct gyr *g = host();

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(gyr_next(g, &ev, -1), 0);
		ck_assert_int_eq(gyr_next(g, &ev, 0), 0);
		ck_assert_int_eq(gyr_next(g, &ev, 1000), 0);
		ck_assert_ptr_null(ev);
		ck_assert_int_eq(gyr_filter_set(g, &filter), -ENOTSUP);
		ck_assert_str_ne(gyr_errmsg(g), "");
		ck_assert_int_eq(gyr_filter_set(g, NULL), -ENOTSUP);
		ck_assert_int_eq(gyr_filter_set(g, &wrong), -EINVAL);
		ck_assert_int_eq(gyr_poll_fd(g), -ENOTSUP);
		ck_assert_int_eq(gyr_stats_read(g, &stats), 0);
		ck_assert_uint_gt(stats.state_bytes, 0);
		stats.state_bytes = 0;
		ck_assert_int_eq(memcmp(&stats, &zero, sizeof(zero)), 0);
		ck_assert_uint_eq(gyr_lost_features(g) & ~(1ull << GYR_FEATURE_PTRACE), 0);
		ck_assert_int_eq(gyr_stop(g), 0);
		ck_assert_int_eq(gyr_discard(g), 0);
	}
	ck_assert_ptr_nonnull(gyr_thread_by_tid(g, getpid()));
	gyr_close(g);
}
END_TEST

START_TEST(test_host_opts)
{
	struct {
		struct gyr_host_opts opts;
		uint64_t newer;
	} o = {0};
	struct gyr *g = host(); /* any pointer, to see that it is taken away */
	char why[64] = "";

	gyr_close(g);
	o.opts.errbuf = why;
	o.opts.errbuf_sz = sizeof(why);
	ck_assert_int_eq(gyr_open_host(&o.opts, &g), -EINVAL);
	ck_assert_ptr_null(g);
	o.opts.sz = sizeof(o);
	o.newer = 1;
	ck_assert_int_eq(gyr_open_host(&o.opts, &g), -E2BIG);
	ck_assert_ptr_null(g);
	ck_assert_ptr_nonnull(strstr(why, "newer"));
	o.newer = 0;
	ck_assert_int_eq(gyr_open_host(&o.opts, &g), 0);
	gyr_close(g);
	/* An older one, which ends before the buffer. */
	why[0] = '\0';
	o.opts.sz = offsetof(struct gyr_host_opts, errbuf);
	ck_assert_int_eq(gyr_open_host(&o.opts, &g), 0);
	gyr_close(g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {test_walk,     test_walk_fds, test_leader, test_ancestor, test_ancestor_circle,
				      test_sharing,  test_string,   test_json,	 test_host,	test_host_is_no_capture,
				      test_host_opts};
	Suite *s = suite_create("tables");
	TCase *tc = tcase_create("tables");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A snapshot by records, as the driver's iterators write them: what becomes of them, and what is done when they fail.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed.h"
#include "run.h"

/* Of processes that are none: above what pids can be. */
#define PID_A 0x7f000001
#define PID_B 0x7f000002

#define SOCKFS 0x534f434b
#define FDS_A  0xffff888000000100
#define FDS_B  0xffff888000000200
#define FS_A   0xffff888000000300
#define NET    0xffff888000000400
#define FILE_1 0xffff888000001000

static struct feed F, *f = &F;
static int fails_at; /* the pass that ends with an error */
static bool without_self;
static void (*tell_fds)(seen_fn fn, void *ctx);
static uint64_t now;

struct record {
	union {
		struct gyr_seen seen;
		struct gyr_seen_thread thread;
		struct gyr_seen_fd fd;
	};
	char room[128];
};

/* The text is put behind size bytes. */
static void tell(struct record *r, size_t size, const char *text, seen_fn fn, void *ctx)
{
	size_t len = text ? strlen(text) + 1 : 0;

	memcpy((char *)r + size, text ? text : "", len);
	r->seen.len = (unsigned int)(size + (len + 7) / 8 * 8);
	fn(ctx, &r->seen);
}

static void tell_thread(uint32_t tid, uint32_t pid, uint64_t files, const char *cwd, seen_fn fn, void *ctx)
{
	struct record r = {.thread = {
				   .seen = {.kind = GYR_SEEN_THREAD, .what = cwd ? GYR_SEEN_PATH : 0},
				   .tid = tid,
				   .pid = pid,
				   .ppid = pid == PID_A ? PID_B : 1,
				   .comm = "seen",
				   .euid = 7,
				   .files = files,
				   .fs = tid == (uint32_t)getpid() ? FS_A + 64 : FS_A,
				   .from = now,
				   .to = now + 10,
			   }};

	now += 20;
	tell(&r, sizeof(r.thread), cwd, fn, ctx);
}

static struct record fd_record(uint32_t tid, int fd, uint64_t files)
{
	struct record r = {.fd = {
				   .seen = {.kind = GYR_SEEN_FD},
				   .tid = tid,
				   .fd = fd,
				   .files = files,
				   .file = FILE_1 + (uint64_t)fd * 256 + tid % 16,
				   .from = now,
				   .to = now + 10,
			   }};

	now += 20;
	return r;
}

static void tell_file(uint32_t tid, int fd, uint64_t files, const char *path, seen_fn fn, void *ctx)
{
	struct record r = fd_record(tid, fd, files);

	r.seen.what = GYR_SEEN_PATH;
	r.fd.mode = S_IFREG;
	tell(&r, sizeof(r.fd), path, fn, ctx);
}

static int see(struct source *s, enum seen_by by, seen_fn fn, void *ctx)
{
	struct record r = {.seen = {.kind = GYR_SEEN_EXE, .what = GYR_SEEN_PATH}};

	(void)s;
	if (by == SEEN_BY_TASK) {
		if (!without_self)
			tell_thread((uint32_t)getpid(), (uint32_t)getpid(), 0, "/", fn, ctx);
		tell_thread(PID_A, PID_A, FDS_A, "/cwd", fn, ctx);
		tell(&r, sizeof(r.seen), "/bin/a", fn, ctx);
		tell_thread(PID_A + 16, PID_A, FDS_A, NULL, fn, ctx);
		tell_thread(PID_B, PID_B, FDS_B, NULL, fn, ctx);
	} else if (tell_fds) {
		tell_fds(fn, ctx);
	}
	return fails_at == (int)by + 1 ? -EIO : 0;
}

static void setup(void)
{
	feed_open(f);
	fails_at = 0;
	without_self = false;
	tell_fds = NULL;
	now = state_now(f->st);
	state_set_view(f->st, see, NULL);
}

static void teardown(void)
{
	feed_close(f);
}

START_TEST(threads)
{
	const struct gyr_thread *a, *a2, *b;

	ck_assert_int_eq(state_snapshot(f->st), 0);
	a = feed_thread(f, PID_A);
	a2 = feed_thread(f, PID_A + 16);
	b = feed_thread(f, PID_B);
	ck_assert_str_eq(gyr_thread_comm(a), "seen");
	ck_assert_str_eq(gyr_thread_cwd(a2), "/cwd");
	ck_assert_str_eq(gyr_thread_exepath(a2), "/bin/a");
	ck_assert_uint_eq(gyr_thread_uid(b), 7);
	ck_assert_uint_eq(gyr_thread_pid(a2), PID_A);
	ck_assert(gyr_thread_shares_fds(a, a2) && !gyr_thread_shares_fds(a, b));
	ck_assert(gyr_thread_shares_fs(a, b));
	/* The parent of us all was in no record. */
	ck_assert_ptr_nonnull(gyr_thread_by_tid(&f->g, (uint64_t)getppid()));
	/* The end of its parent is known to it. */
	f->ts = state_now(f->st);
	ck_assert_uint_eq(gyr_thread_ppid(a), PID_B);
	FEED(f, PID_B, PROCEXIT_1_E, N("reaper_tid", 1));
	ck_assert_uint_eq(gyr_thread_ppid(feed_thread(f, PID_A)), 1);
}
END_TEST

static void tell_twice(seen_fn fn, void *ctx)
{
	tell_file(PID_A, 3, FDS_A, "/etc/a", fn, ctx);
	tell_file(PID_A, 5, FDS_A, "/etc/b", fn, ctx);
	tell_file(PID_B, 4, FDS_B, "/etc/c", fn, ctx);
	tell_file(PID_A + 16, 9, FDS_A, "/etc/d", fn, ctx);
}

/* Of two who share a table, one tells of it. Its look begins before the first fd was read. */
START_TEST(one_tells)
{
	const struct files *files;
	uint64_t begun;

	tell_fds = tell_twice;
	ck_assert_int_eq(state_snapshot(f->st), 0);
	ck_assert_str_eq(feed_fd_name(f, PID_A, 3), "/etc/a");
	ck_assert_str_eq(feed_fd_name(f, PID_A + 16, 5), "/etc/b");
	ck_assert_ptr_null(gyr_thread_fd(feed_thread(f, PID_A), 9));
	ck_assert_str_eq(feed_fd_name(f, PID_B, 4), "/etc/c");
	files = feed_thread(f, PID_B)->files;
	begun = feed_thread(f, PID_A)->files->look.to;
	ck_assert_uint_eq(files->look.from, begun);
	ck_assert_uint_eq(files->look.to, begun + 20);
	ck_assert(!files->doubt);
}
END_TEST

static void tell_other_table(seen_fn fn, void *ctx)
{
	tell_file(PID_A, 3, FDS_A, "/etc/a", fn, ctx);
	tell_file(PID_A, 5, FDS_B + 64, "/etc/b", fn, ctx);
}

/* Another table than before: what was seen of it is nobody's, and it is looked at again. */
START_TEST(changed_table)
{
	tell_fds = tell_other_table;
	ck_assert_int_eq(state_snapshot(f->st), 0);
	ck_assert_str_eq(feed_fd_name(f, PID_A, 3), "/etc/a");
	ck_assert_ptr_null(gyr_thread_fd(feed_thread(f, PID_A), 5));
	ck_assert(feed_thread(f, PID_A)->files->doubt);
}
END_TEST

static void tell_socket(int fd, int state, uint16_t rport, seen_fn fn, void *ctx)
{
	struct record r = fd_record(PID_A, fd, FDS_A);

	r.fd.magic = SOCKFS;
	r.fd.mode = S_IFSOCK;
	r.fd.ino = 77 + (uint64_t)fd;
	r.fd.family = AF_INET;
	r.fd.type = SOCK_STREAM;
	r.fd.protocol = IPPROTO_TCP;
	r.fd.state = (unsigned short)state;
	r.fd.net = NET;
	r.fd.lport = 80;
	r.fd.rport = rport;
	inet_pton(AF_INET, "10.0.0.1", r.fd.laddr);
	if (rport)
		inet_pton(AF_INET, "10.0.0.2", r.fd.raddr);
	tell(&r, sizeof(r.fd), NULL, fn, ctx);
}

static void tell_server(seen_fn fn, void *ctx)
{
	tell_socket(3, 1, 1234, fn, ctx);
	tell_socket(4, 10, 0, fn, ctx);
}

/* The listener comes after the connection that it has accepted. */
START_TEST(server)
{
	tell_fds = tell_server;
	ck_assert_int_eq(state_snapshot(f->st), 0);
	ck_assert_str_eq(feed_fd_name(f, PID_A, 3), "10.0.0.2:1234->10.0.0.1:80");
	ck_assert_int_eq(gyr_fd_role(feed_fd(f, PID_A, 3)), GYR_ROLE_SERVER);
	ck_assert_str_eq(feed_fd_name(f, PID_A, 4), "10.0.0.1:80");
}
END_TEST

static void tell_broken(seen_fn fn, void *ctx)
{
	struct record r = fd_record(PID_A, 3, FDS_A);

	r.seen.len = sizeof(r.seen);
	fn(ctx, &r.seen);
	r.seen.kind = 99;
	r.seen.len = sizeof(r);
	fn(ctx, &r.seen);
}

START_TEST(broken_records)
{
	tell_fds = tell_broken;
	ck_assert_int_eq(state_snapshot(f->st), 0);
	ck_assert_ptr_null(gyr_thread_fd_next(feed_thread(f, PID_A), NULL));
}
END_TEST

/* All is as if nothing had been told. */
START_TEST(failures)
{
	tell_fds = tell_twice;
	fails_at = _i;
	without_self = _i == 0;
	ck_assert_int_eq(state_snapshot(f->st), 0);
	ck_assert_ptr_null(gyr_thread_by_tid(&f->g, PID_A));
	ck_assert_ptr_nonnull(gyr_thread_by_tid(&f->g, (uint64_t)getpid()));
	ck_assert_ptr_nonnull(gyr_thread_fd_next(feed_thread(f, (uint64_t)getpid()), NULL));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("seen");
	TCase *tc = tcase_create("seen");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, threads);
	tcase_add_test(tc, one_tells);
	tcase_add_test(tc, changed_table);
	tcase_add_test(tc, server);
	tcase_add_test(tc, broken_records);
	tcase_add_loop_test(tc, failures, 0, 3);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

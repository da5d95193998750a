/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the driver tells of an fd stands over what its event does. Contexts are written byte by byte here. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

enum { THERE = 1, CLOEXEC = 2, DELETED = 4, PATH = 8, MORE = 16 };
enum { REG = 0100000, DIR = 040000, CHR = 020000, FIFO = 010000, SOCK = 0140000 };
enum { EXT4 = 0xef53, PIPEFS = 0x50495045, SOCKFS = 0x534f434b, ANON = 0x09041934 };

static void put(uint8_t *p, size_t at, uint64_t val, size_t size)
{
	memcpy(p + at, &val, size);
}

/* Of the event that is fed next. */
static void context(int fd, int what, uint64_t file, uint32_t mode, uint32_t magic, const char *name)
{
	static uint8_t p[512];
	size_t len = what & THERE ? 40 : 8;

	memset(p, 0, sizeof(p));
	if (what & THERE && name) {
		strcpy((char *)p + 40, name);
		len += strlen(name) + 1;
	}
	if (what & THERE && magic == SOCKFS) {
		put(p, 40, AF_UNIX, 2);
		len += 4;
	}
	put(p, 0, len, 2);
	put(p, 2, (uint64_t)what, 2);
	put(p, 4, (uint64_t)fd, 4);
	if (what & THERE) {
		put(p, 12, file, 8);
		put(p, 20, mode, 4);
		put(p, 24, 0xfe00, 4);
		put(p, 28, 4711, 8);
		put(p, 36, magic, 4);
	}
	f->context = p;
}

static void open_as(int fd, const char *name)
{
	FEED(f, 10, SYSCALL_OPEN_X, N("fd", fd), S("name", name));
}

static void ck_fd(int fd, enum gyr_fd_type type, const char *name, bool cloexec, bool deleted)
{
	const struct gyr_fd *got = feed_fd(f, 10, fd);

	ck_assert_str_eq(gyr_fd_type_name(gyr_fd_type(got)), gyr_fd_type_name(type));
	ck_assert_str_eq(gyr_fd_name(got), name);
	ck_assert_int_eq(gyr_fd_cloexec(got), cloexec);
	ck_assert_int_eq(gyr_fd_deleted(got), deleted);
}

/* Through links, and of whatever kind: as the kernel has it. */
START_TEST(test_opened)
{
	context(3, THERE | PATH | CLOEXEC, 0x1000, REG, EXT4, "/usr/lib/x");
	open_as(3, "/lib/x");
	ck_fd(3, GYR_FD_FILE, "/usr/lib/x", true, false);
	ck_assert_uint_eq(gyr_fd_ino(feed_fd(f, 10, 3)), 4711);
	ck_assert_uint_eq(gyr_fd_dev(feed_fd(f, 10, 3)), 0xfe00);
	context(4, THERE | PATH | DELETED, 0x1001, DIR, EXT4, "/tmp/d");
	open_as(4, "d");
	ck_fd(4, GYR_FD_DIRECTORY, "/tmp/d", false, true);
	context(5, THERE | PATH, 0x1002, CHR, EXT4, "/tmp/null");
	open_as(5, "/tmp/null");
	ck_fd(5, GYR_FD_DEVICE, "/tmp/null", false, false);
	context(6, THERE | PATH, 0x1003, FIFO, EXT4, "/tmp/fifo");
	open_as(6, "/tmp/fifo");
	ck_fd(6, GYR_FD_PIPE, "/tmp/fifo", false, false);
	/* By /proc/self/fd: what is behind it has no path. */
	context(7, THERE, 0x1004, FIFO, PIPEFS, NULL);
	open_as(7, "/proc/self/fd/9");
	ck_fd(7, GYR_FD_PIPE, "pipe:[4711]", false, false);
	/* An event that does not say of what its fd is. */
	context(8, THERE | CLOEXEC, 0x1005, 0, ANON, "[eventfd]");
	FEED(f, 10, SYSCALL_PIDFD_GETFD_X, N("fd", 8));
	ck_fd(8, GYR_FD_EVENTFD, "[eventfd]", true, false);
	ck_assert_str_eq(gyr_from_name(gyr_fd_from(&f->g, feed_thread(f, 10), feed_fd(f, 10, 3))), "event");
	context(9, THERE, 0x1006, REG, 0x01021994, "memfd:m");
	open_as(9, "/proc/self/fd/8");
	ck_fd(9, GYR_FD_MEMFD, "memfd:m", false, false);
	/* Without a context it is a guess. */
	open_as(9, "/lib/x");
	ck_assert_str_eq(gyr_from_name(gyr_fd_from(&f->g, feed_thread(f, 10), feed_fd(f, 10, 9))), "guess");
}
END_TEST

/* Two threads at once: whose event comes last is not what counts. */
START_TEST(test_at_once)
{
	context(3, THERE | PATH, 0x1000, REG, EXT4, "/a");
	open_as(3, "/a");
	/* It was closed before the open returned. */
	context(4, 0, 0, 0, 0, NULL);
	open_as(4, "/b");
	ck_assert_pstr_eq(feed_fd_name(f, 10, 4), NULL);
	/* Its number was taken again before the close returned. */
	context(3, THERE | PATH, 0x2000, REG, EXT4, "/c");
	FEED(f, 10, SYSCALL_CLOSE_X, N("res", 0), N("fd", 3));
	ck_fd(3, GYR_FD_FILE, "/c", false, false);
	context(3, 0, 0, 0, 0, NULL);
	FEED(f, 10, SYSCALL_CLOSE_X, N("res", 0), N("fd", 3));
	ck_assert_pstr_eq(feed_fd_name(f, 10, 3), NULL);
	/* A dup of something else than is known. */
	context(5, THERE | PATH, 0x3000, REG, EXT4, "/five");
	open_as(5, "/five");
	context(6, THERE | PATH, 0x4000, REG, EXT4, "/six");
	FEED(f, 10, SYSCALL_DUP2_X, N("res", 6), N("oldfd", 5), N("newfd", 6));
	ck_fd(5, GYR_FD_FILE, "/five", false, false);
	ck_fd(6, GYR_FD_FILE, "/six", false, false);
	/* ... and of what is known by another number: one open file. */
	context(7, THERE | PATH, 0x3000, REG, EXT4, "/five");
	FEED(f, 10, SYSCALL_DUP_1_X, N("res", 7), N("oldfd", 6));
	ck_assert_ptr_eq(feed_fd(f, 10, 7)->slot.val, feed_fd(f, 10, 5)->slot.val);
}
END_TEST

/* Of a socket the event tells more than the context. */
START_TEST(test_sockets)
{
	context(3, THERE, 0x1000, SOCK, SOCKFS, NULL);
	FEED(f, 10, SOCKET_SOCKET_X, N("fd", 3), N("domain", 1), N("type", 1), N("proto", 0));
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 10, 3)), GYR_FD_UNIX);
	ck_assert_uint_eq(gyr_fd_ino(feed_fd(f, 10, 3)), 4711);
	ck_assert_uint_eq(gyr_fd_dev(feed_fd(f, 10, 3)), 0);
	context(3, THERE | CLOEXEC, 0x1000, SOCK, SOCKFS, NULL);
	FEED(f, 10, SYSCALL_FCNTL_X, N("res", 0), N("fd", 3), N("cmd", FLAG(SYSCALL_FCNTL_X, "cmd", "F_SETFD")));
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 10, 3)), GYR_FD_UNIX);
	ck_assert(gyr_fd_cloexec(feed_fd(f, 10, 3)));
	/* Where there is nothing but a context its type is known. */
	context(4, THERE, 0x1001, SOCK, SOCKFS, NULL);
	FEED(f, 10, SYSCALL_PIDFD_GETFD_X, N("fd", 4));
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 10, 4)), GYR_FD_UNIX);
	ck_assert_str_eq(gyr_fd_name(feed_fd(f, 10, 4)), "");
}
END_TEST

/* Of two fds: the numbers stand where the contexts say, whatever the event does. */
START_TEST(test_pair)
{
	static uint8_t both[1024];
	size_t len = 40;

	context(3, THERE | MORE, 0x1000, FIFO, PIPEFS, NULL);
	memcpy(both, f->context, len);
	context(5, THERE | CLOEXEC, 0x1001, FIFO, PIPEFS, NULL);
	memcpy(both + len, f->context, len);
	f->context = both;
	FEED(f, 10, SYSCALL_PIPE2_X, N("res", 0), N("fd1", 3), N("fd2", 4), N("ino", 4711), N("flags", 0));
	ck_fd(3, GYR_FD_PIPE, "pipe:[4711]", false, false);
	ck_fd(5, GYR_FD_PIPE, "pipe:[4711]", true, false);
}
END_TEST

/* One that is cut, as none. */
START_TEST(test_malformed)
{
	static uint8_t p[40];

	put(p, 0, 12, 2);
	put(p, 2, THERE, 2);
	put(p, 4, 3, 4);
	f->context = p;
	open_as(3, "/a");
	ck_fd(3, GYR_FD_FILE, "/a", false, false);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {test_opened, test_at_once, test_sockets, test_pair, test_malformed};
	Suite *s = suite_create("context");
	TCase *tc = tcase_create("context");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* read, write and their variants; lseek, sendfile, getdents. */
#include <sys/uio.h>

#include "harness.h"
#include "wire_values.h"

#define SNAPLEN 80

static char big[4096];

static void fill_big(void)
{
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 256);
}

/* A file open for reading and writing that holds `big`. */
static int big_file(void)
{
	int fd = open(live_path("big"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	fill_big();
	NEED(fd >= 0);
	/* By a call that none of these tests is about. */
	NEED(ftruncate(fd, sizeof(big)) == 0);
	return fd;
}

static void read_ok(void)
{
	int fd = big_file();
	char buf[4096];
	long n;

	NEED(pwrite(fd, big, sizeof(big), 0) == sizeof(big));
	n = call(SYS_read, fd, buf, 33);
	SEE(7, "read", I("res", 33), B("data", big, 33), I("fd", fd), I("size", 33), CTX_CATEGORY("file"),
	    CTX_FD_NAME(live_path("big")));
	NEED(n == 33);
	n = call(SYS_read, fd, buf, 3000);
	SEE(7, "read", I("res", n), B("data", big + 33, SNAPLEN), I("fd", fd), I("size", 3000));
	NEED(call(SYS_read, fd, buf, sizeof(buf)) == sizeof(big) - 3033);
	SEE(7, "read", I("res", sizeof(big) - 3033), B("data", big + 3033, SNAPLEN), I("fd", fd),
	    I("size", sizeof(buf)));
	n = call(SYS_read, fd, buf, sizeof(buf));
	SEE(7, "read", I("res", n), EMPTY("data"), I("fd", fd), I("size", sizeof(buf)));
}

static void read_fails(void)
{
	int fd = big_file();

	SEE(7, "read", I("res", call(SYS_read, -1, big, 100)), EMPTY("data"), I("fd", -1), I("size", 100),
	    CTX_FD_NONE());
	SEE(7, "read", I("res", call(SYS_read, fd, 1L, 100)), EMPTY("data"), I("fd", fd), I("size", 100));
}

static void write_ok(void)
{
	int fd = big_file();

	SEE(9, "write", I("res", call(SYS_write, fd, "hello", 5)), B("data", "hello", 5), I("fd", fd), I("size", 5),
	    CTX_CATEGORY("file"), CTX_FD_NAME(live_path("big")));
	SEE(9, "write", I("res", call(SYS_write, fd, big, 79)), B("data", big, 79), I("fd", fd), I("size", 79));
	SEE(9, "write", I("res", call(SYS_write, fd, big, 80)), B("data", big, 80), I("fd", fd), I("size", 80));
	SEE(9, "write", I("res", call(SYS_write, fd, big, 81)), B("data", big, SNAPLEN), I("fd", fd), I("size", 81));
	SEE(9, "write", I("res", call(SYS_write, fd, big, 4096)), B("data", big, SNAPLEN), I("fd", fd),
	    I("size", 4096));
	SEE(9, "write", I("res", call(SYS_write, fd, big, 0)), EMPTY("data"), I("fd", fd), I("size", 0));
}

/* What the process meant to write is told even when it could not. */
static void write_fails(void)
{
	char hello[] = "hello"; /* on the stack: a page that nobody touched yet cannot be read */

	SEE(9, "write", I("res", call(SYS_write, -1, hello, 5)), B("data", "hello", 5), I("fd", -1), I("size", 5));
	SEE(9, "write", I("res", call(SYS_write, -1, NULL, 5)), EMPTY("data"), I("fd", -1), I("size", 5));
}

static void pread_ok(void)
{
	int fd = big_file();
	char buf[100];

	NEED(write(fd, big, sizeof(big)) == sizeof(big));
	SEE(113, "pread", I("res", call(SYS_pread64, fd, buf, 100, 1000L)), B("data", big + 1000, SNAPLEN), I("fd", fd),
	    I("size", 100), I("pos", 1000));
}

static void pread_fails(void)
{
	int fd = big_file();

	SEE(113, "pread", I("res", call(SYS_pread64, fd, big, 100, -3L)), EMPTY("data"), I("fd", fd), I("size", 100),
	    I("pos", -3));
}

static void pwrite_ok(void)
{
	int fd = big_file();

	SEE(115, "pwrite", I("res", call(SYS_pwrite64, fd, big, 60, 0x123456789L)), B("data", big, 60), I("fd", fd),
	    I("size", 60), I("pos", 0x123456789));
}

static void pwrite_fails(void)
{
	fill_big();
	SEE(115, "pwrite", I("res", call(SYS_pwrite64, 999, big, 90, 5L)), B("data", big, SNAPLEN), I("fd", 999),
	    I("size", 90), I("pos", 5));
}

static void readv_ok(void)
{
	int fd = big_file();
	char a[10], b[50], c[300];
	struct iovec iov[] = {{a, sizeof(a)}, {b, sizeof(b)}, {c, sizeof(c)}};

	NEED(pwrite(fd, big, sizeof(big), 0) == sizeof(big));
	SEE(117, "readv", I("res", call(SYS_readv, fd, iov, 3)), I("size", 360), B("data", big, SNAPLEN), I("fd", fd));
	SEE(117, "readv", I("res", call(SYS_readv, fd, iov, 2)), I("size", 60), B("data", big + 360, 60), I("fd", fd));
}

static void readv_fails(void)
{
	struct iovec iov[] = {{big, 10}};

	SEE(117, "readv", I("res", call(SYS_readv, -1, iov, 1)), I("size", 0), EMPTY("data"), I("fd", -1));
}

static void writev_ok(void)
{
	int fd = big_file();
	struct iovec iov[] = {{big, 30}, {big + 30, 0}, {big + 30, 40}, {big + 70, 1000}};

	SEE(119, "writev", I("res", call(SYS_writev, fd, iov, 3)), B("data", big, 70), I("fd", fd), I("size", 70));
	SEE(119, "writev", I("res", call(SYS_writev, fd, iov, 4)), B("data", big, SNAPLEN), I("fd", fd),
	    I("size", 1070));
}

static void writev_fails(void)
{
	struct iovec iov[] = {{big, 30}, {big + 30, 40}};

	fill_big();
	SEE(119, "writev", I("res", call(SYS_writev, -1, iov, 2)), B("data", big, 70), I("fd", -1), I("size", 70));
	SEE(119, "writev", I("res", call(SYS_writev, -1, 1L, 2)), EMPTY("data"), I("fd", -1), I("size", 0));
}

static void preadv_ok(void)
{
	int fd = big_file();
	char a[10], b[50];
	struct iovec iov[] = {{a, sizeof(a)}, {b, sizeof(b)}};

	NEED(write(fd, big, sizeof(big)) == sizeof(big));
	SEE(121, "preadv", I("res", call(SYS_preadv, fd, iov, 2, 500L, 0L)), I("size", 60), B("data", big + 500, 60),
	    I("fd", fd), I("pos", 500));
}

static void preadv_fails(void)
{
	SEE(121, "preadv", I("res", call(SYS_preadv, -1, NULL, 2, 500L, 0L)), I("size", 0), EMPTY("data"), I("fd", -1),
	    I("pos", 500));
}

static void pwritev_ok(void)
{
	int fd = big_file();
	struct iovec iov[] = {{big, 30}, {big + 30, 40}};

	SEE(123, "pwritev", I("res", call(SYS_pwritev, fd, iov, 2, 77L, 0L)), B("data", big, 70), I("fd", fd),
	    I("size", 70), I("pos", 77));
}

static void pwritev_fails(void)
{
	struct iovec iov[] = {{big, 30}, {big + 30, 40}};

	fill_big();
	SEE(123, "pwritev", I("res", call(SYS_pwritev, -1, iov, 2, 77L, 0L)), B("data", big, 70), I("fd", -1),
	    I("size", 70), I("pos", 77));
}

static void lseek_ok(void)
{
	int fd = big_file();

	SEE(87, "lseek", I("res", call(SYS_lseek, fd, 100L, SEEK_SET)), I("fd", fd), I("offset", 100), I("whence", 0));
	SEE(87, "lseek", I("res", call(SYS_lseek, fd, -10L, SEEK_CUR)), I("fd", fd), I("offset", -10), I("whence", 1));
	SEE(87, "lseek", I("res", call(SYS_lseek, fd, -96L, SEEK_END)), I("fd", fd), I("offset", -96), I("whence", 2));
}

static void lseek_fails(void)
{
	SEE(87, "lseek", I("res", call(SYS_lseek, -1, 5L, SEEK_SET)), I("fd", -1), I("offset", 5), I("whence", 0));
}

static void sendfile_ok(void)
{
	int in = big_file();
	int out = open(live_path("out"), O_WRONLY | O_CREAT, 0600);
	off_t pos = 96;
	long n = call(SYS_sendfile, out, in, &pos, 1000L);

	/* The offset as the kernel left it. */
	SEE(189, "sendfile", I("res", n), I("offset", 1096), I("out_fd", out), I("in_fd", in), I("size", 1000));
	NEED(n == 1000 && pos == 1096);
	n = call(SYS_sendfile, out, in, NULL, 10L);
	SEE(189, "sendfile", I("res", n), I("offset", 0), I("out_fd", out), I("in_fd", in), I("size", 10));
}

static void sendfile_fails(void)
{
	off_t pos = 7;

	SEE(189, "sendfile", I("res", call(SYS_sendfile, -1, -2, &pos, 1L << 33)), I("offset", 7), I("out_fd", -1),
	    I("in_fd", -2), I("size", 1L << 33));
}

static void getdents_ok(void)
{
	int fd = open(live_dir(), O_RDONLY | O_DIRECTORY);
	char buf[1024];

	SEE(237, "getdents", I("res", call(SYS_getdents, fd, buf, sizeof(buf))), I("fd", fd), CTX_FD_NAME(live_dir()));
}

static void getdents_fails(void)
{
	SEE(237, "getdents", I("res", call(SYS_getdents, -1, big, 10)), I("fd", -1));
}

static void getdents64_ok(void)
{
	int fd = open(live_dir(), O_RDONLY | O_DIRECTORY);
	char buf[1024];

	SEE(239, "getdents64", I("res", call(SYS_getdents64, fd, buf, sizeof(buf))), I("fd", fd),
	    CTX_FD_NAME(live_dir()));
}

static void getdents64_fails(void)
{
	SEE(239, "getdents64", I("res", call(SYS_getdents64, -1, big, 10)), I("fd", -1));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(read_ok),	   CASE(read_fails),	 CASE(write_ok),      CASE(write_fails),
		CASE(pread_ok),	   CASE(pread_fails),	 CASE(pwrite_ok),     CASE(pwrite_fails),
		CASE(readv_ok),	   CASE(readv_fails),	 CASE(writev_ok),     CASE(writev_fails),
		CASE(preadv_ok),   CASE(preadv_fails),	 CASE(pwritev_ok),    CASE(pwritev_fails),
		CASE(lseek_ok),	   CASE(lseek_fails),	 CASE(sendfile_ok),   CASE(sendfile_fails),
		CASE(getdents_ok), CASE(getdents_fails), CASE(getdents64_ok), CASE(getdents64_fails),
	};

	return live_family("files_rw", cases, sizeof(cases) / sizeof(cases[0]));
}

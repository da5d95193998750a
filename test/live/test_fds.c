/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What makes, copies and closes fds that are no files: dup, pipe, eventfd, signalfd, ... and io_uring, bpf, ioctl. */
#include <linux/io_uring.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "harness.h"
#include "wire_values.h"

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static void close_both(void)
{
	const char *path = live_path("file");
	int fd;

	NEED(mknod(path, S_IFREG | 0600, 0) == 0);
	fd = open(path, O_RDONLY);
	/* The event that ends an fd still tells what it was. */
	SEE(5, "close", I("res", call(SYS_close, fd)), I("fd", fd), CTX_FD_NAME(path), CTX_CATEGORY("file"));
	SEE(5, "close", I("res", call(SYS_close, fd)), I("fd", fd), CTX_FD_NONE());
	SEE(5, "close", I("res", call(SYS_close, -1)), I("fd", -1), CTX_FD_NONE());
}

static void close_range_both(void)
{
	int fd = dup(0), other;
	long marked;

	NEED(fd >= 0);
	other = dup2(fd, 500);
	NEED(other == 500);
	SEE(451, "close_range", I("res", call(SYS_close_range, 400, ~0U, CLOSE_RANGE_UNSHARE)), I("first", 400),
	    I("last", ~0U), I("flags", W_CLOSE_RANGE_UNSHARE));
	marked = call(SYS_close_range, fd, fd, CLOSE_RANGE_CLOEXEC);
	NEED(marked == 0 || marked == -EINVAL /* before 5.11 */);
	SEE(451, "close_range", I("res", marked), I("first", fd), I("last", fd), I("flags", W_CLOSE_RANGE_CLOEXEC));
	SEE(451, "close_range", I("res", call(SYS_close_range, 9, 8, 0)), I("first", 9), I("last", 8), I("flags", 0));
	/* What is known of the fds after it. */
	SEE(87, "lseek", I("res", call(SYS_lseek, 500, 0L, 0)), I("fd", 500), I("offset", 0), I("whence", 0),
	    CTX_FD_NONE());
	SEE(87, "lseek", I("res", call(SYS_lseek, fd, 0L, 0)), I("fd", fd), I("offset", 0), I("whence", 0),
	    CTX_FD_CLOEXEC(marked == 0));
}

static void dup_all(void)
{
	const char *path = live_file("file", "");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	SEE(367, "dup", I("res", call(SYS_dup, fd)), I("oldfd", fd), CTX_FD_NAME(path), CTX_FD_CLOEXEC(false));
	SEE(367, "dup", I("res", call(SYS_dup, -1)), I("oldfd", -1));
	SEE(365, "dup3", I("res", call(SYS_dup3, fd, 78, O_CLOEXEC)), I("oldfd", fd), I("newfd", 78),
	    I("flags", W_CLOEXEC), CTX_FD_NAME(path), CTX_FD_CLOEXEC(true));
	SEE(365, "dup3", I("res", call(SYS_dup3, fd, fd, 0)), I("oldfd", fd), I("newfd", fd), I("flags", 0));
}

static void dup2_both(void)
{
	const char *path = live_file("file", "");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	SEE(363, "dup2", I("res", call(SYS_dup2, fd, 77)), I("oldfd", fd), I("newfd", 77), CTX_FD_NAME(path));
	SEE(363, "dup2", I("res", call(SYS_dup2, -1, 77)), I("oldfd", -1), I("newfd", 77));
}

static void fcntl_all(void)
{
	const char *path = live_file("file", "");
	int fd = open(path, O_RDONLY);

	SEE(151, "fcntl", I("res", call(SYS_fcntl, fd, F_DUPFD, 100L)), I("fd", fd), I("cmd", W_FCNTL_DUPFD),
	    I("arg", 100));
	SEE(151, "fcntl", I("res", call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 200L)), I("fd", fd),
	    I("cmd", W_FCNTL_DUPFD_CLOEXEC), I("arg", 200));
	SEE(151, "fcntl", I("res", call(SYS_fcntl, fd, F_SETFD, 1L)), I("fd", fd), I("cmd", W_FCNTL_SETFD),
	    I("arg", 1));
	SEE(151, "fcntl", I("res", call(SYS_fcntl, fd, F_GETFD, 0L)), I("fd", fd), I("cmd", W_FCNTL_GETFD), I("arg", 0),
	    CTX_FD_NAME(path), CTX_FD_CLOEXEC(true));
	SEE(151, "fcntl", I("res", call(SYS_fcntl, fd, F_GETFL, 0L)), I("fd", fd), I("cmd", W_FCNTL_GETFL),
	    I("arg", 0));
	SEE(151, "fcntl", I("res", call(SYS_fcntl, fd, F_GETPIPE_SZ, 0L)), I("fd", fd), I("cmd", W_FCNTL_GETPIPE_SZ),
	    I("arg", 0));
	SEE(151, "fcntl", I("res", call(SYS_fcntl, fd, 9999, 3L)), I("fd", fd), I("cmd", 0), I("arg", 3));
	SEE(151, "fcntl", I("res", call(SYS_fcntl, -1, F_SETFL, O_NONBLOCK)), I("fd", -1), I("cmd", W_FCNTL_SETFL),
	    I("arg", O_NONBLOCK));
	/* Both duplicates are known by name. */
	SEE(87, "lseek", I("res", call(SYS_lseek, 100, 0L, 0)), I("fd", 100), I("offset", 0), I("whence", 0),
	    CTX_FD_NAME(path), CTX_FD_CLOEXEC(false));
	SEE(87, "lseek", I("res", call(SYS_lseek, 200, 0L, 0)), I("fd", 200), I("offset", 0), I("whence", 0),
	    CTX_FD_NAME(path), CTX_FD_CLOEXEC(true));
}

static void pipe_both(void)
{
	int p[2] = {-5, -5};
	struct stat st;
	long res = call(SYS_pipe, p);

	NEED(fstat(p[0], &st) == 0);
	SEE(61, "pipe", I("res", res), I("fd1", p[0]), I("fd2", p[1]), I("ino", st.st_ino));
	SEE(61, "pipe", I("res", call(SYS_pipe, 1L)), I("fd1", -1), I("fd2", -1), I("ino", 0));
}

static void pipe2_both(void)
{
	int p[2] = {-5, -5};
	struct stat st;
	long res = call(SYS_pipe2, p, O_CLOEXEC | O_NONBLOCK);

	NEED(fstat(p[0], &st) == 0);
	SEE(393, "pipe2", I("res", res), I("fd1", p[0]), I("fd2", p[1]), I("ino", st.st_ino),
	    I("flags", W_CLOEXEC | W_NONBLOCK));
	SEE(9, "write", I("res", call(SYS_write, p[1], "x", 1)), B("data", "x", 1), I("fd", p[1]), I("size", 1),
	    CTX_CATEGORY("ipc"), CTX_FD_TYPE(GYR_FD_PIPE), CTX_FD_CLOEXEC(true));
	SEE(393, "pipe2", I("res", call(SYS_pipe2, p, O_TRUNC | O_DIRECT)), I("fd1", -1), I("fd2", -1), I("ino", 0),
	    ANY("flags", "O_TRUNC is no flag of pipe2: whether it is told is open"));
}

static void eventfd_ok(void)
{
	SEE(63, "eventfd", I("res", call(SYS_eventfd, 3)), I("initval", 3), I("flags", 0), CTX_FD_TYPE(GYR_FD_EVENTFD));
}

static void eventfd2_both(void)
{
	SEE(397, "eventfd2", I("res", call(SYS_eventfd2, 4, EFD_CLOEXEC | EFD_NONBLOCK)),
	    I("flags", W_CLOEXEC | W_NONBLOCK), I("initval", 4), CTX_FD_TYPE(GYR_FD_EVENTFD), CTX_FD_CLOEXEC(true));
	SEE(397, "eventfd2", I("res", call(SYS_eventfd2, 4, 0x40000000)), I("flags", 0), I("initval", 4));
}

static void signalfd_both(void)
{
	uint64_t mask = 1ull << (SIGUSR2 - 1);

	SEE(399, "signalfd4", I("res", call(SYS_signalfd4, -1, &mask, 8L, SFD_CLOEXEC)), I("flags", W_CLOEXEC),
	    I("fd", -1), I("mask", mask), CTX_FD_TYPE(GYR_FD_SIGNALFD), CTX_FD_CLOEXEC(true));
	SEE(399, "signalfd4", I("res", call(SYS_signalfd4, 0, &mask, 8L, 0)), I("flags", 0), I("fd", 0),
	    I("mask", mask));
}

static void timerfd_both(void)
{
	SEE(137, "timerfd_create", I("res", call(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC)),
	    I("clockid", CLOCK_MONOTONIC), ANY("flags", "a byte, too small for the kernel's flags"),
	    CTX_FD_TYPE(GYR_FD_TIMERFD), CTX_FD_CLOEXEC(true));
	SEE(137, "timerfd_create", I("res", call(SYS_timerfd_create, 99, 0)), I("clockid", 99), I("flags", 0));
}

static void inotify_both(void)
{
	SEE(395, "inotify_init1", I("res", call(SYS_inotify_init1, IN_NONBLOCK | IN_CLOEXEC)),
	    I("flags", W_NONBLOCK | W_CLOEXEC), CTX_FD_TYPE(GYR_FD_INOTIFY), CTX_FD_CLOEXEC(true));
	SEE(395, "inotify_init1", I("res", call(SYS_inotify_init1, 0x40000000)), I("flags", 0));
}

static void memfd_both(void)
{
	SEE(405, "memfd_create", I("fd", call(SYS_memfd_create, "some memory", MFD_CLOEXEC | MFD_ALLOW_SEALING)),
	    S("name", "some memory"), I("flags", W_MFD_CLOEXEC | W_MFD_ALLOW_SEALING), CTX_FD_TYPE(GYR_FD_MEMFD),
	    CTX_FD_CLOEXEC(true));
	SEE(405, "memfd_create", I("fd", call(SYS_memfd_create, 1L, 0)), EMPTY("name"), I("flags", 0));
}

static void pidfd_both(void)
{
	long self = getpid();
	long fd = call(SYS_pidfd_open, self, 0);

	SEE(409, "pidfd_open", I("fd", fd), I("pid", self), I("flags", 0), CTX_FD_TYPE(GYR_FD_PIDFD),
	    CTX_FD_CLOEXEC(true));
	SEE(409, "pidfd_open", I("fd", call(SYS_pidfd_open, -1, O_NONBLOCK)), I("pid", -1),
	    I("flags", W_PIDFD_NONBLOCK));
}

static void uring_all(void)
{
	struct io_uring_params p;
	long fd;

	memset(&p, 0, sizeof(p));
	p.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
	p.cq_entries = 16;
	fd = call(SYS_io_uring_setup, 4, &p);
	if (fd == -EPERM || fd == -ENOSYS)
		live_skip("io_uring is off here");
	SEE(339, "io_uring_setup", I("res", fd), I("entries", 4), I("sq_entries", p.sq_entries),
	    I("cq_entries", p.cq_entries), I("flags", W_URING_CLAMP | W_URING_CQSIZE), I("sq_thread_cpu", 0),
	    I("sq_thread_idle", 0), I("features", p.features), CTX_FD_TYPE(GYR_FD_IO_URING));
	NEED(fd >= 0 && p.sq_entries == 4 && p.cq_entries == 16);
	SEE(341, "io_uring_enter", I("res", call(SYS_io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0)),
	    I("fd", fd), I("to_submit", 0), I("min_complete", 0), I("flags", W_URING_GETEVENTS), I("sig", 0));
	SEE(341, "io_uring_enter", I("res", call(SYS_io_uring_enter, -1, 3, 2, 0, NULL, 0)), I("fd", -1),
	    I("to_submit", 3), I("min_complete", 2), I("flags", 0), I("sig", 0));
	memset(&p, 0, sizeof(p));
	SEE(339, "io_uring_setup", I("res", call(SYS_io_uring_setup, 0, &p)), I("entries", 0), I("sq_entries", 0),
	    I("cq_entries", 0), I("flags", 0), I("sq_thread_cpu", 0), I("sq_thread_idle", 0), I("features", 0));
}

static void ioctl_both(void)
{
	int n = 0, p[2];

	NEED(pipe(p) == 0);
	SEE(171, "ioctl", I("res", call(SYS_ioctl, p[0], FIONREAD, &n)), I("fd", p[0]), I("request", FIONREAD),
	    I("argument", &n), CTX_FD_TYPE(GYR_FD_PIPE));
	SEE(171, "ioctl", I("res", call(SYS_ioctl, -1, 0xdeadbeef, 0x123456789abL)), I("fd", -1),
	    I("request", 0xdeadbeef), I("argument", 0x123456789ab));
	/* As some programs have it, with the sign of an int: what the register holds. */
	SEE(171, "ioctl", I("res", call(SYS_ioctl, -1, (long)(int)0xdeadbeef, 0L)), I("fd", -1),
	    I("request", 0xffffffffdeadbeef), I("argument", 0));
}

#define LANDLOCK_VERSION 1

static void landlock_ruleset(void)
{
	uint64_t handled = 1; /* LANDLOCK_ACCESS_FS_EXECUTE */
	int file = open("/etc/hosts", O_RDONLY);
	long res = call(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	/* A version is no fd, though there may be one of the number. */
	NEED(res <= 0 || dup2(file, (int)res) == res);
	res = call(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	for (int i = 0; i < 2; i++)
		SEE(33657, "landlock_create_ruleset", I("fd", res), EMPTY("handled_access_fs"),
		    EMPTY("handled_access_net"), EMPTY("scoped"), I("size", 0), I("flags", LANDLOCK_VERSION),
		    CTX_FD_NONE());
	if (res < 0)
		return;
	res = call(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	SEE(33657, "landlock_create_ruleset", I("fd", res), I("handled_access_fs", 1), EMPTY("handled_access_net"),
	    EMPTY("scoped"), I("size", 8), I("flags", 0), CTX_FD_TYPE(GYR_FD_ANON), CTX_FD_NAME("[landlock-ruleset]"),
	    CTX_FD_CLOEXEC(true));
	NEED(res > 0);
}

static void flock_both(void)
{
	const char *path = live_file("file", "");
	int fd = open(path, O_RDONLY), other = open(path, O_RDONLY);

	SEE(243, "flock", I("res", call(SYS_flock, fd, LOCK_EX)), I("fd", fd), I("operation", 2));
	SEE(243, "flock", I("res", call(SYS_flock, other, LOCK_SH | LOCK_NB)), I("fd", other), I("operation", 1 | 4));
	SEE(243, "flock", I("res", call(SYS_flock, fd, LOCK_UN)), I("fd", fd), I("operation", 8));
	SEE(243, "flock", I("res", call(SYS_flock, -1, LOCK_UN)), I("fd", -1), I("operation", 8), CTX_FD_NONE());
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(close_both),   CASE(close_range_both), CASE(dup_all),    CASE(dup2_both),	   CASE(fcntl_all),
		CASE(pipe_both),    CASE(pipe2_both),	    CASE(eventfd_ok), CASE(eventfd2_both), CASE(signalfd_both),
		CASE(timerfd_both), CASE(inotify_both),	    CASE(memfd_both), CASE(pidfd_both),	   CASE(uring_all),
		CASE(ioctl_both),   CASE(landlock_ruleset), CASE(flock_both),
	};

	return live_family("fds", cases, sizeof(cases) / sizeof(cases[0]));
}

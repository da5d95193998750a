/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* fds as such: closed, doubled, and with other flags. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "workload.h"

static int any_number(struct member *m)
{
	return FIRST_FD + below(m, HIGHEST_FD - FIRST_FD);
}

static int close_some(struct member *m)
{
	int err = 0;

	for (unsigned i = 0, n = 1 + below(m, 3); i < n && err == 0; i++) {
		int fd = any_fd(m);

		err = fd < 0 ? fd : refused(SYS(close, fd));
	}
	return err;
}

/* Numbers that are not open are closed by mistake, too. */
static int close_any_number(struct member *m)
{
	return refused(SYS(close, any_number(m)));
}

static int dup_one(struct member *m)
{
	int fd = any_fd(m);

	return fd < 0 ? fd : keep_fd(m, SYS(dup, fd));
}

/* Half of them upon a number that is open. */
static int any_target(struct member *m)
{
	int fd = chance(m, 50) ? any_fd(m) : any_number(m);

	return fd < 0 ? any_number(m) : fd;
}

static int dup_two(struct member *m)
{
	int fd = any_fd(m), to = any_target(m);

	if (fd < 0)
		return fd;
#ifdef SYS_dup2
	return refused(SYS(dup2, fd, to));
#else
	return refused(SYS(dup3, fd, to, 0));
#endif
}

static int dup_three(struct member *m)
{
	int fd = any_fd(m), to = any_target(m);

	return fd < 0 ? fd : refused(SYS(dup3, fd, to, chance(m, 60) ? O_CLOEXEC : 0));
}

static int dup_by_fcntl(struct member *m)
{
	int fd = any_fd(m), from = FIRST_FD + below(m, 60);

	return fd < 0 ? fd : keep_fd(m, SYS(fcntl, fd, F_DUPFD, from));
}

static int dup_by_fcntl_cloexec(struct member *m)
{
	int fd = any_fd(m), from = FIRST_FD + below(m, 60);

	return fd < 0 ? fd : keep_fd(m, SYS(fcntl, fd, F_DUPFD_CLOEXEC, from));
}

static int set_fd_flags(struct member *m)
{
	int fd = any_fd(m);

	return fd < 0 ? fd : refused(SYS(fcntl, fd, F_SETFD, chance(m, 50) ? FD_CLOEXEC : 0));
}

/* Sockets stay nonblocking: no operation may wait. */
static int set_file_flags(struct member *m)
{
	static const int flags[] = {O_APPEND, O_NOATIME, O_DIRECT, O_NONBLOCK, O_ASYNC};
	int fd = any_fd(m), flag = flags[below(m, 5)];
	struct stat st;
	long now;

	if (fd < 0)
		return fd;
	now = SYS(fcntl, fd, F_GETFL, 0);
	if (now < 0 || fstat(fd, &st) != 0)
		return refused(now);
	if (flag == O_NONBLOCK && S_ISSOCK(st.st_mode))
		now |= O_NONBLOCK;
	else
		now ^= flag;
	return refused(SYS(fcntl, fd, F_SETFL, (int)now));
}

static int set_by_ioctl(struct member *m)
{
	int fd = any_fd(m), on = 1;

	if (fd < 0)
		return fd;
	switch (below(m, 4)) {
	case 0:
		return refused(SYS(ioctl, fd, FIOCLEX, NULL));
	case 1:
		return refused(SYS(ioctl, fd, FIONCLEX, NULL));
	case 2:
		return refused(SYS(ioctl, fd, FIONBIO, &on));
	default:
		return refused(SYS(ioctl, fd, FIOASYNC, &on));
	}
}

static int close_any_range(struct member *m, unsigned flags)
{
	unsigned first = any_number(m), last = first + below(m, 20);

	return refused(SYS(close_range, first, chance(m, 10) ? ~0u : last, flags));
}

static int close_one_range(struct member *m)
{
	return close_any_range(m, 0);
}

static int close_range_cloexec(struct member *m)
{
	return close_any_range(m, CLOSE_RANGE_CLOEXEC);
}

static int close_range_unshare(struct member *m)
{
	return close_any_range(m, CLOSE_RANGE_UNSHARE | (chance(m, 40) ? CLOSE_RANGE_CLOEXEC : 0));
}

const struct op fds_ops[] = {
	{"close", close_some, 60, 0},
	{"close_any_number", close_any_number, 4, 0},
	{"dup", dup_one, 12, 0},
	{"dup2", dup_two, 14, 0},
	{"dup3", dup_three, 14, 0},
	{"dupfd", dup_by_fcntl, 8, 0},
	{"dupfd_cloexec", dup_by_fcntl_cloexec, 8, 0},
	{"setfd", set_fd_flags, 14, 0},
	{"setfl", set_file_flags, 14, 0},
	{"ioctl_flags", set_by_ioctl, 8, 0},
	{"close_range", close_one_range, 8, 0},
	{"close_range_cloexec", close_range_cloexec, 5, 0},
	{"close_range_unshare", close_range_unshare, 4, 0},
	{0},
};

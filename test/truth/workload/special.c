/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* fds of what has no name in a file system, or none of its own: pipes, eventfds, ... */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>

#include "workload.h"

static int make_pipe(struct member *m)
{
	int fds[2] = {-1, -1};

#ifdef SYS_pipe
	return keep_two(m, SYS(pipe, fds), fds);
#else
	return keep_two(m, SYS(pipe2, fds, 0), fds);
#endif
}

static int make_pipe2(struct member *m)
{
	static const int flags[] = {0, O_CLOEXEC, O_NONBLOCK, O_CLOEXEC | O_NONBLOCK, O_DIRECT};
	int fds[2] = {-1, -1};

	return keep_two(m, SYS(pipe2, fds, flags[below(m, 5)]), fds);
}

static int make_memfd(struct member *m)
{
	static const char *const names[] = {"m", "a name", "of some length, which no path has", ""};

	return keep_fd(m, SYS(memfd_create, names[below(m, 4)], chance(m, 50) ? MFD_CLOEXEC : MFD_ALLOW_SEALING));
}

static int make_eventfd(struct member *m)
{
#ifdef SYS_eventfd
	if (chance(m, 40))
		return keep_fd(m, SYS(eventfd, 7));
#endif
	return keep_fd(m, SYS(eventfd2, 1, chance(m, 50) ? EFD_CLOEXEC : EFD_NONBLOCK | EFD_SEMAPHORE));
}

static int make_timerfd(struct member *m)
{
	return keep_fd(m, SYS(timerfd_create, CLOCK_MONOTONIC, chance(m, 50) ? TFD_CLOEXEC : TFD_NONBLOCK));
}

static int make_signalfd(struct member *m)
{
	uint64_t set = 1ull << (SIGUSR1 - 1);

	return keep_fd(m, SYS(signalfd4, -1, &set, sizeof(set), chance(m, 50) ? SFD_CLOEXEC : SFD_NONBLOCK));
}

static int make_epoll(struct member *m)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = any_fd(m);
	long ep = -1;

#ifdef SYS_epoll_create
	if (chance(m, 40))
		ep = SYS(epoll_create, 5);
#endif
	if (ep < 0)
		ep = SYS(epoll_create1, chance(m, 50) ? EPOLL_CLOEXEC : 0);
	if (ep >= 0 && fd >= 0)
		SYS(epoll_ctl, (int)ep, EPOLL_CTL_ADD, fd, &event);
	return keep_fd(m, ep);
}

static int make_inotify(struct member *m)
{
	char path[PATH_LEN];
	long fd = SYS(inotify_init1, chance(m, 50) ? IN_CLOEXEC : IN_NONBLOCK);

	if (fd >= 0)
		SYS(inotify_add_watch, (int)fd, worker_dir(m, path), IN_CREATE);
	return keep_fd(m, fd);
}

static int make_fanotify(struct member *m)
{
	return keep_fd(m, SYS(fanotify_init, FAN_CLASS_NOTIF | (chance(m, 50) ? FAN_CLOEXEC : FAN_NONBLOCK), O_RDONLY));
}

static int make_userfaultfd(struct member *m)
{
	return keep_fd(m, SYS(userfaultfd, chance(m, 50) ? O_CLOEXEC : O_NONBLOCK));
}

static int open_pidfd(struct member *m)
{
	return keep_fd(m, SYS(pidfd_open, any_slot(m)->tgid, 0));
}

/* An fd of another process, by its number there. */
static int get_by_pidfd(struct member *m)
{
	long pidfd = SYS(pidfd_open, any_slot(m)->tgid, 0), fd = -EBADF;

	if (pidfd < 0)
		return refused(pidfd);
	for (int i = 0; i < 16 && fd == -EBADF; i++)
		fd = SYS(pidfd_getfd, (int)pidfd, FIRST_FD + below(m, 60), 0);
	SYS(close, (int)pidfd);
	return keep_fd(m, fd);
}

static int make_io_uring(struct member *m)
{
	struct io_uring_params params = {0};

	return keep_fd(m, SYS(io_uring_setup, 2, &params));
}

static int make_bpf_map(struct member *m)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};

	(void)m;
	return keep_fd(m, SYS(bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int open_perf_event(struct member *m)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY,
				       .disabled = 1,
				       .exclude_kernel = 1};

	return keep_fd(m, SYS(perf_event_open, &attr, 0, -1, -1, chance(m, 50) ? PERF_FLAG_FD_CLOEXEC : 0));
}

static int make_landlock(struct member *m)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};

	(void)m;
	return keep_fd(m, SYS(landlock_create_ruleset, &attr, sizeof(attr), 0));
}

static int make_memfd_secret(struct member *m)
{
	return keep_fd(m, SYS(memfd_secret, chance(m, 50) ? O_CLOEXEC : 0));
}

static int open_mq(struct member *m)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 16};
	char name[64]; /* without the slash, which libc takes away */
	long fd;

	snprintf(name, sizeof(name), "truth-%d-%u", m->shared->coordinator, m->worker->number);
	fd = SYS(mq_open, name, O_RDWR | O_CREAT | (chance(m, 50) ? O_NONBLOCK : 0), 0666, &attr);
	if (chance(m, 50))
		SYS(mq_unlink, name);
	return keep_fd(m, fd);
}

static int open_mount_tree(struct member *m)
{
	char path[PATH_LEN];
	unsigned flags = (chance(m, 60) ? OPEN_TREE_CLONE : 0) | (chance(m, 50) ? OPEN_TREE_CLOEXEC : 0);

	return keep_fd(m, SYS(open_tree, AT_FDCWD, worker_dir(m, path), flags));
}

/* Of a file system that is mounted nowhere. */
static int mount_by_fd(struct member *m)
{
	long context = SYS(fsopen, "tmpfs", chance(m, 50) ? FSOPEN_CLOEXEC : 0), fd = context;

	if (context < 0)
		return refused(context);
	if (chance(m, 60)) {
		SYS(fsconfig, (int)context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
		fd = SYS(fsmount, (int)context, chance(m, 50) ? FSMOUNT_CLOEXEC : 0, 0);
		if (chance(m, 50))
			SYS(close, (int)context);
	}
	return keep_fd(m, fd);
}

const struct op special_ops[] = {
	{"pipe", make_pipe, 8, 0},
	{"pipe2", make_pipe2, 8, 0},
	{"memfd", make_memfd, 6, 0},
	{"eventfd", make_eventfd, 6, 0},
	{"timerfd", make_timerfd, 4, 0},
	{"signalfd", make_signalfd, 4, 0},
	{"epoll", make_epoll, 5, 0},
	{"inotify", make_inotify, 3, 0},
	{"fanotify", make_fanotify, 2, 0},
	{"userfaultfd", make_userfaultfd, 3, 0},
	{"pidfd_open", open_pidfd, 5, 0},
	{"pidfd_getfd", get_by_pidfd, 7, 0},
	{"io_uring_setup", make_io_uring, 3, 0},
	{"bpf_map", make_bpf_map, 3, 0},
	{"perf_event", open_perf_event, 3, 0},
	{"landlock", make_landlock, 3, 0},
	{"memfd_secret", make_memfd_secret, 2, 0},
	{"mq_open", open_mq, 4, 0},
	{"open_tree", open_mount_tree, 4, 0},
	{"fsmount", mount_by_fd, 4, 0},
	{0},
};

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What /proc says of the threads of some processes and of their fds. It shares nothing with libgyr: it is what gyr's
 * tables are compared with. It needs root, and reads a moment, not an instant: that nothing moves meanwhile is the
 * caller's to see to.
 */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum walk_type {
	WALK_UNKNOWN,
	WALK_FILE,
	WALK_DIRECTORY,
	WALK_DEVICE,
	WALK_SYMLINK, /* opened with O_PATH | O_NOFOLLOW */
	WALK_PIPE,    /* and FIFOs, which have a path */
	WALK_IPV4,
	WALK_IPV6,
	WALK_UNIX,
	WALK_NETLINK,
	WALK_PACKET,
	WALK_SOCKET, /* of another family */
	WALK_EVENTFD,
	WALK_EPOLL,
	WALK_TIMERFD,
	WALK_SIGNALFD,
	WALK_INOTIFY,
	WALK_FANOTIFY,
	WALK_MEMFD,
	WALK_SECRETMEM,
	WALK_USERFAULTFD,
	WALK_PIDFD,
	WALK_IO_URING,
	WALK_BPF,
	WALK_PERF_EVENT,
	WALK_LANDLOCK,
	WALK_MQUEUE,
	WALK_FSCONTEXT,
	WALK_NAMESPACE, /* /proc/PID/ns/... opened */
	WALK_ANON,	/* another anonymous inode */
	WALK_TYPES_
};

struct walk_fd {
	int fd;
	enum walk_type type;
	bool cloexec;
	uint32_t flags; /* O_..., as fdinfo has them but for O_CLOEXEC */
	uint64_t dev, ino;
	char *name;  /* of the link */
	char *proto; /* of a socket: "TCP", "UDPv6", "UNIX-STREAM", ..., as the kernel calls it; else "" */
	/* Of a socket: "127.0.0.1:80->127.0.0.1:4711", where the peer is "0.0.0.0:0" without one; the path, or "@name"
	   of a unix one; else "". */
	char *address;
};

struct walk_thread {
	int tid, tgid, ppid, pgid, sid;
	char comm[32];
	char *cwd, *root, *exe;	 /* as the links are; "" for one that cannot be read */
	uint32_t uid[4], gid[4]; /* real, effective, saved, of the file system */
	uint64_t cap_inh, cap_prm, cap_eff;
	/* The first thread of the walk that has the same table of fds, the same cwd and root: its own tid, if none
	   does, or if the kernel has no kcmp(). */
	int files, fs;
	size_t fds, n_fds; /* of walk.fds: those of `files` */
};

struct walk {
	struct walk_thread *threads; /* by tgid and tid */
	size_t n_threads;
	struct walk_fd *fds;
	size_t n_fds;
	bool kcmp;
};

/* Threads that are zombies, and those of io_uring, which are the kernel's, are left out. 0 or -errno; walk_free() in
 * any case */
int walk(struct walk *w, const pid_t *pids, size_t n);
void walk_free(struct walk *w);
const struct walk_thread *walk_thread(const struct walk *w, int tid);
const struct walk_fd *walk_fd(const struct walk *w, const struct walk_thread *t, int fd);
const char *walk_type_name(enum walk_type type);

/*
 * A line a thread and a line an fd, each table of fds with its first thread, bytes that are not plain as \xNN:
 *   tid 12 pid=12 ppid=1 pgid=12 sid=1 comm=a\x20b ...
 *   tid 12 fd 3 type=file name=/etc/hosts cloexec=1 flags=0100000 ...
 */
void walk_print(const struct walk *w, FILE *to);

#endif

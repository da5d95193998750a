/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the driver's iterators (iterators.h) say of the host as it is: a record a thread, one more of a process, and one
 * a file descriptor. A record has a multiple of 8 bytes; text is behind it and ends with a NUL before the record does.
 * Any change here changes GYR_WIRE_VERSION.
 */
#ifndef GYR_SEEN_H
#define GYR_SEEN_H

/* The fds of one table that are told; those past this are looked up when they are used. */
#define GYR_SEEN_FDS_MAX 16384

enum gyr_seen_kind {
	GYR_SEEN_THREAD, /* struct gyr_seen_thread; text: the cwd, unless its first thread has the same */
	GYR_SEEN_EXE,	 /* struct gyr_seen; text: the file that the process of the thread before this runs */
	GYR_SEEN_FD,	 /* struct gyr_seen_fd; text: a path, a name, or that of a unix socket */
};

/* gyr_seen.what */
#define GYR_SEEN_PATH	  1 /* the text is a path, else a bare name */
#define GYR_SEEN_DELETED  2 /* what it is the path of is removed */
#define GYR_SEEN_CLOEXEC  4
#define GYR_SEEN_INNER_NS 8  /* in another pid namespace than the host's */
#define GYR_SEEN_USER_NS  16 /* in a user namespace that has other ids than the host's */
#define GYR_SEEN_KERNEL	  32 /* a thread of the kernel's */
#define GYR_SEEN_UNTOLD	  64 /* the text could not be had, though there should be one */

struct gyr_seen {
	unsigned int len; /* of the record with its text */
	unsigned short kind, what;
};

/* Addresses tell who shares: 0 is nobody's. Ids are the host's. Times are those of events, before and after reading. */
struct gyr_seen_thread {
	struct gyr_seen seen;
	unsigned int tid, pid, ppid, pgid, sid;
	unsigned int uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	char comm[16];
	unsigned int unused;
	unsigned long long cap_inheritable, cap_permitted, cap_effective;
	unsigned long long files, fs, cgroups;
	unsigned long long from, to;
};

struct gyr_seen_fd {
	struct gyr_seen seen;
	unsigned int tid;
	int fd;
	unsigned long long files; /* the table */
	unsigned long long file;  /* as GYR_CONTEXT_FILE */
	unsigned long long ino;
	unsigned int mode, dev, magic;		      /* as in a context */
	unsigned short family, type, protocol, state; /* of sockets, as the kernel has them */
	unsigned short lport, rport;		      /* in the order of the host; of IPv4 and IPv6, as: */
	unsigned char laddr[16], raddr[16];
	unsigned long long net; /* the network namespace */
	unsigned long long from, to;
};

#endif

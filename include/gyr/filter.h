/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a capture is to show, decided in the kernel: at the start, and changed while it runs. */
#ifndef GYR_FILTER_OPTS_H
#define GYR_FILTER_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef GYR_API
#define GYR_API __attribute__((visibility("default")))
#endif

struct gyr;

/*
 * What is in, and what is out, which wins. Nothing in: all is, but what is out. Different lists are to be met all. Up
 * to GYR_CHOICES_MAX each.
 */
#define GYR_CHOICES_MAX 4096
struct gyr_ids {
	const uint32_t *in, *out;
	size_t nin, nout;
};
struct gyr_names {
	const char *const *in, *const *out;
	size_t nin, nout;
};

/* By the result of a call: one of -1 to -4095 is a failure, EINPROGRESS and EINTR, too. */
enum gyr_failed {
	GYR_FAILED_TOO,
	GYR_FAILED_NO,	/* only what did not fail; an event without a result did not */
	GYR_FAILED_ONLY /* only calls that failed */
};

/* What an fd stands for, as far as the bytes are concerned that are kept of what is read or written by it. */
enum gyr_data_of {
	GYR_DATA_OF_FILE, /* regular files and directories */
	GYR_DATA_OF_INET, /* IPv4 and IPv6 sockets */
	GYR_DATA_OF_UNIX, /* unix sockets */
	GYR_DATA_OF_PIPE, /* pipes and FIFOs */
	GYR_DATA_OF_OTHER,
	GYR_DATA_OF_
};
#define GYR_DATA_ROOM	 8 /* for those of later versions */
#define GYR_SNAPLEN_NONE UINT32_MAX

/*
 * Set sz to sizeof(struct gyr_filter_opts) and the rest to zero for all there is. Nothing that it points to is needed
 * after the call.
 *
 * What is filtered costs no frame, but for what the tables of threads and fds cannot do without (gyr_stats.state_only):
 * calls that open, close, clone, exec, ... are taken from all threads of the processes and cgroups that are chosen,
 * whatever their tid, uid and comm and however they are sampled; close and connect when they failed, too.
 */
struct gyr_filter_opts {
	size_t sz;
	const char *events; /* "openat,!close,@net": names, !names, @categories, comma between; NULL: all */
	/*
	 * "read:100,write:10": of these system calls, or events of system calls, every 100th and 10th. A CPU counts for
	 * itself and begins with one that is shown. What is passed over is gyr_stats.sampled_out, which counts what is
	 * wanted but for this, @categories aside. They have no events at their entry. What is done by io_uring is not
	 * thinned: with "openat:1000" each io_uring_openat comes. NULL: none.
	 */
	const char *sample;
	enum gyr_failed failed;
	struct gyr_ids pids; /* thread group ids */
	bool follow;	     /* pids: and their descendants, from the call on that names them first */
	struct gyr_ids tids;
	struct gyr_ids uids;	/* effective, in the host's user namespace */
	struct gyr_names comms; /* of which 15 bytes count */
	/*
	 * cgroups of version 2: a path from the root of their hierarchy, as /proc/PID/cgroup has it after "0::"; a path
	 * that begins with the mount point; or an id, in decimal, which is the inode number of the directory. cgroups:
	 * these only; cgroup_trees: with all that is below. containers: the begin of an id, as long as no two have it;
	 * found by the names of cgroups, which must be there. These three are one list: to be in one of them is enough.
	 * Of a process that comes into a cgroup fds may be known as they were when it was last seen.
	 */
	struct gyr_names cgroups, cgroup_trees, containers;
	/* Bytes of data buffers kept; 0: 80. GYR_SNAPLEN_NONE: none, and what there was is marked as cut. */
	uint32_t snaplen;
	/*
	 * ... of what a system call reads or writes by an fd, by what that is, by enum gyr_data_of; 0: snaplen.
	 * GYR_SNAPLEN_NONE: none. Not of operations of io_uring. Those behind GYR_DATA_OF_ have to be 0.
	 */
	uint32_t snaplen_of[GYR_DATA_ROOM];
};

/*
 * Looks at the options alone, which needs no rights and touches nothing: 0, or a negative errno; errbuf, which may be
 * NULL, says what is wrong with them. -EINVAL: they mean nothing; -E2BIG: sz is of a newer version than the library,
 * and what that has added is set; -ENOMEM. Whether there are such processes and cgroups is not looked at.
 */
GYR_API int gyr_filter_check(const struct gyr_filter_opts *opts, char *errbuf, size_t errbuf_sz);

/*
 * Changes a running capture, in all at once: an event is judged by the old options or by the new. What
 * gyr_live_opts has beside the filter (events at entries, latencies, rings, the delay) stays as it was opened. Each
 * call takes some KiB until what was captured before it has been read, or gyr_next has found nothing. 0: from return on
 * all that happens is judged by the new ones, and what has been captured before can still be read. What happens during
 * the call, which takes some milliseconds (or seconds, if programs have to be loaded for events that were not wanted so
 * far), may be judged by either. On failure all is as it was; gyr_errmsg has the reason:
 * -EINVAL: not what gyr_filter_check takes, or the capture was stopped; -E2BIG: as there, or a cgroup that is too deep;
 * -ENOMEM; -ENOENT: no such cgroup or container;
 * -ENOTUNIQ: several containers; -EOPNOTSUPP: no cgroups of version 2, or pids and tids from within a pid namespace;
 * -ENOSPC: too many; -EPERM: loading programs, and any change at all, needs the rights that gyr_open_live does.
 */
GYR_API int gyr_filter_set(struct gyr *g, const struct gyr_filter_opts *opts);

#ifdef __cplusplus
}
#endif
#endif

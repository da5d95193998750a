/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libgyr: system call events of a Linux host.
 *
 * Threads: a handle belongs to one thread at a time; any number of handles, any number of threads. The library has no
 * globals, prints nothing and never exits.
 * Errors: functions that can fail return a negative errno. gyr_errmsg() says it in words and what to do about it; for
 * the open functions, which have no handle yet, put a buffer in the options.
 */
#ifndef GYR_GYR_H
#define GYR_GYR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gyr/event.h>
#include <gyr/filter.h>
#include <gyr/state.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef GYR_API
#define GYR_API __attribute__((visibility("default")))
#endif

struct gyr;

enum gyr_log_level { GYR_LOG_WARN, GYR_LOG_INFO, GYR_LOG_DEBUG };
/*
 * Called by the thread that is in a function of the handle, most of all gyr_open_live, gyr_filter_set and gyr_next, and
 * before that returns. msg is one line without the newline, and valid until the callback returns. It must not call
 * functions of the library: the handle is in the middle of something, and a lock may be held.
 */
typedef void (*gyr_log_fn)(void *ctx, enum gyr_log_level level, const char *msg);

/*
 * Set sz to sizeof(struct gyr_live_opts) and the rest to zero for defaults. Strings are copied.
 *
 * Events leave the kernel in batches. A negative delay_ms makes each a record of its own, which costs more, and which
 * gyr_next(..., 0) finds at once.
 */
struct gyr_live_opts {
	size_t sz;
	const char *probe;  /* path of a probe object; NULL: $GYR_PROBE, else the one in the library */
	const char *events; /* "openat,!close,@net": names, !names, @categories, comma between; NULL: all */
	const int *pids;    /* only these processes (thread group ids); NULL: all */
	size_t npids;
	bool follow;	  /* with pids: and their descendants, from now on */
	const char *comm; /* only threads of this name (15 bytes count); what others do is seen by state all the same */
	size_t ring_bytes; /* of each CPU's ring; rounded up to a power of two, 128 KiB at least; 0: 8 MiB */
	uint32_t snaplen;  /* bytes of data buffers kept; 0: 80, GYR_SNAPLEN_NONE: none */
	int delay_ms;	   /* an event reaches a waiting reader within this; 0: 50; < 0: 50, and see below */
	gyr_log_fn log;
	void *log_ctx;
	char *errbuf; /* where a failed open says why; may be NULL */
	size_t errbuf_sz;
	/* Path of the kernel's BTF, for a kernel that does not bring its own; NULL: $GYR_BTF, else the kernel's. */
	const char *btf;
	/*
	 * open, openat, openat2, creat and connect have an event at their entry as well, with what the caller's memory
	 * holds then, which it may change until they return. What is not in memory then, as it was not touched yet, is
	 * empty there. Not for 32-bit callers.
	 */
	bool enter;
	/* Events of system calls have gyr_event_latency(). Costs at each entry of a call that is wanted, and at its
	 * exit. */
	bool latency;
	/* More to choose by; then events, pids, follow, comm and snaplen above are to be unset. NULL: those. */
	const struct gyr_filter_opts *filter;
	/*
	 * What the tables of threads and fds may take, in bytes; 0: 256 MiB, and less than 1 MiB is 1 MiB. What does
	 * not fit is not known, until it is looked up; of threads those go that were silent longest.
	 */
	uint64_t state_bytes;
};

/*
 * Looks at `events` of the options alone, which needs no rights and touches nothing: 0, or -EINVAL when it names what
 * is not there; errbuf, which may be NULL, says what and what may have been meant.
 */
GYR_API int gyr_check_events(const char *events, char *errbuf, size_t errbuf_sz);

/*
 * Captures from return on, all processes but the caller's own. In another pid namespace than the host's the ids in
 * events are not those that the caller sees: pids are refused with -EOPNOTSUPP, and nothing is known of what was there
 * before, of which the log callback warns. Needs CAP_BPF + CAP_PERFMON, or CAP_SYS_ADMIN; CAP_SYS_PTRACE to read /proc
 * of others; and CAP_IPC_LOCK for rings of more than the sysctl kernel.perf_event_mlock_kb allows to all.
 * -EINVAL: options that mean nothing; -E2BIG: sz is of a newer version than the library, and what that has added is
 * set; -ENOMEM; others as errbuf says, which is written whenever sz covers errbuf and errbuf_sz.
 */
GYR_API int gyr_open_live(const struct gyr_live_opts *opts, struct gyr **out);

/* As gyr_live_opts: sz, and the rest zero for defaults. */
struct gyr_host_opts {
	size_t sz;
	gyr_log_fn log;
	void *log_ctx;
	char *errbuf;
	size_t errbuf_sz;
};

/*
 * The threads and fds of this host as /proc has them, read once before it returns, and no capture: no BPF, and no
 * rights but to /proc. Without CAP_SYS_PTRACE the cwd, exepath and fds of other users' threads are unknown
 * (GYR_FEATURE_PTRACE in gyr_lost_features). The ids are those of /proc, also in another pid namespace than the
 * host's. opts may be NULL; errors as of gyr_open_live.
 *
 * gyr_next and gyr_discard of such a handle return 0 at once, whatever the timeout, gyr_stop 0, and gyr_stats_read has
 * nothing but zeros. gyr_filter_set and gyr_poll_fd: -ENOTSUP.
 */
GYR_API int gyr_open_host(const struct gyr_host_opts *opts, struct gyr **out);

/*
 * The next event in order of time: 1 with *ev set, 0 when none came within timeout_ms (-1: wait for ever) or after
 * gyr_stop() when all have been read. With timeout_ms 0 the answer is 0, too, after many events that are not for the
 * caller: gyr_poll_fd is readable then. *ev, and all that is reached from it, stays valid until the next call on the
 * handle.
 *
 * -EINTR: a signal was handled while waiting, with SA_RESTART or without; nothing is lost, call again. On other errors
 * gyr_errmsg has the reason.
 */
GYR_API int gyr_next(struct gyr *g, const struct gyr_event **ev, int timeout_ms);

/* Stops producing; what was captured before can still be read. */
GYR_API int gyr_stop(struct gyr *g);
GYR_API void gyr_close(struct gyr *g);

/* The last error on the handle in words; "" when there was none. Valid until the next call on the handle. */
GYR_API const char *gyr_errmsg(const struct gyr *g);

/*
 * For a poll loop of the caller's own: readable when events may be waiting, and, as gyr_next does what is due from time
 * to time, twice within delay_ms besides. Call gyr_next(g, &ev, 0) until it returns 0, then poll again. A handle of
 * gyr_open_host has none.
 */
GYR_API int gyr_poll_fd(const struct gyr *g);

/*
 * produced = delivered + lost + pending, and lost = the sum of the lost_ fields, at any time; after gyr_stop and
 * reading to the end pending is 0. Events that the library captures only to keep state, and does not hand out, are not
 * in produced (but count in the lost_ fields when they are lost: the driver cannot tell).
 *
 * The event cpu_hotplug is the library's own, and counted like any other. It has the time at which the library saw
 * that a CPU has come (action 1) or gone (2), is of no thread, and comes whatever processes are chosen. Calls on a CPU
 * that has come wait in memory for its ring to be opened; when that is full they are lost_no_ring.
 *
 * lost_busy has two parts: what the driver saw and had no room for, and what the kernel says that it did not show to a
 * program of the driver which was running on that CPU already (bpf_prog_info.recursion_misses, from 5.12 on). These may
 * be system calls that were not wanted. A birth that was not shown is no lost event and not counted, but that
 * descendant of the chosen processes is not followed. It may happen on 7.2 and newer kernels: often where
 * GYR_FEATURE_UNPREEMPTED is lost; else where a thread that is in bpf(2) with a map, anybody's, is preempted.
 *
 * compat counts the system calls of 32-bit callers where they are not reported: on aarch64, there with execs that make
 * a 64-bit program of a 32-bit one or the reverse, and where GYR_FEATURE_COMPAT is lost.
 */
struct gyr_stats {
	size_t sz; /* in: sizeof(struct gyr_stats), by which the library knows the caller's version */
	uint64_t produced;
	uint64_t delivered;	 /* handed out by gyr_next */
	uint64_t pending;	 /* captured and not read yet */
	uint64_t lost;		 /* all of: */
	uint64_t lost_ring_full; /* the reader was too slow */
	uint64_t lost_no_ring;	 /* a CPU came online and had no ring yet */
	uint64_t lost_busy;	 /* the event came while another was being built on that CPU; see above */
	uint64_t lost_bug;	 /* a filler broke its own declaration, or the frame did not parse: a bug of gyr */
	uint64_t lost_error;	 /* the kernel refused the record for another reason */
	uint64_t lost_unread;	 /* captured, and thrown away by gyr_discard */
	/* Not losses. */
	uint64_t state_only;   /* events used for state and not handed out */
	uint64_t user_faults;  /* params left empty because the memory of the process could not be read */
	uint64_t compat;       /* 32-bit system calls that are not reported; see above */
	uint64_t unknown;      /* system calls with a number this version does not know */
	uint64_t rings_opened; /* rings opened after the start, for CPUs that came online */
	uint64_t sampled_out;  /* calls that were wanted, but passed over by gyr_filter_opts.sample */
	/* Of the tables of threads and fds. */
	uint64_t state_bytes;	  /* what they take now */
	uint64_t state_evicted;	  /* threads that had to go */
	uint64_t state_dropped;	  /* fds and names that there was no room for */
	uint64_t state_lookups;	  /* threads and fds that were looked up */
	uint64_t state_refreshed; /* processes that were looked at again, as events were lost, or did not tell it all */
};
GYR_API int gyr_stats_read(struct gyr *g, struct gyr_stats *out);

/* After gyr_stop: counts all that is pending as lost_unread. */
GYR_API int gyr_discard(struct gyr *g);

/*
 * What a capture can do without, when the kernel or the caller's rights lack it. gyr_open_live goes on then, and warns
 * of each by the log callback (GYR_LOG_INFO for what makes no other difference than in cost).
 */
enum gyr_feature {
	GYR_FEATURE_BTF_PROGRAMS, /* tp_btf: the kernel has BTF, and no other was given */
	GYR_FEATURE_TASK_BTF,	  /* bpf_get_current_task_btf */
	GYR_FEATURE_UNPREEMPTED,  /* programs at sys_exit are not preempted, or do not have to be at a raw tracepoint */
	GYR_FEATURE_FILLERS,	  /* the verifier takes the programs of all system calls that are wanted */
	GYR_FEATURE_FORK,	  /* sched_process_fork */
	GYR_FEATURE_FREE,	  /* sched_process_free */
	GYR_FEATURE_EXIT,	  /* sched_process_exit */
	GYR_FEATURE_CHILD,	  /* sched_process_fork, where the child's clone event comes from it (aarch64) */
	GYR_FEATURE_SIGNAL,	  /* signal_deliver */
	GYR_FEATURE_SWITCH,	  /* sched_switch */
	GYR_FEATURE_FAULT,	  /* page_fault_user, and page_fault_kernel (x86 only) */
	GYR_FEATURE_FAULT_KERNEL,
	GYR_FEATURE_ENTER,	   /* perf's tracepoints at the entry of system calls */
	GYR_FEATURE_COMPAT,	   /* the program that system calls of 32-bit callers go through (x86_64) */
	GYR_FEATURE_LATENCY,	   /* sys_enter, for latencies */
	GYR_FEATURE_TASK_STORAGE,  /* a place of its own in every thread, for the time of its last entry */
	GYR_FEATURE_URING,	   /* io_uring's tracepoints: io_uring_submit_req, or _sqe, and io_uring_complete */
	GYR_FEATURE_URING_REFUSED, /* io_uring_req_failed */
	GYR_FEATURE_RUN_ON_CPU,	   /* running a program on a CPU of choice */
	GYR_FEATURE_MEMBARRIER,	   /* membarrier's global command */
	GYR_FEATURE_PTRACE,	   /* CAP_SYS_PTRACE, for the /proc of others */
	GYR_FEATURE_HOST_IDS,	   /* the caller is in the pid namespace of the host */
	GYR_FEATURE_CGROUP2,	   /* cgroups of version 2, mounted, to choose by them and by containers */
	GYR_FEATURES
};
/*
 * A bit, 1 << feature, for each that this capture has to do without. gyr_filter_set may add some, of which the log
 * callback is told: what only the new events need is looked for then.
 */
GYR_API uint64_t gyr_lost_features(const struct gyr *g);
/* A word or two, and what is lost without it as part of a sentence; NULL when there is no such feature. */
GYR_API const char *gyr_feature_name(enum gyr_feature feature);
GYR_API const char *gyr_feature_lost(enum gyr_feature feature);

/* What this host can do. `ok` false with `required` set: gyr_open_live would fail. */
struct gyr_check {
	char name[32];
	bool ok;
	bool required;
	char found[96];
	char advice[192]; /* what to do when !ok */
};
/*
 * Fills up to n entries; returns how many there are, or a negative errno. Of the options probe, btf and log count; the
 * callback gets what libbpf and the verifier say (GYR_LOG_DEBUG). opts may be NULL.
 */
GYR_API int gyr_check_host(const struct gyr_live_opts *opts, struct gyr_check *out, size_t n);

GYR_API const char *gyr_version(void);

#ifdef __cplusplus
}
#endif
#endif

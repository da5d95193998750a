/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Live tests: a workload runs in a child, makes system calls and states what must be seen of each, from what it did
 * and what the kernel told it by other ways (stat, getsockname, /proc, ...). The parent captures, and compares param by
 * param. Neither the schema nor the driver is asked what is right.
 *
 * Of a thread, all events of the kinds that it states must be seen: no less, no more, in that order. So the calls that
 * serve to find the truth have to be of other kinds than the calls under test.
 */
#ifndef GYR_TEST_LIVE_HARNESS_H
#define GYR_TEST_LIVE_HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gyr/gyr.h>

#include "old_calls.h"

struct live_case {
	const char *name;
	void (*run)(void);
	void (*before)(void); /* before the capture begins; may be NULL */
	bool wrong;	      /* it states what is not so, and must be found out: tests the harness */
	bool execs;	      /* it ends as another program, with 0 */
	const void *of;	      /* live_of() */
};
/* clang-format off */
#define CASE(fn) {#fn, fn, NULL, false, false, NULL}
#define CASE_AFTER(before, fn) {#fn, fn, before, false, false, NULL}
#define CASE_WRONG(fn) {#fn, fn, NULL, true, false, NULL}
#define CASE_EXECS(fn) {#fn, fn, NULL, false, true, NULL}
/* clang-format on */

/* What the capture of a family is asked for, beside all that comes unasked. */
struct live_asks {
	const char *events; /* as in struct gyr_live_opts; NULL: all */
	bool enter;	    /* the events at entries, too */
};

/*
 * Runs every case under one capture, then judges each in a test of its own. For main(): returns the exit code.
 * live_family asks for what the file's SEEs name (LIVE_EVENTS, test/CMakeLists.txt): to load all takes long in a guest.
 */
#define live_family(family, cases, n) live_family_of(family, cases, n, &(struct live_asks){.events = LIVE_EVENTS})
int live_family_of(const char *family, const struct live_case *cases, size_t n, const struct live_asks *asks);

/*
 * The same for any number of cases, in any order of calls: one process makes their processes in turn, each when the
 * one before has ended, after `prepare` has made it what they are to be. They have no directory, and make no system
 * call of their own accord before `run`; in it, only SEE_OF(live_self(), ...) makes none. _exit is called after it.
 */
int live_nursery(const char *family, const struct live_case *cases, size_t n, void (*prepare)(void));
/* Of the running case. */
const void *live_of(void);
long live_self(void);

/* ---- why a suite cannot run here ---- */

#define LIVE_SKIP 77 /* what ctest takes for skipped */

bool live_kernel_before(int major, int minor);
/*
 * Does the kernel preempt threads in the middle of what BPF does for them? From 7.2 on calls may be hidden from
 * programs for it, which lost_busy counts (docs/architecture.md); before, none are.
 */
bool live_preempts(void);

/* False with the reason on stdout: no root, or a kernel without what BPF needs at all. */
bool live_possible(const char *suite);

/* ---- in a workload ---- */

/* A system call as the kernel answers it: the result, or a negative errno. Skips the case if there is none. */
#define call(nr, ...) live_ret(syscall(live_nr(nr, #nr), ##__VA_ARGS__))
long live_nr(long nr, const char *name);
long live_ret(long ret);

/* The workload itself cannot go on: a failed test, with the text. */
void live_trouble(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4), noreturn));
#define NEED(cond)                                                                                                     \
	do {                                                                                                           \
		if (!(cond))                                                                                           \
			live_trouble(__FILE__, __LINE__, "%s: %s", #cond, strerror(errno));                            \
	} while (0)

/* This host cannot run the case: not a failure; the reason is printed. */
void live_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A directory of the case's own; removed with all that is in it. */
const char *live_dir(void);
/* A path in it. Static storage, four at a time. */
const char *live_path(const char *name);
/*
 * The same path as the host has it: another one when the tests run in a chroot. Static storage. The first call of a
 * case needs CAP_SYS_CHROOT.
 */
const char *live_host_path(const char *path);
/* A file of that name and content in it. */
const char *live_file(const char *name, const char *content);

enum live_kind {
	LIVE_INT,
	LIVE_RANGE,
	LIVE_BYTES,
	LIVE_EMPTY,
	LIVE_ANY,
	LIVE_DYN,
	LIVE_UNIX,   /* a tuple of unix sockets: two pointers that only the kernel knows, and a path */
	LIVE_STARTS, /* bytes that it begins with */
	/* Not params but the context of the event. */
	LIVE_CATEGORY,
	LIVE_FD_NAME,
	LIVE_FD_TYPE,
	LIVE_FD_CLOEXEC,
	LIVE_FD_NONE,
	LIVE_COMM,
	LIVE_CWD,
	LIVE_EXE,
	LIVE_EXEPATH,
	LIVE_ARGS,
	LIVE_PID,
	LIVE_PPID,
	LIVE_UID,
	LIVE_GID,
	LIVE_COMPAT,
};

struct live_val {
	enum live_kind kind;
	const char *name;
	uint64_t num, max;
	const void *data;
	size_t len;
};

#define I(param, v)	      ((struct live_val){LIVE_INT, param, (uint64_t)(v), 0, NULL, 0})
#define RANGE(param, lo, hi)  ((struct live_val){LIVE_RANGE, param, (uint64_t)(lo), (uint64_t)(hi), NULL, 0})
#define S(param, str)	      ((struct live_val){LIVE_BYTES, param, 0, 0, str, strlen(str) + 1})
#define B(param, p, n)	      ((struct live_val){LIVE_BYTES, param, 0, 0, p, n})
#define STARTS(param, p, n)   ((struct live_val){LIVE_STARTS, param, 0, 0, p, n})
#define EMPTY(param)	      ((struct live_val){LIVE_EMPTY, param, 0, 0, NULL, 0})
#define ANY(param, why)	      ((struct live_val){LIVE_ANY, param, 0, 0, why, 0})
#define DYN(param, idx, p, n) ((struct live_val){LIVE_DYN, param, idx, 0, p, n})
/* The end that has the path, or should, is a socket that was not bound. */
#define UNIX_UNNAMED(param) ((struct live_val){LIVE_UNIX, param, 0, 0, NULL, 0})
#define UNIX(param, path)   ((struct live_val){LIVE_UNIX, param, 0, 0, path, strlen(path) + 1})

#define CTX_CATEGORY(str)  ((struct live_val){LIVE_CATEGORY, "category", 0, 0, str, strlen(str) + 1})
#define CTX_FD_NAME(str)   ((struct live_val){LIVE_FD_NAME, "fd name", 0, 0, str, strlen(str) + 1})
#define CTX_FD_TYPE(t)	   ((struct live_val){LIVE_FD_TYPE, "fd type", t, 0, NULL, 0})
#define CTX_FD_CLOEXEC(on) ((struct live_val){LIVE_FD_CLOEXEC, "fd cloexec", on, 0, NULL, 0})
#define CTX_FD_NONE()	   ((struct live_val){LIVE_FD_NONE, "no fd", 0, 0, NULL, 0})
#define CTX_COMM(str)	   ((struct live_val){LIVE_COMM, "comm", 0, 0, str, strlen(str) + 1})
#define CTX_CWD(str)	   ((struct live_val){LIVE_CWD, "cwd", 0, 0, str, strlen(str) + 1})
#define CTX_EXE(str)	   ((struct live_val){LIVE_EXE, "exe", 0, 0, str, strlen(str) + 1})
#define CTX_EXEPATH(str)   ((struct live_val){LIVE_EXEPATH, "exepath", 0, 0, str, strlen(str) + 1})
#define CTX_ARGS(p, n)	   ((struct live_val){LIVE_ARGS, "args", 0, 0, p, n})
#define CTX_PID(v)	   ((struct live_val){LIVE_PID, "pid", v, 0, NULL, 0})
#define CTX_PPID(v)	   ((struct live_val){LIVE_PPID, "ppid", v, 0, NULL, 0})
#define CTX_UID(v)	   ((struct live_val){LIVE_UID, "uid", v, 0, NULL, 0})
/* By a 32-bit caller, or not. Where it is not stated, not. */
#define CTX_COMPAT(on) ((struct live_val){LIVE_COMPAT, "compat", on, 0, NULL, 0})
#define CTX_GID(v)     ((struct live_val){LIVE_GID, "gid", v, 0, NULL, 0})

/* The calling thread made an event of this type (scap's number) and name, with exactly these params. */
#define SEE(type, name, ...) SEE_OF(0, type, name, __VA_ARGS__)
/* The same for another thread. */
#define SEE_OF(tid, type, name, ...)                                                                                   \
	live_see(__LINE__, tid, type, name, (const struct live_val[]){__VA_ARGS__},                                    \
		 sizeof((const struct live_val[]){__VA_ARGS__}) / sizeof(struct live_val))
void live_see(int line, long tid, uint16_t type, const char *name, const struct live_val *vals, size_t n);
/*
 * An event of any thread, which may be one of the kernel's for the process: told from others of its kind by its first
 * value, a number, of which there are as many on the host as are stated, in that order.
 */
#define SEE_ANYWHERE(type, name, ...) SEE_OF(LIVE_ANYWHERE, type, name, __VA_ARGS__)
#define LIVE_ANYWHERE		      (-2)
/* Of this kind nothing more is seen than what is stated: for a kind of which nothing is stated. */
#define SEE_NO(type, name) live_see(__LINE__, -1, type, name, NULL, 0)

/* A device number as it is on the wire: the kernel's own encoding, as in the low half of st_dev. */
static inline uint32_t live_dev(const struct stat *st)
{
	return (uint32_t)st->st_dev;
}

/* Waits for a child (-1: any) without a system call that could be under test; its wait status. */
int live_wait(long pid);

/* What /proc/self/statm says, in KiB: exact for the size, and batched by CPU for the resident part. */
uint64_t live_vm_size(void);

/* The param that a process's cgroups are: controller=path, each with its NUL; in scap's order of controllers. */
struct live_val live_cgroups(const char *param);

/* ---- shared with tests that do not state events ---- */

/* Opens with these options, to which it adds sz, and errbuf: on failure the reason is in a check failure. */
struct gyr *live_begin(struct gyr_live_opts *o);
/* Only these events, all the rest by default; pids with their descendants. */
struct gyr *live_open_or_fail(const char *events, const int *pids, size_t npids, size_t ring_bytes);

/*
 * The account of a capture that has been stopped and read to its end: nothing pending, what was produced was delivered
 * or lost, and lost is only what a kernel that preempts programs did not show.
 */
struct gyr_stats live_account(struct gyr *g);
/* Stops it, reads what is left, and has the account checked; closes it. */
void live_finish(struct gyr *g);

/* Blocks a forked child until live_release(); the child dies with its parent. */
void live_hold(void);
void live_release(int pid);
/* To be called before forking a child that holds. */
void live_prepare(void);

/* A child that waits, does something and ends with 0. */
int live_start(void (*act)(void));
/* ... and has ended when this returns. */
void live_let_go(int pid);

/* What this process holds of the kernel's BPF: who else captures does not count. */
enum live_bpf { LIVE_PROG, LIVE_MAP };
/* An fd of one of that name, or -1. */
int live_own_bpf(enum live_bpf kind, const char *name);
/* Names of the programs, sorted; returns how many there are. */
#define LIVE_PROGS_MAX 1024
size_t live_own_programs(char names[LIVE_PROGS_MAX][16]);

/* Milliseconds that only grow: for bounds on waiting, never for judging. */
int64_t live_ms(void);
#define LIVE_PATIENCE 30000

#endif

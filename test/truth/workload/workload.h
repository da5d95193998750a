/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * truth-workload: processes and threads that change what the kernel knows of them, at random but by a seed.
 *
 * The coordinator (coordinator.c) starts workers. Of a worker, the keeper (keeper.c) draws the operations and hands
 * them to the members (member.c): threads, of several processes, which descend from one that the keeper forked. Only
 * keepers know what comes next, and they do nothing themselves that a table of threads or fds would have to follow. All
 * of them share the memory of a file, which a member maps again after an exec.
 *
 * Operations are rows of the tables in files.c, dirs.c, fds.c, special.c, socks.c, pass.c, uring.c, ids.c, names.c,
 * procs.c and namespaces.c. A refused one is counted, and otherwise as good as one that was done.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum {
	MAX_WORKERS = 4,
	MAX_SLOTS = 12,	   /* threads of a worker's members */
	MAX_PROCESSES = 4, /* of a worker's members */
	MAX_PARALLEL = 4,  /* members of a worker that work at the same time */
	MAX_OPS = 160,
	FIRST_FD = 3,	  /* 0 to 2 stay, for what a member that fails has to say */
	HIGHEST_FD = 180, /* numbers that are asked for */
	CROWDED_FD = 140, /* what gets a number from here on makes the member close some */
	FD_LIMIT = 200,
	PATH_LEN = 512,
	DIR_LEN = 256, /* of the run's own directory */
};

enum slot_state {
	SLOT_FREE,
	SLOT_STARTING, /* for the child of the operation that has it */
	SLOT_IDLE,
	SLOT_BUSY,
	SLOT_DYING, /* the thread has said so, and is on its way */
};

/* A member. The keeper writes what is to be done, and then `go`; the member writes the result, and then `state`. */
struct slot {
	_Atomic uint32_t go; /* futex */
	uint32_t taken;	     /* the `go` of the last operation: here, since it has to outlive an exec */
	_Atomic uint32_t state;
	int32_t tid, tgid; /* as /proc has them */
	uint32_t op;
	uint64_t seed;
	uint32_t new_slot; /* for a child */
	uint32_t parent;   /* the slot that it began in */
	int32_t result;
	bool pidns;   /* of another pid namespace than /proc's, or its children are */
	bool spoiled; /* lost rights that it does not get back: such a one ends before others do */
};

struct count {
	uint32_t done, refused;
};

struct worker {
	int32_t keeper;
	uint32_t number;
	uint32_t quota;	       /* operations of this phase */
	_Atomic uint32_t done; /* futex: grows with everything that a member does */
	struct slot slots[MAX_SLOTS];
	struct count counts[MAX_OPS];
};

struct shared {
	int32_t coordinator;
	uint32_t workers, parallel;
	int64_t deadline; /* CLOCK_MONOTONIC, ns: nobody lives longer */
	uint64_t seed;
	_Atomic uint32_t phase; /* futex: the coordinator's word for "go on" */
	_Atomic uint32_t still; /* futex: keepers that have come to rest */
	_Atomic uint32_t stop;
	_Atomic uint32_t failed;
	char why[256]; /* what failed; the first one writes */
	char exe[PATH_LEN];
	char dir[DIR_LEN];
	struct worker worker[MAX_WORKERS];
};

/* What an operation gets. */
struct member {
	struct shared *shared;
	struct worker *worker;
	struct slot *slot;
	uint64_t random;
	bool pthread; /* of pthread_create() in this process */
};

enum op_flags {
	OP_ONE = 1,	    /* no two such at a time in a worker: they start, end or re-identify threads */
	OP_ALONE = 2,	    /* nothing else at the time in a worker: it ends other threads */
	OP_NEW_THREAD = 4,  /* needs a free slot */
	OP_NEW_PROCESS = 8, /* needs a free slot, and fewer than MAX_PROCESSES */
	OP_ENDS_THREAD = 16,
	OP_ENDS_PROCESS = 32,
	OP_SPOILS = 64,	 /* takes rights for good */
	OP_EXEC = 128,	 /* what is done is said by the new program */
	OP_KEEPER = 256, /* the keeper does it itself */
};

struct op {
	const char *name;
	int (*run)(struct member *m); /* 0: done; less: refused, -errno */
	int weight;
	int flags;
};

/* What `run` returns in a process that began in it. */
#define BEGAN INT32_MAX

/* The tables end with a row without a name. */
extern const struct op files_ops[], dirs_ops[], fds_ops[], special_ops[], socks_ops[], pass_ops[], uring_ops[],
	ids_ops[], names_ops[], procs_ops[], namespaces_ops[];

/* ops.c */
size_t ops_count(void);
const struct op *op_at(size_t number);
/* An operation by chance, by weight. */
size_t op_draw(uint64_t *random);
size_t op_find(const char *name);

/* coordinator.c, keeper.c, settle.c, member.c */
struct options {
	uint64_t seed;
	uint32_t ops, phases, workers, parallel;
	int quiet_fd, ready_fd, limit_s;
	const char *dir;
};
int coordinate(const struct options *options);
struct shared *shared_map(const char *dir);
_Noreturn void keeper_main(struct shared *shared, struct worker *worker);
/* Runs operations until the thread is to end, which is the caller's to do. */
void member_run(struct member *m);
/* member_run() and the end, for the first thread of a process. */
_Noreturn void member_main(struct shared *shared, struct worker *worker, struct slot *slot);
/* Says that the slot's thread ends now: nothing can be said later. */
void member_dies(const struct member *m);
/* For the keeper: puts things right until all slots have the threads that there are, and no dead child waits. */
bool settle(struct shared *shared, struct worker *worker);
/* Waits until every member has done what it was told; one that is gone for another reason loses its slot. */
bool await_members(struct shared *shared, struct worker *worker);
/* fail(), if a member has not done what it was told */
void say_who_hangs(struct shared *shared, const struct worker *worker);
/* Waits until every member sleeps. */
bool await_sleep(struct shared *shared, struct worker *worker);
void hand_out(struct slot *slot, size_t op, uint64_t seed, uint32_t new_slot);
/* Whether what a member starts could tell who it is. */
bool can_have_children(const struct member *m, bool new_pidns);
/* Keeps what the first says that failed; the coordinator ends the run. */
void fail(struct shared *shared, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* util.c */
int64_t now_ns(void);
void sleep_us(unsigned us);
void futex_wait(_Atomic uint32_t *word, uint32_t value, unsigned ms);
void futex_wake(_Atomic uint32_t *word);
uint64_t random_next(uint64_t *state);
/* 0 to n - 1 */
uint32_t below(struct member *m, uint32_t n);
bool chance(struct member *m, uint32_t percent);
/* An open fd by chance, or -EBADF. */
int any_fd(struct member *m);
/* ... of these file types (1 << S_IFDIR >> 12, ...) */
int any_fd_of(struct member *m, unsigned types);
#define FD_OF(type) (1u << ((type) >> 12))
/* Takes what a call gave that makes an fd, and says it as an operation does. Keeps the number of fds in bounds. */
int keep_fd(struct member *m, long fd);
int keep_two(struct member *m, long result, const int fds[2]);
/* The thread of another member that is alive, or this one's own; never of another worker. */
const struct slot *any_slot(struct member *m);
const struct slot *any_thread_of_own(struct member *m);

/* Paths of the worker's directory: a few names, so that operations meet. buf: PATH_LEN bytes */
const char *any_file(struct member *m, char *buf);
const char *any_dir(struct member *m, char *buf);
const char *any_link(struct member *m, char *buf);
const char *worker_dir(const struct member *m, char *buf);

/* A system call as the kernel has it, whatever libc makes of the function: -errno when it fails. */
#define SYS(name, ...) sys_result(syscall(SYS_##name, ##__VA_ARGS__))
static inline long sys_result(long result)
{
	return result < 0 ? -errno : result;
}

static inline int refused(long result)
{
	return result < 0 ? (int)result : 0;
}

#endif

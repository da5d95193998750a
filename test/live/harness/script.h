/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a workload states, in memory shared with the parent; and what the parent saw. Between the harness's files only.
 */
#ifndef GYR_TEST_LIVE_SCRIPT_H
#define GYR_TEST_LIVE_SCRIPT_H

#include <stdatomic.h>

#include "harness.h"

#define STEPS_MAX 1088
#define VALS_MAX  44
#define POOL_SIZE (256 * 1024)

struct step {
	_Atomic bool stated; /* written last: threads state side by side */
	int line;
	long tid; /* -1: any thread of the case; LIVE_ANYWHERE */
	uint16_t type;
	const char *name;
	uint32_t nvals;
	struct live_val vals[VALS_MAX]; /* data points into the pool */
};

struct script {
	_Atomic uint32_t nsteps, used;
	_Atomic bool skipped, finished;
	char trouble[512]; /* why the workload could not go on, or is skipped */
	char dir[64];
	int pid;
	const void *of;
	struct step steps[STEPS_MAX];
	char pool[POOL_SIZE];
};

extern struct script *live_script; /* the child's own; NULL in the parent */

/* The parent's view of all cases. */
struct family {
	const struct live_case *cases;
	size_t n;
	struct live_asks asks;
	struct script **scripts;
	struct seen *seen, **tail;
	struct gyr *g;
	char *common; /* what is wrong with the capture as a whole */
	char **verdicts;
	void (*prepare)(void); /* the cases are a nursery's */
};

struct script *script_new(void);
/* Takes what there is; false when there is nothing more for now. */
bool family_pump(struct family *f, int timeout_ms);
/* What is wrong with how a case ended, into its script. */
void family_check_end(struct script *sc, const struct live_case *c, int status);
int family_open(struct family *f, const int *pids, size_t npids);
/* nursery.c: runs the cases; false: there is no capture. */
bool nursery_run(struct family *f);

struct seen_param {
	const char *name;
	uint32_t off, len;
	uint64_t num;
	bool dyn;
};

struct seen {
	struct seen *next;
	uint64_t tid, ts;
	uint16_t type;
	const char *name;	    /* of the library's static tables */
	uint32_t nparams, declared; /* declared: by the frame */
	struct seen_param params[32];
	char *blob;
	size_t blob_len;
	/* context */
	const char *category;
	bool has_thread, has_fd, fd_cloexec, compat;
	uint64_t pid, ppid, thread_tid;
	uint32_t uid, gid;
	char *comm, *cwd, *exe, *exepath, *args, *fd_name;
	size_t args_len;
	enum gyr_fd_type fd_type;
	char *text;
};

struct seen *seen_copy(const struct gyr_event *ev);
void seen_free(struct seen *s);

/* NULL: the case is as stated; else what differs (malloced). */
char *judge(const struct script *sc, const struct seen *all);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For tests of filters: a child that does as it is told, and a capture of which all that counts is kept. */
#ifndef GYR_TEST_LIVE_FILTERED_H
#define GYR_TEST_LIVE_FILTERED_H

#include "harness.h"

/* A child that does as it is told, and says when it is done. */
struct child {
	int pid, to, from;
};

struct child child_start(void (*act)(char what));
void child_do(const struct child *c, char what);
void child_end(const struct child *c);

struct got {
	char name[24], fd[64];
	uint64_t tid, pid, data_len;
	int64_t res;
	bool has_res;
};

/* What was seen since filtered_open, and the account after filtered_finish. */
extern struct got seen[4096];
extern size_t nseen;
extern struct gyr_stats stats;

struct gyr *filtered_open(struct gyr_filter_opts *f);
void filtered_change(struct gyr *g, struct gyr_filter_opts *f);
void filtered_drain(struct gyr *g, int timeout_ms);
/* All that there is, and the end of it. */
void filtered_finish(struct gyr *g);

unsigned count(const char *name, uint64_t tid);
unsigned count_of_process(uint64_t pid);
/* What the driver made, for whatever reason. */
uint64_t frames(void);

/* Where the hierarchy of version 2 is mounted: static storage; NULL: nowhere. */
const char *cgroup2_root(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a capture can do without, though not for nothing: one table, for gyr_open_live, which leaves out what is not to
 * be had, and for gyr_check_host, which tells.
 */
#ifndef GYR_LIVE_FEATURES_H
#define GYR_LIVE_FEATURES_H

#include "internal.h"

struct probe;

#define FEATURE_BIT(feature) (1ull << (feature))

struct feature_env {
	const char *root;	   /* put before paths in /proc; a test has a host of its own making */
	const struct probe *probe; /* its object is open */
};

struct feature {
	const char *name;
	const char *lost;    /* what it is to be without */
	const char *advice;  /* what to do about that */
	const char *program; /* of the probe, that is of no use without the feature; or NULL */
	bool of_probe;	     /* it is told from the probe, loaded */
	bool only_cost;	     /* the events are the same without it */
	/* 0, or a negative errno when it is not to be had. */
	int (*find)(const struct feature *f, const struct feature_env *env);
};

/* The program for submissions to io_uring that this kernel has the tracepoint of. */
const char *uring_submit_program(void);

extern const struct feature features[GYR_FEATURES];

/* Is it there? Programs that could not be loaded count. */
int feature_find(enum gyr_feature feature, const struct feature_env *env);
/* What the probe does without; what of that is not among those told before goes to the log. */
uint64_t features_tell(const struct probe *p, uint64_t told, struct gyr_diag *d);
/* The feature that the program stands for, or GYR_FEATURES. */
enum gyr_feature feature_of_program(const char *program);

#endif

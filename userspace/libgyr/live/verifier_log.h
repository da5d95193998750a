/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which program of an object the verifier refuses, and what it says. */
#ifndef GYR_LIVE_VERIFIER_LOG_H
#define GYR_LIVE_VERIFIER_LOG_H

#include "internal.h"

struct bpf_object;

struct verifier_log {
	const struct bpf_object *obj;
	char *text; /* of each program that is to be loaded, in their order; NULL: no memory for it */
	size_t size;
	char dropped[128]; /* the least that kernels take; without a buffer libbpf has one of its own, and prints it */
};

/* Before the object is loaded. keep: else there will be no culprit, but nothing is taken from the caller either. */
void verifier_log_begin(struct verifier_log *log, const struct bpf_object *obj, bool keep);
/* After that failed: the program that was refused, if it was one; what is said of it goes to the log callback. */
bool verifier_log_culprit(const struct verifier_log *log, struct gyr_diag *d, char *name, size_t size);
/* Before the object is closed or not; its programs must not be loaded again. */
void verifier_log_end(struct verifier_log *log);

#endif

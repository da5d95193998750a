/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A thread for events to be of: nginx, process 1234, thread 1236, in /srv. Made by frames, as a capture would. */
#ifndef TEST_CONTEXT_H
#define TEST_CONTEXT_H

#include "frame.h"

struct test_context {
	struct gyr_diag diag;
	struct state *state;
	struct test_frame frame;
	struct gyr_event ev;
};

/* Params of the process; NULL: as above. */
struct test_process {
	const char *exe, *comm, *cwd, *path;
	const char *args, *cgroups; /* NUL-terminated strings, one after another */
	size_t args_len, cgroups_len;
};

void context_new(struct test_context *c, const struct test_process *p);
void context_free(struct test_context *c);
/* Of the frame that was filled: parsed and with its context, until the next. */
struct gyr_event *context_event(struct test_context *c);
/* The thread opens path as fd. */
void context_open(struct test_context *c, int fd, const char *path);

#endif

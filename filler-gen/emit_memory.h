/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Params that are made of what an argument points to: one read for all that come from one place. */
#ifndef EMIT_MEMORY_H
#define EMIT_MEMORY_H

#include <stdio.h>

#include <gyr/wire.h>

#include "schema.h"

/* The reads of an event's program, as they are emitted. */
struct reads {
	struct {
		const struct param *first; /* says the argument and the condition */
		unsigned int lo, room;	   /* the read begins lo bytes behind the address, and is kept at room */
	} read[GYR_PARAMS_MAX];
	size_t n;
	unsigned int room;
};

bool condition_is_always(const struct condition *when);
void emit_condition(FILE *out, const struct condition *when);
/* emit_fillers.c */
void emit_source(FILE *out, const struct source *src);
void emit_put_memory(FILE *out, struct reads *reads, const struct event *e, size_t param);

#endif

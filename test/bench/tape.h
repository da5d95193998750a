/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames in memory, one behind another as in a ring, and a source that plays them to a handle. */
#ifndef GYR_BENCH_TAPE_H
#define GYR_BENCH_TAPE_H

#include "feed.h"

struct tape {
	struct source src; /* first: it is what the source's functions get */
	uint8_t *bytes;
	size_t len, room, pos;
	uint64_t frames;
	uint64_t ts; /* of the next one */
};

void tape_init(struct tape *t);
/* context: NULL, or GYR_CONTEXT_*. */
void tape_add(struct tape *t, uint64_t tid, uint16_t type, const uint8_t *context, const struct arg *args);
void tape_free(struct tape *t);
#define TAPE(t, tid, type, context, ...)                                                                               \
	tape_add(t, tid, GYR_EVT_##type, context, (const struct arg[]){__VA_ARGS__, {0}})

/* A handle without /proc and without a driver: tables, and the tape that is put in. */
struct player {
	struct gyr g;
	struct span span;
};
void player_open(struct player *p);
void player_close(struct player *p);
/* From begin to end, as a caller of gyr_next reads it. In ns of this thread's time. */
double player_play(struct player *p, struct tape *t);
/* Likewise, but without tables. */
double player_parse(struct player *p, struct tape *t);

#endif

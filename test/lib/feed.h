/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events for tests of the state: made of named params (all others empty), and fed to it as gyr_next does. */
#ifndef TEST_FEED_H
#define TEST_FEED_H

#include "frame.h"
#include "internal.h"
#include "state/state.h"

struct arg {
	const char *name;
	int64_t num;
	const void *bytes; /* instead of num */
	size_t len;
};
#define N(param, val)                                                                                                  \
	{                                                                                                              \
		.name = param, .num = (int64_t)(val)                                                                   \
	}
#define S(param, str)                                                                                                  \
	{                                                                                                              \
		.name = param, .bytes = str, .len = strlen(str) + 1                                                    \
	}
#define B(param, data, size)                                                                                           \
	{                                                                                                              \
		.name = param, .bytes = data, .len = size                                                              \
	}

struct feed {
	struct gyr g;
	struct state *st;
	uint64_t ts;		/* of the next event; moves on by 1000 with each */
	const uint8_t *context; /* of the next event only */
	struct gyr_event ev;
};

/* The frame alone, up to its values: frame_done writes it out. Not only for tests: it asserts nothing. */
void feed_frame(struct test_frame *frame, uint64_t tid, uint16_t type, const struct arg *args);
void feed_open(struct feed *f);
void feed_close(struct feed *f);
/* state_before only: f->ev is as gyr_next hands it out. */
void feed_before_args(struct feed *f, uint64_t tid, uint16_t type, const struct arg *args);
void feed_after(struct feed *f);
#define BEFORE(f, tid, type, ...) feed_before_args(f, tid, GYR_EVT_##type, (const struct arg[]){__VA_ARGS__, {0}})
#define FEED(f, tid, type, ...)                                                                                        \
	do {                                                                                                           \
		BEFORE(f, tid, type, __VA_ARGS__);                                                                     \
		feed_after(f);                                                                                         \
	} while (0)

/* The value on the wire of a flag of an event's param, from the event table. */
uint32_t feed_flag(uint16_t type, const char *param, const char *flag);
#define FLAG(type, param, flag) feed_flag(GYR_EVT_##type, param, flag)

/* Looked up through the public API; the test fails where there is none. */
const struct gyr_thread *feed_thread(struct feed *f, uint64_t tid);
const struct gyr_fd *feed_fd(struct feed *f, uint64_t tid, int64_t fd);
/* NULL when there is none. */
const char *feed_fd_name(struct feed *f, uint64_t tid, int64_t fd);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames written byte by byte, as the page about the format has them: nothing here is shared with the library. */
#ifndef TEST_FRAME_H
#define TEST_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "internal.h"

struct test_frame {
	uint8_t bytes[1 << 18];
	uint8_t values[1 << 17];
	uint32_t lens[64];
	uint32_t nparams, values_len;
	uint16_t type;
	int wide; /* lengths of 32 bits */
	uint64_t ts, tid;
	uint16_t cpu;
	/* What a live source finds behind a frame. */
	uint32_t marks, cut;
	uint64_t latency;
};

/* Starts one: time 1700000000.123456789, tid 1236, CPU 1 until set otherwise. */
void frame_start(struct test_frame *f, uint16_t type);
void frame_bytes(struct test_frame *f, const void *p, size_t n);
void frame_empty(struct test_frame *f);
void frame_str(struct test_frame *f, const char *s); /* with its NUL */
void frame_u8(struct test_frame *f, uint8_t v);
void frame_u16(struct test_frame *f, uint16_t v);
void frame_u32(struct test_frame *f, uint32_t v);
void frame_u64(struct test_frame *f, uint64_t v);
void frame_s64(struct test_frame *f, int64_t v);
/* Writes it out. The bytes are f's. */
struct frame_ref frame_done(struct test_frame *f);
/* Likewise, and parses it, which must succeed. */
void frame_parse(struct test_frame *f, struct gyr_event *ev);

#endif

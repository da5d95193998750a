/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One CPU's perf ring, read in place. */
#ifndef GYR_LIVE_RING_H
#define GYR_LIVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perf_event_mmap_page;

#define RING_BYTES_DFLT (8u << 20)
/* A ring must take the largest record, or its CPU would never get rid of it: two of them, to be read while written. */
#define RING_BYTES_MIN (128u << 10)

struct ring {
	int fd;
	uint16_t cpu;
	bool in_heap;
	struct perf_event_mmap_page *page;
	const uint8_t *data;
	size_t size;		  /* of data: a power of two */
	uint64_t tail, head;	  /* ours; the page's tail follows record by record */
	uint64_t rec_end;	  /* where the current record ends in the ring */
	const uint8_t *pos, *end; /* frames of the current record that are not read yet */
	uint8_t *bounce;	  /* RECORD_MAX bytes, for records that wrap around the end */
	uint64_t ts;		  /* of the frame at pos */
	size_t step;		  /* from there to the next */
	uint16_t records;	  /* read so far; as many as gyr_cpu.sent counts when all are */
};

/* Closed, and so ring_close leaves it. */
void ring_init(struct ring *r, int cpu);
/* r: initialised, or open, which ends. -ENODEV: the CPU is offline. wakeup: a reader is woken when this many bytes
 * wait. */
int ring_open(struct ring *r, int cpu, size_t size, size_t wakeup);
void ring_close(struct ring *r);

/* Makes the next frame current: true and r->pos, r->ts. Malformed rest of a record is skipped and counted in *bad. */
bool ring_fill(struct ring *r, uint64_t *bad);
/* Steps over the current frame; its memory stays valid until the next ring_fill. */
void ring_step(struct ring *r);
/* Takes len bytes of frames at data as a last record, after all records of the ring. */
void ring_append(struct ring *r, const uint8_t *data, size_t len);
/* The same of a copy of them; false when there is no memory for it. Only when no frame is current. */
bool ring_append_copy(struct ring *r, const uint8_t *data, size_t len);
uint32_t ring_frame_len(const struct ring *r);
/* GYR_FRAME_*, which are in the frame: the ring cannot be written to. */
uint32_t ring_frame_marks(const struct ring *r);
/* Of the context behind the frame at pos, which has one; 0: it is not within the record. */
size_t ring_context_len(const struct ring *r);

#endif

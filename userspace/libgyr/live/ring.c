// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ring.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gyr/wire.h>

/* A record is a perf_event_header, the u32 size of the raw data, the data, padding. */
#define RAW_OFF	   (sizeof(struct perf_event_header) + sizeof(uint32_t))
#define RECORD_MAX 65536

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void ring_init(struct ring *r, int cpu)
{
	memset(r, 0, sizeof(*r));
	r->fd = -1;
	r->cpu = (uint16_t)cpu;
}

int ring_open(struct ring *r, int cpu, size_t size, size_t wakeup)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)wakeup,
	};
	void *base;
	int err;

	ring_close(r);
	r->cpu = (uint16_t)cpu;
	r->size = size;
	r->bounce = malloc(RECORD_MAX); /* now: later there would be a record to lose when there is no memory */
	if (!r->bounce)
		return -ENOMEM;
	r->fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd < 0)
		goto fail;
	base = mmap(NULL, page_size() + size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (base == MAP_FAILED)
		goto fail;
	r->page = base;
	r->data = (const uint8_t *)base + page_size();
	return 0;
fail:
	err = -errno;
	ring_close(r);
	return err;
}

void ring_close(struct ring *r)
{
	if (r->page)
		munmap(r->page, page_size() + r->size);
	if (r->fd >= 0)
		close(r->fd);
	free(r->bounce);
	ring_init(r, r->cpu);
}

static void copy_out(const struct ring *r, uint64_t at, void *dst, size_t len)
{
	size_t off = at & (r->size - 1);
	size_t first = r->size - off < len ? r->size - off : len;

	memcpy(dst, r->data + off, first);
	memcpy((uint8_t *)dst + first, r->data, len - first);
}

/* The data of the record at r->tail, in one piece; false: cannot be, the kernel wrote it. */
static bool record_data(struct ring *r, size_t rec_size)
{
	size_t off = r->tail & (r->size - 1);
	const uint8_t *rec = r->data + off;
	uint32_t raw;

	if (off + rec_size > r->size) {
		copy_out(r, r->tail, r->bounce, rec_size);
		rec = r->bounce;
	}
	memcpy(&raw, rec + sizeof(struct perf_event_header), sizeof(raw));
	if (raw > rec_size - RAW_OFF)
		return false;
	r->pos = rec + RAW_OFF;
	r->end = r->pos + raw;
	return true;
}

static void next_record(struct ring *r, uint64_t *bad)
{
	/* Only now is the previous record's memory given back: its last frame was valid until this call. */
	if (r->rec_end) {
		r->tail = r->rec_end;
		__atomic_store_n(&r->page->data_tail, r->tail, __ATOMIC_RELEASE);
		r->rec_end = 0;
	}
	r->pos = r->end = NULL;
	if (!r->page)
		return;
	while (!r->pos) {
		struct perf_event_header h;

		if (r->tail == r->head) {
			r->head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
			if (r->tail == r->head)
				return;
		}
		copy_out(r, r->tail, &h, sizeof(h));
		r->records += h.type == PERF_RECORD_SAMPLE;
		if (h.size < sizeof(h)) { /* cannot be: the kernel wrote it; do not loop on it */
			(*bad)++;
			r->tail = r->head;
		} else if (h.type == PERF_RECORD_SAMPLE && h.size >= RAW_OFF && record_data(r, h.size)) {
			r->rec_end = r->tail + h.size;
			return;
		} else {
			/*
			 * PERF_RECORD_LOST says that a send failed; the driver kept those frames and sent them again or
			 * counted them.
			 */
			if (h.type == PERF_RECORD_SAMPLE)
				(*bad)++;
			r->tail += h.size;
		}
		__atomic_store_n(&r->page->data_tail, r->tail, __ATOMIC_RELEASE);
	}
}

uint32_t ring_frame_len(const struct ring *r)
{
	uint32_t len;

	memcpy(&len, r->pos + GYR_FRAME_LEN, sizeof(len));
	return len;
}

uint32_t ring_frame_marks(const struct ring *r)
{
	uint32_t nparams;

	memcpy(&nparams, r->pos + GYR_FRAME_NPARAMS, sizeof(nparams));
	return nparams & GYR_FRAME_MARKS;
}

/* Of all that the frame has; 0: they are not within the record. */
size_t ring_context_len(const struct ring *r)
{
	size_t begin = ring_frame_len(r), at = begin, all = r->end - r->pos;
	uint16_t len, what;

	do {
		if (all < at + GYR_CONTEXT_FLAGS)
			return 0;
		memcpy(&len, r->pos + at + GYR_CONTEXT_LEN, sizeof(len));
		memcpy(&what, r->pos + at + GYR_CONTEXT_WHAT, sizeof(what));
		if (len < GYR_CONTEXT_FLAGS || all < at + len)
			return 0;
		at += len;
	} while (what & GYR_CONTEXT_MORE_BIT);
	return at - begin;
}

/* What the frame at r->pos takes up with what rides behind it, before the next. */
static size_t frame_room(const struct ring *r)
{
	uint32_t marks = ring_frame_marks(r);
	size_t room = ring_frame_len(r);

	if (marks & GYR_FRAME_CONTEXT)
		room += ring_context_len(r);
	if (marks & GYR_FRAME_LATENCY)
		room += sizeof(uint64_t);
	if (marks & GYR_FRAME_CUT)
		room += sizeof(uint32_t);
	return room;
}

bool ring_fill(struct ring *r, uint64_t *bad)
{
	for (;;) {
		/* perf pads a record to 8 bytes: what is shorter than a header is padding. */
		if (r->pos && (size_t)(r->end - r->pos) >= GYR_FRAME_HDR) {
			size_t room = frame_room(r);

			if (ring_frame_len(r) >= GYR_FRAME_HDR && room <= (size_t)(r->end - r->pos)) {
				memcpy(&r->ts, r->pos + GYR_FRAME_TS, sizeof(r->ts));
				r->step = (room + GYR_FRAME_ALIGN - 1) & ~(size_t)(GYR_FRAME_ALIGN - 1);
				return true;
			}
			(*bad)++;
		}
		next_record(r, bad);
		if (!r->pos)
			return false;
	}
}

void ring_step(struct ring *r)
{
	r->pos = r->step < (size_t)(r->end - r->pos) ? r->pos + r->step : r->end;
}

void ring_append(struct ring *r, const uint8_t *data, size_t len)
{
	r->pos = data;
	r->end = data + len;
}

bool ring_append_copy(struct ring *r, const uint8_t *data, size_t len)
{
	if (!r->bounce)
		r->bounce = malloc(RECORD_MAX); /* the CPU never had a ring */
	if (!r->bounce)
		return false;
	memcpy(r->bounce, data, len);
	ring_append(r, r->bounce, len);
	return true;
}

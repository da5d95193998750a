/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A binary heap of rings, the one with the oldest current frame first. */
#ifndef GYR_LIVE_HEAP_H
#define GYR_LIVE_HEAP_H

#include <stddef.h>

#include "ring.h"

struct ring_heap {
	struct ring **rings; /* room for every ring there can be: the owner's */
	size_t n;
};

static inline void heap_sift_down(struct ring_heap *h)
{
	struct ring *r = h->rings[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n && h->rings[child + 1]->ts < h->rings[child]->ts)
			child++;
		if (r->ts <= h->rings[child]->ts)
			break;
		h->rings[i] = h->rings[child];
		i = child;
	}
	h->rings[i] = r;
}

static inline void heap_push(struct ring_heap *h, struct ring *r)
{
	size_t i = h->n++;

	while (i > 0 && h->rings[(i - 1) / 2]->ts > r->ts) {
		h->rings[i] = h->rings[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->rings[i] = r;
	r->in_heap = true;
}

static inline void heap_pop(struct ring_heap *h)
{
	h->rings[0]->in_heap = false;
	h->rings[0] = h->rings[--h->n];
	if (h->n)
		heap_sift_down(h);
}

#endif

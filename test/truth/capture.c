/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "compare.h"

#define CALM_MS 300

struct gyr *capture_open(void)
{
	char why[256] = "";
	struct gyr_live_opts opts = {.sz = sizeof(opts), .errbuf = why, .errbuf_sz = sizeof(why)};
	struct gyr *g;

	if (gyr_open_live(&opts, &g)) {
		fprintf(stderr, "truth: %s\n", why);
		exit(2);
	}
	return g;
}

void capture_next(struct gyr *g, int ms)
{
	const struct gyr_event *ev;

	if (gyr_next(g, &ev, ms) < 0) {
		fprintf(stderr, "truth: %s\n", gyr_errmsg(g));
		exit(2);
	}
}

void capture_settle(struct gyr *g, int seconds)
{
	uint64_t begin = now_ms(), calm = begin, now;

	while ((now = now_ms()) < begin + (uint64_t)seconds * 1000 && now < calm + CALM_MS) {
		capture_next(g, 20);
		if (compare_in_doubt(g))
			calm = now_ms();
	}
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

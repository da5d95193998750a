/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What gyr's tables say, beside what /proc says. */
#ifndef COMPARE_H
#define COMPARE_H

#include <gyr/gyr.h>

#include "walk.h"

struct sums {
	unsigned long long points, threads, fds, items, differ;
};

/* Says each difference, in a line. */
void compare(struct gyr *g, const struct walk *w, struct sums *s);
/* False: something differs, or nothing was compared. */
bool sums_print(const struct sums *s);
/* gyr is still about to look at something. */
bool compare_in_doubt(struct gyr *g);

#endif

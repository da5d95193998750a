/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The lists of a filter in the driver's maps. */
#ifndef GYR_LIVE_LISTS_H
#define GYR_LIVE_LISTS_H

#include "internal.h"

struct probe;

/* All of a filter, to a selection that is not in force, or not yet; what it needs is attached, and makes nothing yet.
 */
int lists_prepare(struct probe *p, const struct filter *f, uint32_t now, struct gyr_diag *d);
/* Of a selection that no program looks at any more. */
void lists_clear(const struct probe *p, uint32_t now);
/* The filter has taken over: whom only the one before it followed is followed no more. */
void lists_unfollow(const struct probe *p, const struct filter *f);

#endif

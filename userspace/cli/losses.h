/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a capture lost, and why, on stderr. */
#ifndef GYR_CLI_LOSSES_H
#define GYR_CLI_LOSSES_H

#include <gyr/gyr.h>

/* Two lines: what is no loss; and the equation with every cause. */
void losses_print(const struct gyr_stats *s);
/* A warning when more was lost than in `seen`, which it brings up to date. What the user cut off is no loss here. */
void losses_warn(const struct gyr_stats *s, struct gyr_stats *seen);

#endif

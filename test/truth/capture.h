/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The capture whose tables are compared. What fails ends the program, with 2. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <gyr/gyr.h>

struct gyr *capture_open(void);
/* Reads an event, and waits for it so long. */
void capture_next(struct gyr *g, int ms);
/* Until nothing comes any more and nothing is in doubt, for a moment, but no longer than that. */
void capture_settle(struct gyr *g, int seconds);
uint64_t now_ms(void);

#endif

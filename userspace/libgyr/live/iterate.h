/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The host as it is, by the driver's iterators. */
#ifndef GYR_LIVE_ITERATE_H
#define GYR_LIVE_ITERATE_H

#include "live/probe.h"

/* source_ops.see. -EOPNOTSUPP: not in this build of the driver, or the kernel refuses it. */
int iterate(const struct probe *p, enum seen_by by, seen_fn fn, void *ctx);

#endif

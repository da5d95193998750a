/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_LIVE_CHECK_H
#define GYR_LIVE_CHECK_H

#include "internal.h"

/* Where to look; a test has a host of its own making. */
struct check_env {
	const char *root;    /* put before paths in /sys and /proc */
	const char *release; /* of the kernel; NULL: as uname says */
};

/* gyr_check_host. */
int check_host(const struct check_env *env, const struct gyr_live_opts *opts, struct gyr_check *out, size_t n);

#endif

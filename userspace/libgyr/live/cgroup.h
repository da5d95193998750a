/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* cgroups of version 2. */
#ifndef GYR_LIVE_CGROUP_H
#define GYR_LIVE_CGROUP_H

#include <stddef.h>

/* Where they are mounted; -EOPNOTSUPP: nowhere. root is put before the path in /proc. */
int cgroup_mount(const char *root, char *path, size_t size);

#endif

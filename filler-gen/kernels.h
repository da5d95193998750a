/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which kernel brought a system call, and which took it away: kernels.json. And whether every system call is cared for.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "place.h"

struct schema;

/* {"version", "added", "removed"}; of the version "none": numbers that never were more than reserved. */
struct kernel {
	const char *file, *version;
	char *label;
	const cJSON *added, *removed; /* lists of names */
};

void read_kernel(struct schema *s, const struct place *file, const cJSON *obj, size_t i);
void kernel_free(struct kernel *k);

/* Enters what it says at the system calls. */
void check_kernel(struct schema *s, size_t n);
/* Every system call has an event of its own that is produced, with named and typed params, and a kernel. */
void check_whole(struct schema *s);

#endif

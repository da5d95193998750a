/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What may have been meant by a name that is not known. Compiled into the library and the tool: neither exports it. */
#ifndef GYR_NEAREST_H
#define GYR_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *wanted, *best;
	size_t len, distance; /* len: of wanted */
};

/* wanted: len bytes, in either case; candidates are in lower case, as all that gyr knows is. */
void nearest_init(struct nearest *n, const char *wanted, size_t len);
void nearest_try(struct nearest *n, const char *candidate);
/* NULL when none is near enough to be what was meant. */
const char *nearest_best(const struct nearest *n);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Complaints about the schema: all of them are collected, so each says by itself where it belongs. */
#ifndef PLACE_H
#define PLACE_H

#include <stddef.h>

struct place {
	unsigned int *errors;
	const char *file;
	const char *item; /* "event openat(307)"; NULL: the file as a whole */
	const char *part; /* "param dirfd"; NULL: the item as a whole */
};

/* Prints "filler-gen: FILE: ITEM: PART: FIELD: reason", without what is NULL, and counts it. */
void complain(const struct place *at, const char *field, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Memory that cannot be had ends a host tool: none of these returns NULL. */
void *xcalloc(size_t n, size_t size);
/* Room for one more at the end of an array of n: returns the array, which may have moved; the new element is zero. */
void *xgrow(void *array, size_t n, size_t size);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void complain(const struct place *at, const char *field, const char *fmt, ...)
{
	const char *path[] = {at->file, at->item, at->part, field};
	va_list ap;

	fputs("filler-gen: ", stderr);
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
		if (path[i])
			fprintf(stderr, "%s: ", path[i]);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	(*at->errors)++;
}

static void *or_die(void *p)
{
	if (!p) {
		fputs("filler-gen: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n, size));
}

void *xgrow(void *array, size_t n, size_t size)
{
	/* Full at every power of two: the array's room need not be kept anywhere. */
	if ((n & (n - 1)) == 0)
		array = or_die(reallocarray(array, n ? 2 * n : 1, size));
	memset((char *)array + n * size, 0, size);
	return array;
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return or_die(s);
}

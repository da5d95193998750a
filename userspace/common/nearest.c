// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define NEAREST_MAX 48 /* longer names are no typing slips */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits to get from a, in either case, to b, a swap of neighbours counting as one. */
static size_t edit_distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= blen; j++)
		above[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t other = tolower((unsigned char)a[i - 1]) != b[j - 1];

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + other);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[blen];
}

void nearest_init(struct nearest *n, const char *wanted, size_t len)
{
	*n = (struct nearest){.wanted = wanted, .len = len, .distance = SIZE_MAX};
}

void nearest_try(struct nearest *n, const char *candidate)
{
	size_t len = strlen(candidate), d;

	if (n->len > NEAREST_MAX || len > NEAREST_MAX)
		return;
	d = edit_distance(n->wanted, n->len, candidate, len);
	if (d < n->distance) {
		n->distance = d;
		n->best = candidate;
	}
}

const char *nearest_best(const struct nearest *n)
{
	return n->best && n->distance <= n->len / 3 + 1 ? n->best : NULL;
}

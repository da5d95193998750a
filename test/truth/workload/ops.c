/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables of operations as one. */
#include <string.h>

#include "workload.h"

static const struct op *const tables[] = {files_ops, dirs_ops, fds_ops,	  special_ops, socks_ops,     pass_ops,
					  uring_ops, ids_ops,  names_ops, procs_ops,   namespaces_ops};

enum { TABLES = sizeof(tables) / sizeof(*tables) };

const struct op *op_at(size_t number)
{
	for (int t = 0; t < TABLES; t++) {
		for (const struct op *o = tables[t]; o->name; o++) {
			if (number-- == 0)
				return o;
		}
	}
	return NULL;
}

size_t ops_count(void)
{
	size_t n = 0;

	while (op_at(n))
		n++;
	return n;
}

size_t op_draw(uint64_t *random)
{
	uint32_t sum = 0, at = 0;
	size_t n = 0;

	for (const struct op *o; (o = op_at(n)); n++)
		sum += o->weight;
	if (sum)
		at = random_next(random) % sum;
	for (n = 0; at >= (uint32_t)op_at(n)->weight; n++)
		at -= op_at(n)->weight;
	return n;
}

size_t op_find(const char *name)
{
	size_t n = 0;

	while (strcmp(op_at(n)->name, name) != 0)
		n++;
	return n;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_MIN 8

static struct slot *free_slot(struct table *t, uint32_t key)
{
	uint32_t i = table_home(t, key);

	while (t->slots[i].val)
		i = (i + 1) & (t->size - 1);
	return &t->slots[i];
}

static int table_resize(struct table *t, uint32_t size)
{
	struct table old = *t;

	t->slots = calloc(size, sizeof(*t->slots));
	if (!t->slots) {
		*t = old;
		return -ENOMEM;
	}
	t->size = size;
	t->shift = 32 - __builtin_ctz(size);
	for (uint32_t i = 0; i < old.size; i++)
		if (old.slots[i].val)
			*free_slot(t, old.slots[i].key) = old.slots[i];
	free(old.slots);
	return 0;
}

struct slot *table_add(struct table *t, uint32_t key, void *val)
{
	struct slot *s;

	/* At most three quarters full: linear probing stays short. */
	if (t->used + 1 > t->size - t->size / 4 && table_resize(t, t->size ? t->size * 2 : TABLE_MIN))
		return NULL;
	s = free_slot(t, key);
	s->key = key;
	s->aux = 0;
	s->val = val;
	t->used++;
	return s;
}

void table_del(struct table *t, struct slot *s)
{
	uint32_t mask = t->size - 1;
	uint32_t hole = s - t->slots;

	/* Backward shift instead of tombstones: moves up what may not be found any more past the hole. */
	for (uint32_t i = (hole + 1) & mask; t->slots[i].val; i = (i + 1) & mask) {
		uint32_t home = table_home(t, t->slots[i].key);

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	t->slots[hole].val = NULL;
	t->used--;
}

void table_trim(struct table *t)
{
	if (t->size > 1024 && t->used < t->size / 8)
		table_resize(t, t->size / 2);
}

struct slot *table_next(const struct table *t, uint32_t *i)
{
	while (*i < t->size) {
		struct slot *s = &t->slots[(*i)++];

		if (s->val)
			return s;
	}
	return NULL;
}

int table_copy(struct table *dst, const struct table *src)
{
	*dst = *src;
	if (src->size == 0)
		return 0;
	dst->slots = malloc(src->size * sizeof(*src->slots));
	if (!dst->slots) {
		memset(dst, 0, sizeof(*dst));
		return -ENOMEM;
	}
	memcpy(dst->slots, src->slots, src->size * sizeof(*src->slots));
	return 0;
}

void table_free(struct table *t)
{
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

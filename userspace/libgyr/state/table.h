/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An open-addressing hash table from a 32-bit key to a pointer: threads by tid, groups by pid, fds by number, strings
 * by hash. A slot that has no value is free, so values are never NULL. Slots move when the table changes.
 */
#ifndef GYR_STATE_TABLE_H
#define GYR_STATE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct slot {
	uint32_t key;
	uint32_t aux; /* the user's */
	void *val;
};

struct table {
	struct slot *slots;
	uint32_t size; /* power of two; 0: nothing allocated yet */
	uint32_t used;
	uint32_t shift; /* 32 - log2(size) */
};

/* Multiplicative (Fibonacci) hashing: keys are mostly small and dense, and sometimes a power of two apart. */
static inline uint32_t table_home(const struct table *t, uint32_t key)
{
	return (key * 2654435769u) >> t->shift;
}

static inline struct slot *table_get(const struct table *t, uint32_t key)
{
	uint32_t i;

	if (t->used == 0)
		return NULL;
	for (i = table_home(t, key); t->slots[i].val; i = (i + 1) & (t->size - 1))
		if (t->slots[i].key == key)
			return &t->slots[i];
	return NULL;
}

static inline void *table_val(const struct table *t, uint32_t key)
{
	struct slot *s = table_get(t, key);

	return s ? s->val : NULL;
}

/* Adds a key that is not there yet. NULL: no memory. */
struct slot *table_add(struct table *t, uint32_t key, void *val);
/* Frees the slot. Slots after it may move into its place, but never one that an ascending walk has not come by yet. */
void table_del(struct table *t, struct slot *s);
/* Gives back what a burst has left behind, with enough distance not to swing. Failing to is harmless. */
void table_trim(struct table *t);
/* The next used slot at or after index *i, and *i past it; NULL at the end. To go on after table_del: (*i)--. */
struct slot *table_next(const struct table *t, uint32_t *i);
int table_copy(struct table *dst, const struct table *src);
void table_free(struct table *t);

#endif

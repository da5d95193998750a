/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "state/state.h"

/* The bytes behind the last whole word, in loads of sizes that are known. */
static uint64_t tail(const char *s, size_t len)
{
	uint32_t begin, end;

	if (len >= sizeof(begin)) {
		memcpy(&begin, s, sizeof(begin));
		memcpy(&end, s + len - sizeof(end), sizeof(end));
		return (uint64_t)end << 32 | begin;
	}
	return len ? (uint8_t)s[0] | (uint64_t)(uint8_t)s[len / 2] << 8 | (uint64_t)(uint8_t)s[len - 1] << 16 : 0;
}

/* Whole words at a time: names are long, and this is on the path of every open. Seeded: names are the host's users'. */
uint32_t str_hash(const struct state *st, const char *s, size_t len)
{
	uint64_t h = st->seed ^ len, w;

	for (; len >= sizeof(w); s += sizeof(w), len -= sizeof(w)) {
		memcpy(&w, s, sizeof(w));
		h = (h ^ w) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	h = (h ^ tail(s, len)) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static struct str *str_new(struct state *st, const char *s, size_t len, uint32_t hash)
{
	struct str *new;

	if (state_is_full(st)) {
		st->counts.dropped_strs++;
		return NULL;
	}
	new = state_alloc(st, sizeof(*new) + len + 1);
	if (!new)
		return NULL;
	new->refs = 1;
	new->len = len;
	new->hash = hash;
	new->next = NULL;
	memcpy(new->s, s, len);
	new->s[len] = '\0';
	return new;
}

static struct str *find(const struct slot *slot, const char *s, size_t len)
{
	struct str *str = slot ? slot->val : NULL;

	while (str && (str->len != len || memcmp(str->s, s, len) != 0))
		str = str->next;
	return str;
}

const struct str *str_find(const struct state *st, const char *s, size_t len)
{
	if (!s || len == 0 || len > UINT32_MAX / 2)
		return NULL;
	return find(table_get(&st->strs, str_hash(st, s, len)), s, len);
}

struct str *str_get(struct state *st, const char *s, size_t len)
{
	uint32_t hash;
	struct slot *slot;
	struct str *str;

	if (!s || len == 0 || len > UINT32_MAX / 2)
		return NULL;
	hash = str_hash(st, s, len);
	slot = table_get(&st->strs, hash);
	str = find(slot, s, len);
	if (str)
		return str_ref(str);
	str = str_new(st, s, len, hash);
	if (!str)
		return NULL;
	if (slot) {
		str->next = slot->val;
		slot->val = str;
	} else if (!table_add(&st->strs, hash, str)) {
		state_dealloc(st, str, sizeof(*str) + len + 1);
		st->counts.no_memory++;
		return NULL;
	}
	if (s[0] == '/')
		moves_note(st, s, len, true);
	return str;
}

struct str *str_ref(struct str *s)
{
	if (s)
		s->refs++;
	return s;
}

void str_put(struct state *st, struct str *s)
{
	struct slot *slot;
	struct str **link;

	if (!s || --s->refs)
		return;
	slot = table_get(&st->strs, s->hash);
	if (slot->val == s && !s->next) {
		table_del(&st->strs, slot);
		table_trim(&st->strs);
	} else if (slot->val == s) {
		slot->val = s->next;
	} else {
		for (link = &((struct str *)slot->val)->next; *link != s;)
			link = &(*link)->next;
		*link = s->next;
	}
	if (s->s[0] == '/')
		moves_note(st, s->s, s->len, false);
	state_dealloc(st, s, sizeof(*s) + s->len + 1);
}

void str_set(struct state *st, struct str **dst, struct str *s)
{
	struct str *old = *dst;

	*dst = s;
	str_put(st, old);
}

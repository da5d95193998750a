// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A file that is renamed or removed has another path in /proc from then on, and so has what lies below a directory. The
 * call tells a name, perhaps relative and through links. So who has a path with that last component is in doubt. Most
 * names stand in no path that is known: a count of components, by their hash, tells that at once.
 */
#include <string.h>

#include "state/state.h"

static uint16_t *count_of(const struct state *st, uint32_t hash)
{
	return &st->names[hash >> (32 - NAMES_BITS)];
}

/* The next component from *s on, and *s behind it; 0: there is none. */
static size_t next_component(const char **s, const char *end, const char **begin)
{
	const char *p = *s;

	while (p < end && *p == '/')
		p++;
	*begin = p;
	p = p < end ? memchr(p, '/', (size_t)(end - p)) : end;
	*s = p ? p : end;
	return (size_t)(*s - *begin);
}

void moves_note(struct state *st, const char *path, size_t len, bool known)
{
	const char *s = path, *begin;
	size_t n;

	while ((n = next_component(&s, path + len, &begin))) {
		uint16_t *count = count_of(st, str_hash(st, begin, n));

		/* At its end it stays there: too many doubts are no harm. */
		if (*count != UINT16_MAX)
			*count += known ? 1 : -1;
	}
}

/* "a/b/" is b; "." and ".." are whatever. */
static size_t last_component(const char *path, size_t len, const char **begin)
{
	while (len && path[len - 1] == '/')
		len--;
	*begin = path + len;
	while (*begin > path && (*begin)[-1] != '/')
		(*begin)--;
	return (size_t)(path + len - *begin);
}

void moves_add(struct state *st, const char *path, size_t len)
{
	const char *name;
	size_t n = last_component(path, len, &name);
	uint32_t hash = str_hash(st, name, n);

	if (st->proc < 0 || n == 0 || *count_of(st, hash) == 0)
		return;
	for (uint32_t i = 0; i < st->nmoved; i++)
		if (st->moved[i] == hash)
			return;
	if (st->nmoved < MOVED_MAX)
		st->moved[st->nmoved++] = hash;
	else
		st->sweep.due = true;
}

static bool is_moved(const struct state *st, const struct str *path)
{
	const char *s, *begin;
	size_t n;

	if (!path || path->s[0] != '/')
		return false;
	for (s = path->s; (n = next_component(&s, path->s + path->len, &begin));) {
		uint32_t hash = str_hash(st, begin, n);

		for (uint32_t i = 0; i < st->nmoved; i++)
			if (st->moved[i] == hash)
				return true;
	}
	return false;
}

static bool has_moved(const struct state *st, const struct files *files)
{
	struct slot *s;
	uint32_t i = 0;

	while ((s = table_next(&files->fds, &i)))
		if (is_moved(st, ((struct file *)s->val)->name))
			return true;
	return false;
}

void moves_apply(struct state *st)
{
	struct slot *s;
	uint32_t i = 0;

	if (st->nmoved == 0)
		return;
	st->round++;
	while (!st->sweep.due && (s = table_next(&st->threads, &i))) {
		struct gyr_thread *t = s->val;

		if (t->files->round != st->round && has_moved(st, t->files))
			doubt(st, t, OF_FDS);
		if (t->fs->round != st->round && is_moved(st, t->fs->cwd))
			doubt(st, t, OF_FS);
		t->files->round = t->fs->round = st->round;
	}
	st->nmoved = 0;
}

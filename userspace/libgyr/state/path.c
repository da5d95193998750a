/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "state/state.h"

struct path {
	char *p;
	size_t len, size;
	bool absolute, overflow;
};

static void path_pop(struct path *out)
{
	while (out->len > 0 && out->p[out->len - 1] != '/')
		out->len--;
	if (out->len > 0)
		out->len--;
}

/* Whether the last component is one that ".." takes away: not of "", nor of "../..". */
static bool can_pop(const struct path *out)
{
	if (out->len == 0)
		return false;
	return !(out->len >= 2 && memcmp(out->p + out->len - 2, "..", 2) == 0 &&
		 (out->len == 2 || out->p[out->len - 3] == '/'));
}

static void path_push(struct path *out, const char *s, size_t len)
{
	bool slash = out->absolute || out->len > 0;

	if (out->len + slash + len >= out->size) {
		out->overflow = true;
		return;
	}
	if (slash)
		out->p[out->len++] = '/';
	memcpy(out->p + out->len, s, len);
	out->len += len;
}

static void path_add(struct path *out, const char *s, size_t len)
{
	const char *end = s + len, *next;

	for (; s < end; s = next + 1) {
		next = memchr(s, '/', end - s);
		if (!next)
			next = end;
		if (next == s || (next == s + 1 && *s == '.'))
			continue;
		if (next != s + 2 || memcmp(s, "..", 2) != 0)
			path_push(out, s, next - s);
		else if (can_pop(out))
			path_pop(out);
		else if (!out->absolute)
			path_push(out, s, 2);
	}
}

size_t path_join(char *out, size_t size, const char *base, size_t blen, const char *rel, size_t rlen)
{
	struct path path = {.p = out, .size = size};

	if (rlen > 0 && rel[0] == '/')
		blen = 0;
	path.absolute = (rlen > 0 && rel[0] == '/') || (blen > 0 && base[0] == '/');
	path_add(&path, base, blen);
	path_add(&path, rel, rlen);
	/* Without one of its components the path would be another one. */
	if (path.overflow)
		path.len = 0;
	else if (path.len == 0 && path.absolute)
		path.p[path.len++] = '/';
	path.p[path.len] = '\0';
	return path.len;
}

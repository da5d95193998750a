/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cgroups that processes are in: each path is kept, and looked at for a container, once. */
#include <string.h>

#include "state/state.h"

static struct cgroup *find(const struct state *st, const struct str *path)
{
	struct cgroup *c = table_val(&st->cgroups, path->hash);

	/* Equal strings are the same string. */
	while (c && c->path != path)
		c = c->next;
	return c;
}

static struct cgroup *cgroup_new(struct state *st, struct str *path)
{
	struct slot *slot = table_get(&st->cgroups, path->hash);
	struct cgroup *c = state_alloc(st, sizeof(*c));

	if (!c)
		return NULL;
	c->refs = 1;
	c->path = path;
	container_parse(path->s, path->len, &c->container);
	container_short_id(&c->container);
	if (slot) {
		c->next = slot->val;
		slot->val = c;
	} else if (!table_add(&st->cgroups, path->hash, c)) {
		state_dealloc(st, c, sizeof(*c));
		st->counts.no_memory++;
		return NULL;
	}
	return c;
}

struct cgroup *cgroup_of(struct state *st, struct str *path)
{
	struct cgroup *c;

	if (!path)
		return NULL;
	c = find(st, path);
	if (c) {
		str_put(st, path);
		return cgroup_ref(c);
	}
	c = cgroup_new(st, path);
	if (!c)
		str_put(st, path);
	return c;
}

struct cgroup *cgroup_get(struct state *st, const char *path, size_t len)
{
	return cgroup_of(st, str_get(st, path, len));
}

struct cgroup *cgroup_ref(struct cgroup *c)
{
	if (c)
		c->refs++;
	return c;
}

void cgroup_put(struct state *st, struct cgroup *c)
{
	struct cgroup **link;
	struct slot *slot;

	if (!c || --c->refs)
		return;
	slot = table_get(&st->cgroups, c->path->hash);
	if (slot->val == c && !c->next) {
		table_del(&st->cgroups, slot);
		table_trim(&st->cgroups);
	} else if (slot->val == c) {
		slot->val = c->next;
	} else {
		for (link = &((struct cgroup *)slot->val)->next; *link != c;)
			link = &(*link)->next;
		*link = c->next;
	}
	str_put(st, c->path);
	state_dealloc(st, c, sizeof(*c));
}

void cgroup_set(struct state *st, struct cgroup **dst, struct cgroup *c)
{
	struct cgroup *old = *dst;

	*dst = c;
	cgroup_put(st, old);
}

bool cgroup_contained(const struct state *st, const char *path, size_t len)
{
	const struct str *str = str_find(st, path, len);
	const struct cgroup *known = str ? find(st, str) : NULL;
	struct container c;

	if (known)
		return known->container.runtime != GYR_RUNTIME_NONE;
	container_parse(path, len, &c);
	return c.runtime != GYR_RUNTIME_NONE;
}

/* ---- the public API ---- */

const char *gyr_thread_cgroup(const struct gyr_thread *t)
{
	return t->group->cgroup ? t->group->cgroup->path->s : "";
}

const char *gyr_thread_container(const struct gyr_thread *t)
{
	return t->group->cgroup ? t->group->cgroup->container.id : "";
}

enum gyr_runtime gyr_thread_runtime(const struct gyr_thread *t)
{
	return t->group->cgroup ? t->group->cgroup->container.runtime : GYR_RUNTIME_NONE;
}

const char *gyr_thread_pod(const struct gyr_thread *t)
{
	return t->group->cgroup ? t->group->cgroup->container.pod : "";
}

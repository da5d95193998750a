// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the names of cgroups and containers stand for: ids, and levels, in the hierarchy of version 2. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live/cgroup.h"
#include "state/state.h"

#define PATH_MAX_CGROUP 4096
#define ROOT_ID		1 /* of the hierarchy: its inode number */
#define ANY_LEVEL	UINT32_MAX

/* A line of mountinfo: id parent dev root mount options [more ...] - type device options */
static bool take_mount(char *line, char *path, size_t size)
{
	char *dash = strstr(line, " - "), *field = line;
	size_t len, i;

	if (!dash || strncmp(dash + 3, "cgroup2 ", 8) != 0)
		return false;
	for (i = 0; i < 4; i++) {
		field = strchr(field, ' ');
		if (!field)
			return false;
		field++;
	}
	len = strcspn(field, " ");
	if (len >= size)
		return false;
	memcpy(path, field, len);
	path[len] = '\0';
	return true;
}

int cgroup_mount(const char *root, char *path, size_t size)
{
	char line[PATH_MAX_CGROUP + 512];
	bool found = false;
	FILE *f;

	snprintf(line, sizeof(line), "%s/proc/self/mountinfo", root);
	f = fopen(line, "re");
	if (!f)
		return -errno;
	while (!found && fgets(line, sizeof(line), f))
		found = take_mount(line, path, size);
	fclose(f);
	return found ? 0 : -EOPNOTSUPP;
}

/* ---- a walk over the hierarchy ---- */

struct found {
	uint64_t id;
	uint32_t level;
	char container[CONTAINER_ROOM];
};

struct found_list {
	struct found *found;
	size_t n;
	uint32_t below; /* while the walk is below what was found: the first level there; else 0 */
};

/* All names that need a walk are looked for in one. */
struct walk {
	char path[PATH_MAX_CGROUP]; /* below the mount point, which it begins with */
	size_t root_len;
	uint32_t level_of_root;
	const char *const *names; /* ids, or begins of containers' ids */
	size_t nnames;
	bool containers;
	struct found_list *lists; /* [nnames] */
	int err;
};

static int add_found(struct found_list *w, uint64_t id, uint32_t level, const char *container)
{
	struct found *more = reallocarray(w->found, w->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	w->found = more;
	more[w->n] = (struct found){.id = id, .level = level};
	snprintf(more[w->n].container, sizeof(more[w->n].container), "%s", container);
	w->n++;
	return 0;
}

static bool is_id(const char *name, uint64_t *id)
{
	char *end;

	*id = strtoull(name, &end, 10);
	return !*end && end != name;
}

/* Is the name that of a cgroup with this inode and container? */
static bool is_meant(const struct walk *w, const char *name, uint64_t ino, const char *container)
{
	uint64_t id;

	if (w->containers)
		return container[0] && !strncmp(container, name, strlen(name));
	return is_id(name, &id) && id == ino;
}

static void visit(struct walk *w, const struct stat *st, uint32_t level)
{
	char container[CONTAINER_ROOM] = "";
	size_t i;

	if (w->containers)
		container_full_id(w->path + w->root_len, strlen(w->path + w->root_len), container);
	for (i = 0; i < w->nnames && !w->err; i++) {
		struct found_list *l = &w->lists[i];

		if (l->below && level >= l->below)
			continue; /* it is chosen by what is above */
		l->below = 0;
		if (!is_meant(w, w->names[i], st->st_ino, container))
			continue;
		w->err = add_found(l, st->st_ino, level, container);
		l->below = level + 1;
	}
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Directories only: a cgroup's files have links of their own, and no directory below. */
static void walk(struct walk *w, uint32_t level)
{
	size_t len = strlen(w->path);
	struct dirent *e;
	struct stat st;
	DIR *dir;

	if (stat(w->path, &st))
		return;
	visit(w, &st, level);
	dir = level < GYR_CGROUP_LEVELS ? opendir(w->path) : NULL;
	while (dir && !w->err && (e = readdir(dir))) {
		if (e->d_type != DT_DIR || is_dots(e->d_name) || len + strlen(e->d_name) + 2 > sizeof(w->path))
			continue;
		sprintf(w->path + len, "/%s", e->d_name);
		walk(w, level + 1);
		w->path[len] = '\0';
	}
	if (dir)
		closedir(dir);
}

static int walk_begin(struct walk *w, struct gyr_diag *d)
{
	struct stat st;
	int err;

	memset(w, 0, sizeof(*w));
	err = cgroup_mount("", w->path, sizeof(w->path));
	if (!err && stat(w->path, &st))
		err = -errno;
	if (err)
		return diag_error(d, -EOPNOTSUPP,
				  "no cgroups of version 2 are mounted here, by which processes and containers could "
				  "be chosen: %s",
				  strerror(-err));
	w->root_len = strlen(w->path);
	/* In a cgroup namespace nobody says how deep it is. */
	w->level_of_root = st.st_ino == ROOT_ID ? 0 : ANY_LEVEL;
	return 0;
}

/* ---- names ---- */

static uint32_t level_of(const char *path)
{
	uint32_t level = 0;

	for (; *path; path++)
		level += path[0] == '/' && path[1] && path[1] != '/';
	return level;
}

static bool goes_up(const char *path)
{
	size_t len;

	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 2 && !strncmp(path, "..", len))
			return true;
	}
	return false;
}

static int find_path(struct walk *w, struct found_list *list, const char *name, struct gyr_diag *d)
{
	bool whole = !strncmp(name, w->path, w->root_len) && (!name[w->root_len] || name[w->root_len] == '/');
	const char *below = whole ? name + w->root_len : name;
	struct stat st;

	if (snprintf(w->path + w->root_len, sizeof(w->path) - w->root_len, "%s%s", below[0] == '/' ? "" : "/", below) >=
	    (int)(sizeof(w->path) - w->root_len))
		return diag_error(d, -EINVAL, "the path of a cgroup is too long");
	if (goes_up(w->path + w->root_len))
		return diag_error(d, -EINVAL, "the path of a cgroup must not have .. in it: \"%s\"", name);
	if (stat(w->path, &st) || !S_ISDIR(st.st_mode))
		return diag_error(d, -ENOENT, "there is no cgroup %s", w->path);
	return add_found(list, st.st_ino, level_of(w->path + w->root_len), "");
}

static int check_container(const struct walk *w, const struct found_list *list, const char *name, struct gyr_diag *d)
{
	size_t i;

	if (!list->n)
		return diag_error(d, -ENOENT, "there is no cgroup below %s of a container whose id begins with \"%s\"",
				  w->path, name);
	for (i = 1; i < list->n; i++)
		if (strcmp(list->found[i].container, list->found[0].container) != 0)
			return diag_error(d, -ENOTUNIQ, "several containers have ids that begin with \"%s\": %s and %s",
					  name, list->found[0].container, list->found[i].container);
	return 0;
}

/* After the walk: what it has found of the name; a path is looked at by itself. */
static int find_name(struct walk *w, size_t i, struct gyr_diag *d)
{
	const char *name = w->names[i];
	uint64_t id;
	int err;

	if (w->containers)
		return check_container(w, &w->lists[i], name, d);
	if (is_id(name, &id))
		return w->lists[i].n ? 0
				     : diag_error(d, -ENOENT, "there is no cgroup of id %s below %s", name, w->path);
	err = find_path(w, &w->lists[i], name, d);
	w->path[w->root_len] = '\0';
	return err;
}

static int add_found_ones(struct filter *f, const struct walk *w, const struct found_list *l, enum gyr_list list,
			  uint8_t how)
{
	size_t i;
	int err = 0;

	for (i = 0; i < l->n && !err; i++) {
		uint32_t level = l->found[i].level;

		err = filter_add(f, list, l->found[i].id, 0, how);
		if (w->level_of_root == ANY_LEVEL)
			f->levels = UINT32_MAX;
		else if (level < GYR_CGROUP_LEVELS)
			f->levels |= 1u << level;
		else if (list == GYR_LIST_TREE)
			return -E2BIG;
	}
	return err;
}

static bool needs_walk(const struct walk *w)
{
	uint64_t id;
	size_t i;

	for (i = 0; i < w->nnames; i++)
		if (w->containers || is_id(w->names[i], &id))
			return true;
	return false;
}

static int find_some(struct filter *f, enum gyr_list list, bool containers, const char *const *names, size_t n,
		     uint8_t how, struct gyr_diag *d)
{
	struct walk w;
	size_t i;
	int err;

	if (!n)
		return 0;
	err = walk_begin(&w, d);
	if (err)
		return err;
	w.names = names;
	w.nnames = n;
	w.containers = containers;
	w.lists = calloc(n, sizeof(*w.lists));
	err = w.lists ? 0 : -ENOMEM;
	if (!err && needs_walk(&w)) {
		walk(&w, 0);
		err = w.err;
	}
	for (i = 0; i < n && !err; i++) {
		err = find_name(&w, i, d);
		if (!err)
			err = add_found_ones(f, &w, &w.lists[i], list, how);
		if (err == -E2BIG)
			diag_error(d, err, "the cgroup %s is too deep: %d levels are the most", names[i],
				   GYR_CGROUP_LEVELS);
	}
	if (err == -ENOMEM)
		diag_error(d, err, "no memory for the filter");
	for (i = 0; w.lists && i < n; i++)
		free(w.lists[i].found);
	free(w.lists);
	return err;
}

static int find_names(struct filter *f, enum gyr_list list, bool containers, const struct gyr_names *names,
		      struct gyr_diag *d)
{
	int err = find_some(f, list, containers, names->in, names->nin, GYR_IN, d);

	return err ? err : find_some(f, list, containers, names->out, names->nout, GYR_OUT, d);
}

int cgroups_find(struct filter *f, const struct gyr_filter_opts *o, struct gyr_diag *d)
{
	int err = find_names(f, GYR_LIST_CGROUP, false, &o->cgroups, d);

	if (!err)
		err = find_names(f, GYR_LIST_TREE, false, &o->cgroup_trees, d);
	if (!err)
		err = find_names(f, GYR_LIST_TREE, true, &o->containers, d);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/lists.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "live/probe.h"

static int map_fd(const struct probe *p, const char *name)
{
	return bpf_object__find_map_fd_by_name(p->obj, name);
}

static int put_entry(int lists, struct gyr_list_key key, uint32_t now, uint8_t how)
{
	key.now = now;
	return bpf_map_update_elem(lists, &key, &how, BPF_ANY) ? -errno : 0;
}

/* How the process stands in the other selection, in which it is followed; 0: it is not. */
static uint8_t how_followed(const struct probe *p, int lists, uint32_t pid, uint32_t now)
{
	struct gyr_list_key key = {.list = GYR_LIST_PID, .now = !now, .val = {pid}};
	uint8_t how;

	if (!(p->set->sel[!now].filters & GYR_FILTER_FOLLOW) || bpf_map_lookup_elem(lists, &key, &how))
		return 0;
	return how;
}

/*
 * The process becomes a root. It may be one already, and its end may have been seen: then it is not begun anew, or who
 * gets its id would be taken for it. It may descend from one: then the selection in force gets it as a root, too, so
 * that nothing changes there.
 */
static int follow(const struct probe *p, int lists, uint32_t pid, uint32_t now)
{
	struct gyr_list_key key = {.list = GYR_LIST_PID, .val = {pid}};
	int map = map_fd(p, "gyr_follow"), err = 0;
	uint32_t root;
	uint8_t how;

	if (how_followed(p, lists, pid, now))
		return 0;
	if (!bpf_map_lookup_elem(map, &pid, &root)) {
		how = how_followed(p, lists, root, now);
		if (how)
			err = put_entry(lists, key, !now, how);
	}
	if (!err && bpf_map_update_elem(map, &pid, &pid, BPF_ANY))
		err = -errno;
	return err;
}

static int write_lists(const struct probe *p, const struct filter *f, uint32_t now)
{
	int lists = map_fd(p, "gyr_lists"), err = 0;
	size_t i;

	for (i = 0; i < f->n && !err; i++) {
		const struct filter_entry *e = &f->entries[i];

		err = put_entry(lists, e->key, now, e->how);
		if (!err && e->key.list == GYR_LIST_PID && f->filters & GYR_FILTER_FOLLOW)
			err = follow(p, lists, (uint32_t)e->key.val[0], now);
	}
	return err == -E2BIG ? -ENOSPC : err;
}

/* Ids of processes and threads mean something only where they are those of the events. */
static int check_ids(const struct probe *p, const struct filter *f, struct gyr_diag *d)
{
	if (p->local_ids || !(f->filters & (GYR_FILTER_LIST(GYR_LIST_PID) | GYR_FILTER_LIST(GYR_LIST_TID))))
		return 0;
	return diag_error(d, -EOPNOTSUPP,
			  "processes cannot be chosen by their ids from within a pid namespace, where these are "
			  "not the host's: run gyr in the host's (docker run --pid=host)");
}

int lists_prepare(struct probe *p, const struct filter *f, uint32_t now, struct gyr_diag *d)
{
	int err = check_ids(p, f, d);

	if (err)
		return err;
	probe_select(p, f, now);
	err = write_lists(p, f, now);
	if (err)
		return diag_error(d, err, "the kernel does not take the lists of what is wanted: %s", strerror(-err));
	return probe_attach(p, f, d);
}

void lists_clear(const struct probe *p, uint32_t now)
{
	struct gyr_list_key key, next;
	int lists = map_fd(p, "gyr_lists");
	bool more = !bpf_map_get_next_key(lists, NULL, &next);

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(lists, &key, &next);
		if (key.now == now)
			bpf_map_delete_elem(lists, &key);
	}
}

static bool is_root(const struct filter *f, uint32_t pid)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->entries[i].key.list == GYR_LIST_PID && f->entries[i].key.val[0] == pid)
			return f->filters & GYR_FILTER_FOLLOW;
	return false;
}

/*
 * Processes come and go meanwhile, and with the one that it goes on from a walk begins anew: hence its limit. One that
 * is left over does no harm.
 */
void lists_unfollow(const struct probe *p, const struct filter *f)
{
	int map = map_fd(p, "gyr_follow"), steps;
	uint32_t pid, next, root;
	bool more = !bpf_map_get_next_key(map, NULL, &next);

	for (steps = 0; more && steps < 1 << 18; steps++) {
		pid = next;
		more = !bpf_map_get_next_key(map, &pid, &next);
		if (!bpf_map_lookup_elem(map, &pid, &root) && !is_root(f, root))
			bpf_map_delete_elem(map, &pid);
	}
}

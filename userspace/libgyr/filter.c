// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The options of a filter, as they are given and as the driver has them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

_Static_assert((int)GYR_SNAPS == (int)GYR_DATA_OF_ && (int)GYR_SNAP_PIPE == (int)GYR_DATA_OF_PIPE,
	       "the driver's words for what an fd is are those of the API");

int filter_opts_read(const struct gyr_filter_opts *in, struct gyr_filter_opts *out, struct gyr_diag *d)
{
	const uint8_t *p = (const uint8_t *)in;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (!in)
		return 0;
	if (in->sz < offsetof(struct gyr_filter_opts, events))
		return diag_error(d, -EINVAL, "sz of the filter's options is not set");
	for (i = sizeof(*out); i < in->sz; i++)
		if (p[i])
			return diag_error(d, -E2BIG, "the filter's options are of a newer version than the library");
	memcpy(out, in, in->sz < sizeof(*out) ? in->sz : sizeof(*out));
	return 0;
}

int filter_add(struct filter *f, enum gyr_list list, uint64_t val0, uint64_t val1, uint8_t how)
{
	struct filter_entry *e;
	size_t i;

	for (i = 0; i < f->n; i++) {
		e = &f->entries[i];
		if (e->key.list == list && e->key.val[0] == val0 && e->key.val[1] == val1)
			break;
	}
	if (i == f->room) {
		size_t room = f->room ? 2 * f->room : 16;

		e = reallocarray(f->entries, room, sizeof(*e));
		if (!e)
			return -ENOMEM;
		f->entries = e;
		f->room = room;
	}
	e = &f->entries[i];
	if (i == f->n) {
		f->n++;
		*e = (struct filter_entry){.key = {.list = list, .val = {val0, val1}}};
	}
	e->how |= how;
	f->filters |= GYR_FILTER_LIST(list);
	if (how == GYR_IN)
		f->filters |= GYR_FILTER_ONLY(list);
	return 0;
}

bool filter_is_partial(const struct filter *f)
{
	return f->filters &
	       (GYR_FILTER_LIST(GYR_LIST_PID) | GYR_FILTER_LIST(GYR_LIST_CGROUP) | GYR_FILTER_LIST(GYR_LIST_TREE));
}

void filter_free(struct filter *f)
{
	free(f->entries);
	memset(f, 0, sizeof(*f));
}

static int check_list(const char *what, const void *list, size_t n, struct gyr_diag *d)
{
	if (n && !list)
		return diag_error(d, -EINVAL, "a list of %s has a length, but is NULL", what);
	if (n > GYR_CHOICES_MAX)
		return diag_error(d, -EINVAL, "%zu %s are more than the %d that a list can have", n, what,
				  GYR_CHOICES_MAX);
	return 0;
}

static int no_memory(struct gyr_diag *d)
{
	return diag_error(d, -ENOMEM, "no memory for the filter");
}

static int add_some_ids(struct filter *f, enum gyr_list list, const uint32_t *ids, size_t n, uint8_t how,
			struct gyr_diag *d)
{
	bool of_tasks = list == GYR_LIST_PID || list == GYR_LIST_TID;
	const char *what = of_tasks ? "process and thread ids" : "uids";
	int err = check_list(what, ids, n, d);
	size_t i;

	for (i = 0; i < n && !err; i++) {
		if (of_tasks && (ids[i] == 0 || ids[i] > INT32_MAX))
			return diag_error(d, -EINVAL, "%d is no id of a process or thread", (int)ids[i]);
		if (filter_add(f, list, ids[i], 0, how))
			err = no_memory(d);
	}
	return err;
}

static int add_ids(struct filter *f, enum gyr_list list, const struct gyr_ids *ids, struct gyr_diag *d)
{
	int err = add_some_ids(f, list, ids->in, ids->nin, GYR_IN, d);

	return err ? err : add_some_ids(f, list, ids->out, ids->nout, GYR_OUT, d);
}

static int add_some_comms(struct filter *f, const char *const *comms, size_t n, uint8_t how, struct gyr_diag *d)
{
	int err = 0;
	size_t i;

	for (i = 0; i < n && !err; i++) {
		uint64_t words[2] = {0, 0};

		_Static_assert(sizeof(words) == GYR_COMM_LEN, "a comm is the value of a key");
		memcpy(words, comms[i], strnlen(comms[i], GYR_COMM_LEN - 1));
		if (filter_add(f, GYR_LIST_COMM, words[0], words[1], how))
			err = no_memory(d);
	}
	return err;
}

static int check_some_names(const char *what, const char *const *names, size_t n, struct gyr_diag *d)
{
	int err = check_list(what, names, n, d);
	size_t i;

	for (i = 0; i < n && !err; i++)
		if (!names[i] || !*names[i])
			err = diag_error(d, -EINVAL, "an empty name in the list of %s", what);
	return err;
}

static int check_names(const char *what, const struct gyr_names *names, struct gyr_diag *d)
{
	int err = check_some_names(what, names->in, names->nin, d);

	return err ? err : check_some_names(what, names->out, names->nout, d);
}

static int check_snaplen(uint32_t snaplen, struct gyr_diag *d)
{
	if (snaplen <= GYR_SNAPLEN_MAX || snaplen == GYR_SNAPLEN_NONE)
		return 0;
	return diag_error(d, -EINVAL, "snaplen %u is over the most that a frame can hold, %d", snaplen,
			  GYR_SNAPLEN_MAX);
}

/* As the driver has it, to which 0 is none. */
static uint32_t read_snaplen(uint32_t snaplen, uint32_t dflt)
{
	if (snaplen == GYR_SNAPLEN_NONE)
		return 0;
	return snaplen ? snaplen : dflt;
}

static int set_snaplens(struct filter *f, const struct gyr_filter_opts *o, struct gyr_diag *d)
{
	int err = check_snaplen(o->snaplen, d), i;

	f->snaplen = read_snaplen(o->snaplen, GYR_SNAPLEN_DFLT);
	for (i = 0; i < GYR_SNAPS && !err; i++) {
		err = check_snaplen(o->snaplen_of[i], d);
		f->snaplen_of[i] = read_snaplen(o->snaplen_of[i], f->snaplen);
		if (f->snaplen_of[i] != f->snaplen)
			f->filters |= GYR_FILTER_SNAPLENS;
	}
	for (; i < GYR_DATA_ROOM && !err; i++)
		if (o->snaplen_of[i])
			err = diag_error(d, -EINVAL, "snaplen_of[%d] is of no type of fd", i);
	return err;
}

static int set_failed(struct filter *f, enum gyr_failed failed, struct gyr_diag *d)
{
	switch (failed) {
	case GYR_FAILED_TOO:
		return 0;
	case GYR_FAILED_NO:
		f->filters |= GYR_FILTER_NOT_FAILED;
		return 0;
	case GYR_FAILED_ONLY:
		f->filters |= GYR_FILTER_ONLY_FAILED;
		return 0;
	}
	return diag_error(d, -EINVAL, "%d is no way to treat calls that failed", (int)failed);
}

int filter_init(struct filter *f, const struct gyr_filter_opts *o, struct gyr_diag *d)
{
	int err = selection_parse(&f->sel, o->events, d);

	if (!err && !f->enter)
		selection_no_enter(&f->sel);
	if (!err)
		err = selection_sample(&f->sel, o->sample, d);
	if (!err)
		err = set_failed(f, o->failed, d);
	if (!err)
		err = add_ids(f, GYR_LIST_PID, &o->pids, d);
	if (!err)
		err = add_ids(f, GYR_LIST_TID, &o->tids, d);
	if (!err)
		err = add_ids(f, GYR_LIST_UID, &o->uids, d);
	if (!err)
		err = check_names("comms", &o->comms, d);
	if (!err)
		err = add_some_comms(f, o->comms.in, o->comms.nin, GYR_IN, d);
	if (!err)
		err = add_some_comms(f, o->comms.out, o->comms.nout, GYR_OUT, d);
	if (!err)
		err = check_names("cgroups", &o->cgroups, d);
	if (!err)
		err = check_names("cgroups", &o->cgroup_trees, d);
	if (!err)
		err = check_names("containers", &o->containers, d);
	if (!err)
		err = set_snaplens(f, o, d);
	if (!err && o->follow && f->filters & GYR_FILTER_LIST(GYR_LIST_PID))
		f->filters |= GYR_FILTER_FOLLOW;
	if (!err)
		selection_add_state(&f->sel, state_needs);
	return err;
}

int gyr_filter_check(const struct gyr_filter_opts *opts, char *errbuf, size_t errbuf_sz)
{
	struct gyr_diag diag = {0};
	struct gyr_filter_opts o;
	struct filter f = {0};
	int err = filter_opts_read(opts, &o, &diag);

	if (!err)
		err = filter_init(&f, &o, &diag);
	filter_free(&f);
	if (errbuf && errbuf_sz)
		snprintf(errbuf, errbuf_sz, "%s", diag.msg);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Options of a capture, as they are given and as they are meant. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* The caller's struct may be of an older, shorter version or of a newer one whose additions must be unset. */
static int read_versioned(const void *in, size_t in_sz, void *out, size_t sz)
{
	const uint8_t *p = in;
	size_t i;

	if (in_sz < sizeof(size_t))
		return -EINVAL;
	memcpy(out, in, in_sz < sz ? in_sz : sz);
	for (i = sz; i < in_sz; i++)
		if (p[i])
			return -E2BIG;
	return 0;
}

int opts_read(const struct gyr_live_opts *in, struct gyr_live_opts *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	err = in ? read_versioned(in, in->sz, out, sizeof(*out)) : 0;
	if (err)
		return err;
	if (!out->probe)
		out->probe = secure_getenv("GYR_PROBE");
	if (!out->btf)
		out->btf = secure_getenv("GYR_BTF");
	return 0;
}

int host_opts_read(const struct gyr_host_opts *in, struct gyr_host_opts *out)
{
	memset(out, 0, sizeof(*out));
	return in ? read_versioned(in, in->sz, out, sizeof(*out)) : 0;
}

const char *opts_complaint(int err)
{
	return err == -E2BIG ? "the options are of a newer version than the library" : "sz of the options is not set";
}

int opts_check(const struct gyr_live_opts *o, struct gyr_diag *d)
{
	if (o->ring_bytes > (1ull << 30))
		return diag_error(d, -EINVAL, "a ring of %zu bytes is over the limit of 1 GiB a CPU", o->ring_bytes);
	if (o->filter && (o->events || o->npids || o->follow || o->comm || o->snaplen))
		return diag_error(d, -EINVAL, "with a filter, events, pids, follow, comm and snaplen belong into that");
	return 0;
}

int opts_filter(const struct gyr_live_opts *o, struct gyr_filter_opts *f, struct gyr_diag *d)
{
	if (o->filter)
		return filter_opts_read(o->filter, f, d);
	*f = (struct gyr_filter_opts){
		.sz = sizeof(*f),
		.events = o->events,
		.pids = {.in = (const uint32_t *)o->pids, .nin = o->npids},
		.follow = o->follow,
		.comms = {.in = &o->comm, .nin = o->comm ? 1 : 0},
		.snaplen = o->snaplen,
	};
	return 0;
}

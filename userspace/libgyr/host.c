// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A handle without a driver: what /proc says of this host once, and a source that never has a frame. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "live/rights.h"

struct host {
	struct source src;
	struct gyr_diag *diag;
};

static int host_next(struct source *s, struct frame_ref *out, int timeout_ms)
{
	(void)s;
	(void)out;
	(void)timeout_ms;
	return 0;
}

static int host_stop(struct source *s)
{
	(void)s;
	return 0;
}

static int host_stats(struct source *s, struct gyr_stats *out)
{
	(void)s;
	(void)out; /* which is zero */
	return 0;
}

static uint64_t host_lost(struct source *s, bool whole)
{
	(void)s;
	(void)whole;
	return 0;
}

static int host_poll_fd(struct source *s)
{
	(void)s;
	return -ENOTSUP;
}

static int host_filter(struct source *s, struct filter *f, struct takeover *t)
{
	(void)f;
	(void)t;
	return diag_error(((struct host *)s)->diag, -ENOTSUP,
			  "there are no events to filter: this handle is no capture");
}

static uint64_t host_time(const struct source *s)
{
	(void)s;
	return 0;
}

static void host_wake(struct source *s)
{
	(void)s;
}

static void host_close(struct source *s)
{
	free(s);
}

static const struct source_ops host_ops = {
	.next = host_next,
	.stop = host_stop,
	.stats = host_stats,
	.lost = host_lost,
	.poll_fd = host_poll_fd,
	.filter = host_filter,
	.now = host_time,
	.read_to = host_time,
	.wake = host_wake,
	.close = host_close,
};

static int fill(struct gyr *g)
{
	struct host *h = calloc(1, sizeof(*h));
	int err;

	if (h) {
		h->src.ops = &host_ops;
		h->src.local_ids = true;
		h->src.lost = rights_has_cap(CAP_SYS_PTRACE) ? 0 : 1ull << GYR_FEATURE_PTRACE;
		h->diag = &g->diag;
		g->src = &h->src;
		g->stopped = true; /* nothing is to come */
	}
	/* gyr_next asks for the filter in force even where there is nothing that it could let through. */
	g->span = g->last = calloc(1, sizeof(*g->span));
	g->state = state_new(&g->diag);
	if (!h || !g->span || !g->state)
		return diag_error(&g->diag, -ENOMEM, "no memory for the state tables");
	err = state_snapshot(g->state);
	if (!err && gyr_thread_count(g) == 0) /* not even the caller */
		err = diag_error(&g->diag, -ENOENT, "/proc shows no process. Is it mounted?");
	return err;
}

int gyr_open_host(const struct gyr_host_opts *opts, struct gyr **out)
{
	struct gyr_host_opts o;
	const char *why = "";
	struct gyr *g = NULL;
	int err;

	*out = NULL;
	err = host_opts_read(opts, &o);
	if (err) {
		why = opts_complaint(err);
		goto fail;
	}
	g = calloc(1, sizeof(*g));
	if (!g) {
		why = "no memory";
		err = -ENOMEM;
		goto fail;
	}
	g->diag.log = o.log;
	g->diag.log_ctx = o.log_ctx;
	err = fill(g);
	if (!err) {
		*out = g;
		return 0;
	}
	why = g->diag.msg;
fail:
	if (o.errbuf && o.errbuf_sz)
		snprintf(o.errbuf, o.errbuf_sz, "%s", why);
	gyr_close(g);
	return err;
}

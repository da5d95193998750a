// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A handle: a source's frames, parsed, enriched, selected. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const char *gyr_version(void)
{
	return GYR_VERSION;
}

static void report_error(const struct gyr_live_opts *o, const char *msg)
{
	if (o->errbuf && o->errbuf_sz)
		snprintf(o->errbuf, o->errbuf_sz, "%s", msg);
}

#define STATE_BYTES_MIN (1 << 20)

/* What is known of before the capture; nothing where /proc shows other ids than events have. */
static int look_back(struct gyr *g)
{
	if (!g->src->local_ids)
		return 0;
	state_set_view(g->state, g->src->ops->see, g->src);
	return state_snapshot(g->state);
}

/* Frames from `since` on are what this lets through. */
static void add_span(struct gyr *g, struct span *s, const struct filter *f, const struct takeover *since)
{
	*s = (struct span){.sel = f->sel, .since = *since, .partial = filter_is_partial(f)};
	if (g->last)
		g->last->next = s;
	else
		g->span = s;
	g->last = s;
}

/* Before the switch, so that nothing can fail after it. */
static struct span *new_span(struct gyr *g, int *err)
{
	struct span *s = malloc(sizeof(*s));

	if (!s)
		*err = diag_error(&g->diag, -ENOMEM, "no memory for the filter");
	return s;
}

static int open_filtered(struct gyr *g, const struct gyr_live_opts *o)
{
	struct filter f = {.enter = o->enter};
	struct gyr_filter_opts fo;
	struct span *s = NULL;
	int err;

	err = opts_filter(o, &fo, &g->diag);
	if (!err)
		err = filter_init(&f, &fo, &g->diag);
	if (!err)
		err = cgroups_find(&f, &fo, &g->diag);
	/* First the stream, then the snapshot: what happens between is in the stream. */
	if (!err)
		err = live_open(o, &f, &g->diag, &g->src);
	if (o->state_bytes)
		state_set_bytes(g->state, o->state_bytes < STATE_BYTES_MIN ? STATE_BYTES_MIN : o->state_bytes);
	if (!err)
		state_set_clock(g->state, g->src->ops->now(g->src));
	if (!err)
		err = look_back(g);
	if (!err)
		s = new_span(g, &err);
	if (s) {
		uint64_t now = g->src->ops->now(g->src);

		add_span(g, s, &f, &(struct takeover){now, now});
	}
	filter_free(&f);
	return err;
}

int gyr_open_live(const struct gyr_live_opts *opts, struct gyr **out)
{
	struct gyr_live_opts o;
	struct gyr *g;
	int err;

	*out = NULL;
	err = opts_read(opts, &o);
	if (err) {
		report_error(&o, opts_complaint(err));
		return err;
	}
	g = calloc(1, sizeof(*g));
	if (!g) {
		report_error(&o, "no memory");
		return -ENOMEM;
	}
	g->diag.log = o.log;
	g->diag.log_ctx = o.log_ctx;
	g->enter = o.enter;
	err = opts_check(&o, &g->diag);
	if (err)
		goto fail;
	g->state = state_new(&g->diag);
	g->ev.unmarked = malloc(GYR_FRAME_MAX);
	if (!g->state || !g->ev.unmarked) {
		err = diag_error(&g->diag, -ENOMEM, "no memory for the state tables");
		goto fail;
	}
	err = open_filtered(g, &o);
	if (err)
		goto fail;
	*out = g;
	return 0;
fail:
	report_error(&o, g->diag.msg);
	gyr_close(g);
	return err;
}

void gyr_close(struct gyr *g)
{
	if (!g)
		return;
	if (g->src)
		g->src->ops->close(g->src);
	state_free(g->state);
	free(g->ev.unmarked);
	while (g->span) {
		struct span *s = g->span;

		g->span = s->next;
		free(s);
	}
	free(g);
}

int gyr_filter_set(struct gyr *g, const struct gyr_filter_opts *opts)
{
	struct filter f = {.enter = g->enter};
	struct gyr_filter_opts o;
	struct takeover t = {0};
	struct span *s = NULL;
	int err;

	err = filter_opts_read(opts, &o, &g->diag);
	if (!err)
		err = filter_init(&f, &o, &g->diag);
	if (!err)
		err = cgroups_find(&f, &o, &g->diag);
	if (!err)
		s = new_span(g, &err);
	if (!err)
		err = g->src->ops->filter(g->src, &f, &t);
	if (err)
		free(s);
	else
		add_span(g, s, &f, &t); /* now, as what the kernel refuses comes in another way */
	filter_free(&f);
	return err;
}

/*
 * An event comes in the order of time, and a filter that took over is to be asked from then on. For a moment the driver
 * may have judged by either: what both let through here has been let through by one of them in all.
 */
static bool span_wants(struct gyr *g)
{
	const struct gyr_event *ev = &g->ev;
	const struct span *next = g->span->next;

	return selection_wants(&g->span->sel, ev) &&
	       (!next || ev->ts < next->since.from || selection_wants(&next->sel, ev));
}

/* Nothing older than ts comes any more, and the tables have none of it that is younger. */
static void follow_spans(struct gyr *g, uint64_t ts)
{
	struct span *old, *next;

	while ((next = g->span->next) && ts >= next->since.from) {
		old = g->span;
		/* Of what the old filter left out nobody knows what has become. */
		if (!next->begun && old->partial)
			state_suspect(g->state, old->since.from);
		next->begun = true;
		if (ts <= next->since.sure)
			break;
		g->span = next;
		free(old);
	}
}

static uint64_t monotonic_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / NSEC_PER_MSEC;
}

#define ASK_FRAMES  4096 /* losses are asked for after so many frames, ... */
#define ASK_IDLE_MS 20	 /* ... and with nothing to read, so often, ... */
#define WAIT_MS	    1000 /* ... if need be in the midst of a wait */

/* What the tables are in doubt of is looked at between events, and most of all when there are none. */
static void tend_state(struct gyr *g, bool idle)
{
	uint64_t now = idle ? monotonic_ms() : 0, lost;

	/* The time of the event before: asking the clock at each would cost more than the event. */
	if (!idle && state_is_due(g->state, g->ev.ts))
		state_refresh(g->state, g->ev.ts);
	if (!(idle && now - g->asked_ms >= ASK_IDLE_MS) && ++g->since_asked < ASK_FRAMES)
		return;
	g->asked_ms = idle ? now : g->asked_ms;
	g->since_asked = 0;
	lost = g->src->ops->lost(g->src, idle);
	if (lost != g->lost)
		state_lost(g->state);
	g->lost = lost;
}

static int time_left(uint64_t deadline)
{
	uint64_t now = monotonic_ms();

	return deadline > now ? (int)(deadline - now) : 0;
}

/* The next frame; while none comes, refreshes what is due. */
static int next_frame(struct gyr *g, struct frame_ref *f, int timeout_ms)
{
	uint64_t deadline = timeout_ms > 0 ? monotonic_ms() + (uint64_t)timeout_ms : 0;
	int left = timeout_ms, due, wait, err;

	for (;;) {
		due = state_due_ms(g->state);
		wait = due < 0 ? (g->since_asked ? ASK_IDLE_MS : WAIT_MS) : due;
		err = g->src->ops->next(g->src, f, left >= 0 && left < wait ? left : wait);
		tend_state(g, err == 0);
		if (err || g->stopped)
			return err;
		if (due == 0)
			state_refresh(g->state, UINT64_MAX);
		if (deadline)
			left = time_left(deadline);
		if (left == 0)
			return 0;
	}
}

/* One frame from the source to an event with its context: 1, 0 (none, or not for the caller), or a negative errno. */
static int next_event(struct gyr *g, int timeout_ms, bool *got_frame)
{
	struct frame_ref f = {0};
	const char *why;
	int err;

	err = next_frame(g, &f, timeout_ms);
	*got_frame = err > 0;
	if (err == 0)
		follow_spans(g, g->src->ops->read_to(g->src));
	if (err <= 0)
		return err;
	if (event_parse(&f, &g->ev, &why)) {
		g->bad++;
		diag_log(&g->diag, GYR_LOG_WARN, "a frame of %u bytes on CPU %u does not parse: %s", f.len, f.cpu, why);
		return 0;
	}
	follow_spans(g, g->ev.ts);
	state_before(g->state, &g->ev);
	g->after_due = true;
	if (f.marks & GYR_FRAME_STATE || !span_wants(g)) {
		g->state_only++;
		return 0;
	}
	g->delivered++;
	g->ev.num = g->delivered;
	return 1;
}

static void finish_event(struct gyr *g)
{
	if (g->after_due)
		state_after(g->state, &g->ev);
	g->after_due = false;
}

/*
 * Events that are not for the caller must not keep it for ever, as they may come as fast as they are read: with no time
 * to wait, at most this many are passed over.
 */
#define PASSED_OVER_MAX 4096

int gyr_next(struct gyr *g, const struct gyr_event **ev, int timeout_ms)
{
	uint64_t deadline = 0;
	uint32_t passed_over = 0;
	int left = timeout_ms;
	bool got_frame;
	int err;

	for (;;) {
		finish_event(g);
		err = next_event(g, left, &got_frame);
		if (err || !got_frame)
			break;
		if (timeout_ms == 0 && !g->stopped && ++passed_over == PASSED_OVER_MAX) {
			g->src->ops->wake(g->src);
			break;
		}
		if (timeout_ms <= 0)
			continue;
		if (!deadline)
			deadline = monotonic_ms() + (uint64_t)timeout_ms;
		left = time_left(deadline);
		if (left == 0)
			break;
	}
	if (err > 0)
		*ev = &g->ev;
	return err;
}

int gyr_stop(struct gyr *g)
{
	g->stopped = true;
	return g->src->ops->stop(g->src);
}

int gyr_discard(struct gyr *g)
{
	struct frame_ref f = {0};
	int err;

	finish_event(g);
	while ((err = g->src->ops->next(g->src, &f, 0)) > 0)
		g->unread++;
	return err;
}

const char *gyr_errmsg(const struct gyr *g)
{
	return g->diag.msg;
}

uint64_t gyr_lost_features(const struct gyr *g)
{
	return g->src->lost;
}

int gyr_poll_fd(const struct gyr *g)
{
	return g->src->ops->poll_fd(g->src);
}

int gyr_stats_read(struct gyr *g, struct gyr_stats *out)
{
	struct gyr_stats st = {.sz = sizeof(st)};
	size_t sz = out->sz;
	int err;

	if (sz < sizeof(size_t))
		return -EINVAL;
	err = g->src->ops->stats(g->src, &st);
	if (err)
		return err;
	st.delivered = g->delivered;
	st.state_only = g->state_only;
	st.lost_bug += g->bad;
	st.lost_unread = g->unread;
	st.lost = st.lost_ring_full + st.lost_no_ring + st.lost_busy + st.lost_bug + st.lost_error + st.lost_unread;
	st.produced -= st.state_only;
	state_stats(g->state, &st);
	st.pending = st.produced - st.delivered - st.lost;
	/* The caller's struct may be of an older, shorter version, or of a newer one whose additions are nothing here.
	 */
	st.sz = sz;
	memcpy(out, &st, sz < sizeof(st) ? sz : sizeof(st));
	if (sz > sizeof(st))
		memset((uint8_t *)out + sizeof(st), 0, sz - sizeof(st));
	return 0;
}

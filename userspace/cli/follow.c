// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Shows events until something ends it: the count, the time, CMD's end, a signal, the reader of our output, an error.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "losses.h"
#include "signals.h"
#include "tail.h"

#define MS		1000000ULL
#define TICK_MS		100	    /* a signal just before a wait is seen this late */
#define TICK_EVENTS	64	    /* events between two looks at the clock */
#define WARN_NS		(1000 * MS) /* between warnings while it runs */
#define DRAIN_SIGNAL_NS (1000 * MS) /* after Ctrl-C the rest is shown for so long */

struct follow {
	struct gyr *g;
	const struct tail_options *opts;
	struct child *child;
	struct out out;
	uint32_t text_flags;
	bool draining, cut, failed;
	bool warn_live;					 /* stderr is somebody's terminal */
	int signals_at_drain;				 /* any more than these cut the drain */
	uint64_t shown, started, deadline, next_warning; /* ns, monotonic; 0: never */
	struct gyr_stats seen;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static void show(struct follow *f, const struct gyr_event *ev)
{
	size_t room = 1024;
	char *p;
	int len;

	for (;;) {
		p = out_reserve(&f->out, room + 1);
		if (!p) {
			f->cut = true;
			return;
		}
		if (f->opts->json)
			len = gyr_event_json(ev, p, room, 0);
		else
			len = gyr_event_text(ev, p, room, f->text_flags);
		if (len < 0 || (size_t)len < room)
			break;
		room = (size_t)len + 1;
	}
	if (len < 0) {
		say("tail: event %llu cannot be shown: %s.", (unsigned long long)gyr_event_num(ev), strerror(-len));
		f->failed = true;
		f->cut = true;
		return;
	}
	p[len] = '\n';
	out_commit(&f->out, len + 1);
	f->shown++;
	f->cut = f->shown == f->opts->count;
}

/* From here on only what was captured before is read. */
static void drain(struct follow *f)
{
	if (f->draining)
		return;
	f->draining = true;
	f->signals_at_drain = signals_count();
	f->deadline = 0;
	gyr_stop(f->g);
}

static void warn_of_losses(struct follow *f, uint64_t now)
{
	struct gyr_stats s = {.sz = sizeof(s)};

	if (!f->warn_live || now < f->next_warning)
		return;
	f->next_warning = now + WARN_NS;
	if (gyr_stats_read(f->g, &s) == 0)
		losses_warn(&s, &f->seen);
}

/* Looks at all that is not an event. */
static void tick(struct follow *f)
{
	bool cmd_runs = f->child && !child_ended(f->child, false);
	uint64_t now = now_ns();

	warn_of_losses(f, now);
	if (f->draining) {
		f->cut |= signals_count() > f->signals_at_drain || (f->deadline && now >= f->deadline);
		return;
	}
	if ((f->child && !cmd_runs) || (f->deadline && now >= f->deadline)) {
		drain(f);
	} else if (signals_count() && !cmd_runs) {
		drain(f);
		f->deadline = now + DRAIN_SIGNAL_NS;
	}
}

static int wait_ms(const struct follow *f)
{
	uint64_t now = now_ns();

	if (!f->deadline)
		return TICK_MS;
	if (now >= f->deadline)
		return 0;
	/* Rounded up: a wait that ends just before the deadline would be followed by one of no length. */
	now = (f->deadline - now + MS - 1) / MS;
	return now < TICK_MS ? now : TICK_MS;
}

static void show_all(struct follow *f)
{
	const struct gyr_event *ev;
	uint32_t until_tick = 0;
	bool idle = false;
	int n;

	while (!f->cut) {
		n = gyr_next(f->g, &ev, f->draining ? -1 : idle ? wait_ms(f) : 0);
		if (n > 0) {
			show(f, ev);
			idle = false;
			if (until_tick-- > 0)
				continue;
		} else if (n == 0 && f->draining) {
			return;
		} else if (n == 0) {
			/* Only now, so that there is no write an event; and at once, so that a reader need not wait. */
			f->cut |= out_flush(&f->out) < 0 && f->out.err;
			if (idle && out_reader_gone()) {
				f->out.err = -EPIPE;
				f->cut = true;
			}
			idle = true;
		} else if (n != -EINTR) {
			say("tail: %s", gyr_errmsg(f->g));
			f->failed = true;
			f->cut = true;
		}
		until_tick = TICK_EVENTS;
		tick(f);
	}
}

static uint32_t text_flags(void)
{
	uint32_t flags = colour_wanted(STDOUT_FILENO) ? GYR_TEXT_COLOUR : 0;

	if (utf8_wanted())
		flags |= GYR_TEXT_UTF8;
	return flags;
}

/* Ctrl-C at a terminal, without --stats: a short account. */
static void summary(const struct follow *f, const struct gyr_stats *s)
{
	uint64_t ms = (now_ns() - f->started) / MS;

	if (f->opts->stats || !f->warn_live || !signals_count())
		return;
	say("%llu events shown in %llu.%llu s, %llu lost.", (unsigned long long)f->shown, (unsigned long long)ms / 1000,
	    (unsigned long long)ms % 1000 / 100, (unsigned long long)(s->lost - s->lost_unread));
}

int tail_follow(struct gyr *g, const struct tail_options *opts, struct child *child, struct gyr_stats *stats)
{
	struct follow f = {.g = g, .opts = opts, .child = child};
	int err, code;

	f.warn_live = isatty(STDERR_FILENO);
	f.text_flags = text_flags();
	f.started = now_ns();
	f.deadline = opts->duration ? f.started + opts->duration : 0;
	f.next_warning = f.started + WARN_NS;
	out_init(&f.out);
	show_all(&f);
	gyr_stop(g);
	if (f.cut)
		gyr_discard(g);
	code = out_finish(&f.out);
	stats->sz = sizeof(*stats);
	err = gyr_stats_read(g, stats);
	if (err) {
		say("tail: no statistics: %s", gyr_errmsg(g));
		return CLI_FAILURE;
	}
	losses_warn(stats, &f.seen);
	summary(&f, stats);
	return f.failed ? CLI_FAILURE : code;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tape.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define STEP_NS 1000 /* from one event to the next */

/* ---- the source ---- */

static int tape_next(struct source *s, struct frame_ref *out, int timeout_ms)
{
	struct tape *t = (struct tape *)s;
	const uint8_t *p = t->bytes + t->pos;
	uint32_t len, nparams;
	uint16_t context = 0;

	(void)timeout_ms;
	if (t->pos == t->len)
		return 0;
	memcpy(&len, p + GYR_FRAME_LEN, sizeof(len));
	memcpy(&nparams, p + GYR_FRAME_NPARAMS, sizeof(nparams));
	*out = (struct frame_ref){.data = p, .len = len, .cpu = 1, .marks = nparams & GYR_FRAME_MARKS};
	if (out->marks & GYR_FRAME_CONTEXT) {
		out->context = p + len;
		memcpy(&context, p + len, sizeof(context));
	}
	t->pos += (len + context + GYR_FRAME_ALIGN - 1) & ~(size_t)(GYR_FRAME_ALIGN - 1);
	return 1;
}

static uint64_t tape_lost(struct source *s, bool whole)
{
	(void)s;
	(void)whole;
	return 0;
}

static uint64_t tape_read_to(const struct source *s)
{
	return ((const struct tape *)s)->ts;
}

static const struct source_ops tape_ops = {.next = tape_next, .lost = tape_lost, .read_to = tape_read_to};

void tape_init(struct tape *t)
{
	*t = (struct tape){.src = {.ops = &tape_ops}, .ts = 1700000000000000000};
}

void tape_free(struct tape *t)
{
	free(t->bytes);
}

static void append(struct tape *t, const void *p, size_t n)
{
	if (t->len + n + GYR_FRAME_ALIGN > t->room) {
		t->room = 2 * t->room + n + (1 << 20);
		t->bytes = realloc(t->bytes, t->room);
		if (!t->bytes)
			die("no memory for the frames");
	}
	memcpy(t->bytes + t->len, p, n);
	t->len += n;
}

void tape_add(struct tape *t, uint64_t tid, uint16_t type, const uint8_t *context, const struct arg *args)
{
	static struct test_frame frame;
	static const uint8_t zero[GYR_FRAME_ALIGN];
	struct frame_ref ref;
	uint16_t len;

	feed_frame(&frame, tid, type, args);
	frame.ts = t->ts;
	frame.marks = context ? GYR_FRAME_CONTEXT : 0;
	ref = frame_done(&frame);
	append(t, ref.data, ref.len);
	if (context) {
		memcpy(&len, context + GYR_CONTEXT_LEN, sizeof(len));
		append(t, context, len);
	}
	append(t, zero, -t->len % GYR_FRAME_ALIGN);
	t->frames++;
	t->ts += STEP_NS;
}

/* ---- the handle ---- */

void player_open(struct player *p)
{
	memset(p, 0, sizeof(*p));
	p->g.state = state_new(&p->g.diag);
	p->g.ev.unmarked = malloc(GYR_FRAME_MAX);
	if (!p->g.state || !p->g.ev.unmarked || selection_parse(&p->span.sel, NULL, &p->g.diag))
		die("no memory for the tables");
	p->g.span = p->g.last = &p->span;
}

void player_close(struct player *p)
{
	state_free(p->g.state);
	free(p->g.ev.unmarked);
}

static double cpu_ns(void)
{
	return (double)clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

double player_play(struct player *p, struct tape *t)
{
	const struct gyr_event *ev;
	uint64_t n = 0;
	double begin;

	t->pos = 0;
	p->g.src = &t->src;
	begin = cpu_ns();
	while (gyr_next(&p->g, &ev, 0) > 0)
		n++;
	begin = cpu_ns() - begin;
	if (n != t->frames)
		die("%llu of %llu frames are no events", (unsigned long long)(t->frames - n),
		    (unsigned long long)t->frames);
	return begin;
}

double player_parse(struct player *p, struct tape *t)
{
	double begin = cpu_ns();
	struct frame_ref f;
	const char *why;

	t->pos = 0;
	while (tape_next(&t->src, &f, 0))
		if (event_parse(&f, &p->g.ev, &why))
			die("a frame does not parse: %s", why);
	return cpu_ns() - begin;
}

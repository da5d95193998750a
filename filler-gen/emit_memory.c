// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "emit_memory.h"

#include <inttypes.h>

bool condition_is_always(const struct condition *when)
{
	return when->res == WHEN_ANY && when->arg < 0;
}

void emit_condition(FILE *out, const struct condition *when)
{
	bool both = when->res != WHEN_ANY && when->arg >= 0;

	if (when->res != WHEN_ANY)
		fprintf(out, "c.ret %s 0%s", when->res == WHEN_OK ? ">=" : ">", both ? " && (" : "");
	for (size_t i = 0; i < when->nis; i++)
		fprintf(out, "%s(u32)call_arg(&c, %d) == 0x%" PRIx32, i ? " || " : "", when->arg,
			(uint32_t)when->is[i].value);
	if (both)
		fputs(")", out);
}

static bool same_condition(const struct condition *a, const struct condition *b)
{
	if (a->res != b->res || a->arg != b->arg || a->nis != b->nis)
		return false;
	for (size_t i = 0; i < a->nis; i++)
		if (a->is[i].value != b->is[i].value)
			return false;
	return true;
}

/* Text and bytes go from there into the frame; all else is read first. */
static bool is_read(const struct param *p)
{
	return p->at_text && p->at.scalar->form != FORM_CHAR;
}

static bool together(const struct param *a, const struct param *b)
{
	return is_read(a) && is_read(b) && a->from[0].kind == b->from[0].kind && a->from[0].value == b->from[0].value &&
	       same_condition(&a->when, &b->when);
}

static unsigned int end_of(const struct piece *at)
{
	return at->off[ABI_LP64] + at->scalar->size[ABI_LP64];
}

/* The read that has the param, which is emitted before its first. Returns its number. */
static size_t emit_read(FILE *out, struct reads *reads, const struct event *e, size_t n)
{
	const struct param *p = &e->params[n];
	unsigned int lo = p->at.off[ABI_LP64], hi = end_of(&p->at);
	size_t i = 0;

	while (i < reads->n && !together(reads->read[i].first, p))
		i++;
	if (i < reads->n)
		return i;
	for (size_t j = n + 1; j < e->nparams; j++) {
		const struct param *q = &e->params[j];

		if (!together(p, q))
			continue;
		lo = q->at.off[ABI_LP64] < lo ? q->at.off[ABI_LP64] : lo;
		hi = end_of(&q->at) > hi ? end_of(&q->at) : hi;
	}
	reads->read[i].first = p;
	reads->read[i].lo = lo;
	reads->read[i].room = reads->room;
	reads->room += (hi - lo + 7) & ~7u;
	reads->n++;
	fprintf(out, "\tu32 in%zu = read_behind(&f, %u, %u, ", i, reads->read[i].room, hi - lo);
	if (!condition_is_always(&p->when)) {
		fputs("(", out);
		emit_condition(out, &p->when);
		fputs(") ? ", out);
	}
	fputs("behind(", out);
	emit_source(out, &p->from[0]);
	fprintf(out, ", %u)%s);\n", lo, condition_is_always(&p->when) ? "" : " : 0");
	return i;
}

static void emit_value(FILE *out, const struct param *p, unsigned int at)
{
	const struct scalar *scalar = p->at.scalar;

	switch (scalar->form) {
	case FORM_TIMESPEC:
		fprintf(out, "timespec_ns(&f, %u)", at);
		break;
	case FORM_TIMEVAL:
		fprintf(out, "timeval_ns(&f, %u)", at);
		break;
	case FORM_SECONDS:
		fprintf(out, "BEHIND(s64, &f, %u) * 1000000000LL", at);
		break;
	case FORM_SIGNED:
		fprintf(out, "(s64)BEHIND(s%u, &f, %u)", 8 * scalar->size[ABI_LP64], at);
		break;
	default:
		fprintf(out, "BEHIND(u%u, &f, %u)", 8 * scalar->size[ABI_LP64], at);
		break;
	}
}

/* A piece of text or bytes of known size, which need not end with a NUL. */
static void emit_put_chars(FILE *out, const struct param *p)
{
	fprintf(out, "\tput_user_%s(&f, &c, ", p->type->encoder == ENC_STR ? "chars" : "data");
	if (!condition_is_always(&p->when)) {
		fputs("(", out);
		emit_condition(out, &p->when);
		fputs(") ? ", out);
	}
	fputs("behind(", out);
	emit_source(out, &p->from[0]);
	fprintf(out, ", %u)%s, %u); /* %s */\n", p->at.off[ABI_LP64], condition_is_always(&p->when) ? "" : " : 0",
		p->at.count, p->name);
}

void emit_put_memory(FILE *out, struct reads *reads, const struct event *e, size_t n)
{
	const struct param *p = &e->params[n];
	bool converts = p->values && p->values->converts;
	unsigned int at;
	size_t i;

	if (!is_read(p)) {
		emit_put_chars(out, p);
		return;
	}
	i = emit_read(out, reads, e, n);
	at = reads->read[i].room + p->at.off[ABI_LP64] - reads->read[i].lo;
	if (p->type->encoder == ENC_STR) {
		fprintf(out, "\tput_user_str(&f, &c, in%zu ? BEHIND(u64, &f, %u) : 0); /* %s */\n", i, at, p->name);
		return;
	}
	fprintf(out, "\tput_u%u_if(&f, in%zu, ", 8 * p->type->size, i);
	if (converts)
		fprintf(out, "flags_%s(", p->values->name);
	emit_value(out, p, at);
	fprintf(out, "%s); /* %s */\n", converts ? ")" : "", p->name);
}

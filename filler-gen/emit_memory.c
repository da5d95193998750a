// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "emit_memory.h"

#include <inttypes.h>

struct span {
	unsigned int lo, hi;
};

bool condition_is_always(const struct condition *when)
{
	return when->res == WHEN_ANY && !when->asks;
}

void emit_condition(FILE *out, const struct condition *when)
{
	bool both = when->res != WHEN_ANY && when->asks;

	if (when->res != WHEN_ANY)
		fprintf(out, "c.ret %s 0%s", when->res == WHEN_OK ? ">=" : ">", both ? " && (" : "");
	for (size_t i = 0; i < when->nis; i++) {
		fputs(i ? " || (u32)" : "(u32)", out);
		emit_source(out, &when->of);
		fprintf(out, " == 0x%" PRIx32, (uint32_t)when->is[i].value);
	}
	if (when->has_min) {
		fputs("(u32)", out);
		emit_source(out, &when->of);
		fprintf(out, " >= %" PRId64, when->min);
	}
	if (both)
		fputs(")", out);
}

static bool same_condition(const struct condition *a, const struct condition *b)
{
	if (a->res != b->res || a->asks != b->asks || a->nis != b->nis || a->min != b->min)
		return false;
	if (a->asks && (a->of.kind != b->of.kind || a->of.value != b->of.value))
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
	       a->size.kind == b->size.kind && a->size.value == b->size.value && same_condition(&a->when, &b->when);
}

static unsigned int end_of(const struct piece *at, int abi)
{
	return at->off[abi] + at->scalar->size[abi];
}

/* From where to where the params that are read together with the n-th one reach. */
static struct span span_of(const struct event *e, size_t n, int abi)
{
	const struct param *p = &e->params[n];
	struct span span = {p->size.kind == SIZE_UNSAID ? p->at.off[abi] : 0, end_of(&p->at, abi)};

	for (size_t i = n + 1; i < e->nparams; i++) {
		const struct piece *at = &e->params[i].at;

		if (!together(p, &e->params[i]))
			continue;
		span.lo = at->off[abi] < span.lo ? at->off[abi] : span.lo;
		span.hi = end_of(at, abi) > span.hi ? end_of(at, abi) : span.hi;
	}
	return span;
}

/* A bit for each param of the same read as the n-th, which is the first. */
static uint32_t params_together(const struct event *e, size_t n)
{
	uint32_t params = 1u << n;

	for (size_t i = n + 1; i < e->nparams; i++)
		if (together(&e->params[n], &e->params[i]))
			params |= 1u << i;
	return params;
}

/* Has what the n-th param is read with another layout for 32-bit callers? */
static bool is_narrow(const struct event *e, size_t n)
{
	if (!e->compat || e->entered)
		return false;
	for (size_t i = n; i < e->nparams; i++) {
		const struct piece *at = &e->params[i].at;

		if ((i == n || together(&e->params[n], &e->params[i])) &&
		    (at->off[ABI_LP64] != at->off[ABI_I386] ||
		     at->scalar->size[ABI_LP64] != at->scalar->size[ABI_I386]))
			return true;
	}
	return false;
}

static void emit_address(FILE *out, const struct param *p, unsigned int lo)
{
	if (!condition_is_always(&p->when)) {
		fputs("(", out);
		emit_condition(out, &p->when);
		fputs(") ? ", out);
	}
	fputs("behind(", out);
	emit_source(out, &p->from[0]);
	fprintf(out, ", %u)%s", lo, condition_is_always(&p->when) ? "" : " : 0");
}

/* What a 32-bit caller has there is put to where it would be for a 64-bit one. */
static void emit_widen(FILE *out, const struct piece *at, unsigned int to, unsigned int from)
{
	const struct scalar *scalar = at->scalar;
	unsigned int size = scalar->size[ABI_I386];
	bool two = scalar->form == FORM_TIMESPEC || scalar->form == FORM_TIMEVAL;
	const char *sign = scalar->form == FORM_UNSIGNED || scalar->form == FORM_PTR ? "u" : "s";

	if (size == scalar->size[ABI_LP64]) {
		fprintf(out, "\t\tBEHIND(u%u, &f, %u) = NARROW(u%u, &f, %u);\n", 8 * size, to, 8 * size, from);
		return;
	}
	fprintf(out, "\t\tBEHIND(%s64, &f, %u) = NARROW(%s32, &f, %u);\n", sign, to, sign, from);
	if (two)
		fprintf(out, "\t\tBEHIND(s64, &f, %u) = NARROW(s32, &f, %u);\n", to + 8, from + 4);
}

static void emit_narrow_read(FILE *out, const struct reads *reads, size_t i, const struct event *e, size_t n)
{
	const struct param *p = &e->params[n];
	struct span span = span_of(e, n, ABI_I386);

	fprintf(out,
		"\tu32 in%zu;\n\tif (is_narrow(&c, %" PRId64 ")) {\n\t\tin%zu = read_narrow(&f, %u, 0x%" PRIx32 ", ", i,
		p->from[0].value, i, span.hi - span.lo, params_together(e, n));
	emit_address(out, p, span.lo);
	fputs(");\n", out);
	for (size_t j = n; j < e->nparams; j++) {
		const struct piece *at = &e->params[j].at;

		if (j == n || together(p, &e->params[j]))
			emit_widen(out, at, reads->read[i].room + at->off[ABI_LP64] - reads->read[i].lo,
				   at->off[ABI_I386] - span.lo);
	}
	fputs("\t} else {\n\t", out);
}

/* Of a struct as much as the caller has: how many bytes. */
static void emit_sized_read(FILE *out, const struct reads *reads, size_t i, const struct event *e, size_t n)
{
	const struct param *p = &e->params[n];
	uint32_t params = params_together(e, n);
	struct span span = span_of(e, n, ABI_LP64);

	fprintf(out, "\tu64 at%zu = ", i);
	emit_address(out, p, 0);
	fprintf(out, ";\n\tu32 in%zu = read_sized(&f, %u, %u, 0x%" PRIx32 ", at%zu, ", i, reads->read[i].room, span.hi,
		params, i);
	if (p->size.kind == SIZE_ARG)
		fprintf(out, "call_arg(&c, %" PRId64 "));\n", p->size.value);
	else
		fprintf(out, "size_behind(&f, %u, 0x%" PRIx32 ", at%zu, %" PRId64 "));\n", reads->read[i].room, params,
			i, p->size.value);
}

/* 1 or 0: was the param among what was read? */
static void emit_has(FILE *out, const struct param *p, size_t i)
{
	if (p->size.kind == SIZE_UNSAID)
		fprintf(out, "in%zu", i);
	else
		fprintf(out, "reaches(&f, in%zu, %u)", i, end_of(&p->at, ABI_LP64));
}

/* The read that has the param, which is emitted before its first. Returns its number. */
static size_t emit_read(FILE *out, struct reads *reads, const struct event *e, size_t n)
{
	const struct param *p = &e->params[n];
	struct span span = span_of(e, n, ABI_LP64);
	bool narrow = is_narrow(e, n);
	size_t i = 0;

	while (i < reads->n && !together(reads->read[i].first, p))
		i++;
	if (i < reads->n)
		return i;
	reads->read[i].first = p;
	reads->read[i].lo = span.lo;
	reads->read[i].room = reads->room;
	reads->room += (span.hi - span.lo + 7) & ~7u;
	reads->n++;
	if (p->size.kind != SIZE_UNSAID) {
		emit_sized_read(out, reads, i, e, n);
		return i;
	}
	if (narrow)
		emit_narrow_read(out, reads, i, e, n);
	fprintf(out, "\t%sin%zu = read_behind(&f, %u, %u, 0x%" PRIx32 ", ", narrow ? "" : "u32 ", i,
		reads->read[i].room, span.hi - span.lo, params_together(e, n));
	emit_address(out, p, span.lo);
	fprintf(out, ");\n%s", narrow ? "\t}\n" : "");
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
		fprintf(out, "BEHIND(s64, &f, %u) * NSEC_PER_SEC", at);
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
static void emit_put_chars(FILE *out, const struct event *e, size_t n)
{
	const struct param *p = &e->params[n];
	bool narrow = is_narrow(e, n);

	fprintf(out, "\tput_user_%s(&f, &c, ", p->type->encoder == ENC_STR ? "chars" : "data");
	if (narrow) {
		fprintf(out, "is_narrow(&c, %" PRId64 ") ? (", p->from[0].value);
		emit_address(out, p, p->at.off[ABI_I386]);
		fputs(") : (", out);
	}
	emit_address(out, p, p->at.off[ABI_LP64]);
	fprintf(out, "%s, %u); /* %s */\n", narrow ? ")" : "", p->at.count, p->name);
}

void emit_put_memory(FILE *out, struct reads *reads, const struct event *e, size_t n)
{
	const struct param *p = &e->params[n];
	bool converts = p->values && p->values->converts;
	unsigned int at;
	size_t i;

	if (!is_read(p)) {
		emit_put_chars(out, e, n);
		return;
	}
	i = emit_read(out, reads, e, n);
	at = reads->read[i].room + p->at.off[ABI_LP64] - reads->read[i].lo;
	if (p->type->encoder == ENC_STR) {
		fputs("\tput_user_str(&f, &c, ", out);
		emit_has(out, p, i);
		fprintf(out, " ? BEHIND(u64, &f, %u) : 0); /* %s */\n", at, p->name);
		return;
	}
	fprintf(out, "\tput_u%u_if(&f, ", 8 * p->type->size);
	emit_has(out, p, i);
	fputs(", ", out);
	if (converts)
		fprintf(out, "flags_%s(", p->values->name);
	emit_value(out, p, at);
	fprintf(out, "%s); /* %s */\n", converts ? ")" : "", p->name);
}

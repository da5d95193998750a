// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <string.h>

#include "emit.h"

static void emit_source_text(FILE *out, const struct source *src)
{
	if (src->kind == SRC_RET)
		fputs("result", out);
	else if (src->kind == SRC_ARG)
		fprintf(out, "argument %" PRId64, src->value + 1);
	else if (src->kind == SRC_NR)
		fputs("system call number", out);
	else if (src->kind == SRC_SQE)
		fprintf(out, "SQE's %s", src->field);
	else if (src->kind == SRC_RING)
		fputs("the ring's address in the kernel", out);
	else
		fprintf(out, "always %" PRId64, src->value);
}

static void emit_when_text(FILE *out, const struct condition *when)
{
	if (when->res != WHEN_ANY)
		fprintf(out, ", when the call %s", when->res == WHEN_OK ? "succeeded" : "returned more than 0");
	if (!when->asks)
		return;
	fprintf(out, ", %s ", when->res != WHEN_ANY ? "and" : "when");
	emit_source_text(out, &when->of);
	fputs(" is", out);
	if (when->has_min)
		fprintf(out, " at least %" PRId64, when->min);
	for (size_t i = 0; i < when->nis; i++) {
		fputs(i ? " or " : " ", out);
		if (when->is[i].name)
			fputs(when->is[i].name, out);
		else
			fprintf(out, "%" PRId64, when->is[i].value);
	}
}

static void emit_from_text(FILE *out, const struct param *p)
{
	for (size_t i = 0; i < p->nfrom; i++) {
		fputs(i ? ", " : "", out);
		emit_source_text(out, &p->from[i]);
	}
	if (p->as)
		fprintf(out, "%s`%s`", p->nfrom ? " by " : "", p->as);
	if (p->at_text)
		fprintf(out, ", `%s` there", p->at_text);
	if (p->size.kind == SIZE_ARG)
		fprintf(out, ", if argument %" PRId64 " says that it is there", p->size.value + 1);
	else if (p->size.kind == SIZE_SELF)
		fputs(", if the size there says that it is", out);
	emit_when_text(out, &p->when);
}

static void emit_params(FILE *out, const struct event *e)
{
	bool has_from = e->nparams && e->params[0].has_from; /* all of them, or none */

	fprintf(out, "\n| param | type | shown | values |%s\n|---|---|---|---|%s\n", has_from ? " from |" : "",
		has_from ? "---|" : "");
	for (size_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		fprintf(out, "| %s%s | %s | %s | ", p->name, p->own ? " (own)" : "", p->type->name,
			word_formats[p->format].name);
		if (p->values)
			fprintf(out, "[%s](#flags-%s)", p->values->name, p->values->name);
		else if (p->dyn)
			fprintf(out, "[%s](#dyn-%s)", p->dyn->name, p->dyn->name);
		else if (p->dirfd >= 0)
			fprintf(out, "relative to %s", e->params[p->dirfd].name);
		fputs(" |", out);
		if (has_from) {
			fputc(' ', out);
			emit_from_text(out, p);
			fputs(" |", out);
		}
		fputc('\n', out);
	}
}

static void emit_kernels(FILE *out, const struct syscall *sys)
{
	if (!sys->has_since)
		return;
	fprintf(out, " (%s%s", sys->since ? "Linux " : "no Linux", sys->since ? sys->since : "");
	if (sys->removed)
		fprintf(out, " until %s", sys->removed);
	fputs(")", out);
}

static void emit_syscalls_of(FILE *out, const struct schema *s, const struct event *e)
{
	const char *sep = "System calls: ";

	if (e->code == GENERIC_CODE) {
		fputs("System calls: all that have no event of their own.\n", out);
		return;
	}
	for (size_t i = 0; i < s->nsyscalls; i++) {
		if (s->syscalls[i].event != e)
			continue;
		fprintf(out, "%s%s", sep, s->syscalls[i].name);
		emit_kernels(out, &s->syscalls[i]);
		sep = ", ";
	}
	if (sep[0] == ',')
		fputs(".\n", out);
}

static void emit_op(FILE *out, const struct event *e)
{
	if (e->op == OP_NONE)
		return;
	if (e->op == OP_ANY_OTHER)
		fputs("Operations of io_uring without an event of their own.\n", out);
	else
		fprintf(out, "Operation %" PRId64 " of io_uring.\n", e->op);
	for (size_t i = 0; i < e->nlikes; i++)
		fprintf(out, "%s%s%s", i ? ", " : "Chosen by the name of, too: ", e->likes[i],
			i + 1 < e->nlikes ? "" : ".\n");
}

static void emit_event(FILE *out, const struct schema *s, const struct event *e)
{
	fprintf(out, "\n### %s (%" PRId64 ")\n\n`%s`, %s, source %s", e->name, e->code, e->id,
		word_categories[e->category].name, word_sources[e->source].name);
	for (int i = 0; word_event_flags[i].name; i++)
		if (e->flags & (1u << i))
			fprintf(out, ", %s", word_event_flags[i].name);
	fputs(".\n", out);
	if (e->produced)
		emit_syscalls_of(out, s, e);
	emit_op(out, e);
	if (e->filler)
		fprintf(out, "Params by `fill_%s`.\n", e->filler);
	if (e->by_hand)
		fprintf(out, "By the program `" PROG_PREFIX "%s`.\n", e->by_hand);
	if (e->by_library)
		fprintf(out, "By the library (`live/%s.c`).\n", e->by_library);
	if (e->nparams)
		emit_params(out, e);
	else
		fputs("\nNo params.\n", out);
}

static void emit_words(FILE *out, const char *title, const struct word *words)
{
	fprintf(out, "\n| %s | |\n|---|---|\n", title);
	for (; words->name; words++)
		fprintf(out, "| %s | %s |\n", words->name, words->meaning);
}

static void emit_legend(FILE *out)
{
	fputs("\n## Words\n\n| type | bytes | |\n|---|---|---|\n", out);
	for (const struct word_type *t = word_types + 1; t->name; t++) {
		fprintf(out, "| %s | ", t->name);
		if (t->size)
			fprintf(out, "%u", t->size);
		fprintf(out, " | %s |\n", t->meaning);
	}
	emit_words(out, "category", word_categories);
	emit_words(out, "flag of an event", word_event_flags);
}

static void emit_kernel_value(FILE *out, const struct flag_table *t, const struct flag_value *v)
{
	bool is_default = t->dflt_name && strcmp(v->name, t->dflt_name) == 0;

	if (v->has_kernel && t->kind == KIND_BITS)
		fprintf(out, " 0x%" PRIx64, v->kernel);
	else if (v->has_kernel)
		fprintf(out, " %" PRIu64, v->kernel);
	if (is_default)
		fputs(v->has_kernel ? ", any other" : " any other", out);
	fputs(" |", out);
}

static void emit_flag_tables(FILE *out, const struct schema *s)
{
	fprintf(out,
		"\n## Flags\n\nValues on the wire. Where the kernel's differ, they are given for %s; a value without "
		"one is set by the "
		"driver, or does not occur.\n",
		word_archs[s->arch].name);
	for (size_t i = 0; i < s->nflags; i++) {
		const struct flag_table *t = &s->flags[i];

		fprintf(out, "\n### flags %s\n\n| name | wire |%s\n|---|---|%s\n", t->name,
			t->converts ? " kernel |" : "", t->converts ? "---|" : "");
		for (size_t j = 0; j < t->nvalues; j++) {
			fprintf(out, "| %s | 0x%" PRIx64 " |", t->values[j].name, t->values[j].wire);
			if (t->converts)
				emit_kernel_value(out, t, &t->values[j]);
			fputc('\n', out);
		}
	}
	fputs("\n## Dynamic types\n", out);
	for (size_t i = 0; i < s->ndyns; i++) {
		fprintf(out, "\n### dyn %s\n\n| index | type |\n|---|---|\n", s->dyns[i].name);
		for (size_t j = 0; j < s->dyns[i].ntypes; j++)
			fprintf(out, "| %zu | %s |\n", j, s->dyns[i].types[j]->name);
	}
}

static const char *since_text(const struct syscall *sys)
{
	if (sys->since)
		return sys->since;
	return sys->has_since ? "never" : "";
}

static void emit_syscalls(FILE *out, const struct schema *s)
{
	fprintf(out,
		"\n## System calls of %s\n\n| system call | number | scap id | since Linux | until | reported as |\n"
		"|---|---|---|---|---|---|\n",
		word_archs[s->arch].name);
	for (size_t i = 0; i < s->nsyscalls; i++) {
		const struct syscall *sys = &s->syscalls[i];
		const struct event *e = syscall_reported_as(s, sys);

		if (sys->nr[s->arch] >= 0)
			fprintf(out, "| %s | %" PRId64 " | %" PRId64 " | %s | %s | %s (%" PRId64 ") |\n", sys->name,
				sys->nr[s->arch], sys->sc, since_text(sys), sys->removed ? sys->removed : "", e->name,
				e->code);
	}
}

void emit_docs(FILE *out, const struct schema *s)
{
	size_t produced = 0;

	for (size_t i = 0; i < s->nevents; i++)
		produced += s->events[i].produced;
	fprintf(out,
		"<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->\n"
		"<!-- Generated by filler-gen from the schema. -->\n"
		"# Events\n\n"
		"%zu types of events, of which the driver produces %zu; the others are known in order to read files of "
		"others. "
		"An even code is an enter, an odd one an exit. Codes from %d up are gyr's own, and so "
		"are params of others that have (own) after their name.\n",
		s->nevents, produced, EXT_CODE_MIN);
	emit_legend(out);
	fputs("\n## Events that are produced\n", out);
	for (size_t i = 0; i < s->nevents; i++)
		if (s->events[i].produced)
			emit_event(out, s, &s->events[i]);
	fputs("\n## Events that are only read\n", out);
	for (size_t i = 0; i < s->nevents; i++)
		if (!s->events[i].produced)
			emit_event(out, s, &s->events[i]);
	emit_syscalls(out, s);
	emit_flag_tables(out, s);
}

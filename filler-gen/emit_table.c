// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The library's tables: data only; the look-ups are in userspace/libgyr/event/table.c. */
#include <inttypes.h>
#include <string.h>

#include "emit.h"

static void emit_flag_tables(FILE *out, const struct schema *s)
{
	for (size_t i = 0; i < s->nflags; i++) {
		const struct flag_table *t = &s->flags[i];

		fprintf(out, "static const struct gyr_flag flags_%s[] = {\n", t->name);
		for (size_t j = 0; j < t->nvalues; j++)
			/* With conversion, the mask is for the kernel's values. */
			fprintf(out, "\t{\"%s\", 0x%" PRIx64 "u, 0x%" PRIx64 "u},\n", t->values[j].name,
				t->values[j].wire, t->converts ? 0 : t->values[j].mask);
		fputs("};\n", out);
	}
	fputs("\nconst struct gyr_flags table_flags[] = {\n", out);
	for (size_t i = 0; i < s->nflags; i++)
		fprintf(out, "\t{\"%s\", flags_%s, %zu},\n", s->flags[i].name, s->flags[i].name, s->flags[i].nvalues);
	fprintf(out, "};\nconst size_t table_nflags = %zu;\n\n", s->nflags);
}

static void emit_dyn_tables(FILE *out, const struct schema *s)
{
	for (size_t i = 0; i < s->ndyns; i++) {
		const struct dyn_table *t = &s->dyns[i];

		fprintf(out, "static const enum gyr_param_type dyn_%s[] = {", t->name);
		for (size_t j = 0; j < t->ntypes; j++)
			fprintf(out, "%sGYR_TYPE_%s", j ? ", " : "", t->types[j]->name);
		fputs("};\n", out);
	}
	fputc('\n', out);
}

static void emit_param(FILE *out, const struct schema *s, const struct param *p)
{
	fprintf(out, "\t{\"%s\", GYR_TYPE_%s, GYR_FMT_%s, ", p->name, p->type->name, word_formats[p->format].name);
	if (p->values)
		fprintf(out, "&table_flags[%td], ", p->values - s->flags);
	else
		fputs("NULL, ", out);
	fprintf(out, "%d, ", p->dirfd);
	if (p->dyn)
		fprintf(out, "dyn_%s, %zu},\n", p->dyn->name, p->dyn->ntypes);
	else
		fputs("NULL, 0},\n", out);
}

static void emit_event_info(FILE *out, const struct event *e)
{
	fprintf(out, "\t{%" PRId64 ", \"%s\", \"%s\", GYR_CAT_", e->code, e->id, e->name);
	emit_upper(out, word_categories[e->category].name);
	fprintf(out, ", 0x%xu, %zu, ", e->flags, e->nparams);
	if (e->nparams)
		fprintf(out, "params_%" PRId64, e->code);
	else
		fputs("NULL", out);
	fprintf(out, ", %s},\n", e->produced ? "true" : "false");
}

static void emit_events(FILE *out, const struct schema *s)
{
	size_t base = 0;

	for (size_t i = 0; i < s->nevents; i++) {
		const struct event *e = &s->events[i];

		base += e->code < EXT_CODE_MIN;
		if (!e->nparams)
			continue;
		fprintf(out, "static const struct gyr_param_info params_%" PRId64 "[] = {\n", e->code);
		for (size_t j = 0; j < e->nparams; j++)
			emit_param(out, s, &e->params[j]);
		fputs("};\n", out);
	}
	fputs("\nconst struct gyr_event_info table_events[] = {\n", out);
	for (size_t i = 0; i < s->nevents; i++)
		emit_event_info(out, &s->events[i]);
	fprintf(out, "};\nconst size_t table_nevents = %zu;\nconst size_t table_nbase = %zu;\n", s->nevents, base);
}

/* What every frame is checked against, without a look at the descriptions of params. */
static void emit_checks(FILE *out, const struct schema *s)
{
	fputs("\nconst struct table_check table_checks[] = {\n", out);
	for (size_t i = 0; i < s->nevents; i++) {
		const struct event *e = &s->events[i];
		uint32_t strings = 0;

		fputs("\t{{", out);
		for (size_t j = 0; j < e->nparams; j++) {
			fprintf(out, "%s%u", j ? ", " : "", e->params[j].type->size);
			if (e->params[j].type->encoder == ENC_STR)
				strings |= 1u << j;
		}
		fprintf(out, "%s}, 0x%xu},\n", e->nparams ? "" : "0", strings);
	}
	fputs("};\n\nconst uint16_t table_own[TABLE_OWN] = {\n", out);
	for (size_t i = 0; i < s->nevents; i++)
		if (s->events[i].code >= EXT_CODE_MIN)
			fprintf(out, "\t[%" PRId64 "] = %zu,\n", s->events[i].code - EXT_CODE_MIN, i + 1);
	fputs("};\n", out);
}

static void emit_names(FILE *out)
{
	fputs("\nconst char *const table_category_names[] = {\n", out);
	for (int i = 0; word_categories[i].name; i++)
		fprintf(out, "\t\"%s\",\n", word_categories[i].name);
	fputs("};\nconst size_t table_ncategories = sizeof(table_category_names) / sizeof(table_category_names[0]);\n\n"
	      "const struct table_type table_types[] = {\n",
	      out);
	for (const struct word_type *t = word_types; t->name; t++)
		fprintf(out, "\t{\"%s\", %u},\n", t->name, t->size);
	fputs("};\nconst size_t table_ntypes = sizeof(table_types) / sizeof(table_types[0]);\n", out);
}

static void emit_syscalls(FILE *out, const struct schema *s)
{
	fputs("\nconst struct gyr_syscall_info table_syscalls[] = {\n", out);
	for (size_t i = 0; i < s->nsyscalls; i++) {
		const struct syscall *sys = &s->syscalls[i];

		fprintf(out, "\t{%" PRId64 ", %" PRId64 ", %" PRId64 ", \"%s\", %" PRId64 "},\n", sys->nr[s->arch],
			sys->sc, sys->event_code, sys->name, compat_is_of(s->arch) ? sys->nr[SPACE_I386] : -1);
	}
	fprintf(out, "};\nconst size_t table_nsyscalls = %zu;\n", s->nsyscalls);

	fputs("\nconst uint16_t table_syscall_of_slot[GYR_SLOTS_MAX] = {\n", out);
	for (size_t i = 0; i < s->nsyscalls; i++)
		for (int space = 0; space < WORD_SPACES; space++)
			if (syscall_slot(s, &s->syscalls[i], space) >= 0)
				fprintf(out, "\t[%" PRId64 "] = %zu,\n", syscall_slot(s, &s->syscalls[i], space),
					i + 1);
	/* Several have the id 0, which means "unknown": the one of that name stands for them. */
	fputs("};\n\nconst uint16_t table_syscall_of_sc[] = {\n", out);
	for (size_t i = 0; i < s->nsyscalls; i++)
		if (s->syscalls[i].sc > 0 || strcmp(s->syscalls[i].name, "unknown") == 0)
			fprintf(out, "\t[%" PRId64 "] = %zu,\n", s->syscalls[i].sc, i + 1);
	fputs("};\nconst size_t table_nsc = sizeof(table_syscall_of_sc) / sizeof(table_syscall_of_sc[0]);\n", out);
}

static void emit_programs(FILE *out, const struct schema *s)
{
	fputs("\nconst char *const gyr_filler_names[GYR_SLOTS_MAX] = {\n", out);
	for (size_t i = 0; i < s->nsyscalls; i++)
		for (int space = 0; space < WORD_SPACES; space++)
			if (syscall_slot(s, &s->syscalls[i], space) >= 0)
				fprintf(out, "\t[%" PRId64 "] = \"" PROG_PREFIX "%s\",\n",
					syscall_slot(s, &s->syscalls[i], space),
					syscall_reported_as(s, &s->syscalls[i])->prog);
	fputs("};\n\nconst struct table_enter table_enters[] = {\n", out);
	for (size_t i = 0; i < s->nevents; i++)
		if (s->events[i].entered)
			fprintf(out, "\t{%" PRId64 ", %" PRId64 ", \"" PROG_PREFIX "%s\"},\n", s->events[i].code,
				s->events[i].entered->nr[s->arch], s->events[i].prog);
	fputs("};\nconst size_t table_nenters = sizeof(table_enters) / sizeof(table_enters[0]);\n", out);
}

static void emit_ops(FILE *out, const struct schema *s)
{
	fputs("\nconst struct table_op table_ops[GYR_URING_OPS] = {\n", out);
	for (size_t i = 0; i < s->nevents; i++)
		if (s->events[i].op != OP_NONE)
			fprintf(out, "\t[%" PRId64 "] = {%" PRId64 ", \"" PROG_PREFIX "%s\"},\n", s->events[i].op,
				s->events[i].code, s->events[i].prog);
	fputs("};\n\nconst struct table_like table_likes[] = {\n", out);
	for (size_t i = 0; i < s->nevents; i++)
		for (size_t j = 0; j < s->events[i].nlikes; j++)
			fprintf(out, "\t{%zu, \"%s\"},\n", i, s->events[i].likes[j]);
	/* Never empty, which C does not have. */
	fputs("\t{0, NULL},\n};\nconst size_t table_nlikes = sizeof(table_likes) / sizeof(table_likes[0]) - 1;\n", out);
}

void emit_table(FILE *out, const struct schema *s)
{
	fputs("/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n"
	      "/* Generated by filler-gen from the schema. */\n"
	      "#include <event/table.h>\n\n",
	      out);
	emit_flag_tables(out, s);
	emit_dyn_tables(out, s);
	emit_events(out, s);
	emit_checks(out, s);
	emit_names(out);
	emit_syscalls(out, s);
	emit_programs(out, s);
	emit_ops(out, s);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The driver's programs: one an event, shared by all system calls that lead to it. */
#include <inttypes.h>

#include "emit.h"
#include "emit_memory.h"

void emit_source(FILE *out, const struct source *src)
{
	switch (src->kind) {
	case SRC_RET:
		fputs("c.ret", out);
		break;
	case SRC_ARG:
		fprintf(out, "call_arg(&c, %" PRId64 ")", src->value);
		break;
	case SRC_NR:
		fputs("call_nr(&c)", out);
		break;
	case SRC_SQE:
		fprintf(out, "SQE(%c%u, &f, %" PRId64 ")", src->sqe->form == FORM_SIGNED ? 's' : 'u',
			8 * src->sqe->size[ABI_LP64], src->value);
		break;
	case SRC_RING:
		fputs("f.cpu->uring", out);
		break;
	case SRC_CONST:
		fprintf(out, "%" PRId64 "%s", src->value, src->value > INT32_MAX || src->value < INT32_MIN ? "LL" : "");
		break;
	}
}

/* An address that is NULL when the param is to be empty: nothing is read then. */
static void emit_source_if(FILE *out, const struct source *src, const struct condition *when)
{
	if (condition_is_always(when)) {
		emit_source(out, src);
		return;
	}
	fputs("(", out);
	emit_condition(out, when);
	fputs(") ? ", out);
	emit_source(out, src);
	fputs(" : 0", out);
}

static void emit_put_str(FILE *out, const struct param *p)
{
	fputs("\tput_user_str(&f, &c, ", out);
	emit_source_if(out, &p->from[0], &p->when);
	fprintf(out, "); /* %s */\n", p->name);
}

static void emit_put_default(FILE *out, const struct param *p)
{
	const struct source *src = &p->from[0];
	bool converts = p->values && p->values->converts && src->kind != SRC_CONST;
	bool always = condition_is_always(&p->when);

	fprintf(out, "\tput_u%u%s(&f, ", 8 * p->type->size, always ? "" : "_if");
	if (!always) {
		fputs("forget(&f, (", out);
		emit_condition(out, &p->when);
		fputs(") ? 1 : 0), ", out);
	}
	if (p->type->encoder == ENC_SIGNED && (src->kind == SRC_ARG || src->kind == SRC_SQE))
		fputs("(s64)(s32)", out);
	if (converts)
		fprintf(out, "flags_%s(", p->values->name);
	emit_source(out, src);
	fprintf(out, "%s); /* %s */\n", converts ? ")" : "", p->name);
}

static void emit_put_as(FILE *out, const struct param *p)
{
	fprintf(out, "\tput_%s(&f, &c", p->as);
	for (size_t i = 0; i < p->nfrom; i++) {
		fputs(", ", out);
		if (i == 0)
			emit_source_if(out, &p->from[i], &p->when);
		else
			emit_source(out, &p->from[i]);
	}
	fprintf(out, "); /* %s */\n", p->name);
}

static void emit_params(FILE *out, const struct event *e)
{
	struct reads reads = {0};

	for (size_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		if (p->at_text)
			emit_put_memory(out, &reads, e, i);
		else if (p->as)
			emit_put_as(out, p);
		else if (p->type->encoder == ENC_STR)
			emit_put_str(out, p);
		else
			emit_put_default(out, p);
	}
	if (reads.room)
		fprintf(out, "\t_Static_assert(%u <= GYR_BEHIND_MAX, \"no room\");\n", reads.room);
}

/* Into or out of its first argument, an fd. */
static bool moves_data(const struct event *e)
{
	return event_has_flag(e, "reads_from_fd") || event_has_flag(e, "writes_to_fd");
}

/* How the fd is put that the event makes or closes; "": it has no context. */
static const char *context(const struct event *e)
{
	const char *key = e->context ? e->context : event_has_flag(e, "creates_fd") ? "ret" : "none";

	if (e->entered || e->op != OP_NONE)
		return "";
	return word_contexts[word_find(word_contexts, key)].meaning;
}

static void emit_program(FILE *out, const struct schema *s, const struct event *e)
{
	if (e->op != OP_NONE)
		fprintf(out, "\nSEC_URING_OP\nint " PROG_PREFIX "%s(u64 *ctx)\n{\n", e->prog);
	else if (e->entered)
		fprintf(out, "\nSEC_ENTER(%s)\nint " PROG_PREFIX "%s(u64 *ctx)\n{\n", e->entered->name, e->prog);
	else
		fprintf(out, "\nSEC_TP(sys_exit)\nint " PROG_PREFIX "%s(u64 *ctx)\n{\n", e->prog);
	fputs("\tstruct call c;\n\tstruct frame f;\n\n", out);
	if (e->op != OP_NONE)
		fprintf(out, "\tif (!uring_begin(ctx, &f, &c, GYR_EVT_%s, %zu))\n\t\treturn 0;\n", e->id, e->nparams);
	else if (e->entered)
		fprintf(out,
			"\tcall_init_enter(&c, ctx);\n"
			"\tif (!enter_begin(ctx, &f, %" PRId64 ", GYR_EVT_%s, %zu))\n\t\treturn 0;\n",
			e->entered->nr[s->arch], e->id, e->nparams);
	else
		fprintf(out, "\tif (!call_begin(ctx, &c, &f, GYR_EVT_%s, %zu))\n\t\treturn 0;\n%s", e->id, e->nparams,
			moves_data(e) ? "\tc.moves_data = true;\n" : "");
	if (e->filler)
		fprintf(out, "\tfill_%s(&f, &c);\n", e->filler);
	else
		emit_params(out, e);
	if (*context(e))
		fprintf(out, "\t%s;\n", context(e));
	fprintf(out, "\t%s;\n\treturn 0;\n}\n",
		e->entered || e->op != OP_NONE ? "push_evt_frame(ctx, &f)" : "call_end(ctx, &f)");
}

/*
 * A tail call with a constant slot is a direct jump, which the kernel patches as the slot changes; with a slot from a
 * register it is an indirect one through a retpoline, which costs 10 to 15 ns more.
 */
static void emit_dispatch(FILE *out, const struct schema *s)
{
	fputs("\nstatic __always_inline void dispatch(u64 *ctx, u32 nr)\n{\n\tswitch (nr) {\n", out);
	for (size_t i = 0; i < s->nsyscalls; i++) {
		int64_t nr = s->syscalls[i].nr[s->arch];

		if (nr >= 0 && syscall_reported_as(s, &s->syscalls[i])->code != GENERIC_CODE)
			fprintf(out,
				"\tcase %" PRId64 ":\n\t\tbpf_tail_call_static(ctx, &gyr_fillers, %" PRId64
				");\n\t\tbreak;\n",
				nr, nr);
	}
	fputs("\t}\n}\n", out);
}

void emit_fillers(FILE *out, const struct schema *s)
{
	fputs("/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n"
	      "/* Generated by filler-gen from the schema. Included by probe.bpf.c after what is written by hand. */\n"
	      "#include <gyr/event_types.h>\n\n#include \"convert.gen.h\"\n",
	      out);
	for (size_t i = 0; i < s->nevents; i++)
		if (s->events[i].generated)
			emit_program(out, s, &s->events[i]);
	emit_dispatch(out, s);
}

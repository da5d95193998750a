// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Ties the parts of the schema together and refuses what does not add up. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <gyr/wire.h>

#include "schema.h"

/* Members are NULL where reading them failed; that has been complained of, and NULL is equal to nothing. */
static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

bool event_has_flag(const struct event *e, const char *flag)
{
	return e->flags & (1u << word_find(word_event_flags, flag));
}

bool event_is_retired(const struct event *e)
{
	return event_has_flag(e, "old_version") || event_has_flag(e, "unused");
}

static const struct event *event_by_code(const struct schema *s, int64_t code)
{
	for (size_t i = 0; i < s->nevents; i++)
		if (s->events[i].code == code)
			return &s->events[i];
	return NULL;
}

const struct event *syscall_reported_as(const struct schema *s, const struct syscall *sys)
{
	return sys->event->produced ? sys->event : event_by_code(s, GENERIC_CODE);
}

int64_t syscall_slot(const struct schema *s, const struct syscall *sys, int space)
{
	if (sys->nr[space] < 0 || (space < WORD_ARCHS ? space != s->arch : !compat_is_of(s->arch)))
		return -1;
	return compat_first_slot(space) + sys->nr[space];
}

bool syscall_is_here(const struct schema *s, const struct syscall *sys)
{
	for (int space = 0; space < WORD_SPACES; space++)
		if (syscall_slot(s, sys, space) >= 0)
			return true;
	return false;
}

/* ---- flag tables ---- */

static void check_bits_value(const struct place *at, const struct flag_value *v)
{
	if (v->has_kernel && v->kernel == 0 && !v->mask)
		complain(at, "kernel", "0 needs a \"mask\": no bit tells that it is there");
	if (v->has_kernel && v->mask && (v->kernel & ~v->mask))
		complain(at, "kernel", "has bits that are not in the mask");
	if (!v->has_kernel && v->mask && (v->wire & ~v->mask))
		complain(at, "wire", "has bits that are not in the mask");
}

static void check_enum_value(const struct place *at, const struct flag_value *v)
{
	if (v->mask)
		complain(at, "mask", "is for tables of kind \"bits\"");
	if (v->has_kernel && v->kernel > UINT32_MAX)
		complain(at, "kernel", "over 32 bits: enums are compared as int");
}

static void check_value_pair(const struct place *at, const struct flag_table *t, const struct flag_value *v,
			     const struct flag_value *before)
{
	if (same(v->name, before->name))
		complain(at, "name", "is there twice");
	if (t->kind == KIND_BITS && v->wire == before->wire)
		complain(at, "wire", "%" PRIu64 " is %s already", v->wire, before->name ? before->name : "there");
	if (v->has_kernel && before->has_kernel && v->kernel == before->kernel && v->mask == before->mask)
		complain(at, "kernel", "%" PRIu64 " is %s already", v->kernel, before->name ? before->name : "there");
}

static void check_default(const struct place *at, struct flag_table *t)
{
	size_t i = 0;

	if (!t->dflt_name)
		return;
	if (t->kind == KIND_WRONG)
		return;
	if (t->kind != KIND_ENUM || !t->converts) {
		complain(at, "default", "is for tables of kind \"enum\" with kernel values");
		return;
	}
	while (i < t->nvalues && !same(t->values[i].name, t->dflt_name))
		i++;
	if (i < t->nvalues)
		t->dflt = t->values[i].wire;
	else
		complain(at, "default", "no value \"%s\" in the table", t->dflt_name);
}

static void check_flag_table(struct schema *s, size_t n)
{
	struct flag_table *t = &s->flags[n];
	struct place at = {.errors = &s->errors, .file = t->file, .item = t->label};

	for (size_t i = 0; i < n; i++)
		if (same(s->flags[i].name, t->name))
			complain(&at, "name", "a table of this name is there already");
	if (t->converts && t->kind == KIND_UNSAID)
		complain(&at, "kind", "missing: a table with kernel values says \"bits\" or \"enum\"");
	check_default(&at, t);
	for (size_t i = 0; i < t->nvalues; i++) {
		char *part = xasprintf("value %s", t->values[i].name ? t->values[i].name : "?");

		at.part = part;
		if (t->kind == KIND_BITS)
			check_bits_value(&at, &t->values[i]);
		else if (t->kind != KIND_WRONG)
			check_enum_value(&at, &t->values[i]);
		for (size_t j = 0; j < i; j++)
			check_value_pair(&at, t, &t->values[i], &t->values[j]);
		free(part);
	}
}

static void check_dyn_table(struct schema *s, size_t n)
{
	const struct dyn_table *t = &s->dyns[n];
	struct place at = {.errors = &s->errors, .file = t->file, .item = t->label};

	for (size_t i = 0; i < n; i++)
		if (same(s->dyns[i].name, t->name))
			complain(&at, "name", "a table of this name is there already");
}

/* ---- params ---- */

static void resolve_values(struct schema *s, const struct place *at, struct param *p)
{
	bool wide = false;

	if (!p->values_name) {
		if (word_type_has_values(p->type))
			complain(at, "values", "missing: a %s needs a table of flags", p->type->name);
		if (p->narrow)
			complain(at, "narrow", "without \"values\"");
		return;
	}
	if (!word_type_has_values(p->type) && strcmp(p->type->name, "UINT64") != 0) {
		complain(at, "values", "a %s has no table of flags", p->type->name);
		return;
	}
	for (size_t i = 0; i < s->nflags && !p->values; i++)
		if (same(s->flags[i].name, p->values_name))
			p->values = &s->flags[i];
	if (!p->values) {
		complain(at, "values", "unknown flag table \"%s\"", p->values_name);
		return;
	}
	if (!word_type_has_values(p->type) && (p->values->converts || p->values->kind != KIND_ENUM))
		complain(at, "values",
			 "a %s is the kernel's number: a table for it is an \"enum\" without kernel values",
			 p->type->name);
	for (size_t i = 0; i < p->values->nvalues; i++) {
		const struct flag_value *v = &p->values->values[i];

		if (p->type->size >= sizeof(v->wire) || v->wire >> (8 * p->type->size) == 0)
			continue;
		wide = true;
		if (!p->narrow)
			complain(at, "values", "%s (%" PRIu64 ") does not fit a %s: another type, or \"narrow\": true",
				 v->name ? v->name : "?", v->wire, p->type->name);
	}
	if (p->narrow && !wide)
		complain(at, "narrow", "every value of %s fits a %s", p->values_name, p->type->name);
}

static void resolve_dyn(struct schema *s, const struct place *at, struct param *p)
{
	bool is_dyn = strcmp(p->type->name, "DYN") == 0;

	if (is_dyn && !p->dyn_name)
		complain(at, "dyn", "missing: a DYN needs a dynamic table");
	if (!is_dyn && p->dyn_name)
		complain(at, "dyn", "a %s has no dynamic table", p->type->name);
	if (!is_dyn || !p->dyn_name)
		return;
	for (size_t i = 0; i < s->ndyns && !p->dyn; i++)
		if (same(s->dyns[i].name, p->dyn_name))
			p->dyn = &s->dyns[i];
	if (!p->dyn)
		complain(at, "dyn", "unknown dynamic table \"%s\"", p->dyn_name);
}

static void resolve_dirfd(const struct place *at, const struct event *e, struct param *p)
{
	bool is_rel = strcmp(p->type->name, "FSRELPATH") == 0;

	if (is_rel && !p->dirfd_name)
		complain(at, "dirfd", "missing: an FSRELPATH is relative to a param");
	if (!is_rel && p->dirfd_name)
		complain(at, "dirfd", "a %s is not relative to a directory", p->type->name);
	if (!is_rel || !p->dirfd_name)
		return;
	for (size_t i = 0; i < e->nparams && p->dirfd < 0; i++)
		if (same(e->params[i].name, p->dirfd_name))
			p->dirfd = (int)i;
	if (p->dirfd < 0)
		complain(at, "dirfd", "no param \"%s\" in the event", p->dirfd_name);
	else if (e->params[p->dirfd].type && strcmp(e->params[p->dirfd].type->name, "FD") != 0)
		complain(at, "dirfd", "param \"%s\" is a %s, not an FD", p->dirfd_name, e->params[p->dirfd].type->name);
}

/* What the type can be made of, when it is read from the caller's memory. */
static void check_piece(const struct schema *s, const struct place *at, struct param *p)
{
	bool is_time = strcmp(p->type->name, "RELTIME") == 0 || strcmp(p->type->name, "ABSTIME") == 0;
	bool is_bytes = strcmp(p->type->name, "BYTEBUF") == 0;
	bool is_sigset = strcmp(p->type->name, "SIGSET") == 0;
	enum scalar_form form;

	if (p->nfrom != 1 || (p->from[0].kind != SRC_ARG && p->from[0].kind != SRC_SQE)) {
		complain(at, "at", "is for what one argument points to");
		return;
	}
	if (!piece_find(s, at, p->at_text, &p->at))
		return;
	form = p->at.scalar->form;
	if (p->size.kind != SIZE_UNSAID && (form == FORM_CHAR || p->at.off[ABI_LP64] != p->at.off[ABI_I386] ||
					    p->at.scalar->size[ABI_LP64] != p->at.scalar->size[ABI_I386]))
		complain(at, "size", "is for numbers that 32-bit callers have at the same place");
	if (p->type->encoder == ENC_STR ? form != FORM_CHAR && form != FORM_PTR
	    : is_bytes			? form != FORM_CHAR
	    : is_time			? form != FORM_TIMESPEC && form != FORM_TIMEVAL && form != FORM_SECONDS
		      : form == FORM_CHAR || form == FORM_TIMESPEC || form == FORM_TIMEVAL || form == FORM_SECONDS ||
				(p->type->encoder == ENC_NONE && !is_sigset))
		complain(at, "at", "no %s can be made of \"%s\"", p->type->name, p->at_text);
}

/* Without "as": can the type be written from that value? */
static void check_encoder(const struct schema *s, const struct place *at, struct param *p)
{
	const struct source *src = &p->from[0];
	unsigned int bits = 8 * p->type->size;

	if (p->at_text) {
		check_piece(s, at, p);
		return;
	}
	if (!p->has_from || p->as || p->nfrom != 1)
		return;
	if (p->type->encoder == ENC_NONE)
		complain(at, "as", "missing: there is no encoder for a %s", p->type->name);
	else if (p->type->encoder == ENC_STR && src->kind != SRC_ARG && src->kind != SRC_SQE)
		complain(at, "as", "missing: only an argument is the address of a %s", p->type->name);
	else if (src->kind == SRC_CONST && bits < 64 &&
		 (src->value >= INT64_C(1) << bits || src->value < -(INT64_C(1) << (bits - 1))))
		complain(at, "from", "%" PRId64 " does not fit a %s", src->value, p->type->name);
}

/* Names of values are those of the param that is the argument itself. */
static const struct flag_table *table_of(const struct schema *s, const struct event *e, const struct source *of)
{
	for (size_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		if (p->nfrom != 1 || p->from[0].kind != of->kind || p->at_text ||
		    (of->kind == SRC_SQE ? !same(p->from[0].field, of->field) : p->from[0].value != of->value))
			continue;
		for (size_t j = 0; p->values_name && j < s->nflags; j++)
			if (same(s->flags[j].name, p->values_name))
				return &s->flags[j];
	}
	return NULL;
}

static void resolve_when(const struct schema *s, const struct place *at, const struct event *e, struct condition *when)
{
	const struct flag_table *t = when->asks ? table_of(s, e, &when->of) : NULL;

	for (size_t i = 0; i < when->nis; i++) {
		const char *name = when->is[i].name;
		size_t j = 0;

		if (!name)
			continue;
		while (t && j < t->nvalues && !same(t->values[j].name, name))
			j++;
		if (!t || j == t->nvalues)
			complain(at, "when", "\"%s\" is no value of the param that is argument %" PRId64, name,
				 when->of.value);
		else
			when->is[i].value =
				(int64_t)(t->values[j].has_kernel ? t->values[j].kernel : t->values[j].wire);
	}
}

/* Readers that know scap's params only stop after those; but some take an event with more of them for a broken one. */
static void check_own(const struct place *at, const struct event *e, size_t n)
{
	if (!e->params[n].own) {
		if (n && e->params[n - 1].own)
			complain(at, "own", "missing: the param before it is gyr's own, and scap's come first");
		return;
	}
	if (e->code >= EXT_CODE_MIN)
		complain(at, "own", "is for params of scap's events: all of this one are gyr's own");
	else if (event_has_flag(e, "converter_managed"))
		complain(at, "own", "peers want exactly scap's params of an event that is converter_managed");
}

static void check_param(struct schema *s, struct event *e, size_t n, bool others_have_from)
{
	struct param *p = &e->params[n];
	struct place at = {.errors = &s->errors, .file = e->file, .item = e->label, .part = p->label};

	for (size_t i = 0; i < n; i++)
		if (same(e->params[i].name, p->name))
			complain(&at, "name", "a param of this name is there already");
	if (others_have_from && !p->has_from)
		complain(&at, "from", "missing: other params of the event have it");
	check_own(&at, e, n);
	if (!p->type)
		return;
	resolve_values(s, &at, p);
	resolve_dyn(s, &at, p);
	resolve_dirfd(&at, e, p);
	resolve_sqe(s, &at, e, p);
	check_encoder(s, &at, p);
	resolve_when(s, &at, e, &p->when);
}

/* ---- events ---- */

static int by_code(const void *a, const void *b)
{
	int64_t x = ((const struct event *)a)->code, y = ((const struct event *)b)->code;

	return (x > y) - (x < y);
}

/* A complaint about an event that is not there: the directory is not known here, so it goes to its neighbour. */
static void check_gap(struct schema *s, const struct event *before, const struct event *e)
{
	struct place at = {.errors = &s->errors, .file = e->file, .item = e->label};
	int64_t want = before ? before->code + 1 : 0;

	if (e->code < 0 || e->code >= EXT_CODE_MIN || e->code <= want)
		return;
	if (e->code == want + 1)
		complain(&at, "code", "%" PRId64 " below it is missing", want);
	else
		complain(&at, "code", "%" PRId64 " to %" PRId64 " below it are missing", want, e->code - 1);
}

static void check_id(const struct place *at, const struct event *e)
{
	size_t len = e->id ? strlen(e->id) : 0;
	bool exits = e->code & 1;

	if (!e->id)
		return;
	if (e->code >= 0 && (len < 3 || strcmp(e->id + len - 2, exits ? "_X" : "_E") != 0))
		complain(at, "id", "\"%s\": an %s event's code is %s, and its id ends with %s", e->id,
			 exits ? "exit" : "enter", exits ? "odd" : "even", exits ? "_X" : "_E");
}

static void check_neighbours(struct schema *s, const struct place *at, size_t n)
{
	const struct event *e = &s->events[n];
	const struct event *before = n ? &s->events[n - 1] : NULL;

	if (before && e->code >= 0 && before->code == e->code)
		complain(at, "code", "%" PRId64 " is taken by %s in %s", e->code, before->label, before->file);
	else
		check_gap(s, before && before->code >= 0 ? before : NULL, e);
	/* "NA" is the name of the half of a pair that does not exist. */
	if (before && e->code & 1 && before->code == e->code - 1 && e->name && before->name &&
	    strcmp(e->name, "NA") != 0 && strcmp(before->name, "NA") != 0 && !same(e->name, before->name))
		complain(at, "name", "its enter event is named \"%s\"", before->name);
	for (size_t i = 0; i < n; i++)
		if (same(s->events[i].id, e->id))
			complain(at, "id", "\"%s\" is taken by %s in %s", e->id, s->events[i].label, s->events[i].file);
}

/* Who emits the event, if anybody: "from" in all params, "filler", "by_hand" or "by_library". */
static void check_producer(const struct place *at, struct event *e, size_t with_from)
{
	unsigned int ways = (with_from > 0) + (e->filler != NULL) + (e->by_hand != NULL) + (e->by_library != NULL);
	const char *field = e->filler	    ? "filler"
			    : e->by_hand    ? "by_hand"
			    : e->by_library ? "by_library"
			    : with_from	    ? "from"
					    : "prog";
	bool of_syscall = strcmp(word_sources[e->source].name, "syscall") == 0;

	if (ways > 1)
		complain(at, field,
			 "only one of \"from\" in params, \"filler\", \"by_hand\" and \"by_library\" can write the "
			 "event");
	/* Nothing but its program's name can say that an event without params is produced. */
	e->produced = ways > 0 || (e->prog && e->nparams == 0);
	if (e->context && word_find(word_contexts, e->context) < 0)
		complain(at, "context", "\"%s\" is neither an fd that a context can be of nor \"none\"", e->context);
	if (e->prog && e->by_hand)
		complain(at, "prog", "\"by_hand\" names the program");
	else if (e->prog && !e->produced)
		complain(at, "prog", "nothing produces the event");
	if (!e->produced)
		return;
	if (event_is_retired(e))
		complain(at, field, "the event is flagged %s: nothing produces it",
			 event_has_flag(e, "unused") ? "unused" : "old_version");
	if (e->by_library) {
		if (of_syscall)
			complain(at, field, "events of system calls are made by the driver");
		if (e->prog)
			complain(at, "prog", "the library makes the event: there is no program");
		return;
	}
	if (!e->by_hand && !of_syscall && e->op == OP_NONE)
		complain(at, field,
			 "only events of system calls and of io_uring have a generated program: use \"by_hand\"");
	else if (e->filler && e->code >= 0 && !(e->code & 1))
		complain(at, field, "only exits have one: use \"from\" or \"by_hand\"");
	if (e->by_hand)
		e->prog = e->by_hand;
	else if (!e->prog)
		e->prog = e->name;
}

static void check_program(const struct schema *s, const struct place *at, size_t n)
{
	const struct event *e = &s->events[n];

	if (!e->produced || !e->prog)
		return;
	if (strlen(PROG_PREFIX) + strlen(e->prog) > PROG_NAME_MAX)
		complain(at, "prog", "\"" PROG_PREFIX "%s\" is longer than %d characters: give a shorter one", e->prog,
			 PROG_NAME_MAX);
	/* One written by hand may serve several events. */
	for (size_t i = 0; i < n; i++)
		if (s->events[i].produced && same(s->events[i].prog, e->prog) && !(s->events[i].by_hand && e->by_hand))
			complain(at, "prog", "\"" PROG_PREFIX "%s\" is taken by %s", e->prog, s->events[i].label);
}

static void check_event(struct schema *s, size_t n)
{
	struct event *e = &s->events[n];
	struct place at = {.errors = &s->errors, .file = e->file, .item = e->label};
	size_t with_from = 0;

	check_neighbours(s, &at, n);
	check_id(&at, e);
	if (e->nparams > GYR_PARAMS_MAX)
		complain(&at, "params", "%zu of them, %d at most", e->nparams, GYR_PARAMS_MAX);
	for (size_t i = 0; i < e->nparams; i++)
		with_from += e->params[i].has_from;
	for (size_t i = 0; i < e->nparams; i++)
		check_param(s, e, i, with_from > 0);
	if (e->source >= 0)
		check_producer(&at, e, with_from);
	check_op(s, &at, e);
	check_program(s, &at, n);
}

/* ---- system calls ---- */

static int by_name(const void *a, const void *b)
{
	const struct syscall *x = a, *y = b;

	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static void check_syscall_event(struct schema *s, const struct place *at, struct syscall *sys)
{
	const struct event *e = sys->event_code >= 0 ? event_by_code(s, sys->event_code) : NULL;

	if (sys->event_code >= 0 && !e)
		complain(at, "event", "no event has the code %" PRId64, sys->event_code);
	if (!e)
		return;
	sys->event = e;
	if (!(e->code & 1))
		complain(at, "event", "%s is an enter event", e->label);
	if (e->source >= 0 && strcmp(word_sources[e->source].name, "syscall") != 0)
		complain(at, "event", "%s is no event of a system call", e->label);
	if (event_is_retired(e))
		complain(at, "event", "%s is flagged old_version or unused", e->label);
}

static void check_syscall(struct schema *s, size_t n)
{
	struct syscall *sys = &s->syscalls[n];
	struct place at = {.errors = &s->errors, .file = s->syscalls_file, .item = sys->label};

	check_syscall_event(s, &at, sys);
	for (size_t i = 0; i < n; i++) {
		const struct syscall *other = &s->syscalls[i];

		if (same(other->name, sys->name))
			complain(&at, "name", "is there twice");
		/* 0 is scap's id for what it has no id for. */
		if (sys->sc > 0 && other->sc == sys->sc)
			complain(&at, "sc", "%" PRId64 " is taken by %s", sys->sc, other->label);
		for (int space = 0; space < WORD_SPACES; space++)
			if (sys->nr[space] >= 0 && other->nr[space] == sys->nr[space])
				complain(&at, "nr", "%" PRId64 " on %s is taken by %s", sys->nr[space],
					 word_spaces[space].name, other->label);
	}
}

/* Which events does a system call lead to, on any architecture and on this one? */
static void check_reached(struct schema *s, struct event *e)
{
	struct place at = {.errors = &s->errors, .file = e->file, .item = e->label};
	/* System calls without an event of their own lead to this one. */
	bool reached = e->code == GENERIC_CODE;

	if (!e->produced || e->by_hand || e->by_library)
		return;
	e->generated = reached;
	if (e->op != OP_NONE) {
		e->generated = true;
		return;
	}
	for (size_t i = 0; i < s->nsyscalls; i++) {
		/* Of an entry, that of its exit. */
		if (s->syscalls[i].event_code != (e->code | 1))
			continue;
		if (reached && !(e->code & 1))
			complain(&at, NULL, "an entry of several system calls: each needs an event of its own");
		reached = true;
		for (int space = SPACE_I386; space < WORD_SPACES; space++)
			e->compat |= syscall_slot(s, &s->syscalls[i], space) >= 0;
		e->generated |= e->code & 1 ? syscall_is_here(s, &s->syscalls[i]) : s->syscalls[i].nr[s->arch] >= 0;
		if (!(e->code & 1) && e->generated)
			e->entered = &s->syscalls[i];
	}
	if (!reached)
		complain(&at, NULL, "is produced, but no system call in syscalls.json leads to it");
}

static void check_generic(struct schema *s)
{
	const struct event *e = event_by_code(s, GENERIC_CODE);
	struct place at = {.errors = &s->errors, .file = e ? e->file : s->syscalls_file, .item = e ? e->label : NULL};

	if (!e)
		complain(&at, NULL, "no event has the code %d, which reports system calls without an own event",
			 GENERIC_CODE);
	else if (!e->produced)
		complain(&at, NULL, "must be produced: it reports system calls without an own event");
}

void schema_check(struct schema *s)
{
	add_ops_table(s);
	for (size_t i = 0; i < s->nflags; i++)
		check_flag_table(s, i);
	for (size_t i = 0; i < s->ndyns; i++)
		check_dyn_table(s, i);
	if (s->nevents)
		qsort(s->events, s->nevents, sizeof(*s->events), by_code);
	for (size_t i = 0; i < s->nevents; i++)
		check_event(s, i);
	if (s->nsyscalls)
		qsort(s->syscalls, s->nsyscalls, sizeof(*s->syscalls), by_name);
	for (size_t i = 0; i < s->nsyscalls; i++)
		check_syscall(s, i);
	for (size_t i = 0; i < s->nkernels; i++)
		check_kernel(s, i);
	for (size_t i = 0; i < s->nevents; i++)
		check_reached(s, &s->events[i]);
	if (s->nevents && s->nsyscalls)
		check_generic(s);
	if (s->whole)
		check_whole(s);
}

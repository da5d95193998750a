// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "compat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <settings.h>

#include "emit.h"
#include "json.h"
#include "schema.h"

static const struct {
	int64_t first, numbers;
} spaces[WORD_SPACES] = {
	{0, GYR_SYSCALLS_MAX},
	{0, GYR_SYSCALLS_MAX},
	[SPACE_I386] = {GYR_SLOT_I386, GYR_SYSCALLS_MAX},
	[SPACE_SOCKETCALL] = {GYR_SLOT_SOCKETCALL, GYR_SUBCALLS_MAX},
	[SPACE_IPC] = {GYR_SLOT_IPC, GYR_SUBCALLS_MAX},
};

/* The letter behind a register. */
static const struct {
	char letter;
	unsigned int op;
} ops[] = {{'s', GYR_ARG_SIGNED}, {'i', GYR_ARG_ID16}, {'c', GYR_ARG_IPC_CMD}};

bool compat_is_of(int arch)
{
	return strcmp(word_archs[arch].name, "x86_64") == 0;
}

int64_t compat_first_slot(int space)
{
	return spaces[space].first;
}

int64_t compat_numbers(int space)
{
	return spaces[space].numbers;
}

static bool read_register(const char **text, unsigned int *reg)
{
	if (**text < '0' || **text >= '0' + COMPAT_ARGS)
		return false;
	*reg = (unsigned int)(*(*text)++ - '0');
	return true;
}

static bool read_arg(const char *text, struct compat_arg *arg)
{
	arg->lo = arg->hi = COMPAT_NONE;
	arg->op = GYR_ARG_PLAIN;
	if (strcmp(text, "-") == 0)
		return true;
	if (!read_register(&text, &arg->lo))
		return false;
	if (*text == ':') {
		text++;
		return read_register(&text, &arg->hi) && !*text;
	}
	for (size_t i = 0; *text && i < sizeof(ops) / sizeof(ops[0]); i++)
		if (*text == ops[i].letter) {
			arg->op = ops[i].op;
			text++;
			break;
		}
	return !*text;
}

static void read_args(const struct place *at, const cJSON *list, struct compat_call *call)
{
	const cJSON *arg;
	size_t n = 0;

	call->has_args = true;
	for (arg = cJSON_IsArray(list) ? json_first(list) : NULL; arg && n < COMPAT_ARGS; arg = arg->next)
		if (!cJSON_IsString(arg) || !read_arg(arg->valuestring, &call->args[n++]))
			complain(at, "args", "%s: must be strings like \"0\", \"2:3\", \"1s\", \"-\"", list->string);
	if (n == 0 || arg)
		complain(at, "args", "%s: must be a list of 1 to %d strings", list->string, COMPAT_ARGS);
	for (; n < COMPAT_ARGS; n++)
		call->args[n] = (struct compat_arg){.lo = COMPAT_NONE, .hi = COMPAT_NONE};
}

static void read_wide(const struct place *at, const cJSON *list, struct compat_call *call)
{
	const cJSON *arg;
	int64_t n;

	if (!cJSON_IsArray(list) || !json_first(list))
		complain(at, "wide", "%s: must be a list of arguments", list->string);
	for (arg = cJSON_IsArray(list) ? json_first(list) : NULL; arg; arg = arg->next)
		if (json_to_int(at, arg, "wide", 0, COMPAT_ARGS - 1, &n))
			call->wide |= 1u << n;
}

/* {space: list}, of spaces of 32-bit callers that the call has a number in. */
static void read_by_space(const struct place *at, const cJSON *obj, const char *key, struct syscall *sys,
			  void (*read)(const struct place *at, const cJSON *list, struct compat_call *call))
{
	const cJSON *by_space = cJSON_GetObjectItemCaseSensitive(obj, key);
	const cJSON *member;

	if (by_space && !cJSON_IsObject(by_space))
		complain(at, key, "must be an object: \"i386\", \"socketcall\" or \"ipc\" to a list");
	for (member = cJSON_IsObject(by_space) ? json_first(by_space) : NULL; member; member = member->next) {
		int space = word_find(word_spaces, member->string);

		if (space < SPACE_I386)
			complain(at, key, "\"%s\" is none of \"i386\", \"socketcall\", \"ipc\"", member->string);
		else if (sys->nr[space] < 0)
			complain(at, key, "the call has no number for \"%s\"", member->string);
		else
			read(at, member, &sys->compat[space]);
	}
}

void read_compat(const struct place *at, const cJSON *obj, struct syscall *sys)
{
	bool ids16 = json_bool(at, obj, "ids16");

	if (ids16 && sys->nr[SPACE_I386] < 0)
		complain(at, "ids16", "the call has no number for \"i386\"");
	sys->compat[SPACE_I386].ids16 = ids16;
	read_by_space(at, obj, "args", sys, read_args);
	read_by_space(at, obj, "wide", sys, read_wide);
}

/* A param that is an argument as it is, in 64 signed bits: of a 32-bit caller it is a long. */
static bool is_long(const struct event *e, size_t arg)
{
	for (size_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		if (p->nfrom == 1 && p->from[0].kind == SRC_ARG && (size_t)p->from[0].value == arg && !p->as &&
		    !p->at_text && strcmp(p->type->name, "INT64") == 0)
			return true;
	}
	return false;
}

static void emit_call(FILE *out, const struct schema *s, const struct syscall *sys, int space)
{
	const struct compat_call *call = &sys->compat[space];

	fprintf(out, "\t[%" PRId64 "] = {{", syscall_slot(s, sys, space) - GYR_SLOT_I386);
	for (unsigned int n = 0; n < COMPAT_ARGS; n++) {
		struct compat_arg arg = {.lo = n, .hi = COMPAT_NONE};

		if (call->has_args)
			arg = call->args[n];
		if (arg.op == GYR_ARG_PLAIN && arg.hi == COMPAT_NONE && is_long(sys->event, n))
			arg.op = GYR_ARG_SIGNED;
		fprintf(out, "%sGYR_ARG(%u, %u, %u)", n ? ", " : "", arg.lo, arg.hi, arg.op);
	}
	fprintf(out, "}, 0x%x}, /* %s */\n", call->wide | (call->ids16 ? GYR_CALL_IDS16 : 0), sys->name);
}

void emit_compat(FILE *out, const struct schema *s)
{
	if (!compat_is_of(s->arch))
		return;
	fputs("\n/* 32-bit callers: by slot, from GYR_SLOT_I386 on. */\n"
	      "static const struct gyr_compat_call gyr_compat_calls[GYR_SLOT_SUBCALLS_END - GYR_SLOT_I386] = {\n",
	      out);
	for (size_t i = 0; i < s->nsyscalls; i++)
		for (int space = SPACE_I386; space < WORD_SPACES; space++)
			if (syscall_slot(s, &s->syscalls[i], space) >= 0)
				emit_call(out, s, &s->syscalls[i], space);
	fputs("};\n", out);
}

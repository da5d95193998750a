// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "schema.h"

#define NAME_MAX_LEN 63

static const struct scalar scalars[] = {
	{"u8", FORM_UNSIGNED, {1, 1}, {1, 1}},
	{"s8", FORM_SIGNED, {1, 1}, {1, 1}},
	{"u16", FORM_UNSIGNED, {2, 2}, {2, 2}},
	{"s16", FORM_SIGNED, {2, 2}, {2, 2}},
	{"u32", FORM_UNSIGNED, {4, 4}, {4, 4}},
	{"s32", FORM_SIGNED, {4, 4}, {4, 4}},
	{"u64", FORM_UNSIGNED, {8, 8}, {8, 4}},
	{"s64", FORM_SIGNED, {8, 8}, {8, 4}},
	{"ulong", FORM_UNSIGNED, {8, 4}, {8, 4}},
	{"long", FORM_SIGNED, {8, 4}, {8, 4}},
	{"ptr", FORM_PTR, {8, 4}, {8, 4}},
	{"sigset", FORM_UNSIGNED, {8, 8}, {8, 4}},
	{"timespec", FORM_TIMESPEC, {16, 8}, {8, 4}},
	{"timeval", FORM_TIMEVAL, {16, 8}, {8, 4}},
	{"seconds", FORM_SECONDS, {8, 4}, {8, 4}},
	{"char", FORM_CHAR, {1, 1}, {1, 1}},
};

static const struct scalar *scalar_find(const char *name)
{
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (strcmp(scalars[i].name, name) == 0)
			return &scalars[i];
	return NULL;
}

static unsigned int round_up(unsigned int n, unsigned int align)
{
	return (n + align - 1) / align * align;
}

/* "u32 size", "char[65] sysname": what, how many, and the name. Of none only the alignment counts. */
static void read_field(const struct place *struct_at, const cJSON *value, struct user_struct *st, unsigned int *end,
		       bool packed)
{
	char what[NAME_MAX_LEN + 1], name[NAME_MAX_LEN + 1];
	struct place at = *struct_at;
	const char *text = cJSON_IsString(value) ? value->valuestring : "";
	struct field *f;
	unsigned int count = 1;
	int len = -1;

	at.part = text;
	if (sscanf(text, "%63[a-z0-9][%u] %63[A-Za-z0-9_]%n", what, &count, name, &len) != 3 || text[len]) {
		count = 1;
		len = -1;
		if (sscanf(text, "%63[a-z0-9] %63[A-Za-z0-9_]%n", what, name, &len) != 2 || text[len]) {
			complain(&at, "fields", "must be a list of strings like \"u32 size\" or \"char[16] name\"");
			return;
		}
	}
	st->fields = xgrow(st->fields, st->nfields, sizeof(*st->fields));
	f = &st->fields[st->nfields];
	f->at.scalar = scalar_find(what);
	if (!f->at.scalar || count > UINT16_MAX) {
		complain(&at, "fields", f->at.scalar ? "how many?" : "unknown type \"%s\"", what);
		return;
	}
	for (size_t i = 0; i < st->nfields; i++)
		if (strcmp(st->fields[i].name, strrchr(text, ' ') + 1) == 0)
			complain(&at, "fields", "a field of this name is there already");
	f->name = strrchr(text, ' ') + 1;
	f->count = count;
	f->at.count = f->at.scalar->form == FORM_CHAR ? count : 1;
	for (int abi = 0; abi < ABIS; abi++) {
		f->at.off[abi] = packed ? end[abi] : round_up(end[abi], f->at.scalar->align[abi]);
		end[abi] = f->at.off[abi] + count * f->at.scalar->size[abi];
	}
	st->nfields++;
}

/* true, or the one architecture where it is. */
static bool read_packed(const struct schema *s, const struct place *at, const cJSON *obj)
{
	const cJSON *packed = cJSON_GetObjectItemCaseSensitive(obj, "packed");
	int arch;

	if (!cJSON_IsString(packed))
		return json_bool(at, obj, "packed");
	arch = word_find(word_archs, packed->valuestring);
	if (arch < 0)
		complain(at, "packed", "unknown architecture \"%s\"", packed->valuestring);
	return arch == s->arch;
}

void read_struct(struct schema *s, const struct place *file, const cJSON *obj, size_t i)
{
	static const char *const keys[] = {"name", "header", "c", "packed", "fields", NULL};
	struct user_struct *st;
	struct place at = *file;
	const cJSON *fields, *field;
	unsigned int end[ABIS] = {0};
	bool packed;

	s->structs = xgrow(s->structs, s->nstructs, sizeof(*s->structs));
	st = &s->structs[s->nstructs++];
	st->file = at.file;
	at.item = st->label = xasprintf("struct #%zu", i + 1);
	if (!json_keys(&at, obj, keys))
		return;
	st->name = json_name(&at, obj, "name", REQUIRED);
	if (st->name) {
		free(st->label);
		at.item = st->label = xasprintf("struct %s", st->name);
	}
	for (size_t n = 0; st->name && n + 1 < s->nstructs; n++)
		if (s->structs[n].name && strcmp(s->structs[n].name, st->name) == 0)
			complain(&at, "name", "a struct of this name is there already");
	st->header = json_str(&at, obj, "header", OPTIONAL);
	st->c = json_str(&at, obj, "c", OPTIONAL);
	if (st->c && !st->header)
		complain(&at, "c", "without \"header\"");
	packed = read_packed(s, &at, obj);
	fields = json_array(&at, obj, "fields", REQUIRED);
	for (field = json_first(fields); field; field = field->next)
		read_field(&at, field, st, end, packed);
	if (fields && st->nfields == 0)
		complain(&at, "fields", "is empty");
}

void struct_free(struct user_struct *st)
{
	free(st->label);
	free(st->fields);
}

static const struct field *field_find(const struct schema *s, const char *name, size_t len, const char *field)
{
	for (size_t i = 0; i < s->nstructs; i++) {
		const struct user_struct *st = &s->structs[i];

		if (!st->name || strlen(st->name) != len || strncmp(st->name, name, len) != 0)
			continue;
		for (size_t j = 0; j < st->nfields; j++)
			if (strcmp(st->fields[j].name, field) == 0)
				return &st->fields[j];
	}
	return NULL;
}

bool piece_find(const struct schema *s, const struct place *at, const char *text, struct piece *out)
{
	char name[NAME_MAX_LEN + 1];
	const struct field *f = NULL;
	const char *dot;
	unsigned int index = 0;
	int len = -1;

	if (sscanf(text, "%63[A-Za-z0-9_.]%n[%u]%n", name, &len, &index, &len) < 1 || text[len] || index > UINT16_MAX) {
		complain(at, "at", "\"%s\" is none of \"s32\", \"s32[1]\", \"struct.field\"", text);
		return false;
	}
	dot = strchr(name, '.');
	if (dot)
		f = field_find(s, name, (size_t)(dot - name), dot + 1);
	if (f)
		*out = f->at;
	else
		*out = (struct piece){.scalar = scalar_find(name), .count = 1};
	if (!out->scalar) {
		complain(at, "at", dot ? "no struct has the field \"%s\"" : "unknown type \"%s\"", name);
		return false;
	}
	if (out->scalar->form == FORM_CHAR ? index > 0 || !f : f && index >= f->count) {
		complain(at, "at", "\"%s\" is not there", text);
		return false;
	}
	for (int abi = 0; abi < ABIS; abi++)
		out->off[abi] += index * out->scalar->size[abi];
	return true;
}

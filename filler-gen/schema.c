// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "schema.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gyr/wire.h>
#include <settings.h>

#include "json.h"

static int find_word(const struct place *at, const cJSON *obj, const char *key, const struct word *words)
{
	const char *s = json_str(at, obj, key, REQUIRED);
	int i = s ? word_find(words, s) : -1;

	if (s && i < 0)
		complain(at, key, "unknown %s \"%s\"", key, s);
	return i;
}

static const struct word_type *find_type(const struct place *at, const char *field, const char *name)
{
	for (const struct word_type *t = word_types + 1; name && t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	if (name)
		complain(at, field, "unknown type \"%s\"", name);
	return NULL;
}

/* "flags open_flags", or "flags #3" as long as it has no name: where complaints about it belong. */
static char *make_label(const char *kind, const cJSON *obj, size_t i)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(obj, "name");

	if (cJSON_IsString(name))
		return xasprintf("%s %s", kind, name->valuestring);
	return xasprintf("%s #%zu", kind, i + 1);
}

static char *make_event_label(const cJSON *obj, size_t i)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(obj, "name");
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(obj, "code");

	if (cJSON_IsString(name) && cJSON_IsNumber(code) && code->valuedouble == code->valueint)
		return xasprintf("event %s(%d)", name->valuestring, code->valueint);
	return make_label("event", obj, i);
}

/* ---- flags.json ---- */

/* A number, or {arch: number}; an architecture that is not listed does not have the value. */
static void read_kernel_value(struct schema *s, const struct place *at, const cJSON *obj, struct flag_value *v)
{
	const cJSON *kernel = cJSON_GetObjectItemCaseSensitive(obj, "kernel");
	const cJSON *member;
	int64_t n;

	if (!kernel)
		return;
	if (!cJSON_IsObject(kernel)) {
		if (json_to_int(at, kernel, "kernel", 0, JSON_INT_MAX, &n)) {
			v->has_kernel = true;
			v->kernel = (uint64_t)n;
		}
		return;
	}
	for (member = json_first(kernel); member; member = member->next) {
		int arch = word_find(word_archs, member->string);

		if (arch < 0)
			complain(at, "kernel", "unknown architecture \"%s\"", member->string);
		if (json_to_int(at, member, "kernel", 0, JSON_INT_MAX, &n) && arch == s->arch) {
			v->has_kernel = true;
			v->kernel = (uint64_t)n;
		}
	}
}

static void read_flag_value(struct schema *s, const struct place *table, const cJSON *obj, struct flag_table *t)
{
	static const char *const keys[] = {"name", "wire", "kernel", "mask", NULL};
	struct flag_value *v;
	struct place at = *table;
	char *part = make_label("value", obj, t->nvalues);
	int64_t n = 0;

	t->values = xgrow(t->values, t->nvalues, sizeof(*t->values));
	v = &t->values[t->nvalues++];
	at.part = part;
	if (!json_keys(&at, obj, keys))
		goto out;
	v->name = json_name(&at, obj, "name", REQUIRED);
	if (json_int(&at, obj, "wire", REQUIRED, 0, JSON_INT_MAX, &n))
		v->wire = (uint64_t)n;
	if (json_int(&at, obj, "mask", OPTIONAL, 1, JSON_INT_MAX, &n))
		v->mask = (uint64_t)n;
	read_kernel_value(s, &at, obj, v);
	if (cJSON_GetObjectItemCaseSensitive(obj, "kernel"))
		t->converts = true;
out:
	free(part);
}

static void read_flag_table(struct schema *s, const struct place *file, const cJSON *obj, size_t i)
{
	static const char *const keys[] = {"name", "kind", "default", "values", NULL};
	struct flag_table *t;
	struct place at = *file;
	const cJSON *values, *value;
	const char *kind;

	s->flags = xgrow(s->flags, s->nflags, sizeof(*s->flags));
	t = &s->flags[s->nflags++];
	t->file = at.file;
	at.item = t->label = make_label("flags", obj, i);
	if (!json_keys(&at, obj, keys))
		return;
	t->name = json_name(&at, obj, "name", REQUIRED);
	kind = json_str(&at, obj, "kind", OPTIONAL);
	if (kind && strcmp(kind, "bits") == 0)
		t->kind = KIND_BITS;
	else if (kind && strcmp(kind, "enum") == 0)
		t->kind = KIND_ENUM;
	else if (kind)
		complain(&at, "kind", "unknown kind \"%s\": bits or enum", kind);
	if (kind && t->kind == KIND_UNSAID)
		t->kind = KIND_WRONG;
	t->dflt_name = json_str(&at, obj, "default", OPTIONAL);
	values = json_array(&at, obj, "values", REQUIRED);
	for (value = json_first(values); value; value = value->next)
		read_flag_value(s, &at, value, t);
	if (values && t->nvalues == 0)
		complain(&at, "values", "is empty");
}

/* ---- dyn.json ---- */

static void read_dyn_table(struct schema *s, const struct place *file, const cJSON *obj, size_t i)
{
	static const char *const keys[] = {"name", "types", NULL};
	struct dyn_table *t;
	struct place at = *file;
	const cJSON *types, *type;

	s->dyns = xgrow(s->dyns, s->ndyns, sizeof(*s->dyns));
	t = &s->dyns[s->ndyns++];
	t->file = at.file;
	at.item = t->label = make_label("dyn", obj, i);
	if (!json_keys(&at, obj, keys))
		return;
	t->name = json_name(&at, obj, "name", REQUIRED);
	types = json_array(&at, obj, "types", REQUIRED);
	for (type = json_first(types); type; type = type->next) {
		const struct word_type *found = NULL;

		if (cJSON_IsString(type))
			found = find_type(&at, "types", type->valuestring);
		else
			complain(&at, "types", "must be a list of strings");
		if (found && strcmp(found->name, "DYN") == 0)
			complain(&at, "types", "DYN within DYN");
		t->types = xgrow(t->types, t->ntypes, sizeof(*t->types));
		t->types[t->ntypes++] = found;
	}
	if (types && t->ntypes == 0)
		complain(&at, "types", "is empty");
	if (t->ntypes > DYN_TYPES_MAX)
		complain(&at, "types", "%zu of them: the index on the wire is a byte", t->ntypes);
}

/* ---- events ---- */

static void read_source(const struct place *at, const cJSON *value, struct param *p)
{
	struct source src = {.kind = SRC_CONST};
	const char *s = cJSON_IsString(value) ? value->valuestring : NULL;

	if (s && strcmp(s, "ret") == 0) {
		src.kind = SRC_RET;
	} else if (s && strcmp(s, "nr") == 0) {
		src.kind = SRC_NR;
	} else if (s && strncmp(s, "arg", 3) == 0 && s[3] >= '0' && s[3] <= '9' && !s[4]) {
		src.kind = SRC_ARG;
		src.value = s[3] - '0';
		if (src.value >= SYSCALL_ARGS)
			complain(at, "from", "\"%s\": a system call has arg0 to arg%d", s, SYSCALL_ARGS - 1);
	} else if (s && strncmp(s, "sqe.", 4) == 0) {
		src.kind = SRC_SQE;
		src.field = s + 4;
	} else if (s && strcmp(s, "ring") == 0) {
		src.kind = SRC_RING;
	} else if (s) {
		complain(at, "from",
			 "\"%s\" is none of \"ret\", \"nr\", \"arg0\" to \"arg%d\", \"sqe.FIELD\", \"ring\"", s,
			 SYSCALL_ARGS - 1);
	} else if (!cJSON_IsNumber(value)) {
		complain(at, "from", "must be a string, an integer, or a list of these");
	} else {
		json_to_int(at, value, "from", -JSON_INT_MAX, JSON_INT_MAX, &src.value);
	}
	if (p->nfrom < SOURCES_MAX)
		p->from[p->nfrom++] = src;
	else
		complain(at, "from", "more than %d values", SOURCES_MAX);
}

static void read_from(const struct place *at, const cJSON *obj, struct param *p)
{
	const cJSON *from = cJSON_GetObjectItemCaseSensitive(obj, "from");
	const cJSON *value;

	p->as = json_name(at, obj, "as", OPTIONAL);
	p->at_text = json_str(at, obj, "at", OPTIONAL);
	p->has_from = from;
	if (p->as && p->at_text)
		complain(at, "as", "and \"at\" exclude each other");
	if (!from) {
		if (p->as || p->at_text)
			complain(at, p->as ? "as" : "at", "without \"from\"");
	} else if (cJSON_IsArray(from)) {
		for (value = json_first(from); value; value = value->next)
			read_source(at, value, p);
		if (!p->as)
			complain(at, "from", "a list needs \"as\": the function that makes one param of it");
	} else {
		read_source(at, from, p);
	}
}

static bool is_arg(const char *name)
{
	return strncmp(name, "arg", 3) == 0 && name[3] >= '0' && name[3] < '0' + SYSCALL_ARGS && !name[4];
}

/* "argN", "self", {"self": n} */
static void read_size(const struct place *at, const cJSON *obj, struct param *p)
{
	static const char *const keys[] = {"self", NULL};
	const cJSON *size = cJSON_GetObjectItemCaseSensitive(obj, "size");
	const char *s = cJSON_IsString(size) ? size->valuestring : "";

	if (!size)
		return;
	if (!p->at_text)
		complain(at, "size", "without \"at\"");
	if (is_arg(s))
		p->size = (struct piece_size){SIZE_ARG, s[3] - '0'};
	else if (strcmp(s, "self") == 0 || (cJSON_IsObject(size) && json_keys(at, size, keys) &&
					    json_int(at, size, "self", REQUIRED, 1, UINT16_MAX, &p->size.value)))
		p->size.kind = SIZE_SELF;
	else if (!cJSON_IsObject(size))
		complain(at, "size", "is none of \"arg0\" to \"arg5\", \"self\", {\"self\": ...}");
}

static void read_when_values(const struct place *at, const cJSON *values, struct condition *when)
{
	static const char *const keys[] = {"min", NULL};
	const cJSON *value;

	if (cJSON_IsObject(values)) {
		when->has_min =
			json_keys(at, values, keys) && json_int(at, values, "min", REQUIRED, 1, INT32_MAX, &when->min);
		return;
	}
	if (!cJSON_IsArray(values))
		complain(at, "when", "must have a list of values, or {\"min\": ...}: {\"%s\": [...]}", values->string);
	for (value = cJSON_IsArray(values) ? json_first(values) : NULL; value; value = value->next) {
		if (when->nis == WHEN_MAX) {
			complain(at, "when", "more than %d values", WHEN_MAX);
			return;
		}
		if (cJSON_IsString(value))
			when->is[when->nis].name = value->valuestring;
		else if (!json_to_int(at, value, "when", INT32_MIN, UINT32_MAX, &when->is[when->nis].value))
			continue;
		when->nis++;
	}
}

static void read_when_res(const struct place *at, const cJSON *res, struct condition *when)
{
	const char *s = cJSON_IsString(res) ? res->valuestring : "";

	if (strcmp(s, "ok") == 0)
		when->res = WHEN_OK;
	else if (strcmp(s, "positive") == 0)
		when->res = WHEN_POSITIVE;
	else
		complain(at, "when", "\"%s\" is neither \"ok\" nor \"positive\"", s);
}

static void read_when(const struct place *at, const cJSON *obj, struct param *p)
{
	const cJSON *when = cJSON_GetObjectItemCaseSensitive(obj, "when");
	const cJSON *member;

	if (!when)
		return;
	if (!p->has_from)
		complain(at, "when", "without \"from\"");
	if (!cJSON_IsObject(when)) {
		read_when_res(at, when, &p->when);
		return;
	}
	for (member = json_first(when); member; member = member->next) {
		const char *key = member->string;

		if (strcmp(key, "res") == 0) {
			read_when_res(at, member, &p->when);
		} else if (!p->when.asks && (is_arg(key) || strncmp(key, "sqe.", 4) == 0)) {
			p->when.asks = true;
			p->when.of = is_arg(key) ? (struct source){.kind = SRC_ARG, .value = key[3] - '0'}
						 : (struct source){.kind = SRC_SQE, .field = key + 4};
			read_when_values(at, member, &p->when);
		} else {
			complain(at, "when", "\"%s\": only \"res\" and one argument can be asked for", key);
		}
	}
}

static void read_param(const struct place *event, const cJSON *obj, struct event *e)
{
	static const char *const keys[] = {"name", "type", "format", "values", "dirfd",	 "dyn", "from",
					   "at",   "size", "as",     "when",   "narrow", "own", NULL};
	struct param *p;
	struct place at = *event;

	e->params = xgrow(e->params, e->nparams, sizeof(*e->params));
	p = &e->params[e->nparams++];
	p->dirfd = -1;
	at.part = p->label = make_label("param", obj, e->nparams - 1);
	if (!json_keys(&at, obj, keys))
		return;
	p->name = json_name(&at, obj, "name", REQUIRED);
	p->type = find_type(&at, "type", json_str(&at, obj, "type", REQUIRED));
	p->format = find_word(&at, obj, "format", word_formats);
	p->values_name = json_str(&at, obj, "values", OPTIONAL);
	p->dirfd_name = json_str(&at, obj, "dirfd", OPTIONAL);
	p->dyn_name = json_str(&at, obj, "dyn", OPTIONAL);
	p->narrow = json_bool(&at, obj, "narrow");
	p->own = json_bool(&at, obj, "own");
	read_from(&at, obj, p);
	read_size(&at, obj, p);
	read_when(&at, obj, p);
}

static void read_event_flags(const struct place *at, const cJSON *obj, struct event *e)
{
	const cJSON *flags = json_array(at, obj, "flags", REQUIRED);
	const cJSON *flag;

	for (flag = json_first(flags); flag; flag = flag->next) {
		int i = cJSON_IsString(flag) ? word_find(word_event_flags, flag->valuestring) : -1;

		if (!cJSON_IsString(flag))
			complain(at, "flags", "must be a list of strings");
		else if (i < 0)
			complain(at, "flags", "unknown flag \"%s\"", flag->valuestring);
		else if (e->flags & (1u << i))
			complain(at, "flags", "\"%s\" is there twice", flag->valuestring);
		else
			e->flags |= 1u << i;
	}
}

/* "like": a name, or a list of them */
static void read_likes(const struct place *at, const cJSON *obj, struct event *e)
{
	const cJSON *like = cJSON_GetObjectItemCaseSensitive(obj, "like");
	const cJSON *name = cJSON_IsArray(like) ? json_first(like) : like;

	for (; name; name = cJSON_IsArray(like) ? name->next : NULL) {
		if (!cJSON_IsString(name)) {
			complain(at, "like", "must be the name of a system call, or a list of them");
			return;
		}
		e->likes = xgrow(e->likes, e->nlikes, sizeof(*e->likes));
		e->likes[e->nlikes++] = name->valuestring;
	}
}

static void read_event(struct schema *s, const struct place *file, const cJSON *obj, size_t i)
{
	static const char *const keys[] = {"code",    "id",	    "name",   "source", "category",
					   "flags",   "params",	    "filler", "prog",	"context",
					   "by_hand", "by_library", "op",     "like",	NULL};
	struct event *e;
	struct place at = *file;
	const cJSON *params, *param;

	s->events = xgrow(s->events, s->nevents, sizeof(*s->events));
	e = &s->events[s->nevents++];
	e->file = at.file;
	e->code = -1;
	e->op = OP_NONE;
	at.item = e->label = make_event_label(obj, i);
	if (!json_keys(&at, obj, keys))
		return;
	json_int(&at, obj, "code", REQUIRED, 0, CODE_MAX, &e->code);
	e->name = json_name(&at, obj, "name", REQUIRED);
	e->id = json_name(&at, obj, "id", REQUIRED);
	e->source = find_word(&at, obj, "source", word_sources);
	e->category = find_word(&at, obj, "category", word_categories);
	read_event_flags(&at, obj, e);
	e->filler = json_name(&at, obj, "filler", OPTIONAL);
	e->by_hand = json_name(&at, obj, "by_hand", OPTIONAL);
	e->by_library = json_name(&at, obj, "by_library", OPTIONAL);
	e->prog = json_name(&at, obj, "prog", OPTIONAL);
	e->context = json_name(&at, obj, "context", OPTIONAL);
	json_int(&at, obj, "op", OPTIONAL, 0, OP_ANY_OTHER, &e->op);
	read_likes(&at, obj, e);
	for (param = e->op == OP_NONE ? NULL : json_first(s->common); param; param = param->next)
		read_param(&at, param, e);
	params = json_array(&at, obj, "params", REQUIRED);
	for (param = json_first(params); param; param = param->next)
		read_param(&at, param, e);
}

/* ---- syscalls.json ---- */

static void read_syscall_nr(const struct place *at, const cJSON *obj, struct syscall *sys)
{
	const cJSON *nr = cJSON_GetObjectItemCaseSensitive(obj, "nr");
	const cJSON *member;

	if (!nr)
		complain(at, "nr", "missing");
	else if (!cJSON_IsObject(nr))
		complain(at, "nr", "must be an object: architecture to number");
	else
		for (member = json_first(nr); member; member = member->next) {
			int space = word_find(word_spaces, member->string);

			if (space < 0)
				complain(at, "nr", "unknown architecture \"%s\"", member->string);
			else
				json_to_int(at, member, "nr", 0, compat_numbers(space) - 1, &sys->nr[space]);
		}
}

static void read_syscall(struct schema *s, const struct place *file, const cJSON *obj, size_t i)
{
	static const char *const keys[] = {"name", "sc", "nr", "args", "wide", "ids16", "event", NULL};
	struct syscall *sys;
	struct place at = *file;

	s->syscalls = xgrow(s->syscalls, s->nsyscalls, sizeof(*s->syscalls));
	sys = &s->syscalls[s->nsyscalls++];
	sys->sc = sys->event_code = -1;
	for (int space = 0; space < WORD_SPACES; space++)
		sys->nr[space] = -1;
	at.item = sys->label = make_label("syscall", obj, i);
	if (!json_keys(&at, obj, keys))
		return;
	sys->name = json_name(&at, obj, "name", REQUIRED);
	json_int(&at, obj, "sc", REQUIRED, 0, UINT16_MAX, &sys->sc);
	json_int(&at, obj, "event", REQUIRED, 0, CODE_MAX, &sys->event_code);
	read_syscall_nr(&at, obj, sys);
	read_compat(&at, obj, sys);
}

/* ---- the directory ---- */

/* File name -> the one key of its object, and who reads an element of the list there. The last is for all others. */
static const struct {
	const char *file, *key;
	enum need need;
	void (*read)(struct schema *s, const struct place *file, const cJSON *obj, size_t i);
} readers[] = {
	{"flags.json", "flags", REQUIRED, read_flag_table},	{"own-flags.json", "flags", REQUIRED, read_flag_table},
	{"own-ioctl.json", "flags", OPTIONAL, read_flag_table}, {"structs.json", "structs", REQUIRED, read_struct},
	{"dyn.json", "dyn", REQUIRED, read_dyn_table},		{"syscalls.json", "syscalls", REQUIRED, read_syscall},
	{"kernels.json", "kernels", OPTIONAL, read_kernel},	{NULL, "events", OPTIONAL, read_event},
};

/* False: nothing of the file is known. */
static bool read_schema_file(struct schema *s, const char *path, const char *name)
{
	struct place at = {.errors = &s->errors, .file = path};
	cJSON *root = json_load(&at, path);
	const cJSON *list, *element;
	size_t i = 0, n = 0;

	if (!root)
		return false;
	s->roots = xgrow(s->roots, s->nroots, sizeof(*s->roots));
	s->roots[s->nroots++] = root;
	while (readers[i].file && strcmp(readers[i].file, name) != 0)
		i++;
	if (!json_keys(&at, root, (const char *const[]){readers[i].key, readers[i].file ? NULL : "common", NULL}))
		return false;
	s->common = readers[i].file ? NULL : json_array(&at, root, "common", OPTIONAL);
	list = json_array(&at, root, readers[i].key, REQUIRED);
	for (element = json_first(list); element; element = element->next)
		readers[i].read(s, &at, element, n++);
	return list;
}

static int is_json(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot && strcmp(dot, ".json") == 0;
}

bool schema_load(struct schema *s, const char *dir, int arch)
{
	struct place at = {.errors = &s->errors, .file = dir};
	struct dirent **files = NULL;
	bool complete = true;
	int n;

	s->arch = arch;
	n = scandir(dir, &files, is_json, alphasort);
	if (n < 0) {
		complain(&at, NULL, "%s", strerror(errno));
		return false;
	}
	for (size_t r = 0; readers[r].file; r++) {
		int i = 0;

		while (i < n && strcmp(files[i]->d_name, readers[r].file) != 0)
			i++;
		if (i == n && (readers[r].need == REQUIRED || s->whole)) {
			complain(&at, readers[r].file, "missing");
			complete = false;
		}
	}
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, files[i]->d_name);

		s->paths = xgrow(s->paths, s->npaths, sizeof(*s->paths));
		s->paths[s->npaths++] = path;
		if (strcmp(files[i]->d_name, "syscalls.json") == 0)
			s->syscalls_file = path;
		complete &= read_schema_file(s, path, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	/* With a part of it missing, most of the rest would not add up. */
	if (complete)
		schema_check(s);
	return s->errors == 0;
}

void schema_free(struct schema *s)
{
	for (size_t i = 0; i < s->nflags; i++) {
		free(s->flags[i].label);
		free(s->flags[i].values);
	}
	for (size_t i = 0; i < s->ndyns; i++) {
		free(s->dyns[i].label);
		free(s->dyns[i].types);
	}
	for (size_t i = 0; i < s->nevents; i++) {
		for (size_t j = 0; j < s->events[i].nparams; j++)
			free(s->events[i].params[j].label);
		free(s->events[i].params);
		free(s->events[i].likes);
		free(s->events[i].label);
	}
	for (size_t i = 0; i < s->nsyscalls; i++)
		free(s->syscalls[i].label);
	for (size_t i = 0; i < s->nstructs; i++)
		struct_free(&s->structs[i]);
	for (size_t i = 0; i < s->nkernels; i++)
		kernel_free(&s->kernels[i]);
	free(s->kernels);
	for (size_t i = 0; i < s->nroots; i++)
		cJSON_Delete(s->roots[i]);
	for (size_t i = 0; i < s->npaths; i++)
		free(s->paths[i]);
	free(s->flags);
	free(s->dyns);
	free(s->events);
	free(s->syscalls);
	free(s->structs);
	free(s->roots);
	free(s->paths);
}

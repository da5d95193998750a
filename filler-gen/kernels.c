// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "schema.h"

#define NO_KERNEL "none"

static bool is_version(const char *text)
{
	unsigned int part;
	int len = -1;

	sscanf(text, "%u.%u%n", &part, &part, &len);
	if (len > 0 && text[len] == '.')
		sscanf(text, "%*u.%*u.%u%n", &part, &len);
	return (len > 0 && !text[len]) || strcmp(text, NO_KERNEL) == 0;
}

void read_kernel(struct schema *s, const struct place *file, const cJSON *obj, size_t i)
{
	static const char *const keys[] = {"version", "added", "removed", NULL};
	struct place at = *file;
	struct kernel *k;

	s->kernels = xgrow(s->kernels, s->nkernels, sizeof(*s->kernels));
	k = &s->kernels[s->nkernels++];
	k->file = at.file;
	at.item = k->label = xasprintf("kernel #%zu", i + 1);
	if (!json_keys(&at, obj, keys))
		return;
	k->version = json_str(&at, obj, "version", REQUIRED);
	if (k->version && !is_version(k->version))
		complain(&at, "version", "\"%s\" is not like \"5.11\", \"2.6.16\" or \"" NO_KERNEL "\"", k->version);
	k->added = json_array(&at, obj, "added", OPTIONAL);
	k->removed = json_array(&at, obj, "removed", OPTIONAL);
}

void kernel_free(struct kernel *k)
{
	free(k->label);
}

static struct syscall *find_syscall(struct schema *s, const struct place *at, const char *field, const cJSON *name)
{
	for (size_t i = 0; cJSON_IsString(name) && i < s->nsyscalls; i++)
		if (s->syscalls[i].name && strcmp(s->syscalls[i].name, name->valuestring) == 0)
			return &s->syscalls[i];
	complain(at, field, "no system call is called \"%s\"", cJSON_IsString(name) ? name->valuestring : "?");
	return NULL;
}

void check_kernel(struct schema *s, size_t n)
{
	const struct kernel *k = &s->kernels[n];
	struct place at = {.errors = &s->errors, .file = k->file, .item = k->label};
	struct syscall *sys;
	const cJSON *name;

	for (name = json_first(k->added); k->version && name; name = name->next) {
		sys = find_syscall(s, &at, "added", name);
		if (sys && sys->has_since)
			complain(&at, "added", "%s was added already", sys->name);
		if (!sys)
			continue;
		sys->has_since = true;
		sys->since = strcmp(k->version, NO_KERNEL) ? k->version : NULL;
	}
	for (name = json_first(k->removed); k->version && name; name = name->next) {
		sys = find_syscall(s, &at, "removed", name);
		if (sys)
			sys->removed = k->version;
	}
}

void check_whole(struct schema *s)
{
	for (size_t i = 0; i < s->nsyscalls; i++) {
		const struct syscall *sys = &s->syscalls[i];
		struct place at = {.errors = &s->errors, .file = s->syscalls_file, .item = sys->label};
		bool numbered = false;

		for (int arch = 0; arch < WORD_ARCHS; arch++)
			numbered |= sys->nr[arch] >= 0;
		if (!numbered || !sys->event)
			continue;
		if (sys->event->code == GENERIC_CODE)
			complain(&at, "event",
				 "has no event of its own: add one to an own-*.json, with the code %d + 2 * its number "
				 "on x86_64 and its arguments as params, and name that code here",
				 EXT_CODE_MIN + 1);
		else if (!sys->event->produced)
			complain(&at, "event", "%s is not produced: its params have no \"from\"", sys->event->label);
		if (!sys->has_since)
			complain(&at, NULL, "kernels.json does not say which version added it");
	}
}

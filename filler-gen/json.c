// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NUL-terminated; NULL with *why on failure. */
static char *read_file(const char *path, size_t *len, const char **why)
{
	FILE *f = fopen(path, "re");
	char *buf = NULL;
	size_t room = 0;
	ssize_t n;

	*why = NULL;
	if (!f) {
		*why = strerror(errno);
		return NULL;
	}
	/* Up to a NUL, where cJSON would end unseen: there must be none. */
	n = getdelim(&buf, &room, '\0', f);
	if (ferror(f))
		*why = strerror(errno);
	else if (n <= 0)
		*why = "not valid JSON: it is empty";
	else if (!feof(f))
		*why = "not valid JSON: there is a NUL byte in it";
	fclose(f);
	if (*why) {
		free(buf);
		return NULL;
	}
	*len = (size_t)n;
	return buf;
}

static unsigned int line_of(const char *text, const char *at)
{
	unsigned int line = 1;

	for (; at && text < at && *text; text++)
		line += *text == '\n';
	return line;
}

cJSON *json_load(const struct place *at, const char *path)
{
	const char *stop = NULL, *why;
	cJSON *root;
	size_t len;
	char *text;

	text = read_file(path, &len, &why);
	if (!text) {
		complain(at, NULL, "%s", why);
		return NULL;
	}
	root = cJSON_ParseWithLengthOpts(text, len + 1, &stop, 1);
	if (!root)
		complain(at, NULL, "line %u: not valid JSON", line_of(text, stop));
	free(text);
	return root;
}

const cJSON *json_first(const cJSON *of)
{
	return of ? of->child : NULL;
}

bool json_keys(const struct place *at, const cJSON *obj, const char *const *known)
{
	const cJSON *member;

	if (!cJSON_IsObject(obj)) {
		complain(at, NULL, "must be an object");
		return false;
	}
	for (member = json_first(obj); member; member = member->next) {
		const char *const *key = known;

		while (*key && strcmp(*key, member->string) != 0)
			key++;
		if (!*key)
			complain(at, member->string, "unknown key");
		else if (cJSON_GetObjectItemCaseSensitive(obj, member->string) != member)
			complain(at, member->string, "the key is there twice");
	}
	return true;
}

static const cJSON *find(const struct place *at, const cJSON *obj, const char *key, enum need need)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!value && need == REQUIRED)
		complain(at, key, "missing");
	return value;
}

const char *json_str(const struct place *at, const cJSON *obj, const char *key, enum need need)
{
	const cJSON *value = find(at, obj, key, need);

	if (!value)
		return NULL;
	if (!cJSON_IsString(value) || !value->valuestring[0]) {
		complain(at, key, "must be a string that is not empty");
		return NULL;
	}
	return value->valuestring;
}

const char *json_name(const struct place *at, const cJSON *obj, const char *key, enum need need)
{
	const char *s = json_str(at, obj, key, need);

	if (s && (strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(s) ||
		  (s[0] >= '0' && s[0] <= '9'))) {
		complain(at, key, "\"%s\" cannot be a name in C: letters, digits and _", s);
		return NULL;
	}
	return s;
}

const cJSON *json_array(const struct place *at, const cJSON *obj, const char *key, enum need need)
{
	const cJSON *value = find(at, obj, key, need);

	if (value && !cJSON_IsArray(value)) {
		complain(at, key, "must be a list");
		return NULL;
	}
	return value;
}

bool json_bool(const struct place *at, const cJSON *obj, const char *key)
{
	const cJSON *value = find(at, obj, key, OPTIONAL);

	if (value && !cJSON_IsBool(value))
		complain(at, key, "must be true or false");
	return cJSON_IsTrue(value);
}

bool json_to_int(const struct place *at, const cJSON *value, const char *field, int64_t min, int64_t max, int64_t *out)
{
	double d = cJSON_IsNumber(value) ? value->valuedouble : 0;

	if (!cJSON_IsNumber(value) || d > (double)JSON_INT_MAX || d < -(double)JSON_INT_MAX ||
	    d != (double)(int64_t)d) {
		complain(at, field, "must be an integer");
		return false;
	}
	if ((int64_t)d < min || (int64_t)d > max) {
		complain(at, field, "%" PRId64 " is not within %" PRId64 " and %" PRId64, (int64_t)d, min, max);
		return false;
	}
	*out = (int64_t)d;
	return true;
}

bool json_int(const struct place *at, const cJSON *obj, const char *key, enum need need, int64_t min, int64_t max,
	      int64_t *out)
{
	const cJSON *value = find(at, obj, key, need);

	return value && json_to_int(at, value, key, min, max, out);
}

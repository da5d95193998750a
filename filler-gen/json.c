// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *buf = NULL;
	size_t room = 0;

	if (!f)
		return NULL;
	errno = 0;
	/* A NUL ends the text for cJSON; what is behind one would not be read. */
	if (getdelim(&buf, &room, '\0', f) < 0 && ferror(f)) {
		free(buf);
		buf = NULL;
	} else if (feof(f)) {
		*len = (size_t)ftell(f);
	} else {
		free(buf);
		buf = NULL;
		errno = EILSEQ;
	}
	fclose(f);
	return buf;
}

cJSON *json_load(const struct place *at, const char *path)
{
	const char *stop = NULL;
	unsigned int line = 1;
	cJSON *root = NULL;
	size_t len = 0;
	char *text;

	text = read_file(path, &len);
	if (!text) {
		complain(at, NULL, "%s", errno == EILSEQ ? "a NUL byte in it" : strerror(errno));
		return NULL;
	}
	root = cJSON_ParseWithLengthOpts(text, len + 1, &stop, 1);
	if (!root) {
		for (const char *p = text; stop && p < stop && p < text + len; p++)
			line += *p == '\n';
		complain(at, NULL, "line %u: not valid JSON", line);
	}
	free(text);
	return root;
}

bool json_keys(const struct place *at, const cJSON *obj, const char *const *known)
{
	const cJSON *member;

	if (!cJSON_IsObject(obj)) {
		complain(at, NULL, "must be an object");
		return false;
	}
	cJSON_ArrayForEach(member, obj)
	{
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

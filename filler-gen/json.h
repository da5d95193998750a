/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading members of JSON objects: each complains when what it finds is not what it is asked for. */
#ifndef JSON_H
#define JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "place.h"

/* NULL: the file cannot be read or is no JSON (the complaint has the line). */
cJSON *json_load(const struct place *at, const char *path);

/* Is it an object, with no key twice and none but these (NULL at the end)? */
bool json_keys(const struct place *at, const cJSON *obj, const char *const *known);

/* For walking the members of an object or the elements of a list, by ->next. NULL is walked like an empty one. */
const cJSON *json_first(const cJSON *of);

enum need { OPTIONAL, REQUIRED };

/* NULL, 0 or false: not there, or not right; a complaint was made unless it is merely optional. */
const char *json_str(const struct place *at, const cJSON *obj, const char *key, enum need need);
/* A string that can be a name in C. */
const char *json_name(const struct place *at, const cJSON *obj, const char *key, enum need need);
const cJSON *json_array(const struct place *at, const cJSON *obj, const char *key, enum need need);
bool json_bool(const struct place *at, const cJSON *obj, const char *key);
bool json_int(const struct place *at, const cJSON *obj, const char *key, enum need need, int64_t min, int64_t max,
	      int64_t *out);
/* The same for a value at hand; field names it in the complaint. */
bool json_to_int(const struct place *at, const cJSON *value, const char *field, int64_t min, int64_t max, int64_t *out);

/* The largest integer that a JSON number holds exactly. */
#define JSON_INT_MAX ((INT64_C(1) << 53) - 1)

#endif

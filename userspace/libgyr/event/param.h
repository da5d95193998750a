/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the wire types are, for the rest of event/. */
#ifndef GYR_EVENT_PARAM_H
#define GYR_EVENT_PARAM_H

#include "event/table.h"
#include "internal.h"

/* Bytes of a value on the wire; 0: any number. */
static inline unsigned int param_size(enum gyr_param_type t)
{
	return table_types[t].size;
}

static inline bool param_is_string(enum gyr_param_type t)
{
	return t == GYR_TYPE_CHARBUF || t == GYR_TYPE_FSPATH || t == GYR_TYPE_FSRELPATH;
}

static inline bool param_is_ip(enum gyr_param_type t)
{
	return t == GYR_TYPE_IPV4ADDR || t == GYR_TYPE_IPV6ADDR;
}

static inline bool param_is_number(enum gyr_param_type t)
{
	return param_size(t) && !param_is_ip(t);
}

bool param_is_signed(enum gyr_param_type t);

/* What is wrong with a value of that type; NULL: nothing. Length 0, unknown or empty, is good for every type. */
static inline const char *param_check(enum gyr_param_type t, const uint8_t *data, uint32_t len)
{
	if (!len)
		return NULL;
	if (param_size(t) && len != param_size(t))
		return "a param of a fixed-size type has another size";
	if (param_is_string(t) && data[len - 1])
		return "a string without its NUL";
	return NULL;
}

/* A list of NUL-terminated strings: argv, the environment, cgroups. */
bool param_is_strings(const struct gyr_param *p);
/* A string's length without its NUL. */
static inline uint32_t param_strlen(const struct gyr_param *p)
{
	return p->len ? p->len - 1 : 0;
}

/* Has it a value, be it an empty one? */
bool param_is_known(const struct gyr_event *ev, const struct gyr_param *p);
/* How many bytes there were, of which the data buffer p is what was kept: never under p->len. Unknown: p->len. */
uint64_t param_full_len(const struct gyr_event *ev, const struct gyr_param *p);

/* A system call that has just begun. */
bool event_is_enter(const struct gyr_event *ev);
/* Index of the param that is the event's result; -1: it has none. */
int event_res_index(const struct gyr_event *ev);
/* Is the result an errno? */
bool event_failed(const struct gyr_event *ev);
/* Is the result, of a call that did not fail, a file descriptor that it made? */
bool event_res_is_fd(const struct gyr_event *ev);

#endif

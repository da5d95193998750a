/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Raw reads of a parsed event's params by index, for code that runs on every event: no description is looked at.
 * An index below 0 or past the end, and an empty value, all read as "not there".
 */
#ifndef GYR_EVENT_READ_H
#define GYR_EVENT_READ_H

#include <string.h>

#include "internal.h"

static inline const uint8_t *ev_raw(const struct gyr_event *ev, int i, uint32_t *len)
{
	if (i < 0 || (uint32_t)i >= ev->nparams || ev->params[i].len == 0)
		return NULL;
	*len = ev->params[i].len;
	return ev->frame + ev->params[i].off;
}

static inline bool ev_has(const struct gyr_event *ev, int i)
{
	return i >= 0 && (uint32_t)i < ev->nparams && ev->params[i].len != 0;
}

/* A scalar of any size, zero-extended. */
static inline uint64_t ev_uint(const struct gyr_event *ev, int i, uint64_t dflt)
{
	uint64_t val = 0;
	uint32_t len;
	const uint8_t *p = ev_raw(ev, i, &len);

	if (!p || len > sizeof(val))
		return dflt;
	/* Constant sizes make these plain loads. */
	switch (len) {
	case 8:
		memcpy(&val, p, 8);
		break;
	case 4:
		memcpy(&val, p, 4);
		break;
	default:
		memcpy(&val, p, len);
		break;
	}
	return val;
}

/* A signed scalar of 8 or 4 bytes: FD, PID, ERRNO, INT64, INT32, ... */
static inline int64_t ev_int(const struct gyr_event *ev, int i, int64_t dflt)
{
	int64_t val;
	int32_t val32;
	uint32_t len;
	const uint8_t *p = ev_raw(ev, i, &len);

	if (!p)
		return dflt;
	if (len == sizeof(val)) {
		memcpy(&val, p, sizeof(val));
		return val;
	}
	if (len != sizeof(val32))
		return dflt;
	memcpy(&val32, p, sizeof(val32));
	return val32;
}

/* A NUL-terminated string; NULL when there is none. *len is without the NUL. */
static inline const char *ev_str(const struct gyr_event *ev, int i, size_t *len)
{
	uint32_t raw;
	const char *s = (const char *)ev_raw(ev, i, &raw);

	if (!s)
		return NULL;
	*len = strnlen(s, raw);
	return *len < raw ? s : NULL;
}

#endif

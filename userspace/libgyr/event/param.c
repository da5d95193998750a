// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bytes of a param -> its value. */
#include "event/param.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

bool param_is_signed(enum gyr_param_type t)
{
	switch (t) {
	case GYR_TYPE_INT8:
	case GYR_TYPE_INT16:
	case GYR_TYPE_INT32:
	case GYR_TYPE_INT64:
	case GYR_TYPE_ERRNO:
	case GYR_TYPE_FD:
	case GYR_TYPE_FD32:
	case GYR_TYPE_PID:
	case GYR_TYPE_PID32:
		return true;
	default:
		return false;
	}
}

static void decode_number(struct gyr_param *p)
{
	unsigned int unused_bits = 64 - 8 * param_size(p->type);
	uint64_t v = 0;

	memcpy(&v, p->data, param_size(p->type));
	if (param_is_signed(p->type))
		p->s64 = (int64_t)(v << unused_bits) >> unused_bits;
	else
		p->u64 = v;
}

GYR_API int gyr_event_param(const struct gyr_event *ev, uint32_t i, struct gyr_param *out)
{
	if (i >= ev->nparams)
		return -ENOENT;
	out->info = &ev->info->params[i];
	out->data = ev->frame + ev->params[i].off;
	out->len = ev->params[i].len;
	out->type = out->info->type;
	out->u64 = 0;
	if (out->type == GYR_TYPE_DYN && out->len) {
		uint8_t index = *(const uint8_t *)out->data;

		if (index >= out->info->ndyn)
			return -EBADMSG;
		out->type = out->info->dyn[index];
		out->data = (const uint8_t *)out->data + 1;
		out->len--;
		if (param_check(out->type, out->data, out->len))
			return -EBADMSG;
	}
	if (out->len && param_is_number(out->type))
		decode_number(out);
	return 0;
}

GYR_API int gyr_event_param_by_name(const struct gyr_event *ev, const char *name, struct gyr_param *out)
{
	uint32_t i;

	for (i = 0; i < ev->nparams; i++)
		if (!strcmp(ev->info->params[i].name, name))
			return gyr_event_param(ev, i, out);
	return -ENOENT;
}

static int check_type(const struct gyr_param *p, enum gyr_param_type type)
{
	if (p->type != type)
		return -EINVAL;
	return p->len ? 0 : -ENOENT;
}

/* The bytes of an IP address of the family; 0: not an IP family. */
static uint32_t ip_size(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static const uint8_t *decode_end(struct gyr_addr *a, uint8_t family, const uint8_t *data)
{
	a->family = family;
	memcpy(a->ip, data, ip_size(family));
	memcpy(&a->port, data + ip_size(family), sizeof(a->port));
	return data + ip_size(family) + sizeof(a->port);
}

/* The path is the rest of the param. An abstract name's first byte is a NUL: it is no end of the name. */
static int decode_path(struct gyr_addr *a, const char *path, uint32_t len)
{
	uint32_t lead = len > 1 && !path[0];

	a->path = path;
	a->path_len = lead + strnlen(path + lead, len - lead);
	return a->path_len > sizeof(((struct sockaddr_un *)0)->sun_path) ? -EBADMSG : 0;
}

GYR_API int gyr_param_sockaddr(const struct gyr_param *p, struct gyr_addr *out)
{
	const uint8_t *data = p->data;
	int err = check_type(p, GYR_TYPE_SOCKADDR);

	if (err)
		return err;
	memset(out, 0, sizeof(*out));
	out->family = data[0];
	if (out->family == AF_UNIX)
		return decode_path(out, (const char *)data + 1, p->len - 1);
	if (ip_size(out->family)) {
		if (p->len != 1 + ip_size(out->family) + 2)
			return -EBADMSG;
		decode_end(out, out->family, data + 1);
	}
	return 0;
}

GYR_API int gyr_param_socktuple(const struct gyr_param *p, struct gyr_addr *src, struct gyr_addr *dst)
{
	const uint8_t *data = p->data;
	int err = check_type(p, GYR_TYPE_SOCKTUPLE);

	if (err)
		return err;
	memset(src, 0, sizeof(*src));
	memset(dst, 0, sizeof(*dst));
	src->family = dst->family = data[0];
	if (data[0] == AF_UNIX) {
		if (p->len < 1 + 8 + 8)
			return -EBADMSG;
		memcpy(&src->ptr, data + 1, 8);
		memcpy(&dst->ptr, data + 9, 8);
		return decode_path(dst, (const char *)data + 17, p->len - 17);
	}
	if (ip_size(data[0])) {
		if (p->len != 1 + 2 * (ip_size(data[0]) + 2))
			return -EBADMSG;
		decode_end(dst, data[0], decode_end(src, data[0], data + 1));
	}
	return 0;
}

GYR_API int gyr_param_fdlist(const struct gyr_param *p, uint32_t i, int64_t *fd, int16_t *events)
{
	const uint8_t *data = p->data;
	int err = check_type(p, GYR_TYPE_FDLIST);
	uint16_t n;

	if (err)
		return err;
	if (p->len < sizeof(n))
		return -EBADMSG;
	memcpy(&n, data, sizeof(n));
	if (p->len != sizeof(n) + (uint32_t)n * 10)
		return -EBADMSG;
	if (i >= n)
		return -ENOENT;
	data += sizeof(n) + i * 10;
	memcpy(fd, data, sizeof(*fd));
	memcpy(events, data + sizeof(*fd), sizeof(*events));
	return 0;
}

bool param_is_strings(const struct gyr_param *p)
{
	const char *name = p->info->name;

	if (p->type == GYR_TYPE_CHARBUFARRAY || p->type == GYR_TYPE_CHARBUF_PAIR_ARRAY)
		return true;
	/* As exec and clone have them. */
	return p->type == GYR_TYPE_BYTEBUF &&
	       (!strcmp(name, "args") || !strcmp(name, "env") || !strcmp(name, "cgroups"));
}

bool param_is_known(const struct gyr_event *ev, const struct gyr_param *p)
{
	int64_t res;

	/* A buffer of a call that returned 0 is empty because there was nothing to put into it. */
	return p->len || (p->type == GYR_TYPE_BYTEBUF && gyr_event_res(ev, &res) && !res);
}

uint64_t param_full_len(const struct gyr_event *ev, const struct gyr_param *p)
{
	const char *name = p->info->name, *len_name = NULL;
	struct gyr_param len;
	int64_t res = 0;
	uint64_t full;

	gyr_event_res(ev, &res);
	if (!strcmp(name, "data") && res >= 0) {
		full = res;
	} else {
		if (!strcmp(name, "data"))
			len_name = "size"; /* of a call that failed: what it was asked to do */
		else if (!strcmp(name, "img"))
			len_name = "length";
		else if (!strcmp(name, "val"))
			len_name = "optlen";
		if (!len_name || gyr_event_param_by_name(ev, len_name, &len))
			return p->len;
		full = len.u64;
	}
	return full > p->len ? full : p->len;
}

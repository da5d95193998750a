// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frame -> event. Frames of a file are anyone's bytes, so nothing in them is believed; and every frame passes here,
 * so: one pass, no allocation, no copy.
 */
#include <errno.h>
#include <string.h>

#include "event/param.h"
#include "internal.h"

static uint64_t load_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t load_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint16_t load_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t load_len(const uint8_t *lens, uint32_t i, bool large)
{
	return large ? load_u32(lens + (size_t)i * 4) : load_u16(lens + (size_t)i * 2);
}

/* The lengths and the values, of a frame of len bytes whose type is known. */
static int parse_params(struct gyr_event *ev, const uint8_t *frame, uint32_t len, const char **why)
{
	const struct gyr_event_info *info = ev->info;
	bool large = info->flags & GYR_EVF_LARGE_PAYLOAD;
	uint32_t n = load_u32(frame + GYR_FRAME_NPARAMS) & ~ev->marks, room = len - GYR_FRAME_HDR, sum = 0, known, i;

	if (n > room / (large ? 4 : 2)) {
		*why = "more params than the frame has lengths";
		return -EBADMSG;
	}
	room -= n * (large ? 4 : 2);
	known = n < info->nparams ? n : info->nparams;
	if (known > GYR_PARAMS_MAX)
		known = GYR_PARAMS_MAX;
	ev->nparams = known;

	for (i = 0; i < n; i++) {
		uint32_t off = len - room + sum, plen = load_len(frame + GYR_FRAME_HDR, i, large);

		if (plen > room - sum) {
			*why = "a param reaches over the frame's end";
			return -EBADMSG;
		}
		sum += plen;
		if (i >= known)
			continue;
		ev->params[i].off = off;
		ev->params[i].len = plen;
		*why = param_check(info->params[i].type, frame + off, plen);
		if (*why)
			return -EBADMSG;
	}
	if (sum != room) {
		*why = "bytes that belong to no param";
		return -EBADMSG;
	}
	return 0;
}

int event_parse(const struct frame_ref *f, struct gyr_event *ev, const char **why)
{
	uint32_t len;
	int err;

	if (f->len < GYR_FRAME_HDR) {
		*why = "shorter than a frame's header";
		return -EBADMSG;
	}
	len = load_u32(f->data + GYR_FRAME_LEN);
	if (len < GYR_FRAME_HDR || len > f->len || (f->marks && len > GYR_FRAME_MAX)) {
		*why = "the frame's length is not that of its bytes";
		return -EBADMSG;
	}
	ev->type = load_u16(f->data + GYR_FRAME_TYPE);
	ev->info = gyr_event_info_by_type(ev->type);
	if (!ev->info) {
		*why = "an event type that is not in the table";
		return -ENOENT;
	}
	ev->marks = f->marks;
	ev->context = f->context;
	err = parse_params(ev, f->data, len, why);
	if (err)
		return err;

	ev->ts = load_u64(f->data + GYR_FRAME_TS);
	ev->tid = load_u64(f->data + GYR_FRAME_TID);
	ev->len = len;
	ev->cpu = f->cpu;
	ev->cut = f->cut;
	ev->latency = f->latency;
	ev->compat = f->marks & GYR_FRAME_COMPAT;
	ev->frame = f->data;
	ev->category = ev->info->category;
	ev->thread = NULL;
	ev->fd = NULL;
	ev->fd_num = -1;
	return 0;
}

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

static inline uint32_t load_len(const uint8_t *lens, uint32_t i, bool large)
{
	return large ? load_u32(lens + (size_t)i * 4) : load_u16(lens + (size_t)i * 2);
}

/*
 * Places the values of the params that are known, and adds up the bytes of all n. No branch depends on a length: those
 * of events in a row are too different to be foreseen.
 */
static inline __attribute__((always_inline)) uint64_t place_params(struct gyr_event *ev, const uint8_t *frame,
								   uint32_t n, const struct table_check *check,
								   bool large, bool *sizes_are_good)
{
	const uint8_t *lens = frame + GYR_FRAME_HDR;
	uint32_t begin = GYR_FRAME_HDR + n * (large ? 4 : 2), i;
	uint64_t sum = 0;
	bool bad = false;

	for (i = 0; i < ev->nparams; i++) {
		uint32_t len = load_len(lens, i, large), size = check->size[i];

		bad |= (len != size) & (size != 0) & (len != 0);
		ev->params[i].off = begin + (uint32_t)sum;
		ev->params[i].len = len;
		sum += len;
	}
	for (; i < n; i++)
		sum += load_len(lens, i, large);
	*sizes_are_good = !bad;
	return sum;
}

static bool strings_end(const struct gyr_event *ev, const uint8_t *frame, uint32_t strings)
{
	for (; strings; strings &= strings - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(strings);

		if (i >= ev->nparams)
			break;
		if (ev->params[i].len && frame[ev->params[i].off + ev->params[i].len - 1])
			return false;
	}
	return true;
}

/* The lengths and the values, of a frame of len bytes whose type is known. What is wrong with them; NULL: nothing. */
static const char *parse_params(struct gyr_event *ev, const uint8_t *frame, uint32_t len,
				const struct table_check *check)
{
	bool large = ev->info->flags & GYR_EVF_LARGE_PAYLOAD, sizes_are_good;
	uint32_t n = load_u32(frame + GYR_FRAME_NPARAMS) & ~ev->marks, room = len - GYR_FRAME_HDR;
	uint64_t sum;

	if (n > room / (large ? 4 : 2))
		return "more params than the frame has lengths";
	room -= n * (large ? 4 : 2);
	ev->nparams = n < ev->info->nparams ? n : ev->info->nparams;
	if (large)
		sum = place_params(ev, frame, n, check, true, &sizes_are_good);
	else
		sum = place_params(ev, frame, n, check, false, &sizes_are_good);
	if (sum > room)
		return "a param reaches over the frame's end";
	if (sum < room)
		return "bytes that belong to no param";
	if (!sizes_are_good)
		return "a param of a fixed-size type has another size";
	return strings_end(ev, frame, check->strings) ? NULL : "a string without its NUL";
}

#define AHEAD 512 /* bytes: some frames */

int event_parse(const struct frame_ref *f, struct gyr_event *ev, const char **why)
{
	uint32_t len;
	int32_t i;

	if (f->len < GYR_FRAME_HDR) {
		*why = "shorter than a frame's header";
		return -EBADMSG;
	}
	/* The next frames stand behind this one, mostly; past the end of all a prefetch does nothing. */
	__builtin_prefetch(f->data + AHEAD);
	__builtin_prefetch(f->data + AHEAD + 64);
	len = load_u32(f->data + GYR_FRAME_LEN);
	if (len < GYR_FRAME_HDR || len > f->len || (f->marks && len > GYR_FRAME_MAX)) {
		*why = "the frame's length is not that of its bytes";
		return -EBADMSG;
	}
	ev->type = load_u16(f->data + GYR_FRAME_TYPE);
	i = table_event(ev->type);
	if (i < 0) {
		*why = "an event type that is not in the table";
		return -ENOENT;
	}
	ev->info = &table_events[i];
	ev->marks = f->marks;
	ev->context = f->context;
	*why = parse_params(ev, f->data, len, &table_checks[i]);
	if (*why)
		return -EBADMSG;

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

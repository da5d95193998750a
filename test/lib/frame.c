// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "frame.h"

#include <check.h>
#include <string.h>

void frame_start(struct test_frame *f, uint16_t type)
{
	f->nparams = 0;
	f->values_len = 0;
	f->type = type;
	f->wide = 0;
	f->ts = 1700000000123456789;
	f->tid = 1236;
	f->cpu = 1;
	f->marks = f->cut = 0;
	f->latency = 0;
}

void frame_bytes(struct test_frame *f, const void *p, size_t n)
{
	if (f->nparams >= 64 || f->values_len + n > sizeof(f->values))
		ck_abort_msg("a frame has no room for another %zu bytes", n);
	if (n)
		memcpy(f->values + f->values_len, p, n);
	f->values_len += n;
	f->lens[f->nparams++] = n;
}

void frame_empty(struct test_frame *f)
{
	frame_bytes(f, NULL, 0);
}

void frame_str(struct test_frame *f, const char *s)
{
	frame_bytes(f, s, strlen(s) + 1);
}

void frame_u8(struct test_frame *f, uint8_t v)
{
	frame_bytes(f, &v, 1);
}

void frame_u16(struct test_frame *f, uint16_t v)
{
	frame_bytes(f, &v, 2);
}

void frame_u32(struct test_frame *f, uint32_t v)
{
	frame_bytes(f, &v, 4);
}

void frame_u64(struct test_frame *f, uint64_t v)
{
	frame_bytes(f, &v, 8);
}

void frame_s64(struct test_frame *f, int64_t v)
{
	frame_bytes(f, &v, 8);
}

struct frame_ref frame_done(struct test_frame *f)
{
	uint32_t len_size = f->wide ? 4 : 2, i;
	uint32_t len = 26 + f->nparams * len_size + f->values_len;
	uint32_t word = f->nparams | f->marks;
	uint8_t *p = f->bytes;

	memcpy(p + 0, &f->ts, 8);
	memcpy(p + 8, &f->tid, 8);
	memcpy(p + 16, &len, 4);
	memcpy(p + 20, &f->type, 2);
	memcpy(p + 22, &word, 4);
	for (i = 0; i < f->nparams; i++) {
		uint16_t narrow = (uint16_t)f->lens[i];

		memcpy(p + 26 + i * len_size, f->wide ? (void *)&f->lens[i] : (void *)&narrow, len_size);
	}
	memcpy(p + 26 + f->nparams * len_size, f->values, f->values_len);
	return (struct frame_ref){
		.data = p, .len = len, .cpu = f->cpu, .marks = f->marks, .cut = f->cut, .latency = f->latency};
}

void frame_parse(struct test_frame *f, struct gyr_event *ev)
{
	struct frame_ref ref = frame_done(f);
	const char *why = "";

	ck_assert_msg(event_parse(&ref, ev, &why) == 0, "%s", why);
	ev->num = 7;
}

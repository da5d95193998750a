// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames are anyone's bytes: what is whole is read, all else is refused, and nothing outside the frame is touched. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/table.h"
#include "frame.h"
#include "run.h"

static struct test_frame f;

static const char *reason;

/* Parses a copy that ends where the heap's redzone begins, so that ASan sees a byte too many. */
static int parse_copy(const uint8_t *bytes, uint32_t len, struct gyr_event *ev)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct frame_ref ref = {.data = copy, .len = len, .cpu = 3};
	struct gyr_param p;
	uint32_t i;
	int err;

	if (len)
		memcpy(copy, bytes, len);
	err = event_parse(&ref, ev, &reason);
	if (!err) {
		/* What a caller may do with it stays within the bytes too. */
		char line[256];

		for (i = 0; i < gyr_event_nparams(ev); i++)
			gyr_event_param(ev, i, &p);
		gyr_event_text(ev, line, sizeof(line), 0);
		gyr_event_json(ev, line, sizeof(line), 0);
	}
	free(copy);
	return err;
}

static int parse(struct test_frame *frame, struct gyr_event *ev)
{
	struct frame_ref ref = frame_done(frame);

	return parse_copy(ref.data, ref.len, ev);
}

/* openat, as in the README. */
static void openat_frame(void)
{
	frame_start(&f, 307);
	frame_s64(&f, 5);
	frame_s64(&f, -100);
	frame_str(&f, "/etc/hosts");
	frame_u32(&f, 4097);
	frame_u32(&f, 0);
	frame_u32(&f, 0xfe00);
	frame_u64(&f, 1234);
}

START_TEST(test_whole)
{
	struct gyr_event ev;
	struct frame_ref ref;
	uint32_t len;

	openat_frame();
	ref = frame_done(&f);
	ck_assert_int_eq(event_parse(&ref, &ev, &reason), 0);
	ck_assert_uint_eq(gyr_event_ts(&ev), 1700000000123456789);
	ck_assert_uint_eq(gyr_event_tid(&ev), 1236);
	ck_assert_uint_eq(gyr_event_cpu(&ev), 1);
	ck_assert_uint_eq(gyr_event_type(&ev), 307);
	ck_assert_str_eq(gyr_event_name(&ev), "openat");
	ck_assert_str_eq(gyr_category_name(gyr_event_category(&ev)), "file");
	ck_assert_uint_eq(gyr_event_nparams(&ev), 7);
	ck_assert_ptr_null(gyr_event_thread(&ev));
	ck_assert_ptr_null(gyr_event_fd(&ev));
	ck_assert_ptr_eq(gyr_event_frame(&ev, &len), f.bytes);
	ck_assert_uint_eq(len, 26 + 7 * 2 + 8 + 8 + 11 + 4 + 4 + 4 + 8);
}
END_TEST

/* What a live source adds to a frame is seen by nobody but through its accessors. */
START_TEST(test_marks)
{
	static uint8_t plain[26 + 7 * 2 + 8 + 8 + 11 + 4 + 4 + 4 + 8], room[GYR_FRAME_MAX];
	struct gyr_event ev = {.unmarked = room};
	struct frame_ref ref;
	uint32_t len;

	openat_frame();
	frame_done(&f);
	memcpy(plain, f.bytes, sizeof(plain));
	f.marks = GYR_FRAME_LATENCY | GYR_FRAME_CUT;
	f.latency = 4711;
	f.cut = 1 << 2;
	ref = frame_done(&f);
	ck_assert_int_ne(memcmp(f.bytes, plain, sizeof(plain)), 0);
	ck_assert_int_eq(event_parse(&ref, &ev, &reason), 0);
	ck_assert_uint_eq(gyr_event_nparams(&ev), 7);
	ck_assert_int_eq(gyr_event_latency(&ev), 4711);
	for (uint32_t i = 0; i < 40; i++)
		ck_assert_int_eq(gyr_event_cut(&ev, i), i == 2);
	ck_assert_mem_eq(gyr_event_frame(&ev, &len), plain, sizeof(plain));
	ck_assert_uint_eq(len, sizeof(plain));

	openat_frame();
	f.marks = GYR_FRAME_CUT;
	f.latency = 4711;
	ref = frame_done(&f);
	ck_assert_int_eq(event_parse(&ref, &ev, &reason), 0);
	ck_assert_int_eq(gyr_event_latency(&ev), -ENODATA);
	/* A frame that says so itself, as one of a file. */
	ref.marks = 0;
	ck_assert_int_eq(event_parse(&ref, &ev, &reason), -EBADMSG);
}
END_TEST

/* Every shorter prefix is refused: with the frame's own length as it was, and with it made to agree. */
START_TEST(test_truncated)
{
	struct gyr_event ev;
	struct frame_ref ref;
	uint32_t len;

	openat_frame();
	ref = frame_done(&f);
	for (len = 0; len < ref.len; len++) {
		ck_assert_int_eq(parse_copy(f.bytes, len, &ev), -EBADMSG);
		ck_assert_str_ne(reason, "");
	}
	for (len = 26; len < ref.len; len++) {
		memcpy(f.bytes + 16, &len, 4);
		ck_assert_int_eq(parse_copy(f.bytes, len, &ev), -EBADMSG);
	}
}
END_TEST

/* More bytes may follow in the source, but within the frame every byte belongs to a param. */
START_TEST(test_overlong)
{
	struct gyr_event ev;
	struct frame_ref ref;
	uint32_t len;

	openat_frame();
	ref = frame_done(&f);
	ck_assert_int_eq(parse_copy(f.bytes, ref.len + 9, &ev), 0);
	ck_assert_uint_eq(ev.len, ref.len);
	len = ref.len + 1;
	memcpy(f.bytes + 16, &len, 4);
	ck_assert_int_eq(parse_copy(f.bytes, ref.len + 9, &ev), -EBADMSG);
	ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), -EBADMSG);
	len = UINT32_MAX;
	memcpy(f.bytes + 16, &len, 4);
	ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), -EBADMSG);
	len = 0;
	memcpy(f.bytes + 16, &len, 4);
	ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), -EBADMSG);
}
END_TEST

START_TEST(test_bad_nparams)
{
	static const uint32_t counts[] = {8, 9, 32, 33, 64, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
	struct gyr_event ev;
	struct frame_ref ref;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		openat_frame();
		ref = frame_done(&f);
		memcpy(f.bytes + 22, &counts[i], 4);
		ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), -EBADMSG);
	}
	for (i = 0; i < 7; i++) {
		uint32_t n = i;

		openat_frame();
		ref = frame_done(&f);
		memcpy(f.bytes + 22, &n, 4);
		ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), -EBADMSG);
	}
}
END_TEST

/* A length that is wrong in either direction, of any param. */
START_TEST(test_bad_lengths)
{
	struct gyr_event ev;
	struct frame_ref ref;
	uint16_t was, len;
	int i, delta;

	openat_frame();
	ref = frame_done(&f);
	for (i = 0; i < 7; i++) {
		memcpy(&was, f.bytes + 26 + 2 * i, 2);
		for (delta = -8; delta <= 8; delta++) {
			if (!delta)
				continue;
			len = was + delta;
			memcpy(f.bytes + 26 + 2 * i, &len, 2);
			ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), -EBADMSG);
		}
		len = 0xffff;
		memcpy(f.bytes + 26 + 2 * i, &len, 2);
		ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), -EBADMSG);
		memcpy(f.bytes + 26 + 2 * i, &was, 2);
	}
	ck_assert_int_eq(parse_copy(f.bytes, ref.len, &ev), 0);
}
END_TEST

/* An older writer has fewer params, a newer one more: what both sides know is read. */
START_TEST(test_other_schema_versions)
{
	struct gyr_event ev;
	struct gyr_param p;

	frame_start(&f, 307);
	frame_s64(&f, -2);
	frame_s64(&f, -100);
	ck_assert_int_eq(parse(&f, &ev), 0);
	ck_assert_uint_eq(gyr_event_nparams(&ev), 2);

	openat_frame();
	frame_str(&f, "from the future");
	frame_empty(&f);
	frame_u64(&f, 99);
	frame_parse(&f, &ev);
	ck_assert_uint_eq(gyr_event_nparams(&ev), 7);
	ck_assert_int_eq(gyr_event_param(&ev, 6, &p), 0);
	ck_assert_uint_eq(p.u64, 1234);
	ck_assert_int_eq(gyr_event_param(&ev, 7, &p), -ENOENT);
	ck_assert_int_eq(parse(&f, &ev), 0);

	/* Params past the table's are not believed either. */
	f.lens[7] = 0xff00;
	ck_assert_int_eq(parse(&f, &ev), -EBADMSG);
}
END_TEST

START_TEST(test_no_params)
{
	struct gyr_event ev;

	frame_start(&f, 12);
	ck_assert_int_eq(parse(&f, &ev), 0);
	ck_assert_uint_eq(gyr_event_nparams(&ev), 0);
	frame_start(&f, 307);
	ck_assert_int_eq(parse(&f, &ev), 0);
	ck_assert_uint_eq(gyr_event_nparams(&ev), 0);
}
END_TEST

START_TEST(test_unknown_type)
{
	static const uint16_t types[] = {454, 1000, 0x7fff, 0xfffe, 0xffff};
	struct gyr_event ev;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		frame_start(&f, types[i]);
		frame_s64(&f, 0);
		ck_assert_int_eq(parse(&f, &ev), -ENOENT);
	}
}
END_TEST

/* Types flagged large_payload have lengths of 32 bits. */
START_TEST(test_large_payload)
{
	static const uint16_t types[] = {322, 402};
	static uint8_t blob[100000];
	struct gyr_event ev;
	struct gyr_param p;
	size_t i;

	memset(blob, 'x', sizeof(blob));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		frame_start(&f, types[i]);
		f.wide = 1;
		frame_u32(&f, 42);
		if (types[i] == 402)
			frame_str(&f, "name");
		frame_bytes(&f, blob, sizeof(blob));
		ck_assert_int_eq(parse(&f, &ev), 0);
		frame_parse(&f, &ev);
		ck_assert_int_eq(gyr_event_param(&ev, gyr_event_nparams(&ev) - 1, &p), 0);
		ck_assert_uint_eq(p.len, sizeof(blob));
		ck_assert_mem_eq(p.data, blob, sizeof(blob));

		/* Two lengths that add up to the right sum modulo 2^32. */
		f.lens[0] = 0xffffffff - 7;
		f.lens[1] += 4 + 8;
		ck_assert_int_eq(parse(&f, &ev), -EBADMSG);
		f.wide = 0;
		ck_assert_int_eq(parse(&f, &ev), -EBADMSG);
	}
	frame_start(&f, 324);
	f.wide = 1;
	frame_str(&f, "{}");
	ck_assert_int_eq(parse(&f, &ev), 0);
}
END_TEST

/* Sizes as the page about the format has them, not as the library's table does. */
static uint32_t documented_size(enum gyr_param_type t)
{
	switch (t) {
	case GYR_TYPE_FD:
	case GYR_TYPE_PID:
	case GYR_TYPE_ERRNO:
	case GYR_TYPE_RELTIME:
	case GYR_TYPE_ABSTIME:
	case GYR_TYPE_FLAGS64:
	case GYR_TYPE_INT64:
	case GYR_TYPE_UINT64:
		return 8;
	case GYR_TYPE_INT32:
	case GYR_TYPE_UINT32:
	case GYR_TYPE_FD32:
	case GYR_TYPE_PID32:
	case GYR_TYPE_UID:
	case GYR_TYPE_GID:
	case GYR_TYPE_MODE:
	case GYR_TYPE_SIGSET:
	case GYR_TYPE_FLAGS32:
	case GYR_TYPE_ENUMFLAGS32:
	case GYR_TYPE_BOOL:
	case GYR_TYPE_IPV4ADDR:
		return 4;
	case GYR_TYPE_INT16:
	case GYR_TYPE_UINT16:
	case GYR_TYPE_FLAGS16:
	case GYR_TYPE_ENUMFLAGS16:
	case GYR_TYPE_SYSCALLID:
	case GYR_TYPE_PORT:
		return 2;
	case GYR_TYPE_INT8:
	case GYR_TYPE_UINT8:
	case GYR_TYPE_FLAGS8:
	case GYR_TYPE_ENUMFLAGS8:
	case GYR_TYPE_SIGTYPE:
	case GYR_TYPE_L4PROTO:
	case GYR_TYPE_SOCKFAMILY:
		return 1;
	case GYR_TYPE_IPV6ADDR:
		return 16;
	default:
		return 0;
	}
}

/* A frame of the event with all params: `odd` of size `odd_size`, the others as they should be. */
static void any_frame(const struct gyr_event_info *info, uint32_t odd, uint32_t odd_size)
{
	static const uint8_t zeros[64];
	uint32_t i;

	frame_start(&f, info->type);
	f.wide = info->type == 322 || info->type == 324 || info->type == 402;
	for (i = 0; i < info->nparams; i++) {
		uint32_t size = documented_size(info->params[i].type);

		frame_bytes(&f, zeros, i == odd ? odd_size : size ? size : 5);
	}
}

/* All events of the table, each param in turn empty, right, and of every other size up to 20. */
START_TEST(test_sizes_of_all_params)
{
	const struct gyr_event_info *info;
	struct gyr_event ev;
	uint32_t p, size, right;
	size_t i;

	for (i = 0; (info = gyr_event_info_at(i)); i++) {
		any_frame(info, UINT32_MAX, 0);
		ck_assert_int_eq(parse(&f, &ev), 0);
		ck_assert_uint_eq(gyr_event_nparams(&ev), info->nparams);
		for (p = 0; p < info->nparams; p++) {
			right = documented_size(info->params[p].type);
			for (size = 0; size <= 20; size++) {
				any_frame(info, p, size);
				ck_assert_int_eq(parse(&f, &ev), !right || !size || size == right ? 0 : -EBADMSG);
			}
		}
	}
	ck_assert_uint_ge(i, 454);
}
END_TEST

START_TEST(test_strings_end_in_nul)
{
	struct gyr_event ev;

	openat_frame();
	f.values[8 + 8 + 10] = 'x'; /* where the NUL of the name is */
	ck_assert_int_eq(parse(&f, &ev), -EBADMSG);
	frame_start(&f, 307);
	frame_s64(&f, -2);
	frame_s64(&f, -100);
	frame_bytes(&f, "a\0b", 4);
	ck_assert_int_eq(parse(&f, &ev), 0);
}
END_TEST

/* Whatever bits are turned: an answer, and no byte read outside. The seed is fixed, so a failure comes again. */
START_TEST(test_noise)
{
	const struct gyr_event_info *info;
	struct gyr_event ev;
	struct frame_ref ref;
	uint32_t seed = 12345, i, n, at;

	for (i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		info = gyr_event_info_at((seed >> 8) % 454);
		any_frame(info, UINT32_MAX, 0);
		ref = frame_done(&f);
		for (n = seed >> 28; n--;) {
			seed = seed * 1664525 + 1013904223;
			at = (seed >> 8) % ref.len;
			f.bytes[at] = seed >> 24;
		}
		parse_copy(f.bytes, ref.len, &ev);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parse");
	TCase *tc = tcase_create("frames");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_whole);
	tcase_add_test(tc, test_marks);
	tcase_add_test(tc, test_truncated);
	tcase_add_test(tc, test_overlong);
	tcase_add_test(tc, test_bad_nparams);
	tcase_add_test(tc, test_bad_lengths);
	tcase_add_test(tc, test_other_schema_versions);
	tcase_add_test(tc, test_no_params);
	tcase_add_test(tc, test_unknown_type);
	tcase_add_test(tc, test_large_payload);
	tcase_add_test(tc, test_sizes_of_all_params);
	tcase_add_test(tc, test_strings_end_in_nul);
	tcase_add_test(tc, test_noise);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return run_suite(suite());
}

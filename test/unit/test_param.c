// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bytes of a param -> its value, for every type. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event/param.h"
#include "frame.h"
#include "run.h"

static struct test_frame f;

/* An event whose only param is of the type, with these bytes. */
static struct gyr_param_info info_of_param;
static struct gyr_event_info info_of_event;

static int param_of(enum gyr_param_type type, const void *bytes, uint32_t len, struct gyr_param *p)
{
	static uint8_t frame[1024];
	struct gyr_event ev = {.type = 5, .nparams = 1, .frame = frame, .info = &info_of_event};

	info_of_param = (struct gyr_param_info){.name = "p", .type = type, .dirfd = -1};
	info_of_event = (struct gyr_event_info){.type = 5, .name = "e", .nparams = 1, .params = &info_of_param};
	ev.params[0].off = 3; /* not aligned */
	ev.params[0].len = len;
	memcpy(frame + 3, bytes, len);
	return gyr_event_param(&ev, 0, p);
}

static const uint8_t fe[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

START_TEST(test_signed)
{
	static const struct {
		enum gyr_param_type type;
		uint32_t size;
	} cases[] = {
		{GYR_TYPE_INT8, 1}, {GYR_TYPE_INT16, 2}, {GYR_TYPE_INT32, 4}, {GYR_TYPE_INT64, 8}, {GYR_TYPE_ERRNO, 8},
		{GYR_TYPE_FD, 8},   {GYR_TYPE_PID, 8},	 {GYR_TYPE_FD32, 4},  {GYR_TYPE_PID32, 4},
	};
	struct gyr_param p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(param_of(cases[i].type, fe, cases[i].size, &p), 0);
		ck_assert_int_eq(p.s64, -2);
		ck_assert_uint_eq(p.len, cases[i].size);
		ck_assert_int_eq(p.type, cases[i].type);
		ck_assert_int_eq(param_of(cases[i].type, "\x2a\0\0\0\0\0\0\0", cases[i].size, &p), 0);
		ck_assert_int_eq(p.s64, 42);
	}
}
END_TEST

START_TEST(test_unsigned)
{
	static const struct {
		enum gyr_param_type type;
		uint32_t size;
		uint64_t value;
	} cases[] = {
		{GYR_TYPE_UINT8, 1, 0xfe},
		{GYR_TYPE_UINT16, 2, 0xfffe},
		{GYR_TYPE_UINT32, 4, 0xfffffffe},
		{GYR_TYPE_UINT64, 8, 0xfffffffffffffffe},
		{GYR_TYPE_RELTIME, 8, 0xfffffffffffffffe},
		{GYR_TYPE_ABSTIME, 8, 0xfffffffffffffffe},
		{GYR_TYPE_UID, 4, 0xfffffffe},
		{GYR_TYPE_GID, 4, 0xfffffffe},
		{GYR_TYPE_MODE, 4, 0xfffffffe},
		{GYR_TYPE_SIGSET, 4, 0xfffffffe},
		{GYR_TYPE_BOOL, 4, 0xfffffffe},
		{GYR_TYPE_FLAGS8, 1, 0xfe},
		{GYR_TYPE_FLAGS16, 2, 0xfffe},
		{GYR_TYPE_FLAGS32, 4, 0xfffffffe},
		{GYR_TYPE_FLAGS64, 8, 0xfffffffffffffffe},
		{GYR_TYPE_ENUMFLAGS8, 1, 0xfe},
		{GYR_TYPE_ENUMFLAGS16, 2, 0xfffe},
		{GYR_TYPE_ENUMFLAGS32, 4, 0xfffffffe},
		{GYR_TYPE_SYSCALLID, 2, 0xfffe},
		{GYR_TYPE_PORT, 2, 0xfffe},
		{GYR_TYPE_SIGTYPE, 1, 0xfe},
		{GYR_TYPE_L4PROTO, 1, 0xfe},
		{GYR_TYPE_SOCKFAMILY, 1, 0xfe},
	};
	struct gyr_param p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(param_of(cases[i].type, fe, cases[i].size, &p), 0);
		ck_assert_uint_eq(p.u64, cases[i].value);
	}
}
END_TEST

/* A type is a number of some size, or bytes: none is forgotten when one is added to the schema's words. */
START_TEST(test_no_type_is_forgotten)
{
	static const enum gyr_param_type bytes[] = {
		GYR_TYPE_NONE,
		GYR_TYPE_CHARBUF,
		GYR_TYPE_BYTEBUF,
		GYR_TYPE_SOCKADDR,
		GYR_TYPE_SOCKTUPLE,
		GYR_TYPE_FDLIST,
		GYR_TYPE_FSPATH,
		GYR_TYPE_FSRELPATH,
		GYR_TYPE_DYN,
		GYR_TYPE_IPV4ADDR,
		GYR_TYPE_IPV6ADDR,
		GYR_TYPE_CHARBUFARRAY,
		GYR_TYPE_CHARBUF_PAIR_ARRAY,
	};
	size_t t, i;

	for (t = 0; t < table_ntypes; t++) {
		bool is_bytes = false;

		for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
			is_bytes |= bytes[i] == t;
		ck_assert_int_eq(param_is_number(t), !is_bytes);
	}
	ck_assert_uint_eq(table_ntypes, 9 + 23 + sizeof(bytes) / sizeof(bytes[0]));
}
END_TEST

START_TEST(test_empty)
{
	struct gyr_param p;
	size_t t;

	for (t = 0; t < table_ntypes; t++) {
		ck_assert_int_eq(param_of(t, "", 0, &p), 0);
		ck_assert_uint_eq(p.len, 0);
		ck_assert_uint_eq(p.u64, 0);
	}
}
END_TEST

START_TEST(test_by_name)
{
	struct gyr_event ev;
	struct gyr_param p;

	frame_start(&f, 7);
	frame_s64(&f, 3);
	frame_bytes(&f, "a\0c", 3);
	frame_s64(&f, 5);
	frame_u32(&f, 100);
	frame_parse(&f, &ev);
	ck_assert_int_eq(gyr_event_param_by_name(&ev, "data", &p), 0);
	ck_assert_uint_eq(p.len, 3);
	ck_assert_mem_eq(p.data, "a\0c", 3);
	ck_assert_str_eq(p.info->name, "data");
	ck_assert_int_eq(gyr_event_param_by_name(&ev, "size", &p), 0);
	ck_assert_uint_eq(p.u64, 100);
	ck_assert_int_eq(gyr_event_param_by_name(&ev, "none", &p), -ENOENT);
	ck_assert_int_eq(gyr_event_param(&ev, 4, &p), -ENOENT);
	ck_assert_int_eq(gyr_event_param(&ev, UINT32_MAX, &p), -ENOENT);
}
END_TEST

/* setsockopt's val: 0 BYTEBUF, 1 ERRNO, 2 UINT32, 3 UINT64, 4 RELTIME. */
static int dyn(const void *bytes, uint32_t len, struct gyr_param *p)
{
	static struct gyr_event ev;

	frame_start(&f, 45);
	frame_s64(&f, 0);
	frame_s64(&f, 3);
	frame_u8(&f, 1);
	frame_u8(&f, 20);
	frame_bytes(&f, bytes, len);
	frame_u32(&f, 8);
	frame_parse(&f, &ev);
	return gyr_event_param(&ev, 4, p);
}

START_TEST(test_dyn)
{
	struct gyr_param p;

	ck_assert_int_eq(dyn("\0abc", 4, &p), 0);
	ck_assert_int_eq(p.type, GYR_TYPE_BYTEBUF);
	ck_assert_uint_eq(p.len, 3);
	ck_assert_mem_eq(p.data, "abc", 3);
	ck_assert_int_eq(p.info->type, GYR_TYPE_DYN);
	ck_assert_int_eq(dyn("\1\xfe\xff\xff\xff\xff\xff\xff\xff", 9, &p), 0);
	ck_assert_int_eq(p.type, GYR_TYPE_ERRNO);
	ck_assert_int_eq(p.s64, -2);
	ck_assert_int_eq(dyn("\2\1\0\0\x80", 5, &p), 0);
	ck_assert_uint_eq(p.u64, 0x80000001);
	ck_assert_int_eq(dyn("\3\1\0\0\0\0\0\0\x80", 9, &p), 0);
	ck_assert_uint_eq(p.u64, 0x8000000000000001);
	ck_assert_int_eq(dyn("\4\0\xca\x9a\x3b\0\0\0\0", 9, &p), 0);
	ck_assert_int_eq(p.type, GYR_TYPE_RELTIME);
	ck_assert_uint_eq(p.u64, 1000000000);
	/* The index alone: a value that is not known. */
	ck_assert_int_eq(dyn("\2", 1, &p), 0);
	ck_assert_uint_eq(p.len, 0);
	ck_assert_int_eq(dyn("", 0, &p), 0);
	ck_assert_uint_eq(p.len, 0);

	ck_assert_int_eq(dyn("\5", 1, &p), -EBADMSG);
	ck_assert_int_eq(dyn("\xff\0\0\0\0", 5, &p), -EBADMSG);
	ck_assert_int_eq(dyn("\2\0\0\0", 4, &p), -EBADMSG);
	ck_assert_int_eq(dyn("\3\0\0\0\0\0\0\0\0\0", 10, &p), -EBADMSG);
}
END_TEST

START_TEST(test_sockaddr)
{
	struct gyr_param p;
	struct gyr_addr a;

	ck_assert_int_eq(param_of(GYR_TYPE_SOCKADDR, "\2\x0a\0\0\1\x50\0", 7, &p), 0);
	ck_assert_int_eq(gyr_param_sockaddr(&p, &a), 0);
	ck_assert_uint_eq(a.family, AF_INET);
	ck_assert_mem_eq(a.ip, "\x0a\0\0\1", 4);
	ck_assert_uint_eq(a.port, 80);

	param_of(GYR_TYPE_SOCKADDR,
		 "\x0a"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
		 "\xbb\1",
		 19, &p);
	ck_assert_int_eq(gyr_param_sockaddr(&p, &a), 0);
	ck_assert_uint_eq(a.family, AF_INET6);
	ck_assert_mem_eq(a.ip, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	ck_assert_uint_eq(a.port, 443);

	param_of(GYR_TYPE_SOCKADDR, "\1/run/x\0", 8, &p);
	ck_assert_int_eq(gyr_param_sockaddr(&p, &a), 0);
	ck_assert_uint_eq(a.family, AF_UNIX);
	ck_assert_uint_eq(a.path_len, 6);
	ck_assert_mem_eq(a.path, "/run/x", 6);
	param_of(GYR_TYPE_SOCKADDR, "\1\0abs\0", 6, &p);
	ck_assert_int_eq(gyr_param_sockaddr(&p, &a), 0);
	ck_assert_uint_eq(a.path_len, 4);
	ck_assert_mem_eq(a.path, "\0abs", 4);
	param_of(GYR_TYPE_SOCKADDR, "\1", 1, &p);
	ck_assert_int_eq(gyr_param_sockaddr(&p, &a), 0);
	ck_assert_uint_eq(a.path_len, 0);
	param_of(GYR_TYPE_SOCKADDR, "\1\0", 2, &p);
	ck_assert_int_eq(gyr_param_sockaddr(&p, &a), 0);
	ck_assert_uint_eq(a.path_len, 0);

	param_of(GYR_TYPE_SOCKADDR, "\x10xyz", 4, &p);
	ck_assert_int_eq(gyr_param_sockaddr(&p, &a), 0);
	ck_assert_uint_eq(a.family, AF_NETLINK);
}
END_TEST

START_TEST(test_socktuple)
{
	uint8_t six[37] = {10};
	struct gyr_addr src, dst;
	struct gyr_param p;

	param_of(GYR_TYPE_SOCKTUPLE, "\2\x7f\0\0\1\xb8\x0b\x0a\0\0\2\x50\0", 13, &p);
	ck_assert_int_eq(gyr_param_socktuple(&p, &src, &dst), 0);
	ck_assert_mem_eq(src.ip, "\x7f\0\0\1", 4);
	ck_assert_uint_eq(src.port, 3000);
	ck_assert_mem_eq(dst.ip, "\x0a\0\0\2", 4);
	ck_assert_uint_eq(dst.port, 80);

	six[16] = 1, six[17] = 5, six[34] = 2, six[35] = 6;
	param_of(GYR_TYPE_SOCKTUPLE, six, sizeof(six), &p);
	ck_assert_int_eq(gyr_param_socktuple(&p, &src, &dst), 0);
	ck_assert_uint_eq(src.ip[15], 1);
	ck_assert_uint_eq(src.port, 5);
	ck_assert_uint_eq(dst.ip[15], 2);
	ck_assert_uint_eq(dst.port, 6);

	param_of(GYR_TYPE_SOCKTUPLE,
		 "\1"
		 "\1\0\0\0\0\0\0\xff"
		 "\2\0\0\0\0\0\0\0"
		 "/x\0",
		 20, &p);
	ck_assert_int_eq(gyr_param_socktuple(&p, &src, &dst), 0);
	ck_assert_uint_eq(src.ptr, 0xff00000000000001);
	ck_assert_uint_eq(dst.ptr, 2);
	ck_assert_uint_eq(dst.path_len, 2);
	ck_assert_mem_eq(dst.path, "/x", 2);
}
END_TEST

/* Every other length of an address, and every accessor on every other type. */
START_TEST(test_malformed)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	uint8_t bytes[200] = {0};
	struct gyr_addr a, b;
	struct gyr_param p;
	int16_t events;
	int64_t fd;
	size_t i, t;
	uint32_t len;

	for (i = 0; i < 2; i++) {
		uint32_t ip = families[i] == AF_INET ? 4 : 16;

		bytes[0] = families[i];
		for (len = 1; len < 64; len++) {
			param_of(GYR_TYPE_SOCKADDR, bytes, len, &p);
			ck_assert_int_eq(gyr_param_sockaddr(&p, &a), len == 1 + ip + 2 ? 0 : -EBADMSG);
			param_of(GYR_TYPE_SOCKTUPLE, bytes, len, &p);
			ck_assert_int_eq(gyr_param_socktuple(&p, &a, &b), len == 1 + 2 * (ip + 2) ? 0 : -EBADMSG);
		}
	}
	memset(bytes, 'p', sizeof(bytes));
	bytes[0] = AF_UNIX;
	for (len = 1; len < sizeof(bytes); len++) {
		param_of(GYR_TYPE_SOCKADDR, bytes, len, &p);
		ck_assert_int_eq(gyr_param_sockaddr(&p, &a), len <= 109 ? 0 : -EBADMSG);
		param_of(GYR_TYPE_SOCKTUPLE, bytes, len, &p);
		ck_assert_int_eq(gyr_param_socktuple(&p, &a, &b), len >= 17 && len <= 17 + 108 ? 0 : -EBADMSG);
	}
	for (t = 0; t < table_ntypes; t++) {
		param_of(t, "\0\0\0", 0, &p);
		ck_assert_int_eq(gyr_param_sockaddr(&p, &a), t == GYR_TYPE_SOCKADDR ? -ENOENT : -EINVAL);
		ck_assert_int_eq(gyr_param_socktuple(&p, &a, &b), t == GYR_TYPE_SOCKTUPLE ? -ENOENT : -EINVAL);
		ck_assert_int_eq(gyr_param_fdlist(&p, 0, &fd, &events), t == GYR_TYPE_FDLIST ? -ENOENT : -EINVAL);
	}
}
END_TEST

START_TEST(test_fdlist)
{
	static const uint8_t list[] = "\2\0"
				      "\3\0\0\0\0\0\0\0\1\0"
				      "\xff\xff\xff\xff\xff\xff\xff\xff\4\x80";
	struct gyr_param p;
	int16_t events;
	int64_t fd;
	uint32_t len;

	param_of(GYR_TYPE_FDLIST, list, 22, &p);
	ck_assert_int_eq(gyr_param_fdlist(&p, 0, &fd, &events), 0);
	ck_assert_int_eq(fd, 3);
	ck_assert_int_eq(events, 1);
	ck_assert_int_eq(gyr_param_fdlist(&p, 1, &fd, &events), 0);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq((uint16_t)events, 0x8004);
	ck_assert_int_eq(gyr_param_fdlist(&p, 2, &fd, &events), -ENOENT);
	ck_assert_int_eq(gyr_param_fdlist(&p, UINT32_MAX, &fd, &events), -ENOENT);
	for (len = 1; len < 22; len++) {
		param_of(GYR_TYPE_FDLIST, list, len, &p);
		ck_assert_int_eq(gyr_param_fdlist(&p, 0, &fd, &events), -EBADMSG);
	}
	param_of(GYR_TYPE_FDLIST, "\0\0", 2, &p);
	ck_assert_int_eq(gyr_param_fdlist(&p, 0, &fd, &events), -ENOENT);
	param_of(GYR_TYPE_FDLIST, "\xff\xff", 2, &p);
	ck_assert_int_eq(gyr_param_fdlist(&p, 0, &fd, &events), -EBADMSG);
}
END_TEST

START_TEST(test_result)
{
	struct gyr_event ev;
	int64_t res = 77;

	frame_start(&f, 5);
	frame_s64(&f, -9);
	frame_s64(&f, 3);
	frame_parse(&f, &ev);
	ck_assert(gyr_event_res(&ev, &res));
	ck_assert_int_eq(res, -9);
	ck_assert(event_failed(&ev));

	/* An address that looks negative is no errno. */
	frame_start(&f, 161);
	frame_s64(&f, -4096);
	frame_parse(&f, &ev);
	ck_assert(gyr_event_res(&ev, &res));
	ck_assert(!event_failed(&ev));

	frame_start(&f, 307); /* fd */
	frame_s64(&f, 5);
	frame_parse(&f, &ev);
	ck_assert(gyr_event_res(&ev, &res));
	ck_assert_int_eq(res, 5);
	ck_assert(event_res_is_fd(&ev));

	frame_start(&f, 203); /* getuid */
	frame_u32(&f, UINT32_MAX);
	frame_parse(&f, &ev);
	ck_assert(gyr_event_res(&ev, &res));
	ck_assert_int_eq(res, UINT32_MAX);
	ck_assert(!event_failed(&ev));

	frame_start(&f, 307); /* its value is missing */
	frame_empty(&f);
	frame_parse(&f, &ev);
	ck_assert(!gyr_event_res(&ev, &res));
	frame_start(&f, 307);
	frame_parse(&f, &ev);
	ck_assert(!gyr_event_res(&ev, &res));

	frame_start(&f, 22); /* connect's enter: fd is an argument */
	frame_s64(&f, 5);
	frame_parse(&f, &ev);
	ck_assert(!gyr_event_res(&ev, &res));
	frame_start(&f, 1);
	frame_u16(&f, 1);
	frame_parse(&f, &ev);
	ck_assert(!gyr_event_res(&ev, &res));
	frame_start(&f, 186); /* procexit */
	frame_s64(&f, 1);
	frame_parse(&f, &ev);
	ck_assert(!gyr_event_res(&ev, &res));
}
END_TEST

START_TEST(test_result_is_fd)
{
	static const struct {
		uint16_t type;
		bool fd;
	} cases[] = {
		{3, true},   {5, false},   {19, true},	 {23, false}, {43, false}, {61, false}, {63, true},
		{65, false}, {223, false}, {247, true},	 {307, true}, {321, true}, {339, true}, {363, true},
		{375, true}, {377, true},  {393, false}, {405, true}, {409, true}, {7, false},
	};
	struct gyr_event ev;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frame_start(&f, cases[i].type);
		frame_s64(&f, 0);
		frame_parse(&f, &ev);
		ck_assert_msg(event_res_is_fd(&ev) == cases[i].fd, "%u", cases[i].type);
	}
	/* fcntl: F_DUPFD only */
	for (i = 0; i < 30; i++) {
		frame_start(&f, 151);
		frame_s64(&f, 0);
		frame_s64(&f, 3);
		frame_u8(&f, i);
		frame_parse(&f, &ev);
		ck_assert_int_eq(event_res_is_fd(&ev), i == 1 || i == 26);
	}
}
END_TEST

START_TEST(test_generic_name)
{
	const struct gyr_syscall_info *sc = gyr_syscall_by_name("getppid");
	struct gyr_event ev;

	frame_start(&f, 1);
	frame_u16(&f, sc->sc);
	frame_u16(&f, 9999); /* of another machine */
	frame_parse(&f, &ev);
	ck_assert_str_eq(gyr_event_name(&ev), "getppid");
	frame_start(&f, 1);
	frame_u16(&f, 65535);
	frame_u16(&f, 110);
	frame_parse(&f, &ev);
	ck_assert_str_eq(gyr_event_name(&ev), "syscall");
	frame_start(&f, 1);
	frame_parse(&f, &ev);
	ck_assert_str_eq(gyr_event_name(&ev), "syscall");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("param");
	TCase *tc = tcase_create("values");

	tcase_add_test(tc, test_signed);
	tcase_add_test(tc, test_unsigned);
	tcase_add_test(tc, test_no_type_is_forgotten);
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_by_name);
	tcase_add_test(tc, test_dyn);
	tcase_add_test(tc, test_sockaddr);
	tcase_add_test(tc, test_socktuple);
	tcase_add_test(tc, test_malformed);
	tcase_add_test(tc, test_fdlist);
	tcase_add_test(tc, test_result);
	tcase_add_test(tc, test_result_is_fd);
	tcase_add_test(tc, test_generic_name);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return run_suite(suite());
}

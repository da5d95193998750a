// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One object a line, which another parser reads, whatever bytes are in it. */
#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "run.h"
#include "state/state.h"

static struct test_context c;
static struct test_frame *const f = &c.frame;
static char line[1 << 20];
static cJSON *object;

/* By the table of RFC 3629: first byte, then the range of the second; further ones are 80 to bf. */
static bool utf8_valid(const uint8_t *p, size_t n)
{
	static const uint8_t rows[][5] = {
		/* first, last, second from, to, length */
		{0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i, k;

	while (n) {
		for (i = 0; i < 9 && !(p[0] >= rows[i][0] && p[0] <= rows[i][1]); i++)
			;
		if (i == 9 || rows[i][4] > n)
			return false;
		for (k = 1; k < rows[i][4]; k++)
			if (p[k] < (k == 1 ? rows[i][2] : 0x80) || p[k] > (k == 1 ? rows[i][3] : 0xbf))
				return false;
		p += rows[i][4];
		n -= rows[i][4];
	}
	return true;
}

/* What an object must be, apart from its meaning. */
static void check_line(const char *s, int n)
{
	size_t i;

	ck_assert_int_eq(n, strlen(s));
	ck_assert_msg(utf8_valid((const uint8_t *)s, n), "%s", s);
	for (i = 0; (uint8_t)s[i] >= 0x20 && s[i] != 0x7f; i++)
		;
	ck_assert_msg(!s[i], "a control character in %s", s);
	cJSON_Delete(object);
	object = cJSON_ParseWithOpts(s, NULL, true);
	ck_assert_msg(cJSON_IsObject(object), "not JSON: %s", s);
}

static void no_key_twice(const cJSON *o)
{
	const cJSON *a, *b;

	for (a = o->child; a; a = a->next) {
		for (b = a->next; b && strcmp(a->string, b->string) != 0; b = b->next)
			;
		if (b)
			ck_abort_msg("%s is there twice", a->string);
	}
}

static void json_of(const struct gyr_event *ev)
{
	int n = gyr_event_json(ev, line, sizeof(line), 0);

	check_line(line, n);
	no_key_twice(object);
	no_key_twice(cJSON_GetObjectItemCaseSensitive(object, "evt.args"));
}

static void json(void)
{
	json_of(context_event(&c));
}

static const cJSON *key(const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const cJSON *arg(const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(key("evt.args"), name);
}

static const char *string(const cJSON *item)
{
	ck_assert_msg(cJSON_IsString(item), "no string in %s", line);
	return item->valuestring;
}

static double number(const cJSON *item)
{
	ck_assert_msg(cJSON_IsNumber(item), "no number in %s", line);
	return item->valuedouble;
}

/* What base64 says, by the letter of RFC 4648; -1: it is none. */
static int unbase64(const char *s, uint8_t *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(s), i, k;
	int n = 0;

	if (len % 4)
		return -1;
	for (i = 0; i < len; i += 4) {
		uint32_t v = 0, pad = (s[i + 2] == '=') + (s[i + 3] == '=');

		if (pad && i + 4 < len)
			return -1;
		for (k = 0; k < 4; k++) {
			const char *d = s[i + k] == '=' && k >= 4 - pad ? digits : strchr(digits, s[i + k]);

			if (!d)
				return -1;
			v = v << 6 | (uint32_t)(d - digits);
		}
		for (k = 0; k < 3 - pad; k++)
			out[n++] = v >> (16 - 8 * k);
	}
	return n;
}

static void setup(void)
{
	context_new(&c, NULL);
}

static void teardown(void)
{
	cJSON_Delete(object);
	object = NULL;
	context_free(&c);
}

static void openat_event(int64_t fd)
{
	frame_start(f, 307);
	frame_s64(f, fd);
	frame_s64(f, -100);
	frame_str(f, "/etc/hosts");
	frame_u32(f, 4097);
	frame_u32(f, 0644);
	frame_u32(f, 0xfe00);
	frame_u64(f, UINT64_MAX);
}

START_TEST(test_whole_line)
{
	openat_event(5);
	json();
	ck_assert_str_eq(
		line,
		"{\"evt.num\":7,\"evt.time\":\"2023-11-14T22:13:20.123456789Z\",\"evt.rawtime\":1700000000123456789,"
		"\"evt.cpu\":1,\"evt.type\":\"openat\",\"evt.category\":\"file\",\"evt.dir\":\"<\",\"evt.failed\":"
		"false,"
		"\"evt.res\":\"SUCCESS\",\"evt.rawres\":5,\"evt.args\":{\"fd\":5,\"dirfd\":-100,\"name\":\"/etc/"
		"hosts\","
		"\"flags\":\"O_RDONLY|O_CLOEXEC\",\"mode\":420,\"dev\":65024,\"ino\":18446744073709551615},"
		"\"thread.tid\":1236,\"proc.pid\":1234,\"proc.ppid\":1,\"proc.name\":\"nginx\",\"proc.exe\":\"nginx\","
		"\"proc.exepath\":\"/usr/sbin/nginx\",\"proc.args\":\"-g daemon off;\","
		"\"proc.cmdline\":\"nginx -g daemon off;\",\"proc.cwd\":\"/srv\",\"user.uid\":33,\"group.gid\":34,"
		"\"container.id\":\"host\",\"container.type\":\"host\",\"fd.num\":5,\"fd.type\":\"file\",\"fd.name\":"
		"\"/etc/hosts\"}");
}
END_TEST

START_TEST(test_failure)
{
	openat_event(-2);
	json();
	ck_assert(cJSON_IsTrue(key("evt.failed")));
	ck_assert_str_eq(string(key("evt.res")), "ENOENT");
	ck_assert_double_eq(number(key("evt.rawres")), -2);
	ck_assert_ptr_null(key("fd.num"));
	openat_event(-4000);
	json();
	ck_assert_str_eq(string(key("evt.res")), "-4000");
}
END_TEST

/* All digits, and a number even where text has a unit. */
START_TEST(test_latency)
{
	openat_event(5);
	json();
	ck_assert_ptr_null(key("evt.latency"));
	ck_assert_ptr_null(key("evt.cut"));
	openat_event(5);
	f->marks = GYR_FRAME_LATENCY;
	f->latency = 50100000;
	json();
	ck_assert_int_eq(number(key("evt.latency")), 50100000);
	ck_assert_ptr_nonnull(strstr(line, "\"evt.latency\":50100000,"));
}
END_TEST

START_TEST(test_cut)
{
	const cJSON *cut;

	openat_event(5);
	f->marks = GYR_FRAME_CUT;
	f->cut = 1 << 2 | 1 << 6;
	json();
	cut = key("evt.cut");
	ck_assert_int_eq(cJSON_GetArraySize(cut), 2);
	ck_assert_str_eq(string(cJSON_GetArrayItem(cut, 0)), "name");
	ck_assert_str_eq(string(cJSON_GetArrayItem(cut, 1)), "ino");
	frame_start(f, 7); /* write: 4 bytes were kept of 300 */
	frame_s64(f, 300);
	frame_bytes(f, "1234", 4);
	json();
	ck_assert_int_eq(cJSON_GetArraySize(key("evt.cut")), 1);
	ck_assert_str_eq(string(cJSON_GetArrayItem(key("evt.cut"), 0)), "data");
}
END_TEST

START_TEST(test_no_result)
{
	frame_start(f, 22); /* connect's enter */
	frame_s64(f, 5);
	frame_empty(f);
	json();
	ck_assert_str_eq(string(key("evt.dir")), ">");
	ck_assert(cJSON_IsFalse(key("evt.failed")));
	ck_assert_ptr_null(key("evt.res"));
	ck_assert_ptr_null(key("evt.rawres"));
	ck_assert(cJSON_IsNull(arg("addr")));

	frame_start(f, 1);
	frame_u16(f, gyr_syscall_by_name("getppid")->sc);
	frame_u16(f, 110);
	json();
	ck_assert_str_eq(string(key("evt.type")), "getppid");
	ck_assert_str_eq(string(arg("ID")), "getppid");
	ck_assert_double_eq(number(arg("nativeID")), 110);
}
END_TEST

/* Of a source that knows no thread. */
START_TEST(test_no_thread)
{
	struct gyr_event ev;

	openat_event(-2);
	frame_parse(f, &ev);
	json_of(&ev);
	ck_assert_double_eq(number(key("thread.tid")), 1236);
	ck_assert_ptr_null(key("proc.pid"));
}
END_TEST

START_TEST(test_unknown_is_null)
{
	frame_start(f, 97);
	f->tid = 99; /* nothing is known of it but its number */
	frame_s64(f, -9);
	frame_s64(f, 77);
	json();
	ck_assert(cJSON_IsNull(key("proc.pid")));
	ck_assert(cJSON_IsNull(key("proc.ppid")));
	ck_assert(cJSON_IsNull(key("container.id")));
	ck_assert(cJSON_IsNull(key("container.type")));
	ck_assert_ptr_null(key("k8s.pod.uid"));
	ck_assert(cJSON_IsNull(key("proc.name")));
	ck_assert(cJSON_IsNull(key("proc.exepath")));
	ck_assert(cJSON_IsNull(key("proc.cwd")));
	ck_assert(cJSON_IsNull(key("user.uid")));
	ck_assert(cJSON_IsNull(key("group.gid")));
	ck_assert_str_eq(string(key("proc.args")), "");
}
END_TEST

/* Init has no parent, which is not the same as an unknown one. */
START_TEST(test_init)
{
	ck_assert_ptr_nonnull(thread_finish(c.state, thread_new(c.state, 1, 1, 0)));
	frame_start(f, 97);
	f->tid = 1;
	frame_s64(f, -9);
	frame_s64(f, 77);
	json();
	ck_assert_double_eq(number(key("proc.pid")), 1);
	ck_assert_double_eq(number(key("proc.ppid")), 0);
	ck_assert(cJSON_IsNull(key("container.id")));
}
END_TEST

START_TEST(test_times)
{
	static const struct {
		uint64_t ns;
		const char *time;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000000000Z"},
		{951782399999999999, "2000-02-28T23:59:59.999999999Z"},
		{951782400000000000, "2000-02-29T00:00:00.000000000Z"},
		{1709251199000000001, "2024-02-29T23:59:59.000000001Z"},
		{1735689599000000000, "2024-12-31T23:59:59.000000000Z"},
		{1735689600000000000, "2025-01-01T00:00:00.000000000Z"},
		{4102444800000000000, "2100-01-01T00:00:00.000000000Z"},
		{4107542400000000000, "2100-03-01T00:00:00.000000000Z"},
		{UINT64_MAX, "2554-07-21T23:34:33.709551615Z"},
	};
	char raw[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gyr_event ev;

		openat_event(-2);
		f->ts = cases[i].ns;
		frame_parse(f, &ev);
		json_of(&ev);
		ck_assert_str_eq(string(key("evt.time")), cases[i].time);
		snprintf(raw, sizeof(raw), "\"evt.rawtime\":%llu,", (unsigned long long)cases[i].ns);
		ck_assert_ptr_nonnull(strstr(line, raw));
	}
}
END_TEST

/* A socket that connected, and one that was accepted: who is client and who is server. */
START_TEST(test_inet)
{
	frame_start(f, 19);
	frame_s64(f, 9);
	frame_u32(f, 2);
	frame_u32(f, 1);
	frame_u32(f, 6);
	frame_u32(f, 0);
	json();
	ck_assert_str_eq(string(key("evt.category")), "net");
	ck_assert_str_eq(string(arg("domain")), "AF_INET");
	ck_assert_ptr_null(key("fd.is_server"));
	ck_assert_ptr_null(key("evt.io_dir"));
	frame_start(f, 23);
	frame_s64(f, 0);
	frame_bytes(f, "\2\x7f\0\0\1\xb8\x0b\x0a\0\0\2\x50\0", 13);
	frame_s64(f, 9);
	frame_bytes(f, "\2\x0a\0\0\2\x50\0", 7);
	json();
	ck_assert_str_eq(string(arg("tuple")), "127.0.0.1:3000->10.0.0.2:80");
	ck_assert_str_eq(string(arg("addr")), "10.0.0.2:80");
	ck_assert_str_eq(string(key("fd.type")), "ipv4");
	ck_assert_str_eq(string(key("fd.name")), "127.0.0.1:3000->10.0.0.2:80");
	ck_assert_str_eq(string(key("fd.lip")), "127.0.0.1");
	ck_assert_double_eq(number(key("fd.lport")), 3000);
	ck_assert_str_eq(string(key("fd.rip")), "10.0.0.2");
	ck_assert_double_eq(number(key("fd.rport")), 80);
	ck_assert_str_eq(string(key("fd.cip")), "127.0.0.1");
	ck_assert_double_eq(number(key("fd.cport")), 3000);
	ck_assert_str_eq(string(key("fd.sip")), "10.0.0.2");
	ck_assert_double_eq(number(key("fd.sport")), 80);
	ck_assert_str_eq(string(key("fd.l4proto")), "tcp");

	frame_start(f, 7); /* a read of it is net */
	frame_s64(f, 0);
	frame_empty(f);
	frame_s64(f, 9);
	frame_u32(f, 1);
	json();
	ck_assert_str_eq(string(key("evt.category")), "net");
	ck_assert_str_eq(string(key("evt.io_dir")), "read");
	ck_assert(cJSON_IsFalse(key("fd.is_server")));
	ck_assert_str_eq(string(arg("data")), "");

	frame_start(f, 247);
	frame_s64(f, 10);
	frame_bytes(f, "\2\x0a\0\0\x09\x39\x30\x0a\0\0\2\x50\0", 13);
	frame_u8(f, 0);
	frame_u32(f, 0);
	frame_u32(f, 128);
	json();
	ck_assert_str_eq(string(key("fd.cip")), "10.0.0.9");
	ck_assert_double_eq(number(key("fd.cport")), 12345);
	ck_assert_str_eq(string(key("fd.sip")), "10.0.0.2");
	ck_assert_str_eq(string(key("fd.lip")), "10.0.0.2");
	ck_assert_str_eq(string(key("fd.rip")), "10.0.0.9");
	ck_assert(cJSON_IsTrue(key("fd.is_server")));

	frame_start(f, 9);
	frame_s64(f, 1);
	frame_bytes(f, "x", 1);
	frame_s64(f, 10);
	frame_u32(f, 1);
	json();
	ck_assert_str_eq(string(key("evt.io_dir")), "write");
	ck_assert_ptr_null(key("evt.is_wait"));
}
END_TEST

START_TEST(test_waits)
{
	frame_start(f, 135); /* nanosleep */
	frame_s64(f, 0);
	frame_u64(f, 1000);
	json();
	ck_assert(cJSON_IsTrue(key("evt.is_wait")));
	ck_assert_ptr_null(key("evt.io_dir"));
}
END_TEST

START_TEST(test_named_number)
{
	/* The last two: with the sign of an int, as some C libraries have it. */
	static const struct {
		uint64_t request;
		const char *shown;
	} cases[] = {
		{0x1234, "0x1234"},
		{0x5401, "TCGETS"},
		{0x80045430, "TIOCGPTN"},
		{0xffffffff80045430, "TIOCGPTN"},
		{0xffffffff80001234, "0xffffffff80001234"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frame_start(f, 171); /* ioctl's request is a UINT64 that may have a name */
		frame_s64(f, -25);
		frame_s64(f, 3);
		frame_u64(f, cases[i].request);
		frame_u64(f, 7);
		json();
		ck_assert_str_eq(string(arg("request")), cases[i].shown);
		ck_assert_int_eq((int)arg("argument")->valuedouble, 7);
	}
}
END_TEST

START_TEST(test_lists)
{
	const cJSON *list, *item;

	context_open(&c, 3, "/x");
	frame_start(f, 81);
	frame_s64(f, 1);
	frame_bytes(f,
		    "\2\0"
		    "\3\0\0\0\0\0\0\0\1\0"
		    "\xff\xff\xff\xff\xff\xff\xff\xff\5\0",
		    22);
	frame_s64(f, -1);
	json();
	list = arg("fds");
	ck_assert_int_eq(cJSON_GetArraySize(list), 2);
	item = cJSON_GetArrayItem(list, 0);
	ck_assert_double_eq(number(cJSON_GetObjectItem(item, "fd")), 3);
	ck_assert_str_eq(string(cJSON_GetObjectItem(item, "name")), "/x");
	ck_assert_str_eq(string(cJSON_GetObjectItem(item, "events")), "POLLIN");
	item = cJSON_GetArrayItem(list, 1);
	ck_assert_double_eq(number(cJSON_GetObjectItem(item, "fd")), -1);
	ck_assert_ptr_null(cJSON_GetObjectItem(item, "name"));
	ck_assert_str_eq(string(cJSON_GetObjectItem(item, "events")), "POLLIN|POLLOUT");
	ck_assert_double_eq(number(arg("timeout")), -1);

	frame_start(f, 81);
	frame_s64(f, 0);
	frame_bytes(f, "\0\0", 2);
	frame_s64(f, 0);
	json();
	ck_assert(cJSON_IsArray(arg("fds")));
	ck_assert_int_eq(cJSON_GetArraySize(arg("fds")), 0);

	frame_start(f, 293);
	frame_s64(f, -2);
	frame_str(f, "/bin/ls");
	frame_bytes(f, "-l\0a b\0\0\xff", 9);
	json();
	list = arg("args");
	ck_assert_int_eq(cJSON_GetArraySize(list), 4);
	ck_assert_str_eq(string(cJSON_GetArrayItem(list, 0)), "-l");
	ck_assert_str_eq(string(cJSON_GetArrayItem(list, 1)), "a b");
	ck_assert_str_eq(string(cJSON_GetArrayItem(list, 2)), "");
	ck_assert_str_eq(string(cJSON_GetArrayItem(list, 3)), "\xef\xbf\xbd");
	ck_assert_str_eq(string(arg("args.b64")), "LWwAYSBiAAD/");
}
END_TEST

static void data_event(const void *data, size_t len)
{
	frame_start(f, 7);
	frame_s64(f, len);
	frame_bytes(f, data, len);
	frame_s64(f, 3);
	frame_u32(f, len);
}

/* What a reader has of the data is all of it: the string when it is alone, else the base64. */
static void check_data(const uint8_t *data, size_t len)
{
	static uint8_t bytes[1 << 17];
	int n;

	data_event(data, len);
	json();
	if (arg("data.b64")) {
		ck_assert(!utf8_valid(data, len));
		n = unbase64(string(arg("data.b64")), bytes);
		ck_assert_int_eq(n, len);
		ck_assert_mem_eq(bytes, data, len);
	} else {
		ck_assert(utf8_valid(data, len));
		if (!memchr(data, 0, len)) {
			ck_assert_uint_eq(strlen(string(arg("data"))), len);
			ck_assert_mem_eq(string(arg("data")), data, len);
		}
	}
}

START_TEST(test_every_byte)
{
	uint8_t all[256], three[3] = {'x', 0, 'y'};
	int i;

	for (i = 0; i < 256; i++) {
		all[i] = i;
		three[1] = i;
		check_data(three, 3);
		ck_assert_int_eq(arg("data.b64") != NULL, i >= 0x80);
		if (i >= 0x80)
			ck_assert_str_eq(string(arg("data")), "x\xef\xbf\xbdy");
	}
	check_data(all, 256);
	check_data(all, 128);
	data_event("a\0b", 3); /* NUL is a character as others */
	json();
	ck_assert_ptr_nonnull(strstr(line, "\"data\":\"a\\u0000b\",\"fd\""));
	data_event("\"\\/\x1f\x7f", 5);
	json();
	ck_assert_ptr_nonnull(strstr(line, "\"data\":\"\\\"\\\\/\\u001f\\u007f\",\"fd\""));
}
END_TEST

/* Each byte that belongs to no character is one U+FFFD; what is near it stays. */
START_TEST(test_utf8)
{
#define R "\xef\xbf\xbd"
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa6\x85", NULL},
		{"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		 NULL}, /* the ends of the ranges */
		{"\xed\x9f\xbf\xee\x80\x80", NULL},
		{R, NULL}, /* itself is no sign of damage */
		{"a\x80"
		 "b",
		 "a" R "b"},	  /* a continuation alone */
		{"a\xc3", "a" R}, /* cut */
		{"a\xe2\x82", "a" R R},
		{"a\xf0\x9f\xa6", "a" R R R},
		{"\xe2\x82z", R R "z"},
		{"\xc3\xc3\xbc", R "\xc3\xbc"},
		{"\xc0\x80", R R}, /* overlong */
		{"\xc1\xbf", R R},
		{"\xe0\x9f\xbf", R R R},
		{"\xf0\x8f\xbf\xbf", R R R R},
		{"\xed\xa0\x80", R R R}, /* surrogates */
		{"\xed\xbf\xbf", R R R},
		{"\xf4\x90\x80\x80", R R R R}, /* past U+10FFFF */
		{"\xf8\x88\x80\x80\x80", R R R R R},
		{"\xff\xfe", R R},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_data((const uint8_t *)cases[i].in, strlen(cases[i].in));
		ck_assert_str_eq(string(arg("data")), cases[i].out ? cases[i].out : cases[i].in);
		ck_assert_int_eq(arg("data.b64") != NULL, cases[i].out != NULL);
	}
	/* C1 controls and the like are escaped: they reach no terminal. */
	data_event("\xc2\x9b\xe2\x80\xae", 5);
	json();
	ck_assert_ptr_nonnull(strstr(line, "\"data\":\"\\u009b\\u202e\""));
	/* Past U+FFFF by two units: a tag, which nobody sees, and the last code point there is. */
	data_event("\xf3\xa0\x81\x81\xf4\x8f\xbf\xbf", 8);
	json();
	ck_assert_ptr_nonnull(strstr(line, "\"data\":\"\\udb40\\udc41\\udbff\\udfff\""));
	ck_assert_str_eq(string(arg("data")), "\xf3\xa0\x81\x81\xf4\x8f\xbf\xbf");
}
END_TEST

START_TEST(test_base64_lengths)
{
	uint8_t data[64];
	size_t i;

	for (i = 0; i < sizeof(data); i++) {
		data[i] = 0x80 + i * 7;
		check_data(data, i + 1);
	}
}
END_TEST

START_TEST(test_noise)
{
	static uint8_t data[4096];
	uint32_t seed = 1, i, k, len;

	for (i = 0; i < 2000; i++) {
		seed = seed * 1664525 + 1013904223;
		len = 1 + (seed >> 8) % (i % 50 ? 60 : sizeof(data));
		for (k = 0; k < len; k++) {
			seed = seed * 1664525 + 1013904223;
			data[k] = seed >> 24;
			if (i & 1) /* mostly text, so that characters come about */
				data[k] = data[k] < 0x40 ? 0xc3 : data[k] < 0x80 ? 0xa9 : data[k] & 0x7f;
		}
		check_data(data, len);
	}
}
END_TEST

/* What a process says of itself is any bytes too. */
START_TEST(test_hostile_process)
{
	static const struct test_process p = {
		.comm = "\xff\"\n",
		.exe = "\xfe",
		.cwd = "/\xc0\x80",
		.path = "/\x80",
		.args = "\x1b[m\0\xe2\x82\0\xac",
		.args_len = 9,
	};
	struct test_context own;
	uint8_t bytes[64];

	context_new(&own, &p);
	frame_start(&own.frame, 5);
	frame_s64(&own.frame, 0);
	frame_s64(&own.frame, 3);
	json_of(context_event(&own));
	ck_assert_str_eq(string(key("proc.name")), R "\"\n");
	ck_assert_str_eq(string(key("proc.name.b64")), "/yIK");
	ck_assert_str_eq(string(key("proc.exe")), R);
	ck_assert_str_eq(string(key("proc.exe.b64")), "/g==");
	ck_assert_str_eq(string(key("proc.cwd")), "/" R R);
	ck_assert_str_eq(string(key("proc.exepath")), "/" R);
	ck_assert_str_eq(string(key("proc.args")), "\x1b[m " R R " " R);
	ck_assert_int_eq(unbase64(string(key("proc.args.b64")), bytes), 8);
	ck_assert_mem_eq(bytes, "\x1b[m \xe2\x82 \xac", 8);
	ck_assert_int_eq(unbase64(string(key("proc.cmdline.b64")), bytes), 12);
	ck_assert_mem_eq(bytes, "\xff\"\n \x1b[m \xe2\x82 \xac", 12);
	context_free(&own);
}
END_TEST

START_TEST(test_container)
{
	static const char cgroups[] = "memory=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const struct test_process p = {.cgroups = cgroups, .cgroups_len = sizeof(cgroups)};
	struct test_context own;

	context_new(&own, &p);
	frame_start(&own.frame, 5);
	frame_s64(&own.frame, -9);
	frame_s64(&own.frame, 3);
	json_of(context_event(&own));
	ck_assert_str_eq(string(key("container.id")), "0123456789ab");
	ck_assert_str_eq(string(key("container.type")), "docker");
	ck_assert_ptr_null(key("k8s.pod.uid"));
	context_free(&own);
}
END_TEST

START_TEST(test_pod)
{
	static const char cgroups[] = "memory=/kubepods/pod0b5c3f6a-8d6e-4f7b-9c1d-2e3f4a5b6c7d/crio-"
				      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const struct test_process p = {.cgroups = cgroups, .cgroups_len = sizeof(cgroups)};
	struct test_context own;

	context_new(&own, &p);
	frame_start(&own.frame, 5);
	frame_s64(&own.frame, -9);
	frame_s64(&own.frame, 3);
	json_of(context_event(&own));
	ck_assert_str_eq(string(key("container.type")), "cri-o");
	ck_assert_str_eq(string(key("k8s.pod.uid")), "0b5c3f6a-8d6e-4f7b-9c1d-2e3f4a5b6c7d");
	context_free(&own);
}
END_TEST

/* The value of an event made for it, as it stands in the line. */
static const char *value_of(enum gyr_param_type type, const void *bytes, uint32_t len)
{
	static uint8_t frame[256];
	struct gyr_param_info p = {.name = "p", .type = type, .format = GYR_FMT_HEX, .dirfd = -1};
	struct gyr_event_info info = {.type = 4, .name = "e", .nparams = 1, .params = &p};
	struct gyr_event ev = {.type = 4, .nparams = 1, .frame = frame, .info = &info, .fd_num = -1};
	char *value, *end;

	ev.params[0].len = len;
	memcpy(frame, bytes, len);
	json_of(&ev);
	value = strstr(line, "\"p\":");
	end = strstr(line, "},\"thread.tid\"");
	ck_assert(value && end);
	*end = '\0';
	return value + 4;
}

static const uint8_t fe[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const struct {
	enum gyr_param_type type;
	const void *bytes;
	uint32_t len;
	const char *out;
} of_type[] = {
	{GYR_TYPE_INT8, fe, 1, "-2"},
	{GYR_TYPE_INT16, fe, 2, "-2"},
	{GYR_TYPE_INT32, fe, 4, "-2"},
	{GYR_TYPE_INT64, fe, 8, "-2"},
	{GYR_TYPE_INT64, "\0\0\0\0\0\0\0\x80", 8, "-9223372036854775808"},
	{GYR_TYPE_UINT8, fe, 1, "254"},
	{GYR_TYPE_UINT16, fe, 2, "65534"},
	{GYR_TYPE_UINT32, fe, 4, "4294967294"},
	{GYR_TYPE_UINT64, fe, 8, "18446744073709551614"},
	{GYR_TYPE_ERRNO, fe, 8, "-2"},
	{GYR_TYPE_FD, fe, 8, "-2"},
	{GYR_TYPE_PID, fe, 8, "-2"},
	{GYR_TYPE_FD32, fe, 4, "-2"},
	{GYR_TYPE_PID32, fe, 4, "-2"},
	{GYR_TYPE_UID, fe, 4, "4294967294"},
	{GYR_TYPE_GID, "\xff\xff\xff\xff", 4, "4294967295"},
	{GYR_TYPE_BOOL, "\1\0\0\0", 4, "true"},
	{GYR_TYPE_BOOL, "\0\0\0\0", 4, "false"},
	{GYR_TYPE_MODE, "\xa4\1\0\0", 4, "420"},
	{GYR_TYPE_FLAGS8, "\3", 1, "\"0x3\""},
	{GYR_TYPE_FLAGS16, "\3\0", 2, "\"0x3\""},
	{GYR_TYPE_FLAGS32, "\3\0\0\0", 4, "\"0x3\""},
	{GYR_TYPE_FLAGS64, "\3\0\0\0\1\0\0\0", 8, "\"0x100000003\""},
	{GYR_TYPE_ENUMFLAGS8, "\3", 1, "\"0x3\""},
	{GYR_TYPE_ENUMFLAGS16, "\3\0", 2, "\"0x3\""},
	{GYR_TYPE_ENUMFLAGS32, "\3\0\0\0", 4, "\"0x3\""},
	{GYR_TYPE_SIGTYPE, "\2", 1, "\"SIGINT\""},
	{GYR_TYPE_SIGSET, "\3\0\0\0", 4, "\"SIGHUP|SIGINT\""},
	{GYR_TYPE_SYSCALLID, "\3\0", 2, "\"read\""},
	{GYR_TYPE_SYSCALLID, "\xff\xff", 2, "\"65535\""},
	{GYR_TYPE_RELTIME, "\1\0\0\0\0\0\0\0", 8, "1"},
	{GYR_TYPE_ABSTIME, "\1\0\0\0\0\0\0\0", 8, "1"},
	{GYR_TYPE_PORT, "\x50\0", 2, "80"},
	{GYR_TYPE_L4PROTO, "\6", 1, "6"},
	{GYR_TYPE_SOCKFAMILY, "\2", 1, "2"},
	{GYR_TYPE_IPV4ADDR, "\x0a\1\2\xff", 4, "\"10.1.2.255\""},
	{GYR_TYPE_IPV6ADDR, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, "\"::1\""},
	{GYR_TYPE_CHARBUF, "a\0b", 4, "\"a\\u0000b\""},
	{GYR_TYPE_CHARBUF, "", 1, "\"\""},
	{GYR_TYPE_FSPATH, "/x", 3, "\"/x\""},
	{GYR_TYPE_FSRELPATH, "x", 2, "\"x\""},
	{GYR_TYPE_BYTEBUF, "\xffq", 2, "\"" R "q\",\"p.b64\":\"/3E=\""},
	{GYR_TYPE_CHARBUFARRAY, "a\0b", 4, "[\"a\",\"b\"]"},
	{GYR_TYPE_CHARBUF_PAIR_ARRAY, "k\0v", 4, "[\"k\",\"v\"]"},
	{GYR_TYPE_SOCKADDR, "\2\x0a\0\0\1\x50\0", 7, "\"10.0.0.1:80\""},
	{GYR_TYPE_SOCKADDR, "\1\0ab\0", 5, "\"@ab\""},
	{GYR_TYPE_SOCKADDR, "\1/\xff", 3, "\"/" R "\",\"p.b64\":\"L/8=\""},
	{GYR_TYPE_SOCKADDR, "\1", 1, "\"\""},
	{GYR_TYPE_SOCKADDR, "\2\x0a", 2, "\"\\u0002\\u000a\""}, /* malformed: its bytes */
	{GYR_TYPE_SOCKTUPLE,
	 "\1"
	 "\1\0\0\0\0\0\0\0"
	 "\2\0\0\0\0\0\0\0"
	 "/x",
	 20, "\"0x1->0x2 /x\""},
	{GYR_TYPE_SOCKTUPLE, "\x10", 1, "\"AF_NETLINK\""},
	{GYR_TYPE_FDLIST, "\1\0\5\0\0\0\0\0\0\0\0\0", 12, "[{\"fd\":5,\"events\":\"0\"}]"},
	{GYR_TYPE_FDLIST, "\1\0\5", 3, "\"\\u0001\\u0000\\u0005\""},
	{GYR_TYPE_DYN, "\1\2", 2, "\"\\u0001\\u0002\""},
	{GYR_TYPE_NONE, "?", 1, "\"?\""},
};

START_TEST(test_every_type)
{
	bool tried[64] = {false};
	size_t i;

	for (i = 0; i < sizeof(of_type) / sizeof(of_type[0]); i++) {
		const char *out = value_of(of_type[i].type, of_type[i].bytes, of_type[i].len);

		ck_assert_msg(!strcmp(out, of_type[i].out), "type %s: %s, not %s", gyr_param_type_name(of_type[i].type),
			      out, of_type[i].out);
		tried[of_type[i].type] = true;
		ck_assert_str_eq(value_of(of_type[i].type, "", 0), "null");
	}
	for (i = 0; *gyr_param_type_name(i); i++)
		ck_assert_msg(tried[i], "%s has no case", gyr_param_type_name(i));
}
END_TEST

/* All events of the schema, their params filled with zeros and with ones: always an object. */
START_TEST(test_every_event)
{
	static const uint8_t zeros[16];
	const struct gyr_event_info *info;
	uint8_t ones[16];
	size_t i, k;
	int round;

	memset(ones, 0xff, sizeof(ones));
	for (i = 0; (info = gyr_event_info_at(i)); i++) {
		for (round = 0; round < 2; round++) {
			struct gyr_event ev;

			frame_start(f, info->type);
			f->wide = !!(info->flags & GYR_EVF_LARGE_PAYLOAD);
			for (k = 0; k < info->nparams; k++) {
				static const uint8_t sizes[] = {8, 4, 2, 1, 16, 5};
				const char *why;
				size_t s;

				for (s = 0; s < sizeof(sizes); s++) {
					struct test_frame *t = f;
					struct frame_ref ref;

					frame_bytes(t, round && sizes[s] != 5 ? ones : zeros, sizes[s]);
					ref = frame_done(t);
					if (!event_parse(&ref, &ev, &why))
						break;
					t->nparams--;
					t->values_len -= sizes[s];
				}
				ck_assert_uint_lt(s, sizeof(sizes));
			}
			frame_parse(f, &ev);
			json_of(&ev);
			gyr_event_text(&ev, line, sizeof(line), 0);
		}
	}
}
END_TEST

START_TEST(test_room)
{
	const struct gyr_event *ev;
	char *room;
	int n, i;

	openat_event(5);
	ev = context_event(&c);
	n = gyr_event_json(ev, NULL, 0, 0);
	ck_assert_int_eq(gyr_event_json(ev, line, sizeof(line), 0), n);
	for (i = 1; i <= n + 1; i++) {
		room = malloc(i);
		ck_assert_int_eq(gyr_event_json(ev, room, i, 0), n);
		ck_assert_uint_eq(strlen(room), i - 1);
		ck_assert_mem_eq(room, line, i - 1);
		free(room);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("objects");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_whole_line);
	tcase_add_test(tc, test_failure);
	tcase_add_test(tc, test_no_result);
	tcase_add_test(tc, test_no_thread);
	tcase_add_test(tc, test_unknown_is_null);
	tcase_add_test(tc, test_init);
	tcase_add_test(tc, test_times);
	tcase_add_test(tc, test_inet);
	tcase_add_test(tc, test_waits);
	tcase_add_test(tc, test_named_number);
	tcase_add_test(tc, test_lists);
	tcase_add_test(tc, test_every_byte);
	tcase_add_test(tc, test_utf8);
	tcase_add_test(tc, test_base64_lengths);
	tcase_add_test(tc, test_noise);
	tcase_add_test(tc, test_hostile_process);
	tcase_add_test(tc, test_container);
	tcase_add_test(tc, test_pod);
	tcase_add_test(tc, test_every_type);
	tcase_add_test(tc, test_latency);
	tcase_add_test(tc, test_cut);
	tcase_add_test(tc, test_every_event);
	tcase_add_test(tc, test_room);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return run_suite(suite());
}

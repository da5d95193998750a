// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The options of a filter: what is refused, and what the driver is told. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "state/state.h"

static struct filter f;
static struct gyr_diag diag;

static int init(const struct gyr_filter_opts *o)
{
	filter_free(&f);
	diag.msg[0] = '\0';
	return filter_init(&f, o, &diag);
}

static uint8_t how(enum gyr_list list, uint64_t val0, uint64_t val1)
{
	size_t i;

	for (i = 0; i < f.n; i++)
		if (f.entries[i].key.list == list && f.entries[i].key.val[0] == val0 && f.entries[i].key.val[1] == val1)
			return f.entries[i].how;
	return 0;
}

START_TEST(test_nothing)
{
	ck_assert_int_eq(init(&(struct gyr_filter_opts){0}), 0);
	ck_assert(f.n == 0 && f.filters == 0 && f.snaplen == GYR_SNAPLEN_DFLT);
	ck_assert(!filter_is_partial(&f));
	ck_assert_int_eq(gyr_filter_check(NULL, NULL, 0), 0);
}
END_TEST

START_TEST(test_ids)
{
	const uint32_t in[] = {1, 77}, out[] = {77, 78}, uids[] = {0};
	struct gyr_filter_opts o = {.pids = {.in = in, .nin = 2, .out = out, .nout = 2},
				    .uids = {.out = uids, .nout = 1}};

	ck_assert_int_eq(init(&o), 0);
	ck_assert(how(GYR_LIST_PID, 1, 0) == GYR_IN && how(GYR_LIST_PID, 78, 0) == GYR_OUT);
	ck_assert_uint_eq(how(GYR_LIST_PID, 77, 0), GYR_IN | GYR_OUT);
	ck_assert_uint_eq(how(GYR_LIST_UID, 0, 0), GYR_OUT);
	ck_assert_uint_eq(f.n, 4);
	ck_assert_uint_eq(f.filters, GYR_FILTER_LIST(GYR_LIST_PID) | GYR_FILTER_ONLY(GYR_LIST_PID) |
					     GYR_FILTER_LIST(GYR_LIST_UID));
	ck_assert(filter_is_partial(&f));
	o.follow = true;
	ck_assert_int_eq(init(&o), 0);
	ck_assert(f.filters & GYR_FILTER_FOLLOW);
}
END_TEST

START_TEST(test_comms)
{
	const char *const names[] = {"0123456789abcdefgh", "sh"};
	uint64_t words[2] = {0, 0};

	ck_assert_int_eq(init(&(struct gyr_filter_opts){.comms = {.in = names, .nin = 2}}), 0);
	memcpy(words, "0123456789abcde", 15);
	ck_assert_uint_eq(how(GYR_LIST_COMM, words[0], words[1]), GYR_IN);
	ck_assert_uint_eq(how(GYR_LIST_COMM, 's' | 'h' << 8, 0), GYR_IN);
	ck_assert(!filter_is_partial(&f));
}
END_TEST

START_TEST(test_snaplens)
{
	struct gyr_filter_opts o = {.snaplen_of = {[GYR_DATA_OF_FILE] = GYR_SNAPLEN_NONE, [GYR_DATA_OF_PIPE] = 9}};

	ck_assert_int_eq(init(&o), 0);
	ck_assert(f.snaplen_of[GYR_SNAP_FILE] == 0 && f.snaplen_of[GYR_SNAP_PIPE] == 9);
	ck_assert_uint_eq(f.snaplen_of[GYR_SNAP_INET], GYR_SNAPLEN_DFLT);
	ck_assert_uint_eq(f.filters, GYR_FILTER_SNAPLENS);
	o = (struct gyr_filter_opts){.snaplen = GYR_SNAPLEN_NONE, .snaplen_of = {[GYR_DATA_OF_PIPE] = 9}};
	ck_assert_int_eq(init(&o), 0);
	ck_assert(f.snaplen == 0 && f.snaplen_of[GYR_SNAP_FILE] == 0 && f.snaplen_of[GYR_SNAP_PIPE] == 9);
	o = (struct gyr_filter_opts){.snaplen = 9, .snaplen_of = {[GYR_DATA_OF_PIPE] = 9}};
	ck_assert_int_eq(init(&o), 0);
	ck_assert_uint_eq(f.filters, 0); /* they are all the same */
}
END_TEST

static int nr(const char *name)
{
	return gyr_syscall_by_name(name)->nr;
}

/* Of a newer struct nothing is done, and why is said where there is room. */
START_TEST(test_newer_live_opts)
{
	struct {
		struct gyr_live_opts o;
		char more[8];
	} newer = {.more = "x"};
	char why[128] = "";
	struct gyr *g;

	newer.o.sz = sizeof(newer);
	newer.o.errbuf = why;
	newer.o.errbuf_sz = sizeof(why);
	ck_assert_int_eq(gyr_open_live(&newer.o, &g), -E2BIG);
	ck_assert_ptr_null(g);
	ck_assert_ptr_nonnull(strstr(why, "newer version"));
	newer.o.sz = 0;
	ck_assert_int_eq(gyr_open_live(&newer.o, &g), -EINVAL);
}
END_TEST

START_TEST(test_samples)
{
	filter_free(&f);
	f.enter = true;
	ck_assert_int_eq(
		filter_init(&f, &(struct gyr_filter_opts){.sample = "read:100,pread:7,openat:2,getppid:1"}, &diag), 0);
	ck_assert_uint_eq(f.sel.sample[nr("read")], 100);
	ck_assert_uint_eq(f.sel.sample[nr("pread64")], 7);
	ck_assert_uint_eq(f.sel.sample[nr("getppid")], 1);
	ck_assert_uint_eq(f.sel.sample[nr("write")], 0);
	ck_assert(!f.sel.enter[nr("openat")] && f.sel.enter[nr("connect")]);
	ck_assert_int_eq(init(&(struct gyr_filter_opts){.sample = " read:100, write : 10 "}), 0);
	ck_assert_uint_eq(f.sel.sample[nr("read")], 100);
	ck_assert_uint_eq(f.sel.sample[nr("write")], 10);
}
END_TEST

START_TEST(test_refused)
{
	static const uint32_t zero = 0, big = 1u << 31;
	static const char *const empty = "";
	static const struct {
		struct gyr_filter_opts o;
		const char *why;
	} cases[] = {
		{{.events = "raed"}, "did you mean \"read\""},
		{{.sample = "raed:10"}, "did you mean \"read\""},
		{{.sample = "read"}, "no sample"},
		{{.sample = "read:"}, "no sample"},
		{{.sample = "read:0"}, "no sample"},
		{{.sample = "read:-1"}, "no sample"},
		{{.sample = "read:1x"}, "no sample"},
		{{.sample = "read:1000000001"}, "no sample"},
		{{.sample = "read:18446744073709551617"}, "no sample"},
		{{.sample = "read:5,"}, "ends with a comma"},
		{{.sample = ",read:5"}, "no sample"},
		{{.sample = " :5"}, "no sample"},
		{{.sample = "switch:5"}, "\"switch\" cannot be sampled: it is an event, but no system call"},
		{{.sample = "procexit:5"}, "no system call"},
		{{.sample = "io_uring_openat:5"}, "no system call"},
		{{.sample = "@net:10"}, "\"@net\" cannot be sampled: samples are of system calls"},
		{{.failed = 3}, "failed"},
		{{.pids = {.nin = 1}}, "NULL"},
		{{.pids = {.in = &zero, .nin = 1}}, "no id"},
		{{.tids = {.out = &big, .nout = 1}}, "no id"},
		{{.uids = {.in = &zero, .nin = GYR_CHOICES_MAX + 1}}, "more than"},
		{{.comms = {.in = &empty, .nin = 1}}, "empty"},
		{{.cgroups = {.out = &empty, .nout = 1}}, "empty"},
		{{.cgroup_trees = {.nout = 1}}, "NULL"},
		{{.containers = {.in = &empty, .nin = 1}}, "empty"},
		{{.snaplen = GYR_SNAPLEN_MAX + 1}, "snaplen"},
		{{.snaplen_of = {[GYR_DATA_OF_UNIX] = GYR_SNAPLEN_MAX + 1}}, "snaplen"},
		{{.snaplen_of = {[GYR_DATA_OF_] = 1}}, "no type of fd"},
		{{.snaplen_of = {[GYR_DATA_ROOM - 1] = 1}}, "no type of fd"},
	};
	char why[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gyr_filter_opts o = cases[i].o;

		o.sz = sizeof(o);
		ck_assert_msg(gyr_filter_check(&o, why, sizeof(why)) == -EINVAL, "%zu", i);
		ck_assert_msg(strstr(why, cases[i].why), "%zu: %s", i, why);
	}
}
END_TEST

START_TEST(test_sizes)
{
	struct {
		struct gyr_filter_opts o;
		uint64_t more;
	} newer = {.o = {.sz = sizeof(newer), .events = "read"}};
	struct gyr_filter_opts out, older = {.sz = offsetof(struct gyr_filter_opts, sample),
					     .events = "read",
					     .sample = "junk of the stack"};

	ck_assert_int_eq(filter_opts_read(&newer.o, &out, &diag), 0);
	ck_assert_str_eq(out.events, "read");
	newer.more = 1;
	ck_assert_int_eq(filter_opts_read(&newer.o, &out, &diag), -E2BIG);
	ck_assert_int_eq(filter_opts_read(&older, &out, &diag), 0);
	ck_assert(out.events && !out.sample);
	older.sz = 0;
	ck_assert_int_eq(filter_opts_read(&older, &out, &diag), -EINVAL);
}
END_TEST

/* With a filter, what it replaces is to be unset. */
START_TEST(test_both)
{
	struct gyr_filter_opts filter = {.sz = sizeof(filter)};
	struct gyr_live_opts o = {.filter = &filter};

	ck_assert_int_eq(opts_check(&o, &diag), 0);
	o.comm = "sh";
	ck_assert_int_eq(opts_check(&o, &diag), -EINVAL);
	o = (struct gyr_live_opts){.filter = &filter, .events = "read"};
	ck_assert_int_eq(opts_check(&o, &diag), -EINVAL);
}
END_TEST

START_TEST(test_state_of_failed)
{
	ck_assert(state_needs_failed(GYR_EVT_SYSCALL_CLOSE_X) && state_needs_failed(GYR_EVT_SOCKET_CONNECT_X));
	ck_assert(!state_needs_failed(GYR_EVT_SYSCALL_OPENAT_2_X) && !state_needs_failed(GYR_EVT_SYSCALL_READ_X));
}
END_TEST

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(test_full_ids)
{
	char id[CONTAINER_ROOM];
	const char *path = "/system.slice/docker-" HEX64 ".scope/below";

	ck_assert(container_full_id(path, strlen(path), id));
	ck_assert_str_eq(id, HEX64);
	container_id(path, strlen(path), id);
	ck_assert_str_eq(id, "0123456789ab");
	path = "/lxc/a-name";
	ck_assert(!container_full_id(path, strlen(path), id));
	ck_assert_str_eq(id, "a-name");
	ck_assert(!container_full_id("/user.slice", 11, id) && !id[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tc = tcase_create("filter");

	tcase_add_test(tc, test_nothing);
	tcase_add_test(tc, test_ids);
	tcase_add_test(tc, test_comms);
	tcase_add_test(tc, test_snaplens);
	tcase_add_test(tc, test_samples);
	tcase_add_test(tc, test_newer_live_opts);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_both);
	tcase_add_test(tc, test_state_of_failed);
	tcase_add_test(tc, test_full_ids);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a list of events means, for the driver and for what it has emitted. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/table.h"
#include "frame.h"
#include "run.h"

static struct selection s;
static bool asked[SELECT_SLOTS]; /* s.syscall before the state had its say */
static struct gyr_diag diag;

static void sel(const char *spec)
{
	memset(&s, 0xa5, sizeof(s));
	ck_assert_msg(selection_parse(&s, spec, &diag) == 0, "%s: %s", spec, diag.msg);
	memcpy(asked, s.syscall, sizeof(asked));
	selection_add_state(&s, state_needs);
}

static int nr(const char *name)
{
	const struct gyr_syscall_info *sc = gyr_syscall_by_name(name);

	ck_assert_msg(sc && sc->nr >= 0, "%s", name);
	return sc->nr;
}

/* Does the driver emit it because it is wanted, because of the state, or not at all? */
enum { OFF, STATE, ON };
static int driver(const char *name)
{
	int i = nr(name);

	ck_assert(s.syscall[i] == (asked[i] || s.state[i]));
	return !s.syscall[i] ? OFF : asked[i] ? ON : STATE;
}

static bool wants_type(uint16_t type, enum gyr_category category)
{
	struct gyr_event ev = {.type = type, .info = gyr_event_info_by_type(type)};

	ev.category = category == GYR_CAT_UNKNOWN ? ev.info->category : category;
	return selection_wants(&s, &ev);
}

static bool wants(uint16_t type)
{
	return wants_type(type, GYR_CAT_UNKNOWN);
}

static bool wants_generic(const char *name)
{
	static struct test_frame f;
	struct gyr_event ev;

	frame_start(&f, 1);
	frame_u16(&f, gyr_syscall_by_name(name)->sc);
	frame_u16(&f, (uint16_t)gyr_syscall_by_name(name)->nr);
	frame_parse(&f, &ev);
	return selection_wants(&s, &ev);
}

enum { READ = 7, CLOSE = 5, OPENAT = 307, OPENAT_E = 306, PREAD = 113, CONNECT = 23, CONNECT_E = 22, PROCEXIT = 186 };

#define OP_TYPE(op) (uint16_t)(0x9000 + 2 * (op))
enum { NOP = 0, READ_OP = 22, OPENAT_OP = 18, UNKNOWN_OP = 200, COMPLETE = 0x9201 };

/* op < 0: the kernel did not tell. */
static bool wants_done(int op)
{
	static struct test_frame f;
	struct gyr_event ev;

	frame_start(&f, COMPLETE);
	frame_u64(&f, 0);
	frame_u64(&f, 1);
	frame_u64(&f, 2);
	if (op < 0)
		frame_empty(&f);
	else
		frame_u8(&f, (uint8_t)op);
	frame_u32(&f, 0);
	frame_parse(&f, &ev);
	return selection_wants(&s, &ev);
}

/* A rule on a system call sees what comes by io_uring, too, and its completions. */
START_TEST(test_uring)
{
	sel("openat");
	ck_assert(wants(OP_TYPE(OPENAT_OP)) && !wants(OP_TYPE(NOP)));
	ck_assert_int_eq(s.uring[OPENAT_OP], SELECT_OP_SUBMITTED | SELECT_OP_DONE);
	ck_assert_int_eq(s.uring[NOP], 0);
	ck_assert_int_eq(s.uring[UNKNOWN_OP], 0);
	ck_assert_int_eq(selection_uring_any(&s), SELECT_OP_SUBMITTED | SELECT_OP_DONE);
	ck_assert(wants_done(OPENAT_OP) && wants_done(-1) && !wants_done(NOP));
	sel("io_uring_openat,!io_uring_complete");
	ck_assert_int_eq(s.uring[OPENAT_OP], SELECT_OP_SUBMITTED);
	ck_assert(!wants_done(OPENAT_OP) && !wants_done(-1));
	ck_assert_int_eq(driver("openat"), STATE);
	sel("io_uring_complete");
	ck_assert_int_eq(s.uring[OPENAT_OP], SELECT_OP_DONE);
	ck_assert_int_eq(s.uring[UNKNOWN_OP], SELECT_OP_DONE);
	ck_assert(wants_done(OPENAT_OP) && wants_done(-1));
	sel("!openat");
	ck_assert(!wants(OP_TYPE(OPENAT_OP)) && wants(OP_TYPE(NOP)));
	sel("io_uring_op");
	ck_assert_int_eq(s.uring[UNKNOWN_OP], SELECT_OP_SUBMITTED | SELECT_OP_DONE);
	ck_assert_int_eq(s.uring[OPENAT_OP], 0);
	sel("@net"); /* what a read is, its fd tells */
	ck_assert_int_eq(s.uring[READ_OP], SELECT_OP_SUBMITTED | SELECT_OP_DONE);
	ck_assert_int_eq(s.uring[OPENAT_OP], 0);
	sel("getppid");
	ck_assert_int_eq(selection_uring_any(&s), 0);
	ck_assert(!wants_done(-1));
	sel(NULL);
	for (int op = 0; op < SELECT_OPS; op++)
		ck_assert_int_eq(s.uring[op], SELECT_OP_SUBMITTED | SELECT_OP_DONE);
}
END_TEST

START_TEST(test_tables_fit)
{
	const struct gyr_syscall_info *sc;
	size_t i;

	ck_assert_uint_le(table_nevents, SELECT_EVENTS);
	ck_assert_uint_eq(SELECT_NUMBERS, GYR_SYSCALLS_MAX);
	ck_assert_uint_eq(SELECT_SLOTS, GYR_SLOTS_MAX);
	for (i = 0; (sc = gyr_syscall_at(i)); i++) {
		ck_assert_uint_lt(sc->sc, SELECT_SYSCALLS);
		ck_assert_int_lt(sc->nr, SELECT_NUMBERS);
	}
	ck_assert_uint_le(table_ncategories, 64);
}
END_TEST

START_TEST(test_everything)
{
	const struct gyr_syscall_info *sc;
	const struct gyr_event_info *info;
	const char *const specs[] = {NULL, ""};
	size_t i, k;

	for (k = 0; k < 2; k++) {
		sel(specs[k]);
		for (i = 0; (sc = gyr_syscall_at(i)); i++)
			if (sc->nr >= 0)
				ck_assert_int_eq(driver(sc->name), ON);
		for (i = 0; (info = gyr_event_info_at(i)); i++)
			ck_assert_int_eq(wants(info->type), !(info->flags & GYR_EVF_ON_REQUEST));
		/* What is newer than this version is seen, too. */
		for (i = 0; i < SELECT_SLOTS; i++)
			ck_assert(s.syscall[i]);
	}
}
END_TEST

START_TEST(test_names)
{
	sel("openat,read");
	ck_assert_int_eq(driver("openat"), ON);
	ck_assert_int_eq(driver("read"), ON);
	ck_assert_int_eq(driver("write"), OFF);
	ck_assert_int_eq(driver("getppid"), OFF);
	ck_assert_int_eq(driver("readv"), OFF);
	/* The state follows all the same. */
	ck_assert_int_eq(driver("close"), STATE);
	ck_assert_int_eq(driver("dup2"), STATE);
	ck_assert_int_eq(driver("clone"), STATE);
	ck_assert_int_eq(driver("clone3"), STATE);
	ck_assert_int_eq(driver("fork"), STATE);
	ck_assert_int_eq(driver("vfork"), STATE);
	ck_assert_int_eq(driver("execve"), STATE);
	ck_assert_int_eq(driver("execveat"), STATE);
	ck_assert_int_eq(driver("chdir"), STATE);
	ck_assert_int_eq(driver("unshare"), STATE);
	ck_assert_int_eq(driver("connect"), STATE);
	ck_assert_int_eq(driver("pipe2"), STATE);
	ck_assert_int_eq(driver("bpf"), STATE);
	ck_assert(wants(OPENAT) && wants(OPENAT_E) && wants(READ));
	ck_assert(!wants(CLOSE) && !wants(PROCEXIT) && !wants_generic("getppid"));
}
END_TEST

/* What the state needs it needs from all, whether it is asked for or not. */
START_TEST(test_marked_for_state)
{
	sel("openat,read,getppid");
	ck_assert(s.state[nr("openat")] && s.state[nr("close")]);
	ck_assert(!s.state[nr("read")] && !s.state[nr("getppid")] && !s.state[nr("sendto")]);
}
END_TEST

#ifdef __x86_64__
/* Of 32-bit callers too: by their own number, and by that of what they call it through. */
START_TEST(test_compat_slots)
{
	sel("open");
	ck_assert(asked[GYR_SLOT_I386 + 5] && !asked[GYR_SLOT_I386 + 6] && !asked[5]);
	sel("socket");
	ck_assert(asked[GYR_SLOT_I386 + 359] && asked[GYR_SLOT_SOCKETCALL + 1]);
	ck_assert(!asked[GYR_SLOT_SOCKETCALL + 2]);
	sel("semop");
	ck_assert(asked[GYR_SLOT_IPC + 1] && !asked[GYR_SLOT_IPC + 2]);
	/* Calls of which only they have the name, of an event that all have, and of one of their own. */
	sel("fcntl64");
	ck_assert(asked[GYR_SLOT_I386 + 221] && asked[72]);
	sel("waitpid,!mmap2");
	ck_assert(asked[GYR_SLOT_I386 + 7] && !asked[7] && !asked[GYR_SLOT_I386 + 192]);
}
END_TEST
#endif

/* Of a system call that has no event of its own, being newer than this version. */
START_TEST(test_generic)
{
	int newer = SELECT_NUMBERS - 1;

	ck_assert_ptr_null(gyr_syscall_by_nr(newer));
	sel("getppid, sched_yield");
	ck_assert_int_eq(driver("getppid"), ON);
	ck_assert_int_eq(driver("sched_yield"), ON);
	ck_assert_int_eq(driver("alarm"), OFF);
	ck_assert(wants(GYR_EVT_SYSCALL_GETPPID_X) && !wants(GYR_EVT_SYSCALL_ALARM_X) && !wants_generic("unknown"));
	ck_assert(!s.syscall[newer]);
	sel("syscall"); /* the generic event itself: all that have no other */
	ck_assert_int_eq(driver("getppid"), OFF);
	ck_assert(wants_generic("unknown") && s.syscall[newer] && !wants(READ));
	sel("unknown");
	ck_assert(wants_generic("unknown") && s.syscall[newer] && !wants(READ));
	sel("!syscall");
	ck_assert(!wants_generic("unknown") && !s.syscall[newer] && wants(READ));
}
END_TEST

/* A program that the kernel refused: what was asked for by the call's name comes as the generic event. */
START_TEST(test_made_generic)
{
	sel("getppid,read");
	ck_assert(selection_make_generic(&s, nr("getppid")));
	ck_assert(!selection_make_generic(&s, nr("alarm")));
	ck_assert_int_eq(driver("getppid"), ON);
	ck_assert(wants_generic("getppid") && !wants_generic("alarm") && wants(READ));
	sel("!getppid");
	ck_assert(!selection_make_generic(&s, nr("getppid")));
	ck_assert(selection_make_generic(&s, nr("alarm")));
	ck_assert_int_eq(driver("getppid"), OFF);
	ck_assert(!wants_generic("getppid") && wants_generic("alarm") && wants(READ));
}
END_TEST

/* The event of pread64 is named pread. */
START_TEST(test_both_names)
{
	sel("pread64");
	ck_assert_int_eq(driver("pread64"), ON);
	ck_assert(wants(PREAD));
	sel("pread");
	ck_assert_int_eq(driver("pread64"), ON);
	ck_assert(wants(PREAD));
	sel("!pread64");
	ck_assert_int_eq(driver("pread64"), OFF);
	ck_assert(!wants(PREAD));
}
END_TEST

START_TEST(test_no_syscall)
{
	sel("procexit");
	ck_assert(wants(PROCEXIT) && !wants(OPENAT));
	ck_assert_int_eq(driver("read"), OFF);
	ck_assert_int_eq(driver("openat"), STATE);
}
END_TEST

START_TEST(test_excludes)
{
	sel("!close,!getppid");
	ck_assert_int_eq(driver("close"), STATE);
	ck_assert_int_eq(driver("getppid"), OFF);
	ck_assert_int_eq(driver("read"), ON);
	ck_assert(!wants(CLOSE) && wants(READ) && wants(PROCEXIT));
	/* What is excluded stays so, in either order. */
	sel("read,!read,write");
	ck_assert(!wants(READ) && wants(9));
	sel("!read,read,write");
	ck_assert(!wants(READ) && wants(9));
	sel("@file,!openat");
	ck_assert(!wants(OPENAT) && wants(303));
	ck_assert_int_eq(driver("openat"), STATE);
	sel("!@file,openat,connect");
	ck_assert(!wants(OPENAT) && wants(CONNECT));
}
END_TEST

/* I/O is of the category of its fd, which the driver does not know. */
START_TEST(test_categories)
{
	sel("@net");
	ck_assert_int_eq(driver("connect"), ON);
	ck_assert_int_eq(driver("read"), ON);
	ck_assert_int_eq(driver("write"), ON);
	ck_assert_int_eq(driver("close"), ON);
	ck_assert_int_eq(driver("openat"), STATE);
	ck_assert_int_eq(driver("mkdir"), OFF);
	ck_assert_int_eq(driver("getppid"), OFF);
	ck_assert(wants(CONNECT) && wants(CONNECT_E));
	ck_assert(wants_type(READ, GYR_CAT_NET));
	ck_assert(!wants_type(READ, GYR_CAT_FILE));
	ck_assert(!wants_type(READ, GYR_CAT_IO_READ)); /* of an fd that is not known */

	sel("@process");
	ck_assert_int_eq(driver("read"), OFF);
	ck_assert_int_eq(driver("sendto"), OFF); /* tells the state of a socket, but /proc does too */
	ck_assert_int_eq(driver("clone"), ON);
	ck_assert(wants(PROCEXIT));

	sel("@io_read");
	ck_assert_int_eq(driver("read"), ON);
	ck_assert_int_eq(driver("write"), OFF);
	ck_assert(wants_type(READ, GYR_CAT_NET) && wants_type(READ, GYR_CAT_IO_READ));

	sel("!@net");
	ck_assert_int_eq(driver("connect"), STATE);
	ck_assert_int_eq(driver("listen"), STATE);
	ck_assert_int_eq(driver("read"), ON);
	ck_assert(!wants_type(READ, GYR_CAT_NET) && wants_type(READ, GYR_CAT_FILE) && !wants(CONNECT));

	sel("!@io_read");
	ck_assert_int_eq(driver("read"), OFF);
	ck_assert(!wants_type(READ, GYR_CAT_FILE) && wants_type(9, GYR_CAT_FILE));

	sel("@net,!@file,openat,@net");
	ck_assert(!wants(OPENAT) && wants(CONNECT));
}
END_TEST

START_TEST(test_blanks)
{
	sel(" openat , !read ,@net");
	ck_assert(wants(OPENAT) && wants(CONNECT) && !wants_type(READ, GYR_CAT_NET));
}
END_TEST

static const char *message(const char *spec)
{
	diag.msg[0] = '\0';
	ck_assert_int_eq(selection_parse(&s, spec, &diag), -EINVAL);
	return diag.msg;
}

START_TEST(test_unknown)
{
	static const struct {
		const char *spec, *nearest;
	} cases[] = {
		{"opnat", "\"openat\""},     {"openaat", "\"openat\""},	   {"raed", "\"read\""},
		{"conect", "\"connect\""},   {"exec", "\"execve\""},	   {"openat,getpid2", "\"getpid\""},
		{"!clsoe", "\"close\""},     {"procexti", "\"procexit\""}, {"@nte", "\"@net\""},
		{"@proces", "\"@process\""}, {"!@fiel", "\"@file\""},	   {"OPENAT2", "\"openat2\""},
		{"xyzzy_plugh_12", NULL},    {"@xyzzyzz", NULL},	   {"NA", NULL},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *msg = message(cases[i].spec), *mean = strstr(msg, "did you mean ");

		ck_assert_msg(strstr(msg, "unknown"), "%s", msg);
		ck_assert_msg(!cases[i].nearest == !mean, "%s", msg);
		if (mean)
			ck_assert_msg(!strncmp(mean + 13, cases[i].nearest, strlen(cases[i].nearest)), "%s", msg);
		ck_assert_msg(strstr(msg, strchr(cases[i].spec, '@') ? "@io_write" : "gyr list"), "%s", msg);
	}
}
END_TEST

static bool is_here(const struct gyr_syscall_info *sc)
{
	for (uint32_t slot = 0; slot < GYR_SLOTS_MAX; slot++)
		if (syscall_of_slot(slot) == sc)
			return true;
	return false;
}

/* Asked for, what is never captured would be waited for in vain. */
START_TEST(test_not_captured)
{
	static const char *const names[] = {"container", "drop", "infra"};
	const struct gyr_event_info *info;
	const struct gyr_syscall_info *sc;
	struct gyr_diag d = {0};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(strstr(message(names[i]), "known from capture files, but not captured by this version"),
			      "%s: %s", names[i], diag.msg);
	/* Every name is either refused or comes with something that the driver emits. */
	for (i = 0; (info = gyr_event_info_at(i)); i++) {
		bool refused = !strcmp(info->name, "NA") || selection_parse(&s, info->name, &d);
		bool comes = info->produced;

		for (size_t k = 0; k < table_nevents; k++)
			comes |= table_events[k].produced && !strcmp(table_events[k].name, info->name);
		sc = gyr_syscall_by_name(info->name);
		ck_assert_msg(refused == !(comes || (sc && is_here(sc))), "%s", info->name);
	}
	for (i = 0; (sc = gyr_syscall_at(i)); i++)
		ck_assert_msg(!is_here(sc) || !selection_parse(&s, sc->name, &d), "%s", sc->name);
	ck_assert(strstr(message("@unknown"), "captured by this version: there are @"));
	ck_assert(!strstr(diag.msg, "@unknown @") && strstr(diag.msg, "@ipc"));
	/* Nor are such names proposed. */
	ck_assert_msg(!strstr(message("containr"), "\"container\""), "%s", diag.msg);
	ck_assert_msg(!strstr(message("@unknwn"), "\"@unknown\""), "%s", diag.msg);
	/* Without is what there is anyway. */
	sel("!container,!@unknown");
	ck_assert(wants(OPENAT));
	sel("accept"); /* some of its versions are captured */
	ck_assert_int_eq(driver("accept"), ON);
}
END_TEST

/* Of some events there are so many that only their name asks for them. */
START_TEST(test_on_request)
{
	sel(NULL);
	ck_assert(!wants(GYR_EVT_SCHEDSWITCH_6_E) && !selection_may_want(&s, GYR_EVT_SCHEDSWITCH_6_E));
	/* A category of no others would be waited for in vain. */
	ck_assert_msg(strstr(message("@scheduler"), "only when asked for by name: \"switch\""), "%s", diag.msg);
	sel("!@scheduler");
	ck_assert(!wants(GYR_EVT_SCHEDSWITCH_6_E) && wants(READ));
	sel("@other");
	ck_assert(!wants(GYR_EVT_PAGE_FAULT_E));
	sel("!switch");
	ck_assert(!wants(GYR_EVT_SCHEDSWITCH_6_E) && wants(READ));
	sel("switch");
	ck_assert(wants(GYR_EVT_SCHEDSWITCH_6_E) && selection_may_want(&s, GYR_EVT_SCHEDSWITCH_6_E) && !wants(READ));
	sel("page_fault,read");
	ck_assert(!wants(GYR_EVT_SCHEDSWITCH_6_E) && wants(GYR_EVT_PAGE_FAULT_E) && wants(READ));
}
END_TEST

START_TEST(test_enters)
{
	sel("openat,read");
	ck_assert(s.enter[nr("openat")] && !s.enter[nr("connect")] && !s.enter[nr("read")]);
	sel("@net");
	ck_assert(!s.enter[nr("openat")] && s.enter[nr("connect")]);
	sel(NULL);
	ck_assert(s.enter[nr("openat")] && s.enter[nr("connect")] && !s.enter[nr("read")]);
	selection_no_enter(&s);
	ck_assert(!s.enter[nr("openat")] && s.syscall[nr("openat")]);
}
END_TEST

START_TEST(test_malformed)
{
	static const char *const specs[] = {",", "openat,", ",openat", "openat,,read", "!",
					    "@", "!@",	    " ",       "openat, ,read"};
	char name[1000];
	size_t i;

	for (i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
		ck_assert_msg(strstr(message(specs[i]), "empty"), "%s: %s", specs[i], diag.msg);
	ck_assert(strstr(message("!!openat"), "unknown"));
	ck_assert(strstr(message("open at"), "unknown"));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert(strstr(message(name), "unknown"));
	name[0] = '@';
	ck_assert(strstr(message(name), "unknown"));
}
END_TEST

/* Blanks around the names are none of theirs; what is done by io_uring is not thinned. */
START_TEST(test_sample)
{
	sel("openat");
	ck_assert_int_eq(selection_sample(&s, " openat : 7 ,read:3", &diag), 0);
	ck_assert_uint_eq(s.sample[nr("openat")], 7);
	ck_assert_uint_eq(s.sample[nr("read")], 3);
	ck_assert(s.uring[18] == (SELECT_OP_SUBMITTED | SELECT_OP_DONE));
	ck_assert_int_eq(selection_sample(&s, "io_uring_openat:7", &diag), -EINVAL);
	ck_assert_ptr_nonnull(strstr(diag.msg, "no system call"));
	ck_assert_int_eq(selection_sample(&s, "@file:7", &diag), -EINVAL);
	ck_assert_ptr_nonnull(strstr(diag.msg, "by name"));
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("select");
	TCase *tc = tcase_create("lists");

	tcase_add_test(tc, test_tables_fit);
	tcase_add_test(tc, test_everything);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_marked_for_state);
#ifdef __x86_64__
	tcase_add_test(tc, test_compat_slots);
#endif
	tcase_add_test(tc, test_generic);
	tcase_add_test(tc, test_made_generic);
	tcase_add_test(tc, test_both_names);
	tcase_add_test(tc, test_no_syscall);
	tcase_add_test(tc, test_uring);
	tcase_add_test(tc, test_excludes);
	tcase_add_test(tc, test_categories);
	tcase_add_test(tc, test_blanks);
	tcase_add_test(tc, test_unknown);
	tcase_add_test(tc, test_not_captured);
	tcase_add_test(tc, test_on_request);
	tcase_add_test(tc, test_enters);
	tcase_add_test(tc, test_malformed);
	tcase_add_test(tc, test_sample);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return run_suite(suite());
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The generated tables against facts that are stated here once more, from the format's page and the kernel's headers,
 * and not read from the schema.
 */
#include <asm/unistd.h>
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include <gyr/event.h>
#include <gyr/state.h>
#include <gyr/wire.h>

#include "event/table.h"

/* What convert.gen.h takes from the driver's headers. */
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#undef __always_inline
#define __always_inline inline __attribute__((always_inline, unused))
#include "convert.gen.h"

static uint32_t flag_value(const struct gyr_flags *flags, const char *name)
{
	for (uint32_t i = 0; i < flags->nflags; i++)
		if (strcmp(flags->flags[i].name, name) == 0)
			return flags->flags[i].value;
	ck_abort_msg("no %s in %s", name, flags->name);
	return 0;
}

START_TEST(openat_is_as_the_format_has_it)
{
	static const struct {
		const char *name, *type;
	} want[] = {
		{"fd", "FD"},	    {"dirfd", "FD"},   {"name", "FSRELPATH"}, {"flags", "FLAGS32"},
		{"mode", "UINT32"}, {"dev", "UINT32"}, {"ino", "UINT64"},
	};
	const struct gyr_event_info *info = gyr_event_info_by_type(307);

	ck_assert_ptr_nonnull(info);
	ck_assert_int_eq(info->type, 307);
	ck_assert_int_eq(GYR_EVT_SYSCALL_OPENAT_2_X, 307);
	ck_assert_str_eq(info->id, "SYSCALL_OPENAT_2_X");
	ck_assert_str_eq(info->name, "openat");
	ck_assert_int_eq(info->category, GYR_CAT_FILE);
	ck_assert_uint_eq(info->flags, GYR_EVF_CREATES_FD | GYR_EVF_MODIFIES_STATE | GYR_EVF_CONVERTER_MANAGED);
	ck_assert(info->produced);
	ck_assert_uint_eq(info->nparams, 7);
	for (int i = 0; i < 7; i++) {
		ck_assert_str_eq(info->params[i].name, want[i].name);
		ck_assert_str_eq(gyr_param_type_name(info->params[i].type), want[i].type);
		ck_assert_int_eq(info->params[i].dirfd, i == 2 ? 1 : -1);
	}
	ck_assert_ptr_nonnull(info->params[3].flags);
	ck_assert_str_eq(info->params[3].flags->name, "file_flags");
	ck_assert_uint_eq(flag_value(info->params[3].flags, "O_CLOEXEC"), 4096);
	ck_assert_uint_eq(flag_value(info->params[3].flags, "O_RDWR"), 3);
	ck_assert_int_eq(info->params[4].format, GYR_FMT_OCT);
	ck_assert_ptr_null(info->params[4].flags);
}
END_TEST

START_TEST(events_are_in_order_and_whole)
{
	const struct gyr_event_info *info;
	size_t n = 0, base = 0;
	int last = -1;

	for (; (info = gyr_event_info_at(n)); n++) {
		ck_assert_int_gt(info->type, last);
		last = info->type;
		base += info->type < GYR_EXT_TYPE_MIN;
		ck_assert_ptr_eq(gyr_event_info_by_type(info->type), info);
		ck_assert_uint_le(info->nparams, GYR_PARAMS_MAX);
		ck_assert_str_ne(gyr_category_name(info->category), "");
		for (uint32_t i = 0; i < info->nparams; i++) {
			ck_assert_str_ne(gyr_param_type_name(info->params[i].type), "");
			ck_assert_int_lt(info->params[i].dirfd, (int)info->nparams);
			ck_assert_int_eq(info->params[i].type == GYR_TYPE_DYN, info->params[i].dyn != NULL);
		}
	}
	ck_assert_uint_eq(base, 454);
	ck_assert_ptr_null(gyr_event_info_at(n));
	ck_assert_ptr_null(gyr_event_info_at(SIZE_MAX));
	ck_assert_ptr_null(gyr_event_info_by_type(454));
	ck_assert_ptr_null(gyr_event_info_by_type(GYR_EXT_TYPE_MIN - 1));
	ck_assert_ptr_null(gyr_event_info_by_type(UINT16_MAX));
}
END_TEST

START_TEST(events_have_their_kind_of_facts)
{
	const struct gyr_event_info *info;

	/* The three whose lengths have 32 bits. */
	for (uint16_t type = 0; type < 454; type++)
		ck_assert_int_eq((gyr_event_info_by_type(type)->flags & GYR_EVF_LARGE_PAYLOAD) != 0,
				 type == 322 || type == 324 || type == 402);
	info = gyr_event_info_by_type(1);
	ck_assert_str_eq(info->name, "syscall");
	ck_assert_uint_eq(info->nparams, 2);
	ck_assert(info->produced);
	info = gyr_event_info_by_type(293);
	ck_assert_str_eq(info->name, "execve");
	ck_assert_int_eq(info->category, GYR_CAT_PROCESS);
	info = gyr_event_info_by_type(7);
	ck_assert_str_eq(info->name, "read");
	ck_assert_int_eq(info->category, GYR_CAT_IO_READ);
	/* An enter that only old files hold. */
	info = gyr_event_info_by_type(6);
	ck_assert(info->flags & GYR_EVF_OLD_VERSION);
	ck_assert(!info->produced);
	/* ptrace: addr is a UINT64 or a signal. */
	info = gyr_event_info_by_type(169);
	ck_assert_int_eq(info->params[1].type, GYR_TYPE_DYN);
	ck_assert_uint_eq(info->params[1].ndyn, 2);
	ck_assert_int_eq(info->params[1].dyn[0], GYR_TYPE_UINT64);
	ck_assert_int_eq(info->params[1].dyn[1], GYR_TYPE_SIGTYPE);
}
END_TEST

START_TEST(words_have_names)
{
	ck_assert_str_eq(gyr_category_name(GYR_CAT_UNKNOWN), "unknown");
	ck_assert_str_eq(gyr_category_name(GYR_CAT_IO_OTHER), "io_other");
	ck_assert_str_eq(gyr_category_name((enum gyr_category)1000), "");
	ck_assert_str_eq(gyr_param_type_name(GYR_TYPE_NONE), "NONE");
	ck_assert_str_eq(gyr_param_type_name(GYR_TYPE_FSRELPATH), "FSRELPATH");
	ck_assert_str_eq(gyr_param_type_name(GYR_TYPE_CHARBUF_PAIR_ARRAY), "CHARBUF_PAIR_ARRAY");
	ck_assert_str_eq(gyr_param_type_name((enum gyr_param_type)1000), "");
	ck_assert_str_eq(gyr_fd_type_name((enum gyr_fd_type)1000), "");
	ck_assert_uint_eq(table_types[GYR_TYPE_ERRNO].size, 8);
	ck_assert_uint_eq(table_types[GYR_TYPE_UID].size, 4);
	ck_assert_uint_eq(table_types[GYR_TYPE_PORT].size, 2);
	ck_assert_uint_eq(table_types[GYR_TYPE_SIGTYPE].size, 1);
	ck_assert_uint_eq(table_types[GYR_TYPE_SOCKTUPLE].size, 0);
	ck_assert_uint_eq(flag_value(flags_by_name("poll_flags"), "POLLIN"), 1);
	ck_assert_ptr_null(flags_by_name("no_flags"));
}
END_TEST

START_TEST(system_calls_are_found_by_what_names_them)
{
	static const struct {
		const char *name;
		int nr, sc, type;
	} want[] = {
		{"read", __NR_read, 3, 7},
		{"openat", __NR_openat, 197, 307},
		{"getppid", __NR_getppid, 41, 0x8001 + 2 * 110},
		{"execve", __NR_execve, 324, 293},
		{"pread64", __NR_pread64, 294, 113},
		{"close_range", __NR_close_range, 392, 451},
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct gyr_syscall_info *sys = gyr_syscall_by_name(want[i].name);

		ck_assert_ptr_nonnull(sys);
		ck_assert_str_eq(sys->name, want[i].name);
		ck_assert_int_eq(sys->nr, want[i].nr);
		ck_assert_int_eq(sys->sc, want[i].sc);
		ck_assert_int_eq(sys->type, want[i].type);
		ck_assert_ptr_eq(gyr_syscall_by_nr(want[i].nr), sys);
		ck_assert_ptr_eq(gyr_syscall_by_sc(sys->sc), sys);
	}
	ck_assert_ptr_null(gyr_syscall_by_name("openatt"));
	ck_assert_ptr_null(gyr_syscall_by_name(""));
	ck_assert_ptr_null(gyr_syscall_by_nr(-1));
	ck_assert_ptr_null(gyr_syscall_by_nr(GYR_SYSCALLS_MAX - 1));
	ck_assert_ptr_null(gyr_syscall_by_nr(GYR_SYSCALLS_MAX));
	ck_assert_str_eq(gyr_syscall_by_sc(0)->name, "unknown");
	ck_assert_ptr_null(gyr_syscall_by_sc(UINT16_MAX));
}
END_TEST

START_TEST(system_calls_are_all_reachable)
{
	const struct gyr_syscall_info *sys, *last = NULL;
	size_t n = 0;

	for (; (sys = gyr_syscall_at(n)); n++) {
		if (last)
			ck_assert_str_lt(last->name, sys->name);
		last = sys;
		ck_assert_ptr_eq(gyr_syscall_by_name(sys->name), sys);
		ck_assert_ptr_nonnull(gyr_event_info_by_type(sys->type));
		if (sys->nr < 0)
			continue;
		ck_assert_ptr_eq(gyr_syscall_by_nr(sys->nr), sys);
		ck_assert_ptr_nonnull(gyr_filler_names[sys->nr]);
		ck_assert_uint_le(strlen(gyr_filler_names[sys->nr]), 15);
		ck_assert_int_eq(gyr_sc[sys->nr], sys->sc);
	}
	ck_assert_uint_gt(n, 400);
	for (int nr = 0; nr < GYR_SYSCALLS_MAX; nr++)
		ck_assert_int_eq(gyr_filler_names[nr] != NULL, gyr_syscall_by_nr(nr) != NULL);
	ck_assert_str_eq(gyr_filler_names[__NR_openat], "gyr_openat");
	ck_assert_str_eq(gyr_filler_names[__NR_getppid], "gyr_getppid");
}
END_TEST

/* The wire's values as flags.json of the format has them; the kernel's are those of this machine's headers. */
START_TEST(kernel_flags_become_the_wires)
{
	ck_assert_uint_eq(flags_clone_flags(CLONE_FILES), 1);
	ck_assert_uint_eq(flags_clone_flags(CLONE_NEWUSER), 1048576);
	ck_assert_uint_eq(flags_clone_flags(CLONE_VM | CLONE_THREAD | CLONE_SETTLS), 32768 | 8192 | 33554432);
	ck_assert_uint_eq(flags_clone_flags(17), 0); /* SIGCHLD is in there too */
	ck_assert_uint_eq(flags_fcntl_commands(F_DUPFD), 1);
	ck_assert_uint_eq(flags_fcntl_commands(F_SETPIPE_SZ), 28);
	ck_assert_uint_eq(flags_fcntl_commands(0xffffffff00000000ULL | F_GETFL), 4);
	ck_assert_uint_eq(flags_fcntl_commands(12345), 0);
	ck_assert_uint_eq(flags_epoll_create1_flags(EPOLL_CLOEXEC), 1);
	ck_assert_uint_eq(flags_prot_flags(PROT_READ | PROT_WRITE | PROT_EXEC), 1 | 2 | 4);
	ck_assert_uint_eq(flags_fchownat_flags(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH), 1024 | 4096);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table");
	TCase *tc = tcase_create("table");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, openat_is_as_the_format_has_it);
	tcase_add_test(tc, events_are_in_order_and_whole);
	tcase_add_test(tc, events_have_their_kind_of_facts);
	tcase_add_test(tc, words_have_names);
	tcase_add_test(tc, system_calls_are_found_by_what_names_them);
	tcase_add_test(tc, system_calls_are_all_reachable);
	tcase_add_test(tc, kernel_flags_become_the_wires);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

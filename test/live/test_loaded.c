/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Of the driver's programs, those are loaded that are asked for, and no others. */
#include <check.h>
#include <stdlib.h>

#include "harness.h"
#include "run.h"

struct loaded {
	char names[LIVE_PROGS_MAX][16];
	size_t n;
};

/* of: NULL for everything. */
static struct loaded *loaded_for(const char *events, bool enter, bool latency)
{
	struct loaded *l = calloc(1, sizeof(*l));
	struct gyr *g;

	ck_assert_ptr_nonnull(l);
	g = live_begin(&(struct gyr_live_opts){.events = events, .enter = enter, .latency = latency});
	l->n = live_own_programs(l->names);
	gyr_close(g);
	ck_assert_uint_eq(live_own_programs((struct loaded){0}.names), 0);
	return l;
}

static bool has(const struct loaded *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->names[i], name))
			return true;
	return false;
}

/* b is a, and these. Frees both. */
static void adds(struct loaded *a, struct loaded *b, const char *const *names, size_t n)
{
	for (size_t i = 0; i < a->n; i++)
		ck_assert_msg(has(b, a->names[i]), "%s is not loaded any more", a->names[i]);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(has(b, names[i]) && !has(a, names[i]), "%s was not added", names[i]);
	ck_assert_uint_eq(b->n, a->n + n);
	free(a);
	free(b);
}

#define ADDS(a, b, ...)                                                                                                \
	adds(a, b, (const char *const[]){__VA_ARGS__},                                                                 \
	     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Of none of these has the state any need, and io_uring none of their operations. */
START_TEST(by_name)
{
	ADDS(loaded_for("getppid", false, false), loaded_for("getppid,fchmodat", false, false), "gyr_fchmodat");
	ADDS(loaded_for("fchmodat", false, false), loaded_for("fchmodat,faccessat,umask", false, false),
	     "gyr_faccessat", "gyr_umask");
}
END_TEST

/* What io_uring can do, too, comes with what sees its rings; once. */
START_TEST(by_name_of_operations)
{
	struct loaded *one = loaded_for("fallocate", false, false); /* 5.10's io_uring has both */

	ck_assert(has(one, "gyr_fallocate") && has(one, "gyr_u_fallocate"));
	/* Linux 6.4 renamed the tracepoint. */
	ck_assert(has(one, live_kernel_before(6, 4) ? "gyr_uring_sqe" : "gyr_uring_req"));
	ADDS(one, loaded_for("fallocate,madvise", false, false), "gyr_madvise", "gyr_u_madvise");
}
END_TEST

START_TEST(by_option)
{
	ADDS(loaded_for("getppid", false, false), loaded_for("getppid", false, true), "gyr_enter");
}
END_TEST

/* What state needs is there whatever is asked for, but not much more is. */
START_TEST(everything)
{
	struct loaded *one = loaded_for("chmod", false, false), *all = loaded_for(NULL, true, true);

	ck_assert(has(one, "gyr_sys_exit") && has(one, "gyr_clone") && has(one, "gyr_exec"));
	ck_assert_uint_lt(one->n, 100);
	ck_assert_uint_gt(all->n, 300);
	for (size_t i = 0; i < one->n; i++)
		ck_assert(has(all, one->names[i]));
	free(one);
	free(all);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("loaded"))
		return LIVE_SKIP;
	suite = suite_create("loaded");
	tc = tcase_create("loaded");
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, by_name);
	tcase_add_test(tc, by_name_of_operations);
	tcase_add_test(tc, by_option);
	tcase_add_test(tc, everything);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

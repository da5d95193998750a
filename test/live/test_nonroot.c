/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Without rights: a sentence that says which, and nothing half done. */
#include <check.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

static void become_nobody(void)
{
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
}

static void open_is_refused(void)
{
	char why[512] = "";
	struct gyr_live_opts o = {.sz = sizeof(o), .errbuf = why, .errbuf_sz = sizeof(why)};
	struct gyr *g = NULL;

	ck_assert_int_eq(gyr_open_live(&o, &g), -EPERM);
	ck_assert_ptr_null(g);
	ck_assert_msg(strstr(why, "CAP_BPF") && strstr(why, "CAP_PERFMON"), "the capabilities are not named: %s", why);
}

START_TEST(as_nobody)
{
	become_nobody();
	open_is_refused();
}
END_TEST

/* Root by number, but without the capabilities. */
START_TEST(root_without_caps)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	ck_assert_int_eq(syscall(SYS_capset, &head, none), 0);
	open_is_refused();
}
END_TEST

#define WORD(cap) ((cap) / 32)
#define BIT(cap)  (1u << ((cap) % 32))

static void become_nobody_with(const int *caps, size_t n)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	ck_assert_int_eq(prctl(PR_SET_KEEPCAPS, 1), 0);
	become_nobody();
	for (size_t i = 0; i < n; i++) {
		data[WORD(caps[i])].permitted |= BIT(caps[i]);
		data[WORD(caps[i])].effective |= BIT(caps[i]);
	}
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

static void open_and_read(size_t ring_bytes)
{
	char why[512] = "";
	struct gyr_live_opts o = {.sz = sizeof(o), .ring_bytes = ring_bytes, .errbuf = why, .errbuf_sz = sizeof(why)};
	const struct gyr_event *ev;
	struct gyr *g = NULL;
	int pid = fork(); /* someone who does something */

	if (pid == 0) {
		for (int i = 0; i < 10 * LIVE_PATIENCE; i++)
			usleep(100);
		_exit(0);
	}
	ck_assert_msg(gyr_open_live(&o, &g) == 0, "%s", why);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	gyr_close(g);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Not root, but with the two capabilities that it takes and the one for /proc: rings as small as anyone may have. */
START_TEST(nobody_with_caps)
{
	become_nobody_with((const int[]){CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE}, 3);
	open_and_read(64 << 10);
}
END_TEST

/* Rings of the default size are more memory than may be locked without the right to it. */
START_TEST(nobody_with_large_rings)
{
	become_nobody_with((const int[]){CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_IPC_LOCK}, 4);
	open_and_read(0);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("nonroot"))
		return LIVE_SKIP;
	suite = suite_create("nonroot");
	tc = tcase_create("nonroot");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, as_nobody);
	tcase_add_test(tc, root_without_caps);
	tcase_add_test(tc, nobody_with_caps);
	tcase_add_test(tc, nobody_with_large_rings);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Without rights: a sentence that says which, and nothing half done. */
#include <check.h>
#include <grp.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

/* What may be locked is what Linux before 5.16 lets everybody lock. */
#define MEMLOCK (64 << 10)

/* Whether the memory of maps counts as locked, as it does before 5.11. To be asked as root. */
static bool maps_are_locked_memory(void)
{
	const struct rlimit none = {0, MEMLOCK}, some = {MEMLOCK, MEMLOCK};
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	ck_assert_msg(fd >= 0 || errno == EPERM, "a map: %s", strerror(errno));
	if (fd >= 0)
		close((int)fd);
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &some), 0);
	return fd < 0;
}

/* events: NULL for all, of which one test is enough. */
static void open_and_read(const char *events, size_t ring_bytes)
{
	struct gyr_live_opts o = {.events = events, .ring_bytes = ring_bytes};
	const struct gyr_event *ev;
	struct gyr *g;
	int pid = fork(); /* someone who does something */

	if (pid == 0) {
		for (int i = 0; i < LIVE_PATIENCE; i++)
			usleep(1000);
		_exit(0);
	}
	g = live_begin(&o);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	gyr_close(g);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void open_is_refused_with(int err, const char *sentence)
{
	char why[512] = "";
	struct gyr_live_opts o = {
		.sz = sizeof(o),
		.ring_bytes = MEMLOCK,
		.errbuf = why,
		.errbuf_sz = sizeof(why),
	};
	struct gyr *g = NULL;

	ck_assert_int_eq(gyr_open_live(&o, &g), err);
	ck_assert_ptr_null(g);
	ck_assert_msg(strstr(why, sentence) != NULL, "not '%s': %s", sentence, why);
}

/* Not root, but with the two capabilities that it takes and the one for /proc: rings as small as anyone may have. */
START_TEST(nobody_with_caps)
{
	bool locked = maps_are_locked_memory();

	become_nobody_with((const int[]){CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_SYS_RESOURCE}, locked ? 4 : 3);
	open_and_read(NULL, MEMLOCK);
}
END_TEST

/* Rings of the default size are more memory than may be locked without the right to it. */
START_TEST(nobody_with_large_rings)
{
	bool locked = maps_are_locked_memory();

	become_nobody_with((const int[]){CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_IPC_LOCK, CAP_SYS_RESOURCE},
			   locked ? 5 : 4);
	open_and_read("clock_nanosleep", 0);
}
END_TEST

/* Where maps are locked memory, too, more than those is needed, and the sentence says so. */
START_TEST(nobody_with_locked_maps)
{
	bool locked = maps_are_locked_memory();

	become_nobody_with((const int[]){CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE}, 3);
	if (locked)
		open_is_refused_with(-EPERM, "CAP_SYS_RESOURCE as well, or under ulimit -l unlimited");
	else
		open_and_read("clock_nanosleep", MEMLOCK);
}
END_TEST

/* ---- the sysctl that asks for more than CAP_PERFMON, on Debian's kernels ---- */

#define PARANOID_PATH "/proc/sys/kernel/perf_event_paranoid"

/*
 * Set before the tests of a case, and put back after them, by the process that forks them. Should that be killed, it
 * stays: so only in guests, and elsewhere it is taken as it is.
 */
static int paranoid_before;

/* For main(), too, where check cannot say that something failed: INT_MAX where it cannot be read. */
static int paranoid_now(void)
{
	FILE *f = fopen(PARANOID_PATH, "re");
	int level;

	if (!f || fscanf(f, "%d", &level) != 1)
		level = INT_MAX;
	if (f)
		fclose(f);
	return level;
}

static void set_paranoid(int level)
{
	FILE *f = fopen(PARANOID_PATH, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(fprintf(f, "%d\n", level), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void paranoid_2(void)
{
	paranoid_before = paranoid_now();
	set_paranoid(2);
}

static void paranoid_3(void)
{
	paranoid_before = paranoid_now();
	set_paranoid(3);
}

static void paranoid_as_before(void)
{
	set_paranoid(paranoid_before);
}

static bool perf_is_refused(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_BPF_OUTPUT};
	long fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	ck_assert_msg(fd >= 0 || errno == EACCES, "perf_event_open: %s", strerror(errno));
	if (fd >= 0)
		close((int)fd);
	return fd < 0;
}

static void check_says(const char *name, bool ok, const char *sentence)
{
	struct gyr_check c[64];
	int n = gyr_check_host(NULL, c, 64), i;

	for (i = 0; i < n; i++)
		if (!strcmp(c[i].name, name))
			break;
	ck_assert_msg(i < n, "no check of %s", name);
	ck_assert_int_eq(c[i].ok, ok);
	ck_assert_msg(!sentence || strstr(c[i].advice, sentence) != NULL, "not '%s': %s", sentence, c[i].advice);
}

START_TEST(nobody_on_a_paranoid_host)
{
	bool locked = maps_are_locked_memory(), refused;
	char sentence[64];

	snprintf(sentence, sizeof(sentence), "kernel.perf_event_paranoid is %d on this host", paranoid_now());
	become_nobody_with((const int[]){CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_IPC_LOCK, CAP_SYS_RESOURCE},
			   locked ? 5 : 4);
	refused = perf_is_refused();
	check_says("perf rings", !refused, refused ? sentence : NULL);
	if (refused)
		open_is_refused_with(-EACCES, sentence);
	else
		open_and_read("clock_nanosleep", MEMLOCK);
}
END_TEST

static void add_case(Suite *suite, const char *name, void (*before)(void), const TTest *const *tests, size_t n)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 60);
	if (before)
		tcase_add_unchecked_fixture(tc, before, paranoid_as_before);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
}

int main(void)
{
	const TTest *const anywhere[] = {as_nobody, root_without_caps};
	const TTest *const documented[] = {nobody_with_caps, nobody_with_large_rings, nobody_with_locked_maps};
	const TTest *const paranoid[] = {nobody_on_a_paranoid_host};
	bool guest = getenv("GYR_VM_CONTROL");
	Suite *suite;

	if (!live_possible("nonroot"))
		return LIVE_SKIP;
	suite = suite_create("nonroot");
	add_case(suite, "anywhere", NULL, anywhere, 2);
	if (guest || paranoid_now() <= 2)
		add_case(suite, "documented", guest ? paranoid_2 : NULL, documented, 3);
	else
		printf("skipped: documented: kernel.perf_event_paranoid is %d here, and set in guests only\n",
		       paranoid_now());
	add_case(suite, "paranoid", guest ? paranoid_3 : NULL, paranoid, 1);
	return run_suite(suite);
}

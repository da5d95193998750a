/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel does not have, or does not take, is done without, and said. */
#include <check.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

#define BIT(feature) (1ull << (feature))

/* Lost by the whole run, whatever a test does: by the build of the probe, and the kernel. */
#define OF_RUN                                                                                                         \
	(BIT(GYR_FEATURE_BTF_PROGRAMS) | BIT(GYR_FEATURE_TASK_BTF) | BIT(GYR_FEATURE_UNPREEMPTED) |                    \
	 BIT(GYR_FEATURE_CGROUP2) | BIT(GYR_FEATURE_URING_REFUSED))

static struct {
	char warnings[4096], debug[65536];
} said;

/* But for what the whole run lacks. */
static void on_log(void *ctx, enum gyr_log_level level, const char *msg)
{
	bool warning = level == GYR_LOG_WARN && !strstr(msg, gyr_feature_lost(GYR_FEATURE_UNPREEMPTED)) &&
		       !strstr(msg, gyr_feature_lost(GYR_FEATURE_URING_REFUSED));
	char *to = warning ? said.warnings : said.debug;
	size_t size = warning ? sizeof(said.warnings) : sizeof(said.debug);
	size_t len = strlen(to);

	(void)ctx;
	snprintf(to + len, size - len, "%s\n", msg);
}

static int count(const char *text, const char *words)
{
	int n = 0;

	while ((text = strstr(text, words))) {
		text += strlen(words);
		n++;
	}
	return n;
}

/* A probe made for the test, of the build that this kernel needs. */
static const char *probe_of(const char *name)
{
	static char path[512];
	const char *build = live_preempts() ? "-preempt" : "";

	if (getenv("GYR_BTF"))
		build = "-nobtf";
	snprintf(path, sizeof(path), TEST_BIN_DIR "/probe-%s%s.bpf.o", name, build);
	return path;
}

static struct gyr *open_with(const char *probe, const char *events, const int *pid)
{
	memset(&said, 0, sizeof(said));
	return live_begin(&(struct gyr_live_opts){
		.probe = probe,
		.events = events,
		.pids = pid,
		.npids = pid ? 1 : 0,
		.follow = true,
		.enter = true,
		.log = on_log,
	});
}

struct got {
	int semctl_generic, semctl_typed, openat, getppid, procexit, of_others;
};

static void look_at(const struct gyr_event *ev, int pid, struct got *got)
{
	const char *name = gyr_event_name(ev);
	struct gyr_param p;
	uint16_t id;

	got->of_others += gyr_event_tid(ev) != (uint64_t)pid;
	got->getppid += !strcmp(name, "getppid");
	got->procexit += !strcmp(name, "procexit");
	if (!strcmp(name, "semctl") && gyr_event_type(ev) == 1) {
		ck_assert_int_eq(gyr_event_param_by_name(ev, "ID", &p), 0);
		memcpy(&id, p.data, sizeof(id));
		got->semctl_generic += id == 261; /* scap's number of semctl */
	} else if (!strcmp(name, "semctl")) {
		got->semctl_typed++;
	} else if (!strcmp(name, "openat") && gyr_event_type(ev) == 307) {
		ck_assert_int_eq(gyr_event_param_by_name(ev, "name", &p), 0);
		got->openat += !strcmp((const char *)p.data, "/dev/null");
	}
}

/* Lets it do what it does, and counts what is seen of that. */
static struct got capture(struct gyr *g, int pid)
{
	struct gyr_stats st = {.sz = sizeof(st)};
	const struct gyr_event *ev;
	struct got got = {0};

	live_let_go(pid);
	gyr_stop(g);
	while (gyr_next(g, &ev, LIVE_PATIENCE) > 0)
		look_at(ev, pid, &got);
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	ck_assert_uint_eq(st.produced, st.delivered);
	ck_assert_uint_eq(st.lost, 0);
	gyr_close(g);
	return got;
}

/* ---- a filler that the verifier refuses ---- */

static void act_semctl_openat(void)
{
	syscall(SYS_semctl, -1, 0, 0, 0);
	syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
	syscall(SYS_semctl, -1, 0, 0, 0);
}

START_TEST(refused_filler)
{
	int pid = live_start(act_semctl_openat);
	struct gyr *g = open_with(probe_of("refused"), "semctl,openat,procexit", &pid);
	struct got got;

	ck_assert_uint_eq(gyr_lost_features(g) & ~OF_RUN, BIT(GYR_FEATURE_FILLERS));
	ck_assert_int_eq(count(said.warnings, "gyr_semctl"), 1);
	ck_assert_int_eq(count(said.warnings, "\n"), 1);
	ck_assert_msg(strstr(said.warnings, gyr_feature_lost(GYR_FEATURE_FILLERS)), "%s", said.warnings);
	ck_assert_msg(strstr(said.debug, "semctl is a generic event"), "%s", said.debug);
	/* The verifier's own words. */
	ck_assert_msg(strstr(said.debug, "gyr_semctl: invalid access to map value"), "%s", said.debug);
	got = capture(g, pid);
	ck_assert_int_eq(got.semctl_generic, 2);
	ck_assert_int_eq(got.semctl_typed, 0);
	ck_assert_int_eq(got.openat, 1);
	ck_assert_int_eq(got.procexit, 1);
}
END_TEST

/* The names of events mean the same. */
START_TEST(refused_and_chosen)
{
	static const struct {
		const char *events;
		int semctl, openat;
	} cases[] = {
		{"semctl", 2, 0},
		{"!semctl,@process,openat", 0, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int pid = live_start(act_semctl_openat);
		struct got got = capture(open_with(probe_of("refused"), cases[i].events, &pid), pid);

		ck_assert_msg(got.semctl_generic == cases[i].semctl && got.openat == cases[i].openat,
			      "%s: %d times semctl, %d times openat", cases[i].events, got.semctl_generic, got.openat);
	}
}
END_TEST

START_TEST(refused_is_checked)
{
	struct gyr_live_opts o = {.sz = sizeof(o), .probe = probe_of("refused"), .log = on_log};
	struct gyr_check checks[64];
	bool seen = false;
	int n, i;

	memset(&said, 0, sizeof(said));
	n = gyr_check_host(&o, checks, 64);
	ck_assert(n > 0 && n <= 64);
	for (i = 0; i < n; i++) {
		ck_assert_msg(checks[i].ok || !checks[i].required, "%s: %s", checks[i].name, checks[i].found);
		if (strcmp(checks[i].name, gyr_feature_name(GYR_FEATURE_FILLERS)) != 0)
			continue;
		seen = true;
		ck_assert(!checks[i].ok);
		ck_assert_msg(strstr(checks[i].found, "1: gyr_semctl"), "%s", checks[i].found);
	}
	ck_assert(seen);
	ck_assert_msg(strstr(said.debug, "gyr_semctl: invalid access to map value"), "%s", said.debug);
}
END_TEST

/* ---- tracepoints that there are not ---- */

static void act_with_child(void)
{
	int pid;

	syscall(SYS_getppid);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_getppid);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

START_TEST(no_tracepoints)
{
	uint64_t lost = BIT(GYR_FEATURE_FORK) | BIT(GYR_FEATURE_FREE) | BIT(GYR_FEATURE_EXIT);
	int pid = live_start(act_with_child);
	struct gyr *g = open_with(probe_of("no-tracepoints"), "getppid,procexit", &pid);
	struct got got;

#ifdef __aarch64__
	lost |= BIT(GYR_FEATURE_CHILD);
#endif
	ck_assert_uint_eq(gyr_lost_features(g) & ~OF_RUN, lost);
	for (int i = 0; i < GYR_FEATURES; i++)
		if (lost & BIT(i))
			ck_assert_msg(count(said.warnings, gyr_feature_lost(i)) == 1, "%s: %s", gyr_feature_name(i),
				      said.warnings);
	got = capture(g, pid);
	ck_assert_int_eq(got.getppid, 1);
	ck_assert_int_eq(got.procexit, 0);
	ck_assert_int_eq(got.of_others, 0);
}
END_TEST

/* With them, and all programs, for comparison. */
START_TEST(all_tracepoints)
{
	int pid = live_start(act_with_child);
	struct gyr *g = open_with(NULL, NULL, &pid);
	struct got got;

	ck_assert_uint_eq(gyr_lost_features(g) & ~OF_RUN, 0);
	ck_assert_str_eq(said.warnings, "");
	got = capture(g, pid);
	ck_assert_int_eq(got.getppid, 2);
	ck_assert_int_eq(got.procexit, 2);
}
END_TEST

/* ---- what kernels differ in ---- */

/* The tracepoint io_uring_req_failed is new in 5.18. */
START_TEST(uring_by_version)
{
	struct gyr *g = open_with(NULL, "io_uring_nop", NULL);
	uint64_t lost = live_kernel_before(5, 18) ? BIT(GYR_FEATURE_URING_REFUSED) : 0;

	ck_assert_uint_eq(gyr_lost_features(g) & BIT(GYR_FEATURE_URING_REFUSED), lost);
	gyr_close(g);
}
END_TEST

START_TEST(by_btf_and_version)
{
	const uint64_t judged = BIT(GYR_FEATURE_BTF_PROGRAMS) | BIT(GYR_FEATURE_TASK_BTF);
	bool from_file = getenv("GYR_BTF") || access("/sys/kernel/btf/vmlinux", R_OK) != 0;
	struct gyr *g = open_with(NULL, "getppid", NULL);
	uint64_t lost = 0;

	if (from_file)
		lost |= BIT(GYR_FEATURE_BTF_PROGRAMS);
	/* bpf_get_current_task_btf is new in 5.11. */
	if (from_file || live_kernel_before(5, 11))
		lost |= BIT(GYR_FEATURE_TASK_BTF);
	ck_assert_uint_eq(gyr_lost_features(g) & judged, lost);
	/* They only cost time. */
	ck_assert_str_eq(said.warnings, "");
	for (int i = 0; i < GYR_FEATURES; i++)
		if (lost & BIT(i))
			ck_assert_msg(strstr(said.debug, gyr_feature_lost(i)), "%s: %s", gyr_feature_name(i),
				      said.debug);
	gyr_close(g);
}
END_TEST

/* ---- system calls that the library is not allowed ---- */

#define ARG0 offsetof(struct seccomp_data, args[0])

static void filter(struct sock_filter *insns, size_t n)
{
	struct sock_fprog prog = {.len = (unsigned short)n, .filter = insns};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), 0);
}

static void forbid(unsigned int nr, unsigned int arg0)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arg0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	filter(insns, sizeof(insns) / sizeof(insns[0]));
}

static void forbid_whole(unsigned int nr)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	filter(insns, sizeof(insns) / sizeof(insns[0]));
}

#define PROG_TEST_RUN 10 /* bpf(2): BPF_PROG_TEST_RUN */

START_TEST(no_run_on_cpu)
{
	int pid = live_start(act_semctl_openat);
	struct gyr *g;
	struct got got;

	forbid(SYS_bpf, PROG_TEST_RUN);
	g = open_with(NULL, "semctl,openat", &pid);
	ck_assert_uint_eq(gyr_lost_features(g) & ~OF_RUN, BIT(GYR_FEATURE_RUN_ON_CPU));
	ck_assert_str_eq(said.warnings, "");
	ck_assert_msg(strstr(said.debug, gyr_feature_lost(GYR_FEATURE_RUN_ON_CPU)), "%s", said.debug);
	got = capture(g, pid);
	ck_assert_int_eq(got.semctl_typed, 2);
	ck_assert_int_eq(got.openat, 1);
}
END_TEST

/* Nobody asks a quiet CPU for its batch then: there must be none. And gyr still knows itself. */
START_TEST(no_run_on_cpu_in_time)
{
	const struct gyr_event *ev;
	struct gyr *g;
	int pid = live_start(act_semctl_openat);

	forbid(SYS_bpf, PROG_TEST_RUN);
	g = open_with(NULL, "semctl", NULL);
	syscall(SYS_semctl, -1, 0, 0, 0);
	live_let_go(pid);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	ck_assert_uint_eq(gyr_event_tid(ev), pid);
	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	ck_assert_uint_eq(gyr_event_tid(ev), pid);
	gyr_close(g);
}
END_TEST

START_TEST(no_membarrier)
{
	int pid = live_start(act_semctl_openat);
	struct gyr *g;
	struct got got;

	forbid(SYS_membarrier, MEMBARRIER_CMD_QUERY);
	g = open_with(NULL, "openat", &pid);
	ck_assert_uint_eq(gyr_lost_features(g) & ~OF_RUN, BIT(GYR_FEATURE_MEMBARRIER));
	ck_assert_int_eq(count(said.warnings, gyr_feature_lost(GYR_FEATURE_MEMBARRIER)), 1);
	got = capture(g, pid);
	ck_assert_int_eq(got.openat, 1);
}
END_TEST

/* ---- no tracefs ---- */

/* Neither where it is mounted, nor by a mount of the library's own. */
static void hide_tracefs(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	/* In a chroot / is no mount: the host may see what is hidden then, as long as this runs. */
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount("none", "/sys/kernel/tracing", "tmpfs", 0, NULL);
	forbid_whole(SYS_fsopen);
}

static void count_entries(struct gyr *g, int *entries, int *exits)
{
	const struct gyr_event *ev;

	gyr_stop(g);
	while (gyr_next(g, &ev, LIVE_PATIENCE) > 0) {
		*entries += gyr_event_type(ev) == 306;
		*exits += gyr_event_type(ev) == 307;
	}
	gyr_close(g);
}

START_TEST(no_tracefs)
{
	int pid = live_start(act_semctl_openat), entries = 0, exits = 0;
	struct gyr *g;

	hide_tracefs();
	g = open_with(NULL, "openat", &pid);
	ck_assert_uint_eq(gyr_lost_features(g) & ~OF_RUN, BIT(GYR_FEATURE_ENTER));
	ck_assert_int_eq(count(said.warnings, gyr_feature_lost(GYR_FEATURE_ENTER)), 1);
	live_let_go(pid);
	count_entries(g, &entries, &exits);
	ck_assert_int_eq(entries, 0);
	/* Without tracefs there is no unpreempted build for 7.2, where it may be hidden. */
	if (!live_preempts())
		ck_assert_int_eq(exits, 1);
}
END_TEST

/* Who asks for none does not miss them. */
START_TEST(no_tracefs_no_entries)
{
	int pid = live_start(act_semctl_openat), entries = 0, exits = 0;
	struct gyr *g;

	hide_tracefs();
	g = open_with(NULL, "semctl", &pid);
	ck_assert_uint_eq(gyr_lost_features(g) & ~OF_RUN, 0);
	ck_assert_str_eq(said.warnings, "");
	live_let_go(pid);
	count_entries(g, &entries, &exits);
	ck_assert_int_eq(entries, 0);
}
END_TEST

START_TEST(no_tracefs_is_checked)
{
	struct gyr_check checks[64];
	bool seen = false;
	int n;

	hide_tracefs();
	n = gyr_check_host(NULL, checks, 64);
	ck_assert(n > 0 && n <= 64);
	for (int i = 0; i < n; i++) {
		ck_assert_msg(checks[i].ok || !checks[i].required, "%s: %s", checks[i].name, checks[i].found);
		if (strcmp(checks[i].name, gyr_feature_name(GYR_FEATURE_ENTER)) != 0)
			continue;
		seen = true;
		ck_assert(!checks[i].ok && strstr(checks[i].advice, "tracefs"));
	}
	ck_assert(seen);
}
END_TEST

START_TEST(words)
{
	struct gyr_check c;

	for (int i = 0; i < GYR_FEATURES; i++)
		/* They fit into a line of gyr check. */
		ck_assert_msg(gyr_feature_name(i)[0] && strlen(gyr_feature_name(i)) < sizeof(c.name) &&
				      gyr_feature_lost(i)[0] && strlen(gyr_feature_lost(i)) < sizeof(c.found),
			      "%s", gyr_feature_lost(i));
	ck_assert_ptr_null(gyr_feature_name(GYR_FEATURES));
	ck_assert_ptr_null(gyr_feature_lost(GYR_FEATURES));
	ck_assert_ptr_null(gyr_feature_name((enum gyr_feature) - 1));
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("degrade"))
		return LIVE_SKIP;
	suite = suite_create("degrade");
	tc = tcase_create("degrade");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, refused_filler);
	tcase_add_test(tc, refused_and_chosen);
	tcase_add_test(tc, refused_is_checked);
	tcase_add_test(tc, no_tracepoints);
	tcase_add_test(tc, all_tracepoints);
	tcase_add_test(tc, by_btf_and_version);
	tcase_add_test(tc, uring_by_version);
	tcase_add_test(tc, no_run_on_cpu);
	tcase_add_test(tc, no_run_on_cpu_in_time);
	tcase_add_test(tc, no_membarrier);
	tcase_add_test(tc, no_tracefs);
	tcase_add_test(tc, no_tracefs_no_entries);
	tcase_add_test(tc, no_tracefs_is_checked);
	tcase_add_test(tc, words);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

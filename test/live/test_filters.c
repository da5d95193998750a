/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a filter lets through, and that nothing else costs a frame. */
#include <arpa/inet.h>
#include <check.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "filtered.h"
#include "run.h"

#define NOBODY 65534

/* One capture of one thing that a child does. */
static int capture(struct gyr_filter_opts *f, void (*act)(char what))
{
	struct child c = child_start(act);
	uint32_t pid = (uint32_t)c.pid;
	struct gyr *g;

	if (!f->pids.nin)
		f->pids = (struct gyr_ids){.in = &pid, .nin = 1, .out = f->pids.out, .nout = f->pids.nout};
	g = filtered_open(f);
	child_do(&c, 'a');
	filtered_finish(g);
	child_end(&c);
	return c.pid;
}

/* ---- by result ---- */

#define FAILURES 20

static void act_fails(char what)
{
	int fd = open("/etc/hostname", O_RDONLY);

	(void)what;
	for (int i = 0; i < FAILURES; i++) {
		open("/nonexistent/file", O_RDONLY);
		close(-1);
		syscall(SYS_setpgid, 0, -1);
	}
	syscall(SYS_setpgid, 0, 0);
	close(fd);
}

START_TEST(failed_no)
{
	struct gyr_filter_opts f = {.events = "openat,close,setpgid", .failed = GYR_FAILED_NO};

	capture(&f, act_fails);
	ck_assert_uint_eq(nseen, 3);
	ck_assert(count("openat", 0) == 1 && count("setpgid", 0) == 1 && count("close", 0) == 1);
	ck_assert_uint_eq(frames(), 3);
}
END_TEST

START_TEST(failed_only)
{
	struct gyr_filter_opts f = {.events = "openat,close,setpgid,procexit", .failed = GYR_FAILED_ONLY};

	capture(&f, act_fails);
	ck_assert_uint_eq(nseen, 3 * FAILURES);
	for (size_t i = 0; i < nseen; i++)
		ck_assert(seen[i].has_res && seen[i].res < 0);
	ck_assert_uint_eq(frames(), 3 * FAILURES + 3); /* the open, the close and the setpgid that the tables need */
}
END_TEST

/* A connect on its way has failed, but the tables know of it. */
static void act_connects(char what)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int server = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(a);

	(void)what;
	if (bind(server, (struct sockaddr *)&a, len) || listen(server, 1) ||
	    getsockname(server, (struct sockaddr *)&a, &len))
		_exit(2);
	if (connect(fd, (struct sockaddr *)&a, len) != -1 || errno != EINPROGRESS)
		_exit(3);
	poll(&p, 1, -1);
	if (write(fd, "x", 1) != 1)
		_exit(4);
}

START_TEST(failed_for_state)
{
	struct gyr_filter_opts f = {.events = "connect,write", .failed = GYR_FAILED_NO};

	capture(&f, act_connects);
	ck_assert_uint_eq(count("connect", 0), 0);
	ck_assert_uint_ge(count("write", 0), 1);
	ck_assert_msg(strstr(seen[0].fd, "->127.0.0.1:"), "%s", seen[0].fd);
}
END_TEST

/* ---- samples ---- */

#define CALLS 100

static void act_calls(char what)
{
	cpu_set_t one;

	(void)what;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		_exit(2);
	for (int i = 0; i < CALLS; i++) {
		syscall(SYS_getppid);
		syscall(SYS_getuid);
	}
}

START_TEST(sampled)
{
	struct gyr_filter_opts f = {.events = "getppid,getuid", .sample = "getppid:10"};

	capture(&f, act_calls);
	ck_assert_uint_eq(count("getppid", 0), CALLS / 10);
	ck_assert_uint_eq(count("getuid", 0), CALLS);
	ck_assert_uint_eq(stats.sampled_out, CALLS - CALLS / 10);
	ck_assert_uint_eq(stats.produced, CALLS + CALLS / 10);
}
END_TEST

static void act_opens(char what)
{
	cpu_set_t one;
	char c;

	(void)what;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < 8; i++) {
		int fd = open(i % 2 ? "/etc/passwd" : "/etc/hostname", O_RDONLY);

		if (fd < 0 || syscall(SYS_pread64, fd, &c, 1, 0) != 1)
			_exit(2);
		close(fd);
	}
}

/* Sampled, but the tables miss nothing. */
START_TEST(sampled_for_state)
{
	struct gyr_filter_opts f = {.events = "openat,pread", .sample = "openat:4"};
	unsigned reads = 0;

	capture(&f, act_opens);
	ck_assert_uint_eq(count("openat", 0), 2);
	ck_assert_uint_eq(stats.sampled_out, 6);
	for (size_t i = 0; i < nseen; i++)
		if (!strcmp(seen[i].name, "pread"))
			ck_assert_str_eq(seen[i].fd, reads++ % 2 ? "/etc/passwd" : "/etc/hostname");
	ck_assert_uint_eq(reads, 8);
}
END_TEST

/* ---- by caller ---- */

/* So many calls of who is not wanted, and not one frame of them: what the tables need is far less. */
static void cost_no_frames(void)
{
	ck_assert_uint_ge(frames(), nseen);
	ck_assert_msg(frames() - nseen < CALLS, "%llu frames for %zu events", (unsigned long long)frames(), nseen);
}

static void call_often(long nr)
{
	for (int i = 0; i < CALLS; i++)
		syscall(nr);
}

static void *in_thread(void *comm)
{
	if (comm)
		prctl(PR_SET_NAME, comm);
	call_often(SYS_getppid);
	return NULL;
}

static void act_threads(char what)
{
	pthread_t t;

	(void)what;
	prctl(PR_SET_NAME, "first");
	call_often(SYS_getppid);
	if (pthread_create(&t, NULL, in_thread, "second") || pthread_join(t, NULL))
		_exit(2);
}

/* Who a filter is for: a child of its own each, in one capture. It lives until that is read, to be found in /proc. */
static struct child changed_for[16];
static size_t nchanged;

static uint64_t changed(struct gyr *g, struct gyr_filter_opts *f, void (*act)(char what), const char *letters)
{
	struct child c = child_start(act);
	uint32_t pid = (uint32_t)c.pid;

	f->pids = (struct gyr_ids){.in = &pid, .nin = 1};
	filtered_change(g, f);
	for (; *letters; letters++)
		child_do(&c, *letters);
	ck_assert_uint_lt(nchanged, sizeof(changed_for) / sizeof(changed_for[0]));
	changed_for[nchanged++] = c;
	return pid;
}

static void changed_finish(struct gyr *g)
{
	filtered_finish(g);
	while (nchanged)
		child_end(&changed_for[--nchanged]);
}

START_TEST(by_comm)
{
	const char *first = "first", *both[] = {"first", "second"};
	const uint32_t self = (uint32_t)getpid();
	struct gyr_filter_opts f = {.events = "getppid", .pids = {.in = &self, .nin = 1}};
	struct gyr *g = filtered_open(&f);
	uint64_t in, out, two, last;

	f.comms = (struct gyr_names){.in = &first, .nin = 1};
	in = changed(g, &f, act_threads, "a");
	f.comms = (struct gyr_names){.out = &first, .nout = 1};
	out = changed(g, &f, act_threads, "a");
	f.comms = (struct gyr_names){.in = both, .nin = 2};
	two = changed(g, &f, act_threads, "a");
	f.comms = (struct gyr_names){.in = both, .nin = 2, .out = &first, .nout = 1};
	last = changed(g, &f, act_threads, "a");
	changed_finish(g);
	ck_assert_uint_eq(count_of_process(in), CALLS);
	ck_assert_uint_eq(count(NULL, in), CALLS);
	ck_assert_uint_eq(count_of_process(out), CALLS);
	ck_assert_uint_eq(count(NULL, out), 0);
	ck_assert_uint_eq(count_of_process(two), 2 * CALLS);
	ck_assert_uint_eq(count_of_process(last), CALLS);
	ck_assert_uint_eq(count(NULL, last), 0);
	cost_no_frames();
}
END_TEST

START_TEST(by_tid)
{
	for (int out = 0; out < 2; out++) {
		struct child c = child_start(act_threads);
		uint32_t pid = (uint32_t)c.pid;
		struct gyr_ids main_thread = {
			.in = out ? NULL : &pid, .nin = !out, .out = out ? &pid : NULL, .nout = out};
		struct gyr_filter_opts f = {.events = "getppid", .pids = {.in = &pid, .nin = 1}, .tids = main_thread};
		struct gyr *g = filtered_open(&f);

		child_do(&c, 'a');
		filtered_finish(g);
		child_end(&c);
		ck_assert_uint_eq(nseen, CALLS);
		ck_assert_uint_eq(count(NULL, pid), out ? 0 : CALLS);
		cost_no_frames();
	}
}
END_TEST

static void read_often(int fd, int n)
{
	char c;

	for (int i = 0; i < n; i++)
		if (syscall(SYS_pread64, fd, &c, 1, 0) != 1)
			_exit(2);
}

/* What the one user opens the other one reads. */
static void act_users(char what)
{
	int fd = open("/etc/hostname", O_RDONLY);

	(void)what;
	read_often(fd, CALLS);
	if (syscall(SYS_setresuid, -1, NOBODY, -1))
		_exit(2);
	read_often(fd, 2 * CALLS);
	if (syscall(SYS_setresuid, -1, 0, -1))
		_exit(2);
	close(fd);
}

START_TEST(by_uid)
{
	const uint32_t nobody = NOBODY;
	struct gyr_filter_opts f = {.events = "pread", .uids = {.in = &nobody, .nin = 1}};

	capture(&f, act_users);
	ck_assert_uint_eq(nseen, 2 * CALLS);
	ck_assert_str_eq(seen[0].fd, "/etc/hostname");
	cost_no_frames();
	f = (struct gyr_filter_opts){.events = "pread", .uids = {.out = &nobody, .nout = 1}};
	capture(&f, act_users);
	ck_assert_uint_eq(nseen, CALLS);
	cost_no_frames();
}
END_TEST

static void act_family(char what)
{
	int pid;

	call_often(SYS_getppid);
	pid = fork();
	if (pid == 0) {
		call_often(SYS_getuid);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	(void)what;
}

START_TEST(by_family)
{
	struct gyr_filter_opts f = {.events = "getppid,getuid"};

	capture(&f, act_family);
	ck_assert(nseen == CALLS && count("getppid", 0) == CALLS);
	cost_no_frames();
	f = (struct gyr_filter_opts){.events = "getppid,getuid", .follow = true};
	capture(&f, act_family);
	ck_assert(nseen == 2 * CALLS && count("getuid", 0) == CALLS);
	cost_no_frames();
}
END_TEST

/* Of all but a's family; and of two families but that one. */
START_TEST(without_family)
{
	for (int listed = 0; listed < 2; listed++) {
		struct child a = child_start(act_family), b = child_start(act_family);
		uint32_t pids[2] = {(uint32_t)a.pid, (uint32_t)b.pid};
		struct gyr_filter_opts f = {.events = "getppid,getuid",
					    .follow = true,
					    .pids = {.in = pids, .nin = listed ? 2 : 0, .out = pids, .nout = 1}};
		struct gyr *g = filtered_open(&f);

		child_do(&a, 'a');
		child_do(&b, 'a');
		filtered_finish(g);
		ck_assert_uint_eq(count(NULL, pids[0]), 0);
		ck_assert_uint_eq(count("getppid", pids[1]), CALLS);
		if (listed) {
			ck_assert_uint_eq(nseen, 2 * CALLS);
			ck_assert_uint_eq(count("getuid", 0), CALLS);
			cost_no_frames();
		}
		child_end(&a);
		child_end(&b);
	}
}
END_TEST

/* ---- by cgroup ---- */

#define CONTAINER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static char cgroup_root[256];

static char *group[4];

static void enter_group(int i)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/cgroup.procs", group[i]) < 0)
		_exit(4);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(5);
	close(fd);
	free(path);
}

static void act_groups(char what)
{
	if (what != 'a')
		enter_group(what - '0');
	call_often(SYS_getppid);
}

static void by_groups(void)
{
	const char *name = group[0] + strlen(cgroup_root), *path = group[1], *container = "fedcba98765";
	const struct gyr_names named = {.in = &name, .nin = 1}, not_named = {.out = &name, .nout = 1};
	const struct gyr_names contained = {.in = &container, .nin = 1}, not_contained = {.out = &container, .nout = 1};
	const struct gyr_names pathed = {.in = &path, .nin = 1};
	const char *dots = group[3];
	char number[32], number3[32];
	const char *id = number, *id3 = number3, *const both[] = {number3, number};
	const struct gyr_names dotted = {.in = &dots, .nin = 1}, dotted_id = {.in = &id3, .nin = 1};
	const struct gyr_names two_ids = {.in = both, .nin = 2};
	const struct gyr_names numbered = {.in = &id, .nin = 1};
	/* Of how many it is seen, of once outside and once in each group. */
	struct {
		struct gyr_filter_opts f;
		unsigned expected;
		uint64_t pid;
	} cases[] = {
		{.f = {.cgroup_trees = named}, .expected = 3},
		{.f = {.cgroup_trees = not_named}, .expected = 2},
		{.f = {.cgroups = named}, .expected = 1},
		{.f = {.cgroups = not_named}, .expected = 4},
		{.f = {.containers = contained}, .expected = 1},
		{.f = {.containers = not_contained}, .expected = 4},
		{.f = {.cgroup_trees = pathed, .containers = contained}, .expected = 2},
		{.f = {.cgroups = numbered}, .expected = 1},
		{.f = {.cgroup_trees = numbered}, .expected = 1},
		{.f = {.cgroups = dotted}, .expected = 1},
		{.f = {.cgroups = dotted_id}, .expected = 1},
		{.f = {.cgroups = two_ids}, .expected = 2},
	};
	const uint32_t self = (uint32_t)getpid();
	struct gyr_filter_opts f = {.events = "getppid", .pids = {.in = &self, .nin = 1}};
	struct gyr *g = filtered_open(&f);
	struct stat st;
	size_t i;

	ck_assert_int_eq(stat(group[1], &st), 0);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)st.st_ino);
	ck_assert_int_eq(stat(group[3], &st), 0);
	snprintf(number3, sizeof(number3), "%llu", (unsigned long long)st.st_ino);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i].f.events = "getppid";
		cases[i].pid = changed(g, &cases[i].f, act_groups, "a0123");
	}
	changed_finish(g);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(count(NULL, cases[i].pid) == cases[i].expected * CALLS, "%zu: %u", i,
			      count(NULL, cases[i].pid));
	cost_no_frames();
}

static bool mounted;
static char mount_point[] = "/tmp/gyr-cgroup-XXXXXX";

static bool find_hierarchy(void)
{
	const char *root = cgroup2_root();

	if (root) {
		strcpy(cgroup_root, root);
		return true;
	}
	if (!mkdtemp(mount_point))
		abort();
	mounted = mount("none", mount_point, "cgroup2", 0, NULL) == 0;
	if (!mounted) {
		printf("skipped: by_cgroup: no cgroup2 to be had: %s\n", strerror(errno));
		rmdir(mount_point);
		return false;
	}
	strcpy(cgroup_root, mount_point);
	return true;
}

/* In the process that forks the test: what they make is removed however that ends. */
static void make_groups(void)
{
	if (!find_hierarchy())
		return;
	if (asprintf(&group[0], "%s/gyr-test-%d", cgroup_root, getpid()) < 0 ||
	    asprintf(&group[1], "%s/below", group[0]) < 0 ||
	    asprintf(&group[2], "%s/docker-" CONTAINER ".scope", group[0]) < 0 ||
	    asprintf(&group[3], "%s/..gyr-test-%d", cgroup_root, getpid()) < 0)
		abort();
	for (int i = 0; i < 4; i++)
		mkdir(group[i], 0755);
}

static void remove_groups(void)
{
	/* The kernel lets go of the dead some time after they have been waited for. */
	for (int i = 3; i >= 0; i--) {
		for (int tries = 0; group[i] && tries < 100 && rmdir(group[i]) && errno == EBUSY; tries++)
			usleep(10000);
		free(group[i]);
	}
	if (mounted) {
		umount(mount_point);
		rmdir(mount_point);
	}
}

START_TEST(by_cgroup)
{
	if (!cgroup_root[0])
		return;
	for (int i = 0; i < 4; i++)
		ck_assert_msg(access(group[i], F_OK) == 0, "%s: %s", group[i], strerror(errno));
	by_groups();
}
END_TEST

/* ---- how much of the data ---- */

static int data_fds[5];

static void act_data(char what)
{
	static const char data[100];

	(void)what;
	for (int i = 0; i < 5; i++)
		if (write(data_fds[i], data, sizeof(data)) != sizeof(data))
			_exit(2);
}

START_TEST(snaplens)
{
	static const uint64_t expected[5] = {0, 7, 5, 3, 60};
	struct gyr_filter_opts f = {.events = "write",
				    .snaplen = 60,
				    .snaplen_of = {[GYR_DATA_OF_FILE] = GYR_SNAPLEN_NONE,
						   [GYR_DATA_OF_INET] = 7,
						   [GYR_DATA_OF_UNIX] = 5,
						   [GYR_DATA_OF_PIPE] = 3}};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9)};
	char path[] = "/tmp/gyr-filters-XXXXXX";
	int pair[2], ends[2];

	data_fds[0] = mkstemp(path);
	unlink(path);
	data_fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(connect(data_fds[1], (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	data_fds[2] = pair[0];
	ck_assert_int_eq(pipe(ends), 0);
	data_fds[3] = ends[1];
	data_fds[4] = open("/dev/null", O_WRONLY);
	capture(&f, act_data);
	ck_assert_uint_ge(nseen, 5); /* the sixth says that it is done */
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(seen[i].data_len, expected[i]);
}
END_TEST

static TCase *add_tests(Suite *suite, const char *name, const TTest *const *tests, size_t n)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 120);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	return tc;
}

int main(void)
{
	const TTest *const results[] = {failed_no, failed_only, failed_for_state, sampled, sampled_for_state, snaplens};
	const TTest *const callers[] = {by_comm, by_tid, by_uid, by_family, without_family};
	const TTest *const groups[] = {by_cgroup};
	Suite *suite;

	if (!live_possible("filters"))
		return LIVE_SKIP;
	suite = suite_create("filters");
	add_tests(suite, "results", results, sizeof(results) / sizeof(results[0]));
	add_tests(suite, "callers", callers, sizeof(callers) / sizeof(callers[0]));
	tcase_add_unchecked_fixture(add_tests(suite, "groups", groups, 1), make_groups, remove_groups);
	return run_suite(suite);
}

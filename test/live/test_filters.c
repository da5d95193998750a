/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a filter lets through, that nothing else costs a frame, and that it can be changed while a capture runs. */
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

#include "harness.h"
#include "internal.h"
#include "run.h"

#define NOBODY 65534

/* ---- a child that does as it is told, and says when it is done ---- */

struct child {
	int pid, to, from;
};

static struct child child_start(void (*act)(char what))
{
	int to[2], from[2];
	struct child c;
	char what;

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	c.pid = fork();
	if (c.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		while (read(to[0], &what, 1) == 1 && what != 'q') {
			act(what);
			if (write(from[1], "", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	ck_assert_int_gt(c.pid, 0);
	close(to[0]);
	close(from[1]);
	c.to = to[1];
	c.from = from[0];
	return c;
}

static void child_do(const struct child *c, char what)
{
	char done;

	ck_assert_int_eq(write(c->to, &what, 1), 1);
	ck_assert_int_eq(read(c->from, &done, 1), 1);
}

static void child_end(const struct child *c)
{
	int status;

	/* A closed pipe would not do: its other end may be open in another child, too. */
	ck_assert_int_eq(write(c->to, "q", 1), 1);
	close(c->to);
	close(c->from);
	ck_assert_int_eq(waitpid(c->pid, &status, 0), c->pid);
	ck_assert_int_eq(status, 0);
}

/* ---- a capture, and what was seen in it ---- */

struct got {
	char name[24], fd[64];
	uint64_t tid, pid, data_len;
	int64_t res;
	bool has_res;
};

static struct got seen[4096];
static size_t nseen;
static struct gyr_stats stats;

static struct gyr *open_filtered(struct gyr_filter_opts *f)
{
	static char why[512];
	struct gyr_live_opts o = {.sz = sizeof(o), .filter = f, .errbuf = why, .errbuf_sz = sizeof(why)};
	struct gyr *g = NULL;

	f->sz = sizeof(*f);
	ck_assert_msg(gyr_open_live(&o, &g) == 0, "%s", why);
	nseen = 0;
	return g;
}

static void change(struct gyr *g, struct gyr_filter_opts *f)
{
	f->sz = sizeof(*f);
	ck_assert_msg(gyr_filter_set(g, f) == 0, "%s", gyr_errmsg(g));
}

static void take(const struct gyr_event *ev)
{
	const struct gyr_fd *fd = gyr_event_fd(ev);
	struct gyr_param data;
	struct got *s = &seen[nseen];

	ck_assert_uint_lt(nseen, sizeof(seen) / sizeof(seen[0]));
	nseen++;
	snprintf(s->name, sizeof(s->name), "%s", gyr_event_name(ev));
	snprintf(s->fd, sizeof(s->fd), "%s", fd ? gyr_fd_name(fd) : "");
	s->tid = gyr_event_tid(ev);
	s->pid = gyr_thread_pid(gyr_event_thread(ev));
	s->has_res = gyr_event_res(ev, &s->res);
	s->data_len = gyr_event_param_by_name(ev, "data", &data) ? UINT64_MAX : data.len;
}

static void drain(struct gyr *g, int timeout_ms)
{
	const struct gyr_event *ev;

	while (gyr_next(g, &ev, timeout_ms) == 1)
		take(ev);
}

/* All that there is, and the end of it. */
static void finish(struct gyr *g)
{
	ck_assert_int_eq(gyr_stop(g), 0);
	drain(g, LIVE_PATIENCE);
	stats = (struct gyr_stats){.sz = sizeof(stats)};
	ck_assert_int_eq(gyr_stats_read(g, &stats), 0);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(stats.produced, stats.delivered + stats.lost);
	if (!live_preempts())
		ck_assert_uint_eq(stats.lost, 0);
	gyr_close(g);
}

static unsigned count(const char *name, uint64_t tid)
{
	unsigned n = 0;

	for (size_t i = 0; i < nseen; i++)
		n += (!name || !strcmp(seen[i].name, name)) && (!tid || seen[i].tid == tid);
	return n;
}

static unsigned count_of_process(uint64_t pid)
{
	unsigned n = 0;

	for (size_t i = 0; i < nseen; i++)
		n += seen[i].pid == pid;
	return n;
}

/* What the driver made, for whatever reason. */
static uint64_t frames(void)
{
	return stats.produced + stats.state_only;
}

/* One capture of one thing that a child does. */
static int capture(struct gyr_filter_opts *f, void (*act)(char what))
{
	struct child c = child_start(act);
	uint32_t pid = (uint32_t)c.pid;
	struct gyr *g;

	if (!f->pids.nin)
		f->pids = (struct gyr_ids){.in = &pid, .nin = 1, .out = f->pids.out, .nout = f->pids.nout};
	g = open_filtered(f);
	child_do(&c, 'a');
	finish(g);
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
	ck_assert_uint_eq(frames(), 3 * FAILURES + 2); /* the open and the close that the tables need */
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

static void *in_thread(void *comm)
{
	if (comm)
		prctl(PR_SET_NAME, comm);
	syscall(SYS_getppid);
	return NULL;
}

static void act_threads(char what)
{
	pthread_t t;

	(void)what;
	prctl(PR_SET_NAME, "first");
	syscall(SYS_getppid);
	if (pthread_create(&t, NULL, in_thread, "second") || pthread_join(t, NULL))
		_exit(2);
}

/* Who a filter is for: a child of its own each, in one capture. */
static uint64_t changed(struct gyr *g, struct gyr_filter_opts *f, void (*act)(char what), const char *letters)
{
	struct child c = child_start(act);

	change(g, f);
	for (; *letters; letters++)
		child_do(&c, *letters);
	child_end(&c);
	return (uint64_t)c.pid;
}

START_TEST(by_comm)
{
	const char *first = "first", *both[] = {"first", "second"};
	struct gyr_filter_opts f = {.events = "getppid", .comms = {.in = &first, .nin = 1}};
	struct gyr *g = open_filtered(&f);
	uint64_t in, out, two, last;

	in = changed(g, &f, act_threads, "a");
	f.comms = (struct gyr_names){.out = &first, .nout = 1};
	out = changed(g, &f, act_threads, "a");
	f.comms = (struct gyr_names){.in = both, .nin = 2};
	two = changed(g, &f, act_threads, "a");
	f.comms = (struct gyr_names){.in = both, .nin = 2, .out = &first, .nout = 1};
	last = changed(g, &f, act_threads, "a");
	finish(g);
	ck_assert_uint_eq(count_of_process(in), 1);
	ck_assert_uint_eq(count(NULL, in), 1);
	ck_assert_uint_eq(count(NULL, out), 0);
	ck_assert_uint_ge(count_of_process(out), 1);
	ck_assert_uint_eq(count_of_process(two), 2);
	ck_assert_uint_eq(count_of_process(last), 1);
	ck_assert_uint_eq(count(NULL, last), 0);
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
		struct gyr *g = open_filtered(&f);

		child_do(&c, 'a');
		finish(g);
		child_end(&c);
		ck_assert_uint_eq(nseen, 1);
		ck_assert_int_eq(seen[0].tid == pid, !out);
	}
}
END_TEST

/* What the one user opens the other one reads. */
static void act_users(char what)
{
	int fd = open("/etc/hostname", O_RDONLY);
	char c;

	(void)what;
	if (syscall(SYS_pread64, fd, &c, 1, 0) != 1 || syscall(SYS_setresuid, -1, NOBODY, -1) ||
	    syscall(SYS_pread64, fd, &c, 1, 0) != 1 || syscall(SYS_pread64, fd, &c, 1, 0) != 1 ||
	    syscall(SYS_setresuid, -1, 0, -1))
		_exit(2);
	close(fd);
}

START_TEST(by_uid)
{
	const uint32_t nobody = NOBODY;
	struct gyr_filter_opts f = {.events = "pread", .uids = {.in = &nobody, .nin = 1}};

	capture(&f, act_users);
	ck_assert_uint_eq(nseen, 2);
	ck_assert_str_eq(seen[0].fd, "/etc/hostname");
	f = (struct gyr_filter_opts){.events = "pread", .uids = {.out = &nobody, .nout = 1}};
	capture(&f, act_users);
	ck_assert_uint_eq(nseen, 1);
}
END_TEST

static void act_family(char what)
{
	int pid;

	syscall(SYS_getppid);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_getuid);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	(void)what;
}

START_TEST(by_family)
{
	struct gyr_filter_opts f = {.events = "getppid,getuid"};
	struct child a = child_start(act_family), b = child_start(act_family);
	uint32_t pids[2] = {(uint32_t)a.pid, (uint32_t)b.pid};
	struct gyr *g;

	capture(&f, act_family);
	ck_assert(nseen == 1 && count("getppid", 0) == 1);
	f = (struct gyr_filter_opts){.events = "getppid,getuid", .follow = true};
	capture(&f, act_family);
	ck_assert(nseen == 2 && count("getuid", 0) == 1);
	/* Of all but a's family. */
	f = (struct gyr_filter_opts){.events = "getppid,getuid", .follow = true, .pids = {.out = pids, .nout = 1}};
	g = open_filtered(&f);
	child_do(&a, 'a');
	child_do(&b, 'a');
	finish(g);
	ck_assert_uint_eq(count(NULL, pids[0]), 0);
	ck_assert_uint_eq(count("getppid", pids[1]), 1);
	child_end(&a);
	child_end(&b);
}
END_TEST

/* ---- by cgroup ---- */

#define CONTAINER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static char cgroup_root[256];

static bool find_cgroup2(void)
{
	char line[1024];
	FILE *f = fopen("/proc/mounts", "re");

	while (f && !cgroup_root[0] && fgets(line, sizeof(line), f)) {
		char at[256], type[32];

		if (sscanf(line, "%*s %255s %31s", at, type) == 2 && !strcmp(type, "cgroup2"))
			strcpy(cgroup_root, at);
	}
	if (f)
		fclose(f);
	return cgroup_root[0];
}

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
	syscall(SYS_getppid);
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
	/* How often it is seen, of once outside and once in each group. */
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
	struct gyr_filter_opts f = {.events = "getppid", .failed = GYR_FAILED_ONLY};
	struct gyr *g = open_filtered(&f);
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
	finish(g);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(count(NULL, cases[i].pid) == cases[i].expected, "%zu: %u", i, count(NULL, cases[i].pid));
}

static void remove_groups(void)
{
	/* The kernel lets go of the dead some time after they have been waited for. */
	for (int i = 3; i >= 0; i--) {
		for (int tries = 0; tries < 100 && rmdir(group[i]) && errno == EBUSY; tries++)
			usleep(10000);
		free(group[i]);
	}
}

START_TEST(by_cgroup)
{
	bool mounted = false;
	char dir[] = "/tmp/gyr-cgroup-XXXXXX";

	if (!find_cgroup2()) {
		ck_assert_ptr_nonnull(mkdtemp(dir));
		mounted = mount("none", dir, "cgroup2", 0, NULL) == 0;
		if (!mounted) {
			printf("skipped: by_cgroup: no cgroup2 to be had: %s\n", strerror(errno));
			rmdir(dir);
			return;
		}
		strcpy(cgroup_root, dir);
	}
	if (asprintf(&group[0], "%s/gyr-test-%d", cgroup_root, getpid()) < 0 ||
	    asprintf(&group[1], "%s/below", group[0]) < 0 ||
	    asprintf(&group[2], "%s/docker-" CONTAINER ".scope", group[0]) < 0 ||
	    asprintf(&group[3], "%s/..gyr-test-%d", cgroup_root, getpid()) < 0)
		abort();
	for (int i = 0; i < 4; i++)
		ck_assert_msg(mkdir(group[i], 0755) == 0, "%s: %s", group[i], strerror(errno));
	by_groups();
	remove_groups();
	if (mounted) {
		umount(dir);
		rmdir(dir);
	}
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

/* ---- changes ---- */

static void act_by_letter(char what)
{
	char path[2][16] = {"/etc/passwd", "/etc/hostname"}, c;
	int fd;

	switch (what) {
	case 'c':
		for (int i = 0; i < 5; i++) {
			syscall(SYS_getppid);
			syscall(SYS_getuid);
			syscall(SYS_setpgid, 0, -1);
		}
		break;
	case '0':
	case '1':
		fd = open(path[what - '0'], O_RDONLY);
		dup2(fd, 200);
		close(fd);
		break;
	case 'r':
		if (syscall(SYS_pread64, 200, &c, 1, 0) != 1)
			_exit(6);
		break;
	case 'f':
		act_family(what);
		break;
	}
}

/* From one kind of event to another, whose program may not have been loaded yet; and back. */
START_TEST(change_events)
{
	static const char *const kinds[] = {"getppid", "setpgid", "getuid", "getppid", "setpgid,getuid"};
	struct child c = child_start(act_by_letter);
	uint32_t pid = (uint32_t)c.pid;
	struct gyr_filter_opts f = {.events = "getpgid", .pids = {.in = &pid, .nin = 1}};
	struct gyr *g = open_filtered(&f);
	size_t i;

	child_do(&c, 'c');
	for (i = 0; i < 5; i++) {
		f.events = kinds[i];
		change(g, &f);
		child_do(&c, 'c');
	}
	finish(g);
	child_end(&c);
	ck_assert_uint_eq(nseen, 30);
	for (i = 0; i < 20; i++)
		ck_assert_str_eq(seen[i].name, kinds[i / 5]);
	for (; i < 30; i++)
		ck_assert_str_eq(seen[i].name, i % 2 ? "setpgid" : "getuid");
}
END_TEST

static void expect_refused(struct gyr *g, struct gyr_filter_opts *f, int err, const char *why)
{
	f->sz = sizeof(*f);
	ck_assert_int_eq(gyr_filter_set(g, f), err);
	ck_assert_msg(strstr(gyr_errmsg(g), why), "%s", gyr_errmsg(g));
}

/* A change that fails changes nothing. */
START_TEST(change_refused)
{
	struct child c = child_start(act_by_letter);
	uint32_t pid = (uint32_t)c.pid;
	const char *none = "/there/is/none", *empty = "";
	struct gyr_filter_opts f = {.events = "getppid", .pids = {.in = &pid, .nin = 1}}, bad;
	struct gyr *g = open_filtered(&f);

	bad = (struct gyr_filter_opts){.events = "getpppid"};
	expect_refused(g, &bad, -EINVAL, "did you mean");
	bad = (struct gyr_filter_opts){.events = "getuid", .sample = "getuid"};
	expect_refused(g, &bad, -EINVAL, "no sample");
	bad = (struct gyr_filter_opts){.events = "getuid", .comms = {.in = &empty, .nin = 1}};
	expect_refused(g, &bad, -EINVAL, "empty");
	bad = (struct gyr_filter_opts){.events = "getuid", .cgroups = {.in = &none, .nin = 1}};
	expect_refused(g, &bad, find_cgroup2() ? -ENOENT : -EOPNOTSUPP, "cgroup");
	bad = (struct gyr_filter_opts){.events = "getuid", .snaplen = 1 << 20};
	expect_refused(g, &bad, -EINVAL, "snaplen");
	bad = (struct gyr_filter_opts){.events = "getuid", .failed = 7};
	expect_refused(g, &bad, -EINVAL, "failed");
	child_do(&c, 'c');
	ck_assert_int_eq(gyr_stop(g), 0);
	bad = (struct gyr_filter_opts){.events = "getuid"};
	expect_refused(g, &bad, -EINVAL, "stopped");
	finish(g);
	child_end(&c);
	ck_assert_uint_eq(nseen, 5);
	ck_assert_uint_eq(count("getppid", pid), 5);
}
END_TEST

static int start_looping(void)
{
	int pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			syscall(SYS_getppid);
			syscall(SYS_getuid);
			usleep(50);
		}
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

#define CHANGES	  20
#define CHANGE_MS 40

/* Two who do the same: of the one this is wanted, of the other that, and never the other way about. */
START_TEST(change_at_once)
{
	uint32_t pids[2] = {(uint32_t)start_looping(), (uint32_t)start_looping()};
	struct gyr_filter_opts f[2] = {
		{.events = "getppid", .pids = {.in = &pids[0], .nin = 1}},
		{.events = "getuid", .pids = {.in = &pids[1], .nin = 1}},
	};
	struct gyr *g = open_filtered(&f[1]);
	unsigned got[2] = {0, 0};
	const struct gyr_event *ev;

	for (int i = 0; i <= CHANGES; i++) {
		int64_t until = live_ms() + CHANGE_MS;

		if (i == CHANGES)
			ck_assert_int_eq(gyr_stop(g), 0);
		else
			change(g, &f[i % 2]);
		while (gyr_next(g, &ev, i == CHANGES ? LIVE_PATIENCE : 5) == 1) {
			bool second = !strcmp(gyr_event_name(ev), "getuid");

			ck_assert_uint_eq(gyr_event_tid(ev), pids[second]);
			got[second]++;
			if (i < CHANGES && live_ms() >= until)
				break;
		}
	}
	stats = (struct gyr_stats){.sz = sizeof(stats)};
	ck_assert_int_eq(gyr_stats_read(g, &stats), 0);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(stats.produced, stats.delivered + stats.lost);
	ck_assert(got[0] > 0 && got[1] > 0);
	gyr_close(g);
	for (int i = 0; i < 2; i++) {
		kill((int)pids[i], SIGKILL);
		waitpid((int)pids[i], NULL, 0);
	}
}
END_TEST

/* What a process did while it was outside is found out when it is inside again. */
START_TEST(change_processes)
{
	struct child a = child_start(act_by_letter), b = child_start(act_by_letter);
	uint32_t pids[2] = {(uint32_t)a.pid, (uint32_t)b.pid};
	struct gyr_filter_opts f[2] = {{.events = "pread", .pids = {.in = &pids[0], .nin = 1}},
				       {.events = "pread", .pids = {.in = &pids[1], .nin = 1}}};
	struct gyr *g;

	child_do(&a, '0');
	child_do(&b, '0');
	g = open_filtered(&f[0]);
	child_do(&a, 'r');
	child_do(&b, '1');
	child_do(&b, 'r');
	change(g, &f[1]);
	child_do(&a, '1');
	child_do(&a, 'r');
	child_do(&b, 'r');
	drain(g, 100);
	change(g, &f[0]);
	child_do(&a, 'r');
	child_do(&b, 'r');
	finish(g);
	ck_assert_uint_eq(nseen, 3);
	ck_assert(seen[0].tid == pids[0] && seen[1].tid == pids[1] && seen[2].tid == pids[0]);
	ck_assert_str_eq(seen[0].fd, "/etc/passwd");
	ck_assert_str_eq(seen[1].fd, "/etc/hostname");
	ck_assert_str_eq(seen[2].fd, "/etc/hostname");
	child_end(&a);
	child_end(&b);
}
END_TEST

/* A child that lives on, and does something when it gets a signal. */
static int grandchild;

static void on_signal(int sig)
{
	(void)sig;
	syscall(SYS_getuid);
}

static void act_descendant(char what)
{
	if (what == 'b') {
		signal(SIGUSR1, on_signal);
		grandchild = fork();
		if (grandchild == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		return;
	}
	kill(grandchild, SIGUSR1);
	usleep(50000);
	if (what == 'e') {
		kill(grandchild, SIGKILL);
		waitpid(grandchild, NULL, 0);
	}
}

/* Who is followed already stays so, as long as the root of the family is in the list. */
START_TEST(change_keeps_family)
{
	struct child c = child_start(act_descendant), other = child_start(act_descendant);
	uint32_t pid = (uint32_t)c.pid, pid2 = (uint32_t)other.pid;
	struct gyr_filter_opts f = {.events = "getuid", .pids = {.in = &pid, .nin = 1}, .follow = true};
	struct gyr_filter_opts f2 = {.events = "getuid", .pids = {.in = &pid2, .nin = 1}, .follow = true};
	struct gyr *g = open_filtered(&f);

	child_do(&c, 'b');
	child_do(&c, 's');
	f.snaplen = 10;
	change(g, &f);
	child_do(&c, 's');
	change(g, &f2);
	child_do(&c, 'e');
	finish(g);
	child_end(&c);
	child_end(&other);
	ck_assert_uint_eq(count("getuid", 0), 2);
}
END_TEST

static void add_tests(Suite *suite, const char *name, const TTest *const *tests, size_t n)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 120);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
}

static unsigned int count_spans(const struct gyr *g)
{
	const struct span *s;
	unsigned int n = 0;

	for (s = g->span; s; s = s->next)
		n++;
	return n;
}

/* What a filter leaves behind goes although no event comes. */
START_TEST(change_in_quiet)
{
	struct child c = child_start(act_by_letter);
	uint32_t pid = (uint32_t)c.pid;
	struct gyr_filter_opts f = {.sz = sizeof(f), .events = "getppid", .pids = {.in = &pid, .nin = 1}};
	struct gyr *g = open_filtered(&f);
	const struct gyr_event *ev;

	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(gyr_filter_set(g, &f), 0);
	ck_assert_uint_eq(count_spans(g), 21);
	for (int tries = 0; tries < 1000 && count_spans(g) > 1; tries++)
		ck_assert_int_eq(gyr_next(g, &ev, 10), 0);
	ck_assert_uint_eq(count_spans(g), 1);
	child_do(&c, 'c');
	finish(g);
	child_end(&c);
	ck_assert_uint_eq(count("getppid", pid), 5);
}
END_TEST

int main(void)
{
	const TTest *const results[] = {failed_no, failed_only, failed_for_state, sampled, sampled_for_state, snaplens};
	const TTest *const callers[] = {by_comm, by_tid, by_uid, by_family, by_cgroup};
	const TTest *const changes[] = {change_events,	  change_refused,      change_at_once,
					change_processes, change_keeps_family, change_in_quiet};
	Suite *suite;

	if (!live_possible("filters"))
		return LIVE_SKIP;
	suite = suite_create("filters");
	add_tests(suite, "results", results, sizeof(results) / sizeof(results[0]));
	add_tests(suite, "callers", callers, sizeof(callers) / sizeof(callers[0]));
	add_tests(suite, "changes", changes, sizeof(changes) / sizeof(changes[0]));
	return run_suite(suite);
}

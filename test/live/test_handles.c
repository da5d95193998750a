/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Several handles in one process, and nothing left of any of them. */
#include <check.h>
#include <dirent.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

#define CALLS 2000
/* The first with all programs, which takes many seconds in a guest: a leak shows after one. Fewer have to do there. */
#define CYCLES	   50
#define CYCLES_MIN 5
#define CYCLES_MS  8000

static int spawn_caller(void)
{
	int pid;

	live_prepare();
	pid = fork();
	if (pid == 0) {
		live_hold();
		for (int i = 0; i < CALLS; i++)
			syscall(SYS_setpgid, 0, -1 - i);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

struct record {
	uint64_t ts, tid;
	int64_t pgid;
	uint16_t cpu;
};

static void read_records(struct gyr *g, struct record *out)
{
	const struct gyr_event *ev;
	struct gyr_param p;

	for (int i = 0; i < CALLS; i++) {
		ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
		ck_assert_str_eq(gyr_event_name(ev), "setpgid");
		ck_assert_int_eq(gyr_event_param_by_name(ev, "pgid", &p), 0);
		out[i] = (struct record){gyr_event_ts(ev), gyr_event_tid(ev), p.s64, gyr_event_cpu(ev)};
	}
}

/* The clocks of two programs on one call differ; all else is the same. */
START_TEST(two_see_the_same)
{
	static struct record a[CALLS], b[CALLS];
	int pid = spawn_caller();
	struct gyr *first = live_open_or_fail("setpgid", &pid, 1, 0);
	struct gyr *second = live_open_or_fail("setpgid", &pid, 1, 0);

	live_release(pid);
	read_records(first, a);
	read_records(second, b);
	for (int i = 0; i < CALLS; i++) {
		ck_assert_int_eq(a[i].pgid, -1 - i);
		ck_assert_int_eq(b[i].pgid, -1 - i);
		ck_assert_uint_eq(a[i].tid, (uint64_t)pid);
		ck_assert_uint_eq(b[i].tid, (uint64_t)pid);
		ck_assert_uint_eq(a[i].cpu, b[i].cpu);
	}
	/* The end of one is nothing to the other. */
	gyr_close(first);
	waitpid(pid, NULL, 0);
	pid = spawn_caller();
	gyr_close(second);
	second = live_open_or_fail("setpgid", &pid, 1, 0);
	first = live_open_or_fail("setpgid", &pid, 1, 0);
	gyr_close(first);
	live_release(pid);
	read_records(second, b);
	gyr_close(second);
	waitpid(pid, NULL, 0);
}
END_TEST

/* A handle sees what it asked for and not what its neighbour did. */
START_TEST(each_its_own)
{
	int one = spawn_caller(), other = spawn_caller();
	struct gyr *a = live_open_or_fail("setpgid", &one, 1, 0),
		   *b = live_open_or_fail("@process,!setpgid", &other, 1, 0);
	static struct record rec[CALLS];
	const struct gyr_event *ev;
	int of_other = 0;

	live_release(one);
	live_release(other);
	read_records(a, rec);
	for (int i = 0; i < CALLS; i++)
		ck_assert_uint_eq(rec[i].tid, (uint64_t)one);
	waitpid(one, NULL, 0);
	waitpid(other, NULL, 0);
	ck_assert_int_eq(gyr_stop(a), 0);
	ck_assert_int_eq(gyr_stop(b), 0);
	ck_assert_int_eq(gyr_next(a, &ev, 1000), 0);
	while (gyr_next(b, &ev, 1000) == 1) {
		ck_assert_uint_eq(gyr_event_tid(ev), (uint64_t)other);
		ck_assert_str_ne(gyr_event_name(ev), "setpgid");
		of_other++;
	}
	ck_assert_int_gt(of_other, 0);
	gyr_close(a);
	gyr_close(b);
}
END_TEST

/*
 * The kernel's objects of this process, by the ids that fdinfo has: counts over the host would count the neighbours'
 * too.
 */
#define IDS_MAX 16384

struct ids {
	uint32_t id[IDS_MAX];
	unsigned n;
};

struct objects {
	struct ids progs, maps, links;
};

struct traces {
	unsigned fds, perf, mappings;
};

static void add_id(struct ids *ids, uint32_t id)
{
	for (unsigned i = 0; i < ids->n; i++)
		if (ids->id[i] == id)
			return;
	ck_assert_uint_lt(ids->n, IDS_MAX);
	ids->id[ids->n++] = id;
}

static void add_objects_of_fd(const char *fd, struct objects *o)
{
	char path[300], line[256];
	uint32_t id;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "prog_id: %u", &id) == 1)
			add_id(&o->progs, id);
		if (sscanf(line, "map_id: %u", &id) == 1)
			add_id(&o->maps, id);
		if (sscanf(line, "link_id: %u", &id) == 1)
			add_id(&o->links, id);
	}
	if (f)
		fclose(f);
}

static void add_objects(struct objects *o)
{
	struct dirent *e;
	DIR *d = opendir("/proc/self/fdinfo");

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)))
		add_objects_of_fd(e->d_name, o);
	closedir(d);
}

static bool is_there(int cmd, uint32_t id)
{
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id; /* the same place as map_id and link_id */
	fd = syscall(SYS_bpf, cmd, &attr, sizeof(attr));
	if (fd >= 0)
		close((int)fd);
	return fd >= 0 || errno != ENOENT;
}

/* The kernel frees objects some time after the last fd is gone. */
static unsigned count_left(int cmd, const struct ids *ids)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	unsigned left;

	do {
		left = 0;
		for (unsigned i = 0; i < ids->n; i++)
			left += is_there(cmd, ids->id[i]);
		if (left)
			usleep(20000);
	} while (left && live_ms() < until);
	return left;
}

static unsigned count_fds(const char *link_part)
{
	struct dirent *e;
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d))) {
		char to[256];
		ssize_t len = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);

		if (len <= 0)
			continue;
		to[len] = 0;
		n += !link_part || strstr(to, link_part);
	}
	closedir(d);
	return n;
}

/* Only those of the library: an allocator's come and go. */
static unsigned count_mappings(void)
{
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned n = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "perf_event") || strstr(line, "bpf-map") || strstr(line, "bpf_map");
	fclose(f);
	return n;
}

static struct traces traces(void)
{
	return (struct traces){count_fds(NULL), count_fds("perf_event"), count_mappings()};
}

static void check_traces(const struct traces *before)
{
	struct traces after = traces();

	ck_assert_uint_eq(after.fds, before->fds);
	ck_assert_uint_eq(after.perf, before->perf);
	ck_assert_uint_eq(after.mappings, before->mappings);
}

START_TEST(open_and_close_leave_nothing)
{
	static struct objects own;
	struct traces before, during;
	int64_t until = live_ms() + CYCLES_MS;
	size_t i;

	before = traces();
	for (i = 0; i < CYCLES && (i < CYCLES_MIN || live_ms() < until); i++) {
		struct gyr *g = live_open_or_fail(i ? "getppid" : NULL, NULL, 0, 0);
		const struct gyr_event *ev;

		add_objects(&own);
		during = traces();
		ck_assert_uint_gt(during.perf, before.perf);
		ck_assert_uint_gt(during.mappings, before.mappings);
		if (i % 3 == 0)
			gyr_next(g, &ev, 0);
		if (i % 2)
			gyr_stop(g);
		gyr_close(g);
		check_traces(&before);
	}
	ck_assert_uint_ge(own.progs.n, i);
	ck_assert_uint_ge(own.maps.n, i);
	ck_assert_uint_ge(own.links.n, i);
	ck_assert_uint_eq(count_left(BPF_PROG_GET_FD_BY_ID, &own.progs), 0);
	ck_assert_uint_eq(count_left(BPF_MAP_GET_FD_BY_ID, &own.maps), 0);
	ck_assert_uint_eq(count_left(BPF_LINK_GET_FD_BY_ID, &own.links), 0);
}
END_TEST

/* An open that fails leaves as little. */
START_TEST(failed_open_leaves_nothing)
{
	struct traces before = traces();
	char why[256];
	struct gyr *g;

	for (int i = 0; i < 10; i++) {
		struct gyr_live_opts o = {
			.sz = sizeof(o),
			.events = i % 2 ? "no_such_event" : NULL,
			.probe = i % 2 ? NULL : "/bin/true",
			.errbuf = why,
			.errbuf_sz = sizeof(why),
		};

		why[0] = 0;
		ck_assert_int_lt(gyr_open_live(&o, &g), 0);
		ck_assert_ptr_null(g);
		ck_assert_str_ne(why, "");
		check_traces(&before);
	}
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("handles"))
		return LIVE_SKIP;
	suite = suite_create("handles");
	tc = tcase_create("handles");
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, two_see_the_same);
	tcase_add_test(tc, each_its_own);
	tcase_add_test(tc, open_and_close_leave_nothing);
	tcase_add_test(tc, failed_open_leaves_nothing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

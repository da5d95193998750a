/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The side of the parent: one capture for all cases of a family, and a test for each verdict. */
#include <check.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "internal.h"
#include "run.h"
#include "script.h"

/* check's loop tests get an index and nothing else. */
static struct family fam;

bool live_possible(const char *suite)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	union bpf_attr attr;
	long fd;

	if (geteuid() != 0) {
		printf("%s: skipped: needs root\n", suite);
		return false;
	}
	/* Before 5.11 maps count as locked memory, and what is freed does for a while yet. */
	setrlimit(RLIMIT_MEMLOCK, &all);
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0) {
		printf("%s: skipped: this kernel, or the sandbox around, refuses bpf(2): %s\n", suite, strerror(errno));
		return false;
	}
	close((int)fd);
	if (access("/sys/kernel/btf/vmlinux", R_OK) && !getenv("GYR_BTF")) {
		printf("%s: skipped: no /sys/kernel/btf/vmlinux, and no GYR_BTF\n", suite);
		return false;
	}
	return true;
}

struct gyr *live_begin(struct gyr_live_opts *o)
{
	static char why[512];
	struct gyr *g = NULL;
	int err;

	o->sz = sizeof(*o);
	o->errbuf = why;
	o->errbuf_sz = sizeof(why);
	err = gyr_open_live(o, &g);
	ck_assert_msg(err == 0, "gyr_open_live: %d: %s", err, why);
	return g;
}

struct gyr *live_open_or_fail(const char *events, const int *pids, size_t npids, size_t ring_bytes)
{
	return live_begin(&(struct gyr_live_opts){
		.events = events,
		.pids = pids,
		.npids = npids,
		.follow = npids > 0,
		.ring_bytes = ring_bytes,
	});
}

struct gyr_stats live_account(struct gyr *g)
{
	struct gyr_stats st = {.sz = sizeof(st)};

	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	ck_assert_uint_eq(st.pending, 0);
	ck_assert_uint_eq(st.produced, st.delivered + st.lost);
	ck_assert_uint_eq(st.lost, st.lost_busy);
	if (!live_preempts())
		ck_assert_uint_eq(st.lost, 0);
	return st;
}

void live_finish(struct gyr *g)
{
	const struct gyr_event *ev;

	ck_assert_int_eq(gyr_stop(g), 0);
	while (gyr_next(g, &ev, LIVE_PATIENCE) > 0)
		;
	live_account(g);
	gyr_close(g);
}

int live_start(void (*act)(void))
{
	int pid;

	live_prepare();
	pid = fork();
	if (pid == 0) {
		live_hold();
		act();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

void live_let_go(int pid)
{
	int status;

	live_release(pid);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void child_main(struct script *sc, const struct live_case *c)
{
	live_script = sc;
	sc->of = c->of;
	setpgid(0, 0);
	if (c->before)
		c->before();
	live_hold();
	c->run();
	sc->finished = true;
	_exit(0);
}

struct script *script_new(void)
{
	struct script *sc = mmap(NULL, sizeof(*sc), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (sc == MAP_FAILED)
		abort();
	return sc;
}

static void spawn(struct family *f, size_t i)
{
	struct script *sc = script_new();
	int pid;

	f->scripts[i] = sc;
	snprintf(sc->dir, sizeof(sc->dir), "/tmp/gyr-live-XXXXXX");
	if (!mkdtemp(sc->dir))
		abort();
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child_main(sc, &f->cases[i]);
	if (pid < 0)
		abort();
	sc->pid = pid;	   /* by the parent only: the memory is shared */
	setpgid(pid, pid); /* by whoever is first: it must be done when the child is to be killed */
}

bool family_pump(struct family *f, int timeout_ms)
{
	const struct gyr_event *ev;
	int got = gyr_next(f->g, &ev, timeout_ms);

	if (got < 0 && got != -EINTR && !f->common &&
	    asprintf(&f->common, "gyr_next: %d: %s", got, gyr_errmsg(f->g)) < 0)
		abort();
	if (got <= 0)
		return false;
	*f->tail = seen_copy(ev);
	f->tail = &(*f->tail)->next;
	return true;
}

/* A workload that ends half-way has not stated all that it should: what it did state does not make it good. */
void family_check_end(struct script *sc, const struct live_case *c, int status)
{
	if (sc->trouble[0] || sc->skipped)
		return;
	if (WIFSIGNALED(status))
		snprintf(sc->trouble, sizeof(sc->trouble), "it died of signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) || (!sc->finished && !c->execs))
		snprintf(sc->trouble, sizeof(sc->trouble), "it ended half-way, with %d", WEXITSTATUS(status));
}

static void run_case(struct family *f, size_t i)
{
	struct script *sc = f->scripts[i];
	int64_t until = live_ms() + LIVE_PATIENCE;
	int status;

	live_release(sc->pid);
	while (waitpid(sc->pid, &status, WNOHANG) == 0) {
		family_pump(f, 5);
		if (live_ms() > until) {
			kill(-sc->pid, SIGKILL);
			waitpid(sc->pid, &status, 0);
			snprintf(sc->trouble, sizeof(sc->trouble), "it did not end in %d ms", LIVE_PATIENCE);
			break;
		}
	}
	/* What the workload left behind; its own process group, so nobody else's. */
	kill(-sc->pid, SIGKILL);
	family_check_end(sc, &f->cases[i], status);
}

static void judge_common(struct family *f)
{
	struct gyr_stats st = {.sz = sizeof(st)};
	uint64_t last = 0;
	int err;

	err = gyr_stats_read(f->g, &st);
	if (!f->common && (err || st.lost || st.pending || st.produced != st.delivered))
		if (asprintf(&f->common,
			     "stats: %d: produced=%llu delivered=%llu pending=%llu lost=%llu (bug %llu, full %llu, "
			     "busy %llu)",
			     err, (unsigned long long)st.produced, (unsigned long long)st.delivered,
			     (unsigned long long)st.pending, (unsigned long long)st.lost,
			     (unsigned long long)st.lost_bug, (unsigned long long)st.lost_ring_full,
			     (unsigned long long)st.lost_busy) < 0)
			abort();
	for (const struct seen *s = f->seen; s; s = s->next) {
		if (s->ts < last && !f->common && asprintf(&f->common, "out of order: %s", s->text) < 0)
			abort();
		last = s->ts;
	}
}

bool live_kernel_before(int major, int minor)
{
	int its_major, its_minor;
	struct utsname host;

	if (uname(&host) || sscanf(host.release, "%d.%d", &its_major, &its_minor) != 2)
		abort();
	return its_major < major || (its_major == major && its_minor < minor);
}

bool live_preempts(void)
{
	return !live_kernel_before(7, 2);
}

/* The names of those that are captured here: LIVE_EVENTS has what other machines have, too. NULL: all. */
static char *names_here(const char *events)
{
	char *here = NULL, *all = events ? strdup(events) : NULL, *at = all, *name;
	size_t len;
	FILE *f;

	if (!events)
		return NULL;
	f = open_memstream(&here, &len);
	if (!f || !all)
		abort();
	while ((name = strsep(&at, ","))) {
		struct selection s = {0};
		struct gyr_diag d = {0};

		if (selection_parse(&s, name, &d) == 0)
			fprintf(f, "%s%s", ftell(f) ? "," : "", name);
	}
	fclose(f);
	free(all);
	return here;
}

int family_open(struct family *f, const int *pids, size_t npids)
{
	char why[512] = "", *events = names_here(f->asks.events);
	struct gyr_live_opts o = {
		.sz = sizeof(o),
		.events = events,
		.follow = true,
		.enter = f->asks.enter,
		.pids = pids,
		.npids = npids,
		.errbuf = why,
		.errbuf_sz = sizeof(why),
	};
	int err = gyr_open_live(&o, &f->g);

	if (err && asprintf(&f->common, "gyr_open_live: %d: %s", err, why) < 0)
		abort();
	free(events);
	return err;
}

static int open_family(struct family *f)
{
	int *pids = calloc(f->n, sizeof(*pids));
	int err;

	if (!pids)
		abort();
	for (size_t i = 0; i < f->n; i++)
		pids[i] = f->scripts[i]->pid;
	err = family_open(f, pids, f->n);
	free(pids);
	return err;
}

/* Runs the cases; false: there is no capture. */
static bool run_cases(struct family *f)
{
	live_prepare();
	for (size_t i = 0; i < f->n; i++)
		spawn(f, i);
	if (open_family(f)) {
		for (size_t i = 0; i < f->n; i++) {
			kill(f->scripts[i]->pid, SIGKILL);
			waitpid(f->scripts[i]->pid, NULL, 0);
		}
		return false;
	}
	for (size_t i = 0; i < f->n; i++)
		run_case(f, i);
	return true;
}

static void capture(struct family *f)
{
	int64_t until;

	if (!(f->prepare ? nursery_run(f) : run_cases(f)))
		return;
	gyr_stop(f->g);
	until = live_ms() + LIVE_PATIENCE;
	while (family_pump(f, 100) && live_ms() < until)
		;
	judge_common(f);
	gyr_close(f->g);
}

START_TEST(verdict)
{
	/* libcheck takes 8 KiB. */
	ck_assert_msg(!fam.verdicts[_i], "%s: %.7000s", fam.cases[_i].name, fam.verdicts[_i]);
}
END_TEST

START_TEST(whole_capture)
{
	ck_assert_msg(!fam.common, "%s", fam.common);
}
END_TEST

/* Of a case that is wrong on purpose; but trouble of the workload's own is trouble. */
static void invert(char **verdict, const struct script *sc)
{
	char *was = *verdict;

	if (sc->trouble[0])
		return;
	*verdict = was ? NULL : strdup("what is wrong in it was not found out");
	free(was);
}

static void verdicts(struct family *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct script *sc = f->scripts[i];

		f->verdicts[i] = f->g ? judge(sc, f->seen) : strdup("no capture");
		if (f->g && f->cases[i].wrong)
			invert(&f->verdicts[i], sc);
		if (!f->verdicts[i] && sc->skipped)
			printf("skipped: %s: %s\n", f->cases[i].name, sc->trouble);
	}
}

/*
 * For who counts what is covered (test/coverage.sh): how each case ended, and the kinds of events that were stated, and
 * so seen, by those that passed.
 */
static void report(const struct family *f, const char *family)
{
	const char *path = getenv("GYR_LIVE_REPORT");
	FILE *to = path ? fopen(path, "ae") : NULL;

	for (size_t i = 0; to && i < f->n; i++) {
		const struct script *sc = f->scripts[i];
		const char *ended = f->verdicts[i] ? "failed" : sc->skipped ? "skipped" : "passed";

		fprintf(to, "case\t%s\t%s\t%s\t%s\n", family, f->cases[i].name, ended, sc->skipped ? sc->trouble : "");
		for (uint32_t j = 0; *ended == 'p' && !f->cases[i].wrong && j < sc->nsteps && j < STEPS_MAX; j++)
			if (sc->steps[j].stated && sc->steps[j].tid != -1)
				fprintf(to, "seen\t%s\t%u\t%s\n", family, sc->steps[j].type, sc->steps[j].name);
	}
	if (to)
		fclose(to);
}

static void clean_up(struct family *f)
{
	struct seen *next;

	for (size_t i = 0; i < f->n; i++) {
		if (f->scripts[i]->dir[0])
			nftw(f->scripts[i]->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
		munmap(f->scripts[i], sizeof(*f->scripts[i]));
		free(f->verdicts[i]);
	}
	for (struct seen *s = f->seen; s; s = next) {
		next = s->next;
		seen_free(s);
	}
	free(f->common);
	free(f->scripts);
	free(f->verdicts);
}

static int run_family(const char *family, const struct live_case *cases, size_t n, const struct live_asks *asks,
		      void (*prepare)(void))
{
	Suite *suite;
	TCase *tc;
	int status;

	if (!live_possible(family))
		return LIVE_SKIP;
	fam.cases = cases;
	fam.n = n;
	fam.asks = *asks;
	fam.prepare = prepare;
	fam.scripts = calloc(n, sizeof(*fam.scripts));
	fam.verdicts = calloc(n, sizeof(*fam.verdicts));
	if (!fam.scripts || !fam.verdicts)
		abort();
	fam.tail = &fam.seen;
	capture(&fam);
	verdicts(&fam);
	report(&fam, family);

	suite = suite_create(family);
	tc = tcase_create(family);
	tcase_add_loop_test(tc, verdict, 0, (int)n);
	tcase_add_test(tc, whole_capture);
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	clean_up(&fam);
	return status;
}

int live_family_of(const char *family, const struct live_case *cases, size_t n, const struct live_asks *asks)
{
	return run_family(family, cases, n, asks, NULL);
}

int live_nursery(const char *family, const struct live_case *cases, size_t n, void (*prepare)(void))
{
	return run_family(family, cases, n, &(struct live_asks){0}, prepare);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* switch and page_fault: of these there are so many that they come only when named. */
#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "harness.h"
#include "run.h"

#define ROUNDS 100

/* Shared with the processes that act. */
static struct shared {
	_Atomic long other; /* the second process */
	char *pages;
	_Atomic bool no_fifo;
} * sh;

static char warnings[2048];

static void on_log(void *ctx, enum gyr_log_level level, const char *msg)
{
	size_t len = strlen(warnings);

	(void)ctx;
	if (level == GYR_LOG_WARN)
		snprintf(warnings + len, sizeof(warnings) - len, "%s\n", msg);
}

static struct gyr *open_with(const char *events, const int *pid)
{
	warnings[0] = '\0';
	return live_begin(&(struct gyr_live_opts){
		.events = events,
		.pids = pid,
		.npids = pid ? 1 : 0,
		.follow = true,
		.log = on_log,
	});
}

static uint64_t param(const struct gyr_event *ev, const char *name)
{
	struct gyr_param p;

	ck_assert_int_eq(gyr_event_param_by_name(ev, name, &p), 0);
	ck_assert_uint_gt(p.len, 0);
	return p.u64;
}

/* Of what has been captured, until there is no more; the account must be exact. */
static void read_all(struct gyr *g, void (*look)(const struct gyr_event *ev, void *ctx), void *ctx)
{
	const struct gyr_event *ev;

	gyr_stop(g);
	while (gyr_next(g, &ev, LIVE_PATIENCE) > 0)
		look(ev, ctx);
	live_account(g);
	gyr_close(g);
}

static int start(void (*act)(void))
{
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(sh, MAP_FAILED);
	return live_start(act);
}

/* ---- switch ---- */

/* A byte goes to and fro between two processes on one CPU, before which nobody else there comes. */
static void act_ping_pong(void)
{
	const struct sched_param first = {.sched_priority = 10};
	int to[2], fro[2];
	cpu_set_t one;
	long child;
	char c = 0;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (pipe(to) || pipe(fro) || sched_setaffinity(0, sizeof(one), &one))
		_exit(1);
	sh->no_fifo = sched_setscheduler(0, SCHED_FIFO, &first) != 0;
	child = fork();
	if (child)
		sh->other = child;
	for (int i = 0; i < ROUNDS; i++) {
		if (child == 0 ? read(to[0], &c, 1) != 1 || write(fro[1], &c, 1) != 1
			       : write(to[1], &c, 1) != 1 || read(fro[0], &c, 1) != 1)
			_exit(1);
	}
	if (child == 0)
		_exit(0);
	live_wait(child);
}

struct switches {
	uint64_t self;
	int there, back, others, events;
};

static void look_switch(const struct gyr_event *ev, void *ctx)
{
	struct switches *s = ctx;
	uint64_t next;

	s->events++;
	ck_assert_str_eq(gyr_event_name(ev), "switch");
	ck_assert_uint_eq(gyr_event_type(ev), 152);
	ck_assert_uint_eq(gyr_event_nparams(ev), 6);
	ck_assert_str_eq(gyr_category_name(gyr_event_category(ev)), "scheduler");
	next = param(ev, "next");
	ck_assert_uint_ne(next, gyr_event_tid(ev));
	s->there += gyr_event_tid(ev) == s->self && next == (uint64_t)sh->other;
	s->back += gyr_event_tid(ev) == (uint64_t)sh->other && next == s->self;
	s->others += gyr_event_tid(ev) != s->self && gyr_event_tid(ev) != (uint64_t)sh->other;
	param(ev, "pgft_maj");
	param(ev, "pgft_min");
	param(ev, "vm_swap");
	/* A thread that ends has no memory any more. */
	if (param(ev, "vm_size")) {
		ck_assert_uint_gt(param(ev, "vm_rss"), 0);
		ck_assert_uint_le(param(ev, "vm_rss"), param(ev, "vm_size"));
	}
}

START_TEST(switches)
{
	int pid = start(act_ping_pong);
	struct switches s = {.self = (uint64_t)pid};
	struct gyr *g = open_with("switch", &pid);

	live_let_go(pid);
	read_all(g, look_switch, &s);
	printf("on_request: %d switches, %d there, %d back\n", s.events, s.there, s.back);
	ck_assert_int_eq(s.others, 0);
	if (sh->no_fifo) {
		printf("on_request: switches: no SCHED_FIFO here: others may come between\n");
		ck_assert_int_gt(s.events, 0);
		return;
	}
	/* A thread of the kernel's own may come before them now and then. */
	ck_assert_int_ge(s.there, ROUNDS / 2);
	ck_assert_int_ge(s.back, ROUNDS / 2);
}
END_TEST

/* Nobody's memory is that of a CPU that has nothing to do. */
START_TEST(switches_of_all)
{
	struct gyr *g = open_with("switch", NULL);
	int64_t until = live_ms() + LIVE_PATIENCE;
	const struct gyr_event *ev;
	bool idle = false;

	while (!idle && live_ms() < until) {
		if (gyr_next(g, &ev, 100) <= 0 || gyr_event_tid(ev) != 0)
			continue;
		idle = true;
		ck_assert_uint_eq(param(ev, "vm_size"), 0);
		ck_assert_uint_eq(param(ev, "vm_rss"), 0);
		ck_assert_uint_eq(param(ev, "vm_swap"), 0);
		ck_assert_uint_ne(param(ev, "next"), 0);
	}
	if (!idle)
		printf("on_request: switches_of_all: no CPU had nothing to do\n");
	gyr_close(g);
}
END_TEST

/* ---- page_fault ---- */

/* On the wire (scap's pf_flags). */
#define PROTECTION_VIOLATION 1
#define NOT_PRESENT	     2
#define WRITE_ACCESS	     4
#define READ_ACCESS	     8
#define OF_USER		     16
#define OF_KERNEL	     32

#define PAGE 4096

static void act_faults(void)
{
	volatile char *pages = sh->pages;
	int zero = open("/dev/zero", O_RDONLY);

	pages[0x123] = 1;
	(void)pages[PAGE + 0x45];
	/* The page of zeros that this got is nobody's to write to. */
	pages[PAGE + 0x67] = 1;
	if (read(zero, sh->pages + 2 * PAGE + 8, 1) != 1)
		_exit(1);
}

struct faults {
	int first, read, write, kernel, events;
};

extern char __executable_start, etext;

static void look_fault(const struct gyr_event *ev, void *ctx)
{
	struct faults *f = ctx;
	uint64_t addr, ip, error, base = (uint64_t)sh->pages;

	f->events++;
	ck_assert_uint_eq(gyr_event_type(ev), 290);
	ck_assert_uint_eq(gyr_event_nparams(ev), 3);
	addr = param(ev, "addr");
	ip = param(ev, "ip");
	error = param(ev, "error");
	if (addr < base || addr >= base + 3 * PAGE)
		return;
	if (addr != base + 2 * PAGE + 8)
		ck_assert(ip >= (uint64_t)&__executable_start && ip < (uint64_t)&etext);
	else
		ck_assert_int_lt((int64_t)ip, 0); /* the kernel's half */
	f->first += addr == base + 0x123 && error == (NOT_PRESENT | WRITE_ACCESS | OF_USER);
	f->read += addr == base + PAGE + 0x45 && error == (NOT_PRESENT | READ_ACCESS | OF_USER);
	f->write += addr == base + PAGE + 0x67 && error == (PROTECTION_VIOLATION | WRITE_ACCESS | OF_USER);
	f->kernel += addr == base + 2 * PAGE + 8 && error == (NOT_PRESENT | WRITE_ACCESS | OF_KERNEL);
}

START_TEST(faults)
{
	struct faults f = {0};
	struct gyr *g;
	uint64_t lost;
	char *pages;
	int pid;

	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(pages, MAP_FAILED);
	madvise(pages, 3 * PAGE, MADV_NOHUGEPAGE);
	pid = start(act_faults);
	sh->pages = pages;
	g = open_with("page_fault", &pid);
	lost = gyr_lost_features(g);
	live_let_go(pid);
	read_all(g, look_fault, &f);
#ifdef __x86_64__
	ck_assert_uint_eq(lost & (1ull << GYR_FEATURE_FAULT | 1ull << GYR_FEATURE_FAULT_KERNEL), 0);
	ck_assert_msg(f.first == 1 && f.read == 1 && f.write == 1 && f.kernel == 1,
		      "of %d faults: first %d, read %d, write %d, kernel's %d", f.events, f.first, f.read, f.write,
		      f.kernel);
#else
	/* Only x86 has the tracepoints, which is said. */
	ck_assert(lost & 1ull << GYR_FEATURE_FAULT && lost & 1ull << GYR_FEATURE_FAULT_KERNEL);
	ck_assert_msg(strstr(warnings, gyr_feature_lost(GYR_FEATURE_FAULT)), "%s", warnings);
	ck_assert_int_eq(f.events, 0);
#endif
	munmap(pages, 3 * PAGE);
}
END_TEST

/* ---- not asked for ---- */

static void look_unasked(const struct gyr_event *ev, void *ctx)
{
	const char *name = gyr_event_name(ev);

	ck_assert_msg(strcmp(name, "switch") != 0 && strcmp(name, "page_fault") != 0, "%s", name);
	(*(int *)ctx)++;
}

START_TEST(unasked)
{
	static const char *const events[] = {NULL, "@process,@ipc,@other", "getppid"};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		int pid = start(act_ping_pong), seen = 0;
		struct gyr *g = open_with(events[i], &pid);

		/* What is not wanted is not missed. */
		ck_assert_uint_eq(gyr_lost_features(g) & (1ull << GYR_FEATURE_FAULT | 1ull << GYR_FEATURE_SWITCH), 0);
		live_let_go(pid);
		read_all(g, look_unasked, &seen);
		ck_assert_int_eq(seen > 0, i < 2);
	}
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("on_request"))
		return LIVE_SKIP;
	suite = suite_create("on_request");
	tc = tcase_create("on_request");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, switches);
	tcase_add_test(tc, switches_of_all);
	tcase_add_test(tc, faults);
	tcase_add_test(tc, unasked);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

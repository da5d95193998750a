// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Nanoseconds added to a system call, against nothing attached and against the empty program. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS_MAX 101

/* GYR_OTHER: gyr captures, but not what the load calls. */
enum config { NONE, EMPTY, GYR_OTHER, GYR_ALL, GYR_LATENCY_OTHER, GYR_LATENCY, CONFIGS_ };

static const uint64_t load_calls[LOADS_] = {
	[LOAD_GETPPID] = 400000,  [LOAD_READ] = 300000,	 [LOAD_OPEN_CLOSE] = 60000,
	[LOAD_FIXED] = 200000,	  [LOAD_PATH] = 60000,	 [LOAD_TWO_PATHS] = 60000,
	[LOAD_SOCKADDR] = 100000, [LOAD_IOVEC] = 100000, [LOAD_EXECVE] = 40000,
};

/* The targets are in units of E; 0: none is set. */
static const struct {
	enum config config;
	enum load load;
	const char *name;
	double target;
} rows[] = {
	{GYR_OTHER, LOAD_GETPPID, "getppid, not of interest", 1.05},
	{GYR_ALL, LOAD_GETPPID, "getppid, of interest", 2.1},
	{GYR_ALL, LOAD_READ, "read /dev/zero, 80 bytes", 3.2},
	{GYR_ALL, LOAD_OPEN_CLOSE, "openat+close", 4},
	{GYR_ALL, LOAD_FIXED, "lseek: fixed size", 0},
	{GYR_ALL, LOAD_PATH, "unlinkat: a path", 0},
	{GYR_ALL, LOAD_TWO_PATHS, "renameat2: two paths", 0},
	{GYR_ALL, LOAD_SOCKADDR, "bind: a sockaddr", 0},
	{GYR_ALL, LOAD_IOVEC, "writev: an iovec of 4", 0},
	{GYR_ALL, LOAD_EXECVE, "execve, which fails", 0},
	{GYR_LATENCY_OTHER, LOAD_GETPPID, "getppid, --latency, other", 0},
	{GYR_LATENCY, LOAD_GETPPID, "getppid, --latency", 0},
	{GYR_LATENCY, LOAD_READ, "read, --latency", 0},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct bpf_object *load_empty(void)
{
	struct bpf_object *obj = bpf_object__open(TEST_BIN_DIR "/empty.bpf.o");

	if (!obj || bpf_object__load(obj))
		die("cannot load " TEST_BIN_DIR "/empty.bpf.o: run as root");
	return obj;
}

static struct gyr *open_gyr(enum config config)
{
	struct gyr_live_opts opts = {.sz = sizeof(opts)};
	char why[512] = "";
	struct gyr *g;

	opts.events = config == GYR_OTHER || config == GYR_LATENCY_OTHER ? "mkdirat" : NULL;
	opts.latency = config == GYR_LATENCY_OTHER || config == GYR_LATENCY;
	opts.errbuf = why;
	opts.errbuf_sz = sizeof(why);
	if (gyr_open_live(&opts, &g))
		die("%s", why);
	return g;
}

static void drain_until_done(struct gyr *g, struct worker *w)
{
	const struct gyr_event *ev;

	while (!worker_done(w)) {
		if (!g)
			usleep(2000);
		else if (gyr_next(g, &ev, 2) < 0)
			die("%s", gyr_errmsg(g));
	}
}

static void measure(enum config config, struct bpf_object *empty, struct worker *w, double ns[LOADS_])
{
	struct bpf_link *link = NULL;
	struct gyr *g = NULL;
	int load;

	if (config == EMPTY)
		link = bpf_program__attach(bpf_object__find_program_by_name(empty, "gyr_bench_empty"));
	else if (config != NONE)
		g = open_gyr(config);
	if (config == EMPTY && !link)
		die("cannot attach the empty program");
	for (load = 0; load < LOADS_; load++) {
		worker_go(w, load, load_calls[load] / 20, 0); /* warm caches and branch predictors */
		drain_until_done(g, w);
		worker_go(w, load, load_calls[load], 0);
		drain_until_done(g, w);
		ns[load] = worker_ns_a_call(w);
	}
	bpf_link__destroy(link);
	gyr_close(g);
}

static double median_added(double ns[CONFIGS_][LOADS_][ROUNDS_MAX], enum config config, enum load load, int rounds)
{
	double added[ROUNDS_MAX];
	int i;

	for (i = 0; i < rounds; i++)
		added[i] = ns[config][load][i] - ns[NONE][load][i];
	return median(added, (size_t)rounds);
}

void bench_overhead(cJSON *report, struct worker *w, int rounds)
{
	static double ns[CONFIGS_][LOADS_][ROUNDS_MAX];
	cJSON *out = cJSON_AddArrayToObject(report, "overhead");
	struct bpf_object *empty = load_empty();
	int round, config, load;
	size_t i;

	if (rounds > ROUNDS_MAX)
		rounds = ROUNDS_MAX;
	for (round = 0; round < rounds; round++) {
		for (config = 0; config < CONFIGS_; config++) {
			double once[LOADS_];

			measure(config, empty, w, once);
			for (load = 0; load < LOADS_; load++)
				ns[config][load][round] = once[load];
		}
	}
	bpf_object__close(empty);

	printf("\n%-28s %9s %9s %9s %8s %8s\n", "added to a call, ns", "nothing", "empty: E", "gyr adds", "in E",
	       "target");
	for (i = 0; i < N_ROWS; i++) {
		double plain[ROUNDS_MAX];
		double e = median_added(ns, EMPTY, rows[i].load, rounds);
		double added = median_added(ns, rows[i].config, rows[i].load, rounds);
		cJSON *row = cJSON_CreateObject();

		memcpy(plain, ns[NONE][rows[i].load], sizeof(plain));
		cJSON_AddStringToObject(row, "call", rows[i].name);
		cJSON_AddNumberToObject(row, "nothing_ns", median(plain, (size_t)rounds));
		cJSON_AddNumberToObject(row, "empty_adds_ns", e);
		cJSON_AddNumberToObject(row, "gyr_adds_ns", added);
		cJSON_AddNumberToObject(row, "gyr_adds_e", added / e);
		cJSON_AddNumberToObject(row, "target_e", rows[i].target);
		cJSON_AddItemToArray(out, row);
		printf("%-28s %9.1f %9.1f %9.1f %8.2f", rows[i].name, median(plain, (size_t)rounds), e, added,
		       added / e);
		printf(rows[i].target > 0 ? " %8.2f\n" : "        -\n", rows[i].target);
	}
}

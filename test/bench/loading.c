// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How long it takes until a capture runs, and what is loaded for it: everything, or what is named. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "harness.h"

#define ROUNDS_MAX 15

static const struct {
	const char *events;
	const char *name;
	bool latency;
	double target_ms;
} rows[] = {
	{NULL, "everything", false, 1000},
	{NULL, "everything, --latency", true, 1000},
	{"execve", "-e execve", false, 0},
	{"@net", "-e @net", false, 0},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static double open_ms(size_t row, size_t *programs)
{
	static char names[LIVE_PROGS_MAX][16];
	struct gyr_live_opts opts = {.sz = sizeof(opts), .events = rows[row].events, .latency = rows[row].latency};
	char why[512] = "";
	double start;
	struct gyr *g;

	opts.errbuf = why;
	opts.errbuf_sz = sizeof(why);
	start = now_ns();
	if (gyr_open_live(&opts, &g))
		die("%s", why);
	start = now_ns() - start;
	*programs = live_own_programs(names);
	gyr_close(g);
	return start / 1e6;
}

void bench_loading(cJSON *report, struct worker *w, int rounds)
{
	cJSON *out = cJSON_AddArrayToObject(report, "loading");

	(void)w;
	if (rounds > ROUNDS_MAX)
		rounds = ROUNDS_MAX;
	printf("\n%-28s %9s %9s %9s\n", "gyr_open_live", "programs", "ms", "target");
	for (size_t i = 0; i < N_ROWS; i++) {
		cJSON *row = cJSON_CreateObject();
		double ms[ROUNDS_MAX];
		size_t programs = 0;

		for (int round = 0; round < rounds; round++)
			ms[round] = open_ms(i, &programs);
		cJSON_AddStringToObject(row, "events", rows[i].name);
		cJSON_AddNumberToObject(row, "programs", (double)programs);
		cJSON_AddNumberToObject(row, "ms", median(ms, (size_t)rounds));
		cJSON_AddItemToArray(out, row);
		printf("%-28s %9zu %9.0f", rows[i].name, programs, median(ms, (size_t)rounds));
		printf(rows[i].target_ms > 0 ? " %9.0f\n" : "         -\n", rows[i].target_ms);
	}
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One CPU does nothing but system calls of interest; does the consumer on the other keep up, and at what cost? */
#include <stdio.h>
#include <time.h>

#include "bench.h"

#define SECONDS 3

static double thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void one_load(cJSON *out, struct worker *w, enum load load)
{
	struct gyr_stats st = {.sz = sizeof(st)};
	struct gyr_live_opts opts = {.sz = sizeof(opts)};
	const struct gyr_event *ev;
	cJSON *row = cJSON_CreateObject();
	uint64_t events = 0;
	char why[512] = "";
	struct gyr *g;
	double cpu;
	int err;

	opts.errbuf = why;
	opts.errbuf_sz = sizeof(why);
	if (gyr_open_live(&opts, &g))
		die("%s", why);
	worker_go(w, load, 0, SECONDS * 1000);
	cpu = thread_cpu_ns();
	while (!worker_done(w)) {
		err = gyr_next(g, &ev, 2);
		if (err < 0)
			die("%s", gyr_errmsg(g));
		events += (uint64_t)err;
	}
	gyr_stop(g);
	while (gyr_next(g, &ev, 0) > 0)
		events++;
	cpu = thread_cpu_ns() - cpu;
	if (gyr_stats_read(g, &st))
		die("cannot read the statistics");
	gyr_close(g);

	cJSON_AddStringToObject(row, "load", load_names[load]);
	cJSON_AddNumberToObject(row, "events_a_second", (double)events / SECONDS);
	cJSON_AddNumberToObject(row, "lost", (double)st.lost);
	cJSON_AddNumberToObject(row, "consumer_ns_an_event", cpu / (double)events);
	cJSON_AddItemToArray(out, row);
	printf("%-28s %14.0f %9llu %18.1f\n", load_names[load], (double)events / SECONDS, (unsigned long long)st.lost,
	       cpu / (double)events);
}

void bench_throughput(cJSON *report, struct worker *w, int rounds)
{
	cJSON *out = cJSON_AddArrayToObject(report, "throughput");
	int load;

	(void)rounds;
	printf("\n%-28s %14s %9s %18s\n", "one CPU at full speed", "events/s", "lost", "consumer ns/event");
	for (load = 0; load < LOADS_OF_THROUGHPUT; load++)
		one_load(out, w, load);
}

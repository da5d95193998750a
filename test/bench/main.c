// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr-bench [ROUNDS]: tables for people, then the same as one line of JSON. */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "bench.h"

double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot run on CPU %d (two are needed): %s", cpu, strerror(errno));
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void die(const char *fmt, ...)
{
	va_list args;

	fputs("gyr-bench: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 15;
	cJSON *report = cJSON_CreateObject();
	struct worker *w;
	struct utsname u;
	char *json;

	if (rounds < 1)
		die("usage: gyr-bench [ROUNDS]");
	uname(&u);
	cJSON_AddStringToObject(report, "kernel", u.release);
	cJSON_AddStringToObject(report, "version", gyr_version());
	cJSON_AddNumberToObject(report, "rounds", rounds);
	printf("gyr %s, kernel %s: medians of %d interleaved rounds, load on CPU %d, consumer on CPU %d\n",
	       gyr_version(), u.release, rounds, LOAD_CPU, CONSUMER_CPU);
	setvbuf(stdout, NULL, _IOLBF, 0);
	w = worker_start();
	pin_to_cpu(CONSUMER_CPU);
	bench_overhead(report, w, rounds);
	bench_throughput(report, w, rounds);
	bench_startup(report, w, rounds);
	bench_loading(report, w, rounds);
	bench_snapshot(report, rounds);
	bench_mixed(report, w, rounds);
	worker_stop(w);
	json = cJSON_PrintUnformatted(report);
	printf("\n%s\n", json);
	free(json);
	cJSON_Delete(report);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr-bench [ROUNDS] [PART...]: tables for people, then the same as one line of JSON. */
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

/* All but the state take root. */
static const struct {
	const char *name;
	void (*run)(cJSON *report, struct worker *w, int rounds);
} parts[] = {
	{"overhead", bench_overhead}, {"throughput", bench_throughput}, {"startup", bench_startup},
	{"loading", bench_loading},   {"snapshot", bench_snapshot},	{"mixed", bench_mixed},
	{"state", bench_state},
};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static void check_names(char **names)
{
	for (; *names; names++) {
		size_t i = 0;

		while (i < N_PARTS && strcmp(parts[i].name, *names) != 0)
			i++;
		if (i == N_PARTS)
			die("usage: gyr-bench [ROUNDS] [overhead|throughput|startup|loading|snapshot|mixed|state ...]");
	}
}

static bool is_wanted(char **names, const char *part)
{
	bool all = !*names;

	for (; *names; names++)
		if (strcmp(*names, part) == 0)
			return true;
	return all;
}

static struct worker *begin(int rounds, cJSON *report)
{
	struct utsname u;

	uname(&u);
	cJSON_AddStringToObject(report, "kernel", u.release);
	cJSON_AddStringToObject(report, "version", gyr_version());
	cJSON_AddNumberToObject(report, "rounds", rounds);
	printf("gyr %s, kernel %s: medians of %d interleaved rounds, load on CPU %d, consumer on CPU %d\n",
	       gyr_version(), u.release, rounds, LOAD_CPU, CONSUMER_CPU);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return worker_start();
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0;
	char **names = argc > 1 ? argv + (rounds > 0) + 1 : argv + argc;
	cJSON *report = cJSON_CreateObject();
	struct worker *w;
	char *json;

	check_names(names);
	rounds = rounds > 0 ? rounds : 15;
	w = begin(rounds, report);
	pin_to_cpu(CONSUMER_CPU);
	for (size_t i = 0; i < N_PARTS; i++)
		if (is_wanted(names, parts[i].name))
			parts[i].run(report, w, rounds);
	worker_stop(w);
	json = cJSON_PrintUnformatted(report);
	printf("\n%s\n", json);
	free(json);
	cJSON_Delete(report);
	return 0;
}

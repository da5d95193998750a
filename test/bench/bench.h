/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the benches share. Everything is measured in one run, in interleaved rounds, and reported as a difference or a
 * ratio. */
#ifndef GYR_BENCH_H
#define GYR_BENCH_H

#include <cjson/cJSON.h>
#include <gyr/gyr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LOAD_CPU     0
#define CONSUMER_CPU 1

double now_ns(void);
void pin_to_cpu(int cpu);
double median(double *values, size_t n); /* sorts them */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...);

/* A process on LOAD_CPU that makes system calls when told to: the tracer's own would not be traced. */
enum load {
	LOAD_GETPPID,
	LOAD_READ,
	LOAD_OPEN_CLOSE,
	LOADS_OF_THROUGHPUT,
	/* A class of events each; most fail, which keeps what the kernel does short. */
	LOAD_FIXED = LOADS_OF_THROUGHPUT,
	LOAD_PATH,
	LOAD_TWO_PATHS,
	LOAD_SOCKADDR,
	LOAD_IOVEC,
	LOAD_EXECVE,
	LOADS_
};
extern const char *const load_names[LOADS_];
struct worker;
struct worker *worker_start(void);
void worker_stop(struct worker *w);
pid_t worker_pid(const struct worker *w);
/* calls > 0: that many; else for ms milliseconds. */
void worker_go(struct worker *w, enum load load, uint64_t calls, uint32_t ms);
bool worker_done(const struct worker *w);
double worker_ns_a_call(const struct worker *w);
uint64_t worker_calls(const struct worker *w);

/* Each fills its part of the report and prints its table. */
void bench_overhead(cJSON *report, struct worker *w, int rounds);
void bench_throughput(cJSON *report, struct worker *w, int rounds);
void bench_startup(cJSON *report, struct worker *w, int rounds);
void bench_loading(cJSON *report, struct worker *w, int rounds);
void bench_snapshot(cJSON *report, struct worker *w, int rounds);
void bench_mixed(cJSON *report, struct worker *w, int rounds);
void bench_state(cJSON *report, struct worker *w, int rounds); /* of frames in memory: no root */

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CPUs that go and come under a capture, with calls being made on them. */
#ifndef GYR_TEST_LIVE_CPU_H
#define GYR_TEST_LIVE_CPU_H

#include "harness.h"

/* Is the CPU in this list of sysfs: "possible", "present", "online"? */
bool cpu_is(const char *list, int cpu);
/* 0 or a negative errno. */
int cpu_set_online(int cpu, bool online);

/* Shared with the processes that make the calls. */
struct cpu_load {
	_Atomic bool stop;
	_Atomic uint64_t staying; /* getpgid, all on CPU 0 */
	_Atomic uint64_t moving;  /* getppid, on `cpu` while it is there, else anywhere */
	_Atomic uint64_t done;	  /* with how many of them the reader is done */
	_Atomic uint64_t there;	  /* when the first calls on `cpu` began, since the reader set it to 0 */
	int cpu;
	int pids[2];
};

/* Forks them; they wait for live_release. */
struct cpu_load *cpu_load_start(int cpu);
/* Lets them end. */
void cpu_load_stop(struct cpu_load *load);

/* All that came of the capture, "getppid,getpgid,cpu_hotplug"; every event is checked as it comes. */
struct cpu_seen {
	struct gyr *g;
	struct cpu_load *load;
	uint64_t staying, moving;
	uint64_t last;	/* time of the last event */
	uint64_t since; /* calls on load->cpu from then on are counted, too */
	int calls_since;
	uint64_t may_return; /* since when there may be calls on it again */
	int went, came;
	uint64_t came_at;
	bool away; /* between these two */
	int late;  /* how often something was seen later than a second after it happened, which is printed */
};

/* Takes one event, if one comes within the time. */
bool cpu_see(struct cpu_seen *seen, int timeout_ms);
/* Takes the CPU offline and back, and reads meanwhile, until all of that is seen. */
void cpu_cycle(struct cpu_seen *seen);
/* Only the second half. */
void cpu_return(struct cpu_seen *seen);
/* Ends load and capture, and checks the account: only the CPU's own calls may be lost, for want of a ring. */
struct gyr_stats cpu_settle(struct cpu_seen *seen, struct cpu_load *load);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Options, and the way to what this process is of the workload. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static const char usage[] =
	"truth-workload --seed N --ops N [--phases N] [--workers N] [--parallel N] [--dir DIR] [--limit SECONDS]\n"
	"               [--quiet-fd IN --ready-fd OUT]\n"
	"Random operations on threads and fds, the same for the same seed. After each phase all is still: a line\n"
	"\"quiet PHASE PID...\" is written to OUT, and a byte awaited from IN. With one worker and --parallel 1 the "
	"order\n"
	"of operations is the same, too; else each worker's. DIR must be open to all users, as which members go on.\n";

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && end != text && !*end && *value >= min && *value <= max;
}

enum { SEED = 1, OPS, PHASES, WORKERS, PARALLEL, LIMIT, QUIET_FD, READY_FD, DIR_OPTION };

static bool take(struct options *o, int option, const char *text)
{
	static const struct {
		uint64_t min, max;
	} ranges[] = {[SEED] = {0, UINT64_MAX},	    [OPS] = {1, 100000000},	    [PHASES] = {1, 1000000},
		      [WORKERS] = {1, MAX_WORKERS}, [PARALLEL] = {1, MAX_PARALLEL}, [LIMIT] = {1, 1000000},
		      [QUIET_FD] = {0, 1000000},    [READY_FD] = {0, 1000000}};
	uint64_t value;

	if (option == DIR_OPTION) {
		o->dir = text;
		return strlen(text) < DIR_LEN;
	}
	if (option < SEED || option > READY_FD || !number(text, ranges[option].min, ranges[option].max, &value))
		return false;
	switch (option) {
	case SEED:
		o->seed = value;
		break;
	case OPS:
		o->ops = value;
		break;
	case PHASES:
		o->phases = value;
		break;
	case WORKERS:
		o->workers = value;
		break;
	case PARALLEL:
		o->parallel = value;
		break;
	case LIMIT:
		o->limit_s = (int)value;
		break;
	case QUIET_FD:
		o->quiet_fd = (int)value;
		break;
	default:
		o->ready_fd = (int)value;
		break;
	}
	return true;
}

/* The program that a member has become: --child DIR WORKER SLOT */
static int child(char **argv)
{
	struct shared *shared = shared_map(argv[2]);
	uint64_t worker, slot;

	if (!shared || !number(argv[3], 0, MAX_WORKERS - 1, &worker) || !number(argv[4], 0, MAX_SLOTS - 1, &slot))
		return 1;
	member_main(shared, &shared->worker[worker], &shared->worker[worker].slots[slot]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, SEED},	 {"ops", required_argument, NULL, OPS},
		{"phases", required_argument, NULL, PHASES},	 {"workers", required_argument, NULL, WORKERS},
		{"parallel", required_argument, NULL, PARALLEL}, {"limit", required_argument, NULL, LIMIT},
		{"quiet-fd", required_argument, NULL, QUIET_FD}, {"ready-fd", required_argument, NULL, READY_FD},
		{"dir", required_argument, NULL, DIR_OPTION},	 {0},
	};
	const char *tmp = getenv("TMPDIR");
	struct options o = {.workers = MAX_WORKERS,
			    .parallel = 3,
			    .limit_s = 300,
			    .quiet_fd = -1,
			    .ready_fd = -1,
			    .dir = tmp ? tmp : "/tmp"};
	int option;

	if (argc == 5 && strcmp(argv[1], "--child") == 0)
		return child(argv);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (!take(&o, option, optarg)) {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind != argc || !o.ops) {
		fputs(usage, stderr);
		return 2;
	}
	if (!o.phases)
		o.phases = (o.ops + 249) / 250;
	return coordinate(&o);
}

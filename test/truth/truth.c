/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The truth test: the workload runs under capture; whenever it is quiet, gyr's tables are compared with /proc, thread
 * by thread and fd by fd. truth [--seeds FIRST-LAST] [--ops N] [--phases N] [--seconds N] Says each difference in a
 * line, and at the end how much was compared. 0: none differed.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <gyr/gyr.h>

#include "capture.h"
#include "compare.h"

enum { MAX_PIDS = 128, LINE_ROOM = 4096 };

struct options {
	int first, last, ops, phases, seconds;
};

struct run {
	char dir[64];
	pid_t pid;
	int ready, go; /* fds */
};

static void die(const char *what)
{
	fprintf(stderr, "truth: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void start(struct run *r, const struct options *o, int seed)
{
	char in[12], out[12], seeds[12], ops[12], phases[12];
	char *argv[] = {"truth-workload", "--quiet-fd", in,	 "--ready-fd", out,	   "--dir", r->dir,
			"--seed",	  seeds,	"--ops", ops,	       "--phases", phases,  NULL};
	int ready[2], go[2];

	strcpy(r->dir, "/tmp/truth-XXXXXX");
	if (!mkdtemp(r->dir) || chmod(r->dir, 0755) || pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		die("cannot start");
	snprintf(in, sizeof(in), "%d", go[0]);
	snprintf(out, sizeof(out), "%d", ready[1]);
	snprintf(seeds, sizeof(seeds), "%d", seed);
	snprintf(ops, sizeof(ops), "%d", o->ops);
	snprintf(phases, sizeof(phases), "%d", o->phases);
	r->pid = fork();
	if (r->pid < 0)
		die("fork");
	if (r->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		fcntl(go[0], F_SETFD, 0);
		fcntl(ready[1], F_SETFD, 0);
		execv(TEST_BIN_DIR "/truth-workload", argv);
		_exit(127);
	}
	close(ready[1]);
	close(go[0]);
	r->ready = ready[0];
	r->go = go[1];
}

/* Reads until the workload says that it is quiet. The pids; 0: it has ended. */
static size_t await_quiet(struct gyr *g, struct run *r, pid_t *pids)
{
	struct pollfd fd = {.fd = r->ready, .events = POLLIN};
	static char line[LINE_ROOM];
	size_t len = 0, n = 0;
	int used, phase;
	char *at;

	for (;;) {
		capture_next(g, 1);
		if (poll(&fd, 1, 0) != 1)
			continue;
		if (read(r->ready, line + len, 1) != 1 || len == sizeof(line) - 2)
			return 0;
		if (line[len++] == '\n')
			break;
		fd.revents = 0;
		while (len < sizeof(line) - 2 && read(r->ready, line + len, 1) == 1 && line[len] != '\n')
			len++;
		break;
	}
	line[len] = '\0';
	if (sscanf(line, "quiet %d%n", &phase, &used) != 1)
		return 0;
	for (at = line + used; n < MAX_PIDS && sscanf(at, "%d%n", &pids[n], &used) == 1; at += used)
		n++;
	return n;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static bool run_seed(struct gyr *g, const struct options *o, int seed, struct sums *sums)
{
	struct gyr_stats stats = {.sz = sizeof(stats)};
	static pid_t pids[MAX_PIDS];
	struct run r;
	int status, phase = 0;
	size_t n;

	start(&r, o, seed);
	while ((n = await_quiet(g, &r, pids))) {
		struct walk w;
		int err;

		capture_settle(g, o->seconds);
		err = walk(&w, pids, n);
		if (err) {
			errno = -err;
			die("walk");
		}
		printf("seed %d phase %d\n", seed, ++phase);
		compare(g, &w, sums);
		walk_free(&w);
		if (write(r.go, "g", 1) != 1)
			break;
	}
	close(r.ready);
	close(r.go);
	if (waitpid(r.pid, &status, 0) != r.pid || !WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "truth: the workload of seed %d ended with %#x\n", seed, status);
		return false;
	}
	/* A file may have been moved out of the workload's own directory, by a name that begins with "..". */
	if (nftw(r.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT))
		fprintf(stderr, "truth: cannot remove %s: %s\n", r.dir, strerror(errno));
	gyr_stats_read(g, &stats);
	printf("seed %d: lost %llu, looked at again %llu, looked up %llu\n", seed, (unsigned long long)stats.lost,
	       (unsigned long long)stats.state_refreshed, (unsigned long long)stats.state_lookups);
	return phase > 0;
}

static bool parse(struct options *o, int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *val = argv[i + 1];

		if (strcmp(argv[i], "--seeds") == 0) {
			o->first = o->last = 0;
			if (sscanf(val, "%d-%d", &o->first, &o->last) == 1)
				o->last = o->first;
		} else if (strcmp(argv[i], "--ops") == 0) {
			o->ops = atoi(val);
		} else if (strcmp(argv[i], "--phases") == 0) {
			o->phases = atoi(val);
		} else if (strcmp(argv[i], "--seconds") == 0) {
			o->seconds = atoi(val);
		} else {
			return false;
		}
	}
	return argc % 2 == 1 && o->first > 0 && o->last >= o->first && o->ops > 0 && o->phases > 0;
}

int main(int argc, char **argv)
{
	struct options o = {.first = 1, .last = 3, .ops = 1000, .phases = 5, .seconds = 5};
	struct sums sums = {0};
	bool ok = true;
	struct gyr *g;

	if (!parse(&o, argc, argv)) {
		fprintf(stderr, "usage: truth [--seeds FIRST-LAST] [--ops N] [--phases N] [--seconds N]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	g = capture_open();
	for (int seed = o.first; seed <= o.last; seed++)
		ok &= run_seed(g, &o, seed, &sums);
	gyr_close(g);
	return !sums_print(&sums) || !ok;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The look at the host when a capture begins: of many threads and fds, by the kernel's iterators and by /proc. */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "internal.h"

#define PROCESSES  100
#define THREADS	   100	/* of each */
#define FDS	   1000 /* likewise */
#define ROUNDS_MAX 15

static void *sleep_on(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* A few of each kind in turn. */
static bool open_some(int i)
{
	int pair[2];

	switch (i % 8) {
	case 0:
		return pipe(pair) == 0;
	case 1:
		return eventfd(0, 0) >= 0 && socket(AF_INET, SOCK_DGRAM, 0) >= 0;
	case 2:
		return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
	default:
		return open("/usr/bin/env", O_RDONLY) >= 0 && open("/etc", O_RDONLY) >= 0;
	}
}

/* Never returns. */
static void be_process(int ready)
{
	struct rlimit files = {FDS + 64, FDS + 64};
	pthread_attr_t attr;
	pthread_t thread;
	int i, fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < FDS / 2; i++)
		if (!open_some(i))
			_exit(1);
	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN))
		_exit(1);
	for (i = 1; i < THREADS; i++)
		if (pthread_create(&thread, &attr, sleep_on, NULL))
			_exit(1);
	fd = write(ready, "", 1);
	sleep_on(&fd);
}

static void start(pid_t pids[PROCESSES])
{
	int ready[2], i;
	char c;

	if (pipe2(ready, O_CLOEXEC))
		die("cannot make a pipe");
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("cannot fork");
		if (pids[i] == 0)
			be_process(ready[1]);
	}
	close(ready[1]);
	for (i = 0; i < PROCESSES; i++)
		if (read(ready[0], &c, 1) != 1)
			die("a process could not make its %d threads and %d fds", THREADS, FDS);
	close(ready[0]);
}

static void stop(const pid_t pids[PROCESSES])
{
	int i;

	for (i = 0; i < PROCESSES; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < PROCESSES; i++)
		waitpid(pids[i], NULL, 0);
}

/* src: whose iterators are to be used; NULL: /proc. Returns nanoseconds. */
static double look(struct source *src, uint32_t *threads)
{
	struct gyr g = {0};
	double begin;

	g.state = state_new(&g.diag);
	if (!g.state)
		die("no memory");
	if (src)
		state_set_view(g.state, src->ops->see, src);
	begin = now_ns();
	if (state_snapshot(g.state))
		die("%s", g.diag.msg);
	begin = now_ns() - begin;
	*threads = gyr_thread_count(&g);
	state_free(g.state);
	return begin;
}

void bench_snapshot(cJSON *report, struct worker *w, int rounds)
{
	struct gyr_live_opts o = {.sz = sizeof(o), .events = "getppid"};
	cJSON *out = cJSON_AddObjectToObject(report, "snapshot");
	double seen[ROUNDS_MAX], proc[ROUNDS_MAX], ratio[ROUNDS_MAX];
	pid_t pids[PROCESSES];
	uint32_t threads = 0;
	struct gyr *g;
	int i;

	(void)w;
	if (rounds > ROUNDS_MAX)
		rounds = ROUNDS_MAX;
	start(pids);
	if (gyr_open_live(&o, &g))
		die("cannot open a capture");
	for (i = 0; i < rounds; i++) {
		seen[i] = look(g->src, &threads) / 1e6;
		proc[i] = look(NULL, &threads) / 1e6;
		ratio[i] = proc[i] / seen[i];
	}
	gyr_close(g);
	stop(pids);
	cJSON_AddNumberToObject(out, "threads", threads);
	cJSON_AddNumberToObject(out, "iterators_ms", median(seen, (size_t)rounds));
	cJSON_AddNumberToObject(out, "proc_ms", median(proc, (size_t)rounds));
	cJSON_AddNumberToObject(out, "proc_by_iterators", median(ratio, (size_t)rounds));
	printf("\nlook at %u threads with %d fds: by iterators %.0f ms (target 1000), by /proc %.0f ms, %.1f times "
	       "that\n",
	       threads, PROCESSES * FDS, median(seen, (size_t)rounds), median(proc, (size_t)rounds),
	       median(ratio, (size_t)rounds));
}

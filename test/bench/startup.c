// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr tail as a person starts it: time from exec to the first event on stdout, and memory beside the rings. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS_MAX 15

static pid_t start_tail(int out)
{
	pid_t pid = fork();

	if (pid < 0)
		die("cannot fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out, STDOUT_FILENO);
		execl(GYR_BIN, GYR_BIN, "tail", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void stop_tail(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static double first_event_ms(void)
{
	double start = now_ns();
	int out[2];
	pid_t pid;
	char c;

	if (pipe2(out, O_CLOEXEC))
		die("cannot make a pipe");
	pid = start_tail(out[1]);
	close(out[1]);
	if (read(out[0], &c, 1) != 1)
		die(GYR_BIN " tail printed nothing");
	start = now_ns() - start;
	close(out[0]);
	stop_tail(pid);
	return start / 1e6;
}

/* KiB of the process that are neither rings nor BPF maps. */
static double resident_kib(pid_t pid)
{
	char path[64], line[512];
	bool ours = true;
	double kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	if (!f)
		die("cannot read %s", path);
	while (fgets(line, sizeof(line), f)) {
		unsigned long rss;

		if (sscanf(line, "Rss: %lu", &rss) == 1)
			kib += ours ? (double)rss : 0;
		else if (line[0] != ' ' && strchr("0123456789abcdef", line[0]))
			ours = !strstr(line, "[perf_event]") && !strstr(line, "bpf-map");
	}
	fclose(f);
	return kib;
}

void bench_startup(cJSON *report, struct worker *w, int rounds)
{
	cJSON *out = cJSON_AddObjectToObject(report, "startup");
	double ms[ROUNDS_MAX];
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	double kib;
	pid_t pid;
	int i;

	if (rounds > ROUNDS_MAX)
		rounds = ROUNDS_MAX;
	/* An event to be first: the load runs all the time. */
	worker_go(w, LOAD_OPEN_CLOSE, 0, 3000 + (uint32_t)rounds * 1500);
	for (i = 0; i < rounds; i++)
		ms[i] = first_event_ms();
	pid = start_tail(null);
	sleep(2);
	kib = resident_kib(pid);
	stop_tail(pid);
	close(null);
	while (!worker_done(w))
		usleep(10000);
	cJSON_AddNumberToObject(out, "first_event_ms", median(ms, (size_t)rounds));
	cJSON_AddNumberToObject(out, "resident_kib_beside_rings", kib);
	printf("\nfirst event %.0f ms after exec of gyr tail (target 300); resident beside the rings %.1f MB (target "
	       "25)\n",
	       median(ms, (size_t)rounds), kib / 1024);
}

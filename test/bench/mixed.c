// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How large events are, of programs as people run them: a shell that looks around, counts, copies and packs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define TARGET_BYTES 120
#define TYPES	     65536
#define SHOWN	     8

static const char script[] = "read go; d=$(mktemp -d) || exit 1; trap 'rm -rf $d' EXIT\n"
			     "find /usr/include -name '*.h' | sort | head -200 > $d/names\n"
			     "ls -lR /etc > $d/list 2>&1; grep -r root /etc > $d/found 2>&1\n"
			     "cp -r /usr/include/linux $d; tar -cf $d/t.tar -C $d linux; gzip $d/t.tar\n"
			     "while read -r f; do cat $f > /dev/null; done < $d/names\n"
			     "for i in 1 2 3 4 5 6 7 8 9; do (echo $i; exec /bin/true); done > $d/n\n"
			     "awk '{ n += length($0) } END { print n }' $d/list > $d/sum; ps -ef > $d/ps 2>&1\n";

struct sum {
	uint64_t n, bytes;
};

static pid_t start_script(int *go)
{
	int in[2];
	pid_t pid;

	if (pipe(in))
		die("cannot make a pipe");
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], STDIN_FILENO);
		close(in[0]);
		close(in[1]);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	*go = in[1];
	return pid;
}

static struct sum count(struct gyr *g, pid_t pid, struct sum *by_type)
{
	const struct gyr_event *ev;
	struct sum all = {0};
	bool ended = false;
	uint32_t len;
	int n;

	for (;;) {
		n = gyr_next(g, &ev, ended ? 0 : 20);
		if (n < 0)
			die("%s", gyr_errmsg(g));
		if (n == 0 && ended)
			return all;
		if (n == 0 && waitpid(pid, NULL, WNOHANG) == pid) {
			ended = true;
			gyr_stop(g);
		}
		if (n == 0)
			continue;
		gyr_event_frame(ev, &len);
		all.n++;
		all.bytes += len;
		by_type[gyr_event_type(ev)].n++;
		by_type[gyr_event_type(ev)].bytes += len;
	}
}

static void print_largest(struct sum *by_type, const struct sum *all)
{
	for (int i = 0; i < SHOWN; i++) {
		uint32_t most = 0;

		for (uint32_t t = 0; t < TYPES; t++)
			if (by_type[t].bytes > by_type[most].bytes)
				most = t;
		if (!by_type[most].n)
			return;
		printf("  %-26s %9llu events %9.1f bytes %8.1f %% of all\n",
		       gyr_event_info_by_type((uint16_t)most)->name, (unsigned long long)by_type[most].n,
		       (double)by_type[most].bytes / (double)by_type[most].n,
		       100.0 * (double)by_type[most].bytes / (double)all->bytes);
		by_type[most].bytes = by_type[most].n = 0;
	}
}

void bench_mixed(cJSON *report, struct worker *w, int rounds)
{
	cJSON *out = cJSON_AddObjectToObject(report, "mixed");
	struct sum *by_type = calloc(TYPES, sizeof(*by_type));
	struct gyr_live_opts opts = {.sz = sizeof(opts), .npids = 1, .follow = true};
	char why[512] = "";
	struct sum all;
	struct gyr *g;
	pid_t pid;
	int go;

	(void)w;
	(void)rounds;
	if (!by_type)
		die("no memory");
	pid = start_script(&go);
	opts.pids = &pid;
	opts.errbuf = why;
	opts.errbuf_sz = sizeof(why);
	if (gyr_open_live(&opts, &g))
		die("%s", why);
	if (write(go, "\n", 1) != 1)
		die("the shell is gone");
	close(go);
	all = count(g, pid, by_type);
	gyr_close(g);
	cJSON_AddNumberToObject(out, "events", (double)all.n);
	cJSON_AddNumberToObject(out, "bytes_a_frame", (double)all.bytes / (double)all.n);
	printf("\nmixed workload: %llu events of %.1f bytes (target %d)\n", (unsigned long long)all.n,
	       (double)all.bytes / (double)all.n, TARGET_BYTES);
	print_largest(by_type, &all);
	free(by_type);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The truth test over programs as they are: truth-programs [--every MS] [--seconds N] LINE... runs each line of bash
 * under capture in a directory of its own, freezes all of its processes now and then, and compares gyr's tables with
 * /proc. It needs a hierarchy of cgroup 2, whose freezer stops the processes of a cgroup wherever they are, without
 * their knowing. 0: none differed.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "compare.h"

enum { MAX_PIDS = 512, FREEZE_MS = 2000, LINE_MS = 120000 };

struct options {
	int every, seconds;
};

static char hierarchy[] = "/tmp/truth-cgroup-XXXXXX", group[64];

static void die(const char *what)
{
	fprintf(stderr, "truth-programs: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_in_group(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", group, name);
	return open(path, flags | O_CLOEXEC);
}

static bool tell_group(const char *name, const char *what)
{
	int fd = open_in_group(name, O_WRONLY);
	bool ok = fd >= 0 && write(fd, what, strlen(what)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static size_t ask_group(const char *name, char *text, size_t size)
{
	int fd = open_in_group(name, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, size - 1) : 0;

	if (fd >= 0)
		close(fd);
	n = n < 0 ? 0 : n;
	text[n] = '\0';
	return (size_t)n;
}

static void make_group(void)
{
	if (!mkdtemp(hierarchy) || mount("truth", hierarchy, "cgroup2", 0, NULL))
		die("cannot mount cgroup2");
	snprintf(group, sizeof(group), "%s/truth-%d", hierarchy, (int)getpid());
	if (mkdir(group, 0755))
		die(group);
}

static void remove_group(void)
{
	rmdir(group);
	umount2(hierarchy, MNT_DETACH);
	rmdir(hierarchy);
}

static size_t pids_of_group(pid_t *pids)
{
	char text[8 * MAX_PIDS];
	const char *at = text;
	size_t n = 0;
	int used;

	ask_group("cgroup.procs", text, sizeof(text));
	while (n < MAX_PIDS && sscanf(at, "%d\n%n", &pids[n], &used) == 1) {
		at += used;
		n++;
	}
	return n;
}

/* What has not ended with its line ends now. */
static void kill_group(void)
{
	pid_t pids[MAX_PIDS];
	size_t n;

	for (int tries = 0; tries < 100 && (n = pids_of_group(pids)); tries++) {
		while (n)
			kill(pids[--n], SIGKILL);
		usleep(20000);
	}
}

static bool freeze(struct gyr *g)
{
	uint64_t end = now_ms() + FREEZE_MS;
	char text[256];

	if (!tell_group("cgroup.freeze", "1"))
		die("cannot freeze");
	do {
		capture_next(g, 5);
		ask_group("cgroup.events", text, sizeof(text));
	} while (!strstr(text, "frozen 1") && now_ms() < end);
	return strstr(text, "frozen 1");
}

static void compare_frozen(struct gyr *g, const struct options *o, struct sums *sums)
{
	pid_t pids[MAX_PIDS];
	struct walk w;
	size_t n;

	if (freeze(g)) {
		n = pids_of_group(pids);
		capture_settle(g, o->seconds);
		if (walk(&w, pids, n) == 0)
			compare(g, &w, sums);
		walk_free(&w);
	}
	tell_group("cgroup.freeze", "0");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static pid_t start(const char *line, const char *dir)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	if (!tell_group("cgroup.procs", "0") || chdir(dir) || setsid() < 0 || !freopen("/dev/null", "r", stdin) ||
	    !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(126);
	execl("/bin/bash", "bash", "-c", line, NULL);
	_exit(127);
}

static void run_line(struct gyr *g, const struct options *o, const char *line, struct sums *sums)
{
	char dir[] = "/tmp/truth-XXXXXX";
	uint64_t begin = now_ms(), last = begin;
	unsigned long long before = sums->points;
	pid_t pid;

	if (!mkdtemp(dir))
		die("mkdtemp");
	pid = start(line, dir);
	while (waitpid(pid, NULL, WNOHANG) == 0 && now_ms() < begin + LINE_MS) {
		capture_next(g, 1);
		if (now_ms() < last + (uint64_t)o->every)
			continue;
		compare_frozen(g, o, sums);
		last = now_ms();
	}
	kill_group();
	waitpid(pid, NULL, WNOHANG);
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT))
		fprintf(stderr, "truth-programs: cannot remove %s: %s\n", dir, strerror(errno));
	printf("%llu points, %llu differ so far: %.60s\n", sums->points - before, sums->differ, line);
}

int main(int argc, char **argv)
{
	struct options o = {.every = 100, .seconds = 5};
	struct sums sums = {0};
	struct gyr *g;
	bool ok;
	int i;

	for (i = 1; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--every") == 0)
			o.every = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--seconds") == 0)
			o.seconds = atoi(argv[i + 1]);
		else
			break;
	}
	if (i >= argc || strncmp(argv[i], "--", 2) == 0 || o.every < 1 || o.seconds < 1) {
		fprintf(stderr, "usage: truth-programs [--every MS] [--seconds N] LINE...\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	make_group();
	g = capture_open();
	for (; i < argc; i++)
		run_line(g, &o, argv[i], &sums);
	gyr_close(g);
	remove_group();
	ok = sums_print(&sums);
	return !ok;
}

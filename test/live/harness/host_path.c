/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths as the kernel tells them to a reader on the host, where the tests themselves may be in a chroot. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "harness.h"

static bool climb(void)
{
	struct stat before, after;

	if (stat(".", &before) || chdir("..") || stat(".", &after))
		_exit(1);
	return before.st_dev != after.st_dev || before.st_ino != after.st_ino;
}

/*
 * Writes where our root is on the host. /proc tells that only to one whose root is the host's, so this child leaves the
 * chroot: with a root below its directory nothing stops it on the way up.
 */
static void tell_root(int own_root, int out)
{
	char link[64], path[4096];
	ssize_t n;

	if (chdir("/") || chroot(live_dir()))
		_exit(1);
	while (climb())
		;
	if (chroot("."))
		_exit(1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", own_root);
	n = readlink(link, path, sizeof(path));
	if (n < 0 || write(out, path, (size_t)n) != n)
		_exit(1);
	_exit(0);
}

static void find_root(char *root, size_t room)
{
	int own_root = open("/", O_PATH | O_CLOEXEC), ends[2], status, pid;
	ssize_t n;

	NEED(own_root >= 0 && pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	NEED(pid >= 0);
	if (pid == 0)
		tell_root(own_root, ends[1]);
	close(ends[1]);
	n = read(ends[0], root, room - 1);
	close(ends[0]);
	close(own_root);
	NEED(waitpid(pid, &status, 0) == pid && status == 0 && n > 0);
	root[n] = '\0';
	if (!strcmp(root, "/"))
		root[0] = '\0';
}

const char *live_host_path(const char *path)
{
	static char root[4096], whole[8192];
	static bool known;

	if (!known)
		find_root(root, sizeof(root));
	known = true;
	snprintf(whole, sizeof(whole), "%s%s", *path == '/' ? root : "", path);
	return whole;
}

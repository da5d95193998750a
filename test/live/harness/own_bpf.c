/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <bpf/bpf.h>
#include <dirent.h>
#include <stdlib.h>

#include "harness.h"

/* A link's fd is not a program's, though its fdinfo has one's id. */
static const char *const targets[] = {[LIVE_PROG] = "anon_inode:bpf-prog", [LIVE_MAP] = "anon_inode:bpf-map"};

/* False: the fd is of something else. */
static bool name_of(const char *fd, enum live_bpf kind, char name[16])
{
	char path[300] = "/proc/self/fd/", target[64] = "";
	struct bpf_prog_info prog = {0};
	struct bpf_map_info map = {0};
	uint32_t len = kind == LIVE_PROG ? sizeof(prog) : sizeof(map);
	void *info = kind == LIVE_PROG ? (void *)&prog : (void *)&map;

	strncat(path, fd, sizeof(path) - strlen(path) - 1);
	if (readlink(path, target, sizeof(target) - 1) < 0 || strcmp(target, targets[kind]) != 0)
		return false;
	if (bpf_obj_get_info_by_fd(atoi(fd), info, &len))
		return false;
	memcpy(name, kind == LIVE_PROG ? prog.name : map.name, 16);
	return true;
}

int live_own_bpf(enum live_bpf kind, const char *name)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;
	char own[16];
	int fd = -1;

	if (!dir)
		abort();
	while (fd < 0 && (d = readdir(dir)))
		if (name_of(d->d_name, kind, own) && !strcmp(own, name))
			fd = atoi(d->d_name);
	closedir(dir);
	return fd;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

size_t live_own_programs(char names[LIVE_PROGS_MAX][16])
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;
	size_t n = 0;

	if (!dir)
		abort();
	while (n < LIVE_PROGS_MAX && (d = readdir(dir)))
		n += name_of(d->d_name, LIVE_PROG, names[n]);
	closedir(dir);
	qsort(names, n, sizeof(names[0]), compare);
	return n;
}

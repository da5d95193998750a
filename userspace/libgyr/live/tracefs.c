// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRACEFS "/sys/kernel/tracing"

/* A mount that is nowhere in the tree and goes with its fd, so nobody else sees anything of it. */
static int mount_detached(void)
{
	int fs, mount, err;

	fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		err = -errno;
		close(fs);
		return err;
	}
	mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
	err = mount < 0 ? -errno : 0;
	close(fs);
	return err ? err : mount;
}

static int open_tracefs(void)
{
	int fd = open(TRACEFS, O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* The directory is there without the mount, too. */
	if (fd >= 0 && faccessat(fd, "events", F_OK, 0)) {
		close(fd);
		fd = -1;
	}
	return fd >= 0 ? fd : mount_detached();
}

static int read_id(const char *tracepoint, unsigned long long *id)
{
	char path[128], text[32] = "";
	int dir, fd, err = 0;

	dir = open_tracefs();
	if (dir < 0)
		return dir;
	snprintf(path, sizeof(path), "events/%s/id", tracepoint);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		err = -errno;
	else
		*id = strtoull(text, NULL, 10);
	if (fd >= 0)
		close(fd);
	close(dir);
	return err;
}

int tracefs_perf_event(const char *tracepoint)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr)};
	unsigned long long id = 0;
	int fd, err;

	err = read_id(tracepoint, &id);
	if (err)
		return err;
	attr.config = id;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

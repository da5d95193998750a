/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pid, user and mount namespaces, where they are allowed. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "workload.h"

static int clone_into(struct member *m, unsigned long flags)
{
	bool pidns = flags & CLONE_NEWPID;
	struct slot *child = &m->worker->slots[m->slot->new_slot];
	long pid;

	if (!can_have_children(m, pidns))
		return -EPERM;
	child->pidns = m->slot->pidns || pidns;
	child->spoiled = m->slot->spoiled || flags & CLONE_NEWUSER;
	pid = SYS(clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid != 0)
		return refused(pid);
	m->slot = child;
	m->pthread = false;
	return BEGAN;
}

static int new_pid(struct member *m)
{
	return clone_into(m, CLONE_NEWPID);
}

static void write_line(const char *path, const char *text)
{
	long fd = SYS(openat, AT_FDCWD, path, O_WRONLY, 0);

	if (fd >= 0) {
		SYS(write, (int)fd, text, strlen(text));
		SYS(close, (int)fd);
	}
}

static int new_user(struct member *m)
{
	int result = clone_into(m, CLONE_NEWUSER | (chance(m, 30) ? CLONE_NEWPID : 0));

	if (result == BEGAN && chance(m, 60))
		write_line("/proc/thread-self/uid_map", "0 0 1");
	return result;
}

/* A mount that nobody else has, of which nothing may spread to the host's. */
static void mount_own(struct member *m)
{
	char path[PATH_LEN];

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return;
	worker_dir(m, path);
	strcat(path, "/mnt");
	SYS(mkdirat, AT_FDCWD, path, 0777);
	if (chance(m, 70) && mount("truth", path, "tmpfs", 0, "size=64k") == 0 && SYS(chdir, path) >= 0) {
		SYS(mkdirat, AT_FDCWD, "d0", 0777);
		keep_fd(m, SYS(openat, AT_FDCWD, "f0", O_RDWR | O_CREAT, 0666));
	}
}

static int new_mounts(struct member *m)
{
	int result = clone_into(m, CLONE_NEWNS);

	if (result == BEGAN)
		mount_own(m);
	return result;
}

static int unshare_mounts(struct member *m)
{
	long err = SYS(unshare, CLONE_NEWNS);

	if (err >= 0)
		mount_own(m);
	return refused(err);
}

/* A child does: the kernel refuses it to a process with threads, as which it counts those of io_uring, which come and
 * go. */
static int unshare_user(struct member *m)
{
	int result = clone_into(m, 0);

	if (result == BEGAN && SYS(unshare, CLONE_NEWUSER) >= 0)
		m->slot->spoiled = true;
	return result;
}

/* For the children to come. */
static int unshare_pid(struct member *m)
{
	long err;

	if (!can_have_children(m, true))
		return -EPERM;
	err = SYS(unshare, CLONE_NEWPID);
	if (err >= 0)
		m->slot->pidns = m->slot->spoiled = true;
	return refused(err);
}

static long ns_of(int tid, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", tid, kind);
	return SYS(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

static int enter(struct member *m, const char *kind, int type)
{
	long fd = ns_of(any_slot(m)->tid, kind), err = fd;

	if (fd >= 0) {
		err = SYS(setns, (int)fd, type);
		SYS(close, (int)fd);
	}
	return refused(err);
}

/* Also changes the root and the working directory, which the kernel refuses to those who share them. */
static int enter_mounts(struct member *m)
{
	SYS(unshare, CLONE_FS);
	return enter(m, "mnt", CLONE_NEWNS);
}

static int enter_pid(struct member *m)
{
	int err;

	if (!can_have_children(m, true))
		return -EPERM;
	err = enter(m, "pid", CLONE_NEWPID);
	if (err == 0)
		m->slot->pidns = true;
	return err;
}

const struct op namespaces_ops[] = {
	{"clone_newpid", new_pid, 3, OP_ONE | OP_NEW_PROCESS},
	{"clone_newuser", new_user, 2, OP_ONE | OP_NEW_PROCESS},
	{"clone_newns", new_mounts, 3, OP_ONE | OP_NEW_PROCESS},
	{"unshare_newns", unshare_mounts, 3, OP_ONE},
	{"unshare_newuser", unshare_user, 1, OP_ONE | OP_NEW_PROCESS},
	{"unshare_newpid", unshare_pid, 1, OP_ONE | OP_SPOILS},
	{"setns_mnt", enter_mounts, 4, OP_ONE},
	{"setns_pid", enter_pid, 2, OP_ONE},
	{0},
};

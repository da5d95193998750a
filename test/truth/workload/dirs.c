/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names that come, go and move under those who have them open or are in them; and where threads are. */
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "workload.h"

static int make_dir(struct member *m)
{
	char path[PATH_LEN];

	return refused(SYS(mkdirat, AT_FDCWD, any_dir(m, path), 0777));
}

static int remove_dir(struct member *m)
{
	char path[PATH_LEN];

	return refused(SYS(unlinkat, AT_FDCWD, any_dir(m, path), AT_REMOVEDIR));
}

static int rename_file(struct member *m)
{
	char from[PATH_LEN], to[PATH_LEN];
	unsigned flags = chance(m, 20) ? RENAME_EXCHANGE : 0;

	any_file(m, from);
	any_file(m, to);
	return refused(SYS(renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
}

/* What is open below them, and who is in them, moves along. */
static int rename_dir(struct member *m)
{
	char from[PATH_LEN], to[PATH_LEN];
	unsigned flags = chance(m, 40) ? RENAME_EXCHANGE : 0;

	any_dir(m, from);
	any_dir(m, to);
	return refused(SYS(renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
}

static int link_file(struct member *m)
{
	char from[PATH_LEN], to[PATH_LEN];

	any_file(m, from);
	any_file(m, to);
	return refused(SYS(linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}

static int symlink_any(struct member *m)
{
	static const char *const targets[] = {"d0",	 "d1/s0", "f0",	  "d2/f1", ".", "/proc/self/fd",
					      "nowhere", "l1",	  "d3/.."};
	char path[PATH_LEN];

	any_link(m, path);
	SYS(unlinkat, AT_FDCWD, path, 0);
	return refused(SYS(symlinkat, targets[below(m, 9)], AT_FDCWD, path));
}

static int unlink_file(struct member *m)
{
	char path[PATH_LEN];

	return refused(SYS(unlinkat, AT_FDCWD, any_file(m, path), 0));
}

static int unlink_opened(struct member *m)
{
	char path[PATH_LEN];
	long fd = SYS(openat, AT_FDCWD, any_file(m, path), O_RDWR | O_CREAT, 0666);
	long err = fd < 0 ? fd : SYS(unlinkat, AT_FDCWD, path, 0);

	keep_fd(m, fd);
	return refused(err);
}

static int change_dir(struct member *m)
{
	static const char *const near[] = {"..", ".", "s0", "s1", "d0", "../d1", "/", "/proc/self/task"};
	char path[PATH_LEN];

	if (chance(m, 30))
		return refused(SYS(chdir, near[below(m, 8)]));
	if (chance(m, 20))
		return refused(SYS(chdir, any_link(m, path)));
	return refused(SYS(chdir, chance(m, 30) ? worker_dir(m, path) : any_dir(m, path)));
}

static int change_dir_fd(struct member *m)
{
	int dir = any_fd_of(m, FD_OF(S_IFDIR));

	return dir < 0 ? dir : refused(SYS(fchdir, dir));
}

/* Into a directory that ends while one is in it. */
static int change_dir_gone(struct member *m)
{
	char path[PATH_LEN];
	long err;

	worker_dir(m, path);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/gone%u", below(m, 1000000));
	err = SYS(mkdirat, AT_FDCWD, path, 0777);
	if (err >= 0)
		err = SYS(chdir, path);
	SYS(unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	return refused(err);
}

/* What has no /proc cannot say who it is, which a member of another pid namespace has to (member.c). */
static int change_root(struct member *m)
{
	char path[PATH_LEN];
	long err;

	/* Who shares "/" may be of another pid namespace, or have children in one, who need /proc to know themselves.
	 */
	if (m->slot->pidns || SYS(unshare, CLONE_FS) < 0)
		return -EPERM;
	err = SYS(chroot, chance(m, 40) ? worker_dir(m, path) : any_dir(m, path));
	if (err >= 0) {
		m->slot->spoiled = true;
		if (chance(m, 50))
			SYS(chdir, "/");
	}
	return refused(err);
}

const struct op dirs_ops[] = {
	{"mkdir", make_dir, 24, 0},
	{"rmdir", remove_dir, 4, 0},
	{"rename_file", rename_file, 10, 0},
	{"rename_dir", rename_dir, 8, 0},
	{"link", link_file, 5, 0},
	{"symlink", symlink_any, 5, 0},
	{"unlink", unlink_file, 8, 0},
	{"unlink_opened", unlink_opened, 6, 0},
	{"chdir", change_dir, 14, 0},
	{"fchdir", change_dir_fd, 8, 0},
	{"chdir_gone", change_dir_gone, 3, 0},
	{"chroot", change_root, 2, OP_ONE | OP_SPOILS},
	{0},
};

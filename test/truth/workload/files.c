/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opens: of files, directories, devices and what is in /proc, by every call that opens by a name. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "workload.h"

static int any_flags(struct member *m)
{
	static const int modes[] = {
		O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT, O_WRONLY | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC};
	static const int also[] = {0, 0, O_APPEND, O_NONBLOCK, O_SYNC, O_NOFOLLOW, O_NOATIME, O_DIRECT};

	return modes[below(m, 6)] | also[below(m, 8)] | (chance(m, 50) ? O_CLOEXEC : 0);
}

static int open_plain(struct member *m)
{
	char path[PATH_LEN];
	int flags = any_flags(m);

	any_file(m, path);
#ifdef SYS_open
	return keep_fd(m, SYS(open, path, flags, 0666));
#else
	return keep_fd(m, SYS(openat, AT_FDCWD, path, flags, 0666));
#endif
}

static int open_at(struct member *m)
{
	char path[PATH_LEN];
	int flags = any_flags(m);

	return keep_fd(m, SYS(openat, AT_FDCWD, any_file(m, path), flags, 0666));
}

/* By a name that is seen from a directory's fd. */
static int open_at_dirfd(struct member *m)
{
	static const char *const names[] = {"f0", "./f1", "s0/f2", "../f3", "d0/f4", "../d1/f5", ".", "..", "s1/../f0"};
	int dir = any_fd_of(m, FD_OF(S_IFDIR)), flags = any_flags(m);

	if (dir < 0)
		return dir;
	return keep_fd(m, SYS(openat, dir, names[below(m, sizeof(names) / sizeof(*names))], flags, 0666));
}

static int open_at2(struct member *m)
{
	static const uint64_t resolves[] = {0, 0, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS, RESOLVE_CACHED};
	char path[PATH_LEN];
	struct open_how how = {.flags = any_flags(m), .resolve = resolves[below(m, 5)]};

	if (how.flags & O_CREAT)
		how.mode = 0666;
	return keep_fd(m, SYS(openat2, AT_FDCWD, any_file(m, path), &how, sizeof(how)));
}

/* With a directory as the root of the name. */
static int open_at2_in_root(struct member *m)
{
	static const char *const names[] = {"/f0", "/s0/f1", "f2", "../f3", "/../../f4"};
	struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0666};
	int dir = any_fd_of(m, FD_OF(S_IFDIR));

	if (dir < 0)
		return dir;
	how.resolve = chance(m, 70) ? RESOLVE_IN_ROOT : RESOLVE_BENEATH;
	return keep_fd(m, SYS(openat2, dir, names[below(m, 5)], &how, sizeof(how)));
}

static int creat_file(struct member *m)
{
	char path[PATH_LEN];

	any_file(m, path);
#ifdef SYS_creat
	return keep_fd(m, SYS(creat, path, 0666));
#else
	return keep_fd(m, SYS(openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666));
#endif
}

static int open_link(struct member *m)
{
	char path[PATH_LEN];
	int flags = chance(m, 70) ? O_RDONLY : O_PATH | O_NOFOLLOW;

	return keep_fd(m, SYS(openat, AT_FDCWD, any_link(m, path), flags, 0));
}

static int open_path(struct member *m)
{
	char path[PATH_LEN];
	int flags = O_PATH | (chance(m, 50) ? O_CLOEXEC : 0);

	return keep_fd(m, SYS(openat, AT_FDCWD, chance(m, 50) ? any_file(m, path) : any_dir(m, path), flags, 0));
}

static int open_tmpfile(struct member *m)
{
	char path[PATH_LEN];

	return keep_fd(m, SYS(openat, AT_FDCWD, any_dir(m, path), O_TMPFILE | O_RDWR, 0600));
}

static int open_directory(struct member *m)
{
	char path[PATH_LEN];
	int flags = O_RDONLY | O_DIRECTORY | (chance(m, 50) ? O_CLOEXEC : 0);

	return keep_fd(m, SYS(openat, AT_FDCWD, chance(m, 15) ? worker_dir(m, path) : any_dir(m, path), flags, 0));
}

static int open_handle(struct member *m)
{
	struct {
		struct file_handle head;
		unsigned char room[MAX_HANDLE_SZ];
	} handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	char path[PATH_LEN];
	int mount, flags = chance(m, 50) ? O_RDWR : O_RDONLY | O_CLOEXEC;
	long err = SYS(name_to_handle_at, AT_FDCWD, any_file(m, path), &handle, &mount, 0);
	long dir = err < 0 ? err : SYS(openat, AT_FDCWD, worker_dir(m, path), O_RDONLY | O_DIRECTORY, 0);

	if (dir < 0)
		return refused(dir);
	err = SYS(open_by_handle_at, (int)dir, &handle, flags);
	SYS(close, (int)dir);
	return keep_fd(m, err);
}

static int open_device(struct member *m)
{
	static const char *const names[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/tty"};
	int flags = O_RDWR | O_NOCTTY | (chance(m, 50) ? O_CLOEXEC : 0);

	return keep_fd(m, SYS(openat, AT_FDCWD, names[below(m, 5)], flags, 0));
}

static int open_ptmx(struct member *m)
{
	return keep_fd(m, SYS(openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY, 0));
}

/* No name that has a pid in it: operations are the same whatever pids there are. */
static int open_proc(struct member *m)
{
	static const char *const names[] = {
		"/proc/version",	   "/proc/self/status", "/proc/self/ns/net",	   "/proc/thread-self/comm",
		"/proc/self/fd",	   "/proc/self/task",	"/proc/sys/kernel/ostype", "/proc",
		"/proc/thread-self/ns/uts"};

	return keep_fd(m,
		       SYS(openat, AT_FDCWD, names[below(m, 9)], chance(m, 50) ? O_RDONLY : O_RDONLY | O_CLOEXEC, 0));
}

/* Again what an fd is open at: another open file of the same inode, if it can be opened. */
static int open_fd_again(struct member *m)
{
	int fd = any_fd_of(m, FD_OF(S_IFREG) | FD_OF(S_IFDIR) | FD_OF(S_IFIFO));
	char path[32];

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	return keep_fd(m, SYS(openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0));
}

/* By names of its own: who opens one without O_NONBLOCK waits. */
static int open_fifo(struct member *m)
{
	char path[PATH_LEN];

	worker_dir(m, path);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/pipe%u", below(m, 2));
	SYS(mknodat, AT_FDCWD, path, S_IFIFO | 0666, 0);
	return keep_fd(m, SYS(openat, AT_FDCWD, path, O_RDWR | O_NONBLOCK, 0));
}

const struct op files_ops[] = {
	{"open", open_plain, 20, 0},
	{"openat", open_at, 25, 0},
	{"openat_dirfd", open_at_dirfd, 12, 0},
	{"openat2", open_at2, 12, 0},
	{"openat2_in_root", open_at2_in_root, 6, 0},
	{"creat", creat_file, 10, 0},
	{"open_link", open_link, 6, 0},
	{"open_path", open_path, 6, 0},
	{"open_tmpfile", open_tmpfile, 4, 0},
	{"open_directory", open_directory, 12, 0},
	{"open_by_handle", open_handle, 5, 0},
	{"open_device", open_device, 6, 0},
	{"open_ptmx", open_ptmx, 2, 0},
	{"open_proc", open_proc, 6, 0},
	{"open_fd_again", open_fd_again, 4, 0},
	{"open_fifo", open_fifo, 3, 0},
	{0},
};

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* open, openat, openat2, creat: how a file comes to be open. */
#include <linux/openat2.h>

#include "harness.h"
#include "wire_values.h"

/* 0 in libc, since it is always on */
#ifdef __aarch64__
#define KERNEL_LARGEFILE 0400000
#else
#define KERNEL_LARGEFILE 0100000
#endif

static struct stat fd_stat(long fd)
{
	struct stat st;

	NEED(fd >= 0 && fstat((int)fd, &st) == 0);
	return st;
}

static void open_existing(void)
{
	const char *path = live_file("there", "x");
	long fd = call(SYS_open, path, O_WRONLY | O_APPEND | O_NONBLOCK, 0777);
	struct stat st = fd_stat(fd);

	SEE(3, "open", I("fd", fd), S("name", path), I("flags", W_WRONLY | W_APPEND | W_NONBLOCK),
	    I("mode", 0 /* not without O_CREAT */), I("dev", live_dev(&st)), I("ino", st.st_ino));
}

static void open_creates(void)
{
	const char *path = live_path("new");
	long fd = call(SYS_open, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	struct stat st = fd_stat(fd);

	SEE(3, "open", I("fd", fd), S("name", path), I("flags", W_RDWR | W_CREAT | W_EXCL | W_CLOEXEC | W_F_CREATED),
	    I("mode", 0640), I("dev", live_dev(&st)), I("ino", st.st_ino), CTX_CATEGORY("file"), CTX_FD_NAME(path),
	    CTX_FD_TYPE(GYR_FD_FILE), CTX_FD_CLOEXEC(true));
}

static void open_fails(void)
{
	const char *path = live_path("missing");

	SEE(3, "open", I("fd", call(SYS_open, path, O_RDONLY | O_SYNC)), S("name", path),
	    I("flags", W_RDONLY | W_SYNC | W_DSYNC), I("mode", 0), I("dev", 0), I("ino", 0), CTX_FD_NONE());
	SEE(3, "open", I("fd", call(SYS_open, 1L, O_RDWR)), EMPTY("name"), I("flags", W_RDWR), I("mode", 0),
	    I("dev", 0), I("ino", 0));
	SEE(3, "open", I("fd", call(SYS_open, NULL, O_RDWR)), EMPTY("name"), I("flags", W_RDWR), I("mode", 0),
	    I("dev", 0), I("ino", 0));
}

static void open_device(void)
{
	long fd = call(SYS_open, "/dev/null", O_RDONLY);
	struct stat st = fd_stat(fd);

	SEE(3, "open", I("fd", fd), S("name", "/dev/null"), I("flags", W_RDONLY), I("mode", 0), I("dev", live_dev(&st)),
	    I("ino", st.st_ino), CTX_FD_TYPE(GYR_FD_DEVICE));
}

static void openat_creates(void)
{
	const char *path = live_path("new");
	long fd = call(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC, 06751);
	struct stat st = fd_stat(fd);

	SEE(307, "openat", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", path),
	    I("flags", W_RDWR | W_CREAT | W_TRUNC | W_F_CREATED), I("mode", 06751), I("dev", live_dev(&st)),
	    I("ino", st.st_ino), CTX_FD_NAME(path));
}

static void openat_relative(void)
{
	long dir = call(SYS_openat, AT_FDCWD, live_dir(), O_DIRECTORY | O_CLOEXEC);
	struct stat dir_st = fd_stat(dir), st;
	const char *path = live_path("there");
	long fd;

	NEED(mknod(path, S_IFREG | 0600, 0) == 0);
	fd = call(SYS_openat, dir, "there", O_RDONLY | O_CREAT, 0600);
	st = fd_stat(fd);
	SEE(307, "openat", I("fd", dir), I("dirfd", W_AT_FDCWD), S("name", live_dir()),
	    I("flags", W_RDONLY | W_DIRECTORY | W_CLOEXEC), I("mode", 0), I("dev", live_dev(&dir_st)),
	    I("ino", dir_st.st_ino), CTX_FD_NAME(live_dir()), CTX_FD_TYPE(GYR_FD_DIRECTORY), CTX_FD_CLOEXEC(true));
	SEE(307, "openat", I("fd", fd), I("dirfd", dir), S("name", "there"), I("flags", W_RDONLY | W_CREAT),
	    I("mode", 0600), I("dev", live_dev(&st)), I("ino", st.st_ino), CTX_FD_NAME(path));
}

static void openat_direct(void)
{
	const char *path = live_path("there");
	struct stat st = {0};
	long fd;

	NEED(mknod(path, S_IFREG | 0600, 0) == 0);
	fd = call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECT);
	/* tmpfs takes it from 6.6 on. */
	if (fd != -EINVAL)
		st = fd_stat(fd);
	SEE(307, "openat", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDONLY | W_DIRECT),
	    I("mode", 0), I("dev", live_dev(&st)), I("ino", st.st_ino));
}

static void openat_tmpfile(void)
{
	long fd = call(SYS_openat, AT_FDCWD, live_dir(), O_RDWR | O_TMPFILE, 0600);
	struct stat st;

	if (fd == -EOPNOTSUPP)
		live_skip("no O_TMPFILE on the file system of /tmp");
	st = fd_stat(fd);
	SEE(307, "openat", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", live_dir()),
	    I("flags", W_RDWR | W_TMPFILE | W_DIRECTORY), I("mode", 0600), I("dev", live_dev(&st)),
	    I("ino", st.st_ino));
}

static void openat_fails(void)
{
	SEE(307, "openat", I("fd", call(SYS_openat, -7, "relative", O_RDWR | KERNEL_LARGEFILE | O_DSYNC, 0)),
	    I("dirfd", -7), S("name", "relative"), I("flags", W_RDWR | W_LARGEFILE | W_DSYNC), I("mode", 0),
	    I("dev", 0), I("ino", 0));
}

static void openat_long_name(void)
{
	char name[4200];

	/* The longest name that the kernel takes is 4095 bytes; of a longer one the beginning is kept, with a NUL. */
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = 0;
	NEED(call(SYS_openat, AT_FDCWD, name, O_RDONLY) == -ENAMETOOLONG);
	name[4095] = 0;
	SEE(307, "openat", I("fd", -ENAMETOOLONG), I("dirfd", W_AT_FDCWD), S("name", name), I("flags", W_RDONLY),
	    I("mode", 0), I("dev", 0), I("ino", 0));
}

static void openat2_ok(void)
{
	struct open_how how = {
		.flags = O_RDWR | O_CREAT | O_CLOEXEC,
		.mode = 0604,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int dir = open(live_dir(), O_PATH | O_DIRECTORY);
	long fd = call(SYS_openat2, dir, "new", &how, sizeof(how));
	struct stat st;

	if (fd == -ENOSYS)
		live_skip("no openat2 in this kernel");
	st = fd_stat(fd);
	SEE(327, "openat2", I("fd", fd), I("dirfd", dir), S("name", "new"),
	    I("flags", W_RDWR | W_CREAT | W_CLOEXEC | W_F_CREATED), I("mode", 0604),
	    I("resolve", W_RESOLVE_BENEATH | W_RESOLVE_NO_MAGICLINKS | W_RESOLVE_NO_XDEV), I("dev", live_dev(&st)),
	    I("ino", st.st_ino), CTX_FD_NAME(live_path("new")), CTX_FD_CLOEXEC(true));
}

static void openat2_fails(void)
{
	struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS};
	const char *path = live_path("link");
	long fd;

	NEED(symlink("/dev/null", path) == 0);
	fd = call(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	SEE(327, "openat2", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDONLY), I("mode", 0),
	    I("resolve", W_RESOLVE_NO_SYMLINKS), I("dev", 0), I("ino", 0));
}

static void creat_ok(void)
{
	const char *path = live_path("new");
	long fd = call(SYS_creat, path, 0751);
	struct stat st = fd_stat(fd);

	SEE(59, "creat", I("fd", fd), S("name", path), I("mode", 0751), I("dev", live_dev(&st)), I("ino", st.st_ino),
	    I("creat_flags", 0), CTX_FD_NAME(path), CTX_FD_TYPE(GYR_FD_FILE));
}

static void creat_fails(void)
{
	SEE(59, "creat", I("fd", call(SYS_creat, "/nonexistent/new", 0600)), S("name", "/nonexistent/new"),
	    I("mode", 0600), I("dev", 0), I("ino", 0), I("creat_flags", 0));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(open_existing),	CASE(open_creates),    CASE(open_fails),     CASE(open_device),
		CASE(openat_creates),	CASE(openat_relative), CASE(openat_tmpfile), CASE(openat_fails),
		CASE(openat_long_name), CASE(openat2_ok),      CASE(openat2_fails),  CASE(creat_ok),
		CASE(creat_fails),	CASE(openat_direct),
	};

	return live_family("files_open", cases, sizeof(cases) / sizeof(cases[0]));
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The calls that take names: rename, link, unlink, mkdir, chmod, chown, chdir, mount, ... */
#include <sched.h>
#include <sys/mount.h>

#include "harness.h"
#include "wire_values.h"

static int dir_fd(void)
{
	int fd = open(live_dir(), O_PATH | O_DIRECTORY);

	NEED(fd >= 0);
	return fd;
}

static void unlink_both(void)
{
	const char *path = live_file("gone", "");

	SEE(301, "unlink", I("res", call(SYS_unlink, path)), S("path", path));
	SEE(301, "unlink", I("res", call(SYS_unlink, path)), S("path", path));
	SEE(301, "unlink", I("res", call(SYS_unlink, 1L)), EMPTY("path"));
}

static void unlinkat_both(void)
{
	int dir = dir_fd();

	live_file("gone", "");
	NEED(mkdir(live_path("sub"), 0700) == 0);
	SEE(303, "unlinkat", I("res", call(SYS_unlinkat, dir, "gone", 0)), I("dirfd", dir), S("name", "gone"),
	    I("flags", 0));
	SEE(303, "unlinkat", I("res", call(SYS_unlinkat, AT_FDCWD, live_path("sub"), AT_REMOVEDIR)),
	    I("dirfd", W_AT_FDCWD), S("name", live_path("sub")), I("flags", W_AT_REMOVEDIR));
	SEE(303, "unlinkat", I("res", call(SYS_unlinkat, -5, "gone", 0)), I("dirfd", -5), S("name", "gone"),
	    I("flags", 0));
}

static void rename_both(void)
{
	const char *from = live_file("from", ""), *to = live_path("to");

	SEE(175, "rename", I("res", call(SYS_rename, from, to)), S("oldpath", from), S("newpath", to));
	SEE(175, "rename", I("res", call(SYS_rename, from, to)), S("oldpath", from), S("newpath", to));
}

static void renameat_both(void)
{
	const char *from = live_file("from", ""), *to = live_path("to");
	int dir = dir_fd();

	SEE(177, "renameat", I("res", call(SYS_renameat, dir, "from", AT_FDCWD, to)), I("olddirfd", dir),
	    S("oldpath", "from"), I("newdirfd", W_AT_FDCWD), S("newpath", to));
	SEE(177, "renameat", I("res", call(SYS_renameat, AT_FDCWD, from, dir, "again")), I("olddirfd", W_AT_FDCWD),
	    S("oldpath", from), I("newdirfd", dir), S("newpath", "again"));
}

static void renameat2_both(void)
{
	const char *a = live_file("a", "a"), *b = live_file("b", "b");
	int dir = dir_fd();

	SEE(319, "renameat2", I("res", call(SYS_renameat2, dir, "a", AT_FDCWD, b, 2 /* RENAME_EXCHANGE */)),
	    I("olddirfd", dir), S("oldpath", "a"), I("newdirfd", W_AT_FDCWD), S("newpath", b), I("flags", 2));
	SEE(319, "renameat2", I("res", call(SYS_renameat2, AT_FDCWD, a, dir, "b", 1 /* RENAME_NOREPLACE */)),
	    I("olddirfd", W_AT_FDCWD), S("oldpath", a), I("newdirfd", dir), S("newpath", "b"), I("flags", 1));
}

static void mkdir_rmdir(void)
{
	const char *path = live_path("sub");

	SEE(277, "mkdir", I("res", call(SYS_mkdir, path, 0751)), S("path", path), I("mode", 0751));
	SEE(277, "mkdir", I("res", call(SYS_mkdir, path, 01777)), S("path", path), I("mode", 01777));
	SEE(279, "rmdir", I("res", call(SYS_rmdir, path)), S("path", path));
	SEE(279, "rmdir", I("res", call(SYS_rmdir, path)), S("path", path));
}

static void mkdirat_both(void)
{
	int dir = dir_fd();

	SEE(305, "mkdirat", I("res", call(SYS_mkdirat, dir, "sub", 0700)), I("dirfd", dir), S("path", "sub"),
	    I("mode", 0700));
	SEE(305, "mkdirat", I("res", call(SYS_mkdirat, AT_FDCWD, live_path("sub"), 0700)), I("dirfd", W_AT_FDCWD),
	    S("path", live_path("sub")), I("mode", 0700));
}

static void link_both(void)
{
	const char *a = live_file("a", ""), *b = live_path("b");

	SEE(309, "link", I("res", call(SYS_link, a, b)), S("oldpath", a), S("newpath", b));
	SEE(309, "link", I("res", call(SYS_link, a, b)), S("oldpath", a), S("newpath", b));
}

static void linkat_both(void)
{
	const char *a = live_file("a", ""), *b = live_path("b");
	int dir = dir_fd(), file = open(a, O_PATH);

	SEE(311, "linkat", I("res", call(SYS_linkat, dir, "a", AT_FDCWD, b, AT_SYMLINK_FOLLOW)), I("olddir", dir),
	    S("oldpath", "a"), I("newdir", W_AT_FDCWD), S("newpath", b), I("flags", W_LINKAT_FOLLOW));
	SEE(311, "linkat", I("res", call(SYS_linkat, file, "", dir, "a", AT_EMPTY_PATH)), I("olddir", file),
	    S("oldpath", ""), I("newdir", dir), S("newpath", "a"), I("flags", W_LINKAT_EMPTY_PATH));
}

static void symlink_both(void)
{
	const char *path = live_path("link");

	SEE(179, "symlink", I("res", call(SYS_symlink, "any where", path)), S("target", "any where"),
	    S("linkpath", path));
	SEE(179, "symlink", I("res", call(SYS_symlink, "", path)), S("target", ""), S("linkpath", path));
}

static void symlinkat_both(void)
{
	const char *path = live_file("link", "");
	int dir = dir_fd();

	SEE(181, "symlinkat", I("res", call(SYS_symlinkat, "x", dir, "link2")), S("target", "x"), I("linkdirfd", dir),
	    S("linkpath", "link2"));
	SEE(181, "symlinkat", I("res", call(SYS_symlinkat, "x", AT_FDCWD, path)), S("target", "x"),
	    I("linkdirfd", W_AT_FDCWD), S("linkpath", path));
}

static void chmod_both(void)
{
	const char *path = live_file("file", "");

	SEE(315, "chmod", I("res", call(SYS_chmod, path, 04755)), S("filename", path), I("mode", 04755));
	SEE(315, "chmod", I("res", call(SYS_chmod, "/nonexistent", 0600)), S("filename", "/nonexistent"),
	    I("mode", 0600));
}

static void fchmod_all(void)
{
	const char *path = live_file("file", "");
	int dir = dir_fd(), fd = open(path, O_RDONLY);

	SEE(317, "fchmod", I("res", call(SYS_fchmod, fd, 0400)), I("fd", fd), I("mode", 0400), CTX_FD_NAME(path));
	SEE(317, "fchmod", I("res", call(SYS_fchmod, -1, 0777)), I("fd", -1), I("mode", 0777));
	SEE(313, "fchmodat", I("res", call(SYS_fchmodat, dir, "file", 0644)), I("dirfd", dir), S("filename", "file"),
	    I("mode", 0644));
	SEE(313, "fchmodat", I("res", call(SYS_fchmodat, -1, "file", 02644)), I("dirfd", -1), S("filename", "file"),
	    I("mode", 02644));
}

static void chown_all(void)
{
	const char *path = live_file("file", ""), *link = live_path("link");

	NEED(symlink("file", link) == 0);
	SEE(379, "chown", I("res", call(SYS_chown, path, 1, 2)), S("path", path), I("uid", 1), I("gid", 2));
	SEE(379, "chown", I("res", call(SYS_chown, "/nonexistent", -1, 2)), S("path", "/nonexistent"), I("uid", -1),
	    I("gid", 2));
	SEE(381, "lchown", I("res", call(SYS_lchown, link, 3, -1)), S("path", link), I("uid", 3), I("gid", -1));
	SEE(381, "lchown", I("res", call(SYS_lchown, "", 3, 4)), S("path", ""), I("uid", 3), I("gid", 4));
}

static void fchown_all(void)
{
	const char *path = live_file("file", "");
	int dir = dir_fd(), fd = open(path, O_RDONLY);

	NEED(symlink("file", live_path("link")) == 0);
	SEE(383, "fchown", I("res", call(SYS_fchown, fd, 5, 6)), I("fd", fd), I("uid", 5), I("gid", 6));
	SEE(383, "fchown", I("res", call(SYS_fchown, -1, 5, 6)), I("fd", -1), I("uid", 5), I("gid", 6));
	SEE(385, "fchownat", I("res", call(SYS_fchownat, dir, "link", 7, 8, AT_SYMLINK_NOFOLLOW)), I("dirfd", dir),
	    S("pathname", "link"), I("uid", 7), I("gid", 8), I("flags", W_CHOWNAT_NOFOLLOW));
	SEE(385, "fchownat", I("res", call(SYS_fchownat, fd, "", 7, 8, AT_EMPTY_PATH)), I("dirfd", fd),
	    S("pathname", ""), I("uid", 7), I("gid", 8), I("flags", W_CHOWNAT_EMPTY_PATH));
	SEE(385, "fchownat", I("res", call(SYS_fchownat, -1, "x", 0, 0, 0)), I("dirfd", -1), S("pathname", "x"),
	    I("uid", 0), I("gid", 0), I("flags", 0));
}

static void mknod_both(void)
{
	const char *file = live_path("file"), *pipe = live_path("pipe");

	/* Without a type it is a regular file's, to the kernel, too. */
	SEE(415, "mknod", I("res", call(SYS_mknod, file, 0640, 0L)), S("path", file), I("mode", 0100640), I("dev", 0));
	SEE(415, "mknod", I("res", call(SYS_mknod, pipe, S_IFIFO | 0600, 0L)), S("path", pipe), I("mode", 010600),
	    I("dev", 0));
	SEE(417, "mknodat", I("res", call(SYS_mknodat, AT_FDCWD, file, 0640, 0L)), I("dirfd", W_AT_FDCWD),
	    S("path", file), I("mode", 0100640), I("dev", 0));
	SEE(417, "mknodat", I("res", call(SYS_mknodat, -1, "x", S_IFSOCK | 07777, 5L)), I("dirfd", -1), S("path", "x"),
	    I("mode", 0147777), I("dev", 5));
}

static void chdir_all(void)
{
	char buf[4096];
	int dir = dir_fd();
	long n;

	SEE(95, "chdir", I("res", call(SYS_chdir, "/usr")), S("path", "/usr"));
	n = call(SYS_getcwd, buf, sizeof(buf));
	SEE(93, "getcwd", I("res", 5), S("path", "/usr"), I("size", sizeof(buf)), CTX_CWD("/usr"));
	NEED(n == 5);
	SEE(95, "chdir", I("res", call(SYS_chdir, "nonexistent")), S("path", "nonexistent"), CTX_CWD("/usr"));
	SEE(97, "fchdir", I("res", call(SYS_fchdir, dir)), I("fd", dir));
	n = call(SYS_getcwd, buf, sizeof(buf));
	SEE(93, "getcwd", I("res", n), S("path", live_dir()), I("size", sizeof(buf)), CTX_CWD(live_dir()));
	SEE(97, "fchdir", I("res", call(SYS_fchdir, -1)), I("fd", -1));
	SEE(93, "getcwd", I("res", call(SYS_getcwd, buf, 2)), EMPTY("path"), I("size", 2), CTX_CWD(live_dir()));
}

static void chroot_both(void)
{
	SEE(267, "chroot", I("res", call(SYS_chroot, "/nonexistent")), S("path", "/nonexistent"));
	SEE(267, "chroot", I("res", call(SYS_chroot, live_dir())), S("path", live_dir()));
}

static void mount_both(void)
{
	const char *at = live_path("mnt");
	long res;

	NEED(mkdir(at, 0700) == 0);
	NEED(unshare(CLONE_NEWNS) == 0);
	/* In a chroot / is no mount and this fails: the host may see the tmpfs then, as long as it is there. */
	res = call(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	SEE(257, "mount", I("res", res), EMPTY("dev"), S("dir", "/"), EMPTY("type"), I("flags", 0x4000 | 0x40000));
	NEED(res == 0 || res == -EINVAL);
	res = call(SYS_mount, "none", at, "tmpfs", MS_NOSUID | MS_NODEV | MS_MGC_VAL, "size=64k");
	/* The magic number of old in the upper half is no flag. */
	SEE(257, "mount", I("res", res), S("dev", "none"), S("dir", at), S("type", "tmpfs"), I("flags", 2 | 4));
	SEE(257, "mount", I("res", call(SYS_mount, "none", "/nonexistent", "tmpfs", MS_RDONLY, NULL)), S("dev", "none"),
	    S("dir", "/nonexistent"), S("type", "tmpfs"), I("flags", 1));
	NEED(res == 0);
	SEE(391, "umount2", I("res", call(SYS_umount2, at, MNT_DETACH | UMOUNT_NOFOLLOW)), S("name", at),
	    I("flags", 2 | 8));
	SEE(391, "umount2", I("res", call(SYS_umount2, at, 0)), S("name", at), I("flags", 0));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(unlink_both),    CASE(unlinkat_both), CASE(rename_both), CASE(renameat_both), CASE(renameat2_both),
		CASE(mkdir_rmdir),    CASE(mkdirat_both),  CASE(link_both),   CASE(linkat_both),   CASE(symlink_both),
		CASE(symlinkat_both), CASE(chmod_both),	   CASE(fchmod_all),  CASE(chown_all),	   CASE(fchown_all),
		CASE(chdir_all),      CASE(chroot_both),   CASE(mount_both),  CASE(mknod_both),
	};

	return live_family("files_names", cases, sizeof(cases) / sizeof(cases[0]));
}

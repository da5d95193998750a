// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations of io_uring: what is submitted, and what comes of it. */
#include <linux/openat2.h>
#include <linux/stat.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "harness.h"
#include "uring.h"
#include "wire_values.h"

#define PTR(p)	(uint64_t)(uintptr_t)(p)
#define BAD_PTR 16ull
#define BAD_FD	7777

static struct io_uring_sqe *path_op(struct uring *r, int op, int dirfd, const char *path)
{
	struct io_uring_sqe *sqe = uring_sqe(r, op);

	sqe->fd = dirfd;
	sqe->addr = PTR(path);
	return sqe;
}

/* ---- files by name ---- */

static void openat_both(void)
{
	const char *path = live_path("made"), *not_there = live_path("not-there");
	struct io_uring_sqe *sqe;
	struct uring r;
	long fd;

	uring_open(&r, 0);
	sqe = path_op(&r, IORING_OP_OPENAT, AT_FDCWD, path);
	sqe->open_flags = O_CREAT | O_RDWR | O_CLOEXEC;
	sqe->len = 0640;
	fd = uring_do(&r, sqe);
	SUBMITS(sqe, "openat", I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_CREAT | W_RDWR | W_CLOEXEC),
		I("mode", 0640), I("file_index", 0), CTX_CATEGORY("file"));
	NEED(fd >= 0 && fcntl((int)fd, F_GETFD) == FD_CLOEXEC);
	COMPLETES(sqe, fd);
	sqe = path_op(&r, IORING_OP_OPENAT, (int)fd, not_there);
	sqe->len = 0777; /* means nothing without O_CREAT */
	sqe->flags = IOSQE_ASYNC;
	NEED(uring_do(&r, sqe) == -ENOENT);
	SUBMITS(sqe, "openat", I("dirfd", fd), S("name", not_there), I("flags", W_RDONLY), I("mode", 0),
		I("file_index", 0));
	COMPLETES(sqe, -ENOENT);
}

static void openat_refused(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	sqe = path_op(&r, IORING_OP_OPENAT, AT_FDCWD, (const char *)BAD_PTR);
	sqe->open_flags = O_WRONLY;
	NEED(uring_do(&r, sqe) == -EFAULT);
	REFUSED(sqe, "openat", I("dirfd", W_AT_FDCWD), EMPTY("name"), I("flags", W_WRONLY), I("mode", 0),
		I("file_index", 0));
	COMPLETES(sqe, -EFAULT);
}

static void openat2_both(void)
{
	struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0600, .resolve = RESOLVE_NO_SYMLINKS};
	const char *path = live_path("made");
	struct io_uring_sqe *sqe;
	struct uring r;
	long fd;

	uring_open(&r, 0);
	sqe = path_op(&r, IORING_OP_OPENAT2, AT_FDCWD, path);
	sqe->addr2 = PTR(&how);
	sqe->len = sizeof(how);
	fd = uring_do(&r, sqe);
	SUBMITS(sqe, "openat2", I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_CREAT | W_WRONLY),
		I("mode", 0600), I("resolve", W_RESOLVE_NO_SYMLINKS), I("file_index", 0));
	NEED(fd >= 0);
	COMPLETES(sqe, fd);
	sqe = path_op(&r, IORING_OP_OPENAT2, BAD_FD, "x");
	how.flags = O_DIRECTORY;
	how.mode = how.resolve = 0;
	sqe->addr2 = PTR(&how);
	sqe->len = sizeof(how);
	NEED(uring_do(&r, sqe) == -EBADF);
	SUBMITS(sqe, "openat2", I("dirfd", BAD_FD), S("name", "x"), I("flags", W_RDONLY | W_DIRECTORY), I("mode", 0),
		I("resolve", 0), I("file_index", 0));
	COMPLETES(sqe, -EBADF);
}

static void names_both(void)
{
	const char *from = live_file("from", "x"), *to = live_path("to");
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	uring_need(&r, IORING_OP_RENAMEAT, "renameat");
	sqe = path_op(&r, IORING_OP_RENAMEAT, AT_FDCWD, from);
	sqe->len = (uint32_t)AT_FDCWD;
	sqe->addr2 = PTR(to);
	sqe->rename_flags = 1; /* RENAME_NOREPLACE */
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "renameat", I("olddirfd", W_AT_FDCWD), S("oldpath", from), I("newdirfd", W_AT_FDCWD),
		S("newpath", to), I("flags", 1));
	COMPLETES(sqe, 0);
	sqe = path_op(&r, IORING_OP_UNLINKAT, AT_FDCWD, to);
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "unlinkat", I("dirfd", W_AT_FDCWD), S("name", to), I("flags", 0));
	COMPLETES(sqe, 0);
	sqe = path_op(&r, IORING_OP_UNLINKAT, AT_FDCWD, to);
	sqe->unlink_flags = AT_REMOVEDIR;
	NEED(uring_do(&r, sqe) == -ENOENT);
	SUBMITS(sqe, "unlinkat", I("dirfd", W_AT_FDCWD), S("name", to), I("flags", W_AT_REMOVEDIR));
	COMPLETES(sqe, -ENOENT);
}

static void names_of_5_15(void)
{
	const char *dir = live_path("dir"), *file = live_file("file", "x"), *link = live_path("link");
	struct io_uring_sqe *sqe;
	struct uring r;
	int dirfd;

	uring_open(&r, 0);
	uring_need(&r, IORING_OP_LINKAT, "mkdirat, symlinkat, linkat");
	sqe = path_op(&r, IORING_OP_MKDIRAT, AT_FDCWD, dir);
	sqe->len = 0751;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "mkdirat", I("dirfd", W_AT_FDCWD), S("path", dir), I("mode", 0751));
	COMPLETES(sqe, 0);
	sqe = path_op(&r, IORING_OP_MKDIRAT, AT_FDCWD, dir);
	NEED(uring_do(&r, sqe) == -EEXIST);
	SUBMITS(sqe, "mkdirat", I("dirfd", W_AT_FDCWD), S("path", dir), I("mode", 0));
	COMPLETES(sqe, -EEXIST);
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	NEED(dirfd >= 0);
	sqe = path_op(&r, IORING_OP_SYMLINKAT, dirfd, "where to");
	sqe->addr2 = PTR("sym");
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "symlinkat", S("target", "where to"), I("linkdirfd", dirfd), S("linkpath", "sym"));
	COMPLETES(sqe, 0);
	sqe = path_op(&r, IORING_OP_LINKAT, AT_FDCWD, file);
	sqe->len = (uint32_t)AT_FDCWD;
	sqe->addr2 = PTR(link);
	sqe->hardlink_flags = AT_SYMLINK_FOLLOW;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "linkat", I("olddir", W_AT_FDCWD), S("oldpath", file), I("newdir", W_AT_FDCWD), S("newpath", link),
		I("flags", W_LINKAT_FOLLOW));
	COMPLETES(sqe, 0);
}

static void statx_both(void)
{
	const char *path = live_file("file", "12345");
	char empty[1] = ""; /* on the stack, which is in memory: a literal may not be yet */
	struct io_uring_sqe *sqe;
	struct statx st;
	struct uring r;

	uring_open(&r, 0);
	sqe = path_op(&r, IORING_OP_STATX, AT_FDCWD, path);
	sqe->len = STATX_SIZE;
	sqe->statx_flags = AT_SYMLINK_NOFOLLOW;
	sqe->off = PTR(&st);
	NEED(uring_do(&r, sqe) == 0 && st.stx_size == 5);
	SUBMITS(sqe, "statx", I("dfd", W_AT_FDCWD), S("filename", path), I("flags", AT_SYMLINK_NOFOLLOW),
		I("mask", STATX_SIZE));
	COMPLETES(sqe, 0);
	sqe = path_op(&r, IORING_OP_STATX, BAD_FD, empty);
	sqe->statx_flags = AT_EMPTY_PATH;
	sqe->off = PTR(&st);
	NEED(uring_do(&r, sqe) == -EBADF);
	SUBMITS(sqe, "statx", I("dfd", BAD_FD), S("filename", ""), I("flags", AT_EMPTY_PATH), I("mask", 0));
	COMPLETES(sqe, -EBADF);
}

static void xattrs(void)
{
	const char *path = live_file("file", "x");
	int fd = open(path, O_RDWR);
	struct io_uring_sqe *sqe;
	struct uring r;
	char buf[16];
	long res;

	uring_open(&r, 0);
	uring_need(&r, IORING_OP_GETXATTR, "xattrs");
	NEED(fd >= 0);
	sqe = path_op(&r, IORING_OP_SETXATTR, 0, "trusted.gyr");
	sqe->addr2 = PTR("value");
	sqe->len = 5;
	sqe->xattr_flags = XATTR_CREATE;
	sqe->addr3 = PTR(path);
	res = uring_do(&r, sqe);
	SUBMITS(sqe, "setxattr", S("pathname", path), S("name", "trusted.gyr"), B("value", "value", 5), I("size", 5),
		I("flags", 1));
	COMPLETES(sqe, res);
	sqe = path_op(&r, IORING_OP_GETXATTR, 0, "trusted.none");
	sqe->addr2 = PTR(buf);
	sqe->len = sizeof(buf);
	sqe->addr3 = PTR(path);
	res = uring_do(&r, sqe);
	NEED(res < 0);
	SUBMITS(sqe, "getxattr", S("pathname", path), S("name", "trusted.none"), I("size", sizeof(buf)));
	COMPLETES(sqe, res);
	sqe = path_op(&r, IORING_OP_FSETXATTR, fd, "trusted.gyr");
	sqe->addr2 = PTR("w");
	sqe->len = 1;
	res = uring_do(&r, sqe);
	SUBMITS(sqe, "fsetxattr", BY_FD(fd), S("name", "trusted.gyr"), B("value", "w", 1), I("size", 1), I("flags", 0));
	COMPLETES(sqe, res);
	sqe = path_op(&r, IORING_OP_FGETXATTR, fd, "trusted.gyr");
	sqe->addr2 = PTR(buf);
	sqe->len = sizeof(buf);
	res = uring_do(&r, sqe);
	SUBMITS(sqe, "fgetxattr", BY_FD(fd), S("name", "trusted.gyr"), I("size", sizeof(buf)));
	COMPLETES(sqe, res);
}

/* ---- files by descriptor ---- */

static struct io_uring_sqe *rw_op(struct uring *r, int op, int fd, const void *buf, uint32_t len, uint64_t off)
{
	struct io_uring_sqe *sqe = uring_sqe(r, op);

	sqe->fd = fd;
	sqe->addr = PTR(buf);
	sqe->len = len;
	sqe->off = off;
	return sqe;
}

static int scratch_file(void)
{
	int fd = open(live_path("file"), O_RDWR | O_CREAT, 0600);

	NEED(fd >= 0);
	return fd;
}

static void read_write(void)
{
	struct io_uring_sqe *sqe;
	int fd = scratch_file();
	char buf[64], text[] = "what is written"; /* not a literal, whose page may not be in memory yet */
	struct uring r;

	uring_open(&r, 0);
	sqe = rw_op(&r, IORING_OP_WRITE, fd, text, 15, 3);
	NEED(uring_do(&r, sqe) == 15);
	SUBMITS(sqe, "write", BY_FD(fd), B("data", "what is written", 15), I("size", 15), I("pos", 3), I("flags", 0),
		CTX_CATEGORY("file"), CTX_FD_TYPE(GYR_FD_FILE));
	COMPLETES(sqe, 15);
	sqe = rw_op(&r, IORING_OP_READ, fd, buf, sizeof(buf), 0);
	NEED(uring_do(&r, sqe) == 18);
	SUBMITS(sqe, "read", BY_FD(fd), I("size", sizeof(buf)), I("pos", 0), I("flags", 0), I("buf_group", 0));
	COMPLETES(sqe, 18);
	sqe = rw_op(&r, IORING_OP_WRITE, fd, (void *)BAD_PTR, 10, (uint64_t)-1);
	NEED(uring_do(&r, sqe) == -EFAULT);
	SUBMITS(sqe, "write", BY_FD(fd), EMPTY("data"), I("size", 10), I("pos", -1), I("flags", 0));
	COMPLETES(sqe, -EFAULT);
}

/* Whether a descriptor is one is looked up at once before 5.18. */
static void bad_fd(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;
	char buf[8];

	uring_open(&r, 0);
	sqe = rw_op(&r, IORING_OP_READ, BAD_FD, buf, sizeof(buf), 0);
	NEED(uring_do(&r, sqe) == -EBADF);
	REFUSED(sqe, "read", BY_FD(BAD_FD), I("size", sizeof(buf)), I("pos", 0), I("flags", 0), I("buf_group", 0));
	COMPLETES(sqe, -EBADF);
}

static void vectors(void)
{
	struct iovec iov[] = {{"one, ", 5}, {"two", 3}};
	struct io_uring_sqe *sqe;
	int fd = scratch_file();
	char buf[2][4];
	struct iovec in[] = {{buf[0], 4}, {buf[1], 4}};
	struct uring r;

	uring_open(&r, 0);
	sqe = rw_op(&r, IORING_OP_WRITEV, fd, iov, 2, 0);
	sqe->rw_flags = RWF_DSYNC;
	NEED(uring_do(&r, sqe) == 8);
	SUBMITS(sqe, "writev", BY_FD(fd), B("data", "one, two", 8), I("size", 8), I("pos", 0), I("flags", RWF_DSYNC));
	COMPLETES(sqe, 8);
	sqe = rw_op(&r, IORING_OP_READV, fd, in, 2, 1);
	NEED(uring_do(&r, sqe) == 7);
	SUBMITS(sqe, "readv", BY_FD(fd), I("size", 8), I("pos", 1), I("flags", 0));
	COMPLETES(sqe, 7);
}

static void registered_buffers(void)
{
	static char buf[4096] __attribute__((aligned(4096))) = "registered";
	struct iovec iov = {buf, sizeof(buf)};
	struct io_uring_sqe *sqe;
	int fd = scratch_file();
	struct uring r;

	uring_open(&r, 0);
	NEED(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, &iov, 1) == 0);
	sqe = rw_op(&r, IORING_OP_WRITE_FIXED, fd, buf, 10, 0);
	NEED(uring_do(&r, sqe) == 10);
	SUBMITS(sqe, "write_fixed", BY_FD(fd), B("data", "registered", 10), I("size", 10), I("pos", 0), I("flags", 0),
		I("buf_index", 0));
	COMPLETES(sqe, 10);
	sqe = rw_op(&r, IORING_OP_READ_FIXED, fd, buf, 100, 4);
	sqe->buf_index = 1;
	NEED(uring_do(&r, sqe) == -EFAULT);
	/* There is no such buffer: which is found out at once before 6.15 or so. */
	REFUSED(sqe, "read_fixed", BY_FD(fd), I("size", 100), I("pos", 4), I("flags", 0), I("buf_index", 1));
	COMPLETES(sqe, -EFAULT);
}

static void file_space(void)
{
	struct io_uring_sqe *sqe;
	int fd = scratch_file();
	struct uring r;

	uring_open(&r, 0);
	sqe = rw_op(&r, IORING_OP_FALLOCATE, fd, (void *)4096ull, 1 /* FALLOC_FL_KEEP_SIZE */, 8192);
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "fallocate", BY_FD(fd), I("mode", 1), I("offset", 8192), I("len", 4096));
	COMPLETES(sqe, 0);
	sqe = rw_op(&r, IORING_OP_FSYNC, fd, NULL, 0, 0);
	sqe->fsync_flags = IORING_FSYNC_DATASYNC;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "fsync", BY_FD(fd), I("offset", 0), I("len", 0), I("flags", 1));
	COMPLETES(sqe, 0);
	sqe = rw_op(&r, IORING_OP_FADVISE, fd, NULL, 4096, 0);
	sqe->fadvise_advice = 3; /* POSIX_FADV_WILLNEED */
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "fadvise", BY_FD(fd), I("offset", 0), I("len", 4096), I("advice", 3));
	COMPLETES(sqe, 0);
	sqe = rw_op(&r, IORING_OP_SYNC_FILE_RANGE, fd, NULL, 10, 20);
	sqe->sync_range_flags = 2; /* SYNC_FILE_RANGE_WRITE */
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "sync_file_range", BY_FD(fd), I("offset", 20), I("nbytes", 10), I("flags", 2));
	COMPLETES(sqe, 0);
}

static void ftruncate_op(void)
{
	struct io_uring_sqe *sqe;
	int fd = scratch_file();
	struct uring r;

	uring_open(&r, 0);
	uring_need(&r, OP_FTRUNCATE, "ftruncate");
	sqe = rw_op(&r, OP_FTRUNCATE, fd, NULL, 0, 100);
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "ftruncate", BY_FD(fd), I("length", 100));
	COMPLETES(sqe, 0);
}

static void madvise_op(void)
{
	void *at = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct io_uring_sqe *sqe;
	struct uring r;

	NEED(at != MAP_FAILED);
	uring_open(&r, 0);
	sqe = rw_op(&r, IORING_OP_MADVISE, 0, at, 4096, 0);
	sqe->fadvise_advice = MADV_DONTNEED;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "madvise", I("start", at), I("len_in", 4096), I("behavior", MADV_DONTNEED));
	COMPLETES(sqe, 0);
}

static void pipes(void)
{
	struct io_uring_sqe *sqe;
	int a[2], b[2];
	struct uring r;

	uring_open(&r, 0);
	NEED(pipe(a) == 0 && pipe(b) == 0 && write(a[1], "spliced", 7) == 7);
	sqe = rw_op(&r, IORING_OP_TEE, b[1], NULL, 3, 0);
	sqe->splice_fd_in = a[0];
	NEED(uring_do(&r, sqe) == 3);
	SUBMITS(sqe, "tee", I("fdin", a[0]), EMPTY("fixed_file_in"), I("fdout", b[1]), EMPTY("fixed_file"), I("len", 3),
		I("flags", 0));
	COMPLETES(sqe, 3);
	sqe = rw_op(&r, IORING_OP_SPLICE, b[1], (void *)-1ull, 7, (uint64_t)-1);
	sqe->splice_fd_in = a[0];
	sqe->splice_flags = 2; /* SPLICE_F_NONBLOCK */
	NEED(uring_do(&r, sqe) == 7);
	SUBMITS(sqe, "splice", I("fd_in", a[0]), EMPTY("fixed_file_in"), I("off_in", -1), I("fd_out", b[1]),
		EMPTY("fixed_file"), I("off_out", -1), I("size", 7), I("flags", 2));
	COMPLETES(sqe, 7);
}

static void pipe_op(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;
	int fds[2];

	uring_open(&r, 0);
	uring_need(&r, OP_PIPE, "pipe");
	sqe = rw_op(&r, OP_PIPE, 0, fds, 0, 0);
	sqe->rw_flags = O_CLOEXEC;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "pipe", I("flags", W_CLOEXEC), I("file_index", 0));
	COMPLETES(sqe, 0);
}

static void close_both(void)
{
	struct io_uring_sqe *sqe;
	int fd = scratch_file();
	struct uring r;

	uring_open(&r, 0);
	sqe = rw_op(&r, IORING_OP_CLOSE, fd, NULL, 0, 0);
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "close", BY_FD(fd));
	COMPLETES(sqe, 0);
	sqe = rw_op(&r, IORING_OP_CLOSE, fd, NULL, 0, 0);
	NEED(uring_do(&r, sqe) == -EBADF);
	SUBMITS(sqe, "close", BY_FD(fd));
	COMPLETES(sqe, -EBADF);
}

/* ---- files of the ring's own ---- */

static void registered_files(void)
{
	int fds[] = {-1, -1, scratch_file()}, one = fds[2];
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	NEED(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, fds, 3) == 0);
	sqe = rw_op(&r, IORING_OP_WRITE, 2, "by index", 8, 0);
	sqe->flags = IOSQE_FIXED_FILE;
	NEED(uring_do(&r, sqe) == 8);
	SUBMITS(sqe, "write", BY_INDEX(2), B("data", "by index", 8), I("size", 8), I("pos", 0), I("flags", 0),
		CTX_FD_NONE());
	COMPLETES(sqe, 8);
	sqe = rw_op(&r, IORING_OP_FILES_UPDATE, 0, &one, 1, 1);
	NEED(uring_do(&r, sqe) == 1);
	SUBMITS(sqe, "files_update", I("fds", &one), I("nr_args", 1), I("offset", 1));
	COMPLETES(sqe, 1);
	sqe = rw_op(&r, IORING_OP_FSYNC, 1, NULL, 0, 0);
	sqe->flags = IOSQE_FIXED_FILE;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "fsync", BY_INDEX(1), I("offset", 0), I("len", 0), I("flags", 0));
	COMPLETES(sqe, 0);
	sqe = path_op(&r, IORING_OP_OPENAT, AT_FDCWD, live_path("file"));
	sqe->file_index = 1;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "openat", I("dirfd", W_AT_FDCWD), S("name", live_path("file")), I("flags", W_RDONLY), I("mode", 0),
		I("file_index", 1));
	COMPLETES(sqe, 0);
	sqe = uring_sqe(&r, IORING_OP_CLOSE);
	sqe->file_index = 1;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "close", BY_INDEX(0));
	COMPLETES(sqe, 0);
}

static void install_op(void)
{
	int file = scratch_file();
	struct io_uring_sqe *sqe;
	struct uring r;
	long fd;

	uring_open(&r, 0);
	uring_need(&r, OP_FIXED_FD_INSTALL, "fixed_fd_install");
	NEED(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, &file, 1) == 0);
	sqe = uring_sqe(&r, OP_FIXED_FD_INSTALL);
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->rw_flags = 1; /* IORING_FIXED_FD_NO_CLOEXEC */
	fd = uring_do(&r, sqe);
	NEED(fd >= 0);
	SUBMITS(sqe, "fixed_fd_install", I("fixed_file", 0), I("flags", 1));
	COMPLETES(sqe, fd);
}

/* ---- waiting ---- */

static void polls(void)
{
	struct io_uring_sqe *sqe, *rem;
	struct uring r;
	int fds[2];

	uring_open(&r, 0);
	NEED(pipe(fds) == 0);
	sqe = uring_sqe(&r, IORING_OP_POLL_ADD);
	sqe->fd = fds[1];
	sqe->poll32_events = POLLOUT;
	NEED(uring_do(&r, sqe) == POLLOUT);
	SUBMITS(sqe, "poll_add", BY_FD(fds[1]), I("events", POLLOUT), I("poll_flags", 0));
	COMPLETES(sqe, POLLOUT);
	sqe = uring_sqe(&r, IORING_OP_POLL_ADD);
	sqe->fd = fds[0];
	sqe->poll32_events = POLLIN;
	uring_submit_only(&r);
	rem = uring_sqe(&r, IORING_OP_POLL_REMOVE);
	rem->addr = sqe->user_data;
	NEED(uring_do(&r, rem) == 0);
	NEED(uring_result(&r, sqe) == -ECANCELED);
	SUBMITS(sqe, "poll_add", BY_FD(fds[0]), I("events", POLLIN), I("poll_flags", 0));
	SUBMITS(rem, "poll_remove", I("target", sqe->user_data), I("new_user_data", 0), I("events", 0),
		I("poll_flags", 0));
	COMPLETES(sqe, -ECANCELED);
	COMPLETES(rem, 0);
}

static void timeouts(void)
{
	struct __kernel_timespec brief = {.tv_nsec = 1000000}, ages = {.tv_sec = 1000, .tv_nsec = 5};
	struct io_uring_sqe *sqe, *rem;
	struct uring r;

	uring_open(&r, 0);
	sqe = rw_op(&r, IORING_OP_TIMEOUT, 0, &brief, 1, 0);
	NEED(uring_do(&r, sqe) == -ETIME);
	SUBMITS(sqe, "timeout", I("timeout", 1000000), I("count", 0), I("flags", 0));
	COMPLETES(sqe, -ETIME);
	sqe = rw_op(&r, IORING_OP_TIMEOUT, 0, &ages, 1, 10);
	uring_submit_only(&r);
	rem = rw_op(&r, IORING_OP_TIMEOUT_REMOVE, 0, (void *)(uintptr_t)sqe->user_data, 0, 0);
	NEED(uring_do(&r, rem) == 0 && uring_result(&r, sqe) == -ECANCELED);
	SUBMITS(sqe, "timeout", I("timeout", 1000000000005), I("count", 10), I("flags", 0));
	SUBMITS(rem, "timeout_remove", I("target", sqe->user_data), EMPTY("timeout"), I("flags", 0));
	COMPLETES(sqe, -ECANCELED);
	COMPLETES(rem, 0);
	rem = rw_op(&r, IORING_OP_TIMEOUT_REMOVE, 0, (void *)1ull, 0, 0);
	NEED(uring_do(&r, rem) == -ENOENT);
	SUBMITS(rem, "timeout_remove", I("target", 1), EMPTY("timeout"), I("flags", 0));
	COMPLETES(rem, -ENOENT);
}

static void cancels(void)
{
	struct io_uring_sqe *sqe, *cancel;
	struct uring r;
	char buf[8];
	int fds[2];

	uring_open(&r, 0);
	NEED(pipe(fds) == 0);
	sqe = rw_op(&r, IORING_OP_READ, fds[0], buf, sizeof(buf), (uint64_t)-1);
	uring_submit_only(&r);
	cancel = rw_op(&r, IORING_OP_ASYNC_CANCEL, 0, (void *)(uintptr_t)sqe->user_data, 0, 0);
	NEED(uring_do(&r, cancel) == 0 && uring_result(&r, sqe) == -ECANCELED);
	SUBMITS(sqe, "read", BY_FD(fds[0]), I("size", sizeof(buf)), I("pos", -1), I("flags", 0), I("buf_group", 0));
	SUBMITS(cancel, "async_cancel", I("target", sqe->user_data), EMPTY("fd"), EMPTY("fixed_file"), I("flags", 0),
		I("op", 0));
	COMPLETES(sqe, -ECANCELED);
	COMPLETES(cancel, 0);
	cancel = rw_op(&r, IORING_OP_ASYNC_CANCEL, fds[1], NULL, 0, 0);
	cancel->cancel_flags = IORING_ASYNC_CANCEL_FD;
	NEED(uring_do(&r, cancel) < 0);
	if (live_kernel_before(5, 19))
		REFUSED(cancel, "async_cancel", I("target", 0), I("fd", fds[1]), EMPTY("fixed_file"), I("flags", 2),
			I("op", 0));
	else
		SUBMITS(cancel, "async_cancel", I("target", 0), I("fd", fds[1]), EMPTY("fixed_file"), I("flags", 2),
			I("op", 0));
	COMPLETES(cancel, uring_result(&r, cancel));
}

static void epoll_both(void)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.u64 = 0x1234567890abcdef};
	int ep = epoll_create1(0), fds[2];
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	NEED(ep >= 0 && pipe(fds) == 0);
	sqe = rw_op(&r, IORING_OP_EPOLL_CTL, ep, &ev, EPOLL_CTL_ADD, (uint64_t)fds[0]);
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "epoll_ctl", I("epfd", ep), I("op", EPOLL_CTL_ADD), I("fd", fds[0]),
		I("events", EPOLLIN | (uint32_t)EPOLLET), I("data", 0x1234567890abcdef));
	COMPLETES(sqe, 0);
	sqe = rw_op(&r, IORING_OP_EPOLL_CTL, ep, &ev, EPOLL_CTL_DEL, (uint64_t)fds[1]);
	NEED(uring_do(&r, sqe) == -ENOENT);
	SUBMITS(sqe, "epoll_ctl", I("epfd", ep), I("op", EPOLL_CTL_DEL), I("fd", fds[1]), EMPTY("events"),
		EMPTY("data"));
	COMPLETES(sqe, -ENOENT);
}

static void epoll_wait_op(void)
{
	struct epoll_event ev = {.events = EPOLLOUT}, got[3];
	int ep = epoll_create1(0), fds[2];
	struct io_uring_sqe *sqe;
	struct uring r;

	uring_open(&r, 0);
	uring_need(&r, OP_EPOLL_WAIT, "epoll_wait");
	NEED(ep >= 0 && pipe(fds) == 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fds[1], &ev) == 0);
	sqe = rw_op(&r, OP_EPOLL_WAIT, ep, got, 3, 0);
	NEED(uring_do(&r, sqe) == 1);
	SUBMITS(sqe, "epoll_wait", I("epfd", ep), I("maxevents", 3), EMPTY("fixed_file"));
	COMPLETES(sqe, 1);
	NEED(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, &ep, 1) == 0);
	sqe = rw_op(&r, OP_EPOLL_WAIT, 0, got, 3, 0);
	sqe->flags = IOSQE_FIXED_FILE;
	NEED(uring_do(&r, sqe) == 1);
	SUBMITS(sqe, "epoll_wait", EMPTY("epfd"), I("maxevents", 3), I("fixed_file", 0));
	COMPLETES(sqe, 1);
}

static void futex_op(void)
{
	struct io_uring_sqe *sqe;
	uint32_t word = 0;
	struct uring r;

	uring_open(&r, 0);
	uring_need(&r, OP_FUTEX_WAKE, "futexes");
	sqe = rw_op(&r, OP_FUTEX_WAKE, 2 | 128 /* FUTEX2_SIZE_U32, PRIVATE */, &word, 0, 5);
	sqe->addr3 = 0xffffffff;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "futex_wake", I("uaddr", &word), I("nr", 5), I("mask", 0xffffffff), I("flags", 130));
	COMPLETES(sqe, 0);
}

static void waitid_op(void)
{
	struct io_uring_sqe *sqe;
	struct uring r;
	pid_t child;

	uring_open(&r, 0);
	uring_need(&r, 50, "waitid");
	child = fork();
	if (child == 0)
		_exit(0);
	NEED(child > 0);
	sqe = rw_op(&r, 50, child, NULL, P_PID, 0);
	sqe->file_index = WEXITED;
	NEED(uring_do(&r, sqe) == 0);
	SUBMITS(sqe, "waitid", I("which", P_PID), I("upid", child), I("options", WEXITED));
	COMPLETES(sqe, 0);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(openat_both),
		CASE(openat_refused),
		CASE(openat2_both),
		CASE(names_both),
		CASE(names_of_5_15),
		CASE(statx_both),
		CASE(xattrs),
		CASE(read_write),
		CASE(bad_fd),
		CASE(vectors),
		CASE(registered_buffers),
		CASE(file_space),
		CASE(ftruncate_op),
		CASE(madvise_op),
		CASE(pipes),
		CASE(pipe_op),
		CASE(close_both),
		CASE(registered_files),
		CASE(install_op),
		CASE(polls),
		CASE(timeouts),
		CASE(cancels),
		CASE(epoll_both),
		CASE(epoll_wait_op),
		CASE(futex_op),
		CASE(waitid_op),
	};

	return live_family_of("uring", cases, sizeof(cases) / sizeof(cases[0]), &(struct live_asks){0});
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* 32-bit callers: files. Their calls are seen as those of 64-bit callers. */
#include "ia32.h"
#include "wire_values.h"

#ifdef __x86_64__

#include <sys/sysmacros.h>
#include <sys/uio.h>

/* What a 64-bit caller leaves in the upper halves is nobody's. */
#define JUNK 0xdead00000000ull

#define IA32 CTX_COMPAT(1)

static int opened(const char *path, int flags)
{
	int fd = openat(AT_FDCWD, path, flags, 0600);

	NEED(fd >= 0);
	return fd;
}

/* A file that is there by none of the calls under test. */
static const char *bare(const char *name)
{
	const char *path = L(live_path(name));

	NEED(!mknod(path, S_IFREG | 0600, 0));
	return path;
}

static void open_family(void)
{
	const char *path = bare("f");
	struct stat st;
	long fd;

	NEED(!stat(path, &st));
	fd = i386(5, JUNK | P(path), JUNK | O_RDWR | O_CLOEXEC, JUNK | 0777);
	SEE(3, "open", I("fd", fd), S("name", path), I("flags", W_RDWR | W_CLOEXEC), I("mode", 0),
	    I("dev", live_dev(&st)), I("ino", st.st_ino), IA32, CTX_FD_NAME(path), CTX_FD_CLOEXEC(1));
	SEE(5, "close", I("res", i386(6, fd)), I("fd", fd), IA32);
	fd = i386(5, 0, O_RDONLY);
	SEE(3, "open", I("fd", -EFAULT), EMPTY("name"), I("flags", W_RDONLY), I("mode", 0), I("dev", 0), I("ino", 0),
	    IA32);
	NEED(fd == -EFAULT);
	fd = i386(295, (uint32_t)AT_FDCWD, P(path), O_RDONLY, 0);
	SEE(307, "openat", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDONLY), I("mode", 0),
	    I("dev", live_dev(&st)), I("ino", st.st_ino), IA32);
	/* Nobody's but a 64-bit caller's. */
	fd = call(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
	SEE(307, "openat", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDONLY), I("mode", 0),
	    I("dev", live_dev(&st)), I("ino", st.st_ino), CTX_COMPAT(0));
}

static void creat_and_umount(void)
{
	const char *path = L(live_path("new"));
	long fd = i386(8, P(path), 0640);
	struct stat st;

	NEED(!stat(path, &st));
	SEE(59, "creat", I("fd", fd), S("name", path), I("mode", 0640), I("dev", live_dev(&st)), I("ino", st.st_ino),
	    ANY("creat_flags", "layer"), IA32);
	SEE(387, "umount", I("res", i386(22, P(path))), S("name", path), IA32);
}

static void offsets(void)
{
	int fd = opened(live_file("f", "0123456789"), O_RDWR);
	uint64_t *pos = ia32_room(8);
	char *buf = ia32_room(16);

	SEE(87, "lseek", I("res", i386(19, fd, (uint32_t)-3, SEEK_END)), I("fd", fd), I("offset", -3),
	    I("whence", SEEK_END), IA32);
	SEE(89, "llseek", I("res", i386(140, fd, 3, 0x10, P(pos), SEEK_SET)), I("fd", fd), I("offset", 0x300000010),
	    I("whence", SEEK_SET), IA32);
	NEED(*pos == 0x300000010);
	SEE(113, "pread", I("res", i386(180, fd, P(buf), 4, 2, 0)), B("data", "2345", 4), I("fd", fd), I("size", 4),
	    I("pos", 2), IA32);
	SEE(113, "pread", I("res", i386(180, fd, P(buf), 4, 2, 7)), EMPTY("data"), I("fd", fd), I("size", 4),
	    I("pos", 0x700000002), IA32);
	SEE(115, "pwrite", I("res", i386(181, fd, P(buf), 3, 1, 0)), B("data", "234", 3), I("fd", fd), I("size", 3),
	    I("pos", 1), IA32);
	SEE(32923, "ftruncate", I("res", i386(194, fd, 5, 1)), I("fd", fd), I("length", 0x100000005), IA32);
	SEE(32923, "ftruncate", I("res", i386(93, fd, (uint32_t)-1)), I("fd", fd), I("length", -1), IA32);
	SEE(33339, "fallocate", I("res", i386(324, -1, 1, 0x11, 0x22, 0x33, 0x44)), I("fd", -1), I("mode", 1),
	    I("offset", 0x2200000011), I("len", 0x4400000033), IA32);
	SEE(33211, "fadvise64", I("res", i386(272, fd, 1, 2, 3, 4, 2)), I("fd", fd), I("offset", 0x200000001),
	    I("len", 0x400000003), I("advice", 2), IA32);
	SEE(33371, "fanotify_mark", I("res", i386(339, -1, 1, 2, 3, (uint32_t)AT_FDCWD, 0)), I("fanotify_fd", -1),
	    I("flags", 1), I("mask", 0x300000002), I("dfd", W_AT_FDCWD), EMPTY("pathname"), IA32);
}

static void vectors(void)
{
	int fd = opened(live_file("f", "abcdefgh"), O_RDWR);
	char *one = L("one"), *two = L("second");
	uint32_t *iov = WORDS(P(one), 3, P(two), 6);
	long res = i386(146, fd, P(iov), 2);

	NEED(res == 9);
	SEE(119, "writev", I("res", 9), B("data", "onesecond", 9), I("fd", fd), I("size", 9), IA32);
	res = i386(333, fd, P(iov), 2, 1, 0);
	NEED(res == 8);
	SEE(121, "preadv", I("res", 8), I("size", 8), B("data", "nesecond", 8), I("fd", fd), I("pos", 1), IA32);
	res = i386(145, -1, P(iov), 2);
	NEED(res == -EBADF);
	SEE(117, "readv", I("res", res), I("size", 0), EMPTY("data"), I("fd", -1), IA32);
}

static void sendfiles(void)
{
	int from = opened(live_file("from", "0123456789"), O_RDONLY), to = opened(live_file("to", ""), O_WRONLY);
	int32_t *off = ia32_copy((const int32_t[]){2, -1}, 8);
	uint64_t *off64 = ia32_copy((const uint64_t[]){4}, 8);

	SEE(189, "sendfile", I("res", i386(187, to, from, P(off), 3)), I("offset", 5), I("out_fd", to),
	    I("in_fd", from), I("size", 3), IA32);
	SEE(189, "sendfile", I("res", i386(239, to, from, P(off64), 3)), I("offset", 7), I("out_fd", to),
	    I("in_fd", from), I("size", 3), IA32);
}

static void stats(void)
{
	const char *path = bare("f");
	void *buf = ia32_room(256);

	SEE(73, "stat64", I("res", i386(195, P(path), P(buf))), S("path", path), IA32);
	SEE(75, "lstat64", I("res", i386(196, P(path), P(buf))), S("path", path), IA32);
	SEE(77, "fstat64", I("res", i386(197, (uint32_t)-1, P(buf))), IA32);
	SEE(67, "stat", I("res", i386(106, P(path), P(buf))), S("path", path), IA32);
	SEE(419, "newfstatat", I("res", i386(300, (uint32_t)AT_FDCWD, P(path), P(buf), 0)), I("dirfd", W_AT_FDCWD),
	    S("path", path), I("flags", 0), IA32);
	SEE(34853, "oldstat", I("res", i386(18, P(path), 0)), S("path", path), EMPTY("mode"), EMPTY("size"), IA32);
}

static void owners(void)
{
	const char *path = L(live_file("f", ""));

	SEE(379, "chown", I("res", i386(182, P(path), JUNK | 0x7ffff, 0xffff)), S("path", path), I("uid", -1),
	    I("gid", -1), IA32);
	SEE(379, "chown", I("res", i386(182, P(path), 0x10000 | 12, 13)), S("path", path), I("uid", 12), I("gid", 13),
	    IA32);
	SEE(379, "chown", I("res", i386(212, P(path), 70000, 80000)), S("path", path), I("uid", 70000), I("gid", 80000),
	    IA32);
}

static void selects(void)
{
	uint32_t *tv = WORDS(0, 1000);
	uint32_t *args = WORDS(0, 0, 0, 0, P(tv));

#define SELECT I("n", 0), I("inp", 0), I("outp", 0), I("exp", 0), RANGE("time_left", 0, 1000000), IA32
	SEE(83, "select", I("res", i386(82, P(args))), SELECT);
	SEE(83, "select", I("res", i386(142, 0, 0, 0, 0, P(tv))), SELECT);
	SEE(33309, "pselect6", I("res", i386(308, 0, 0, 0, 0, P(WORDS(0, 5000)), P(WORDS(0, 8)))), I("n", 0),
	    I("inp", 0), I("outp", 0), I("exp", 0), RANGE("time_left", 0, 5000), I("sigmask", 0), I("sigsetsize", 8),
	    IA32);
	SEE(33309, "pselect6", I("res", i386(413, -1, 1, 2, 3, P(WORDS(7, 0, 9, 0)), P(WORDS(0, 8)))), I("n", -1),
	    I("inp", 1), I("outp", 2), I("exp", 3), RANGE("time_left", 6 * 1000000000ull, 7000000009), I("sigmask", 0),
	    I("sigsetsize", 8), IA32);
}

static void times(void)
{
	const char *path = L(live_file("f", ""));
	/* 2040 does not fit the 32 bits of the old call. */
	const uint64_t late = 2208988800ull;
	uint64_t *wide = ia32_copy((const uint64_t[]){late, 5, late + 1, 6}, 32);

	SEE(33329, "utimensat", I("res", i386(320, (uint32_t)AT_FDCWD, P(path), P(WORDS(1000, 7, 2000, 8)), 0)),
	    I("dfd", W_AT_FDCWD), S("filename", path), I("atime", 1000000000007), I("mtime", 2000000000008),
	    I("atime_nsec", 7), I("mtime_nsec", 8), I("flags", 0), IA32);
	SEE(33329, "utimensat", I("res", i386(412, (uint32_t)AT_FDCWD, P(path), P(wide), 0)), I("dfd", W_AT_FDCWD),
	    S("filename", path), I("atime", late * 1000000000 + 5), I("mtime", (late + 1) * 1000000000 + 6),
	    I("atime_nsec", 5), I("mtime_nsec", 6), I("flags", 0), IA32);
}

/* Maps it before maps are looked at. */
static void make_room(void)
{
	ia32_room(1);
}

static void maps(void)
{
	uint32_t *args = WORDS(0, 8192, 1, 0x22, (uint32_t)-1, 0);
	long at = i386(90, P(args));

#define VM RANGE("vm_size", 1, 1u << 31), RANGE("vm_rss", 1, 1u << 31), RANGE("vm_swap", 0, 1u << 31)
	NEED(at > 0);
	SEE(161, "mmap", I("res", at), VM, I("addr", 0), I("length", 8192), I("prot", W_PROT_READ),
	    I("flags", W_MAP_PRIVATE | W_MAP_ANONYMOUS), I("fd", -1), I("offset", 0), IA32);
	at = i386(192, 0, 4096, 1, 0x02, (uint32_t)-1, 3);
	SEE(163, "mmap2", I("res", -EBADF), VM, I("addr", 0), I("length", 4096), I("prot", W_PROT_READ),
	    I("flags", W_MAP_PRIVATE), I("fd", -1), I("pgoffset", 3), IA32);
	NEED(at == -EBADF);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(open_family), CASE(creat_and_umount), CASE(offsets), CASE(vectors), CASE(sendfiles),
		CASE(stats),	   CASE(owners),	   CASE(selects), CASE(times),	 CASE_AFTER(make_room, maps),
	};

	return ia32_possible("ia32_files") ? live_family("ia32_files", cases, sizeof(cases) / sizeof(cases[0]))
					   : LIVE_SKIP;
}

#else

int main(void)
{
	return ia32_possible("ia32_files") ? 1 : LIVE_SKIP;
}

#endif

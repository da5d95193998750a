/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * open, openat, openat2, creat and connect have an event at their entry as well, before that of their exit: with what
 * the caller says, whatever comes of it.
 */
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "net.h"

static struct stat fd_stat(long fd)
{
	struct stat st;

	NEED(fd >= 0 && fstat((int)fd, &st) == 0);
	return st;
}

static void open_both(void)
{
	const char *path = live_path("new");
	long fd = call(SYS_open, path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	struct stat st = fd_stat(fd);

	/* That it is created is not known before. */
	SEE(2, "open", S("name", path), I("flags", W_RDWR | W_CREAT | W_CLOEXEC), I("mode", 0640), CTX_CATEGORY("file"),
	    CTX_FD_NONE(), CTX_PID(getpid()));
	SEE(3, "open", I("fd", fd), S("name", path), I("flags", W_RDWR | W_CREAT | W_CLOEXEC | W_F_CREATED),
	    I("mode", 0640), I("dev", live_dev(&st)), I("ino", st.st_ino), CTX_FD_NAME(path));
	fd = call(SYS_open, "/nonexistent/x", O_WRONLY | O_TRUNC, 0777);
	SEE(2, "open", S("name", "/nonexistent/x"), I("flags", W_WRONLY | W_TRUNC), I("mode", 0));
	SEE(3, "open", I("fd", fd), S("name", "/nonexistent/x"), I("flags", W_WRONLY | W_TRUNC), I("mode", 0),
	    I("dev", 0), I("ino", 0), CTX_FD_NONE());
}

static void openat_both(void)
{
	const char *path = live_path("."); /* on a page that has been written to */
	long dir = call(SYS_openat, AT_FDCWD, path, O_DIRECTORY), fd;
	struct stat dir_st = fd_stat(dir);

	SEE(306, "openat", I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDONLY | W_DIRECTORY), I("mode", 0));
	SEE(307, "openat", I("fd", dir), I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDONLY | W_DIRECTORY),
	    I("mode", 0), I("dev", live_dev(&dir_st)), I("ino", dir_st.st_ino));
	fd = call(SYS_openat, dir, "missing", O_RDONLY, 0644);
	SEE(306, "openat", I("dirfd", dir), S("name", "missing"), I("flags", W_RDONLY), I("mode", 0),
	    CTX_CATEGORY("file"));
	SEE(307, "openat", I("fd", fd), I("dirfd", dir), S("name", "missing"), I("flags", W_RDONLY), I("mode", 0),
	    I("dev", 0), I("ino", 0));
}

static void openat_of(const char *name, size_t len)
{
	long res = call(SYS_openat, AT_FDCWD, name, O_RDWR | O_CREAT, 0600);

	SEE(306, "openat", I("dirfd", W_AT_FDCWD), B("name", name, len), I("flags", W_RDWR | W_CREAT), I("mode", 0600));
	SEE(307, "openat", I("fd", res), I("dirfd", W_AT_FDCWD), B("name", name, len), I("flags", W_RDWR | W_CREAT),
	    I("mode", 0600), I("dev", 0), I("ino", 0));
	NEED(res < 0);
}

static void openat_pointers(void)
{
	static const long bad[] = {0, 1, -1};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		long res = call(SYS_openat, -5, bad[i], O_RDONLY);

		SEE(306, "openat", I("dirfd", -5), EMPTY("name"), I("flags", W_RDONLY), I("mode", 0));
		SEE(307, "openat", I("fd", res), I("dirfd", -5), EMPTY("name"), I("flags", W_RDONLY), I("mode", 0),
		    I("dev", 0), I("ino", 0));
	}
	openat_of("", 1);
}

static void openat_long_names(void)
{
	char name[4200];

	/* 4096 bytes with the NUL; of one more the NUL takes the place of the last. */
	memset(name, 'a', sizeof(name));
	name[4095] = 0;
	openat_of(name, 4096);
	name[4095] = 'a';
	name[4096] = 0;
	NEED(call(SYS_openat, AT_FDCWD, name, O_RDONLY) == -ENAMETOOLONG);
	name[4095] = 0;
	SEE(306, "openat", I("dirfd", W_AT_FDCWD), S("name", name), I("flags", W_RDONLY), I("mode", 0));
	SEE(307, "openat", I("fd", -ENAMETOOLONG), I("dirfd", W_AT_FDCWD), S("name", name), I("flags", W_RDONLY),
	    I("mode", 0), I("dev", 0), I("ino", 0));
}

/*
 * Programs do not wait for memory: a name on a page that the process has not touched yet, or that is swapped out, is
 * empty at the entry. The kernel has to fetch it then, so that the exit has it.
 */
static void openat_of_absent_page(void)
{
	char *name = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long res;

	NEED(name != MAP_FAILED);
	strcpy(name, "/nonexistent");
	NEED(madvise(name, 4096, MADV_DONTNEED) == 0);
	res = call(SYS_openat, AT_FDCWD, name, O_RDONLY);
	SEE(306, "openat", I("dirfd", W_AT_FDCWD), EMPTY("name"), I("flags", W_RDONLY), I("mode", 0));
	SEE(307, "openat", I("fd", res), I("dirfd", W_AT_FDCWD), S("name", "/nonexistent"), I("flags", W_RDONLY),
	    I("mode", 0), I("dev", 0), I("ino", 0));
}

/* Waits till the process is blocked in openat, then writes another name over the one that it gave, and lets it go. */
static void swap_name(long pid, char *name, const char *other, const char *fifo)
{
	int64_t until = live_ms() + LIVE_PATIENCE;
	char path[64], line[64];
	long nr = -1;

	snprintf(path, sizeof(path), "/proc/%ld/syscall", pid);
	while (nr != SYS_openat && live_ms() < until) {
		FILE *f = fopen(path, "re");

		if (!f)
			_exit(1);
		nr = fgets(line, sizeof(line), f) ? strtol(line, NULL, 10) : -1;
		fclose(f);
	}
	strcpy(name, other);
	_exit(nr == SYS_openat && open(fifo, O_WRONLY) >= 0 ? 0 : 1);
}

/* What these events are for: the caller's memory may be another at the exit than what the kernel took the name from. */
static void openat_of_swapped_name(void)
{
	char *name = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *fifo = live_path("fifo"), *other = "/etc/hosts";
	long self = getpid(), child, fd;
	struct stat st;

	NEED(name != MAP_FAILED && mkfifo(fifo, 0600) == 0);
	if (access("/proc/self/syscall", R_OK))
		live_skip("no /proc/self/syscall");
	strcpy(name, fifo);
	child = fork();
	if (child == 0)
		swap_name(self, name, other, fifo);
	fd = call(SYS_openat, AT_FDCWD, name, O_RDONLY);
	st = fd_stat(fd);
	SEE(306, "openat", I("dirfd", W_AT_FDCWD), S("name", fifo), I("flags", W_RDONLY), I("mode", 0));
	SEE(307, "openat", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", other), I("flags", W_RDONLY), I("mode", 0),
	    I("dev", live_dev(&st)), I("ino", st.st_ino));
	NEED(child > 0 && live_wait(child) == 0);
}

static void openat2_both(void)
{
	struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0604, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV};
	const char *path = live_path("new");
	long fd = call(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd == -ENOSYS)
		live_skip("no openat2 in this kernel");
	/* Beneath what is open, no absolute path. */
	NEED(fd == -EXDEV);
	SEE(326, "openat2", I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDWR | W_CREAT), I("mode", 0604),
	    I("resolve", W_RESOLVE_BENEATH | W_RESOLVE_NO_XDEV));
	SEE(327, "openat2", I("fd", fd), I("dirfd", W_AT_FDCWD), S("name", path), I("flags", W_RDWR | W_CREAT),
	    I("mode", 0604), I("resolve", W_RESOLVE_BENEATH | W_RESOLVE_NO_XDEV), I("dev", 0), I("ino", 0));
	fd = call(SYS_openat2, 77, "x", 1L, sizeof(how));
	SEE(326, "openat2", I("dirfd", 77), S("name", "x"), I("flags", W_RDONLY), I("mode", 0), I("resolve", 0));
	SEE(327, "openat2", I("fd", fd), I("dirfd", 77), S("name", "x"), I("flags", W_RDONLY), I("mode", 0),
	    I("resolve", 0), I("dev", 0), I("ino", 0));
}

static void creat_both(void)
{
	const char *path = live_path("new");
	long fd = call(SYS_creat, path, 0751);
	struct stat st = fd_stat(fd);

	SEE(58, "creat", S("name", path), I("mode", 0751), CTX_FD_NONE());
	SEE(59, "creat", I("fd", fd), S("name", path), I("mode", 0751), I("dev", live_dev(&st)), I("ino", st.st_ino),
	    I("creat_flags", 0), CTX_FD_NAME(path));
	fd = call(SYS_creat, 1L, 0600);
	SEE(58, "creat", EMPTY("name"), I("mode", 0600));
	SEE(59, "creat", I("fd", fd), EMPTY("name"), I("mode", 0600), I("dev", 0), I("ino", 0), I("creat_flags", 0));
}

static void connect_inet(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM), fd = socket(AF_INET, SOCK_STREAM, 0);
	union addr to = name_of(server), from;
	struct wire w = wire_addr(&to), tuple;
	long res = call(SYS_connect, fd, &to, sizeof(to.in));

	NEED(res == 0);
	from = name_of(fd);
	tuple = wire_tuple(&from, &to);
	SEE(22, "connect", I("fd", fd), W("addr", w), CTX_CATEGORY("net"), CTX_FD_TYPE(GYR_FD_IPV4));
	SEE(23, "connect", I("res", 0), W("tuple", tuple), I("fd", fd), W("addr", w));
}

static void connect_fails(void)
{
	union addr to = loopback(AF_INET6, 9);
	struct wire w = wire_addr(&to);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	long res;

	SEE(22, "connect", I("fd", -1), W("addr", w));
	SEE(23, "connect", I("res", call(SYS_connect, -1, &to, sizeof(to.in6))), EMPTY("tuple"), I("fd", -1),
	    W("addr", w));
	res = call(SYS_connect, fd, 1L, 16);
	SEE(22, "connect", I("fd", fd), EMPTY("addr"));
	SEE(23, "connect", I("res", res), EMPTY("tuple"), I("fd", fd), EMPTY("addr"));
	to = unix_addr(live_path("nobody"));
	w = wire_addr(&to);
	res = call(SYS_connect, fd, &to, sizeof(to.un));
	SEE(22, "connect", I("fd", fd), W("addr", w));
	SEE(23, "connect", I("res", res), EMPTY("tuple"), I("fd", fd), W("addr", w));
	/* Too short for its family. */
	to = loopback(AF_INET, 9);
	res = call(SYS_connect, fd, &to, 4);
	SEE(22, "connect", I("fd", fd), EMPTY("addr"));
	SEE(23, "connect", I("res", res), EMPTY("tuple"), I("fd", fd), EMPTY("addr"));
}

/* No other system call has an event at its entry. */
static void others(void)
{
	call(SYS_close, -1);
	SEE(5, "close", I("res", -EBADF), I("fd", -1));
	SEE_NO(4, "close");
	call(SYS_read, -1, NULL, 0);
	SEE_NO(6, "read");
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(open_both),
		CASE(openat_both),
		CASE(openat_pointers),
		CASE(openat_long_names),
		CASE(openat_of_absent_page),
		CASE(openat_of_swapped_name),
		CASE(openat2_both),
		CASE(creat_both),
		CASE(connect_inet),
		CASE(connect_fails),
		CASE(others),
	};

	return live_family_of("enters", cases, sizeof(cases) / sizeof(cases[0]), &(struct live_asks){.enter = true});
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sequences of events, and what the tables then say. /proc is not asked here. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "feed.h"

#define AT_FDCWD_WIRE -100

static struct feed F, *f = &F;

static void setup(void)
{
	feed_open(f);
}

static void teardown(void)
{
	feed_close(f);
}

static void open_file(uint64_t tid, int fd, const char *name)
{
	FEED(f, tid, SYSCALL_OPENAT_2_X, N("fd", fd), N("dirfd", AT_FDCWD_WIRE), S("name", name), N("flags", 0),
	     N("dev", 5), N("ino", 77));
}

static void open_cloexec(uint64_t tid, int fd, const char *name)
{
	FEED(f, tid, SYSCALL_OPENAT_2_X, N("fd", fd), N("dirfd", AT_FDCWD_WIRE), S("name", name),
	     N("flags", FLAG(SYSCALL_OPENAT_2_X, "flags", "O_CLOEXEC")));
}

#define ck_name(tid, fd, want) ck_assert_pstr_eq(feed_fd_name(f, tid, fd), want)

/* ---- files ---- */

START_TEST(test_open_names)
{
	const struct gyr_fd *fd;

	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", "/srv/www"));
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 10)), "/srv/www");
	open_file(10, 3, "../etc/.//hosts");
	ck_name(10, 3, "/srv/etc/hosts");
	fd = feed_fd(f, 10, 3);
	ck_assert_int_eq(gyr_fd_type(fd), GYR_FD_FILE);
	ck_assert_uint_eq(gyr_fd_dev(fd), 5);
	ck_assert_uint_eq(gyr_fd_ino(fd), 77);
	ck_assert(!gyr_fd_cloexec(fd));

	BEFORE(f, 10, SYSCALL_OPENAT2_X, N("fd", 4), N("dirfd", AT_FDCWD_WIRE), S("name", "/var/log/"),
	       N("flags",
		 FLAG(SYSCALL_OPENAT2_X, "flags", "O_DIRECTORY") | FLAG(SYSCALL_OPENAT2_X, "flags", "O_CLOEXEC")));
	ck_assert_int_eq(gyr_event_fd(&f->ev) == feed_fd(f, 10, 4), 1);
	feed_after(f);
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 10, 4)), GYR_FD_DIRECTORY);
	ck_assert(gyr_fd_cloexec(feed_fd(f, 10, 4)));
	FEED(f, 10, SYSCALL_OPENAT_2_X, N("fd", 5), N("dirfd", 4), S("name", "app/x.log"));
	ck_name(10, 5, "/var/log/app/x.log");
	FEED(f, 10, SYSCALL_OPEN_X, N("fd", 6), S("name", "/dev/null"));
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 10, 6)), GYR_FD_DEVICE);
	FEED(f, 10, SYSCALL_CREAT_X, N("fd", 7), S("name", "new"));
	ck_name(10, 7, "/srv/www/new");

	/* A failed one changes nothing and has no fd. */
	BEFORE(f, 10, SYSCALL_OPEN_X, N("fd", -ENOENT), S("name", "/nowhere"));
	ck_assert_ptr_null(f->ev.fd);
	ck_assert_int_eq(f->ev.fd_num, -1);
	feed_after(f);
}
END_TEST

START_TEST(test_paths)
{
	static const struct {
		const char *base, *rel, *want;
	} cases[] = {
		{"/a", "b", "/a/b"}, {"/a/b", "../c", "/a/c"}, {"/a", "/b/../c/.", "/c"}, {"/", "..", "/"},
		{"/a", "", "/a"},    {"", "x/./y", "x/y"},     {"", "../x", "../x"},	  {"", "a/../../x", "../x"},
		{"", "", ""},	     {"/a", "../../..", "/"},  {"/", "x//y///", "/x/y"},  {"/a", "...", "/a/..."},
	};
	char out[PATH_ROOM], small[8];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		path_join(out, sizeof(out), cases[i].base, strlen(cases[i].base), cases[i].rel, strlen(cases[i].rel));
		ck_assert_str_eq(out, cases[i].want);
	}
	ck_assert_uint_eq(path_join(small, sizeof(small), "/abc", 4, "de", 2), 7);
	ck_assert_str_eq(small, "/abc/de");
	/* No room: unknown, and not a path with a hole in it. */
	ck_assert_uint_eq(path_join(small, sizeof(small), "/abc", 4, "defghi/j", 8), 0);
	ck_assert_str_eq(small, "");
	ck_assert_uint_eq(path_join(small, sizeof(small), "/abcdefgh", 9, "..", 2), 0);
}
END_TEST

START_TEST(test_long_paths)
{
	char part[4000], path[PATH_ROOM];

	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	snprintf(path, sizeof(path), "/%s", part);
	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", path));
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 10)), path);
	open_file(10, 3, part);
	ck_name(10, 3, NULL); /* it is looked up when it is used */
	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", part));
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 10)), "");
}
END_TEST

START_TEST(test_close)
{
	open_file(10, 3, "/a");
	BEFORE(f, 10, SYSCALL_CLOSE_X, N("res", 0), N("fd", 3));
	ck_assert_ptr_nonnull(f->ev.fd);
	ck_assert_str_eq(gyr_fd_name(f->ev.fd), "/a");
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_FILE);
	feed_after(f);
	ck_name(10, 3, NULL);

	open_file(10, 3, "/a");
	FEED(f, 10, SYSCALL_CLOSE_X, N("res", -EIO), N("fd", 3));
	ck_name(10, 3, NULL);
	/* Nothing there: nothing happens, and nothing is made up. */
	BEFORE(f, 10, SYSCALL_CLOSE_X, N("res", -EBADF), N("fd", 3));
	ck_assert_ptr_null(f->ev.fd);
	ck_assert_int_eq(f->ev.fd_num, 3);
	feed_after(f);
	FEED(f, 10, SYSCALL_CLOSE_X, N("res", 0), N("fd", 99));
	ck_name(10, 99, NULL);
}
END_TEST

START_TEST(test_close_range)
{
	for (int fd = 3; fd < 100; fd++)
		open_file(10, fd, "/x");
	FEED(f, 10, SYSCALL_CLOSE_RANGE_X, N("res", 0), N("first", 90), N("last", UINT32_MAX),
	     N("flags", FLAG(SYSCALL_CLOSE_RANGE_X, "flags", "CLOSE_RANGE_CLOEXEC")));
	for (int fd = 3; fd < 100; fd++)
		ck_assert_int_eq(gyr_fd_cloexec(feed_fd(f, 10, fd)), fd >= 90);
	FEED(f, 10, SYSCALL_CLOSE_RANGE_X, N("res", 0), N("first", 10), N("last", 89));
	for (int fd = 3; fd < 100; fd++)
		ck_name(10, fd, fd < 10 || fd >= 90 ? "/x" : NULL);
	FEED(f, 10, SYSCALL_CLOSE_RANGE_X, N("res", -EINVAL), N("first", 3), N("last", 9));
	ck_name(10, 3, "/x");
	ck_assert_uint_eq(f->st->nfds, 17);
}
END_TEST

START_TEST(test_dup)
{
	open_cloexec(10, 3, "/a");
	open_file(10, 4, "/b");
	BEFORE(f, 10, SYSCALL_DUP_1_X, N("res", 5), N("oldfd", 3));
	ck_assert_int_eq(f->ev.fd_num, 5);
	feed_after(f);
	ck_name(10, 5, "/a");
	ck_assert(!gyr_fd_cloexec(feed_fd(f, 10, 5)));
	FEED(f, 10, SYSCALL_DUP2_X, N("res", 4), N("oldfd", 5), N("newfd", 4));
	ck_name(10, 4, "/a");
	FEED(f, 10, SYSCALL_DUP2_X, N("res", 3), N("oldfd", 3), N("newfd", 3));
	ck_assert(gyr_fd_cloexec(feed_fd(f, 10, 3)));
	FEED(f, 10, SYSCALL_DUP3_X, N("res", 9), N("oldfd", 4), N("newfd", 9),
	     N("flags", FLAG(SYSCALL_DUP3_X, "flags", "O_CLOEXEC")));
	ck_name(10, 9, "/a");
	ck_assert(gyr_fd_cloexec(feed_fd(f, 10, 9)));
	FEED(f, 10, SYSCALL_DUP_1_X, N("res", -EMFILE), N("oldfd", 3));
	/* Of an fd that is not known nothing is known either; what stood there is gone. */
	FEED(f, 10, SYSCALL_DUP2_X, N("res", 9), N("oldfd", 50), N("newfd", 9));
	ck_name(10, 9, NULL);
}
END_TEST

START_TEST(test_fcntl)
{
	uint32_t dupfd = FLAG(SYSCALL_FCNTL_X, "cmd", "F_DUPFD");
	uint32_t dupfd_cloexec = FLAG(SYSCALL_FCNTL_X, "cmd", "F_DUPFD_CLOEXEC");
	uint32_t setfd = FLAG(SYSCALL_FCNTL_X, "cmd", "F_SETFD"), getfl = FLAG(SYSCALL_FCNTL_X, "cmd", "F_GETFL");

	open_file(10, 3, "/a");
	FEED(f, 10, SYSCALL_FCNTL_X, N("res", 10), N("fd", 3), N("cmd", dupfd), N("arg", 10));
	FEED(f, 10, SYSCALL_FCNTL_X, N("res", 11), N("fd", 3), N("cmd", dupfd_cloexec), N("arg", 10));
	FEED(f, 10, SYSCALL_FCNTL_X, N("res", 12), N("fd", 3), N("cmd", getfl), N("arg", 10));
	ck_name(10, 10, "/a");
	ck_name(10, 11, "/a");
	ck_name(10, 12, NULL);
	ck_assert(!gyr_fd_cloexec(feed_fd(f, 10, 10)));
	ck_assert(gyr_fd_cloexec(feed_fd(f, 10, 11)));
	FEED(f, 10, SYSCALL_FCNTL_X, N("res", 0), N("fd", 3), N("cmd", setfd), N("arg", 1));
	ck_assert(gyr_fd_cloexec(feed_fd(f, 10, 3)));
	FEED(f, 10, SYSCALL_FCNTL_X, N("res", 0), N("fd", 3), N("cmd", setfd), N("arg", 0));
	ck_assert(!gyr_fd_cloexec(feed_fd(f, 10, 3)));
}
END_TEST

#define ck_fd(tid, num, type, name, on_exec)                                                                           \
	do {                                                                                                           \
		const struct gyr_fd *fd_ = feed_fd(f, tid, num);                                                       \
		ck_assert_str_eq(gyr_fd_type_name(gyr_fd_type(fd_)), type);                                            \
		ck_assert_str_eq(gyr_fd_name(fd_), name);                                                              \
		ck_assert_int_eq(gyr_fd_cloexec(fd_), on_exec);                                                        \
	} while (0)

START_TEST(test_anonymous)
{
	FEED(f, 10, SYSCALL_PIPE2_X, N("res", 0), N("fd1", 3), N("fd2", 4), N("ino", 555),
	     N("flags", FLAG(SYSCALL_PIPE2_X, "flags", "O_CLOEXEC")));
	ck_fd(10, 3, "pipe", "pipe:[555]", 1);
	ck_fd(10, 4, "pipe", "pipe:[555]", 1);
	FEED(f, 10, SYSCALL_PIPE_X, N("res", 0), N("fd1", 3), N("fd2", 4), N("ino", 556));
	ck_fd(10, 4, "pipe", "pipe:[556]", 0);
	FEED(f, 10, SYSCALL_EPOLL_CREATE_X, N("res", 5));
	ck_fd(10, 5, "eventpoll", "[eventpoll]", 0);
	FEED(f, 10, SYSCALL_EPOLL_CREATE1_X, N("res", 5),
	     N("flags", FLAG(SYSCALL_EPOLL_CREATE1_X, "flags", "EPOLL_CLOEXEC")));
	ck_fd(10, 5, "eventpoll", "[eventpoll]", 1);
	FEED(f, 10, SYSCALL_EVENTFD2_X, N("res", 6), N("flags", FLAG(SYSCALL_EVENTFD2_X, "flags", "O_CLOEXEC")));
	ck_fd(10, 6, "event", "[eventfd]", 1);
	FEED(f, 10, SYSCALL_SIGNALFD4_X, N("res", 7));
	ck_fd(10, 7, "signalfd", "[signalfd]", 0);
	FEED(f, 10, SYSCALL_TIMERFD_CREATE_X, N("res", 8));
	ck_fd(10, 8, "timerfd", "[timerfd]", 1);
	FEED(f, 10, SYSCALL_INOTIFY_INIT1_X, N("res", 9),
	     N("flags", FLAG(SYSCALL_INOTIFY_INIT1_X, "flags", "O_CLOEXEC")));
	ck_fd(10, 9, "inotify", "inotify", 1);
	FEED(f, 10, SYSCALL_MEMFD_CREATE_X, N("fd", 11), S("name", "jit"),
	     N("flags", FLAG(SYSCALL_MEMFD_CREATE_X, "flags", "MFD_CLOEXEC")));
	ck_fd(10, 11, "memfd", "memfd:jit", 1);
	FEED(f, 10, SYSCALL_PIDFD_OPEN_X, N("fd", 12));
	ck_fd(10, 12, "pidfd", "[pidfd]", 1);
	FEED(f, 10, SYSCALL_IO_URING_SETUP_X, N("res", 13));
	ck_fd(10, 13, "io_uring", "[io_uring]", 1);
	FEED(f, 10, SYSCALL_BPF_2_X, N("fd", 14), N("cmd", FLAG(SYSCALL_BPF_2_X, "cmd", "BPF_PROG_LOAD")));
	ck_fd(10, 14, "bpf", "bpf-prog", 1);
	/* Most commands return 0, which is no fd. */
	BEFORE(f, 10, SYSCALL_BPF_2_X, N("fd", 0), N("cmd", FLAG(SYSCALL_BPF_2_X, "cmd", "BPF_MAP_LOOKUP_ELEM")));
	ck_assert_int_eq(f->ev.fd_num, -1);
	feed_after(f);
	/* Nor is it when nothing is known of the caller. */
	BEFORE(f, 0, SYSCALL_BPF_2_X, N("fd", 0), N("cmd", FLAG(SYSCALL_BPF_2_X, "cmd", "BPF_MAP_LOOKUP_ELEM")));
	ck_assert_int_eq(f->ev.fd_num, -1);
	feed_after(f);
	BEFORE(f, 10, SYSCALL_BPF_2_X, N("fd", 14), N("cmd", FLAG(SYSCALL_BPF_2_X, "cmd", "BPF_MAP_CREATE")));
	ck_assert_int_eq(f->ev.fd_num, 14);
	ck_assert_ptr_eq(f->ev.fd, feed_fd(f, 10, 14));
	feed_after(f);
	FEED(f, 10, SYSCALL_LANDLOCK_CREATE_RULESET_X, N("fd", 16), N("flags", 0));
	ck_fd(10, 16, "anon", "[landlock-ruleset]", 1);
	/* A version, and no fd, though there is one of the number. */
	BEFORE(f, 10, SYSCALL_LANDLOCK_CREATE_RULESET_X, N("fd", 6),
	       N("flags", FLAG(SYSCALL_LANDLOCK_CREATE_RULESET_X, "flags", "LANDLOCK_CREATE_RULESET_VERSION")));
	ck_assert_int_eq(f->ev.fd_num, -1);
	ck_assert_ptr_null(f->ev.fd);
	feed_after(f);
	ck_fd(10, 6, "event", "[eventfd]", 1);
	FEED(f, 10, SYSCALL_USERFAULTFD_X, N("res", 15));
	ck_fd(10, 15, "anon", "[userfaultfd]", 0);
	for (int t = GYR_FD_UNKNOWN; t <= GYR_FD_TYPES_; t++)
		ck_assert_int_eq(gyr_fd_type_name(t)[0] != '\0', t > GYR_FD_UNKNOWN && t < GYR_FD_TYPES_);
}
END_TEST

/* ---- sockets ---- */

/* Wire forms; sizes are those of the format. */
struct __attribute__((packed)) tuple4 {
	uint8_t family;
	uint8_t src[4];
	uint16_t sport;
	uint8_t dst[4];
	uint16_t dport;
};
struct __attribute__((packed)) tuple6 {
	uint8_t family;
	uint8_t src[16];
	uint16_t sport;
	uint8_t dst[16];
	uint16_t dport;
};

static struct tuple4 tuple4(const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	struct tuple4 t = {.family = AF_INET, .sport = sport, .dport = dport};

	inet_pton(AF_INET, src, t.src);
	inet_pton(AF_INET, dst, t.dst);
	return t;
}

static struct tuple6 tuple6(const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	struct tuple6 t = {.family = AF_INET6, .sport = sport, .dport = dport};

	inet_pton(AF_INET6, src, t.src);
	inet_pton(AF_INET6, dst, t.dst);
	return t;
}

static void open_socket(uint64_t tid, int fd, int domain, int type)
{
	FEED(f, tid, SOCKET_SOCKET_X, N("fd", fd), N("domain", domain), N("type", type), N("proto", 0));
}

START_TEST(test_tcp)
{
	struct tuple4 out = tuple4("10.0.0.1", 4242, "10.0.0.2", 80), in = tuple4("10.9.9.9", 5000, "10.0.0.1", 8080);
	struct tuple6 out6 = tuple6("fe80::1", 1, "2001:db8::2", 2),
		      mapped = tuple6("::ffff:1.2.3.4", 7, "::ffff:5.6.7.8", 9);
	static const uint8_t any8080[] = {AF_INET, 0, 0, 0, 0, 0x90, 0x1f};
	struct gyr_fd_tuple t;

	open_socket(10, 3, AF_INET, SOCK_STREAM | SOCK_CLOEXEC);
	ck_fd(10, 3, "ipv4", "", 1);
	ck_assert(!gyr_fd_get_tuple(feed_fd(f, 10, 3), &t));
	FEED(f, 10, SYSCALL_DUP_1_X, N("res", 8), N("oldfd", 3));
	FEED(f, 10, SOCKET_CONNECT_X, N("res", -EINPROGRESS), B("tuple", &out, sizeof(out)), N("fd", 3));
	ck_fd(10, 3, "ipv4", "10.0.0.1:4242->10.0.0.2:80", 1);
	/* One socket behind both numbers. */
	ck_fd(10, 8, "ipv4", "10.0.0.1:4242->10.0.0.2:80", 0);
	ck_assert(gyr_fd_get_tuple(feed_fd(f, 10, 8), &t));
	ck_assert(t.family == AF_INET && t.l4proto == IPPROTO_TCP && !t.server && t.lport == 4242 && t.rport == 80);
	ck_assert_mem_eq(t.laddr, "\x0a\0\0\1", 4);
	ck_assert_mem_eq(t.raddr, "\x0a\0\0\2", 4);

	open_socket(10, 4, AF_INET, SOCK_STREAM);
	FEED(f, 10, SOCKET_BIND_X, N("res", 0), B("addr", any8080, sizeof(any8080)), N("fd", 4));
	FEED(f, 10, SOCKET_LISTEN_X, N("res", 0), N("fd", 4));
	ck_fd(10, 4, "ipv4", "0.0.0.0:8080", 0);
	BEFORE(f, 10, SOCKET_ACCEPT4_6_X, N("fd", 5), B("tuple", &in, sizeof(in)), N("flags", SOCK_CLOEXEC));
	ck_assert_int_eq(f->ev.fd_num, 5);
	feed_after(f);
	ck_fd(10, 5, "ipv4", "10.9.9.9:5000->10.0.0.1:8080", 1);
	ck_assert(gyr_fd_get_tuple(feed_fd(f, 10, 5), &t));
	ck_assert(t.server && t.lport == 8080 && t.rport == 5000);
	ck_assert_mem_eq(t.laddr, "\x0a\0\0\1", 4);
	FEED(f, 10, SOCKET_ACCEPT_5_X, N("fd", -EAGAIN));

	open_socket(10, 6, AF_INET6, SOCK_STREAM);
	FEED(f, 10, SOCKET_CONNECT_X, N("res", 0), B("tuple", &out6, sizeof(out6)), N("fd", 6));
	ck_fd(10, 6, "ipv6", "fe80::1:1->2001:db8::2:2", 0);
	FEED(f, 10, SOCKET_CONNECT_X, N("res", 0), B("tuple", &mapped, sizeof(mapped)), N("fd", 6));
	ck_fd(10, 6, "ipv4", "1.2.3.4:7->5.6.7.8:9", 0);
	/* Refused: as before. Not known before: known by its tuple. */
	FEED(f, 10, SOCKET_CONNECT_X, N("res", -ECONNREFUSED), B("tuple", &out, sizeof(out)), N("fd", 6));
	ck_fd(10, 6, "ipv4", "1.2.3.4:7->5.6.7.8:9", 0);
	FEED(f, 10, SOCKET_CONNECT_X, N("res", 0), B("tuple", &out, sizeof(out)), N("fd", 30));
	ck_fd(10, 30, "ipv4", "10.0.0.1:4242->10.0.0.2:80", 0);
}
END_TEST

START_TEST(test_udp)
{
	struct tuple4 a = tuple4("10.0.0.1", 1000, "8.8.8.8", 53), b = tuple4("10.0.0.1", 1000, "9.9.9.9", 53);
	struct tuple4 from = tuple4("8.8.8.8", 53, "10.0.0.1", 1000), first = tuple4("1.1.1.1", 11, "10.0.0.1", 514);
	struct tuple4 answer = tuple4("10.0.0.1", 514, "1.1.1.1", 11);

	open_socket(10, 3, AF_INET, SOCK_DGRAM);
	FEED(f, 10, SOCKET_SENDTO_X, N("res", 10), N("fd", 3), B("tuple", &a, sizeof(a)));
	ck_name(10, 3, "10.0.0.1:1000->8.8.8.8:53");
	FEED(f, 10, SOCKET_RECVFROM_X, N("res", 10), N("fd", 3), B("tuple", &from, sizeof(from)));
	ck_name(10, 3, "10.0.0.1:1000->8.8.8.8:53");
	BEFORE(f, 10, SOCKET_SENDTO_X, N("res", 10), N("fd", 3), B("tuple", &b, sizeof(b)));
	ck_assert_str_eq(gyr_fd_name(f->ev.fd), "10.0.0.1:1000->9.9.9.9:53");
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_NET);
	feed_after(f);

	open_socket(10, 4, AF_INET, SOCK_DGRAM);
	FEED(f, 10, SOCKET_RECVMSG_X, N("res", 10), N("fd", 4), B("tuple", &first, sizeof(first)));
	ck_name(10, 4, "1.1.1.1:11->10.0.0.1:514");
	FEED(f, 10, SOCKET_SENDMSG_X, N("res", 10), N("fd", 4), B("tuple", &answer, sizeof(answer)));
	ck_name(10, 4, "1.1.1.1:11->10.0.0.1:514");
}
END_TEST

START_TEST(test_unix)
{
	static const char addr[] = "\x01/run/x.sock", tuple[] = "\x01ssssssssdddddddd/run/x.sock";
	/* Abstract names: with the NUL that they begin with, and as the wire mostly has them. */
	static const char with_nul[] = "\x01\0hidden", without[] = "\x01hidden",
			  tuple_nul[] = "\x01ssssssssdddddddd\0hidden";

	open_socket(10, 3, AF_UNIX, SOCK_STREAM);
	FEED(f, 10, SOCKET_BIND_X, N("res", 0), B("addr", addr, sizeof(addr)), N("fd", 3));
	ck_fd(10, 3, "unix", "/run/x.sock", 0);
	FEED(f, 10, SOCKET_ACCEPT_5_X, N("fd", 4), B("tuple", tuple, sizeof(tuple)));
	ck_fd(10, 4, "unix", "/run/x.sock", 0);
	FEED(f, 10, SOCKET_CONNECT_X, N("res", 0), B("tuple", tuple, sizeof(tuple)), N("fd", 5));
	ck_fd(10, 5, "unix", "/run/x.sock", 0);
	FEED(f, 10, SOCKET_BIND_X, N("res", 0), B("addr", with_nul, sizeof(with_nul)), N("fd", 20));
	ck_fd(10, 20, "unix", "hidden", 0);
	FEED(f, 10, SOCKET_BIND_X, N("res", 0), B("addr", without, sizeof(without)), N("fd", 21));
	ck_fd(10, 21, "unix", "hidden", 0);
	FEED(f, 10, SOCKET_ACCEPT_5_X, N("fd", 22), B("tuple", tuple_nul, sizeof(tuple_nul)));
	ck_fd(10, 22, "unix", "hidden", 0);
	FEED(f, 10, SOCKET_SOCKETPAIR_X, N("res", 0), N("fd1", 6), N("fd2", 7), N("domain", AF_UNIX),
	     N("type", SOCK_STREAM | SOCK_CLOEXEC));
	ck_fd(10, 6, "unix", "", 1);
	ck_fd(10, 7, "unix", "", 1);
	open_socket(10, 8, AF_NETLINK, SOCK_RAW);
	ck_fd(10, 8, "netlink", "", 0);
	open_socket(10, 9, AF_PACKET, SOCK_RAW);
	ck_fd(10, 9, "packet", "", 0);
	open_socket(10, 11, AF_CAN, SOCK_RAW);
	ck_fd(10, 11, "socket", "", 0);
}
END_TEST

START_TEST(test_category)
{
	open_file(10, 3, "/a");
	open_socket(10, 4, AF_UNIX, SOCK_STREAM);
	FEED(f, 10, SYSCALL_PIPE_X, N("res", 0), N("fd1", 5), N("fd2", 6));
	BEFORE(f, 10, SYSCALL_READ_X, N("res", 1), N("fd", 3));
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_FILE);
	BEFORE(f, 10, SYSCALL_WRITE_X, N("res", 1), N("fd", 4));
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_NET);
	BEFORE(f, 10, SYSCALL_READV_X, N("res", 1), N("fd", 5));
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_IPC);
	BEFORE(f, 10, SYSCALL_READ_X, N("res", 1), N("fd", 50));
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_UNKNOWN);
	/* Only input and output are completed. */
	BEFORE(f, 10, SYSCALL_MMAP_X, N("res", 1), N("fd", 3));
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_MEMORY);
	BEFORE(f, 10, SYSCALL_MMAP_X, N("res", 1), N("fd", -1));
	ck_assert_int_eq(f->ev.fd_num, -1);
	FEED(f, 10, SYSCALL_GETDENTS64_X, N("res", 1), N("fd", 3));
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 10, 3)), GYR_FD_DIRECTORY);
}
END_TEST

/* ---- cwd, ids, name ---- */

START_TEST(test_thread_attributes)
{
	const struct gyr_thread *t;

	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", "/srv"));
	FEED(f, 10, SYSCALL_CHDIR_X, N("res", -ENOENT), S("path", "/none"));
	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", "a/.."));
	t = feed_thread(f, 10);
	ck_assert_str_eq(gyr_thread_cwd(t), "/srv");
	open_file(10, 3, "/var");
	FEED(f, 10, SYSCALL_FCHDIR_X, N("res", 0), N("fd", 3));
	ck_assert_str_eq(gyr_thread_cwd(t), "/var");
	FEED(f, 10, SYSCALL_FCHDIR_X, N("res", 0), N("fd", 40));
	ck_assert_str_eq(gyr_thread_cwd(t), "");
	FEED(f, 10, SYSCALL_SETNS_X, N("res", 0), N("fd", 41),
	     N("nstype", FLAG(SYSCALL_SETNS_X, "nstype", "CLONE_NEWNS")));
	ck_assert_str_eq(gyr_thread_cwd(t), "/");
	/* Without a type the file says it, if it is one of namespaces at all. */
	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", "/srv"));
	open_file(10, 42, "/mnt/netns/mnt:x");
	FEED(f, 10, SYSCALL_SETNS_X, N("res", 0), N("fd", 42), N("nstype", 0));
	open_file(10, 42, "/proc/1/ns/net");
	FEED(f, 10, SYSCALL_SETNS_X, N("res", 0), N("fd", 42), N("nstype", 0));
	ck_assert_str_eq(gyr_thread_cwd(t), "/srv");
	open_file(10, 42, "/proc/1/ns/mnt");
	FEED(f, 10, SYSCALL_SETNS_X, N("res", 0), N("fd", 42), N("nstype", 0));
	ck_assert_str_eq(gyr_thread_cwd(t), "/");

	FEED(f, 10, SYSCALL_PRCTL_X, N("res", 0), N("option", FLAG(SYSCALL_PRCTL_X, "option", "PR_SET_NAME")),
	     S("arg2_str", "a-name-that-is-too-long"));
	ck_assert_str_eq(gyr_thread_comm(t), "a-name-that-is-");
	ck_assert_uint_eq(gyr_thread_uid(t), UINT32_MAX);
	FEED(f, 10, SYSCALL_SETUID_X, N("res", 0), N("uid", 33));
	FEED(f, 10, SYSCALL_SETGID_X, N("res", 0), N("gid", 34));
	ck_assert_uint_eq(gyr_thread_uid(t), 33);
	ck_assert_uint_eq(gyr_thread_gid(t), 34);
	FEED(f, 10, SYSCALL_SETRESUID_X, N("res", 0), N("ruid", 1), N("euid", UINT32_MAX), N("suid", 1));
	FEED(f, 10, SYSCALL_SETREGID_X, N("res", 0), N("rgid", 1), N("egid", 35));
	FEED(f, 10, SYSCALL_SETREUID_X, N("res", -EPERM), N("ruid", 0), N("euid", 0));
	ck_assert_uint_eq(gyr_thread_uid(t), 33);
	ck_assert_uint_eq(gyr_thread_gid(t), 35);
}
END_TEST

/* The ids in calls within a user namespace say nothing of those outside. */
START_TEST(test_user_namespace)
{
	static const uint16_t in = GYR_EVT_SYSCALL_CLONE_20_X;

	FEED(f, 10, SYSCALL_SETUID_X, N("res", 0), N("uid", 33));
	FEED(f, 10, SYSCALL_CLONE_20_X, N("res", 20), N("flags", feed_flag(in, "flags", "CLONE_NEWUSER")));
	FEED(f, 20, SYSCALL_CLONE_20_X, N("res", 21), N("flags", 0));
	ck_assert_uint_eq(gyr_thread_uid(feed_thread(f, 21)), 33);
	FEED(f, 21, SYSCALL_SETUID_X, N("res", 0), N("uid", 0));
	ck_assert_uint_eq(gyr_thread_uid(feed_thread(f, 21)), UINT32_MAX);
	FEED(f, 10, SYSCALL_SETUID_X, N("res", 0), N("uid", 34));
	ck_assert_uint_eq(gyr_thread_uid(feed_thread(f, 10)), 34);
	FEED(f, 10, SYSCALL_UNSHARE_X, N("res", 0), N("flags", FLAG(SYSCALL_UNSHARE_X, "flags", "CLONE_NEWUSER")));
	FEED(f, 10, SYSCALL_SETGID_X, N("res", 0), N("gid", 0));
	ck_assert_uint_eq(gyr_thread_uid(feed_thread(f, 10)), 34);
	ck_assert_uint_eq(gyr_thread_gid(feed_thread(f, 10)), UINT32_MAX);
}
END_TEST

/* ---- hostile or odd input ---- */

START_TEST(test_nobody)
{
	/* Tids that no kernel gives are all nobody, of whom nothing is kept. */
	open_file(0, 3, "/a");
	open_file(1ull << 40, 3, "/a");
	ck_assert_uint_eq(f->st->threads.used, 0);
	ck_assert_ptr_nonnull(f->ev.thread);
	FEED(f, 0, PROCEXIT_1_E, N("status", 0));
	FEED(f, 10, SYSCALL_OPEN_X, N("fd", 1ll << 40), S("name", "/a"));
	FEED(f, 10, SYSCALL_DUP2_X, N("res", INT64_MAX), N("oldfd", INT64_MIN), N("newfd", 0));
	FEED(f, 10, SYSCALL_CLOSE_X, N("res", 0), N("fd", INT64_MIN));
	ck_assert_uint_eq(f->st->nfds, 0);
}
END_TEST

START_TEST(test_limits)
{
	f->st->limits.threads = 100;
	f->st->limits.fds = 50;
	for (int tid = 1; tid <= 1000; tid++)
		open_file(tid, 3, "/a");
	ck_assert_uint_eq(f->st->threads.used, 100);
	ck_assert_uint_eq(f->st->counts.evicted_threads, 900);
	ck_assert_uint_le(f->st->nfds, 50);
	feed_thread(f, 1000);
	f->st->limits.fds = f->st->nfds + 5;
	for (int fd = 10; fd < 20; fd++)
		open_file(1000, fd, "/b");
	ck_name(1000, 14, "/b");
	ck_name(1000, 15, NULL);
	ck_assert_uint_ge(f->st->counts.dropped_fds, 5);
	/* Closing makes room. */
	FEED(f, 1000, SYSCALL_CLOSE_RANGE_X, N("res", 0), N("first", 0), N("last", UINT32_MAX));
	open_file(1000, 99, "/b");
	ck_name(1000, 99, "/b");
}
END_TEST

/* Every event with params that say nothing, and with numbers at their ends. */
START_TEST(test_any_event)
{
	static const int64_t nums[] = {0, 1, -1, INT32_MAX, INT64_MIN, INT64_MAX, 10};
	const struct gyr_event_info *info;

	for (size_t i = 0; (info = gyr_event_info_at(i)); i++) {
		if (info->flags & GYR_EVF_UNUSED)
			continue;
		for (size_t n = 0; n < sizeof(nums) / sizeof(*nums); n++) {
			struct arg args[GYR_PARAMS_MAX + 1] = {0};
			uint32_t k = 0;

			for (uint32_t p = 0; n && p < info->nparams; p++)
				if (info->params[p].type == GYR_TYPE_FD || info->params[p].type == GYR_TYPE_PID ||
				    info->params[p].type == GYR_TYPE_ERRNO)
					args[k++] = (struct arg)N(info->params[p].name, nums[n]);
			feed_before_args(f, 10 + n % 2, info->type, args);
			feed_after(f);
		}
	}
}
END_TEST

/* ---- the table ---- */

START_TEST(test_table)
{
	enum { KEYS = 3000 };
	static char present[KEYS];
	struct table t = {0};
	uint32_t used = 0, i, seen = 0;
	struct slot *s;

	srandom(1);
	for (int step = 0; step < 200000; step++) {
		/* Dense, and a power of two apart. */
		uint32_t n = random() % KEYS, key = n % 2 ? n : n << 16;

		/* Each ck_assert is a system call: too many of them for this many steps. */
		s = table_get(&t, key);
		if (!s != !present[n] || (s && s->key != key) || t.used != used)
			ck_abort_msg("step %d: key %u is %sthere", step, key, s ? "" : "not ");
		if (s) {
			table_del(&t, s);
			table_trim(&t);
		} else {
			table_add(&t, key, &present[n]);
		}
		present[n] = !present[n];
		used += present[n] ? 1 : -1;
	}
	/* A walk that deletes comes by all. */
	for (i = 0; (s = table_next(&t, &i)); i--) {
		table_del(&t, s);
		seen++;
	}
	ck_assert_uint_eq(seen, used);
	ck_assert_uint_eq(t.used, 0);
	table_free(&t);
}
END_TEST

START_TEST(test_strings)
{
	struct str *a = str_get(f->st, "one\0two", 7), *b = str_get(f->st, "one\0two", 7),
		   *c = str_get(f->st, "one", 3);

	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_ne(a, c);
	ck_assert_uint_eq(f->st->strs.used, 2);
	ck_assert_ptr_null(str_get(f->st, "", 0));
	str_put(f->st, a);
	str_put(f->st, b);
	ck_assert_uint_eq(f->st->strs.used, 1);
	str_put(f->st, c);
	ck_assert_uint_eq(f->st->strs.used, 0);
}
END_TEST

/* ---- io_uring ---- */

#define RING	  0xffff888100000000
#define OP_OPENAT 18
#define OP_CLOSE  19
#define OP_READ	  22

static void ring_close(uint64_t tid, uint64_t user_data, int fd)
{
	BEFORE(f, tid, IO_URING_CLOSE_E, N("ring", RING), N("user_data", user_data), N("fd", fd));
	ck_assert_int_eq(gyr_event_fd(&f->ev) == feed_fd(f, tid, fd), 1);
	feed_after(f);
}

static void ring_open(uint64_t tid)
{
	FEED(f, tid, IO_URING_OPENAT_E, N("ring", RING), N("dirfd", AT_FDCWD_WIRE), S("name", "/etc/passwd"));
}

static void ring_done(uint64_t tid, uint64_t user_data, int op, int res)
{
	FEED(f, tid, IO_URING_COMPLETE_X, N("ring", RING), N("user_data", user_data), N("op", op), N("res", res));
}

/* What is closed or made by a ring is not what it was before, wherever the completion comes. */
START_TEST(test_uring)
{
	for (uint64_t done = 0; done <= 20; done += 10) { /* in no thread, in the submitter, in another process */
		open_file(10, 4, "/etc/hostname");
		open_file(20, 4, "/of/another");
		ring_close(10, 1, 4);
		ck_name(10, 4, NULL);
		/* It may be looked up, and be as it was, until it is closed. */
		open_file(10, 4, "/etc/hostname");
		ring_done(done, 2, OP_CLOSE, 0);
		ck_name(10, 4, "/etc/hostname");
		ring_done(done, 1, OP_CLOSE, 0);
		ck_name(10, 4, NULL);
		open_file(10, 4, "/etc/hostname");
		ring_done(done, 1, OP_CLOSE, 0); /* done already */
		ck_name(10, 4, "/etc/hostname");

		ring_open(10);
		ring_done(done, 3, OP_READ, 4);
		ring_done(done, 3, OP_OPENAT, -ENOENT);
		ck_name(10, 4, "/etc/hostname");
		ring_done(done, 3, OP_OPENAT, 4);
		ck_name(10, 4, NULL);
		ck_name(20, 4, "/of/another");
	}
}
END_TEST

/* Kernels before 5.18 do not tell the operation: all that may have changed is forgotten. */
START_TEST(test_uring_no_op)
{
	open_file(10, 4, "/etc/hostname");
	ring_open(10);
	FEED(f, 11, IO_URING_COMPLETE_X, N("ring", RING), N("user_data", 1), N("res", 4));
	ck_name(10, 4, NULL);
	open_file(10, 5, "/etc/hostname");
	ring_close(10, 1, 5);
	open_file(10, 5, "/etc/hostname");
	FEED(f, 11, IO_URING_COMPLETE_X, N("ring", RING), N("user_data", 1), N("res", 0));
	ck_name(10, 5, NULL);
}
END_TEST

/* Several threads submit; that which was last has gone. Of a ring that nothing was seen of its own thread tells. */
START_TEST(test_uring_threads)
{
	uint32_t flags =
		FLAG(SYSCALL_CLONE_20_X, "flags", "CLONE_THREAD") | FLAG(SYSCALL_CLONE_20_X, "flags", "CLONE_FILES");

	open_file(10, 4, "/etc/hostname");
	ring_done(10, 1, OP_OPENAT, 4);
	ck_name(10, 4, NULL);
	open_file(10, 4, "/etc/hostname");
	FEED(f, 10, SYSCALL_CLONE_20_X, N("res", 11), N("pid", 10), N("vtid", 10), N("flags", flags));
	ck_name(11, 4, "/etc/hostname");
	ring_open(11);
	FEED(f, 11, PROCEXIT_1_E, N("reaper_tid", 0));
	ring_done(99, 1, OP_OPENAT, 4);
	ck_name(10, 4, NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		test_open_names,
		test_paths,
		test_long_paths,
		test_close,
		test_close_range,
		test_dup,
		test_fcntl,
		test_anonymous,
		test_tcp,
		test_udp,
		test_unix,
		test_category,
		test_thread_attributes,
		test_nobody,
		test_limits,
		test_user_namespace,
		test_any_event,
		test_table,
		test_strings,
		test_uring,
		test_uring_no_op,
		test_uring_threads,
	};
	Suite *s = suite_create("state");
	TCase *tc = tcase_create("events");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}

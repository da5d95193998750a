/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is read from /proc: of a child that has one of everything, and of a made-up /proc. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed.h"

static struct feed F, *f = &F;

static void setup(void)
{
	feed_open(f);
	f->ts = state_now(f->st);
}

static void teardown(void)
{
	feed_close(f);
}

/* ---- a process to look at ---- */

/* What it tells of itself. */
struct specimen {
	pid_t pid, thread;
	int file, dir, null, pipe[2], eventfd, epoll, signalfd, timerfd, inotify, memfd;
	int listener, client, server, udp, unix_listener, netlink, unbound;
	uint16_t port, client_port, udp_port;
	char unix_path[64];
};

static void *idle(void *arg)
{
	*(pid_t *)arg = gettid();
	prctl(PR_SET_NAME, "second");
	while (pause())
		;
	return NULL;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in addr = {0};
	socklen_t len = sizeof(addr);

	return getsockname(fd, (struct sockaddr *)&addr, &len) ? 0 : ntohs(addr.sin_port);
}

static void make_sockets(struct specimen *s)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK};
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	bind(s->listener, (struct sockaddr *)&addr, sizeof(addr));
	listen(s->listener, 1);
	s->port = port_of(s->listener);
	addr.sin_port = htons(s->port);
	s->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	connect(s->client, (struct sockaddr *)&addr, sizeof(addr));
	s->client_port = port_of(s->client);
	s->server = accept(s->listener, NULL, NULL);
	s->udp = socket(AF_INET, SOCK_DGRAM, 0);
	addr.sin_port = 0;
	bind(s->udp, (struct sockaddr *)&addr, sizeof(addr));
	s->udp_port = port_of(s->udp);
	s->netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	s->unbound = socket(AF_INET6, SOCK_DGRAM, 0);
	bind(s->netlink, (struct sockaddr *)&nl, sizeof(nl)); /* the kernel lists no others */
	s->unix_listener = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(s->unix_path, sizeof(s->unix_path), "/tmp/gyr-test-%d.sock", getpid());
	strcpy(un.sun_path, s->unix_path);
	bind(s->unix_listener, (struct sockaddr *)&un, sizeof(un));
	unlink(s->unix_path);
}

static void be_specimen(int out)
{
	struct specimen s = {.pid = getpid()};
	volatile pid_t thread = 0;
	pthread_t tid;
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "specimen one");
	s.file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	s.dir = open("/usr", O_RDONLY);
	s.null = open("/dev/null", O_RDWR);
	s.eventfd = eventfd(0, EFD_CLOEXEC);
	s.epoll = epoll_create1(0);
	sigemptyset(&set);
	s.signalfd = signalfd(-1, &set, 0);
	s.timerfd = timerfd_create(CLOCK_MONOTONIC, 0);
	s.inotify = inotify_init1(0);
	s.memfd = memfd_create("gyr test", MFD_CLOEXEC);
	if (pipe(s.pipe) || chdir("/usr/lib"))
		_exit(1);
	make_sockets(&s);
	if (pthread_create(&tid, NULL, idle, (void *)&thread))
		_exit(1);
	while (!thread)
		usleep(1000);
	usleep(20000); /* until it has its name */
	s.thread = thread;
	if (write(out, &s, sizeof(s)) != sizeof(s))
		_exit(1);
	for (;;)
		pause();
}

static void start_specimen(struct specimen *s)
{
	int out[2];
	pid_t pid;

	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_specimen(out[1]);
	close(out[1]);
	ck_assert_int_eq(read(out[0], s, sizeof(*s)), sizeof(*s));
	close(out[0]);
}

static void stop_specimen(struct specimen *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}

#define ck_fd(num, type, name, on_exec)                                                                                \
	do {                                                                                                           \
		const struct gyr_fd *fd_ = feed_fd(f, s->pid, num);                                                    \
		ck_assert_str_eq(gyr_fd_type_name(gyr_fd_type(fd_)), type);                                            \
		ck_assert_str_eq(gyr_fd_name(fd_), name);                                                              \
		ck_assert_int_eq(gyr_fd_cloexec(fd_), on_exec);                                                        \
	} while (0)

static void check_fds(const struct specimen *s)
{
	char text[128];
	struct stat st;

	ck_fd(s->file, "file", "/etc/passwd", 1);
	ck_assert_int_eq(stat("/etc/passwd", &st), 0);
	ck_assert_uint_eq(gyr_fd_ino(feed_fd(f, s->pid, s->file)), st.st_ino);
	ck_assert_uint_eq(gyr_fd_dev(feed_fd(f, s->pid, s->file)), (uint32_t)st.st_dev);
	ck_fd(s->dir, "directory", "/usr", 0);
	ck_fd(s->null, "device", "/dev/null", 0);
	ck_assert_uint_ne(gyr_fd_ino(feed_fd(f, s->pid, s->pipe[0])), 0);
	snprintf(text, sizeof(text), "pipe:[%llu]", (unsigned long long)gyr_fd_ino(feed_fd(f, s->pid, s->pipe[0])));
	ck_fd(s->pipe[0], "pipe", text, 0);
	ck_fd(s->pipe[1], "pipe", text, 0);
	ck_fd(s->eventfd, "event", "[eventfd]", 1);
	ck_fd(s->epoll, "eventpoll", "[eventpoll]", 0);
	ck_fd(s->signalfd, "signalfd", "[signalfd]", 0);
	ck_fd(s->timerfd, "timerfd", "[timerfd]", 0);
	ck_fd(s->inotify, "inotify", "inotify", 0);
	ck_fd(s->memfd, "memfd", "memfd:gyr test", 1);
}

static void check_sockets(const struct specimen *s)
{
	struct gyr_fd_tuple t;
	char text[128];

	snprintf(text, sizeof(text), "127.0.0.1:%u", s->port);
	ck_fd(s->listener, "ipv4", text, 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u->127.0.0.1:%u", s->client_port, s->port);
	ck_fd(s->client, "ipv4", text, 1);
	ck_fd(s->server, "ipv4", text, 0);
	ck_assert(gyr_fd_get_tuple(feed_fd(f, s->pid, s->server), &t));
	ck_assert(t.server && t.lport == s->port && t.rport == s->client_port && t.l4proto == IPPROTO_TCP);
	ck_assert(gyr_fd_get_tuple(feed_fd(f, s->pid, s->client), &t));
	ck_assert(!t.server && t.rport == s->port && t.lport == s->client_port);
	snprintf(text, sizeof(text), "127.0.0.1:%u", s->udp_port);
	ck_fd(s->udp, "ipv4", text, 0);
	ck_fd(s->unix_listener, "unix", s->unix_path, 0);
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, s->pid, s->netlink)), GYR_FD_NETLINK);
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, s->pid, s->unbound)), GYR_FD_IPV6);
}

static void check_thread(const struct specimen *s)
{
	const struct gyr_thread *t = feed_thread(f, s->pid), *second;
	char text[4096], *slash;
	ssize_t n;

	ck_assert_uint_eq(gyr_thread_pid(t), s->pid);
	ck_assert_uint_eq(gyr_thread_ppid(t), getpid());
	ck_assert_str_eq(gyr_thread_comm(t), "specimen one");
	ck_assert_str_eq(gyr_thread_cwd(t), realpath("/usr/lib", text));
	ck_assert_uint_eq(gyr_thread_uid(t), geteuid());
	ck_assert_uint_eq(gyr_thread_gid(t), getegid());
	n = readlink("/proc/self/exe", text, sizeof(text) - 1);
	text[n] = '\0';
	ck_assert_str_eq(gyr_thread_exepath(t), text);
	slash = strrchr(text, '/');
	ck_assert_ptr_nonnull(strstr(gyr_thread_exe(t), slash + 1));
	ck_assert_str_ne(gyr_thread_cgroup(t), "");

	second = feed_thread(f, s->thread);
	ck_assert_uint_eq(gyr_thread_pid(second), s->pid);
	ck_assert_str_eq(gyr_thread_comm(second), "second");
	ck_assert_str_eq(gyr_thread_cwd(second), gyr_thread_cwd(t));
	ck_assert_ptr_eq(second->files, t->files);
	ck_assert_ptr_eq(second->fs, t->fs);
}

START_TEST(test_snapshot)
{
	struct specimen s;

	start_specimen(&s);
	ck_assert_int_eq(state_snapshot(f->st), 0);
	check_thread(&s);
	check_fds(&s);
	check_sockets(&s);
	ck_assert_ptr_null(f->st->nets);
	ck_assert_uint_eq(f->st->counts.thread_lookups, 0);
	/* Init is everybody's ancestor. */
	ck_assert_ptr_nonnull(gyr_thread_by_tid(&f->g, 1));
	stop_specimen(&s);
}
END_TEST

/* One that appears without history: looked up once. */
START_TEST(test_lookup)
{
	struct specimen s;

	ck_assert_int_eq(state_snapshot(f->st), 0);
	start_specimen(&s);
	BEFORE(f, s.thread, SYSCALL_READ_X, N("res", 1), N("fd", s.client));
	ck_assert_str_eq(gyr_thread_comm(f->ev.thread), "second");
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_NET);
	feed_after(f);
	FEED(f, s.thread, SYSCALL_READ_X, N("res", 1), N("fd", s.file));
	FEED(f, s.pid, SYSCALL_READ_X, N("res", 1), N("fd", s.file));
	ck_assert_uint_eq(f->st->counts.thread_lookups, 2);
	check_thread(&s);
	check_fds(&s);
	check_sockets(&s);
	stop_specimen(&s);

	/* Gone: known by its tid only, and not looked up again. */
	start_specimen(&s);
	stop_specimen(&s);
	for (int i = 0; i < 3; i++)
		FEED(f, s.pid, SYSCALL_READ_X, N("res", -EAGAIN));
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, s.pid)), 0);
	ck_assert_str_eq(gyr_thread_comm(feed_thread(f, s.pid)), "");
	ck_assert_uint_eq(f->st->counts.thread_lookups, 3);
}
END_TEST

/* Of who was silent events may have been missed: all its threads are looked up anew, and nobody else's. */
START_TEST(test_suspect)
{
	uint64_t self = (uint64_t)getpid(), since;
	struct specimen s;
	uint32_t lookups;

	start_specimen(&s);
	ck_assert_int_eq(state_snapshot(f->st), 0);
	f->ts = state_now(f->st);
	FEED(f, self, SYSCALL_DUP_1_X, N("res", 700), N("oldfd", 0));
	FEED(f, s.thread, SYSCALL_OPEN_X, N("fd", s.file), S("name", "/not/so"));
	f->ts += 1000000;
	since = f->ts;
	FEED(f, self, SYSCALL_READ_X, N("res", -EAGAIN));
	state_suspect(f->st, since);
	/* Until it has an event it is as it was. */
	ck_assert_str_eq(feed_fd_name(f, s.pid, s.file), "/not/so");
	lookups = f->st->counts.thread_lookups;
	FEED(f, s.pid, SYSCALL_READ_X, N("res", 1), N("fd", s.file));
	FEED(f, s.thread, SYSCALL_READ_X, N("res", 1), N("fd", s.file));
	ck_assert_uint_eq(f->st->counts.thread_lookups, lookups + 2);
	check_thread(&s);
	check_fds(&s);
	FEED(f, self, SYSCALL_READ_X, N("res", -EAGAIN));
	ck_assert_ptr_nonnull(feed_fd(f, self, 700));
	ck_assert_uint_eq(f->st->counts.thread_lookups, lookups + 2);
	stop_specimen(&s);
}
END_TEST

/* A child's event has its parent looked up anew, for which there is no room: not the child goes. */
START_TEST(test_suspect_parent)
{
	uint64_t self = (uint64_t)getpid(), child = 4190000, since;

	f->st->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(f->st->proc, 0);
	FEED(f, self, SYSCALL_DUP_1_X, N("res", 700), N("oldfd", 0));
	FEED(f, self, SYSCALL_CLONE_20_X, N("res", child), N("pid", self), N("vtid", self), N("flags", 0));
	since = f->ts;
	FEED(f, child, SYSCALL_READ_X, N("res", -EAGAIN));
	FEED(f, 1, SYSCALL_READ_X, N("res", -EAGAIN));
	ck_assert_uint_eq(f->st->threads.used, 3);
	state_suspect(f->st, since);
	f->st->limits.threads = 2;
	FEED(f, child, SYSCALL_CLONE_20_X, N("res", 0), N("pid", child), N("ptid", self), N("vtid", child),
	     N("flags", 0));
	ck_assert_uint_eq(f->st->counts.evicted_threads, 1);
	ck_assert_ptr_nonnull(feed_fd(f, child, 700));
	ck_assert_ptr_null(gyr_thread_by_tid(&f->g, 1));
}
END_TEST

START_TEST(test_unknown_fd)
{
	uint64_t self = getpid();
	int fd, other, lookups;

	ck_assert_int_eq(state_snapshot(f->st), 0);
	f->ts = state_now(f->st);
	/* A number that the snapshot's own fds have not had. */
	fd = fcntl(STDIN_FILENO, F_DUPFD, 500);
	ck_assert_int_eq(dup2(open("/etc/passwd", O_RDONLY), fd), fd);
	other = fcntl(STDIN_FILENO, F_DUPFD, 600);
	BEFORE(f, self, SYSCALL_READ_X, N("res", 1), N("fd", fd));
	ck_assert_ptr_nonnull(f->ev.fd);
	ck_assert_str_eq(gyr_fd_name(f->ev.fd), "/etc/passwd");
	ck_assert_int_eq(gyr_event_category(&f->ev), GYR_CAT_FILE);
	feed_after(f);
	FEED(f, self, SYSCALL_READ_X, N("res", 1), N("fd", fd));
	ck_assert_uint_eq(f->st->counts.fd_lookups, 1);
	close(fd);
	/* What an event says stands over what could be read. */
	FEED(f, self, SYSCALL_OPEN_X, N("fd", fd), S("name", "/else"));
	ck_assert_str_eq(feed_fd_name(f, self, fd), "/else");
	/* Not there: asked once, and not at all when the call failed for it. */
	for (int i = 0; i < 3; i++)
		FEED(f, self, SYSCALL_READ_X, N("res", 1), N("fd", 1000));
	FEED(f, self, SYSCALL_READ_X, N("res", -EBADF), N("fd", 1001));
	ck_assert_uint_eq(f->st->counts.fd_lookups, 2);
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, self, 1000)), GYR_FD_UNKNOWN);
	/* When a close tells of its fd that is gone, and what stands there now is another. */
	lookups = f->st->counts.fd_lookups;
	BEFORE(f, self, SYSCALL_CLOSE_X, N("res", 0), N("fd", other));
	ck_assert_ptr_null(f->ev.fd);
	ck_assert_int_eq(f->ev.fd_num, other);
	feed_after(f);
	FEED(f, self, SYSCALL_CLOSE_RANGE_X, N("res", 0), N("first", other), N("last", other));
	ck_assert_uint_eq(f->st->counts.fd_lookups, lookups);
	close(other);
	/* Bounded in a second of the events' time. */
	f->st->limits.lookups = 10;
	f->ts += 1000000000;
	lookups = f->st->counts.fd_lookups;
	for (int i = 0; i < 100; i++)
		FEED(f, self, SYSCALL_READ_X, N("res", 1), N("fd", 2000 + i));
	ck_assert_uint_eq(f->st->counts.fd_lookups, lookups + 10);
}
END_TEST

/* ---- a made-up /proc ---- */

static char root[64];

static void make_root(void)
{
	strcpy(root, "/tmp/gyr-proc-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void put(const char *path, const char *text, size_t len)
{
	char full[256], *slash;
	int fd;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	fd = open(full, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), len);
	close(fd);
}
#define PUT(path, text) put(path, text, sizeof(text) - 1)

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void put_links(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/42/fd", root);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/42/fd/0", root);
	ck_assert_int_eq(symlink("socket:[100]", path), 0);
	snprintf(path, sizeof(path), "%s/42/fd/1", root);
	ck_assert_int_eq(symlink("socket:[101]", path), 0);
	snprintf(path, sizeof(path), "%s/42/fd/2", root);
	ck_assert_int_eq(symlink("socket:[102]", path), 0);
	snprintf(path, sizeof(path), "%s/42/fd/3", root);
	ck_assert_int_eq(symlink("socket:[999]", path), 0);
	snprintf(path, sizeof(path), "%s/42/fd/4", root);
	ck_assert_int_eq(symlink("anon_inode:bpf-map", path), 0);
	snprintf(path, sizeof(path), "%s/42/fd/5", root);
	ck_assert_int_eq(symlink("/gone (deleted)", path), 0);
	snprintf(path, sizeof(path), "%s/42/cwd", root);
	ck_assert_int_eq(symlink("/srv/x (deleted)", path), 0);
	snprintf(path, sizeof(path), "%s/42/exe", root);
	ck_assert_int_eq(symlink("/opt/old (deleted)", path), 0);
}

START_TEST(test_made_up)
{
	const struct gyr_thread *t;
	const char *args;
	size_t len;

	make_root();
	PUT("42/status",
	    "Name:\tx\\nTgid:\\t9\nTgid:\t42\nPid:\t42\nPPid:\t7\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t42\t1\n");
	PUT("42/stat", "42 (x) 0 Z) S 7 40 41 34816 40 4194304 0 0\n");
	PUT("42/comm", "x\nTgid:\t9\n");
	PUT("42/cmdline", "/bin/x\0-a\0\0b c");
	PUT("42/cgroup",
	    "12:cpuset:/\n4:memory:/docker/3f4a0c9e51d2b7a8c6e5f40312d9b8a7664f1e2d3c4b5a697887960514233241\n"
	    "0::/system.slice/a:b.service\n");
	PUT("42/fdinfo/4", "pos:\t0\nflags:\t02000002\n");
	PUT("42/ns/net", "");
	PUT("42/net/tcp6",
	    "  sl  local_address                         remote_address                        st tx_queue\n"
	    "   0: 000080FE00000000000000000100000A:1F90 B80D0120000000000000000002000000:01BB 01 00000000:00000000 "
	    "00:00000000 00000000     0        0 100 1 0000000000000000 20 4 30 10 -1\n"
	    "   1: 0000000000000000FFFF00000100007F:1F91 0000000000000000FFFF00000200007F:01BB 01 00000000:00000000 "
	    "00:00000000 00000000     0        0 101 1 0000000000000000 20 4 30 10 -1\n"
	    "   garbage\n   2: zz:1 yy:2 01 0 0 0 0 0 102\n");
	PUT("42/net/unix", "Num       RefCount Protocol Flags    Type St Inode Path\n"
			   "0000000000000000: 00000002 00000000 00010000 0001 01   102 @abstract name\n");
	PUT("43/status", "");
	/* Those that have ended, or are about to. */
	PUT("44/stat", "44 (x) Z 7 40 41 34816 40 0 0 0\n");
	PUT("44/status", "Tgid:\t44\nPid:\t44\nPPid:\t7\n");
	PUT("45/stat", "45 (x) R 7 40 41 34816 40 4 0 0\n");
	PUT("45/status", "Tgid:\t45\nPid:\t45\nPPid:\t7\n");
	PUT("not-a-pid/status", "Tgid:\t1\n");
	PUT("42/uid_map", "         0     100000      65536\n");
	put_links();
	ck_assert_int_eq(proc_snapshot(f->st, open(root, O_PATH | O_DIRECTORY)), 0);

	ck_assert_uint_eq(f->st->threads.used, 1);
	t = feed_thread(f, 42);
	ck_assert_str_eq(gyr_thread_comm(t), "x\nTgid:\t9");
	ck_assert_uint_eq(gyr_thread_pid(t), 42);
	ck_assert_uint_eq(gyr_thread_ppid(t), 7);
	ck_assert_uint_eq(gyr_thread_pgid(t), 40);
	ck_assert_uint_eq(gyr_thread_sid(t), 41);
	ck_assert_uint_eq(gyr_thread_uid(t), 2);
	ck_assert_uint_eq(gyr_thread_gid(t), 6);
	ck_assert(t->flags & THREAD_INNER_NS);
	/* The ids in its calls are not those that the host has for it. */
	FEED(f, 42, SYSCALL_SETUID_X, N("res", 0), N("uid", 0));
	FEED(f, 42, SYSCALL_SETGID_X, N("res", 0), N("gid", 0));
	ck_assert_uint_eq(gyr_thread_uid(t), 2);
	ck_assert_uint_eq(gyr_thread_gid(t), 6);
	ck_assert_str_eq(gyr_thread_exe(t), "/bin/x");
	ck_assert_str_eq(gyr_thread_exepath(t), "/opt/old");
	args = gyr_thread_args(t, &len);
	ck_assert_uint_eq(len, 7);
	ck_assert_mem_eq(args, "-a\0\0b c", 8);
	ck_assert_str_eq(gyr_thread_container(t), "3f4a0c9e51d2");
	ck_assert_str_eq(feed_fd_name(f, 42, 0), "fe80::a00:1:8080->2001:db8::2:443");
	ck_assert_str_eq(feed_fd_name(f, 42, 1), "127.0.0.1:8081->127.0.0.2:443");
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 42, 1)), GYR_FD_IPV4);
	ck_assert_str_eq(feed_fd_name(f, 42, 2), "abstract name");
	ck_assert_str_eq(feed_fd_name(f, 42, 3), "socket:[999]");
	ck_assert_str_eq(feed_fd_name(f, 42, 4), "bpf-map");
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, 42, 4)), GYR_FD_BPF);
	ck_assert(gyr_fd_cloexec(feed_fd(f, 42, 4)));
	ck_assert_str_eq(feed_fd_name(f, 42, 5), "/gone");
	ck_assert(gyr_fd_deleted(feed_fd(f, 42, 5)));
	ck_assert(!gyr_fd_deleted(feed_fd(f, 42, 4)));
	ck_assert_str_eq(gyr_thread_cwd(t), "/srv/x");
	ck_assert(gyr_thread_cwd_deleted(t));
	nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
END_TEST

static void put_namespace(uint32_t pid)
{
	static const char table[] = "Num       RefCount Protocol Flags    Type St Inode Path\n"
				    "0000000000000000: 00000002 00000000 00010000 0001 01   102 /run/x\n";
	char path[64], text[64];

	snprintf(path, sizeof(path), "%u/ns/net", pid);
	put(path, "", 0);
	snprintf(path, sizeof(path), "%u/net/unix", pid);
	put(path, table, sizeof(table) - 1);
	snprintf(path, sizeof(path), "%u/status", pid);
	snprintf(text, sizeof(text), "Name:\tx\nTgid:\t%u\nPid:\t%u\nPPid:\t7\n", pid, pid);
	put(path, text, strlen(text));
	snprintf(path, sizeof(path), "%u/stat", pid);
	snprintf(text, sizeof(text), "%u (x) S 7 40 41 0 -1 0 0\n", pid);
	put(path, text, strlen(text));
}

/* The sockets of a namespace are read anew after a second, and those of many do not pile up. */
START_TEST(test_namespaces)
{
	struct file *file;

	make_root();
	for (uint32_t pid = 100; pid < 150; pid++)
		put_namespace(pid);
	ck_assert_int_eq(proc_snapshot(f->st, open(root, O_PATH | O_DIRECTORY)), 0);
	for (uint32_t pid = 100; pid < 150; pid++) {
		file = file_new(f->st, GYR_FD_SOCKET, NULL);
		proc_net_socket(f->st, pid, 102, file);
		ck_assert_int_eq(file->type, GYR_FD_UNIX);
		ck_assert_str_eq(str_text(file->name), "/run/x");
		file_put(f->st, file);
	}
	ck_assert_uint_gt(f->st->nnets, 1);
	ck_assert_uint_le(f->st->nnets, 32);
	usleep(1100000);
	file = file_new(f->st, GYR_FD_SOCKET, NULL);
	proc_net_socket(f->st, 149, 102, file);
	ck_assert_int_eq(file->type, GYR_FD_UNIX);
	file_put(f->st, file);
	ck_assert_uint_eq(f->st->nnets, 1);
	nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {test_snapshot,   test_lookup,  test_suspect,   test_suspect_parent,
				      test_unknown_fd, test_made_up, test_namespaces};
	Suite *s = suite_create("proc");
	TCase *tc = tcase_create("proc");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}

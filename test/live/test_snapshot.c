/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel's iterators show of the host when a capture begins, beside what /proc shows, of processes that stand
 * still. */
#include <arpa/inet.h>
#include <check.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/kcmp.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "harness.h"
#include "internal.h"
#include "run.h"
#include "state/state.h"

#define THREADS_MAX 64
#define FILES	    200
#define DEEP	    70 /* more directories than the driver follows */

/* ---- processes that are looked at ---- */

static int ready_fd;
static char dir[64], unix_path[108];

static void failed(int line, const char *what)
{
	ssize_t n = write(ready_fd, "!", 1);

	fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, line, what, strerror(errno));
	_exit(n == 1 ? 1 : 2);
}

#define MUST(cond) ((cond) ? (void)0 : failed(__LINE__, #cond))

static void *stand_still(void *arg)
{
	char c = 'x';

	MUST(write(ready_fd, &c, 1) == 1);
	for (;;)
		pause();
	return arg;
}

static int open_in_dir(const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags, 0600);
	MUST(fd >= 0);
	return fd;
}

static void open_paths(void)
{
	char name[128];
	int fd, i;

	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file %d", i);
		open_in_dir(name, O_RDWR | O_CREAT | (i % 3 ? 0 : O_CLOEXEC));
	}
	snprintf(name, sizeof(name), "%s/file 7", dir);
	MUST(unlink(name) == 0);
	MUST(open("/", O_RDONLY | O_DIRECTORY) >= 0 && open("/etc", O_PATH) >= 0 && open(dir, O_RDONLY | O_CLOEXEC));
	MUST(open("/dev/null", O_RDWR) >= 0 && open("/proc/self/status", O_RDONLY) >= 0);
	MUST(open("/proc/self/ns/net", O_RDONLY) >= 0);
	open(dir, O_TMPFILE | O_RDWR, 0600);
	snprintf(name, sizeof(name), "%s/fifo", dir);
	MUST(mkfifo(name, 0600) == 0);
	fd = open_in_dir("fifo", O_RDWR);
	MUST(dup(fd) >= 0 && fcntl(fd, F_DUPFD_CLOEXEC, 500) >= 500 && dup2(fd, 900) == 900);
}

/* Those that the kernel does not have are left out. */
static void open_specials(void)
{
	sigset_t set;
	int pair[2];

	sigemptyset(&set);
	MUST(pipe(pair) == 0 && pipe2(pair, O_CLOEXEC) == 0);
	MUST(eventfd(0, EFD_CLOEXEC) >= 0 && epoll_create1(0) >= 0 && inotify_init() >= 0);
	MUST(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) >= 0 && signalfd(-1, &set, 0) >= 0);
	MUST(memfd_create("a memfd", 0) >= 0);
	syscall(SYS_memfd_secret, 0);
	syscall(SYS_pidfd_open, getpid(), 0);
	syscall(SYS_userfaultfd, O_CLOEXEC);
	syscall(SYS_io_uring_setup, 4, (char[120]){0});
	syscall(SYS_fanotify_init, 0, 0);
}

static void open_connection(int family)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = {.sa.sa_family = (sa_family_t)family};
	socklen_t len = sizeof(addr);
	int server = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (server < 0)
		return;
	if (family == AF_INET)
		addr.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		addr.in6.sin6_addr = in6addr_loopback;
	if (bind(server, &addr.sa, len) && family == AF_INET6)
		return; /* there is none on this host */
	MUST(listen(server, 3) == 0 && getsockname(server, &addr.sa, &len) == 0);
	MUST(connect(client, &addr.sa, len) == 0 && accept(server, NULL, NULL) >= 0);
	/* Datagrams: bound, and connected. */
	server = socket(family, SOCK_DGRAM, 0);
	client = socket(family, SOCK_DGRAM, 0);
	MUST(bind(server, &addr.sa, len) == 0 && connect(client, &addr.sa, len) == 0);
}

static void open_unix(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0), pair[2];

	strcpy(addr.sun_path, unix_path);
	MUST(bind(server, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(server, 1) == 0);
	MUST(connect(client, (struct sockaddr *)&addr, sizeof(addr)) == 0 && accept(server, NULL, NULL) >= 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%cgyr-test-%d", 0, (int)getpid());
	server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	MUST(bind(server, (struct sockaddr *)&addr, sizeof(sa_family_t) + 1 + strlen(addr.sun_path + 1)) == 0);
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
}

static void open_sockets(void)
{
	open_connection(AF_INET);
	open_connection(AF_INET6);
	open_unix();
	MUST(socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_INET, SOCK_DGRAM, 0) >= 0);
	MUST(socket(AF_INET, SOCK_RAW, IPPROTO_UDP) >= 0 && socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) >= 0);
	socket(AF_PACKET, SOCK_RAW, 0);
	socket(AF_INET6, SOCK_STREAM, 0);
}

static void with_fds(void)
{
	struct rlimit limit = {4096, 4096};

	setrlimit(RLIMIT_NOFILE, &limit);
	open_paths();
	open_specials();
	open_sockets();
	stand_still(NULL);
}

/* In a directory that is removed, and deeper than the driver goes. */
static void in_directories(void)
{
	int i;

	MUST(chdir(dir) == 0);
	for (i = 0; i < DEEP; i++)
		MUST(mkdir("deep", 0700) == 0 && chdir("deep") == 0);
	MUST(open("file", O_RDWR | O_CREAT, 0600) >= 0);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		MUST(chdir(dir) == 0 && mkdir("gone", 0700) == 0 && chdir("gone") == 0 && rmdir("../gone") == 0);
	}
	stand_still(NULL);
}

static void *apart(void *arg)
{
	prctl(PR_SET_NAME, "apart");
	MUST(unshare(CLONE_FILES) == 0 && unshare(CLONE_FS) == 0 && chdir("/usr") == 0);
	MUST(open("/etc/passwd", O_RDONLY) >= 0);
	return stand_still(arg);
}

static void *other_ids(void *arg)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{.effective = 0x80, .permitted = 0xc1, .inheritable = 0x40}};

	MUST(syscall(SYS_setresgid, 11, 12, 13) == 0 && syscall(SYS_setresuid, 1, 0, 3) == 0);
	setfsuid(4);
	setfsgid(14);
	MUST(syscall(SYS_capset, &header, data) == 0);
	return stand_still(arg);
}

/* Threads that have all in common, nothing, and other rights; and a process that shares with the first. */
static void with_threads(void)
{
	void *(*const mains[])(void *) = {stand_still, apart, other_ids, stand_still};
	pthread_t thread;
	size_t i;

	MUST(setsid() > 0 && prctl(PR_SET_NAME, "with a \n name") == 0 && chdir("/etc") == 0);
	if (syscall(SYS_clone, CLONE_FILES | CLONE_FS | SIGCHLD, 0, 0, 0, 0) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		MUST(setpgid(0, 0) == 0);
		stand_still(NULL);
	}
	for (i = 0; i < sizeof(mains) / sizeof(*mains); i++)
		MUST(pthread_create(&thread, NULL, mains[i], NULL) == 0);
	stand_still(NULL);
}

/* The first thread ends before the others do. */
static void without_leader(void)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, stand_still, NULL) == 0);
	MUST(pthread_create(&thread, NULL, stand_still, NULL) == 0);
	syscall(SYS_exit, 0);
}

/* In namespaces of their own: of pids, and of users, whose ids are others. */
static void in_namespaces(void)
{
	int fd;

	MUST(unshare(CLONE_NEWPID | CLONE_NEWUSER) == 0);
	fd = open("/proc/self/uid_map", O_WRONLY);
	MUST(fd >= 0 && write(fd, "0 0 1", 5) == 5 && close(fd) == 0);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		stand_still(NULL);
	}
	stand_still(NULL);
}

static const struct {
	void (*act)(void);
	int threads; /* that say they are ready */
} kinds[] = {{with_fds, 1}, {in_directories, 2}, {with_threads, 6}, {without_leader, 2}, {in_namespaces, 2}};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* One session for all, so that they are found again. */
static void start_all(pid_t pids[KINDS])
{
	int ready[2], left = 0;
	size_t i;
	char c;

	strcpy(dir, "/tmp/gyr-snapshot-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(unix_path, sizeof(unix_path), "%s/socket", dir);
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ready_fd = ready[1];
	for (i = 0; i < KINDS; i++) {
		left += kinds[i].threads;
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(ready[0]);
			kinds[i].act();
			_exit(0);
		}
	}
	close(ready[1]);
	for (; left; left--)
		ck_assert_msg(read(ready[0], &c, 1) == 1 && c == 'x', "a process could not become what it is to be");
	close(ready[0]);
	usleep(100000); /* until all are asleep, and the leader has ended */
}

static void stop_all(const pid_t pids[KINDS])
{
	char command[128];
	size_t i;

	for (i = 0; i < KINDS; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < KINDS; i++)
		waitpid(pids[i], NULL, 0);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* ---- what is compared ---- */

static bool by_proc;

static void on_log(void *ctx, enum gyr_log_level level, const char *msg)
{
	(void)ctx;
	(void)level;
	by_proc |= strstr(msg, "not by iterators") != NULL;
}

static bool is_of(struct gyr *g, const struct gyr_thread *t, const pid_t pids[KINDS])
{
	const struct gyr_thread *up;
	size_t i;

	for (up = t; up; up = gyr_thread_parent(g, up))
		for (i = 0; i < KINDS; i++)
			if (gyr_thread_pid(up) == (uint64_t)pids[i])
				return true;
	return false;
}

#define SAME_TEXT(fn) ck_assert_str_eq(fn(a), fn(b))
#define SAME(fn)      ck_assert_msg(fn(a) == fn(b), "%s", #fn)

static void compare_fds(struct gyr *g, const struct gyr_thread *a, const struct gyr_thread *b);

static void compare_thread(struct gyr *g, const struct gyr_thread *a, const struct gyr_thread *b)
{
	struct gyr_thread_ids ids[2];
	size_t len[2];
	int field;

	SAME(gyr_thread_pid);
	SAME(gyr_thread_ppid);
	SAME(gyr_thread_pgid);
	SAME(gyr_thread_sid);
	SAME(gyr_thread_cwd_deleted);
	SAME_TEXT(gyr_thread_comm);
	SAME_TEXT(gyr_thread_exe);
	SAME_TEXT(gyr_thread_exepath);
	SAME_TEXT(gyr_thread_cwd);
	SAME_TEXT(gyr_thread_cgroup);
	SAME_TEXT(gyr_thread_container);
	gyr_thread_args(a, &len[0]);
	gyr_thread_args(b, &len[1]);
	ck_assert_uint_eq(len[0], len[1]);
	gyr_thread_get_ids(a, &ids[0]);
	gyr_thread_get_ids(b, &ids[1]);
	ck_assert_mem_eq(&ids[0], &ids[1], sizeof(ids[0]));
	ck_assert_uint_eq(a->flags & THREAD_INNER_NS, b->flags & THREAD_INNER_NS);
	ck_assert_int_eq(a->group->user_ns, b->group->user_ns);
	for (field = 0; field < GYR_THREAD_FIELDS_; field++)
		ck_assert_int_eq(gyr_thread_from(g, a, field), GYR_FROM_SNAPSHOT);
	compare_fds(g, a, b);
}

/* /proc has no name for a unix socket that only its peer has a name for. */
static bool has_peers_name(const struct gyr_fd *a, const struct gyr_fd *b)
{
	return gyr_fd_type(a) == GYR_FD_UNIX && strncmp(gyr_fd_name(b), "socket:[", 8) == 0 &&
	       strcmp(gyr_fd_name(a), unix_path) == 0;
}

static void compare_fd(const struct gyr_fd *a, const struct gyr_fd *b)
{
	struct gyr_fd_tuple tuples[2] = {0};

	ck_assert_msg(gyr_fd_type(a) == gyr_fd_type(b), "%s %s: %s", gyr_fd_type_name(gyr_fd_type(a)), gyr_fd_name(a),
		      gyr_fd_type_name(gyr_fd_type(b)));
	if (!has_peers_name(a, b))
		SAME_TEXT(gyr_fd_name);
	ck_assert_msg(gyr_fd_dev(a) == gyr_fd_dev(b), "dev of %s", gyr_fd_name(a));
	ck_assert_msg(gyr_fd_ino(a) == gyr_fd_ino(b), "ino of %s", gyr_fd_name(a));
	ck_assert_msg(gyr_fd_cloexec(a) == gyr_fd_cloexec(b), "cloexec of %s", gyr_fd_name(a));
	ck_assert_msg(gyr_fd_deleted(a) == gyr_fd_deleted(b), "deleted of %s", gyr_fd_name(a));
	ck_assert_msg(gyr_fd_role(a) == gyr_fd_role(b), "role of %s", gyr_fd_name(a));
	ck_assert_msg(((struct file *)a->slot.val)->l4proto == ((struct file *)b->slot.val)->l4proto, "protocol of %s",
		      gyr_fd_name(a));
	ck_assert_int_eq(gyr_fd_get_tuple(a, &tuples[0]), gyr_fd_get_tuple(b, &tuples[1]));
	ck_assert_mem_eq(&tuples[0], &tuples[1], sizeof(tuples[0]));
}

static void compare_fds(struct gyr *g, const struct gyr_thread *a, const struct gyr_thread *b)
{
	const struct gyr_fd *fa, *fb;

	for (fb = NULL; (fb = gyr_thread_fd_next(b, fb));) {
		fa = gyr_thread_fd(a, gyr_fd_num(fb));
		ck_assert_msg(fa, "%s of %s is not known", gyr_fd_name(fb), gyr_thread_comm(b));
		compare_fd(fa, fb);
		ck_assert_int_eq(gyr_fd_from(g, a, fa), GYR_FROM_SNAPSHOT);
		ck_assert_msg(by_proc || ((struct file *)fa->slot.val)->kernel, "%s: which file?", gyr_fd_name(fa));
	}
	for (fa = NULL; (fa = gyr_thread_fd_next(a, fa));)
		ck_assert_msg(gyr_thread_fd(b, gyr_fd_num(fa)), "%s of %s is not there", gyr_fd_name(fa),
			      gyr_thread_comm(a));
}

struct both {
	struct gyr *g, *host;
	const struct gyr_thread *a[THREADS_MAX], *b[THREADS_MAX];
	size_t n;
};

static void find_both(struct both *both, const pid_t pids[KINDS])
{
	const struct gyr_thread *b, *a;

	for (b = NULL; (b = gyr_thread_next(both->host, b));) {
		if (!is_of(both->host, b, pids))
			continue;
		a = gyr_thread_by_tid(both->g, gyr_thread_tid(b));
		ck_assert_msg(a, "%s is not known", gyr_thread_comm(b));
		ck_assert_uint_lt(both->n, THREADS_MAX);
		both->a[both->n] = a;
		both->b[both->n++] = b;
	}
	for (a = NULL; (a = gyr_thread_next(both->g, a));)
		ck_assert_msg(!is_of(both->g, a, pids) || gyr_thread_by_tid(both->host, gyr_thread_tid(a)),
			      "%s is not there", gyr_thread_comm(a));
}

/* What /proc shows of it is asked of few pairs. */
static void compare_sharing(const struct gyr_thread *a, const struct gyr_thread *b)
{
	long files = syscall(SYS_kcmp, gyr_thread_tid(a), gyr_thread_tid(b), KCMP_FILES, 0, 0);
	long fs = syscall(SYS_kcmp, gyr_thread_tid(a), gyr_thread_tid(b), KCMP_FS, 0, 0);

	if (files >= 0)
		ck_assert_int_eq(gyr_thread_shares_fds(a, b), files == 0);
	if (fs >= 0)
		ck_assert_int_eq(gyr_thread_shares_fs(a, b), fs == 0);
}

START_TEST(as_proc_shows)
{
	struct gyr_host_opts o = {.sz = sizeof(o)};
	struct both both = {0};
	pid_t pids[KINDS];
	size_t i, j, left = 0;

	start_all(pids);
	both.g = live_begin(&(struct gyr_live_opts){.events = "getppid", .log = on_log});
	ck_assert_int_eq(gyr_open_host(&o, &both.host), 0);
	/* Without BTF of the kernel there are no iterators. */
	ck_assert_int_eq(by_proc, getenv("GYR_BTF") != NULL);
	find_both(&both, pids);
	for (i = 0; i < KINDS; i++)
		left += (size_t)kinds[i].threads;
	ck_assert_uint_eq(both.n, left);
	for (i = 0; i < both.n; i++) {
		compare_thread(both.g, both.a[i], both.b[i]);
		for (j = 0; j < both.n && !by_proc; j++)
			compare_sharing(both.a[i], both.a[j]);
	}
	stop_all(pids);
	gyr_close(both.host);
	gyr_close(both.g);
}
END_TEST

/* fds that stand for one open file have it in common; /proc cannot tell. */
START_TEST(one_open_file)
{
	const struct gyr_thread *t;
	const struct gyr_fd *fd;
	const void *file = NULL;
	pid_t pids[KINDS];
	struct gyr *g;
	int n = 0;

	start_all(pids);
	g = live_begin(&(struct gyr_live_opts){.events = "getppid", .log = on_log});
	t = gyr_thread_by_tid(g, (uint64_t)pids[0]);
	ck_assert_ptr_nonnull(t);
	fd = gyr_thread_fd(t, 900);
	ck_assert_ptr_nonnull(fd);
	file = fd->slot.val;
	for (fd = NULL; (fd = gyr_thread_fd_next(t, fd));)
		n += fd->slot.val == file;
	ck_assert_int_eq(n, by_proc ? 1 : 4);
	stop_all(pids);
	gyr_close(g);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("snapshot"))
		return LIVE_SKIP;
	suite = suite_create("snapshot");
	tc = tcase_create("snapshot");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, as_proc_shows);
	tcase_add_test(tc, one_open_file);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

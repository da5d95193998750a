/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The context of events: threads and fds as they are kept by what was seen, and by the look into /proc at the start. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "net.h"

/* What shows an fd's state and changes nothing: lseek to the place where it is. */
static void see_fd(int line, long fd, const char *name)
{
	long res = call(SYS_lseek, fd, 0L, SEEK_CUR);
	const struct live_val vals[] = {
		I("res", res), I("fd", fd), I("offset", 0), I("whence", 1), name ? CTX_FD_NAME(name) : CTX_FD_NONE(),
	};

	live_see(line, 0, 87, "lseek", vals, 5);
}
#define SEE_FD(fd, name) see_fd(__LINE__, fd, name)

static int early_fd, early_sock, early_pipe[2];

static void open_early(void)
{
	early_fd = open(live_file("early", "x"), O_RDWR | O_CLOEXEC);
	early_sock = bound_socket(AF_INET, SOCK_DGRAM); /* of one that is not bound /proc says nothing */
	NEED(early_fd >= 0 && early_sock >= 0 && pipe(early_pipe) == 0 && chdir("/usr") == 0);
	prctl(PR_SET_NAME, "early bird");
}

/* Nothing of this was seen to happen. */
static void from_before(void)
{
	struct stat st;
	char name[64];

	SEE_FD(early_fd, live_path("early"));
	NEED(fstat(early_pipe[0], &st) == 0);
	snprintf(name, sizeof(name), "pipe:[%lu]", (unsigned long)st.st_ino);
	SEE_FD(early_pipe[0], name);
	SEE(7, "read", I("res", call(SYS_read, early_fd, name, 0)), EMPTY("data"), I("fd", early_fd), I("size", 0),
	    CTX_CWD("/usr"), CTX_COMM("early bird"), CTX_PPID(getppid()), CTX_UID(0), CTX_GID(0), CTX_FD_CLOEXEC(true),
	    CTX_FD_TYPE(GYR_FD_FILE), CTX_CATEGORY("file"));
	SEE(9, "write", I("res", call(SYS_write, early_sock, "x", 1)), B("data", "x", 1), I("fd", early_sock),
	    I("size", 1), CTX_FD_TYPE(GYR_FD_IPV4), CTX_CATEGORY("net"));
	SEE_FD(777, NULL);
}

static void names_resolved(void)
{
	int dir, up, fd;

	NEED(mkdir(live_path("sub"), 0700) == 0);
	NEED(chdir(live_path("sub")) == 0);
	fd = open("file", O_RDWR | O_CREAT, 0600);
	SEE_FD(fd, live_path("sub/file"));
	up = open("../other//x/.././up", O_RDWR | O_CREAT, 0600);
	NEED(up == -1);
	up = open(".././up", O_RDWR | O_CREAT, 0600);
	SEE_FD(up, live_path("up"));
	NEED(chdir("..") == 0);
	dir = open("sub", O_DIRECTORY);
	SEE_FD(dir, live_path("sub"));
	fd = openat(dir, "second", O_RDWR | O_CREAT, 0600);
	SEE_FD(fd, live_path("sub/second"));
	NEED(fchdir(dir) == 0);
	SEE(7, "read", I("res", call(SYS_read, dir, NULL, 0)), EMPTY("data"), I("fd", dir), I("size", 0),
	    CTX_CWD(live_path("sub")));
}

static void close_and_reuse(void)
{
	int fd = open(live_file("one", ""), O_RDONLY), copy = dup(fd);

	SEE_FD(copy, live_path("one"));
	close(fd);
	SEE_FD(fd, NULL);
	NEED(open(live_path("two"), O_RDWR | O_CREAT, 0600) == fd);
	SEE_FD(fd, live_path("two"));
	SEE_FD(copy, live_path("one"));
	NEED(dup2(fd, copy) == copy);
	SEE_FD(copy, live_path("two"));
}

static void fork_copies_fds(void)
{
	int fd = open(live_file("one", ""), O_RDONLY);
	long child = fork();

	if (child == 0) {
		SEE_FD(fd, live_path("one"));
		close(fd);
		SEE_FD(fd, NULL);
		NEED(chdir("/usr") == 0);
		_exit(0);
	}
	live_wait(child);
	/* What the child did is not done to the parent. */
	SEE_FD(fd, live_path("one"));
	SEE(7, "read", I("res", call(SYS_read, fd, NULL, 0)), EMPTY("data"), I("fd", fd), I("size", 0),
	    CTX_CWD(getcwd(NULL, 0)));
}

static int shared_fd;

static void *thread_opens(void *arg)
{
	shared_fd = open(live_path("shared"), O_RDWR | O_CREAT, 0600);
	NEED(chdir(live_dir()) == 0);
	prctl(PR_SET_NAME, "a thread");
	SEE(7, "read", I("res", call(SYS_read, shared_fd, NULL, 0)), EMPTY("data"), I("fd", shared_fd), I("size", 0),
	    CTX_COMM("a thread"), CTX_PID(getpid()), CTX_FD_NAME(live_path("shared")));
	return arg;
}

static void threads_share(void)
{
	char comm[16];
	pthread_t t;

	NEED(prctl(PR_GET_NAME, comm) == 0);
	NEED(pthread_create(&t, NULL, thread_opens, NULL) == 0 && pthread_join(t, NULL) == 0);
	SEE_FD(shared_fd, live_path("shared"));
	SEE(7, "read", I("res", call(SYS_read, shared_fd, NULL, 0)), EMPTY("data"), I("fd", shared_fd), I("size", 0),
	    CTX_CWD(live_dir()), CTX_COMM(comm));
}

/* CLONE_FILES and CLONE_FS between processes: the same tables, as between threads. */
static void processes_share(void)
{
	long child = call(SYS_clone, SIGCHLD | CLONE_FILES | CLONE_FS, 0L, 0L, 0L, 0L);

	if (child == 0) {
		NEED(chdir(live_dir()) == 0);
		_exit(open("shared", O_RDWR | O_CREAT, 0600));
	}
	NEED(child > 0);
	shared_fd = live_wait(child) >> 8;
	SEE_FD(shared_fd, live_path("shared"));
	SEE(7, "read", I("res", call(SYS_read, shared_fd, NULL, 0)), EMPTY("data"), I("fd", shared_fd), I("size", 0),
	    CTX_CWD(live_dir()));
}

#define AFTER_EXEC "--after-exec"

/* Fds 50 and 51 are there, one of them to be closed. The program that comes after has the same number. */
static void exec_closes_fds(void)
{
	const char *path = live_file("kept", "");
	static const char *const env[] = {NULL};
	const char *const args[] = {"arg zero", AFTER_EXEC, "more", NULL};
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int fd = open(path, O_RDONLY);

	NEED(n > 0);
	exe[n] = 0;
	NEED(dup2(fd, 50) == 50 && dup3(fd, 51, O_CLOEXEC) == 51);
	SEE(87, "lseek", I("res", 0), I("fd", 50), I("offset", 0), I("whence", 1), CTX_FD_NAME(path),
	    CTX_EXEPATH(live_host_path(exe)), CTX_EXE("arg zero"),
	    CTX_ARGS(AFTER_EXEC "\0more", sizeof(AFTER_EXEC "\0more")), CTX_PID(getpid()));
	SEE(87, "lseek", I("res", -EBADF), I("fd", 51), I("offset", 0), I("whence", 1), CTX_FD_NONE());
	NEED(call(SYS_execve, exe, args, env));
}

static int after_exec(void)
{
	call(SYS_lseek, 50, 0L, SEEK_CUR);
	call(SYS_lseek, 51, 0L, SEEK_CUR);
	return 0;
}

static void sockets_named(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM), fd = connected_socket(server), got;
	union addr from = name_of(fd), to = name_of(server);
	char name[128];

	got = accept(server, NULL, NULL);
	snprintf(name, sizeof(name), "127.0.0.1:%u->127.0.0.1:%u", ntohs(from.in.sin_port), ntohs(to.in.sin_port));
	SEE_FD(fd, name);
	SEE_FD(got, name);
	SEE(9, "write", I("res", call(SYS_write, fd, "x", 1)), B("data", "x", 1), I("fd", fd), I("size", 1),
	    CTX_CATEGORY("net"), CTX_FD_TYPE(GYR_FD_IPV4));
}

static void parents(void)
{
	long self = getpid(), child = fork();

	if (child == 0) {
		SEE(203, "getuid", I("uid", call(SYS_getuid)), CTX_PPID(self), CTX_PID(getpid()));
		_exit(0);
	}
	live_wait(child);
	SEE(203, "getuid", I("uid", call(SYS_getuid)), CTX_PPID(getppid()), CTX_PID(self));
}

int main(int argc, char **argv)
{
	static const struct live_case cases[] = {
		CASE_AFTER(open_early, from_before),
		CASE(names_resolved),
		CASE(close_and_reuse),
		CASE(fork_copies_fds),
		CASE(threads_share),
		CASE(processes_share),
		CASE_EXECS(exec_closes_fds),
		CASE(sockets_named),
		CASE(parents),
	};

	if (argc > 1 && !strcmp(argv[1], AFTER_EXEC))
		return after_exec();
	return live_family_of("state", cases, sizeof(cases) / sizeof(cases[0]), &(struct live_asks){0});
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define CHUNK 256 /* calls between two looks at the clock */

const char *const load_names[LOADS_] = {
	[LOAD_GETPPID] = "getppid", [LOAD_READ] = "read /dev/zero", [LOAD_OPEN_CLOSE] = "openat+close",
	[LOAD_FIXED] = "lseek",	    [LOAD_PATH] = "unlinkat",	    [LOAD_TWO_PATHS] = "renameat2",
	[LOAD_SOCKADDR] = "bind",   [LOAD_IOVEC] = "writev",	    [LOAD_EXECVE] = "execve",
};

#define NOWHERE "/tmp/gyr-bench/is-not-there"

/* What calls act on. */
static struct {
	int zero, null, udp;
} fds;

struct worker {
	pid_t pid;
	int cmd; /* a byte: go */
	enum load load;
	uint64_t want, calls;
	uint32_t ms;
	double ns;
	int done;
};

static void one_call(enum load load)
{
	static char *const argv[] = {"a-program", "--with", "arguments", NULL};
	static char *const envp[] = {"PATH=/usr/bin:/bin", "HOME=/root", NULL};
	static char bytes[80];
	static const struct iovec iov[] = {{bytes, 20}, {bytes + 20, 20}, {bytes + 40, 20}, {bytes + 60, 20}};
	struct sockaddr_in addr = {.sin_family = AF_INET};
	char buf[80];
	int fd;

	switch (load) {
	case LOAD_GETPPID:
		syscall(SYS_getppid);
		break;
	case LOAD_READ:
		if (syscall(SYS_read, fds.zero, buf, sizeof(buf)) < 0)
			_exit(1);
		break;
	case LOAD_FIXED:
		syscall(SYS_lseek, fds.zero, 0, SEEK_SET);
		break;
	case LOAD_PATH:
		syscall(SYS_unlinkat, AT_FDCWD, NOWHERE, 0);
		break;
	case LOAD_TWO_PATHS:
		syscall(SYS_renameat2, AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE, 0);
		break;
	case LOAD_SOCKADDR:
		syscall(SYS_bind, fds.udp, &addr, sizeof(addr)); /* it is bound already */
		break;
	case LOAD_IOVEC:
		syscall(SYS_writev, fds.null, iov, 4);
		break;
	case LOAD_EXECVE:
		syscall(SYS_execve, NOWHERE, argv, envp);
		break;
	default:
		fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/hostname", O_RDONLY);
		syscall(SYS_close, fd);
	}
}

/* CPU time, so that what else runs on the machine does not count. */
static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void open_fds(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	fds.zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	fds.null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fds.udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fds.zero < 0 || fds.null < 0 || bind(fds.udp, (struct sockaddr *)&addr, sizeof(addr)))
		_exit(1);
}

static void run(struct worker *w)
{
	double end = now_ns() + w->ms * 1e6;
	double start = cpu_ns();
	uint64_t n = 0;

	while (w->want ? n < w->want : now_ns() < end) {
		int i;

		for (i = 0; i < CHUNK; i++)
			one_call(w->load);
		n += CHUNK;
	}
	w->ns = cpu_ns() - start;
	w->calls = n;
}

struct worker *worker_start(void)
{
	struct worker *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int cmd[2];
	char c;

	if (w == MAP_FAILED || pipe(cmd))
		die("cannot set up the load process");
	w->pid = fork();
	if (w->pid < 0)
		die("cannot fork");
	if (w->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(cmd[1]);
		pin_to_cpu(LOAD_CPU);
		open_fds();
		while (read(cmd[0], &c, 1) == 1) {
			run(w);
			__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
		}
		_exit(0);
	}
	close(cmd[0]);
	w->cmd = cmd[1];
	return w;
}

void worker_stop(struct worker *w)
{
	close(w->cmd);
	waitpid(w->pid, NULL, 0);
	munmap(w, sizeof(*w));
}

pid_t worker_pid(const struct worker *w)
{
	return w->pid;
}

void worker_go(struct worker *w, enum load load, uint64_t calls, uint32_t ms)
{
	w->load = load;
	w->want = calls;
	w->ms = ms;
	w->done = 0;
	if (write(w->cmd, "g", 1) != 1)
		die("the load process is gone");
}

bool worker_done(const struct worker *w)
{
	return __atomic_load_n(&w->done, __ATOMIC_ACQUIRE);
}

double worker_ns_a_call(const struct worker *w)
{
	return w->ns / (double)w->calls;
}

uint64_t worker_calls(const struct worker *w)
{
	return w->calls;
}

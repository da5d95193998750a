/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For test/cli/tables.sh: a process whose child has the same fds, and one of whose threads has its own. Prints the
 * process, the child and the thread, and stays until stdin ends.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ready[2];

static void wait_for_ever(void)
{
	char c = 'x';

	if (write(ready[1], &c, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void *alone(void *arg)
{
	*(pid_t *)arg = gettid();
	if (prctl(PR_SET_NAME, "alone") || unshare(CLONE_FILES) || dup2(open("/etc/passwd", O_RDONLY), 60) < 0)
		_exit(1);
	wait_for_ever();
	return NULL;
}

int main(void)
{
	pid_t child, thread = 0;
	pthread_t t;
	char c[2];

	if (pipe(ready) || prctl(PR_SET_NAME, "a b\n\033[1m") ||
	    dup2(open("/etc/hostname", O_RDONLY | O_CLOEXEC), 50) < 0)
		return 1;
	fcntl(50, F_SETFD, FD_CLOEXEC);
	child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (child < 0)
		return 1;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "child");
		wait_for_ever();
	}
	if (pthread_create(&t, NULL, alone, &thread))
		return 1;
	for (size_t i = 0; i < sizeof(c); i++)
		if (read(ready[0], &c[i], 1) != 1)
			return 1;
	printf("%d %d %d\n", (int)getpid(), (int)child, (int)thread);
	fflush(stdout);
	while (read(STDIN_FILENO, c, 1) > 0)
		;
	return 0;
}

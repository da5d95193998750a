// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cli.h"
#include "signals.h"

/* 0, or why the file cannot be executed, as an errno. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) ? errno : 0;
}

/*
 * What execvp would execute. Searched for here and not in the child, where every wrong guess would be an event of CMD.
 * 0, or an errno.
 */
static int find_program(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH"), *end;
	int err, found = ENOENT;

	if (strchr(name, '/') || !*name) {
		snprintf(path, size, "%s", name);
		return executable(name);
	}
	for (dirs = dirs ? dirs : "/bin:/usr/bin";; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		/* An empty part means the current directory. */
		if (snprintf(path, size, "%.*s%s%s", (int)(end - dirs), dirs, end > dirs ? "/" : "", name) <
		    (int)size) {
			err = executable(path);
			if (!err)
				return 0;
			if (err == EACCES)
				found = err;
		}
		if (!*end)
			return found;
	}
}

static int cannot_run(const char *name, int err)
{
	if (err == ENOENT)
		say("cannot run '%s': there is no such program%s.", name, strchr(name, '/') ? "" : " in PATH");
	else
		say("cannot run '%s': %s.", name, strerror(err));
	return err == ENOENT ? CHILD_NOT_FOUND : CHILD_CANNOT_RUN;
}

static void __attribute__((noreturn))
be_child(const char *path, char *const argv[], const sigset_t *mask, int failed_fd)
{
	int err;

	sigprocmask(SIG_SETMASK, mask, NULL);
	/*
	 * Not a read of a pipe: its return would be seen as the first event of CMD. A process stops on the way out of
	 * kill(), behind its sys_exit, so that the next event is the execve.
	 */
	kill(getpid(), SIGSTOP);
	execv(path, argv);
	err = errno;
	(void)!write(failed_fd, &err, sizeof(err));
	_exit(CHILD_CANNOT_RUN);
}

int child_start(struct child *c, char *const argv[], const sigset_t *mask)
{
	char path[PATH_MAX];
	int failed[2], err;

	*c = (struct child){.name = argv[0]};
	err = find_program(argv[0], path, sizeof(path));
	if (err)
		return cannot_run(c->name, err);
	if (pipe2(failed, O_CLOEXEC)) {
		say("cannot run '%s': pipe: %s.", c->name, strerror(errno));
		return CLI_FAILURE;
	}
	c->pid = fork();
	if (c->pid == 0)
		be_child(path, argv, mask, failed[1]);
	err = errno;
	close(failed[1]);
	c->failed_fd = failed[0];
	if (c->pid > 0 && waitpid(c->pid, &c->status, WUNTRACED) == c->pid && WIFSTOPPED(c->status))
		return 0;
	if (c->pid < 0)
		say("cannot run '%s': fork: %s.", c->name, strerror(err));
	else
		say("cannot run '%s': it ended before it was to start.", c->name);
	close(c->failed_fd);
	c->pid = 0;
	return CLI_FAILURE;
}

void child_run(struct child *c)
{
	kill(c->pid, SIGCONT);
}

bool child_ended(struct child *c, bool wait)
{
	siginfo_t info;
	int err;

	if (c->ended)
		return true;
	do {
		info.si_pid = 0;
		err = waitid(P_PID, c->pid, &info, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG));
	} while (err && errno == EINTR);
	if (!err && info.si_pid != c->pid)
		return false;
	/* Before it is reaped: its number may be another's then. */
	signals_pass_to(0);
	waitpid(c->pid, &c->status, 0);
	c->ended = true;
	return true;
}

int child_code(struct child *c)
{
	ssize_t n;
	int err;

	n = read(c->failed_fd, &err, sizeof(err));
	close(c->failed_fd);
	if (n == sizeof(err))
		return cannot_run(c->name, err);
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}

void child_abandon(struct child *c)
{
	signals_pass_to(0);
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	close(c->failed_fd);
	c->pid = 0;
}

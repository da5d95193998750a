/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Threads and processes: how they begin, what they share with those that they began in, other programs, and ends. */
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "workload.h"

enum { STACK_LEN = 512 << 10 };

/* By slot: what a new thread of this process is told. */
static struct member starts[MAX_SLOTS];

static void *thread_start(void *arg)
{
	struct member m = *(struct member *)arg;

	member_run(&m);
	return NULL;
}

static int begin_thread(struct member *m)
{
	struct member *start = &starts[m->slot->new_slot];
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	*start = *m;
	start->slot = &m->worker->slots[m->slot->new_slot];
	start->pthread = true;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_LEN);
	err = pthread_create(&thread, &attr, thread_start, start);
	pthread_attr_destroy(&attr);
	return -err;
}

/* In the child: it is the member of its own slot from here on. */
static int begin_child(struct member *m)
{
	m->slot = &m->worker->slots[m->slot->new_slot];
	m->pthread = false;
	return BEGAN;
}

static int fork_child(struct member *m)
{
	pid_t child;

	if (!can_have_children(m, false))
		return -EPERM;
	child = fork();
	if (child == 0)
		return begin_child(m);
	return child < 0 ? -errno : 0;
}

/* Without CLONE_VM: the child has its own memory, whatever else it shares. */
static int clone_child(struct member *m, unsigned long flags)
{
	long child;

	if (!can_have_children(m, false))
		return -EPERM;
#ifdef __x86_64__
	child = SYS(clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
#else
	child = SYS(clone, flags | SIGCHLD, NULL, NULL, 0, NULL);
#endif
	return child == 0 ? begin_child(m) : refused(child);
}

static int clone_files(struct member *m)
{
	return clone_child(m, CLONE_FILES);
}

static int clone_fs(struct member *m)
{
	return clone_child(m, CLONE_FS);
}

static int clone_files_fs(struct member *m)
{
	return clone_child(m, CLONE_FILES | CLONE_FS);
}

static int clone_parent(struct member *m)
{
	return clone_child(m, CLONE_PARENT | (chance(m, 30) ? CLONE_FILES : 0));
}

static int clone3_pidfd(struct member *m)
{
	int pidfd = -1;
	struct clone_args args = {.flags = CLONE_PIDFD | (chance(m, 30) ? CLONE_FS : 0),
				  .pidfd = (uintptr_t)&pidfd,
				  .exit_signal = chance(m, 70) ? SIGCHLD : 0};
	long child;

	if (!can_have_children(m, false))
		return -EPERM;
	child = SYS(clone3, &args, sizeof(args));
	if (child == 0)
		return begin_child(m);
	return child < 0 ? (int)child : keep_fd(m, pidfd);
}

struct program {
	char dir[PATH_LEN], worker[12], slot[12];
	char *argv[6];
};

static char **program_args(const struct member *m, struct program *p, uint32_t slot)
{
	snprintf(p->dir, sizeof(p->dir), "%s", m->shared->dir);
	snprintf(p->worker, sizeof(p->worker), "%u", m->worker->number);
	snprintf(p->slot, sizeof(p->slot), "%u", slot);
	p->argv[0] = "truth-workload";
	p->argv[1] = "--child";
	p->argv[2] = p->dir;
	p->argv[3] = p->worker;
	p->argv[4] = p->slot;
	p->argv[5] = NULL;
	return p->argv;
}

static uint32_t own_slot(const struct member *m)
{
	return m->slot - m->worker->slots;
}

/* By whichever thread: those of its process that are left find their end in it. */
static int exec_self(struct member *m)
{
	static const char *const names[] = {"", "run", "run me (again)", "a name of more than fifteen letters"};
	const char *name = names[below(m, 4)];
	char path[PATH_LEN];
	struct program p = {0};

	program_args(m, &p, own_slot(m));
	if (!*name)
		return refused(SYS(execve, m->shared->exe, p.argv, environ));
	worker_dir(m, path);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", name);
	SYS(symlinkat, m->shared->exe, AT_FDCWD, path);
	return refused(SYS(execve, path, p.argv, environ));
}

static int exec_fd(struct member *m)
{
	struct program p = {0};
	long fd = SYS(openat, AT_FDCWD, m->shared->exe, O_PATH | O_CLOEXEC, 0), err;

	if (fd < 0)
		return refused(fd);
	err = SYS(execveat, (int)fd, "", program_args(m, &p, own_slot(m)), environ, AT_EMPTY_PATH);
	SYS(close, (int)fd);
	return refused(err);
}

/* A program without a file. */
static int exec_memfd(struct member *m)
{
	struct program p = {0};
	struct stat st;
	long from = SYS(openat, AT_FDCWD, m->shared->exe, O_RDONLY | O_CLOEXEC, 0), fd, err;

	if (from < 0)
		return refused(from);
	err = fd = SYS(memfd_create, "program", MFD_CLOEXEC);
	if (fd >= 0 && fstat((int)from, &st) == 0)
		err = SYS(sendfile, (int)fd, (int)from, NULL, st.st_size);
	SYS(close, (int)from);
	if (err >= 0)
		err = SYS(execveat, (int)fd, "", program_args(m, &p, own_slot(m)), environ, AT_EMPTY_PATH);
	if (fd >= 0)
		SYS(close, (int)fd);
	return refused(err);
}

static int vfork_exec(struct member *m)
{
	struct program p = {0};
	char **args = program_args(m, &p, m->slot->new_slot);
	volatile int err = 0; /* the child's to write: until its exec it has this memory */
	pid_t child;

	if (!can_have_children(m, false))
		return -EPERM;
	child = vfork();
	if (child == 0) {
		execve(m->shared->exe, args, environ);
		err = -errno; // NOLINT(clang-analyzer-unix.Vfork)
		_exit(127);
	}
	if (child < 0)
		return -errno;
	if (err)
		SYS(wait4, child, NULL, 0, NULL);
	else if (!m->slot->pidns) /* so that the keeper sees if the program ends before it can say who it is */
		m->worker->slots[m->slot->new_slot].tid = m->worker->slots[m->slot->new_slot].tgid = child;
	return err;
}

static int unshare_files(struct member *m)
{
	(void)m;
	return refused(SYS(unshare, CLONE_FILES));
}

static int unshare_fs(struct member *m)
{
	(void)m;
	return refused(SYS(unshare, CLONE_FS));
}

static int end_thread(struct member *m)
{
	member_dies(m);
	if (!m->pthread)
		syscall(SYS_exit, 0);
	return 0;
}

static int end_process(struct member *m)
{
	member_dies(m);
	syscall(SYS_exit_group, (int)below(m, 5));
	return 0;
}

/* Whatever children of the process have ended. The keeper asks for it (settle.c); it is not drawn. */
static int reap_children(struct member *m)
{
	(void)m;
	while (SYS(wait4, -1, NULL, WNOHANG | __WALL, NULL) > 0)
		;
	return 0;
}

const struct op procs_ops[] = {
	{"reap", reap_children, 0, 0},
	{"founder", NULL, 4, OP_KEEPER | OP_ALONE | OP_NEW_PROCESS},
	{"thread", begin_thread, 28, OP_ONE | OP_NEW_THREAD},
	{"thread_exit", end_thread, 12, OP_ONE | OP_ENDS_THREAD},
	{"fork", fork_child, 8, OP_ONE | OP_NEW_PROCESS},
	{"clone_files", clone_files, 6, OP_ONE | OP_NEW_PROCESS},
	{"clone_fs", clone_fs, 5, OP_ONE | OP_NEW_PROCESS},
	{"clone_files_fs", clone_files_fs, 4, OP_ONE | OP_NEW_PROCESS},
	{"clone_parent", clone_parent, 4, OP_ONE | OP_NEW_PROCESS},
	{"clone3_pidfd", clone3_pidfd, 5, OP_ONE | OP_NEW_PROCESS},
	{"vfork_exec", vfork_exec, 6, OP_ONE | OP_NEW_PROCESS},
	{"exec", exec_self, 8, OP_ONE | OP_ALONE | OP_EXEC},
	{"exec_fd", exec_fd, 2, OP_ONE | OP_ALONE | OP_EXEC},
	{"exec_memfd", exec_memfd, 1, OP_ONE | OP_ALONE | OP_EXEC},
	{"unshare_files", unshare_files, 8, 0},
	{"unshare_fs", unshare_fs, 6, 0},
	{"process_exit", end_process, 26, OP_ONE | OP_ALONE | OP_ENDS_PROCESS},
	{0},
};

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in doubt is looked at again: of processes that are there, after events that never came. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed.h"
#include "run.h"

static struct feed F, *f = &F;

static void setup(void)
{
	feed_open(f);
	f->st->limits.calm_ns = 0;
	ck_assert_int_eq(state_snapshot(f->st), 0);
	f->ts = state_now(f->st);
}

static void teardown(void)
{
	feed_close(f);
}

/* A child that does what the test asks of it, a letter each, and answers when it is done. */
static int ask_fd, answer_fd;

static void *second_thread(void *arg)
{
	pthread_barrier_wait(arg);
	for (;;)
		pause();
	return NULL;
}

static void *third_thread(void *arg)
{
	if (unshare(CLONE_FILES | CLONE_FS) || dup2(0, 61) != 61 || chdir("/usr"))
		_exit(1);
	pthread_barrier_wait(arg);
	for (;;)
		pause();
	return NULL;
}

static void start_thread(void *(*run)(void *))
{
	pthread_barrier_t ready;
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 2);
	pthread_create(&thread, NULL, run, &ready);
	pthread_barrier_wait(&ready);
	pthread_barrier_destroy(&ready);
}

static void obey(char what)
{
	switch (what) {
	case 'o':
		dup2(open("/etc/passwd", O_RDONLY), 50);
		break;
	case 'c':
		close(50);
		break;
	case 'e':
		fcntl(50, F_SETFD, FD_CLOEXEC);
		break;
	case 'n':
		prctl(PR_SET_NAME, "renamed");
		break;
	case 'd':
		if (chdir("/usr/bin"))
			_exit(1);
		break;
	case 't':
		start_thread(second_thread);
		break;
	case 'u':
		start_thread(third_thread);
		break;
	case 'i':
		if (setresuid(0, 1234, 0))
			_exit(1);
		break;
	case 's':
		setsid();
		break;
	}
}

static void child_main(int in, int out)
{
	char what;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(in, &what, 1) == 1) {
		obey(what);
		if (write(out, &what, 1) != 1)
			break;
	}
	_exit(0);
}

static pid_t start_child(void)
{
	int in[2], out[2];
	pid_t pid;

	ck_assert_int_eq(pipe(in) | pipe(out), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		child_main(in[0], out[1]);
	close(in[0]);
	close(out[1]);
	ask_fd = in[1];
	answer_fd = out[0];
	return pid;
}

static void ask(const char *what)
{
	char c;

	for (; *what; what++)
		ck_assert_int_eq(write(ask_fd, what, 1) == 1 && read(answer_fd, &c, 1) == 1, 1);
}

static void stop_child(pid_t pid)
{
	close(ask_fd);
	close(answer_fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* All that is due, without the rests. */
static void refresh(void)
{
	int rounds = 0;

	while (state_due_ms(f->st) >= 0 && ++rounds < 10000) {
		f->st->rest_until = 0;
		state_refresh(f->st, UINT64_MAX);
	}
	ck_assert_int_lt(rounds, 10000);
}

static void look_at(pid_t pid)
{
	FEED(f, pid, SYSCALL_READ_X, N("res", -11));
}

#define ck_from(t, field, want) ck_assert_str_eq(gyr_from_name(gyr_thread_from(&f->g, t, GYR_THREAD_##field)), want)
#define ck_fd_from(t, fd, want) ck_assert_str_eq(gyr_from_name(gyr_fd_from(&f->g, t, gyr_thread_fd(t, fd))), want)

START_TEST(test_after_a_loss)
{
	const struct gyr_thread *t;
	pid_t pid = start_child();

	look_at(pid);
	ask("ondes");
	f->ts = state_now(f->st);
	t = feed_thread(f, pid);
	ck_from(t, COMM, "lookup");
	ck_assert_int_eq(state_due_ms(f->st), -1);
	state_lost(f->st);
	ck_from(t, COMM, "stale");
	ck_from(t, CWD, "stale");
	ck_fd_from(t, 0, "stale");
	ck_assert_int_eq(state_due_ms(f->st), 0);
	refresh();
	t = feed_thread(f, pid);
	ck_assert_str_eq(gyr_thread_comm(t), "renamed");
	ck_assert_str_eq(gyr_thread_cwd(t), "/usr/bin");
	ck_assert_uint_eq(gyr_thread_sid(t), pid);
	ck_assert_uint_eq(gyr_thread_pgid(t), pid);
	ck_assert_pstr_eq(feed_fd_name(f, pid, 50), "/etc/passwd");
	ck_assert(gyr_fd_cloexec(feed_fd(f, pid, 50)));
	ck_from(t, COMM, "lookup");
	ck_from(t, CWD, "lookup");
	ck_fd_from(t, 50, "lookup");
	ask("c");
	state_lost(f->st);
	refresh();
	ck_assert_ptr_null(gyr_thread_fd(feed_thread(f, pid), 50));
	stop_child(pid);
}
END_TEST

START_TEST(test_lives)
{
	pid_t before = start_child(), after;
	int ask1 = ask_fd, answer1 = answer_fd;
	uint32_t threads;

	look_at(before);
	after = start_child();
	ask("t");
	ck_assert_ptr_null(gyr_thread_by_tid(&f->g, after));
	close(ask1);
	close(answer1);
	kill(before, SIGKILL);
	waitpid(before, NULL, 0);
	state_lost(f->st);
	refresh();
	ck_assert_ptr_null(gyr_thread_by_tid(&f->g, before));
	threads = 0;
	for (const struct gyr_thread *t = feed_thread(f, after)->group->threads; t; t = t->next)
		threads++;
	ck_assert_uint_eq(threads, 2);
	stop_child(after);
	/* As it stays a zombie until it is waited for, it is of no use to look whether it is in /proc. */
	after = start_child();
	look_at(after);
	kill(after, SIGKILL);
	waitid(P_PID, after, &(siginfo_t){0}, WEXITED | WNOWAIT);
	state_lost(f->st);
	refresh();
	ck_assert_ptr_null(gyr_thread_by_tid(&f->g, after));
	stop_child(after);
}
END_TEST

/* Who shares what, as the kernel has it. */
START_TEST(test_sharing)
{
	const struct gyr_thread *t, *other = NULL, *third = NULL;
	pid_t pid = start_child();

	look_at(pid);
	ask("tu");
	state_lost(f->st);
	refresh();
	t = feed_thread(f, pid);
	for (const struct gyr_thread *o = t->group->threads; o; o = o->next) {
		if (o->files != t->files)
			third = o;
		else if (o != t)
			other = o;
	}
	ck_assert_ptr_nonnull(other);
	ck_assert_ptr_nonnull(third);
	ck_assert_ptr_eq(other->fs, t->fs);
	ck_assert_ptr_ne(third->fs, t->fs);
	ck_assert_str_eq(gyr_thread_cwd(third), "/usr");
	ck_assert_ptr_nonnull(gyr_thread_fd(third, 61));
	ck_assert_ptr_null(gyr_thread_fd(t, 61));
	/* Taken for shared, and the other way round. */
	thread_set_files(f->st, (struct gyr_thread *)third, t->files);
	thread_set_fs(f->st, (struct gyr_thread *)third, t->fs);
	thread_files(f->st, (struct gyr_thread *)other);
	thread_own_fs(f->st, (struct gyr_thread *)other);
	state_lost(f->st);
	refresh();
	ck_assert_ptr_eq(other->files, t->files);
	ck_assert_ptr_eq(other->fs, t->fs);
	ck_assert_ptr_ne(third->files, t->files);
	ck_assert_str_eq(gyr_thread_cwd(third), "/usr");
	ck_assert_ptr_nonnull(gyr_thread_fd(third, 61));
	stop_child(pid);
}
END_TEST

/* Events from before the look say nothing new; those from while it went on make another. */
START_TEST(test_windows)
{
	pid_t pid = start_child();
	const struct gyr_thread *t;
	uint64_t before;

	before = state_now(f->st);
	look_at(pid);
	ask("od");
	state_lost(f->st);
	refresh();
	t = feed_thread(f, pid);
	f->ts = before;
	FEED(f, pid, SYSCALL_CLOSE_X, N("res", 0), N("fd", 50));
	FEED(f, pid, SYSCALL_OPEN_X, N("fd", 51), S("name", "/else"));
	FEED(f, pid, SYSCALL_CHDIR_X, N("res", 0), S("path", "/else"));
	FEED(f, pid, SYSCALL_PRCTL_X, N("res", 0), N("option", FLAG(SYSCALL_PRCTL_X, "option", "PR_SET_NAME")),
	     S("arg2_str", "else"));
	ck_assert_pstr_eq(feed_fd_name(f, pid, 50), "/etc/passwd");
	ck_assert_int_eq(gyr_fd_type(feed_fd(f, pid, 51)), GYR_FD_UNKNOWN); /* it was looked for */
	ck_assert_str_eq(gyr_thread_cwd(t), "/usr/bin");
	ck_assert_str_ne(gyr_thread_comm(t), "else");
	ck_assert_int_eq(state_due_ms(f->st), -1);

	f->ts = t->files->look.to;
	FEED(f, pid, SYSCALL_CLOSE_X, N("res", 0), N("fd", 50));
	ck_assert_ptr_null(gyr_thread_fd(t, 50));
	ck_fd_from(t, 0, "stale");
	ck_assert_int_eq(state_due_ms(f->st) >= 0, 1);
	refresh();
	ck_assert_pstr_eq(feed_fd_name(f, pid, 50), "/etc/passwd");

	f->ts = state_now(f->st);
	FEED(f, pid, SYSCALL_CLOSE_X, N("res", 0), N("fd", 50));
	ck_assert_ptr_null(gyr_thread_fd(t, 50));
	ck_assert_int_eq(state_due_ms(f->st), -1);
	stop_child(pid);
}
END_TEST

/* Fds of which an event has only the number. */
START_TEST(test_fds_that_appear)
{
	static const struct {
		struct cmsghdr h;
		int fds[3];
		char pad[4];
	} rights = {{CMSG_LEN(3 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}, {50, 52, 53}, ""};
	pid_t pid = start_child();

	look_at(pid);
	ask("o");
	f->ts = state_now(f->st);
	FEED(f, pid, SOCKET_RECVMSG_X, N("res", 1), N("fd", 0), B("msgcontrol", &rights, sizeof(rights)));
	ck_assert_int_eq(state_due_ms(f->st), 0);
	refresh();
	ck_assert_pstr_eq(feed_fd_name(f, pid, 50), "/etc/passwd");
	ck_assert_ptr_null(gyr_thread_fd(feed_thread(f, pid), 52));
	/* Nothing that is cut off or lies is gone by. */
	f->ts = state_now(f->st);
	FEED(f, pid, SOCKET_RECVMSG_X, N("res", 1), N("fd", 0), B("msgcontrol", &rights, sizeof(rights.h) + 4));
	FEED(f, pid, SOCKET_RECVMSG_X, N("res", 1), N("fd", 0), B("msgcontrol", &rights, 7));
	ck_assert_int_eq(state_due_ms(f->st), -1);
	FEED(f, pid, SYSCALL_PIDFD_GETFD_X, N("fd", 50));
	ck_assert_int_ge(state_due_ms(f->st), 0);
	refresh();
	ck_assert_pstr_eq(feed_fd_name(f, pid, 50), "/etc/passwd");
	stop_child(pid);
}
END_TEST

static char dir[64], path[512];

static const char *in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void make_file(const char *name)
{
	int fd = open(in_dir(name), O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

/* Moved, removed, and overwritten: the file itself, and a directory above. */
START_TEST(test_moves)
{
	char to[512], was[512], below[512];
	int self = getpid(), fd, other;
	uint64_t looks;

	strcpy(dir, "/tmp/gyr-moves-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(mkdir(in_dir("sub"), 0700), 0);
	make_file("sub/one");
	make_file("sub/two");
	ck_assert_int_eq(dup2(open(in_dir("sub/one"), O_RDONLY), 70), 70);
	ck_assert_int_eq(dup2(open(in_dir("sub/two"), O_RDONLY), 71), 71);
	fd = 70, other = 71;
	state_lost(f->st);
	refresh();
	f->ts = state_now(f->st);
	strcpy(was, in_dir("sub/one"));
	ck_assert_pstr_eq(feed_fd_name(f, self, fd), was);

	/* Of names that nobody has there is nothing to look at. */
	looks = f->st->counts.refreshed;
	FEED(f, self, SYSCALL_UNLINK_2_X, N("res", 0), S("path", "/x/no-such-name-anywhere"));
	FEED(f, self, SYSCALL_UNLINK_2_X, N("res", -2), S("path", was));
	refresh();
	ck_assert_uint_eq(f->st->counts.refreshed, looks);

	strcpy(to, in_dir("sub/two"));
	ck_assert_int_eq(rename(was, to), 0);
	FEED(f, self, SYSCALL_RENAME_X, N("res", 0), S("oldpath", "one"), S("newpath", "two"));
	refresh();
	ck_assert_pstr_eq(feed_fd_name(f, self, fd), to);
	ck_assert(!gyr_fd_deleted(feed_fd(f, self, fd)));
	ck_assert(gyr_fd_deleted(feed_fd(f, self, other)));

	strcpy(below, in_dir("sub"));
	strcpy(to, in_dir("bus"));
	ck_assert_int_eq(rename(below, to), 0);
	f->ts = state_now(f->st);
	FEED(f, self, SYSCALL_RENAMEAT2_X, N("res", 0), S("oldpath", "x/../sub/"), S("newpath", to));
	refresh();
	ck_assert_pstr_eq(feed_fd_name(f, self, fd), in_dir("bus/two"));

	ck_assert_int_eq(unlink(in_dir("bus/two")), 0);
	f->ts = state_now(f->st);
	FEED(f, self, SYSCALL_UNLINKAT_2_X, N("res", 0), S("name", "two"));
	refresh();
	ck_assert(gyr_fd_deleted(feed_fd(f, self, fd)));

	/* Too many to keep: all are looked at. */
	f->ts = state_now(f->st);
	for (int i = 0; i < 2 * MOVED_MAX; i++) {
		snprintf(path, sizeof(path), "/names/%d", i);
		FEED(f, self, SYSCALL_OPEN_X, N("fd", 100 + i), S("name", path));
	}
	for (int i = 0; i < 2 * MOVED_MAX; i++) {
		snprintf(path, sizeof(path), "/names/%d", i);
		FEED(f, self, SYSCALL_UNLINK_2_X, N("res", 0), S("path", path));
	}
	ck_assert(f->st->sweep.due);
	refresh();
	close(fd);
	close(other);
	rmdir(in_dir("bus"));
	rmdir(dir);
	/* What is forgotten is not counted any more. */
	state_free(f->st);
	feed_open(f);
	FEED(f, self, SYSCALL_OPEN_X, N("fd", 100), S("name", "/names/x"));
	FEED(f, self, SYSCALL_CLOSE_X, N("res", 0), N("fd", 100));
	for (int i = 0; i < 1 << NAMES_BITS; i++)
		ck_assert_uint_eq(f->st->names[i], 0);
}
END_TEST

/* A thread's name by another: the file says whose. */
START_TEST(test_named_by_another)
{
	pid_t pid = start_child();
	char file[64];

	look_at(pid);
	ask("n");
	f->ts = state_now(f->st);
	ck_assert_str_ne(gyr_thread_comm(feed_thread(f, pid)), "renamed");
	snprintf(file, sizeof(file), "/proc/%d/task/%d/comm", pid, pid);
	FEED(f, getpid(), SYSCALL_OPEN_X, N("fd", 90), S("name", file),
	     N("flags", FLAG(SYSCALL_OPEN_X, "flags", "O_RDONLY")));
	ck_assert_int_eq(state_due_ms(f->st), -1);
	FEED(f, getpid(), SYSCALL_OPEN_X, N("fd", 90), S("name", file),
	     N("flags", FLAG(SYSCALL_OPEN_X, "flags", "O_WRONLY")));
	refresh();
	ck_assert_str_eq(gyr_thread_comm(feed_thread(f, pid)), "renamed");
	f->ts = state_now(f->st);
	FEED(f, getpid(), SYSCALL_CLOSE_X, N("res", 0), N("fd", 90));
	ck_assert_int_ge(state_due_ms(f->st), 0);
	stop_child(pid);
}
END_TEST

/* What a call does to ids that it does not tell is looked at. */
START_TEST(test_ids)
{
	struct gyr_thread_ids ids;
	pid_t pid = start_child();

	if (geteuid() != 0) {
		stop_child(pid);
		return;
	}
	look_at(pid);
	gyr_thread_get_ids(feed_thread(f, pid), &ids);
	ck_assert_uint_eq(ids.ruid, 0);
	ck_assert_uint_ne(ids.cap_effective, 0);
	ask("i");
	f->ts = state_now(f->st);
	FEED(f, pid, SYSCALL_SETRESUID_X, N("res", 0), N("ruid", 0), N("euid", 1234), N("suid", 0));
	ck_assert_uint_eq(gyr_thread_uid(feed_thread(f, pid)), 1234);
	ck_from(feed_thread(f, pid), IDS, "stale");
	refresh();
	gyr_thread_get_ids(feed_thread(f, pid), &ids);
	ck_assert_uint_eq(ids.ruid, 0);
	ck_assert_uint_eq(ids.euid, 1234);
	ck_assert_uint_eq(ids.suid, 0);
	ck_assert_uint_eq(ids.fsuid, 1234);
	ck_assert_uint_eq(ids.rgid, getgid());
	ck_assert_uint_eq(ids.cap_effective, 0);
	ck_assert_uint_ne(ids.cap_permitted, 0);
	f->ts = state_now(f->st);
	FEED(f, pid, SYSCALL_CAPSET_X, N("res", 0));
	ck_assert_int_ge(state_due_ms(f->st), 0);
	refresh();
	f->ts = state_now(f->st);
	FEED(f, pid, SYSCALL_CAPSET_X, N("res", -1));
	ck_assert_int_eq(state_due_ms(f->st), -1);
	stop_child(pid);
}
END_TEST

/* What has ended may have events that were not read yet: who had one just now is waited for. */
START_TEST(test_calm)
{
	pid_t pid = start_child();

	f->st->limits.calm_ns = 1000000000000;
	look_at(pid);
	f->ts = state_now(f->st);
	look_at(pid);
	FEED(f, pid, SYSCALL_PIDFD_GETFD_X, N("fd", 99));
	stop_child(pid);
	for (int i = 0; i < 10; i++) {
		f->st->rest_until = 0;
		state_refresh(f->st, UINT64_MAX);
	}
	state_lost(f->st);
	for (int i = 0; i < 1000 && (f->st->sweep.due || f->st->sweep.pids); i++) {
		f->st->rest_until = 0;
		state_refresh(f->st, UINT64_MAX);
	}
	ck_assert_ptr_nonnull(gyr_thread_by_tid(&f->g, pid));
	ck_assert_int_gt(state_due_ms(f->st), 0);
	/* However late it is: it is what has been read that counts. */
	f->st->limits.calm_ns = 1;
	for (int i = 0; i < 10; i++) {
		f->st->rest_until = 0;
		state_refresh(f->st, gyr_thread_by_tid(&f->g, pid)->last);
	}
	ck_assert_ptr_nonnull(gyr_thread_by_tid(&f->g, pid));
	refresh();
	ck_assert_ptr_null(gyr_thread_by_tid(&f->g, pid));
	f->st->limits.calm_ns = 0;
	/* Whose end was seen is not looked for. */
	FEED(f, getpid(), SYSCALL_PIDFD_GETFD_X, N("fd", 99));
	refresh();
	ck_assert_int_eq(state_due_ms(f->st), -1);
}
END_TEST

/* What could not be looked up in its event's way is looked up when there is time. */
START_TEST(test_no_lookups)
{
	pid_t pid = start_child();

	f->st->limits.lookups = 0;
	f->st->lookup_sec = 0;
	look_at(pid);
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, pid)), 0);
	ck_assert_int_ge(state_due_ms(f->st), 0);
	refresh();
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, pid)), pid);
	ck_assert_str_ne(gyr_thread_comm(feed_thread(f, pid)), "");
	ck_assert_ptr_nonnull(gyr_thread_fd(feed_thread(f, pid), 0));
	ask("o");
	f->ts = state_now(f->st);
	FEED(f, pid, SYSCALL_READ_X, N("res", 1), N("fd", 50));
	ck_assert_int_ge(state_due_ms(f->st), 0);
	refresh();
	ck_assert_pstr_eq(feed_fd_name(f, pid, 50), "/etc/passwd");
	stop_child(pid);
}
END_TEST

static pid_t other_thread(pid_t pid)
{
	char tasks[64];
	pid_t tid = pid;
	struct dirent *e;
	DIR *d;

	snprintf(tasks, sizeof(tasks), "/proc/%d/task", pid);
	d = opendir(tasks);
	ck_assert_ptr_nonnull(d);
	while (tid == pid && (e = readdir(d)))
		tid = e->d_name[0] == '.' ? pid : atoi(e->d_name);
	closedir(d);
	return tid;
}

/* When the kernel copied a table that others change meanwhile, nobody knows. */
START_TEST(test_copies)
{
	pid_t pid = start_child(), tid;

	ask("t");
	tid = other_thread(pid);
	look_at(pid);
	look_at(tid);
	f->ts = state_now(f->st);
	FEED(f, tid, SYSCALL_EVENTFD2_X, N("res", 70));
	look_at(pid);
	FEED(f, pid, SYSCALL_FORK_20_X, N("res", 4000001), N("pid", pid));
	ck_assert_int_eq(state_due_ms(f->st), -1);
	ck_assert_ptr_nonnull(gyr_thread_fd(feed_thread(f, 4000001), 70));
	FEED(f, tid, SYSCALL_EVENTFD2_X, N("res", 71));
	FEED(f, pid, SYSCALL_FORK_20_X, N("res", 4000002), N("pid", pid));
	ck_assert_int_ge(state_due_ms(f->st), 0);
	ck_fd_from(feed_thread(f, 4000002), 71, "stale");
	refresh();
	FEED(f, tid, SYSCALL_EVENTFD2_X, N("res", 72));
	FEED(f, pid, SYSCALL_CLOSE_RANGE_X, N("res", 0), N("first", 70), N("last", 80));
	ck_assert_int_ge(state_due_ms(f->st), 0);
	stop_child(pid);
}
END_TEST

/* Who is in doubt hands that down. */
START_TEST(test_children)
{
	pid_t pid = start_child();

	look_at(pid);
	f->ts = state_now(f->st);
	FEED(f, pid, SYSCALL_CAPSET_X, N("res", 0));
	FEED(f, pid, SYSCALL_FORK_20_X, N("res", 4000001), N("pid", pid));
	ck_from(feed_thread(f, 4000001), IDS, "stale");
	ck_from(feed_thread(f, 4000001), CWD, "lookup");
	stop_child(pid);
}
END_TEST

/* An exec and an exit from before a look are not what it found. */
START_TEST(test_older_than_a_look)
{
	pid_t pid = start_child();
	uint64_t before = state_now(f->st);

	ask("on");
	f->ts = state_now(f->st);
	look_at(pid);
	f->ts = before;
	FEED(f, pid, SYSCALL_EXECVE_19_X, N("res", 0), N("pid", pid), S("comm", "older"));
	ck_assert_str_eq(gyr_thread_comm(feed_thread(f, pid)), "renamed");
	FEED(f, pid, PROCEXIT_1_E, N("reaper_tid", 1));
	ck_assert_str_eq(gyr_thread_comm(feed_thread(f, pid)), "renamed");
	f->ts = state_now(f->st);
	FEED(f, pid, SYSCALL_EXECVE_19_X, N("res", 0), N("pid", pid), S("comm", "newer"));
	ck_assert_str_eq(gyr_thread_comm(feed_thread(f, pid)), "newer");
	FEED(f, pid, PROCEXIT_1_E, N("reaper_tid", 1));
	ck_assert_ptr_null(gyr_thread_by_tid(&f->g, pid));
	stop_child(pid);
}
END_TEST

/* It must not take the time of the events. */
START_TEST(test_rests)
{
	uint64_t begin, took;

	state_lost(f->st);
	begin = state_now(f->st);
	state_refresh(f->st, UINT64_MAX);
	took = state_now(f->st) - begin;
	ck_assert_uint_ge(f->st->rest_until, begin + took);
	ck_assert_uint_gt(f->st->counts.refreshed, 0);
	f->st->rest_until = state_now(f->st) + 100000000000;
	took = f->st->counts.refreshed;
	state_lost(f->st);
	state_refresh(f->st, UINT64_MAX);
	ck_assert_uint_eq(f->st->counts.refreshed, took);
	ck_assert_int_gt(state_due_ms(f->st), 1000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {test_after_a_loss,
				      test_lives,
				      test_sharing,
				      test_windows,
				      test_fds_that_appear,
				      test_rests,
				      test_moves,
				      test_named_by_another,
				      test_ids,
				      test_calm,
				      test_no_lookups,
				      test_copies,
				      test_children,
				      test_older_than_a_look};
	Suite *s = suite_create("refresh");
	TCase *tc = tcase_create("refresh");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

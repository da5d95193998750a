/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Threads from clone over exec to exit, in every order that events of them can come in. /proc is not asked here. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"

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
	FEED(f, tid, SYSCALL_OPEN_X, N("fd", fd), S("name", name));
}

static void open_cloexec(uint64_t tid, int fd, const char *name)
{
	FEED(f, tid, SYSCALL_OPEN_X, N("fd", fd), S("name", name),
	     N("flags", FLAG(SYSCALL_OPEN_X, "flags", "O_CLOEXEC")));
}

static void close_fd(uint64_t tid, int fd)
{
	FEED(f, tid, SYSCALL_CLOSE_X, N("res", 0), N("fd", fd));
}

static uint32_t clone_flag(const char *name)
{
	return FLAG(SYSCALL_CLONE_20_X, "flags", name);
}

static uint32_t thread_flags(void)
{
	return clone_flag("CLONE_FILES") | clone_flag("CLONE_FS") | clone_flag("CLONE_THREAD") | clone_flag("CLONE_VM");
}

/* What the caller sees. */
static void parent_side(uint64_t tid, uint64_t child, uint32_t flags)
{
	FEED(f, tid, SYSCALL_CLONE_20_X, N("res", child), N("tid", tid), N("vtid", tid), N("flags", flags));
}

/* What the child sees, from the root pid namespace but for vtid. */
static void child_side(uint64_t tid, uint64_t pid, uint64_t ptid, uint64_t vtid, uint32_t flags)
{
	FEED(f, tid, SYSCALL_CLONE_20_X, N("res", 0), S("exe", "sh"), N("tid", tid), N("pid", pid), N("ptid", ptid),
	     S("comm", "kid"), N("vtid", vtid), N("flags", flags), N("uid", 7), N("gid", 8));
}

static void exec(uint64_t tid)
{
	FEED(f, tid, SYSCALL_EXECVE_19_X, N("res", 0), S("exe", "ls"), B("args", "-l\0/", 5), N("tid", tid),
	     N("pid", tid), N("ptid", 10), S("comm", "ls"), N("uid", 0), N("gid", 0),
	     S("trusted_exepath", "/usr/bin/ls"));
}

static void leave(uint64_t tid)
{
	FEED(f, tid, PROCEXIT_1_E, N("status", 0));
}

static bool known(uint64_t tid)
{
	return gyr_thread_by_tid(&f->g, tid);
}

#define ck_name(tid, fd, want) ck_assert_pstr_eq(feed_fd_name(f, tid, fd), want)

/* ---- clone ---- */

enum order { PARENT_FIRST, CHILD_FIRST };

static void make_child(enum order order, uint64_t parent, uint64_t child, uint64_t pid, uint32_t flags)
{
	/* A thread's parent is its group's. */
	uint64_t ptid = pid == child ? parent : 1;

	if (order == PARENT_FIRST)
		parent_side(parent, child, flags);
	child_side(child, pid, ptid, child, flags);
	if (order == CHILD_FIRST)
		parent_side(parent, child, flags);
}

START_TEST(test_fork)
{
	const struct gyr_thread *t;

	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", "/srv"));
	open_file(10, 3, "/a");
	open_cloexec(10, 4, "/b");
	make_child(_i, 10, 20, 20, 0);
	t = feed_thread(f, 20);
	ck_assert_uint_eq(gyr_thread_pid(t), 20);
	ck_assert_uint_eq(gyr_thread_ppid(t), 10);
	ck_assert_ptr_eq(gyr_thread_parent(&f->g, t), feed_thread(f, 10));
	ck_assert_str_eq(gyr_thread_comm(t), "kid");
	ck_assert_str_eq(gyr_thread_exe(t), "sh");
	ck_assert_uint_eq(gyr_thread_uid(t), 7);
	ck_assert_uint_eq(gyr_thread_gid(t), 8);
	ck_assert_str_eq(gyr_thread_cwd(t), "/srv");
	ck_name(20, 3, "/a");
	ck_name(20, 4, "/b");
	/* Copies: what one does the other does not see. */
	close_fd(20, 3);
	open_file(10, 5, "/c");
	FEED(f, 20, SYSCALL_CHDIR_X, N("res", 0), S("path", "sub"));
	ck_name(10, 3, "/a");
	ck_name(20, 5, NULL);
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 10)), "/srv");
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 20)), "/srv/sub");
	leave(20);
	ck_assert(!known(20));
	ck_assert(known(10));
	ck_assert_uint_eq(f->st->early.used, 0);
}
END_TEST

/* Copies count, too: where there is no room for one, the fds of the child are looked up when they are used. */
START_TEST(test_fork_limit)
{
	for (int fd = 3; fd < 13; fd++)
		open_file(10, fd, "/a");
	f->st->limits.fds = 25;
	make_child(_i, 10, 20, 20, 0);
	ck_name(20, 12, "/a");
	make_child(_i, 10, 21, 21, 0);
	ck_name(21, 3, NULL);
	ck_name(10, 3, "/a");
	ck_assert_uint_eq(f->st->nfds, 20);
	ck_assert_uint_eq(f->st->counts.dropped_fds, 10);
	close_fd(21, 3);
	ck_name(10, 3, "/a");
	/* Nor has one table all there is. */
	f->st->limits.table_fds = 3;
	for (int fd = 3; fd < 10; fd++)
		open_file(21, fd, "/b");
	ck_name(21, 5, "/b");
	ck_name(21, 6, NULL);
}
END_TEST

START_TEST(test_share_files)
{
	open_file(10, 3, "/a");
	make_child(_i, 10, 20, 20, clone_flag("CLONE_FILES"));
	open_file(20, 4, "/b");
	close_fd(10, 3);
	ck_name(10, 4, "/b");
	ck_name(20, 3, NULL);
	FEED(f, 20, SYSCALL_CHDIR_X, N("res", 0), S("path", "/other"));
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 10)), "");
	/* Until one goes its own way. */
	FEED(f, 20, SYSCALL_UNSHARE_X, N("res", 0), N("flags", FLAG(SYSCALL_UNSHARE_X, "flags", "CLONE_FILES")));
	close_fd(20, 4);
	ck_name(10, 4, "/b");
	open_file(10, 5, "/c");
	ck_name(20, 5, NULL);
}
END_TEST

START_TEST(test_share_fs)
{
	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", "/"));
	make_child(_i, 10, 20, 20, clone_flag("CLONE_FS"));
	FEED(f, 20, SYSCALL_CHDIR_X, N("res", 0), S("path", "/srv"));
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 10)), "/srv");
	open_file(20, 4, "/b");
	ck_name(10, 4, NULL);
	/* A user namespace takes the cwd out of sharing, too. */
	FEED(f, 20, SYSCALL_UNSHARE_X, N("res", 0), N("flags", FLAG(SYSCALL_UNSHARE_X, "flags", "CLONE_NEWUSER")));
	FEED(f, 20, SYSCALL_CHDIR_X, N("res", 0), S("path", "/tmp"));
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 10)), "/srv");
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 20)), "/tmp");
}
END_TEST

START_TEST(test_thread)
{
	const struct gyr_thread *t;

	make_child(_i, 5, 10, 10, 0);
	make_child(_i, 10, 11, 10, thread_flags());
	t = feed_thread(f, 11);
	ck_assert_uint_eq(gyr_thread_pid(t), 10);
	ck_assert_uint_eq(gyr_thread_tid(t), 11);
	open_file(11, 3, "/a");
	ck_name(10, 3, "/a");
	/* The leader may go first; the process lives on. */
	leave(10);
	ck_assert(!known(10));
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 11)), 10);
	ck_assert_str_eq(gyr_thread_exe(feed_thread(f, 11)), "sh");
	ck_name(11, 3, "/a");
	leave(11);
	ck_assert_ptr_null(table_get(&f->st->groups, 10));
}
END_TEST

/* The parent that the child sees is not who called. */
START_TEST(test_clone_parent)
{
	uint32_t flags = clone_flag("CLONE_PARENT");

	open_file(5, 3, "/grandparent");
	make_child(PARENT_FIRST, 5, 10, 10, 0);
	close_fd(10, 3);
	open_file(10, 4, "/a");
	FEED(f, 10, SYSCALL_CHDIR_X, N("res", 0), S("path", "/srv"));
	if (_i == PARENT_FIRST)
		parent_side(10, 20, flags);
	child_side(20, 20, 5, 20, flags);
	ck_name(20, 3, NULL);
	open_file(20, 7, "/own");
	if (_i == CHILD_FIRST)
		parent_side(10, 20, flags);
	ck_name(20, 3, NULL);
	ck_name(20, 4, "/a");
	ck_name(20, 7, "/own");
	ck_name(10, 7, NULL);
	ck_assert_str_eq(gyr_thread_cwd(feed_thread(f, 20)), "/srv");
	ck_assert_uint_eq(gyr_thread_ppid(feed_thread(f, 20)), 5);
	/* Not after an exec: what is there then is the child's. */
	child_side(21, 21, 5, 21, flags);
	exec(21);
	parent_side(10, 21, flags);
	ck_name(21, 4, NULL);
	/* Shared: what the child opened is in the one table. */
	flags |= clone_flag("CLONE_FILES") | clone_flag("CLONE_FS");
	child_side(22, 22, 5, 22, flags);
	open_file(22, 8, "/shared");
	parent_side(10, 22, flags);
	ck_name(10, 8, "/shared");
	ck_name(22, 4, "/a");
	ck_assert_ptr_eq(feed_thread(f, 22)->fs, feed_thread(f, 10)->fs);
}
END_TEST

/* Any thread of the group may have called, and they need not share. */
START_TEST(test_thread_that_shares_nothing)
{
	uint32_t flags = clone_flag("CLONE_THREAD") | clone_flag("CLONE_VM");

	make_child(PARENT_FIRST, 5, 10, 10, 0);
	make_child(PARENT_FIRST, 10, 11, 10, thread_flags());
	make_child(PARENT_FIRST, 10, 12, 10, thread_flags());
	FEED(f, 11, SYSCALL_UNSHARE_X, N("res", 0), N("flags", FLAG(SYSCALL_UNSHARE_X, "flags", "CLONE_FILES")));
	open_file(10, 3, "/others");
	open_file(11, 4, "/callers");
	make_child(_i, 11, 13, 10, flags);
	ck_name(13, 3, NULL);
	ck_name(13, 4, "/callers");
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 13)), 10);
}
END_TEST

/* One that is known by its number only: its process is not told until an event tells it. */
START_TEST(test_unknown_pid)
{
	open_file(11, 3, "/a");
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 11)), 0);
	parent_side(11, 12, thread_flags());
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 12)), 0);
	parent_side(11, 20, 0);
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 20)), 20);
	ck_assert_uint_eq(gyr_thread_ppid(feed_thread(f, 20)), 0);
	child_side(12, 10, 1, 12, thread_flags());
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 12)), 10);
	FEED(f, 11, SYSCALL_CLONE_20_X, N("res", 13), N("tid", 11), N("pid", 10), N("vtid", 11),
	     N("flags", thread_flags()));
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 11)), 10);
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 13)), 10);
	ck_assert_ptr_null(table_get(&f->st->groups, 11));
	open_file(30, 3, "/a");
	exec(30);
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 30)), 30);
}
END_TEST

/* The parent of a vfork returns when the child has execed, or is gone. */
START_TEST(test_vfork)
{
	uint32_t flags = clone_flag("CLONE_VFORK") | clone_flag("CLONE_VM");

	open_cloexec(10, 3, "/a");
	child_side(20, 20, 10, 20, flags);
	exec(20);
	parent_side(10, 20, flags);
	ck_assert_str_eq(gyr_thread_comm(feed_thread(f, 20)), "ls");
	ck_name(20, 3, NULL);
	ck_name(10, 3, "/a");

	child_side(21, 21, 10, 21, flags);
	leave(21);
	parent_side(10, 21, flags);
	ck_assert(!known(21));
	/* That was the only event that is passed over: the next one with this pid is another process. */
	parent_side(10, 21, flags);
	ck_assert(known(21));
}
END_TEST

/* Results within a pid namespace are not root pids: the child's event alone says who it is. */
START_TEST(test_pid_namespace)
{
	child_side(1000, 1000, 10, 1, clone_flag("CLONE_NEWPID"));
	parent_side(10, 1000, clone_flag("CLONE_NEWPID"));
	ck_assert_uint_eq(gyr_thread_ppid(feed_thread(f, 1000)), 10);
	/* Within: thread 1000 is 1 there, and its child 1001 is 2. */
	FEED(f, 1000, SYSCALL_CLONE_20_X, N("res", 2), N("tid", 1000), N("vtid", 1), N("flags", 0));
	ck_assert(!known(2));
	child_side(1001, 1001, 1000, 2, 0);
	ck_assert(known(1001));
	leave(1001);
	ck_assert_uint_eq(f->st->early.used, 0);
}
END_TEST

START_TEST(test_pid_reuse)
{
	make_child(PARENT_FIRST, 10, 20, 20, 0);
	make_child(PARENT_FIRST, 20, 21, 20, thread_flags());
	open_file(20, 3, "/old");
	/* Its exit is lost, and another process gets its pid. */
	open_file(10, 4, "/new");
	make_child(_i, 10, 20, 20, 0);
	ck_name(20, 3, NULL);
	ck_name(20, 4, "/new");
	ck_assert(!known(21));
	/* And so with a thread that gets the tid of what was a process. */
	open_file(20, 5, "/old2");
	make_child(_i, 10, 20, 10, thread_flags());
	ck_assert_uint_eq(gyr_thread_pid(feed_thread(f, 20)), 10);
	ck_name(20, 5, NULL);
}
END_TEST

/* Orphans go to the reaper. */
START_TEST(test_reaper)
{
	make_child(PARENT_FIRST, 1, 10, 10, 0);
	make_child(PARENT_FIRST, 10, 20, 20, 0);
	make_child(PARENT_FIRST, 10, 11, 10, thread_flags());
	FEED(f, 10, PROCEXIT_1_E, N("status", 0), N("reaper_tid", 1));
	ck_assert_uint_eq(gyr_thread_ppid(feed_thread(f, 20)), 10);
	ck_assert_ptr_eq(gyr_thread_parent(&f->g, feed_thread(f, 20)), feed_thread(f, 11));
	BEFORE(f, 11, PROCEXIT_1_E, N("status", 0), N("reaper_tid", 1));
	ck_assert_str_eq(gyr_thread_comm(f->ev.thread), "kid");
	feed_after(f);
	ck_assert_uint_eq(gyr_thread_ppid(feed_thread(f, 20)), 1);
}
END_TEST

/* ---- exec ---- */

START_TEST(test_exec)
{
	const struct gyr_thread *t;
	const char *args;
	size_t len;

	make_child(PARENT_FIRST, 10, 20, 20, clone_flag("CLONE_FILES"));
	open_file(20, 3, "/a");
	for (int fd = 4; fd < 40; fd++)
		open_cloexec(20, fd, "/b");
	BEFORE(f, 20, SYSCALL_EXECVE_19_X, N("res", -ENOENT), S("comm", "x"));
	ck_assert_str_eq(gyr_thread_comm(f->ev.thread), "kid");
	feed_after(f);
	ck_name(20, 4, "/b");
	exec(20);
	t = feed_thread(f, 20);
	ck_assert_str_eq(gyr_thread_comm(t), "ls");
	ck_assert_str_eq(gyr_thread_exe(t), "ls");
	ck_assert_str_eq(gyr_thread_exepath(t), "/usr/bin/ls");
	args = gyr_thread_args(t, &len);
	ck_assert_uint_eq(len, 5);
	ck_assert_mem_eq(args, "-l\0/", 5);
	ck_assert_uint_eq(gyr_thread_uid(t), 0);
	ck_name(20, 3, "/a");
	/* The other process keeps the table that was shared. */
	for (int fd = 4; fd < 40; fd++) {
		ck_name(20, fd, NULL);
		ck_name(10, fd, "/b");
	}
	open_file(20, 50, "/c");
	ck_name(10, 50, NULL);
	/* Without arguments there are none, and without a resolved path the one of the call. */
	FEED(f, 20, SYSCALL_EXECVE_19_X, N("res", 0), S("exe", "true"), N("tid", 20), N("pid", 20), S("comm", "true"),
	     S("filename", "/bin/true"));
	gyr_thread_args(t, &len);
	ck_assert_uint_eq(len, 0);
	ck_assert_str_eq(gyr_thread_exepath(t), "/bin/true");
}
END_TEST

/* Another thread than the leader execs: all but it are gone, and it is the leader now. */
START_TEST(test_exec_thread)
{
	make_child(PARENT_FIRST, 1, 10, 10, 0);
	open_file(10, 3, "/a");
	open_cloexec(10, 4, "/b");
	for (int tid = 11; tid < 15; tid++)
		make_child(PARENT_FIRST, 10, tid, 10, thread_flags());
	if (_i) {
		/* With their exits seen, as it is when none is lost. */
		leave(13);
		leave(14);
		leave(11);
		leave(10);
	}
	exec(10);
	for (int tid = 11; tid < 15; tid++)
		ck_assert(!known(tid));
	ck_assert_str_eq(gyr_thread_comm(feed_thread(f, 10)), "ls");
	ck_name(10, 3, "/a");
	ck_name(10, 4, NULL);
	ck_assert_uint_eq(f->st->threads.used, 2);
}
END_TEST

START_TEST(test_cgroup)
{
#define ID "3f4a0c9e51d2b7a8c6e5f40312d9b8a7664f1e2d3c4b5a697887960514233241"
	static const char host[] = "cpuset=/\0cpu=/user.slice\0memory=/user.slice/user-0.slice\0pids=/user.slice";
	static const char less[] = "cpuset=/\0memory=/user.slice";
	static const char box[] =
		"cpuset=/a/very/long/path/that/is/not/of/a/container/but/long/enough/to/win/by/its/length/"
		"if/that/were/all/that/counted\0memory=/docker/" ID;

	child_side(20, 20, 10, 20, 0);
	FEED(f, 20, SYSCALL_EXECVE_19_X, N("res", 0), N("tid", 20), N("pid", 20), B("cgroups", host, sizeof(host)));
	ck_assert_str_eq(gyr_thread_cgroup(feed_thread(f, 20)), "/user.slice/user-0.slice");
	ck_assert_str_eq(gyr_thread_container(feed_thread(f, 20)), "");
	FEED(f, 20, SYSCALL_EXECVE_19_X, N("res", 0), N("tid", 20), N("pid", 20), B("cgroups", less, sizeof(less)));
	ck_assert_str_eq(gyr_thread_cgroup(feed_thread(f, 20)), "/user.slice");
	FEED(f, 20, SYSCALL_EXECVE_19_X, N("res", 0), N("tid", 20), N("pid", 20), B("cgroups", box, sizeof(box)));
	ck_assert_str_eq(gyr_thread_cgroup(feed_thread(f, 20)), "/docker/" ID);
	ck_assert_str_eq(gyr_thread_container(feed_thread(f, 20)), "3f4a0c9e51d2");
	make_child(PARENT_FIRST, 20, 21, 21, 0);
	ck_assert_str_eq(gyr_thread_container(feed_thread(f, 21)), "3f4a0c9e51d2");
	/* Not NUL-terminated, as a filler may cut it. */
	FEED(f, 21, SYSCALL_EXECVE_19_X, N("res", 0), N("tid", 21), N("pid", 21), B("cgroups", "cpu=/docker/" ID, 76));
	ck_assert_str_eq(gyr_thread_container(feed_thread(f, 21)), "3f4a0c9e51d2");
}
END_TEST

static void exec_in(uint64_t tid, const char *cgroup)
{
	char cgroups[64];

	snprintf(cgroups, sizeof(cgroups), "cpu=%s", cgroup);
	FEED(f, tid, SYSCALL_EXECVE_19_X, N("res", 0), N("tid", tid), N("pid", tid), S("cgroups", cgroups));
}

/* /proc knows the cgroup itself, the kernel's controllers may be on in one above only. */
START_TEST(test_cgroup_from_proc)
{
	static const char known[] = "/user.slice/app.slice/x";
	static const struct {
		const char *told, *now;
	} steps[] = {
		{"/user.slice", known},
		{"/user.slice", known},
		{"/user.slice/app.slice", known},
		{"/user.slice", "/user.slice"}, /* it moved up */
		{"/user.slice/y", "/user.slice/y"},
		{"/", "/"},
	};

	child_side(20, 20, 10, 20, 0);
	group_set_cgroup(f->st, feed_thread(f, 20)->group, known, strlen(known));
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		exec_in(20, steps[i].told);
		ck_assert_str_eq(gyr_thread_cgroup(feed_thread(f, 20)), steps[i].now);
	}
	/* The begin of a name is no ancestor. */
	child_side(21, 21, 10, 21, 0);
	group_set_cgroup(f->st, feed_thread(f, 21)->group, "/user-10/x", 10);
	exec_in(21, "/user-1");
	ck_assert_str_eq(gyr_thread_cgroup(feed_thread(f, 21)), "/user-1");
}
END_TEST

/* ---- /proc was read after what the events tell of ---- */

START_TEST(test_older_than_proc)
{
	uint64_t later = f->ts + 1000000;
	struct gyr_thread *t;
	struct file *file;

	open_file(20, 3, "/b");
	open_file(20, 6, "/a");
	t = thread_get(f->st, 20);
	t->look = t->fs->look = (struct look){later, later};
	t->fs->cwd = str_get(f->st, "/srv/sub", 8);
	file = files_get(t->files, 6)->slot.val;
	file->flags |= FILE_PROC;
	file->since = later;

	/* Steps that have been taken already are not taken again. */
	FEED(f, 20, SYSCALL_CHDIR_X, N("res", 0), S("path", "sub"));
	ck_assert_str_eq(gyr_thread_cwd(t), "/srv/sub");
	FEED(f, 20, SYSCALL_DUP2_X, N("res", 6), N("oldfd", 3), N("newfd", 6));
	ck_name(20, 6, "/a");
	parent_side(10, 20, 0);
	child_side(20, 20, 10, 20, 0);
	ck_assert_ptr_eq(feed_thread(f, 20), t);
	ck_name(20, 6, "/a");
	/* Those that say it all are. */
	open_file(20, 6, "/c");
	ck_name(20, 6, "/c");
	f->ts = later + 1;
	FEED(f, 20, SYSCALL_CHDIR_X, N("res", 0), S("path", "sub"));
	ck_assert_str_eq(gyr_thread_cwd(t), "/srv/sub/sub");
}
END_TEST

/* A budget of bytes: what is over it is not known, who was silent longest goes, and both are counted. */
START_TEST(test_budget)
{
	uint64_t used, empty = state_bytes(f->st);
	struct gyr_stats stats = {0};
	char path[600];

	make_child(PARENT_FIRST, 1, 10, 10, 0);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	for (int fd = 3; fd < 1000; fd++) {
		snprintf(path + 500, 100, "%d", fd);
		open_file(10, fd, path);
	}
	used = state_bytes(f->st) - empty;
	/* A file, its slot, its name and what malloc takes for each. */
	ck_assert_uint_ge(used, 997 * (sizeof(struct file) + sizeof(struct slot) + 503));
	ck_assert_uint_le(used, 997 * (sizeof(struct file) + 4 * sizeof(struct slot) + 600) + 4096);
	for (int fd = 3; fd < 1000; fd++)
		close_fd(10, fd);
	leave(10);
	leave(1);
	ck_assert_uint_le(state_bytes(f->st), empty + 2048 * sizeof(struct slot)); /* small tables do not shrink */

	f->st->limits.bytes = state_bytes(f->st) + 100000;
	for (uint64_t tid = 100; tid < 1100; tid++) {
		make_child(PARENT_FIRST, 99, tid, tid, 0);
		snprintf(path + 500, 100, "%d", (int)tid);
		open_file(tid, 3, path);
	}
	ck_assert_uint_le(state_bytes(f->st), f->st->limits.bytes + 2000);
	ck_assert(known(1099));
	state_stats(f->st, &stats);
	ck_assert_uint_eq(stats.state_bytes, state_bytes(f->st));
	ck_assert_uint_gt(stats.state_evicted, 500);
	ck_assert_uint_lt(f->st->threads.used, 500);
	/* One that has it all to itself is not lost for that. */
	for (int fd = 3; fd < 1000; fd++) {
		snprintf(path + 500, 100, "y%d", fd);
		open_file(1099, fd, path);
	}
	ck_assert(known(1099));
	ck_assert_uint_le(state_bytes(f->st), f->st->limits.bytes + 2000);
	state_stats(f->st, &stats);
	ck_assert_uint_gt(stats.state_dropped, 500);
}
END_TEST

/* What no kernel says must not do harm. */
START_TEST(test_absurd)
{
	make_child(PARENT_FIRST, 1, 10, 10, 0);
	parent_side(10, 10, 0);
	parent_side(10, 10, thread_flags());
	make_child(PARENT_FIRST, 10, 11, 10, thread_flags());
	parent_side(11, 10, 0);
	child_side(10, 10, 11, 10, 0);
	child_side(11, 10, 11, 11, 0);
	child_side(12, 12, 12, 12, 0);
	child_side(13, 12, 13, 13, thread_flags());
	child_side(12, 13, 12, 12, 0);
	parent_side(10, 1ull << 40, 0);
	exec(13);
	leave(14);
	ck_assert(known(10));
	ck_assert(!known(14));
}
END_TEST

/* ---- anything, in any order ---- */

/* Sums and links that must agree whatever has happened. */
static void check_tables(void)
{
	uint32_t i = 0, fds = 0, threads = 0;
	struct slot *s;

	while ((s = table_next(&f->st->threads, &i))) {
		const struct gyr_thread *t = s->val;

		if (t->tid != s->key || !t->files || !t->fs || *t->pprev != t ||
		    (t->next && t->next->pprev != &t->next))
			ck_abort_msg("thread %u is not as it should be", s->key);
		/* A table that n threads share counts n times: 60 divides by all n up to 5. */
		fds += t->files->fds.used * 60 / t->files->refs;
	}
	for (i = 0; (s = table_next(&f->st->groups, &i));) {
		const struct group *g = s->val;
		const struct gyr_thread *t = g->threads;

		if (!t || g->pid != s->key)
			ck_abort_msg("group %u is not as it should be", s->key);
		for (; t; t = t->next, threads++)
			if (t->group != g)
				ck_abort_msg("thread %u is in two groups", t->tid);
	}
	if (f->st->nfds > f->st->limits.fds)
		ck_abort_msg("%u fds, of %u at most", f->st->nfds, f->st->limits.fds);
	if (threads != f->st->threads.used || fds != f->st->nfds * 60)
		ck_abort_msg("%u of %u threads are in groups, %u/60 of %u fds in tables", threads, f->st->threads.used,
			     fds, f->st->nfds);
}

static void random_event(void)
{
	static const char *const flags[] = {"CLONE_FILES", "CLONE_FS", "CLONE_THREAD", "CLONE_PARENT"};
	uint64_t tid = 1 + random() % 7, other = 1 + random() % 7, pid = 1 + random() % 7;
	int fd = random() % 8, fd2 = random() % 8;
	uint32_t clone = 0;

	for (int i = 0; i < 4; i++)
		clone |= random() % 2 ? clone_flag(flags[i]) : 0;
	switch (random() % 12) {
	case 0:
		return parent_side(tid, other, clone);
	case 1:
		return child_side(tid, pid, other, random() % 4 ? tid : 1, clone);
	case 2:
		return exec(tid);
	case 3:
		return leave(tid);
	case 4:
		return close_fd(tid, fd);
	case 5:
		FEED(f, tid, SYSCALL_DUP2_X, N("res", fd), N("oldfd", fd2), N("newfd", fd));
		return;
	case 6:
		FEED(f, tid, SYSCALL_UNSHARE_X, N("res", 0), N("flags", clone));
		return;
	case 7:
		FEED(f, tid, SYSCALL_CLOSE_RANGE_X, N("res", 0), N("first", fd), N("last", fd2),
		     N("flags", random() % 8));
		return;
	case 8:
		FEED(f, tid, SYSCALL_CHDIR_X, N("res", 0), S("path", fd % 2 ? "/a" : "b/.."));
		return;
	case 9:
		FEED(f, tid, SYSCALL_EXECVE_19_X, N("res", 0), N("tid", tid), N("pid", pid), N("ptid", other));
		return;
	default:
		return open_cloexec(tid, fd, fd2 % 2 ? "/a" : "b");
	}
}

START_TEST(test_random)
{
	srandom(_i);
	f->st->limits.threads = 5;
	f->st->limits.fds = 4;
	for (int i = 0; i < 5000; i++) {
		random_event();
		check_tables();
	}
	ck_assert_uint_gt(f->st->counts.evicted_threads, 0);
	ck_assert_uint_gt(f->st->counts.dropped_fds, 0);
}
END_TEST

int main(void)
{
	const TTest *const both_orders[] = {
		test_fork,	  test_fork_limit, test_clone_parent, test_thread_that_shares_nothing,
		test_share_files, test_share_fs,   test_thread,	      test_pid_reuse,
		test_exec_thread};
	const TTest *const tests[] = {
		test_vfork,	  test_pid_namespace,	test_reaper, test_exec,	 test_cgroup, test_cgroup_from_proc,
		test_unknown_pid, test_older_than_proc, test_budget, test_absurd};
	Suite *s = suite_create("lives");
	TCase *tc = tcase_create("events");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(both_orders) / sizeof(*both_orders); i++)
		tcase_add_loop_test(tc, both_orders[i], PARENT_FIRST, CHILD_FIRST + 1);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	tcase_add_loop_test(tc, test_random, 1, 6);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of users and groups, by a made-up /proc: of a host, and of a box with a root of its own. */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed.h"
#include "run.h"

#define IN_BOX	  42
#define LOCAL	  "30 1 0:30 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a - b\n"
#define IDENTITY  "         0          0 4294967295\n"
#define NEXT_LOOK 1050000 /* us */

static struct feed F, *f = &F;
static char dir[64];
static bool of_host;

static const char *full(const char *path)
{
	static char to[512];

	snprintf(to, sizeof(to), "%s/%s", dir, path);
	return to;
}

static void make_parents(const char *path)
{
	char to[512], *slash;

	snprintf(to, sizeof(to), "%s", full(path));
	for (slash = strchr(to + strlen(dir) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(to, 0755);
		*slash = '/';
	}
}

static void put_bytes(const char *path, const char *bytes, size_t len)
{
	int fd;

	make_parents(path);
	fd = open(full(path), O_CREAT | O_WRONLY | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), len);
	close(fd);
}

static void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

static void put_link(const char *path, const char *to)
{
	make_parents(path);
	unlink(full(path));
	ck_assert_int_eq(symlink(to, full(path)), 0);
}

/* One formatted piece of a path or a file. */
__attribute__((format(printf, 1, 2))) static const char *text(const char *fmt, ...)
{
	static char bufs[4][512];
	static int n;
	char *buf = bufs[n++ % 4];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(bufs[0]), fmt, args);
	va_end(args);
	return buf;
}

static const struct gyr_thread *add_process(uint32_t pid, const char *mnt, const char *root)
{
	put_link(text("proc/%u/ns/mnt", pid), mnt);
	put_link(text("proc/%u/root", pid), text("%s/%s", dir, root));
	put(text("proc/%u/mountinfo", pid), LOCAL);
	put(text("proc/%u/uid_map", pid), IDENTITY);
	put(text("proc/%u/gid_map", pid), IDENTITY);
	return thread_finish(f->st, thread_new(f->st, pid, pid, f->ts));
}

static const struct gyr_thread *box;

static void setup(void)
{
	feed_open(f);
	strcpy(dir, "/tmp/gyr-users-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	put("host/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\n");
	put("host/etc/group", "root:x:0:\nstaff:x:50:bob\n");
	put("box/etc/passwd", "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n");
	put("box/etc/group", "wheel:x:0:alice\nbaker:x:50:\n");
	add_process(1, "mnt:[1]", "host");
	box = add_process(IN_BOX, "mnt:[2]", "box");
	f->st->proc = open(full("proc"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(f->st->proc, 0);
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	feed_close(f);
}

#define ck_user(thread, uid, name, host)                                                                               \
	do {                                                                                                           \
		ck_assert_str_eq(gyr_user_name(&f->g, thread, uid, &of_host), name);                                   \
		ck_assert_int_eq(of_host, host);                                                                       \
	} while (0)
#define ck_group(thread, gid, name, host)                                                                              \
	do {                                                                                                           \
		ck_assert_str_eq(gyr_group_name(&f->g, thread, gid, &of_host), name);                                  \
		ck_assert_int_eq(of_host, host);                                                                       \
	} while (0)

/* ---- whose names ---- */

START_TEST(test_whose)
{
	const struct gyr_thread *same = add_process(43, "mnt:[1]", "box"), *init = feed_thread(f, 1);
	const char *user;

	ck_user(box, 1000, "alice", false);
	ck_user(init, 1000, "bob", true);
	ck_user(NULL, 1000, "bob", true);
	ck_group(box, 50, "baker", false);
	ck_group(init, 50, "staff", true);
	/* In the host's mount namespace. */
	ck_user(same, 1000, "bob", true);
	/* Who has files of its own has no names of the host's. */
	put("host/etc/passwd", "root:x:0:0:root:/root:/bin/sh\neve:x:7:7::/:/bin/sh\n");
	ck_user(box, 7, "", false);
	ck_user(init, 77, "", true);
	ck_user(box, UINT32_MAX, "", false);
	ck_assert_str_eq(gyr_user_name(&f->g, box, 0, NULL), "root");
	/* One of the two does not spoil what the other has said. */
	user = gyr_user_name(&f->g, box, 1000, NULL);
	ck_group(box, 0, "wheel", false);
	ck_assert_str_eq(user, "alice");
}
END_TEST

/* Of a capture file: who it was there, /proc here does not know. */
START_TEST(test_capture_file)
{
	struct gyr no_state = {0};

	close(f->st->proc);
	f->st->proc = -1;
	ck_user(box, 0, "", false);
	ck_group(NULL, 0, "", false);
	ck_assert_ptr_null(f->st->users);
	ck_assert_str_eq(gyr_user_name(&no_state, NULL, 0, &of_host), "");
}
END_TEST

/* A mount namespace of its own with the host's files in it: as services have it. */
START_TEST(test_shared_file)
{
	const struct gyr_thread *service = add_process(43, "mnt:[3]", "host");

	ck_user(service, 1000, "bob", true);
	/* Ids in the file are the host's, whatever the thread calls them. */
	service = add_process(44, "mnt:[4]", "host");
	put("proc/44/uid_map", "0 1000 1\n");
	ck_user(service, 1000, "bob", true);
	ck_user(service, 0, "root", true);
}
END_TEST

/* Without a right to look into the first process's root: what is here. */
START_TEST(test_no_init)
{
	const struct passwd *pw = getpwuid(0);

	unlink(full("proc/1/root"));
	unlink(full("proc/1/ns/mnt"));
	ck_user(NULL, 0, pw ? pw->pw_name : "", true);
	ck_user(box, 1000, "alice", false);
}
END_TEST

START_TEST(test_real_proc)
{
	const struct gyr_thread *self = thread_finish(f->st, thread_new(f->st, getpid(), getpid(), f->ts));
	const struct passwd *pw = getpwuid(getuid());

	close(f->st->proc);
	f->st->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_str_eq(gyr_user_name(&f->g, self, getuid(), &of_host), pw ? pw->pw_name : "");
}
END_TEST

static void put_self(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		_exit(1);
	close(fd);
}

/* In namespaces of its own, with another file over the host's. */
static void be_boxed(int ready)
{
	const char *map = text("7 %u 1\n", geteuid());

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		_exit(1);
	put_self("/proc/self/uid_map", map);
	if (mount(full("box/etc/passwd"), "/etc/passwd", NULL, MS_BIND, NULL) || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

START_TEST(test_real_namespaces)
{
	const struct gyr_thread *t;
	int ready[2];
	struct statfs fs;
	char byte;
	pid_t pid;

	put("box/etc/passwd", "seven:x:7:7::/:\n");
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_boxed(ready[1]);
	close(ready[1]);
	t = thread_finish(f->st, thread_new(f->st, pid, pid, f->ts));
	close(f->st->proc);
	f->st->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Unless such namespaces are not to be had here, or there may be a server behind the files. */
	if (read(ready[0], &byte, 1) == 1 && statfs("/", &fs) == 0 &&
	    (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == OVERLAYFS_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC))
		ck_user(t, geteuid(), "seven", false);
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

/* ---- what is cheap, and what would wait or lead astray ---- */

static const struct {
	const char *mounts;
	bool own;
} mounts[] = {
	{LOCAL, true},
	{"1 1 8:1 / / rw - ext4 /dev/sda1 rw", true},
	{"1 1 0:1 / / rw - rootfs none rw\n" LOCAL, true},
	{LOCAL "31 30 0:31 / /data rw - nfs4 server:/data rw\n", true},
	{LOCAL "31 30 0:31 / /etcetera rw - nfs4 server:/ rw\n32 30 0:32 / /et rw - fuse x rw\n", true},
	{LOCAL "31 30 0:31 / /etc/passwd.d rw - nfs4 server:/ rw\n", true},
	{LOCAL "31 30 0:31 / /etc/passwd rw - tmpfs tmpfs rw\n", true},
	{LOCAL "31 30 0:31 / /etc/passwd rw - nfs4 server:/ rw\n", false},
	{LOCAL "31 30 0:31 / /etc rw shared:7 master:3 - fuse.sshfs host:/ rw\n", false},
	{LOCAL "31 30 0:31 / /etc rw - autofs systemd-1 rw,fd=29\n", false},
	{"1 1 0:1 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw\n", false},
	{"1 1 0:1 / / rw - ext rw rw\n", false},
	{"1 1 0:1 / / rw - xt4 rw rw\n", false},
	{"1 1 0:1 / / rw - averylongnameofafilesystem rw rw\n", false},
	{"1 1 0:1 / /etc rw - ext4 /dev/sda1 rw\n", false}, /* and the root? */
	{"1 1 0:1 / / rw ext4 /dev/sda1 rw\n", false},
	{"1 1 0:1 / / rw -\n", false},
	{"1 1 0:1\n", false},
	{"\n\n", false},
	{"", false},
};

START_TEST(test_mounts)
{
	put("proc/42/mountinfo", mounts[_i].mounts);
	ck_user(box, 1000, mounts[_i].own ? "alice" : "bob", !mounts[_i].own);
}
END_TEST

/* More mounts than are read: the one that matters may be behind. */
START_TEST(test_long_mounts)
{
	static char list[STATE_BUF + 256];
	const size_t line = sizeof(LOCAL) - 1;
	const struct gyr_thread *other;
	size_t len = 0;

	for (; len + 4 * line < STATE_BUF; len += line)
		strcpy(list + len, LOCAL);
	len += sprintf(list + len, "31 30 0:31 / /%0*d rw - ext4 x rw\n", (int)(STATE_BUF - 1 - len - 30), 0);
	ck_assert_uint_eq(len, STATE_BUF - 1);
	strcpy(list + len, "32 30 0:32 / /etc rw - nfs x rw\n");
	put("proc/42/mountinfo", list);
	ck_user(box, 1000, "bob", true);
	memmove(list, list + line, len - line);
	list[len - line] = '\0';
	other = add_process(43, "mnt:[3]", "box");
	put("proc/43/mountinfo", list);
	ck_user(other, 1000, "alice", false);
}
END_TEST

START_TEST(test_no_regular_file)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(full("box/etc/passwd"));
	if (_i == 0)
		ck_assert_int_eq(mkfifo(full("box/etc/passwd"), 0644), 0);
	if (_i == 1)
		ck_assert_int_eq(mkdir(full("box/etc/passwd"), 0755), 0);
	if (_i == 2) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s/box/etc/passwd", dir);
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	}
	if (_i == 3 && mknod(full("box/etc/passwd"), S_IFCHR | 0644, 0x0105)) /* /dev/zero */
		_i = 4;
	/* 4: nothing at all */
	ck_user(box, 1000, "bob", true);
	close(fd);
}
END_TEST

START_TEST(test_links)
{
	static const struct {
		const char *link, *to;
		bool own;
	} links[] = {
		{"box/etc/passwd", "/usr/lib/passwd", true},
		{"box/etc/passwd", "../../../../../usr/lib/passwd", true},
		{"box/etc/passwd", "passwd", false},
		{"box/etc/passwd", "/proc/self/root/etc/passwd", false},
		{"box/etc/passwd", "../../outside/passwd", false},
		{"box/etc/passwd", "OUTSIDE", false}, /* by its full path */
		{"box/etc", "../outside", false},
		{"box/etc", "/usr/lib", true},
	};

	put("outside/passwd", "mallory:x:1000:1000::/:\n");
	put("box/usr/lib/passwd", "alice:x:1000:1000::/:\n");
	nftw(full(links[_i].link), remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	put_link(links[_i].link, strcmp(links[_i].to, "OUTSIDE") ? links[_i].to : text("%s/outside/passwd", dir));
	ck_user(box, 1000, links[_i].own ? "alice" : "bob", !links[_i].own);
}
END_TEST

/* Over a link nobody knows which mount it comes to. */
START_TEST(test_link_to_mount)
{
	char from[512];

	put("box/usr/lib/passwd", "alice:x:1000:1000::/:\n");
	put_link("box/etc/passwd", "/usr/lib/passwd");
	strcpy(from, full("box/usr/lib"));
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || mount(from, from, NULL, MS_BIND, NULL))
		return; /* not for us to mount */
	ck_user(box, 1000, "bob", true);
	umount(from);
}
END_TEST

/* ---- user namespaces ---- */

START_TEST(test_user_namespace)
{
	const struct gyr_thread *remote;

	put("proc/42/uid_map", "         0     100000       1000\n      1000       5000          1\n 2000 200000 10");
	put("proc/42/gid_map", "0 300000 65536\n");
	ck_user(box, 100000, "root", false);
	ck_user(box, 5000, "alice", false);
	ck_user(box, 0, "", false);
	ck_user(box, 1000, "", false);
	ck_user(box, 101000, "", false);
	ck_user(box, 99999, "", false);
	ck_group(box, 300050, "baker", false);
	/* The host's names are the host's ids'. */
	remote = add_process(43, "mnt:[3]", "box");
	put("proc/43/uid_map", "0 5000 5000\n");
	put("proc/43/mountinfo", "1 1 0:1 / / rw - nfs server:/ rw\n");
	ck_user(remote, 1000, "bob", true);
	ck_user(remote, 5000, "", true);
}
END_TEST

START_TEST(test_no_map)
{
	put("proc/42/uid_map", ""); /* still to be written */
	ck_user(box, 0, "", false);
	unlink(full("proc/42/gid_map")); /* a kernel without user namespaces */
	ck_group(box, 50, "baker", false);
}
END_TEST

/* ---- what is in a file ---- */

START_TEST(test_malformed)
{
	static const char lines[] =
		"\n:\n::\n:x:1:1\nno colon\none:x\ntwo:x:\nthree:x:3\n+:x:4:\n-five:x:5:5\n+six:x:6:6\n#seven:x:7:7\n"
		"eight:x:8x:8\nnine:x: 9:9\nten:x:-10:1\neleven:x:4294967295:1\ntwelve:x:4294967308:1\n"
		"thirteen:x:18446744073709551629:1\nzero\0:x:14:1\nfifteen:x:0x0f:1\nsixteen:x:16:16\nagain:x:16:16\n"
		"max:x:4294967294:1\n\"\x1b[m\xff\":x:17:17\nlast:x:18:";
	char big[400];

	memset(big, 'n', sizeof(big));
	strcpy(big + 256, ":x:19:\n");
	put_bytes("box/etc/passwd", lines, sizeof(lines) - 1);
	for (uint32_t uid = 0; uid < 16; uid++)
		ck_user(box, uid, "", false);
	ck_user(box, 16, "sixteen", false); /* the first of two */
	ck_user(box, 17, "\"\x1b[m\xff\"", false);
	ck_user(box, 18, "last", false);
	ck_user(box, 4294967294, "max", false);
	/* A name that is no name; one that just fits. */
	put_bytes("long/etc/passwd", big, 263);
	ck_user(add_process(43, "mnt:[3]", "long"), 19, "", false);
	put_bytes("fits/etc/passwd", big + 1, 262);
	ck_assert_uint_eq(strlen(gyr_user_name(&f->g, add_process(44, "mnt:[4]", "fits"), 19, NULL)), 255);
	put("empty/etc/passwd", "");
	ck_user(add_process(45, "mnt:[5]", "empty"), 0, "", false);
}
END_TEST

/* 100000 lines, the ids in no order. */
static size_t many_lines(char *to, size_t size)
{
	size_t len = 0;

	for (uint32_t i = 0; i < 100000 && len < size - 16; i++) {
		uint32_t id = i * 7919 % 100000;

		len += sprintf(to + len, "%c::%u:\n", 'a' + id % 26, id);
	}
	return len;
}

START_TEST(test_many_lines)
{
	static char lines[1 << 20];
	size_t len = many_lines(lines, sizeof(lines));

	ck_assert_uint_lt(len, 1 << 20);
	put_bytes("box/etc/passwd", lines, len);
	for (uint32_t id = 0; id < 100000; id++)
		ck_user(box, id, text("%c", 'a' + id % 26), false);
	ck_user(box, 100000, "", false);
	/* What is larger than a list of names is none. */
	memset(lines + len, '\n', sizeof(lines) - len);
	put_bytes("fits/etc/passwd", lines, sizeof(lines) - 1);
	ck_user(add_process(43, "mnt:[3]", "fits"), 3, "d", false);
	put_bytes("large/etc/passwd", lines, sizeof(lines));
	ck_user(add_process(44, "mnt:[4]", "large"), 1000, "bob", true);
}
END_TEST

/* ---- what is kept ---- */

START_TEST(test_changes)
{
	ck_user(box, 1000, "alice", false);
	ck_user(NULL, 1000, "bob", true);
	/* In place, by one of the same size at the same time; it is looked at once a second. */
	put("box/etc/passwd", "root:x:0:0::/:/bin/sh\ncarol:x:1000:1000::/:/bin/sh\n");
	ck_user(box, 1000, "alice", false);
	usleep(NEXT_LOOK);
	ck_user(box, 1000, "carol", false);
	/* By another file. */
	put("box/etc/passwd+", "dan:x:1000:1000::/:/bin/sh\n");
	ck_assert_int_eq(rename(text("%s/box/etc/passwd+", dir), full("box/etc/passwd")), 0);
	put("host/etc/passwd", "erin:x:1000:1000::/:/bin/sh\n");
	usleep(NEXT_LOOK);
	ck_user(box, 1000, "dan", false);
	ck_user(NULL, 1000, "erin", true);
	/* Gone. */
	unlink(full("box/etc/passwd"));
	usleep(NEXT_LOOK);
	ck_user(box, 1000, "erin", true);
}
END_TEST

/* Of a file that has not changed for long nothing but its times is read again. */
START_TEST(test_unchanged)
{
	size_t tables, bytes, same_tables, same_bytes;

	usleep(NEXT_LOOK);
	ck_user(box, 1000, "alice", false);
	users_count(f->st->users, &tables, &bytes);
	ck_assert_uint_eq(tables, 2);
	ck_assert_int_eq(chmod(full("box"), 0), 0);
	usleep(NEXT_LOOK);
	ck_assert_int_eq(chmod(full("box"), 0755), 0);
	ck_user(box, 1000, "alice", false);
	/* A file that two threads have is kept once. */
	ck_user(add_process(43, "mnt:[3]", "box"), 1000, "alice", false);
	users_count(f->st->users, &same_tables, &same_bytes);
	ck_assert_uint_eq(same_tables, tables);
	ck_assert_uint_eq(same_bytes, bytes);
}
END_TEST

START_TEST(test_gone)
{
	ck_user(box, 1000, "alice", false);
	nftw(full("proc/42"), remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	usleep(NEXT_LOOK);
	ck_user(box, 1000, "alice", false);
	/* Another one of its number is not taken for it. */
	thread_remove(f->st, (struct gyr_thread *)box);
	f->ts += 1000;
	box = thread_finish(f->st, thread_new(f->st, IN_BOX, IN_BOX, f->ts));
	ck_user(box, 1000, "bob", true);
}
END_TEST

START_TEST(test_bounds)
{
	static char lines[1 << 20];
	const struct gyr_thread *t;
	size_t tables, bytes, len;

	for (uint32_t pid = 1000; pid < 1600; pid++) {
		put(text("box%u/etc/passwd", pid), text("user%u:x:9:9::/:\n", pid));
		t = add_process(pid, text("mnt:[%u]", pid), text("box%u", pid));
		ck_user(t, 9, text("user%u", pid), false);
		ck_user(NULL, 1000, "bob", true);
	}
	for (uint32_t pid = 1000; pid < 1600; pid += 99)
		ck_user(feed_thread(f, pid), 9, text("user%u", pid), false);
	users_count(f->st->users, &tables, &bytes);
	ck_assert_uint_eq(tables, USERS_TABLES);
	ck_assert_uint_lt(bytes, 64 * USERS_TABLES);
	len = many_lines(lines, sizeof(lines));
	for (uint32_t pid = 1000; pid < 1020; pid++) {
		put_bytes(text("box%u/etc/group", pid), lines, len);
		ck_group(feed_thread(f, pid), 53, "b", false);
		ck_group(NULL, 50, "staff", true);
	}
	users_count(f->st->users, &tables, &bytes);
	ck_assert_uint_gt(bytes, USERS_BYTES / 2);
	ck_assert_uint_le(bytes, USERS_BYTES + 4 * sizeof(lines));
	ck_group(feed_thread(f, 1000), 53, "b", false);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {test_whose,	   test_capture_file,	 test_shared_file, test_no_init,
				      test_real_proc,	   test_real_namespaces, test_long_mounts, test_link_to_mount,
				      test_user_namespace, test_no_map,		 test_malformed,   test_many_lines,
				      test_changes,	   test_unchanged,	 test_gone,	   test_bounds};
	Suite *s = suite_create("users");
	TCase *tc = tcase_create("users");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(tc, tests[i]);
	tcase_add_loop_test(tc, test_mounts, 0, sizeof(mounts) / sizeof(*mounts));
	tcase_add_loop_test(tc, test_no_regular_file, 0, 5);
	tcase_add_loop_test(tc, test_links, 0, 8);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What /proc says: of every thread once, at the start, and of one that appears without history. It says how things are
 * at the time of reading, which is later than the event that asks; so what comes from here is marked with its time, and
 * events that are older do not build on it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "state/state.h"

#define ARGS_ROOM 4096

/* At most limits.lookups a second of the events' time: what is not looked up stays unknown. */
bool proc_lookup_allowed(struct state *st, uint64_t ts)
{
	uint64_t sec = ts / 1000000000;

	if (st->proc < 0)
		return false;
	if (sec != st->lookup_sec) {
		st->lookup_sec = sec;
		st->lookups_left = st->limits.lookups;
	}
	if (st->lookups_left == 0)
		return false;
	st->lookups_left--;
	return true;
}

/* Returns the bytes read, 0 on any error; buf is NUL-terminated. */
size_t proc_read(struct state *st, const char *path, char *buf, size_t size)
{
	int fd = openat(st->proc, path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd >= 0) {
		while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
			len += n;
		close(fd);
	}
	buf[len] = '\0';
	return len;
}

static size_t proc_file(struct state *st, uint32_t tid, const char *name, char *buf, size_t size)
{
	char path[48];

	snprintf(path, sizeof(path), "%u/%s", tid, name);
	return proc_read(st, path, buf, size);
}

static struct str *proc_link(struct state *st, uint32_t tid, const char *name, bool *gone)
{
	static const char deleted[] = " (deleted)";
	char path[48], to[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "%u/%s", tid, name);
	n = readlinkat(st->proc, path, to, sizeof(to));
	if (n <= 0)
		return NULL;
	if ((size_t)n > sizeof(deleted) && memcmp(to + n - (sizeof(deleted) - 1), deleted, sizeof(deleted) - 1) == 0) {
		n -= sizeof(deleted) - 1;
		*gone = true;
	}
	return str_get(st, to, n);
}

/* ---- status ---- */

#define PF_EXITING 0x00000004 /* include/linux/sched.h */

struct status {
	uint32_t pid, ppid, pgid, sid;
	struct gyr_thread_ids ids;
	bool inner_ns;
};

static const char *field(const char *text, const char *name)
{
	const char *s = strstr(text, name);

	return s ? s + strlen(name) : NULL;
}

/* "Uid:\treal\teffective\tsaved\tfilesystem" */
static void read_four(const char *text, const char *name, uint32_t *const ids[4])
{
	const char *s = field(text, name);
	char *end;

	for (int i = 0; i < 4; i++) {
		*ids[i] = s ? strtoul(s, &end, 10) : UINT32_MAX;
		s = s ? end : NULL;
	}
}

static uint64_t read_caps(const char *text, const char *name)
{
	const char *s = field(text, name);

	return s ? strtoull(s, NULL, 16) : 0;
}

static void read_ids(const char *text, struct gyr_thread_ids *ids)
{
	read_four(text, "\nUid:", (uint32_t *const[]){&ids->ruid, &ids->euid, &ids->suid, &ids->fsuid});
	read_four(text, "\nGid:", (uint32_t *const[]){&ids->rgid, &ids->egid, &ids->sgid, &ids->fsgid});
	ids->cap_inheritable = read_caps(text, "\nCapInh:");
	ids->cap_permitted = read_caps(text, "\nCapPrm:");
	ids->cap_effective = read_caps(text, "\nCapEff:");
}

/*
 * "12 (name) S ppid pgrp session tty tpgid flags ...", see proc(5). False: it is gone, or on its way out: its end may
 * have been seen already.
 */
static bool read_stat(struct state *st, uint32_t tid, struct status *out)
{
	unsigned int flags = 0;
	const char *s;
	char how;

	if (!proc_file(st, tid, "stat", st->buf, STATE_BUF))
		return false;
	s = strrchr(st->buf, ')'); /* a name may have one, too */
	if (!s || sscanf(s + 1, " %c %*d %u %u %*d %*d %u", &how, &out->pgid, &out->sid, &flags) != 4)
		return false;
	return how != 'Z' && how != 'X' && !(flags & PF_EXITING);
}

static bool read_status(struct state *st, uint32_t tid, struct status *out)
{
	const char *s;

	/* Names cannot forge a line: the kernel escapes newlines in them. */
	if (!proc_file(st, tid, "status", st->buf, STATE_BUF))
		return false;
	s = field(st->buf, "\nTgid:");
	out->pid = s ? strtoul(s, NULL, 10) : 0;
	s = field(st->buf, "\nPPid:");
	out->ppid = s ? strtoul(s, NULL, 10) : 0;
	read_ids(st->buf, &out->ids);
	s = field(st->buf, "\nNSpid:");
	if (s) {
		s += strspn(s, " \t");
		out->inner_ns = s[strspn(s, "0123456789")] == '\t';
	}
	return out->pid != 0;
}

/* ---- a thread ---- */

/* "0::/path" (v2) or "4:memory:/path": the path that names a container, else that of v2, else the longest. */
void proc_cgroup(struct state *st, uint32_t tid, struct group *g)
{
	const char *best = "", *line, *end, *path;
	size_t best_len = 0;
	int best_rank = -1;

	proc_file(st, tid, "cgroup", st->buf, STATE_BUF);
	for (line = st->buf; *line; line = *end ? end + 1 : end) {
		char id[CONTAINER_ROOM];
		size_t len;
		int rank;

		end = line + strcspn(line, "\n");
		path = memchr(line, ':', end - line);
		path = path ? memchr(path + 1, ':', end - path - 1) : NULL;
		if (!path)
			continue;
		len = end - ++path;
		container_id(path, len, id);
		rank = id[0] ? 2 : strncmp(line, "0::", 3) == 0;
		if (rank > best_rank || (rank == best_rank && len > best_len)) {
			best = path;
			best_len = len;
			best_rank = rank;
		}
	}
	group_set_cgroup(st, g, best, best_len);
}

/* A map of all ids to themselves is as good as none. */
static bool in_user_ns(struct state *st, uint32_t tid)
{
	unsigned int inside, outside, count;
	char path[32];

	snprintf(path, sizeof(path), "%u/uid_map", tid);
	if (!proc_read(st, path, st->buf, STATE_BUF))
		return faccessat(st->proc, path, F_OK, 0) == 0; /* the map is still to be written */
	return sscanf(st->buf, "%u %u %u", &inside, &outside, &count) != 3 || inside != outside || count != UINT32_MAX;
}

void proc_cmdline(struct state *st, uint32_t tid, struct group *g)
{
	size_t len = proc_file(st, tid, "cmdline", st->buf, ARGS_ROOM), exe = strnlen(st->buf, len);

	str_set(st, &g->exe, str_get(st, st->buf, exe));
	str_set(st, &g->args, exe < len ? str_get(st, st->buf + exe + 1, len - exe - 1) : NULL);
}

static enum gyr_from looked(const struct state *st)
{
	return st->in_snapshot ? GYR_FROM_SNAPSHOT : GYR_FROM_LOOKUP;
}

static void read_comm(struct state *st, struct gyr_thread *t)
{
	size_t len = proc_file(st, t->tid, "comm", st->buf, STATE_BUF);

	if (len && st->buf[len - 1] == '\n')
		len--;
	thread_set_comm(t, st->buf, len);
	t->from_comm = looked(st);
}

static bool shares(uint32_t a, uint32_t b, int what, bool unknown)
{
	long res = syscall(SYS_kcmp, a, b, what, 0, 0);

	return res < 0 ? unknown : res == 0;
}

/*
 * Shares with a thread that is known what the kernel says is shared. Where it does not say (no CONFIG_KCMP, no rights)
 * threads of a process share, and processes do not.
 */
static void share(struct state *st, struct gyr_thread *t, const struct gyr_thread *with)
{
	bool same = t->group == with->group;

	if (!t->files && shares(t->tid, with->tid, KCMP_FILES, same))
		thread_set_files(st, t, with->files);
	if (!t->fs && shares(t->tid, with->tid, KCMP_FS, same))
		thread_set_fs(st, t, with->fs);
}

static void read_files(struct state *st, struct gyr_thread *t)
{
	struct files *files = t->files, *fresh = files_new(st);
	struct look look = {.from = state_now(st)};
	int32_t end;

	if (!fresh)
		return;
	end = proc_read_fds(st, t->tid, fresh);
	look.to = state_now(st);
	files_renew(st, files, fresh, end);
	files_put(st, fresh);
	files->look = look;
	files->read_to = look.to;
	files->doubt = false;
}

void proc_cwd(struct state *st, struct gyr_thread *t)
{
	struct fs *fs = t->fs;

	fs->look.from = state_now(st);
	fs->deleted = false;
	str_set(st, &fs->cwd, proc_link(st, t->tid, "cwd", &fs->deleted));
	fs->look.to = fs->since = state_now(st);
	fs->from = looked(st);
	fs->doubt = false;
}

static void read_files_and_fs(struct state *st, struct gyr_thread *t)
{
	struct gyr_thread *with = t->group->threads, *parent = thread_get(st, t->group->ppid);

	if (with == t)
		with = t->next;
	if (with)
		share(st, t, with);
	if (parent && parent != t)
		share(st, t, parent);
	if (!t->files) {
		t->files = files_new(st);
		if (t->files)
			read_files(st, t);
	}
	if (!t->fs) {
		t->fs = fs_new(st, NULL);
		if (t->fs)
			proc_cwd(st, t);
	}
}

void proc_exe(struct state *st, uint32_t tid, struct group *g)
{
	bool deleted = false;

	str_set(st, &g->exepath, proc_link(st, tid, "exe", &deleted));
}

static void set_ids(const struct state *st, struct gyr_thread *t, const struct status *status)
{
	t->ids = status->ids;
	t->from_ids = looked(st);
}

static void read_group(struct state *st, struct gyr_thread *t, const struct status *status)
{
	struct group *g = t->group;

	group_set_parent(st, g, status->ppid);
	g->pgid = status->pgid;
	g->sid = status->sid;
	proc_cmdline(st, t->tid, g);
	proc_exe(st, t->tid, g);
	proc_cgroup(st, t->tid, g);
	g->user_ns = in_user_ns(st, t->tid);
	memset(g->from, looked(st), sizeof(g->from));
}

static struct gyr_thread *read_thread(struct state *st, uint32_t tid, uint64_t ts)
{
	struct look look = {.from = state_now(st)};
	struct status status = {0};
	struct gyr_thread *t;

	if (!read_stat(st, tid, &status) || !read_status(st, tid, &status))
		return NULL;
	t = thread_new(st, tid, status.pid, ts);
	if (!t)
		return NULL;
	set_ids(st, t, &status);
	t->flags |= status.inner_ns ? THREAD_INNER_NS : 0;
	read_comm(st, t);
	/* The first of its group reads for all. */
	if (!t->next)
		read_group(st, t, &status);
	read_files_and_fs(st, t);
	look.to = state_now(st);
	t->look = look;
	t->since = look.to;
	return thread_finish(st, t);
}

struct gyr_thread *proc_thread(struct state *st, uint32_t tid, uint64_t ts)
{
	if (!proc_lookup_allowed(st, ts))
		return NULL;
	st->counts.thread_lookups++;
	return read_thread(st, tid, ts);
}

bool proc_ids(struct state *st, struct gyr_thread *t, uint64_t ts)
{
	struct status status = {0};

	if (!proc_lookup_allowed(st, ts))
		return false;
	st->counts.thread_lookups++;
	if (!read_status(st, t->tid, &status))
		return false;
	set_ids(st, t, &status);
	return true;
}

/* ---- all threads ---- */

static uint32_t entry_number(const struct dirent *e)
{
	char *end;
	unsigned long n = strtoul(e->d_name, &end, 10);

	return *end || n > INT32_MAX ? 0 : n;
}

static void snapshot_thread(struct state *st, uint32_t tid, uint64_t ts)
{
	if (tid && !thread_get(st, tid) && st->threads.used < st->limits.threads)
		read_thread(st, tid, ts);
}

/* NULL: gone. */
static DIR *open_tasks(struct state *st, uint32_t pid)
{
	char path[32];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%u/task", pid);
	fd = openat(st->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static void snapshot_process(struct state *st, uint32_t pid, uint64_t ts)
{
	struct dirent *e;
	DIR *dir;

	snapshot_thread(st, pid, ts);
	dir = open_tasks(st, pid);
	if (!dir)
		return;
	while ((e = readdir(dir)))
		snapshot_thread(st, entry_number(e), ts);
	closedir(dir);
}

int proc_snapshot(struct state *st, int root)
{
	uint64_t ts = state_now(st);
	struct dirent *e;
	DIR *dir;
	int fd;

	if (st->proc >= 0)
		close(st->proc);
	st->proc = root;
	fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	st->in_snapshot = true;
	while ((e = readdir(dir))) {
		uint32_t pid = entry_number(e);

		if (pid)
			snapshot_process(st, pid, ts);
	}
	closedir(dir);
	st->in_snapshot = false;
	proc_net_forget(st);
	return 0;
}

void proc_add_unseen(struct state *st)
{
	uint64_t ts = state_now(st);
	uint32_t *pids;
	size_t n;

	pids = proc_pids(st, &n);
	for (size_t i = 0; i < n; i++)
		if (!table_get(&st->groups, pids[i]))
			snapshot_process(st, pids[i], ts);
	free(pids);
}

/* ---- again ---- */

#define SHARERS_MAX 16 /* of whom one is asked after another whether it shares */

static const void *has(const struct gyr_thread *t, int what)
{
	return what == KCMP_FILES ? (const void *)t->files : (const void *)t->fs;
}

/*
 * Who shares with t, of the threads of its process that were looked at already; `first` was, as the first of them, and
 * mostly it is who. *unknown: the kernel does not tell.
 */
static const struct gyr_thread *find_sharer(const struct gyr_thread *t, const struct gyr_thread *first, int what,
					    bool *unknown)
{
	const struct gyr_thread *o = first, *next = t->group->threads;
	const void *tried = NULL;
	int n = 0;

	for (; o && n < SHARERS_MAX; o = next, next = o ? o->next : NULL) {
		long res;

		if (o == t || o->round != t->round || has(o, what) == tried)
			continue;
		tried = has(o, what);
		n++;
		res = syscall(SYS_kcmp, t->tid, o->tid, what, 0, 0);
		*unknown |= res < 0;
		if (res == 0)
			return o;
	}
	return NULL;
}

static bool taken_for_shared(const struct gyr_thread *t, int what)
{
	const struct gyr_thread *o;

	for (o = t->group->threads; o; o = o->next)
		if (o != t && o->round == t->round && has(o, what) == has(t, what))
			return true;
	return false;
}

/* Of the threads of a process those share a table, and a cwd, of whom the kernel says so. */
static void share_again(struct state *st, struct gyr_thread *t, const struct gyr_thread *first)
{
	bool unknown = false;
	const struct gyr_thread *with = find_sharer(t, first, KCMP_FILES, &unknown);

	if (with)
		thread_set_files(st, t, with->files);
	else if (!unknown && taken_for_shared(t, KCMP_FILES))
		thread_files(st, t);
	unknown = false;
	with = find_sharer(t, first, KCMP_FS, &unknown);
	if (with)
		thread_set_fs(st, t, with->fs);
	else if (!unknown && taken_for_shared(t, KCMP_FS))
		thread_own_fs(st, t);
}

/* Who is of another process. Where the kernel does not tell, it stays as it is. */
static void share_with_parent(struct state *st, struct gyr_thread *t, const struct gyr_thread *parent)
{
	bool files = t->files == parent->files, fs = t->fs == parent->fs;

	if (shares(t->tid, parent->tid, KCMP_FILES, files) != files) {
		if (files)
			thread_files(st, t);
		else
			thread_set_files(st, t, parent->files);
	}
	if (shares(t->tid, parent->tid, KCMP_FS, fs) != fs) {
		if (fs)
			thread_own_fs(st, t);
		else
			thread_set_fs(st, t, parent->fs);
	}
}

/* status: as read_stat has it. */
static void refresh_thread(struct state *st, struct gyr_thread *t, struct status *status,
			   const struct gyr_thread *first, uint32_t round, uint32_t what)
{
	const struct gyr_thread *parent = thread_get(st, t->group->ppid);
	struct look look = {.from = state_now(st)};

	t->round = round;
	if (!read_status(st, t->tid, status))
		return;
	set_ids(st, t, status);
	read_comm(st, t);
	if (!first)
		read_group(st, t, status);
	look.to = state_now(st);
	t->look = look;
	t->flags &= ~(THREAD_DOUBT | THREAD_ORPHAN);
	if (first)
		share_again(st, t, first);
	if (parent && parent->group != t->group)
		share_with_parent(st, t, parent);
	if (t->files->round != round && (what == LOOK_AT_ALL || t->files->doubt || !t->files->look.to))
		read_files(st, t);
	if (t->fs->round != round && (what == LOOK_AT_ALL || t->fs->doubt || !t->fs->look.to))
		proc_cwd(st, t);
	t->files->round = t->fs->round = round;
}

/* What was there when looking began, and was not met, has ended. */
static void end_unmet(struct state *st, uint32_t pid, uint32_t round, uint64_t begun)
{
	struct group *g = table_val(&st->groups, pid);
	struct gyr_thread *t, *next;

	for (t = g ? g->threads : NULL; t; t = next) {
		next = t->next; /* with the last the group goes */
		if (t->round == round || t->since >= begun)
			continue;
		if (is_calm(st, g))
			thread_remove(st, t);
		else
			doubt(st, t, OF_THREAD);
	}
}

/* A thread whose process is not known stands under its own number. */
static uint32_t real_pid(struct state *st, uint32_t tid)
{
	struct gyr_thread *t = thread_get(st, tid);
	struct status status = {0};

	if (!t || !(t->flags & THREAD_NO_PID) || !read_status(st, tid, &status))
		return tid;
	thread_set_pid(st, t, status.pid);
	return status.pid;
}

void proc_refresh(struct state *st, uint32_t pid, uint32_t round, uint32_t what)
{
	uint64_t begun = state_now(st);
	const struct gyr_thread *first = NULL;
	struct dirent *e;
	DIR *dir;

	pid = real_pid(st, pid);
	dir = open_tasks(st, pid);
	while (dir && (e = readdir(dir))) {
		uint32_t tid = entry_number(e);
		struct gyr_thread *t = tid ? thread_get(st, tid) : NULL;
		struct status status = {0};

		if (!tid || (t && t->round == round) || !read_stat(st, tid, &status))
			continue;
		if (t && t->group->pid != pid) { /* a number that is used again */
			thread_remove(st, t);
			t = NULL;
		}
		if (t)
			refresh_thread(st, t, &status, first, round, what);
		else if (st->threads.used < st->limits.threads && (t = read_thread(st, tid, begun)))
			t->round = round;
		first = first ? first : t;
	}
	if (dir)
		closedir(dir);
	end_unmet(st, pid, round, begun);
}

uint32_t *proc_pids(struct state *st, size_t *n)
{
	int fd = openat(st->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	uint32_t *pids = NULL, *more, pid;
	struct dirent *e;
	size_t room = 0;

	*n = 0;
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir))) {
		pid = entry_number(e);
		if (pid && *n == room) {
			room = room ? 2 * room : 256;
			more = realloc(pids, room * sizeof(*pids));
			if (!more) {
				st->counts.no_memory++;
				break;
			}
			pids = more;
		}
		if (pid)
			pids[(*n)++] = pid;
	}
	if (dir)
		closedir(dir);
	return pids;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The walk over /proc/PID/task: threads. walk_fds.c has their fds. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "walk_fds.h"

enum { IO_WORKER = 0x10 }; /* of the flags in stat; PF_IO_WORKER in the kernel */

char *walk_link(const char *path)
{
	char buf[8192];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	buf[n < 0 ? 0 : n] = 0;
	return strdup(buf);
}

ssize_t walk_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	buf[len] = 0;
	return n < 0 ? -errno : len;
}

/* 1: there is a thread; 0: nothing that counts as one */
static int read_stat(const char *dir, struct walk_thread *t)
{
	char path[64], buf[1024];
	const char *after;
	unsigned flags;
	char state;

	snprintf(path, sizeof(path), "%s/stat", dir);
	if (walk_read(path, buf, sizeof(buf)) <= 0)
		return 0;
	after = strrchr(buf, ')');
	if (!after || sscanf(after + 1, " %c %d %d %d %*d %*d %u", &state, &t->ppid, &t->pgid, &t->sid, &flags) != 5)
		return -EINVAL;
	return state != 'Z' && state != 'X' && !(flags & IO_WORKER);
}

static const char *line_of(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : "";
}

static int read_status(const char *dir, struct walk_thread *t)
{
	char path[64], buf[8192];

	snprintf(path, sizeof(path), "%s/status", dir);
	if (walk_read(path, buf, sizeof(buf)) <= 0)
		return -ESRCH;
	if (sscanf(line_of(buf, "\nTgid:"), "%d", &t->tgid) != 1 ||
	    sscanf(line_of(buf, "\nUid:"), "%u %u %u %u", &t->uid[0], &t->uid[1], &t->uid[2], &t->uid[3]) != 4 ||
	    sscanf(line_of(buf, "\nGid:"), "%u %u %u %u", &t->gid[0], &t->gid[1], &t->gid[2], &t->gid[3]) != 4 ||
	    sscanf(line_of(buf, "\nCapInh:"), "%lx", &t->cap_inh) != 1 ||
	    sscanf(line_of(buf, "\nCapPrm:"), "%lx", &t->cap_prm) != 1 ||
	    sscanf(line_of(buf, "\nCapEff:"), "%lx", &t->cap_eff) != 1)
		return -EINVAL;
	return 0;
}

/* As it is: a name may have any byte, newlines, too. The last one is the file's. */
static int read_comm(const char *dir, struct walk_thread *t)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/comm", dir);
	n = walk_read(path, t->comm, sizeof(t->comm));
	if (n <= 0)
		return -ESRCH;
	t->comm[n - 1] = 0;
	return 0;
}

static char *read_link(const char *dir, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return walk_link(path);
}

static int add_thread(struct walk *w, int tgid, int tid)
{
	struct walk_thread t = {.tid = tid}, *grown;
	char dir[48];
	int err;

	snprintf(dir, sizeof(dir), "/proc/%d/task/%d", tgid, tid);
	err = read_stat(dir, &t);
	if (err <= 0)
		return err;
	err = read_status(dir, &t);
	if (!err)
		err = read_comm(dir, &t);
	if (err)
		return err;
	grown = realloc(w->threads, (w->n_threads + 1) * sizeof(t));
	if (!grown)
		return -ENOMEM;
	w->threads = grown;
	t.cwd = read_link(dir, "cwd");
	t.root = read_link(dir, "root");
	t.exe = read_link(dir, "exe");
	w->threads[w->n_threads++] = t;
	return t.cwd && t.root && t.exe ? 0 : -ENOMEM;
}

static int add_process(struct walk *w, pid_t pid)
{
	char path[32];
	struct dirent *e;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!err && (e = readdir(dir))) {
		if (isdigit((unsigned char)e->d_name[0]))
			err = add_thread(w, pid, atoi(e->d_name));
	}
	closedir(dir);
	return err;
}

static int by_tid(const void *a, const void *b)
{
	const struct walk_thread *x = a, *y = b;

	return x->tgid != y->tgid ? (x->tgid > y->tgid) - (x->tgid < y->tgid) : (x->tid > y->tid) - (x->tid < y->tid);
}

static bool same(int a, int b, int what)
{
	return syscall(SYS_kcmp, a, b, what, 0, 0) == 0;
}

static void find_shared(struct walk *w)
{
	w->kcmp = same(getpid(), getpid(), KCMP_FILES);
	for (size_t i = 0; i < w->n_threads; i++) {
		struct walk_thread *t = &w->threads[i];

		t->files = t->fs = t->tid;
		for (size_t j = 0; j < i && w->kcmp; j++) {
			const struct walk_thread *first = &w->threads[j];

			if (t->files == t->tid && first->files == first->tid && same(first->tid, t->tid, KCMP_FILES))
				t->files = first->tid;
			if (t->fs == t->tid && first->fs == first->tid && same(first->tid, t->tid, KCMP_FS))
				t->fs = first->tid;
		}
	}
}

int walk(struct walk *w, const pid_t *pids, size_t n)
{
	struct walk_sockets sockets = {0};
	int err = 0;

	*w = (struct walk){0};
	for (size_t i = 0; i < n && !err; i++)
		err = add_process(w, pids[i]);
	if (err)
		return err;
	qsort(w->threads, w->n_threads, sizeof(*w->threads), by_tid);
	find_shared(w);
	err = walk_read_sockets(&sockets);
	for (size_t i = 0; i < w->n_threads && !err; i++) {
		struct walk_thread *t = &w->threads[i];
		const struct walk_thread *first = walk_thread(w, t->files);

		if (t->files == t->tid) {
			err = walk_add_fds(w, t, &sockets);
		} else {
			t->fds = first->fds;
			t->n_fds = first->n_fds;
		}
	}
	walk_free_sockets(&sockets);
	return err;
}

void walk_free(struct walk *w)
{
	for (size_t i = 0; i < w->n_threads; i++) {
		free(w->threads[i].cwd);
		free(w->threads[i].root);
		free(w->threads[i].exe);
	}
	for (size_t i = 0; i < w->n_fds; i++) {
		free(w->fds[i].name);
		free(w->fds[i].proto);
		free(w->fds[i].address);
	}
	free(w->threads);
	free(w->fds);
	*w = (struct walk){0};
}

const struct walk_thread *walk_thread(const struct walk *w, int tid)
{
	for (size_t i = 0; i < w->n_threads; i++) {
		if (w->threads[i].tid == tid)
			return &w->threads[i];
	}
	return NULL;
}

const struct walk_fd *walk_fd(const struct walk *w, const struct walk_thread *t, int fd)
{
	for (size_t i = 0; i < t->n_fds; i++) {
		if (w->fds[t->fds + i].fd == fd)
			return &w->fds[t->fds + i];
	}
	return NULL;
}

static void print_text(FILE *to, const char *name, const char *text)
{
	fprintf(to, " %s=", name);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c <= ' ' || *c >= 0x7f || *c == '\\')
			fprintf(to, "\\x%02x", *c);
		else
			fputc(*c, to);
	}
}

static void print_thread(const struct walk_thread *t, FILE *to)
{
	fprintf(to, "tid %d pid=%d ppid=%d pgid=%d sid=%d", t->tid, t->tgid, t->ppid, t->pgid, t->sid);
	print_text(to, "comm", t->comm);
	print_text(to, "cwd", t->cwd);
	print_text(to, "root", t->root);
	print_text(to, "exe", t->exe);
	fprintf(to, " uid=%u,%u,%u,%u gid=%u,%u,%u,%u", t->uid[0], t->uid[1], t->uid[2], t->uid[3], t->gid[0],
		t->gid[1], t->gid[2], t->gid[3]);
	fprintf(to, " caps=%lx,%lx,%lx files=%d fs=%d\n", t->cap_inh, t->cap_prm, t->cap_eff, t->files, t->fs);
}

static void print_fd(const struct walk_thread *t, const struct walk_fd *f, FILE *to)
{
	fprintf(to, "tid %d fd %d type=%s", t->tid, f->fd, walk_type_name(f->type));
	print_text(to, "name", f->name);
	fprintf(to, " cloexec=%d flags=0%o dev=%lx ino=%lu", f->cloexec, f->flags, f->dev, f->ino);
	if (*f->proto)
		print_text(to, "proto", f->proto);
	if (*f->address)
		print_text(to, "address", f->address);
	fputc('\n', to);
}

void walk_print(const struct walk *w, FILE *to)
{
	for (size_t i = 0; i < w->n_threads; i++) {
		const struct walk_thread *t = &w->threads[i];

		print_thread(t, to);
		for (size_t f = 0; f < t->n_fds && t->files == t->tid; f++)
			print_fd(t, &w->fds[t->fds + f], to);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "compare.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char deleted[] = " (deleted)";

bool sums_print(const struct sums *s)
{
	printf("%llu threads and %llu fds at %llu points: %llu items, %llu differ\n", s->threads, s->fds, s->points,
	       s->items, s->differ);
	return !s->differ && s->fds;
}

bool compare_in_doubt(struct gyr *g)
{
	return state_due_ms(g->state) >= 0;
}

__attribute__((format(printf, 3, 4))) static void item(struct sums *s, bool same, const char *fmt, ...)
{
	va_list ap;

	s->items++;
	if (same)
		return;
	s->differ++;
	va_start(ap, fmt);
	printf("  differs: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

/* A path as the kernel shows it: with what it puts behind that of a removed file. */
static bool same_path(const char *link, const char *path, bool is_deleted)
{
	size_t len = strlen(path);

	return strncmp(link, path, len) == 0 && strcmp(link + len, is_deleted ? deleted : "") == 0;
}

static bool same_type(enum walk_type type, enum gyr_fd_type gyr)
{
	static const enum gyr_fd_type types[WALK_TYPES_] = {
		[WALK_FILE] = GYR_FD_FILE,	   [WALK_DIRECTORY] = GYR_FD_DIRECTORY,
		[WALK_DEVICE] = GYR_FD_DEVICE,	   [WALK_SYMLINK] = GYR_FD_FILE,
		[WALK_PIPE] = GYR_FD_PIPE,	   [WALK_IPV4] = GYR_FD_IPV4,
		[WALK_IPV6] = GYR_FD_IPV6,	   [WALK_UNIX] = GYR_FD_UNIX,
		[WALK_NETLINK] = GYR_FD_NETLINK,   [WALK_PACKET] = GYR_FD_PACKET,
		[WALK_SOCKET] = GYR_FD_SOCKET,	   [WALK_EVENTFD] = GYR_FD_EVENTFD,
		[WALK_EPOLL] = GYR_FD_EVENTPOLL,   [WALK_TIMERFD] = GYR_FD_TIMERFD,
		[WALK_SIGNALFD] = GYR_FD_SIGNALFD, [WALK_INOTIFY] = GYR_FD_INOTIFY,
		[WALK_FANOTIFY] = GYR_FD_ANON,	   [WALK_MEMFD] = GYR_FD_MEMFD,
		[WALK_SECRETMEM] = GYR_FD_FILE,	   [WALK_USERFAULTFD] = GYR_FD_ANON,
		[WALK_PIDFD] = GYR_FD_PIDFD,	   [WALK_IO_URING] = GYR_FD_IO_URING,
		[WALK_BPF] = GYR_FD_BPF,	   [WALK_PERF_EVENT] = GYR_FD_ANON,
		[WALK_LANDLOCK] = GYR_FD_ANON,	   [WALK_MQUEUE] = GYR_FD_FILE,
		[WALK_FSCONTEXT] = GYR_FD_ANON,	   [WALK_NAMESPACE] = GYR_FD_FILE,
		[WALK_ANON] = GYR_FD_ANON,
	};

	return types[type] == gyr || (type == WALK_IPV6 && gyr == GYR_FD_IPV4); /* of an address that is mapped */
}

static bool is_socket(enum walk_type type)
{
	return type >= WALK_IPV4 && type <= WALK_SOCKET;
}

/* Of a socket the name is its ends, which are not compared here. */
static bool same_name(const struct walk_fd *f, const struct gyr_fd *fd)
{
	const char *name = gyr_fd_name(fd);

	if (is_socket(f->type))
		return true;
	if (strncmp(f->name, "anon_inode:", 11) == 0)
		return strcmp(f->name + 11, name) == 0;
	if (f->type == WALK_MEMFD)
		return f->name[0] == '/' && same_path(f->name + 1, name, true);
	if (f->type == WALK_PIDFD)
		return true;
	return same_path(f->name, name, gyr_fd_deleted(fd));
}

static void compare_fd(struct gyr *g, const struct gyr_thread *t, const struct walk_fd *f, struct sums *s)
{
	const struct gyr_fd *fd = gyr_thread_fd(t, f->fd);
	unsigned int tid = (unsigned int)gyr_thread_tid(t);
	const char *from;

	item(s, fd && gyr_fd_type(fd) != GYR_FD_UNKNOWN, "%u fd %d is %s, gyr does not know it", tid, f->fd, f->name);
	if (!fd || gyr_fd_type(fd) == GYR_FD_UNKNOWN)
		return;
	from = gyr_from_name(gyr_fd_from(g, t, fd));
	item(s, same_type(f->type, gyr_fd_type(fd)), "%u fd %d is a %s, gyr: %s (%s; %s)", tid, f->fd,
	     walk_type_name(f->type), gyr_fd_type_name(gyr_fd_type(fd)), from, f->name);
	item(s, same_name(f, fd), "%u fd %d is %s, gyr: %s%s (%s)", tid, f->fd, f->name, gyr_fd_name(fd),
	     gyr_fd_deleted(fd) ? deleted : "", from);
	item(s, f->cloexec == gyr_fd_cloexec(fd), "%u fd %d has cloexec %d, gyr: %d (%s; %s)", tid, f->fd, f->cloexec,
	     gyr_fd_cloexec(fd), from, f->name);
}

/* Of a table that is shared once. */
static void compare_fds(struct gyr *g, const struct walk *w, const struct walk_thread *wt, const struct gyr_thread *t,
			struct sums *s)
{
	const struct gyr_fd *fd;

	for (size_t i = 0; i < wt->n_fds; i++)
		compare_fd(g, t, &w->fds[wt->fds + i], s);
	s->fds += wt->n_fds;
	for (fd = gyr_thread_fd_next(t, NULL); fd; fd = gyr_thread_fd_next(t, fd))
		item(s, gyr_fd_type(fd) == GYR_FD_UNKNOWN || walk_fd(w, wt, (int)gyr_fd_num(fd)),
		     "%d has no fd %d, gyr: %s (%s)", wt->tid, (int)gyr_fd_num(fd), gyr_fd_name(fd),
		     gyr_from_name(gyr_fd_from(g, t, fd)));
}

static void compare_ids(struct gyr *g, const struct walk_thread *wt, const struct gyr_thread *t, struct sums *s)
{
	const char *from = gyr_from_name(gyr_thread_from(g, t, GYR_THREAD_IDS));
	struct gyr_thread_ids i;

	gyr_thread_get_ids(t, &i);
	item(s, i.ruid == wt->uid[0] && i.euid == wt->uid[1] && i.suid == wt->uid[2] && i.fsuid == wt->uid[3],
	     "%d has uids %u %u %u %u, gyr: %u %u %u %u (%s)", wt->tid, wt->uid[0], wt->uid[1], wt->uid[2], wt->uid[3],
	     i.ruid, i.euid, i.suid, i.fsuid, from);
	item(s, i.rgid == wt->gid[0] && i.egid == wt->gid[1] && i.sgid == wt->gid[2] && i.fsgid == wt->gid[3],
	     "%d has gids %u %u %u %u, gyr: %u %u %u %u (%s)", wt->tid, wt->gid[0], wt->gid[1], wt->gid[2], wt->gid[3],
	     i.rgid, i.egid, i.sgid, i.fsgid, from);
	item(s, i.cap_inheritable == wt->cap_inh && i.cap_permitted == wt->cap_prm && i.cap_effective == wt->cap_eff,
	     "%d has capabilities %llx %llx %llx, gyr: %llx %llx %llx (%s)", wt->tid, (unsigned long long)wt->cap_inh,
	     (unsigned long long)wt->cap_prm, (unsigned long long)wt->cap_eff, (unsigned long long)i.cap_inheritable,
	     (unsigned long long)i.cap_permitted, (unsigned long long)i.cap_effective, from);
}

static void compare_thread(struct gyr *g, const struct walk *w, const struct walk_thread *wt, struct sums *s)
{
	const struct gyr_thread *t = gyr_thread_by_tid(g, (uint64_t)wt->tid), *o;

	s->threads++;
	item(s, t, "%d (%s) is not known to gyr", wt->tid, wt->comm);
	if (!t)
		return;
	item(s, gyr_thread_pid(t) == (uint64_t)wt->tgid, "%d is of %d, gyr: %u", wt->tid, wt->tgid,
	     (unsigned int)gyr_thread_pid(t));
	item(s, gyr_thread_ppid(t) == (uint64_t)wt->ppid, "%d has parent %d, gyr: %u (%s)", wt->tid, wt->ppid,
	     (unsigned int)gyr_thread_ppid(t), gyr_from_name(gyr_thread_from(g, t, GYR_THREAD_PARENT)));
	item(s, gyr_thread_pgid(t) == (uint64_t)wt->pgid, "%d is in group %d, gyr: %u (%s)", wt->tid, wt->pgid,
	     (unsigned int)gyr_thread_pgid(t), gyr_from_name(gyr_thread_from(g, t, GYR_THREAD_JOB)));
	item(s, gyr_thread_sid(t) == (uint64_t)wt->sid, "%d is in session %d, gyr: %u (%s)", wt->tid, wt->sid,
	     (unsigned int)gyr_thread_sid(t), gyr_from_name(gyr_thread_from(g, t, GYR_THREAD_JOB)));
	item(s, strcmp(gyr_thread_comm(t), wt->comm) == 0, "%d is called %s, gyr: %s (%s)", wt->tid, wt->comm,
	     gyr_thread_comm(t), gyr_from_name(gyr_thread_from(g, t, GYR_THREAD_COMM)));
	item(s, same_path(wt->cwd, gyr_thread_cwd(t), gyr_thread_cwd_deleted(t)), "%d has cwd %s, gyr: %s%s (%s)",
	     wt->tid, wt->cwd, gyr_thread_cwd(t), gyr_thread_cwd_deleted(t) ? deleted : "",
	     gyr_from_name(gyr_thread_from(g, t, GYR_THREAD_CWD)));
	compare_ids(g, wt, t, s);
	if (wt->files == wt->tid) {
		compare_fds(g, w, wt, t, s);
	} else {
		o = gyr_thread_by_tid(g, (uint64_t)wt->files);
		item(s, o && gyr_thread_shares_fds(t, o), "%d shares its fds with %d, not in gyr", wt->tid, wt->files);
	}
}

void compare(struct gyr *g, const struct walk *w, struct sums *s)
{
	s->points++;
	for (size_t i = 0; i < w->n_threads; i++)
		compare_thread(g, w, &w->threads[i], s);
}

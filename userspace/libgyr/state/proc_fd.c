/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fds as /proc shows them. */
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "state/state.h"

/* A process may have a million fds: those past this are looked up when they are used. */
#define FDS_READ_MAX 16384

static bool cut_prefix(char **s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*s, prefix, n) != 0)
		return false;
	*s += n;
	return true;
}

static bool cut_suffix(char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	if (len <= n || strcmp(s + len - n, suffix) != 0)
		return false;
	s[len - n] = '\0';
	return true;
}

enum gyr_fd_type anon_type(const char *name)
{
	static const enum gyr_fd_type types[] = {GYR_FD_EVENTFD, GYR_FD_EVENTPOLL, GYR_FD_SIGNALFD, GYR_FD_TIMERFD,
						 GYR_FD_INOTIFY, GYR_FD_PIDFD,	   GYR_FD_IO_URING};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(name, anon_name(types[i])) == 0)
			return types[i];
	if (strncmp(name, "bpf", 3) == 0 || strcmp(name, "btf") == 0)
		return GYR_FD_BPF;
	return GYR_FD_ANON;
}

enum gyr_fd_type mode_type(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return GYR_FD_DIRECTORY;
	case S_IFCHR:
	case S_IFBLK:
		return GYR_FD_DEVICE;
	case S_IFIFO:
		return GYR_FD_PIPE;
	default:
		return GYR_FD_FILE;
	}
}

/* What stands behind a path. DONT_SYNC: a server that does not answer must not stop the capture. */
static void stat_path(struct file *f, int dir, const char *num)
{
	struct statx stx;

	f->type = GYR_FD_FILE;
	if (statx(dir, num, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &stx))
		return;
	f->dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	f->ino = stx.stx_ino;
	f->type = mode_type(stx.stx_mode);
}

static bool bracketed_ino(const char *s, const char *kind, uint64_t *ino)
{
	size_t n = strlen(kind);

	if (strncmp(s, kind, n) != 0)
		return false;
	*ino = strtoull(s + n, NULL, 10);
	return true;
}

/*
 * The kernel's tables list no socket that is neither bound nor connected, but sockets tell their protocol's name:
 * "UDP", "TCPv6", "UNIX-STREAM", ...
 */
static void read_protocol(struct file *f, int dir, const char *num)
{
	static const struct {
		const char *name;
		uint8_t type, l4proto;
	} protocols[] = {
		{"TCPv6", GYR_FD_IPV6, IPPROTO_TCP},
		{"UDPv6", GYR_FD_IPV6, IPPROTO_UDP},
		{"RAWv6", GYR_FD_IPV6, 0},
		{"PINGv6", GYR_FD_IPV6, 0},
		{"TCP", GYR_FD_IPV4, IPPROTO_TCP},
		{"UDP", GYR_FD_IPV4, IPPROTO_UDP},
		{"RAW", GYR_FD_IPV4, 0},
		{"PING", GYR_FD_IPV4, 0},
		{"MPTCP", GYR_FD_IPV4, IPPROTO_TCP},
		{"MPTCPv6", GYR_FD_IPV6, IPPROTO_TCP},
		{"UNIX", GYR_FD_UNIX, 0},
		{"UNIX-STREAM", GYR_FD_UNIX, 0},
		{"NETLINK", GYR_FD_NETLINK, 0},
		{"PACKET", GYR_FD_PACKET, 0},
	};
	char path[64], name[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, num);
	n = getxattr(path, "system.sockprotoname", name, sizeof(name) - 1);
	if (n <= 0)
		return;
	name[n] = '\0';
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (strcmp(name, protocols[i].name) != 0)
			continue;
		f->type = protocols[i].type;
		f->l4proto = protocols[i].l4proto;
	}
}

/* The file behind the entry num of the directory /proc/tid/fd. NULL: gone, or no memory. */
static struct file *read_file(struct state *st, uint32_t tid, int dir, const char *num)
{
	char link[4096], *name = link;
	struct file *f;
	ssize_t n = readlinkat(dir, num, link, sizeof(link) - 1);

	if (n <= 0)
		return NULL;
	link[n] = '\0';
	f = file_new(st, GYR_FD_UNKNOWN, NULL);
	if (!f)
		return NULL;
	f->flags = FILE_PROC;
	f->from = st->in_snapshot ? GYR_FROM_SNAPSHOT : GYR_FROM_LOOKUP;
	if (bracketed_ino(link, "socket:[", &f->ino)) {
		f->type = GYR_FD_SOCKET;
		proc_net_socket(st, tid, f->ino, f);
		if (f->type == GYR_FD_SOCKET)
			read_protocol(f, dir, num);
	} else if (bracketed_ino(link, "pipe:[", &f->ino)) {
		f->type = GYR_FD_PIPE;
	} else if (cut_prefix(&name, "anon_inode:")) {
		f->type = anon_type(name);
	} else if (bracketed_ino(link, "pidfd:[", &f->ino)) {
		/* pidfs, since 6.9 */
		f->type = GYR_FD_PIDFD;
		strcpy(link, anon_name(GYR_FD_PIDFD));
	} else {
		stat_path(f, dir, num);
		if (cut_suffix(link, " (deleted)"))
			f->flags |= FILE_DELETED;
		if (strncmp(link, "/memfd:", 7) == 0) { /* never had a name to delete */
			f->type = GYR_FD_MEMFD;
			f->flags &= ~FILE_DELETED;
			name = link + 1;
		}
	}
	if (!f->name)
		f->name = str_get(st, name, strlen(name));
	f->since = state_now(st);
	return f;
}

static bool read_cloexec(struct state *st, uint32_t tid, const char *num)
{
	char path[64], text[512];
	const char *s;

	snprintf(path, sizeof(path), "%u/fdinfo/%s", tid, num);
	if (!proc_read(st, path, text, sizeof(text)))
		return false;
	s = strstr(text, "flags:");
	return s && strtoul(s + strlen("flags:"), NULL, 8) & O_CLOEXEC;
}

static struct gyr_fd *read_fd(struct state *st, uint32_t tid, int dir, const char *num, struct files *files)
{
	struct file *f = read_file(st, tid, dir, num);

	if (!f)
		return NULL;
	files->read_to = f->since;
	return files_install(st, files, strtoul(num, NULL, 10), f, read_cloexec(st, tid, num));
}

static int open_fd_dir(struct state *st, uint32_t tid)
{
	char path[32];

	snprintf(path, sizeof(path), "%u/fd", tid);
	return openat(st->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int32_t proc_read_fds(struct state *st, uint32_t tid, struct files *files)
{
	int fd = open_fd_dir(st, tid), n = 0;
	int32_t end = INT32_MAX;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return end;
	}
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if (n++ == FDS_READ_MAX) { /* they come in order */
			end = (int32_t)strtol(e->d_name, NULL, 10);
			break;
		}
		read_fd(st, tid, fd, e->d_name, files);
	}
	closedir(dir);
	return end;
}

struct gyr_fd *proc_read_fd(struct state *st, uint32_t tid, uint32_t fd, struct files *files)
{
	struct gyr_fd *found = NULL;
	int dir = open_fd_dir(st, tid);
	char num[16];

	if (dir < 0)
		return NULL;
	snprintf(num, sizeof(num), "%u", fd);
	found = read_fd(st, tid, dir, num, files);
	close(dir);
	return found;
}

/*
 * An fd that no event has told of. When /proc does not know it either, an entry without type is left, so that it is
 * asked once.
 */
struct gyr_fd *proc_fd(struct state *st, struct gyr_thread *t, int64_t fd, uint64_t ts)
{
	struct gyr_fd *found;
	struct file *unknown;

	if (fd > INT32_MAX || st->proc < 0)
		return NULL;
	if (!proc_lookup_allowed(st, ts)) {
		doubt(st, t, OF_FDS);
		return NULL;
	}
	st->counts.fd_lookups++;
	found = proc_read_fd(st, t->tid, (uint32_t)fd, t->files);
	if (found)
		return found;
	unknown = file_new(st, GYR_FD_UNKNOWN, NULL);
	return unknown ? files_install(st, t->files, fd, unknown, true) : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fds of a thread, and what they are. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "walk_fds.h"

#define MQUEUE_MAGIC 0x19800202 /* in ipc/mqueue.c, and in no header */

static const char *const type_names[] = {
	[WALK_UNKNOWN] = "unknown",	[WALK_FILE] = "file",		[WALK_DIRECTORY] = "directory",
	[WALK_DEVICE] = "device",	[WALK_SYMLINK] = "symlink",	[WALK_PIPE] = "pipe",
	[WALK_IPV4] = "ipv4",		[WALK_IPV6] = "ipv6",		[WALK_UNIX] = "unix",
	[WALK_NETLINK] = "netlink",	[WALK_PACKET] = "packet",	[WALK_SOCKET] = "socket",
	[WALK_EVENTFD] = "eventfd",	[WALK_EPOLL] = "epoll",		[WALK_TIMERFD] = "timerfd",
	[WALK_SIGNALFD] = "signalfd",	[WALK_INOTIFY] = "inotify",	[WALK_FANOTIFY] = "fanotify",
	[WALK_MEMFD] = "memfd",		[WALK_SECRETMEM] = "secretmem", [WALK_USERFAULTFD] = "userfaultfd",
	[WALK_PIDFD] = "pidfd",		[WALK_IO_URING] = "io_uring",	[WALK_BPF] = "bpf",
	[WALK_PERF_EVENT] = "perf",	[WALK_LANDLOCK] = "landlock",	[WALK_MQUEUE] = "mqueue",
	[WALK_FSCONTEXT] = "fscontext", [WALK_NAMESPACE] = "namespace", [WALK_ANON] = "anon",
};

const char *walk_type_name(enum walk_type type)
{
	return type < WALK_TYPES_ ? type_names[type] : "?";
}

/* What the kernel calls inodes without a file: anon_inode:NAME, in brackets or not. */
static const struct {
	const char *name;
	enum walk_type type;
} anons[] = {
	{"eventfd", WALK_EVENTFD},	   {"eventpoll", WALK_EPOLL},
	{"timerfd", WALK_TIMERFD},	   {"signalfd", WALK_SIGNALFD},
	{"inotify", WALK_INOTIFY},	   {"fanotify", WALK_FANOTIFY},
	{"userfaultfd", WALK_USERFAULTFD}, {"pidfd", WALK_PIDFD},
	{"io_uring", WALK_IO_URING},	   {"bpf", WALK_BPF},
	{"perf_event", WALK_PERF_EVENT},   {"landlock", WALK_LANDLOCK},
	{"fscontext", WALK_FSCONTEXT},	   {"btf", WALK_BPF},
};

static enum walk_type type_of_anon(const char *name)
{
	name += *name == '[';
	for (size_t i = 0; i < sizeof(anons) / sizeof(*anons); i++) {
		if (strncmp(name, anons[i].name, strlen(anons[i].name)) == 0)
			return anons[i].type;
	}
	return WALK_ANON;
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static enum walk_type type_of_file(const char *path, const char *name)
{
	struct statfs fs;

	if (starts(name, "/memfd:"))
		return WALK_MEMFD;
	if (statfs(path, &fs) != 0)
		return WALK_FILE;
	switch ((unsigned long)fs.f_type) {
	case MQUEUE_MAGIC:
		return WALK_MQUEUE;
	case SECRETMEM_MAGIC:
		return WALK_SECRETMEM;
	case NSFS_MAGIC:
		return WALK_NAMESPACE;
	default:
		return WALK_FILE;
	}
}

/* The kernel's names of protocols, where the family has but these. */
static enum walk_type type_of_proto(const char *proto)
{
	size_t len = strlen(proto);

	if (starts(proto, "UNIX"))
		return WALK_UNIX;
	if (starts(proto, "NETLINK"))
		return WALK_NETLINK;
	if (starts(proto, "PACKET"))
		return WALK_PACKET;
	if (strcmp(proto, "TCP") == 0 || strcmp(proto, "UDP") == 0 || strcmp(proto, "RAW") == 0 ||
	    strcmp(proto, "UDP-Lite") == 0 || strcmp(proto, "PING") == 0)
		return WALK_IPV4;
	if (len > 2 && strcmp(proto + len - 2, "v6") == 0)
		return WALK_IPV6;
	return WALK_SOCKET;
}

static enum walk_type type_of(const char *path, const char *name, const struct stat *st)
{
	if (starts(name, "anon_inode:"))
		return type_of_anon(name + strlen("anon_inode:"));
	if (starts(name, "pidfd:"))
		return WALK_PIDFD;
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return type_of_file(path, name);
	case S_IFDIR:
		return WALK_DIRECTORY;
	case S_IFCHR:
	case S_IFBLK:
		return WALK_DEVICE;
	case S_IFLNK:
		return WALK_SYMLINK;
	case S_IFIFO:
		return WALK_PIPE;
	case S_IFSOCK: /* bound to a path and opened by it with O_PATH, it is a file */
		return starts(name, "socket:[") ? WALK_SOCKET : WALK_FILE;
	default:
		return WALK_UNKNOWN;
	}
}

static int add_socket(struct walk_sockets *s, uint64_t ino, int family, const char *address)
{
	struct walk_socket *grown = realloc(s->at, (s->n + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	s->at = grown;
	s->at[s->n].ino = ino;
	s->at[s->n].family = family;
	snprintf(s->at[s->n].address, sizeof(s->at[s->n].address), "%s", address);
	s->n++;
	return 0;
}

/* From the hexadecimal words of /proc/net, which are as the machine has them in memory. */
static void format_inet(int family, const char *hex, unsigned port, char *buf, size_t size)
{
	uint32_t words[4] = {0};
	char text[INET6_ADDRSTRLEN] = "?";

	for (int i = 0; i < (family == AF_INET ? 1 : 4); i++)
		sscanf(hex + (size_t)i * 8, "%8x", &words[i]);
	inet_ntop(family, words, text, sizeof(text));
	snprintf(buf, size, family == AF_INET ? "%s:%u" : "[%s]:%u", text, port);
}

static int read_inet(struct walk_sockets *s, const char *path, int family)
{
	FILE *f = fopen(path, "re");
	char line[1024], local[40], remote[40];
	unsigned local_port, remote_port;
	unsigned long ino;
	int err = 0;

	while (f && !err && fgets(line, sizeof(line), f)) {
		char from[64], to[64], address[160];

		if (sscanf(line, " %*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %*x %*x:%*x %*x:%*x %*x %*u %*u %lu", local,
			   &local_port, remote, &remote_port, &ino) != 5)
			continue; /* the header */
		format_inet(family, local, local_port, from, sizeof(from));
		format_inet(family, remote, remote_port, to, sizeof(to));
		snprintf(address, sizeof(address), "%s->%s", from, to);
		err = add_socket(s, ino, family, address);
	}
	if (f)
		fclose(f);
	return err;
}

static int read_unix(struct walk_sockets *s)
{
	FILE *f = fopen("/proc/net/unix", "re");
	char line[1024];
	int err = 0;

	while (f && !err && fgets(line, sizeof(line), f)) {
		char path[256] = "";
		unsigned long ino;

		if (sscanf(line, "%*x: %*x %*x %*x %*x %*x %lu %255[^\n]", &ino, path) >= 1)
			err = add_socket(s, ino, AF_UNIX, path);
	}
	if (f)
		fclose(f);
	return err;
}

static int by_ino(const void *a, const void *b)
{
	const struct walk_socket *x = a, *y = b;

	return (x->ino > y->ino) - (x->ino < y->ino);
}

int walk_read_sockets(struct walk_sockets *s)
{
	static const struct {
		const char *path;
		int family;
	} tables[] = {{"/proc/net/tcp", AF_INET},   {"/proc/net/tcp6", AF_INET6}, {"/proc/net/udp", AF_INET},
		      {"/proc/net/udp6", AF_INET6}, {"/proc/net/raw", AF_INET},	  {"/proc/net/raw6", AF_INET6}};
	int err = read_unix(s);

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables) && !err; i++)
		err = read_inet(s, tables[i].path, tables[i].family);
	if (s->n)
		qsort(s->at, s->n, sizeof(*s->at), by_ino);
	return err;
}

void walk_free_sockets(struct walk_sockets *s)
{
	free(s->at);
	*s = (struct walk_sockets){0};
}

static void read_socket(const char *path, struct walk_fd *f, const struct walk_sockets *sockets)
{
	const struct walk_socket key = {.ino = f->ino}, *found = NULL;
	char proto[64] = "";
	ssize_t n = getxattr(path, "system.sockprotoname", proto, sizeof(proto) - 1);

	if (n > 0) {
		proto[n] = 0;
		f->proto = strdup(proto);
		f->type = type_of_proto(proto);
	}
	if (sockets->n)
		found = bsearch(&key, sockets->at, sockets->n, sizeof(key), by_ino);
	if (found)
		f->address = strdup(found->address);
}

static bool read_fdinfo(const char *dir, struct walk_fd *f)
{
	char path[96], buf[4096];
	const char *flags;

	snprintf(path, sizeof(path), "%s/fdinfo/%d", dir, f->fd);
	if (walk_read(path, buf, sizeof(buf)) <= 0)
		return false;
	flags = strstr(buf, "flags:");
	if (!flags || sscanf(flags, "flags: %o", &f->flags) != 1)
		return false;
	f->cloexec = f->flags & O_CLOEXEC;
	f->flags &= ~(uint32_t)O_CLOEXEC;
	return true;
}

static int add_fd(struct walk *w, const char *dir, int fd, const struct walk_sockets *sockets)
{
	struct walk_fd f = {.fd = fd}, *grown;
	struct stat st;
	char path[96];

	snprintf(path, sizeof(path), "%s/fd/%d", dir, fd);
	if (!read_fdinfo(dir, &f))
		return -EBADF;
	if (stat(path, &st) != 0) /* what is open in /proc of a process that is gone */
		st = (struct stat){.st_mode = f.flags & O_DIRECTORY ? S_IFDIR : S_IFREG};
	grown = realloc(w->fds, (w->n_fds + 1) * sizeof(f));
	if (!grown)
		return -ENOMEM;
	w->fds = grown;
	f.dev = st.st_dev;
	f.ino = st.st_ino;
	f.name = walk_link(path);
	f.type = f.name ? type_of(path, f.name, &st) : WALK_UNKNOWN;
	if (f.type == WALK_SOCKET)
		read_socket(path, &f, sockets);
	if (!f.proto)
		f.proto = strdup("");
	if (!f.address)
		f.address = strdup("");
	w->fds[w->n_fds++] = f;
	return f.name && f.proto && f.address ? 0 : -ENOMEM;
}

static int by_number(const void *a, const void *b)
{
	const struct walk_fd *x = a, *y = b;

	return x->fd - y->fd;
}

int walk_add_fds(struct walk *w, struct walk_thread *t, const struct walk_sockets *sockets)
{
	char dir[48], path[64];
	struct dirent *e;
	DIR *d;
	int err = 0;

	snprintf(dir, sizeof(dir), "/proc/%d/task/%d", t->tgid, t->tid);
	snprintf(path, sizeof(path), "%s/fd", dir);
	d = opendir(path);
	if (!d)
		return -errno;
	t->fds = w->n_fds;
	while (!err && (e = readdir(d))) {
		if (isdigit((unsigned char)e->d_name[0]))
			err = add_fd(w, dir, atoi(e->d_name), sockets);
	}
	closedir(d);
	t->n_fds = w->n_fds - t->fds;
	if (t->n_fds)
		qsort(w->fds + t->fds, t->n_fds, sizeof(*w->fds), by_number);
	return err;
}

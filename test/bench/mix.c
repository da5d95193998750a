// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mix.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "bench.h"

#define PATHS	  4000 /* different ones that are opened */
#define NAME_ROOM 128
#define SNAPLEN	  80
#define TUPLE_LEN 13

const char *const mix_names[MIX_KINDS] = {
	[MIX_READ] = "read, 80 bytes",
	[MIX_WRITE] = "write, 80 bytes",
	[MIX_RECVFROM] = "recvfrom, TCP",
	[MIX_SENDTO] = "sendto, TCP",
	[MIX_RECVMSG] = "recvmsg, TCP",
	[MIX_FUTEX] = "futex",
	[MIX_EPOLL_WAIT] = "epoll_wait",
	[MIX_POLL] = "poll",
	[MIX_FSTAT] = "fstat",
	[MIX_MMAP] = "mmap",
	[MIX_GETPID] = "getpid",
	[MIX_OPENAT] = "openat",
	[MIX_SOCKET] = "socket",
	[MIX_CONNECT] = "connect, TCP",
	[MIX_ACCEPT] = "accept4, TCP",
	[MIX_CLOSE] = "close",
	[MIX_BIRTH] = "a process",
};

/* How many of a thousand, as on hosts that serve: most is input and output, and waiting for it. */
static const uint16_t weights[MIX_KINDS] = {
	[MIX_READ] = 180,  [MIX_WRITE] = 130,	  [MIX_RECVFROM] = 70, [MIX_SENDTO] = 70, [MIX_RECVMSG] = 20,
	[MIX_FUTEX] = 150, [MIX_EPOLL_WAIT] = 90, [MIX_POLL] = 30,     [MIX_FSTAT] = 40,  [MIX_MMAP] = 30,
	[MIX_GETPID] = 74, [MIX_OPENAT] = 45,	  [MIX_SOCKET] = 3,    [MIX_CONNECT] = 3, [MIX_ACCEPT] = 4,
	[MIX_CLOSE] = 60,  [MIX_BIRTH] = 1,
};

uint32_t mix_random(struct mix *m, uint32_t below)
{
	m->random = m->random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((m->random >> 33) % below);
}

void mix_init(struct mix *m)
{
	memset(m, 0, sizeof(*m));
	m->random = 1;
	m->files = 0xffff888000000000ull;
	m->tids = 1000;
}

/* ---- what the driver says of fds ---- */

static void put(uint8_t *p, size_t at, uint64_t val, size_t size)
{
	memcpy(p + at, &val, size);
}

static const uint8_t *context(struct mix *m, int fd, uint32_t mode, uint32_t magic, const char *name)
{
	const uint16_t path = name ? GYR_CONTEXT_PATH_BIT : 0;
	size_t len = GYR_CONTEXT_NAME + (name ? strlen(name) + 1 : 0);
	uint8_t *p = m->context;

	memset(p, 0, GYR_CONTEXT_NAME);
	put(p, GYR_CONTEXT_LEN, len, 2);
	put(p, GYR_CONTEXT_WHAT, GYR_CONTEXT_THERE_BIT | GYR_CONTEXT_CLOEXEC_BIT | path, 2);
	put(p, GYR_CONTEXT_FD, (uint64_t)fd, 4);
	put(p, GYR_CONTEXT_FILE, m->files += 256, 8);
	put(p, GYR_CONTEXT_MODE, mode, 4);
	put(p, GYR_CONTEXT_DEV, 0xfe00, 4);
	put(p, GYR_CONTEXT_INO, m->files >> 8 & 0xffffff, 8);
	put(p, GYR_CONTEXT_MAGIC, magic, 4);
	if (name)
		memcpy(p + GYR_CONTEXT_NAME, name, len - GYR_CONTEXT_NAME);
	return p;
}

static const uint8_t *nothing_there(struct mix *m, int fd)
{
	put(m->context, GYR_CONTEXT_LEN, GYR_CONTEXT_FLAGS, 2);
	put(m->context, GYR_CONTEXT_WHAT, 0, 2);
	put(m->context, GYR_CONTEXT_FD, (uint64_t)fd, 4);
	return m->context;
}

/* Every socket has ends of its own. */
static void tuple(uint8_t t[TUPLE_LEN], uint32_t pid, int fd)
{
	t[0] = AF_INET;
	put(t, 1, 0x0a000001, 4);
	put(t, 5, 1024u + (uint32_t)fd, 2);
	put(t, 7, 0x0a000000 + pid, 4);
	put(t, 11, 443, 2);
}

/* ---- lives ---- */

void mix_clone(struct mix *m, uint32_t parent, uint32_t tid, uint32_t pid, bool thread)
{
	static const char cgroups[] = "cpuset=/system.slice\0cpu=/system.slice\0cpuacct=/system.slice\0"
				      "io=/system.slice\0memory=/system.slice";
	uint32_t flags = thread ? GYR_WIRE_CLONE_FLAGS_CLONE_FILES | GYR_WIRE_CLONE_FLAGS_CLONE_FS |
					  GYR_WIRE_CLONE_FLAGS_CLONE_THREAD
				: 0;

	TAPE(m->tape, parent, SYSCALL_CLONE_20_X, NULL, N("res", tid), S("exe", "/usr/bin/server"),
	     S("args", "--config=/etc/server/server.conf"), N("tid", parent), N("pid", parent), N("ptid", 1),
	     S("cwd", ""), N("fdlimit", 1024), S("comm", "server"), B("cgroups", cgroups, sizeof(cgroups)),
	     N("flags", flags), N("uid", 0), N("gid", 0), N("vtid", parent), N("vpid", parent));
	TAPE(m->tape, tid, SYSCALL_CLONE_20_X, NULL, N("res", 0), S("exe", "/usr/bin/server"),
	     S("args", "--config=/etc/server/server.conf"), N("tid", tid), N("pid", pid),
	     N("ptid", thread ? 1 : parent), S("cwd", ""), N("fdlimit", 1024), S("comm", "server"),
	     B("cgroups", cgroups, sizeof(cgroups)), N("flags", flags), N("uid", 0), N("gid", 0), N("vtid", tid),
	     N("vpid", pid));
}

void mix_exec(struct mix *m, uint32_t tid, uint32_t ptid, const char *program)
{
	static const char env[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\0"
				  "HOME=/root\0LANG=C.UTF-8\0USER=root\0SHELL=/bin/sh\0PWD=/";
	char path[NAME_ROOM], args[NAME_ROOM], cgroups[NAME_ROOM];
	int args_len, cgroups_len;

	snprintf(path, sizeof(path), "/usr/bin/%s", program);
	args_len = snprintf(args, sizeof(args), "--verbose%c--config%c/etc/%s/%s.conf%c--id%c%u", 0, 0, program,
			    program, 0, 0, tid);
	cgroups_len = snprintf(cgroups, sizeof(cgroups),
			       "cpu=/system.slice/%s.service%cmemory=/system.slice/%s.service", program, 0, program);
	TAPE(m->tape, tid, SYSCALL_EXECVE_19_X, NULL, N("res", 0), S("exe", path),
	     B("args", args, (size_t)args_len + 1), N("tid", tid), N("pid", tid), N("ptid", ptid), S("cwd", "/"),
	     N("fdlimit", 1024), S("comm", program), B("cgroups", cgroups, (size_t)cgroups_len + 1),
	     B("env", env, sizeof(env)), N("tty", 0), N("loginuid", -1), N("flags", 1), N("uid", 0), N("gid", 0),
	     N("pgid", tid), S("trusted_exepath", path), S("filename", path));
}

void mix_exit(struct mix *m, uint32_t tid)
{
	TAPE(m->tape, tid, PROCEXIT_1_E, NULL, N("status", 0), N("ret", 0), N("sig", 0), N("core", 0),
	     N("reaper_tid", 1));
}

void mix_open(struct mix *m, uint32_t tid, int fd, const char *path)
{
	TAPE(m->tape, tid, SYSCALL_OPENAT_2_X, context(m, fd, S_IFREG, EXT4_SUPER_MAGIC, path), N("fd", fd),
	     N("dirfd", -100), S("name", path),
	     N("flags", GYR_WIRE_FILE_FLAGS_O_RDONLY | GYR_WIRE_FILE_FLAGS_O_CLOEXEC), N("mode", 0), N("dev", 0xfe00),
	     N("ino", m->files >> 8 & 0xffffff));
}

static void make_socket(struct mix *m, uint32_t tid, int fd)
{
	TAPE(m->tape, tid, SOCKET_SOCKET_X, context(m, fd, S_IFSOCK, SOCKFS_MAGIC, NULL), N("fd", fd),
	     N("domain", AF_INET), N("type", SOCK_STREAM), N("proto", 0), N("flags", 0));
}

static void connect_socket(struct mix *m, uint32_t tid, int fd)
{
	uint8_t t[TUPLE_LEN];

	tuple(t, tid, fd);
	TAPE(m->tape, tid, SOCKET_CONNECT_X, NULL, N("res", 0), B("tuple", t, sizeof(t)), N("fd", fd));
}

void mix_connected(struct mix *m, uint32_t tid, int fd)
{
	make_socket(m, tid, fd);
	connect_socket(m, tid, fd);
}

static void close_fd(struct mix *m, uint32_t tid, int fd)
{
	TAPE(m->tape, tid, SYSCALL_CLOSE_X, nothing_there(m, fd), N("res", 0), N("fd", fd));
}

/* ---- a thread's events ---- */

static int file_of(struct mix *m)
{
	return (int)mix_random(m, MIX_FILES);
}

static int socket_of(struct mix *m)
{
	return MIX_FILES + (int)mix_random(m, MIX_SOCKETS);
}

static void on_file(struct mix *m, uint32_t tid, enum mix_kind kind)
{
	static const uint8_t data[SNAPLEN] = "GET / HTTP/1.1";
	int fd = file_of(m);

	switch (kind) {
	case MIX_READ:
		TAPE(m->tape, tid, SYSCALL_READ_X, NULL, N("res", SNAPLEN), B("data", data, sizeof(data)), N("fd", fd),
		     N("size", 4096));
		return;
	case MIX_WRITE:
		TAPE(m->tape, tid, SYSCALL_WRITE_X, NULL, N("res", SNAPLEN), B("data", data, sizeof(data)), N("fd", fd),
		     N("size", SNAPLEN));
		return;
	case MIX_FSTAT:
		TAPE(m->tape, tid, SYSCALL_FSTAT_X, NULL, N("res", 0), N("fd", fd));
		return;
	default:
		TAPE(m->tape, tid, SYSCALL_MMAP_X, NULL, N("res", 0x7f0000000000), N("vm_size", 1000), N("vm_rss", 100),
		     N("vm_swap", 0), N("addr", 0), N("length", 4096), N("prot", 1), N("flags", 2), N("fd", fd),
		     N("offset", 0));
		return;
	}
}

static void on_socket(struct mix *m, uint32_t tid, uint32_t pid, enum mix_kind kind)
{
	static const uint8_t data[SNAPLEN] = "HTTP/1.1 200 OK";
	uint8_t t[TUPLE_LEN];
	int fd = socket_of(m);

	tuple(t, pid, fd);
	switch (kind) {
	case MIX_RECVFROM:
		TAPE(m->tape, tid, SOCKET_RECVFROM_X, NULL, N("res", SNAPLEN), B("data", data, sizeof(data)),
		     B("tuple", t, sizeof(t)), N("fd", fd), N("size", 4096));
		return;
	case MIX_SENDTO:
		TAPE(m->tape, tid, SOCKET_SENDTO_X, NULL, N("res", SNAPLEN), B("data", data, sizeof(data)), N("fd", fd),
		     N("size", SNAPLEN), B("tuple", t, sizeof(t)));
		return;
	default:
		TAPE(m->tape, tid, SOCKET_RECVMSG_X, NULL, N("res", SNAPLEN), N("size", SNAPLEN),
		     B("data", data, sizeof(data)), B("tuple", t, sizeof(t)), N("fd", fd));
		return;
	}
}

static void on_nothing(struct mix *m, uint32_t tid, enum mix_kind kind)
{
	static const uint8_t fds[] = {2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0};

	switch (kind) {
	case MIX_FUTEX:
		TAPE(m->tape, tid, SYSCALL_FUTEX_X, NULL, N("res", 0), N("addr", 0x7f0000001000), N("op", 128),
		     N("val", 1));
		return;
	case MIX_EPOLL_WAIT:
		TAPE(m->tape, tid, SYSCALL_EPOLLWAIT_X, NULL, N("res", 1), N("maxevents", 64));
		return;
	case MIX_POLL:
		TAPE(m->tape, tid, SYSCALL_POLL_X, NULL, N("res", 1), B("fds", fds, sizeof(fds)), N("timeout", 100));
		return;
	default:
		TAPE(m->tape, tid, SYSCALL_GETPID_X, NULL, N("res", tid));
		return;
	}
}

static void some_path(struct mix *m, char path[NAME_ROOM])
{
	static const char *const forms[] = {"/usr/lib/x86_64-linux-gnu/lib%u.so.6", "/proc/%u/stat",
					    "/var/lib/server/data/%u/index", "/etc/server/conf.d/%u.conf",
					    "/sys/fs/cgroup/system.slice/s%u.service/memory.current"};
	uint32_t i = mix_random(m, PATHS);

	snprintf(path, NAME_ROOM, forms[i % (sizeof(forms) / sizeof(*forms))], i);
}

/* What makes an fd, and what takes one away. */
static bool on_opened(struct mix *m, uint32_t tid, struct mix_proc *p, enum mix_kind kind)
{
	int fd = MIX_FDS + (int)p->opened;
	char path[NAME_ROOM];
	uint8_t t[TUPLE_LEN];

	if (kind == MIX_CLOSE || kind == MIX_CONNECT ? p->opened == 0 : p->opened == MIX_OPENED_MAX)
		return false;
	switch (kind) {
	case MIX_CLOSE:
		p->opened--;
		close_fd(m, tid, fd - 1);
		return true;
	case MIX_CONNECT:
		if (!p->is_socket[p->opened - 1])
			return false;
		connect_socket(m, tid, fd - 1);
		return true;
	case MIX_OPENAT:
		some_path(m, path);
		mix_open(m, tid, fd, path);
		break;
	case MIX_SOCKET:
		make_socket(m, tid, fd);
		break;
	default:
		tuple(t, p->pid, fd);
		TAPE(m->tape, tid, SOCKET_ACCEPT4_6_X, context(m, fd, S_IFSOCK, SOCKFS_MAGIC, NULL), N("fd", fd),
		     B("tuple", t, sizeof(t)), N("queuepct", 0), N("queuelen", 0), N("queuemax", 128), N("flags", 0));
		break;
	}
	p->is_socket[p->opened++] = kind == MIX_SOCKET;
	return true;
}

/* A command that a service runs. */
static void birth(struct mix *m, uint32_t parent)
{
	static const char *const opened[] = {"/etc/ld.so.cache", "/usr/lib/x86_64-linux-gnu/libc.so.6",
					     "/usr/lib/locale/locale-archive"};
	uint32_t tid = m->tids++;

	mix_clone(m, parent, tid, tid, false);
	mix_exec(m, tid, parent, "true");
	for (size_t i = 0; i < sizeof(opened) / sizeof(*opened); i++) {
		mix_open(m, tid, MIX_FDS, opened[i]);
		TAPE(m->tape, tid, SYSCALL_FSTAT_X, NULL, N("res", 0), N("fd", MIX_FDS));
		close_fd(m, tid, MIX_FDS);
	}
	mix_exit(m, tid);
}

bool mix_event(struct mix *m, struct tape *t, enum mix_kind kind, struct mix_proc *p)
{
	uint32_t tid = p->pid + mix_random(m, MIX_THREADS);

	m->tape = t;
	switch (kind) {
	case MIX_READ:
	case MIX_WRITE:
	case MIX_FSTAT:
	case MIX_MMAP:
		on_file(m, tid, kind);
		return true;
	case MIX_RECVFROM:
	case MIX_SENDTO:
	case MIX_RECVMSG:
		on_socket(m, tid, p->pid, kind);
		return true;
	case MIX_OPENAT:
	case MIX_SOCKET:
	case MIX_CONNECT:
	case MIX_ACCEPT:
	case MIX_CLOSE:
		return on_opened(m, tid, p, kind);
	case MIX_BIRTH:
		birth(m, p->pid);
		return true;
	default:
		on_nothing(m, tid, kind);
		return true;
	}
}

/* ---- the host ---- */

void mix_begin(struct mix *m, struct tape *t)
{
	char name[NAME_ROOM];

	m->tape = t;
	for (uint32_t i = 0; i < MIX_PROCS; i++) {
		struct mix_proc *p = &m->procs[i];

		p->pid = m->tids;
		m->tids += MIX_THREADS;
		snprintf(name, sizeof(name), "server-%u", i);
		mix_clone(m, 1, p->pid, p->pid, false);
		mix_exec(m, p->pid, 1, name);
		for (uint32_t k = 1; k < MIX_THREADS; k++)
			mix_clone(m, p->pid, p->pid + k, p->pid, true);
		for (int fd = 0; fd < MIX_FILES; fd++) {
			some_path(m, name);
			mix_open(m, p->pid, fd, name);
		}
		for (int fd = MIX_FILES; fd < MIX_FDS; fd++)
			mix_connected(m, p->pid, fd);
	}
}

static enum mix_kind some_kind(struct mix *m)
{
	uint32_t left = mix_random(m, 1000);
	int kind = 0;

	while (left >= weights[kind])
		left -= weights[kind++];
	return (enum mix_kind)kind;
}

void mix_events(struct mix *m, struct tape *t, uint32_t n)
{
	while (n) {
		struct mix_proc *p = &m->procs[mix_random(m, MIX_PROCS)];
		enum mix_kind kind = some_kind(m);

		if (kind == MIX_CONNECT) { /* of a socket that has just been made */
			if (!mix_event(m, t, MIX_SOCKET, p))
				continue;
			n -= n > 1;
		}
		n -= mix_event(m, t, kind, p);
	}
	for (int i = 0; i < MIX_PROCS; i++)
		while (mix_event(m, t, MIX_CLOSE, &m->procs[i]))
			;
}

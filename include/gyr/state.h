/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads and their fds, as far as gyr knows them. Everything here is valid until the next call on the handle, but for
 * those that are declared here and gyr_stats_read.
 */
#ifndef GYR_STATE_H
#define GYR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef GYR_API
#define GYR_API __attribute__((visibility("default")))
#endif

struct gyr;
struct gyr_thread;
struct gyr_fd;

enum gyr_fd_type {
	GYR_FD_UNKNOWN,
	GYR_FD_FILE,
	GYR_FD_DIRECTORY,
	GYR_FD_DEVICE,
	GYR_FD_IPV4,
	GYR_FD_IPV6,
	GYR_FD_UNIX,
	GYR_FD_NETLINK,
	GYR_FD_PACKET,
	GYR_FD_SOCKET, /* of another family */
	GYR_FD_PIPE,
	GYR_FD_EVENTFD,
	GYR_FD_EVENTPOLL,
	GYR_FD_SIGNALFD,
	GYR_FD_TIMERFD,
	GYR_FD_INOTIFY,
	GYR_FD_MEMFD,
	GYR_FD_PIDFD,
	GYR_FD_IO_URING,
	GYR_FD_BPF,
	GYR_FD_ANON, /* another anonymous inode */
	GYR_FD_TYPES_
};

/* Where something that is known comes from. */
enum gyr_from {
	GYR_FROM_NOTHING,  /* it is not known */
	GYR_FROM_EVENT,	   /* an event told */
	GYR_FROM_SNAPSHOT, /* it was so when the capture began, and no event has changed it */
	GYR_FROM_LOOKUP,   /* looked up since */
	GYR_FROM_GUESS,	   /* concluded, from what may not be the whole truth */
	GYR_FROM_STALE,	   /* events that change it may have been lost; it is looked up again when there is time */
	GYR_FROMS_
};
/* "event", "snapshot", ...; "" out of range. */
GYR_API const char *gyr_from_name(enum gyr_from from);

/* What of a thread comes from one place. */
enum gyr_thread_field {
	GYR_THREAD_COMM,
	GYR_THREAD_EXE,	   /* exe, exepath, args */
	GYR_THREAD_CWD,	   /* cwd */
	GYR_THREAD_IDS,	   /* uid, gid, and struct gyr_thread_ids */
	GYR_THREAD_PARENT, /* ppid */
	GYR_THREAD_JOB,	   /* pgid, sid */
	GYR_THREAD_CGROUP, /* cgroup, container */
	GYR_THREAD_FIELDS_
};
GYR_API enum gyr_from gyr_thread_from(struct gyr *g, const struct gyr_thread *t, enum gyr_thread_field field);
/* Of what fd of thread t stands for. */
GYR_API enum gyr_from gyr_fd_from(struct gyr *g, const struct gyr_thread *t, const struct gyr_fd *fd);
enum gyr_runtime {
	GYR_RUNTIME_NONE,  /* on the host, or unknown */
	GYR_RUNTIME_OTHER, /* of a container, but the cgroup does not tell whose */
	GYR_RUNTIME_DOCKER,
	GYR_RUNTIME_CONTAINERD,
	GYR_RUNTIME_CRIO,
	GYR_RUNTIME_PODMAN,
	GYR_RUNTIME_NSPAWN,
	GYR_RUNTIME_LXC,	/* libvirt's containers as well */
	GYR_RUNTIME_ECS,	/* and Fargate */
	GYR_RUNTIME_KUBERNETES, /* of a pod, but the cgroup does not tell by which runtime */
	GYR_RUNTIMES_
};

GYR_API const struct gyr_thread *gyr_thread_by_tid(struct gyr *g, uint64_t tid);
/*
 * All of them: the first with prev NULL, NULL after the last. In no order, and each once, as long as nothing else is
 * called on the handle but what is declared here.
 */
GYR_API const struct gyr_thread *gyr_thread_next(struct gyr *g, const struct gyr_thread *prev);
GYR_API uint32_t gyr_thread_count(struct gyr *g);
GYR_API uint64_t gyr_thread_tid(const struct gyr_thread *t);
GYR_API uint64_t gyr_thread_pid(const struct gyr_thread *t);  /* thread group id; 0: unknown */
GYR_API uint64_t gyr_thread_ppid(const struct gyr_thread *t); /* 0: unknown or none */
/* Process group and session, as seen from the root pid namespace; 0: unknown. */
GYR_API uint64_t gyr_thread_pgid(const struct gyr_thread *t);
GYR_API uint64_t gyr_thread_sid(const struct gyr_thread *t);
/* Strings are "" when unknown, never NULL. */
GYR_API const char *gyr_thread_comm(const struct gyr_thread *t);
GYR_API const char *gyr_thread_exe(const struct gyr_thread *t);	    /* argv[0] */
GYR_API const char *gyr_thread_exepath(const struct gyr_thread *t); /* the file that runs */
/* argv[1] and on, each NUL-terminated, len bytes in all. */
GYR_API const char *gyr_thread_args(const struct gyr_thread *t, size_t *len);
GYR_API const char *gyr_thread_cwd(const struct gyr_thread *t);
/* The directory was removed: what was its path, /proc shows with " (deleted)" behind. */
GYR_API bool gyr_thread_cwd_deleted(const struct gyr_thread *t);
/*
 * Effective; UINT32_MAX: unknown. As the host's user namespace has it; of threads from before the capture as the user
 * namespace of the caller has it, which should be the same.
 */
GYR_API uint32_t gyr_thread_uid(const struct gyr_thread *t);
GYR_API uint32_t gyr_thread_gid(const struct gyr_thread *t);
/*
 * All of them: of users, groups, and capabilities as bits (capability.h; 0 when they are not known). A call that sets
 * some tells of the effective id only; the others follow when the thread is looked at again (GYR_FROM_STALE till then).
 */
struct gyr_thread_ids {
	uint32_t ruid, euid, suid, fsuid;
	uint32_t rgid, egid, sgid, fsgid;
	uint64_t cap_inheritable, cap_permitted, cap_effective;
};
GYR_API void gyr_thread_get_ids(const struct gyr_thread *t, struct gyr_thread_ids *out);
/* Path in the hierarchy that names a container best; "" unknown. */
GYR_API const char *gyr_thread_cgroup(const struct gyr_thread *t);
/*
 * By that path's form, without asking anybody; who may make cgroups below its own can give them such names. id; "" on
 * the host, or unknown.
 */
GYR_API const char *gyr_thread_container(const struct gyr_thread *t);
GYR_API enum gyr_runtime gyr_thread_runtime(const struct gyr_thread *t);
GYR_API const char *gyr_thread_pod(const struct gyr_thread *t); /* uid of the Kubernetes pod; "" of none */
/*
 * The name of a uid or gid, which is as the host has it: gyr_thread_uid's, or one of an event's params as far as these
 * are. "" when there is none, and for threads of a capture file. Names are as the file has them: in a container
 * anything that its owner wrote. Valid until the next call on the handle, but not spoiled by the other one of the two.
 *
 * From /etc/passwd or /etc/group of the mount namespace that t is in, when that is not the host's and reading it is
 * cheap: a regular file below 1 MiB, on a local file system. For a thread in a user namespace it is then the name of
 * the id inside, and "" for one that does not exist there. Otherwise, and with t NULL, from the host's files: then
 * *of_host is true (NULL: not wanted), and the names may mislead when t is in a container. A root that is changed by
 * chroot alone is not looked into, nor are sources of names other than files.
 *
 * What has been read is kept, and looked at anew after a second. Up to then names cost no system call; nothing is read
 * unless these are called.
 */
GYR_API const char *gyr_user_name(struct gyr *g, const struct gyr_thread *t, uint32_t uid, bool *of_host);
GYR_API const char *gyr_group_name(struct gyr *g, const struct gyr_thread *t, uint32_t gid, bool *of_host);
/* "docker", "cri-o", "systemd-nspawn", ...; "" for GYR_RUNTIME_NONE, and out of range. */
GYR_API const char *gyr_runtime_name(enum gyr_runtime r);
GYR_API const struct gyr_thread *gyr_thread_parent(struct gyr *g, const struct gyr_thread *t); /* NULL: unknown */
/* The first thread of its process, which may be t itself; NULL: unknown, or gone while others of it are still there. */
GYR_API const struct gyr_thread *gyr_thread_leader(struct gyr *g, const struct gyr_thread *t);
/* The nearest ancestor, so not t itself, that is called so (15 bytes count); NULL: none is, as far as is known. */
GYR_API const struct gyr_thread *gyr_thread_ancestor(struct gyr *g, const struct gyr_thread *t, const char *comm);
/* They have one table of fds, or one working directory, in common (CLONE_FILES, CLONE_FS): each sees what the other
 * changes. Of threads from before the capture whose sharing the kernel does not tell, those of one process do. */
GYR_API bool gyr_thread_shares_fds(const struct gyr_thread *a, const struct gyr_thread *b);
GYR_API bool gyr_thread_shares_fs(const struct gyr_thread *a, const struct gyr_thread *b);

GYR_API const struct gyr_fd *gyr_thread_fd(const struct gyr_thread *t, int64_t fd); /* NULL: unknown */
/* All that are known, as gyr_thread_next does. Threads that share a table have the same struct gyr_fd in it. */
GYR_API const struct gyr_fd *gyr_thread_fd_next(const struct gyr_thread *t, const struct gyr_fd *prev);
GYR_API int64_t gyr_fd_num(const struct gyr_fd *fd);
GYR_API enum gyr_fd_type gyr_fd_type(const struct gyr_fd *fd);
/* A path, a tuple "10.0.0.1:80->10.0.0.2:4242", "pipe:[123]", ...: as text; "" unknown. */
GYR_API const char *gyr_fd_name(const struct gyr_fd *fd);
/* As in the low 32 bits of stat's st_dev: major() and minor() take it. 0, as ino: unknown or none. */
GYR_API uint32_t gyr_fd_dev(const struct gyr_fd *fd);
GYR_API uint64_t gyr_fd_ino(const struct gyr_fd *fd);
/* The file has no name any more, at least not that one. */
GYR_API bool gyr_fd_deleted(const struct gyr_fd *fd);
GYR_API bool gyr_fd_cloexec(const struct gyr_fd *fd);
/* "file", "ipv4", ...: Falco's names where it has one; "" out of range. */
GYR_API const char *gyr_fd_type_name(enum gyr_fd_type t);

/* An inet socket's ends, as local and remote; false when it has none yet. addr: 4 or 16 bytes, network order. */
struct gyr_fd_tuple {
	uint8_t family;	 /* AF_INET or AF_INET6 */
	uint8_t l4proto; /* IPPROTO_*; 0 unknown */
	bool server;	 /* this end was accepted */
	uint8_t laddr[16], raddr[16];
	uint16_t lport, rport; /* host order */
};
GYR_API bool gyr_fd_get_tuple(const struct gyr_fd *fd, struct gyr_fd_tuple *out);

/* Which end of a connection it is. */
enum gyr_role {
	GYR_ROLE_NONE,	 /* no socket; neither so far, as of a socketpair; or unknown */
	GYR_ROLE_CLIENT, /* connected, or was the first to send */
	GYR_ROLE_SERVER, /* listens, was accepted, is bound, or was the first to receive */
};
GYR_API enum gyr_role gyr_fd_role(const struct gyr_fd *fd);
/* "", "client", "server". */
GYR_API const char *gyr_role_name(enum gyr_role r);

/*
 * As one JSON object, in the keys that gyr_event_json has for them, and with its contract. fd: one of t's, or of
 * another thread's with the same table. flags: 0.
 */
GYR_API int gyr_thread_json(const struct gyr_thread *t, char *buf, size_t size, uint32_t flags);
GYR_API int gyr_fd_json(const struct gyr_thread *t, const struct gyr_fd *fd, char *buf, size_t size, uint32_t flags);

#ifdef __cplusplus
}
#endif
#endif

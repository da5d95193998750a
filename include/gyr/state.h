/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Threads and their fds, as far as gyr knows them. Everything here is valid until the next call on the handle. */
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
GYR_API uint64_t gyr_thread_tid(const struct gyr_thread *t);
GYR_API uint64_t gyr_thread_pid(const struct gyr_thread *t);  /* thread group id; 0: unknown */
GYR_API uint64_t gyr_thread_ppid(const struct gyr_thread *t); /* 0: unknown or none */
/* Strings are "" when unknown, never NULL. */
GYR_API const char *gyr_thread_comm(const struct gyr_thread *t);
GYR_API const char *gyr_thread_exe(const struct gyr_thread *t);	    /* argv[0] */
GYR_API const char *gyr_thread_exepath(const struct gyr_thread *t); /* the file that runs */
/* argv[1] and on, each NUL-terminated, len bytes in all. */
GYR_API const char *gyr_thread_args(const struct gyr_thread *t, size_t *len);
GYR_API const char *gyr_thread_cwd(const struct gyr_thread *t);
/*
 * Effective; UINT32_MAX: unknown. As the host's user namespace has it; of threads from before the capture as the user
 * namespace of the caller has it, which should be the same.
 */
GYR_API uint32_t gyr_thread_uid(const struct gyr_thread *t);
GYR_API uint32_t gyr_thread_gid(const struct gyr_thread *t);
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

GYR_API const struct gyr_fd *gyr_thread_fd(const struct gyr_thread *t, int64_t fd); /* NULL: unknown */
GYR_API int64_t gyr_fd_num(const struct gyr_fd *fd);
GYR_API enum gyr_fd_type gyr_fd_type(const struct gyr_fd *fd);
/* A path, a tuple "10.0.0.1:80->10.0.0.2:4242", "pipe:[123]", ...: as text; "" unknown. */
GYR_API const char *gyr_fd_name(const struct gyr_fd *fd);
/* As in the low 32 bits of stat's st_dev: major() and minor() take it. 0, as ino: unknown or none. */
GYR_API uint32_t gyr_fd_dev(const struct gyr_fd *fd);
GYR_API uint64_t gyr_fd_ino(const struct gyr_fd *fd);
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

#ifdef __cplusplus
}
#endif
#endif

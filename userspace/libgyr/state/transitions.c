/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which event does what to the tables: one line an event type, with the params that its functions use, by name. */
#include <string.h>

#include "state/state.h"

struct transition {
	uint16_t type;
	transition_fn before, after;
	const char *args[RULE_ARGS];
	uint8_t fd_type;
	uint32_t cloexec;
	bool makes_thread;
	bool closes;
	bool failed; /* changes something also when it failed */
	uint8_t of;
	bool optional; /* tells of a socket or file what a look in /proc would tell as well */
};

#define ON(id)		.type = GYR_EVT_SYSCALL_##id
#define ONSOCK(id)	.type = GYR_EVT_SOCKET_##id
#define OPEN_ARGS(name) .of = OF_FDS, .args = {"fd", "flags", name, "dirfd", "dev", "ino"}, .cloexec = CLOEXEC_OPEN
#define MAKE(make, res, t, bit)                                                                                        \
	.of = OF_FDS, .before = make, .args = {res, "flags", "name", "cmd"}, .fd_type = t, .cloexec = bit
#define CLONE_ARGS                                                                                                     \
	.makes_thread = true,                                                                                          \
	.args = {"res", "exe", "args", "pid", "ptid", "cwd", "comm", "cgroups", "uid", "gid", "vtid", "flags"}
#define EXEC_ARGS                                                                                                      \
	.makes_thread = true, .args = {"res",		"exe",		"args",                                        \
				       "pid",		"ptid",		"cwd",                                         \
				       "comm",		"cgroups",	"uid",                                         \
				       "gid",		"vtid",		"trusted_exepath",                             \
				       "filename",	"pgid",		"cap_inheritable",                             \
				       "cap_permitted", "cap_effective"}
#define TUPLE_ARGS .args = {"res", "fd", "tuple", "addr", "msgcontrol"}
#define APPEAR	   .of = OF_FDS, .before = t_appear, .args = {"fd"}

static const struct transition transitions[] = {
	{ON(OPEN_X), .before = t_open, OPEN_ARGS("name")},
	{ON(OPENAT_2_X), .before = t_open, OPEN_ARGS("name")},
	{ON(OPENAT2_X), .before = t_open, OPEN_ARGS("name")},
	{ON(CREAT_X), .before = t_open, OPEN_ARGS("name")},
	{ON(OPEN_BY_HANDLE_AT_X), .before = t_open, OPEN_ARGS("path")},
	{ON(CLOSE_X), .of = OF_FDS, .after = t_close_after, .args = {"res", "fd"}, .closes = true, .failed = true},
	{ON(CLOSE_RANGE_X), .of = OF_FDS, .before = t_close_range, .after = t_close_range_after,
	 .args = {"res", "first", "last", "flags"}, .closes = true},
	{ON(DUP_1_X), .of = OF_FDS, .before = t_dup, .args = {"res", "oldfd"}},
	{ON(DUP2_X), .of = OF_FDS, .before = t_dup, .args = {"res", "oldfd"}},
	{ON(DUP3_X), .of = OF_FDS, .before = t_dup, .args = {"res", "oldfd", "flags"}, .cloexec = CLOEXEC_OPEN},
	{ON(FCNTL_X), .of = OF_FDS, .before = t_fcntl, .args = {"res", "fd", "cmd", "arg"}},
	{ON(PIPE_X), .of = OF_FDS, .before = t_pipe, .args = {"res", "fd1", "fd2", "ino", "flags"},
	 .cloexec = CLOEXEC_OPEN},
	{ON(PIPE2_X), .of = OF_FDS, .before = t_pipe, .args = {"res", "fd1", "fd2", "ino", "flags"},
	 .cloexec = CLOEXEC_OPEN},
	{ON(GETDENTS_X), .before = t_directory, .args = {"res", "fd"}, .optional = true},
	{ON(GETDENTS64_X), .before = t_directory, .args = {"res", "fd"}, .optional = true},

	{ON(EPOLL_CREATE_X), MAKE(t_make, "res", GYR_FD_EVENTPOLL, 0)},
	{ON(EPOLL_CREATE1_X), MAKE(t_make, "res", GYR_FD_EVENTPOLL, CLOEXEC_EPOLL)},
	{ON(EVENTFD_X), MAKE(t_make, "res", GYR_FD_EVENTFD, CLOEXEC_OPEN)},
	{ON(EVENTFD2_X), MAKE(t_make, "res", GYR_FD_EVENTFD, CLOEXEC_OPEN)},
	{ON(SIGNALFD_X), MAKE(t_make, "res", GYR_FD_SIGNALFD, 0)},
	{ON(SIGNALFD4_X), MAKE(t_make, "res", GYR_FD_SIGNALFD, CLOEXEC_OPEN)},
	/* Its flags do not fit the event's u8. When this is wrong the fd is looked up again after an exec. */
	{ON(TIMERFD_CREATE_X), MAKE(t_make, "res", GYR_FD_TIMERFD, CLOEXEC_ALWAYS)},
	{ON(INOTIFY_INIT_X), MAKE(t_make, "res", GYR_FD_INOTIFY, CLOEXEC_OPEN)},
	{ON(INOTIFY_INIT1_X), MAKE(t_make, "res", GYR_FD_INOTIFY, CLOEXEC_OPEN)},
	{ON(USERFAULTFD_X), MAKE(t_make, "res", GYR_FD_ANON, CLOEXEC_OPEN)},
	{ON(IO_URING_SETUP_X), MAKE(t_make, "res", GYR_FD_IO_URING, CLOEXEC_ALWAYS)},
	{ON(PIDFD_OPEN_X), MAKE(t_make, "fd", GYR_FD_PIDFD, CLOEXEC_ALWAYS)},
	{ON(MEMFD_CREATE_X), MAKE(t_memfd, "fd", GYR_FD_MEMFD, CLOEXEC_MEMFD)},
	{ON(BPF_2_X), MAKE(t_bpf, "fd", GYR_FD_BPF, CLOEXEC_ALWAYS)},
	{ON(LANDLOCK_CREATE_RULESET_X), MAKE(t_ruleset, "fd", GYR_FD_ANON, CLOEXEC_ALWAYS), .optional = true},

	{ON(PIDFD_GETFD_X), APPEAR},
	{ON(PERF_EVENT_OPEN_X), APPEAR},
	{ON(MQ_OPEN_X), APPEAR},
	{ON(OPEN_TREE_X), APPEAR},
	{ON(OPEN_TREE_ATTR_X), APPEAR},
	{ON(FSOPEN_X), APPEAR},
	{ON(FSMOUNT_X), APPEAR},
	{ON(FSPICK_X), APPEAR},
	{ON(FANOTIFY_INIT_X), APPEAR},
	{ON(MEMFD_SECRET_X), APPEAR},

	{ONSOCK(SOCKET_X), .of = OF_FDS, .before = t_socket, .args = {"fd", "domain", "type", "proto", "flags"},
	 .cloexec = CLOEXEC_OPEN},
	{ONSOCK(SOCKETPAIR_X), .of = OF_FDS, .before = t_socketpair,
	 .args = {"res", "domain", "type", "proto", "fd1", "fd2"}, .cloexec = CLOEXEC_OPEN},
	{ONSOCK(BIND_X), .before = t_bind, TUPLE_ARGS},
	{ONSOCK(LISTEN_X), .before = t_listen, .args = {"res", "fd"}},
	{ONSOCK(CONNECT_X), .before = t_connect, TUPLE_ARGS, .failed = true},
	{ONSOCK(ACCEPT_5_X), .of = OF_FDS, .before = t_accept, .args = {"fd", "tuple"}},
	{ONSOCK(ACCEPT4_6_X), .of = OF_FDS, .before = t_accept, .args = {"fd", "tuple", "flags"},
	 .cloexec = CLOEXEC_OPEN},
	{ONSOCK(SEND_X), .before = t_send, TUPLE_ARGS, .optional = true},
	{ONSOCK(SENDTO_X), .before = t_send, TUPLE_ARGS, .optional = true},
	{ONSOCK(SENDMSG_X), .before = t_send, TUPLE_ARGS, .optional = true},
	{ONSOCK(SENDMMSG_X), .before = t_send, TUPLE_ARGS, .optional = true},
	{ONSOCK(RECV_X), .before = t_receive, TUPLE_ARGS, .optional = true},
	{ONSOCK(RECVFROM_X), .before = t_receive, TUPLE_ARGS, .optional = true},
	{ONSOCK(RECVMSG_X), .before = t_receive_msg, TUPLE_ARGS},
	{ONSOCK(RECVMMSG_X), .before = t_receive, TUPLE_ARGS, .optional = true},

	{ON(CLONE_20_X), .before = t_clone, CLONE_ARGS},
	{ON(CLONE3_X), .before = t_clone, CLONE_ARGS},
	{ON(FORK_20_X), .before = t_clone, CLONE_ARGS},
	{ON(VFORK_20_X), .before = t_clone, CLONE_ARGS},
	{ON(EXECVE_19_X), .before = t_exec, EXEC_ARGS},
	{ON(EXECVEAT_X), .before = t_exec, EXEC_ARGS},
	{.type = GYR_EVT_PROCEXIT_1_E, .before = t_exit, .after = t_exit_after, .args = {"reaper_tid"}},

	{ON(CHDIR_X), .of = OF_FS, .before = t_chdir, .args = {"res", "path"}},
	{ON(FCHDIR_X), .of = OF_FS, .before = t_fchdir, .args = {"res", "fd"}},
	{ON(RENAME_X), .before = t_rename, .args = {"res", "oldpath", "newpath"}},
	{ON(RENAMEAT_X), .before = t_rename, .args = {"res", "oldpath", "newpath"}},
	{ON(RENAMEAT2_X), .before = t_rename, .args = {"res", "oldpath", "newpath"}},
	{ON(UNLINK_2_X), .before = t_rename, .args = {"res", "path"}},
	{ON(UNLINKAT_2_X), .before = t_rename, .args = {"res", "name"}},
	{ON(RMDIR_2_X), .before = t_rename, .args = {"res", "path"}},
	{.type = GYR_EVT_IO_URING_RENAMEAT_E, .before = t_rename, .args = {"res", "oldpath", "newpath"}},
	{.type = GYR_EVT_IO_URING_UNLINKAT_E, .before = t_rename, .args = {"res", "name"}},
	{ON(MOUNT_X), .before = t_mounts, .args = {"res"}},
	{ON(UMOUNT2_X), .before = t_mounts, .args = {"res"}},
	{ON(MOVE_MOUNT_X), .before = t_mounts, .args = {"res"}},

	{ON(CHROOT_X), .before = t_chroot, .args = {"res"}},
	{ON(PIVOT_ROOT_X), .before = t_chroot, .args = {"res"}},
	{ON(SETPGID_X), .before = t_setpgid, .args = {"res", "pid", "pgid"}},
	{ON(SETSID_X), .before = t_setsid, .args = {"res"}},
	{ON(SETNS_X), .before = t_setns, .args = {"res", "fd", "nstype"}},
	{ON(UNSHARE_X), .before = t_unshare, .args = {"res", "flags"}},
	{ON(PRCTL_X), .of = OF_THREAD, .before = t_prctl, .args = {"res", "option", "arg2_str"}},
	{ON(SETUID_X), .of = OF_THREAD, .before = t_uid, .args = {"res", "uid"}},
	{ON(SETREUID_X), .of = OF_THREAD, .before = t_uid, .args = {"res", "euid"}},
	{ON(SETRESUID_X), .of = OF_THREAD, .before = t_uid, .args = {"res", "euid"}},
	{ON(SETGID_X), .of = OF_THREAD, .before = t_gid, .args = {"res", "gid"}},
	{ON(SETREGID_X), .of = OF_THREAD, .before = t_gid, .args = {"res", "egid"}},
	{ON(SETFSUID_X), .of = OF_THREAD, .before = t_ids, .args = {"res"}},
	{ON(SETFSGID_X), .of = OF_THREAD, .before = t_ids, .args = {"res"}},
	{ON(CAPSET_X), .of = OF_THREAD, .before = t_ids, .args = {"res"}},
	{ON(SETRESGID_X), .of = OF_THREAD, .before = t_gid, .args = {"res", "egid"}},
};

static const struct transition *find_transition(uint16_t type)
{
	for (size_t i = 0; i < sizeof(transitions) / sizeof(*transitions); i++)
		if (transitions[i].type == type)
			return &transitions[i];
	return NULL;
}

bool state_needs(uint16_t type)
{
	const struct transition *t = find_transition(type);

	return t && !t->optional;
}

bool state_needs_failed(uint16_t type)
{
	const struct transition *t = find_transition(type);

	return t && t->failed;
}

static int param_index(const struct gyr_event_info *info, const char *name)
{
	for (uint32_t i = 0; name && i < info->nparams; i++)
		if (strcmp(info->params[i].name, name) == 0)
			return i;
	return -1;
}

static int first_fd(const struct gyr_event_info *info)
{
	for (uint32_t i = 0; i < info->nparams; i++)
		if (info->params[i].type == GYR_TYPE_FD && strcmp(info->params[i].name, "res") != 0)
			return i;
	return -1;
}

/* At an entry, and of an operation of io_uring, of which splice and tee have two fds: as of the system calls. */
static int fd_index_enter(const struct gyr_event_info *info)
{
	int fd = info->flags & GYR_EVF_USES_FD ? param_index(info, "fd") : -1;

	return fd < 0 && info->flags & GYR_EVF_USES_FD && info->type >= GYR_URING_TYPE_MIN ? first_fd(info) : fd;
}

/* The fd an event acts on or makes. For one that makes fds it is the result, which stands first; for pipes the first
 * end. */
static int fd_index(const struct gyr_event_info *info)
{
	if (!(info->flags & (GYR_EVF_USES_FD | GYR_EVF_CREATES_FD)) || info->nparams == 0 || info->type % 2 == 0)
		return fd_index_enter(info);
	/* Only some of their commands make one: t_bpf and t_ruleset say it. */
	if (info->type == GYR_EVT_SYSCALL_BPF_2_X || info->type == GYR_EVT_SYSCALL_LANDLOCK_CREATE_RULESET_X)
		return -1;
	if (info->flags & GYR_EVF_CREATES_FD) {
		int fd1 = param_index(info, "fd1");

		return fd1 >= 0 ? fd1 : 0;
	}
	return first_fd(info);
}

/* Which operations of io_uring make and close fds, the schema says. */
static void uring_rule(struct rule *r, const struct gyr_event_info *info)
{
	static const char *const args[] = {"ring", "user_data", "fd", "op"};

	r->of_anyone = info->type == GYR_EVT_IO_URING_COMPLETE_X;
	if (r->of_anyone)
		r->before = t_ring_done;
	else if (info->flags & GYR_EVF_DESTROYS_FD)
		r->after = t_ring_closes_after;
	else if (info->flags & GYR_EVF_CREATES_FD || info->type == GYR_EVT_IO_URING_OP_E)
		r->before = t_ring_makes;
	for (size_t a = 0; a < sizeof(args) / sizeof(*args); a++)
		r->arg[a] = param_index(info, args[a]);
}

void rules_init(struct state *st)
{
	const struct gyr_event_info *info;
	size_t i;

	for (i = 0; i < RULES_SCAP + RULES_EXT + RULES_OPS; i++) {
		memset(st->rules[i].arg, -1, sizeof(st->rules[i].arg));
		st->rules[i].fd = st->rules[i].res = -1;
		st->rules[i].unknown = COMPLETE_NOT;
	}
	for (i = 0; (info = gyr_event_info_at(i)); i++) {
		struct rule *r = state_rule(st, info->type);

		r->res = param_index(info, "res");
		r->fd = fd_index(info);
		r->unknown = complete_unknown(info);
		if (info->type >= GYR_URING_TYPE_MIN && info->type < GYR_URING_TYPE_MIN + RULES_OPS)
			uring_rule(r, info);
	}
	for (i = 0; i < sizeof(transitions) / sizeof(*transitions); i++) {
		const struct transition *t = &transitions[i];
		struct rule *r = state_rule(st, t->type);

		info = gyr_event_info_by_type(t->type);
		r->before = t->before;
		r->after = t->after;
		r->fd_type = t->fd_type;
		r->cloexec = t->cloexec;
		r->makes_thread = t->makes_thread;
		r->closes = t->closes;
		r->of = t->of;
		for (int a = 0; info && a < RULE_ARGS; a++)
			r->arg[a] = param_index(info, t->args[a]);
	}
}

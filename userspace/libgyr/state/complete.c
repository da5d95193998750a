/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the fd tells of an event: its category, where the schema leaves that to the fd, and the end that acts. */
#include <string.h>

#include "state/state.h"

/*
 * What input and output on a type of fd is. Falco's classes, but for unix sockets: they are net here, as their socket
 * and connect calls are in the schema. What cannot be said is unknown rather than a guess.
 */
const uint8_t complete_table[COMPLETE_ROWS] = {
	[GYR_FD_UNKNOWN] = GYR_CAT_UNKNOWN, [GYR_FD_FILE] = GYR_CAT_FILE,    [GYR_FD_DIRECTORY] = GYR_CAT_FILE,
	[GYR_FD_DEVICE] = GYR_CAT_FILE,	    [GYR_FD_IPV4] = GYR_CAT_NET,     [GYR_FD_IPV6] = GYR_CAT_NET,
	[GYR_FD_UNIX] = GYR_CAT_NET,	    [GYR_FD_NETLINK] = GYR_CAT_NET,  [GYR_FD_PACKET] = GYR_CAT_NET,
	[GYR_FD_SOCKET] = GYR_CAT_NET,	    [GYR_FD_PIPE] = GYR_CAT_IPC,     [GYR_FD_EVENTFD] = GYR_CAT_IPC,
	[GYR_FD_EVENTPOLL] = GYR_CAT_OTHER, [GYR_FD_SIGNALFD] = GYR_CAT_IPC, [GYR_FD_TIMERFD] = GYR_CAT_OTHER,
	[GYR_FD_INOTIFY] = GYR_CAT_IPC,	    [GYR_FD_MEMFD] = GYR_CAT_FILE,   [GYR_FD_PIDFD] = GYR_CAT_OTHER,
	[GYR_FD_IO_URING] = GYR_CAT_OTHER,  [GYR_FD_BPF] = GYR_CAT_OTHER,    [GYR_FD_ANON] = GYR_CAT_OTHER,
	[COMPLETE_NO_FD] = GYR_CAT_OTHER,
};

/* Of these the name tells what the fd is, also when the fd itself is not known, as the fixed files of io_uring. */
static const struct {
	const char *name;
	uint8_t type;
} only_on[] = {
	{"send", GYR_FD_SOCKET},
	{"sendto", GYR_FD_SOCKET},
	{"sendmsg", GYR_FD_SOCKET},
	{"sendmmsg", GYR_FD_SOCKET},
	{"recv", GYR_FD_SOCKET},
	{"recvfrom", GYR_FD_SOCKET},
	{"recvmsg", GYR_FD_SOCKET},
	{"recvmmsg", GYR_FD_SOCKET},
	{"io_uring_send", GYR_FD_SOCKET},
	{"io_uring_send_zc", GYR_FD_SOCKET},
	{"io_uring_sendmsg", GYR_FD_SOCKET},
	{"io_uring_sendmsg_zc", GYR_FD_SOCKET},
	{"io_uring_recv", GYR_FD_SOCKET},
	{"io_uring_recv_zc", GYR_FD_SOCKET},
	{"io_uring_recvmsg", GYR_FD_SOCKET},
	{"tee", GYR_FD_PIPE},
	{"io_uring_tee", GYR_FD_PIPE},
	{"vmsplice", GYR_FD_PIPE},
	{"io_uring_setup", GYR_FD_IO_URING},
	{"io_uring_enter", GYR_FD_IO_URING},
	{"io_uring_register", GYR_FD_IO_URING},
};

#define ANY_FD (GYR_EVF_USES_FD | GYR_EVF_CREATES_FD | GYR_EVF_DESTROYS_FD)

uint8_t complete_unknown(const struct gyr_event_info *info)
{
	size_t i;

	if (info->category != GYR_CAT_IO_READ && info->category != GYR_CAT_IO_WRITE &&
	    info->category != GYR_CAT_IO_OTHER)
		return COMPLETE_NOT;
	for (i = 0; i < sizeof(only_on) / sizeof(only_on[0]); i++)
		if (strcmp(only_on[i].name, info->name) == 0)
			return only_on[i].type;
	return info->flags & ANY_FD ? GYR_FD_UNKNOWN : COMPLETE_NO_FD;
}

GYR_API enum gyr_role gyr_event_role(const struct gyr_event *ev)
{
	return ev->fd ? gyr_fd_role(ev->fd) : GYR_ROLE_NONE;
}

GYR_API enum gyr_role gyr_fd_role(const struct gyr_fd *fd)
{
	const struct file *f = fd->slot.val;

	if (f->flags & FILE_SERVER)
		return GYR_ROLE_SERVER;
	return f->flags & FILE_CLIENT ? GYR_ROLE_CLIENT : GYR_ROLE_NONE;
}

GYR_API const char *gyr_role_name(enum gyr_role r)
{
	static const char *const names[] = {
		[GYR_ROLE_NONE] = "", [GYR_ROLE_CLIENT] = "client", [GYR_ROLE_SERVER] = "server"};

	return (size_t)r < sizeof(names) / sizeof(names[0]) ? names[r] : "";
}

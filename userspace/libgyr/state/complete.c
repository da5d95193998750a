/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "state/state.h"

/*
 * What input and output on a type of fd is. Falco's classes, but for unix sockets: they are net here, as their socket
 * and connect calls are in the schema. An fd that is not known leaves the category as the schema has it.
 */
enum gyr_category complete_category(enum gyr_category c, enum gyr_fd_type type)
{
	static const uint8_t by_type[GYR_FD_TYPES_] = {
		[GYR_FD_FILE] = GYR_CAT_FILE,	 [GYR_FD_DIRECTORY] = GYR_CAT_FILE, [GYR_FD_DEVICE] = GYR_CAT_FILE,
		[GYR_FD_IPV4] = GYR_CAT_NET,	 [GYR_FD_IPV6] = GYR_CAT_NET,	    [GYR_FD_UNIX] = GYR_CAT_NET,
		[GYR_FD_NETLINK] = GYR_CAT_NET,	 [GYR_FD_PACKET] = GYR_CAT_NET,	    [GYR_FD_SOCKET] = GYR_CAT_NET,
		[GYR_FD_PIPE] = GYR_CAT_IPC,	 [GYR_FD_EVENTFD] = GYR_CAT_IPC,    [GYR_FD_EVENTPOLL] = GYR_CAT_OTHER,
		[GYR_FD_SIGNALFD] = GYR_CAT_IPC, [GYR_FD_TIMERFD] = GYR_CAT_OTHER,  [GYR_FD_INOTIFY] = GYR_CAT_IPC,
		[GYR_FD_MEMFD] = GYR_CAT_FILE,	 [GYR_FD_PIDFD] = GYR_CAT_OTHER,    [GYR_FD_IO_URING] = GYR_CAT_OTHER,
		[GYR_FD_BPF] = GYR_CAT_OTHER,	 [GYR_FD_ANON] = GYR_CAT_OTHER,
	};

	if (c != GYR_CAT_IO_READ && c != GYR_CAT_IO_WRITE && c != GYR_CAT_IO_OTHER)
		return c;
	return by_type[type] ? by_type[type] : c;
}

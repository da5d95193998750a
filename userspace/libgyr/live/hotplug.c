// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hotplug.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <gyr/event.h>
#include <gyr/wire.h>

#define ONLINE "/sys/devices/system/cpu/online"
/* A page is what sysfs gives. */
#define LIST_MAX 4096

void cpu_list_parse(const char *list, bool *set, int n)
{
	memset(set, 0, (size_t)n * sizeof(*set));
	while (*list >= '0' && *list <= '9') {
		char *end;
		long first = strtol(list, &end, 10), last = first;

		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		for (; first <= last && first < n; first++)
			set[first] = true;
		list = *end == ',' ? end + 1 : end;
	}
}

/* Where it is forbidden, or in a network namespace that is not told, the list has to do. */
static int open_uevents(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = 1 /* from the kernel, not from udev */};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int hotplug_open(struct hotplug *h, int ncpus)
{
	h->ncpus = ncpus;
	ring_init(&h->ring, 0);
	/* All may go and come back before the next is read. */
	h->room = 2 * (size_t)ncpus + 64;
	h->online = calloc((size_t)ncpus, sizeof(*h->online));
	h->notes = calloc(h->room, sizeof(*h->notes));
	h->uevents = open_uevents();
	h->fd = open(ONLINE, O_RDONLY | O_CLOEXEC);
	if (h->fd < 0)
		return -errno;
	return h->online && h->notes ? 0 : -ENOMEM;
}

void hotplug_close(struct hotplug *h)
{
	if (h->fd >= 0)
		close(h->fd);
	if (h->uevents >= 0)
		close(h->uevents);
	free(h->online);
	free(h->notes);
}

bool hotplug_look(struct hotplug *h)
{
	char list[LIST_MAX + 1];
	ssize_t n = pread(h->fd, list, LIST_MAX, 0);

	if (n <= 0)
		return false;
	list[n] = '\0';
	cpu_list_parse(list, h->online, h->ncpus);
	return true;
}

bool hotplug_offline(struct hotplug *h, int cpu)
{
	struct statfs fs;

	/* lxcfs mounts a list of its own over the file, without CPUs that are online. */
	return !fstatfs(h->fd, &fs) && fs.f_type == SYSFS_MAGIC && hotplug_look(h) && !h->online[cpu];
}

bool hotplug_told(struct hotplug *h)
{
	bool told = false;
	char first;

	/* ENOBUFS: more was told than the socket holds. */
	while (h->uevents >= 0 && (recv(h->uevents, &first, sizeof(first), 0) >= 0 || errno == ENOBUFS))
		told = true;
	return told;
}

void hotplug_note(struct hotplug *h, uint64_t ts, int cpu, enum cpu_action action)
{
	h->noted++;
	if (h->n == h->room) {
		h->lost++;
		return;
	}
	h->notes[(h->first + h->n++) % h->room] =
		(struct cpu_note){.ts = ts, .cpu = (uint16_t)cpu, .action = (uint8_t)action};
}

bool hotplug_fill(struct hotplug *h)
{
	static const uint16_t type = GYR_EVT_CPU_HOTPLUG_E, lens[] = {sizeof(uint32_t), sizeof(uint32_t)};
	static const uint32_t nparams = 2, len = GYR_FRAME_HDR + sizeof(lens) + 2 * sizeof(uint32_t);
	const struct cpu_note *note = &h->notes[h->first];
	const uint32_t params[] = {note->cpu, note->action};
	uint64_t bad = 0;

	_Static_assert(GYR_FRAME_HDR + sizeof(lens) + sizeof(params) <= sizeof(h->frame), "room for the frame");
	if (!h->n)
		return false;
	memset(h->frame, 0, sizeof(h->frame)); /* no thread did it: its id is 0 */
	memcpy(h->frame + GYR_FRAME_TS, &note->ts, sizeof(note->ts));
	memcpy(h->frame + GYR_FRAME_LEN, &len, sizeof(len));
	memcpy(h->frame + GYR_FRAME_TYPE, &type, sizeof(type));
	memcpy(h->frame + GYR_FRAME_NPARAMS, &nparams, sizeof(nparams));
	memcpy(h->frame + GYR_FRAME_HDR, lens, sizeof(lens));
	memcpy(h->frame + GYR_FRAME_HDR + sizeof(lens), params, sizeof(params));
	ring_append(&h->ring, h->frame, len);
	h->ring.cpu = note->cpu;
	h->first = (h->first + 1) % h->room;
	h->n--;
	return ring_fill(&h->ring, &bad);
}

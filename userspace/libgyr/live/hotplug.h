/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CPUs that come and go: which are online, and the events that tell the consumer. */
#ifndef GYR_LIVE_HOTPLUG_H
#define GYR_LIVE_HOTPLUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

/* Values of cpu_hotplug's param "action". */
enum cpu_action { CPU_CAME = 1, CPU_WENT = 2 };

/* "0-3,5\n", as sysfs has sets of CPUs: says for each of n CPUs whether it is in the list. */
void cpu_list_parse(const char *list, bool *set, int n);

struct cpu_note {
	uint64_t ts;
	uint16_t cpu;
	uint8_t action;
};

struct hotplug {
	int fd;	     /* of the list of CPUs that are online */
	int uevents; /* readable when devices come and go; -1: not told, so the list is only looked at now and then */
	int ncpus;
	bool *online;		/* [ncpus]: as of the last look */
	struct ring ring;	/* what there is to be told, as frames: a ring without memory of the kernel's */
	struct cpu_note *notes; /* [room]: what is to become frames; the oldest is at `first` */
	size_t room, first, n;
	uint8_t frame[64];
	uint64_t noted, lost; /* lost: of those noted, because nobody read the others */
};

/* 0 or a negative errno; hotplug_close is due either way. */
int hotplug_open(struct hotplug *h, int ncpus);
void hotplug_close(struct hotplug *h);
/* Brings h->online up to date; false when it cannot. A read of sysfs: a microsecond. */
bool hotplug_look(struct hotplug *h);
/* The CPU is offline at this moment; false, too, when it cannot be told for certain. */
bool hotplug_offline(struct hotplug *h, int cpu);

/* Have devices come or gone? Takes what the kernel says of it from h->uevents. */
bool hotplug_told(struct hotplug *h);

void hotplug_note(struct hotplug *h, uint64_t ts, int cpu, enum cpu_action action);
/* Makes the oldest note the current frame of h->ring, which has none: true and h->ring.ts. */
bool hotplug_fill(struct hotplug *h);

#endif

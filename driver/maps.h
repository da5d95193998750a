/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map and every setting. */
#ifndef GYR_MAPS_H
#define GYR_MAPS_H

#include "attach.h"
#include "settings.h"

/*
 * One struct, because variables in .bss and .data are not laid out in order of declaration. It is in .data rather
 * than .bss for the magic: the library knows a probe of ours, and its version, before it loads it.
 */
struct gyr_settings gyr_set SEC(".data") = {
	.magic = GYR_WIRE_MAGIC,
	.version = GYR_WIRE_VERSION,
	.build = GYR_BUILD,
};

/* Per-CPU state and batch; an ARRAY keyed by CPU and not a PERCPU_ARRAY, which cannot be mmapped. Sized at load. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct gyr_cpu);
} gyr_cpus SEC(".maps");

/* The rings, one a CPU: opened and put here by the library. Sized at load. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} gyr_rings SEC(".maps");

/* Slot -> filler. An empty slot is a system call that is off. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, GYR_SLOTS_MAX);
	__type(key, u32);
	__type(value, u32);
} gyr_fillers SEC(".maps");

/* Thread groups that GYR_FILTER_TGID lets through. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, u8);
} gyr_follow SEC(".maps");

#endif

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

const volatile struct gyr_chosen gyr_chosen SEC(".rodata.gyr") = {.latency = GYR_LATENCY_OFF, .goes_on = 0};

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

/* GYR_FILTER_FOLLOW: thread group -> the one in GYR_LIST_PID that it is, or descends from. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, u32);
} gyr_follow SEC(".maps");

/* The lists of both selections: what is in a list -> GYR_IN, GYR_OUT. Written by the library only. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct gyr_list_key);
	__type(value, u8);
} gyr_lists SEC(".maps");

/* The last entry of a thread. */
struct entry {
	u64 ts; /* 0: it has come out again */
	u32 nr;
	u32 unused;
};

/*
 * One of the two is made, when latencies are asked for. The first is a task storage then, which the library makes it:
 * an object that has one does not load before 5.11. The second, by the address of the task, which an exec does not
 * change as it does the id of a thread, is sized.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} gyr_entry_task SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct entry);
} gyr_entry_hash SEC(".maps");

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When a thread entered the system call that it comes out of. What cannot be kept is an unknown latency, no lost event;
 * an entry that is not of the call that comes out is none.
 */
#ifndef GYR_LATENCY_H
#define GYR_LATENCY_H

#include "filter.h"

#define BPF_LOCAL_STORAGE_GET_F_CREATE 1 /* UAPI (linux/bpf.h) */

static __always_inline struct entry *find_entry(const struct caller *who, u64 flags)
{
	u64 key = (u64)who->task;

	if (gyr_chosen.latency == GYR_LATENCY_TASK)
		return bpf_task_storage_get(&gyr_entry_task, who->task, NULL, flags);
	return bpf_map_lookup_elem(&gyr_entry_hash, &key);
}

static __always_inline void keep_entry(const struct caller *who, u32 nr)
{
	struct entry *entry = find_entry(who, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct entry first = {.nr = nr};
	u64 key = (u64)who->task;
	u64 ts = bpf_ktime_get_boot_ns() + gyr_set.boot_ns;

	if (entry) {
		entry->nr = nr;
		entry->ts = ts;
	} else if (gyr_chosen.latency == GYR_LATENCY_HASH) {
		first.ts = ts;
		bpf_map_update_elem(&gyr_entry_hash, &key, &first, BPF_ANY);
	}
}

/* Once a call: its frames find it in their CPU. */
static __always_inline void take_entry(const struct caller *who, u32 nr)
{
	struct gyr_cpu *cpu = this_cpu();
	struct entry *entry;

	if (!cpu)
		return;
	cpu->entered = 0;
	entry = find_entry(who, 0);
	if (!entry)
		return;
	if (entry->nr == nr)
		cpu->entered = entry->ts;
	entry->ts = 0;
}

/* Task storage goes with its task. */
static __always_inline void forget_entry(struct task_struct *task)
{
	u64 key = (u64)task;

	if (gyr_chosen.latency == GYR_LATENCY_HASH)
		bpf_map_delete_elem(&gyr_entry_hash, &key);
}

/*
 * Attached only when latencies are asked for. nr is as the caller's kind of system calls has it, as at the exit; which
 * call of a 32-bit caller's it is, and so whether the thread's name matters, shows there.
 */
SEC_TP(sys_enter)
int gyr_enter(u64 *ctx)
{
	struct pt_regs *regs = call_regs(ctx);
	u32 nr = regs_nr(regs);
	struct caller who;
	u8 interest;
	u32 now;

	if (gyr_chosen.latency == GYR_LATENCY_OFF)
		return 0;
	KEEP(nr);
	if (nr >= GYR_SYSCALLS_MAX)
		return 0;
	now = selection_now();
	interest = gyr_set.sel[now].interest[nr];
	if (interest == GYR_OFF)
		return 0;
	who = caller();
	if (in_compat_call(who.task, regs, nr))
		interest |= GYR_STATE;
	else if (!(interest & GYR_KINDS))
		return 0;
	if (!entry_wanted(&who, now, interest))
		return 0;
	keep_entry(&who, nr);
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose events are wanted. */
#ifndef GYR_FILTER_H
#define GYR_FILTER_H

#include "arch.h"
#include "ring_helpers.h"

struct caller {
	u32 tid, tgid;
	struct task_struct *task; /* of a known type if HAVE_TASK_BTF */
};

static __always_inline struct caller caller(void)
{
	struct caller who;

	if (HAVE_TASK_BTF) {
		struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();

		who.tid = task->pid;
		who.tgid = task->tgid;
		who.task = task;
	} else {
		u64 ids = bpf_get_current_pid_tgid();

		who.tid = ids;
		who.tgid = ids >> 32;
		who.task = (struct task_struct *)bpf_get_current_task();
	}
	return who;
}

static __always_inline bool comm_wanted(void)
{
	union {
		char comm[GYR_COMM_LEN];
		u64 words[2];
	} now = {.words = {0, 0}}; /* 6.1 leaves what is behind the NUL as it was */
	const u64 *want = (const u64 *)gyr_set.comm;

	if (bpf_get_current_comm(&now, sizeof(now)))
		return false;
	return now.words[0] == want[0] && now.words[1] == want[1];
}

static __always_inline bool process_wanted(const struct caller *who)
{
	u32 tgid = who->tgid;

	if (tgid == gyr_set.self_tgid)
		return false;
	if (gyr_set.filters == 0)
		return true;
	return !(gyr_set.filters & GYR_FILTER_TGID) || bpf_map_lookup_elem(&gyr_follow, &tgid);
}

/* interest: in the event, GYR_STATE or not. */
static __always_inline bool name_wanted(u32 interest)
{
	return !(gyr_set.filters & GYR_FILTER_COMM) || interest & GYR_STATE || comm_wanted();
}

static __always_inline bool caller_wanted(const struct caller *who, u32 interest)
{
	return process_wanted(who) && name_wanted(interest);
}

/* nr: a constant. False: the entry is not wanted, or its frame cannot be built, which is counted. */
static __always_inline bool enter_begin(void *ctx, struct frame *f, u32 nr, u16 type, u32 nparams)
{
	struct caller who;
	u8 interest = gyr_set.enter[nr];

	if (interest == GYR_OFF)
		return false;
	who = caller();
	return caller_wanted(&who, interest) && frame_begin_of(ctx, f, who.tid, type, nparams);
}

#endif

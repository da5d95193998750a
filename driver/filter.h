/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which events are wanted: of which callers, with which results, and of how many one. */
#ifndef GYR_FILTER_H
#define GYR_FILTER_H

#include "arch.h"
#include "filler_helpers.h"
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

enum verdict {
	DROPPED,
	FOR_STATE, /* for the tables only */
	WANTED,
};

/* GYR_IN, GYR_OUT, both or none. */
static __always_inline u32 listed(u32 now, enum gyr_list list, u64 val0, u64 val1)
{
	struct gyr_list_key key = {.list = list, .now = now, .val = {val0, val1}};
	const u8 *how = bpf_map_lookup_elem(&gyr_lists, &key);

	return how ? *how : 0;
}

static __always_inline bool wanted_as(u32 how, bool only)
{
	return !(how & GYR_OUT) && (!only || how & GYR_IN);
}

static __always_inline bool list_wants(u32 filters, u32 now, enum gyr_list list, u64 val0, u64 val1)
{
	if (!(filters & GYR_FILTER_LIST(list)))
		return true;
	return wanted_as(listed(now, list, val0, val1), filters & GYR_FILTER_ONLY(list));
}

static __always_inline bool process_wanted(u32 filters, u32 now, u32 tgid)
{
	const u32 *root;

	if (!(filters & GYR_FILTER_LIST(GYR_LIST_PID)))
		return true;
	if (filters & GYR_FILTER_FOLLOW) {
		root = bpf_map_lookup_elem(&gyr_follow, &tgid);
		tgid = root ? *root : 0;
	}
	return list_wants(filters, now, GYR_LIST_PID, tgid, 0);
}

/* Without cgroups in the kernel (CONFIG_CGROUPS) it has no such helpers, and the library no such lists. */
#define HAVE_CGROUPS bpf_core_field_exists(struct task_struct, cgroups)

/* Of the caller's cgroup, the ancestor at that level, or itself; 0: it lies higher. */
static __always_inline u64 cgroup_at(u32 level)
{
	struct task_struct *task;
	struct cgroup *cgroup;
	u64 id = 0;

	/* Programs of tracepoints have the helper since 5.14. */
	if (!bpf_core_field_exists(struct cgroup, ancestor_ids))
		return bpf_get_current_ancestor_cgroup_id(level);
	task = (struct task_struct *)bpf_get_current_task();
	cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	if (level <= (u32)BPF_CORE_READ(cgroup, level))
		bpf_probe_read_kernel(&id, sizeof(id),
				      (void *)cgroup + bpf_core_field_offset(struct cgroup, ancestor_ids) +
					      level * sizeof(id));
	return id;
}

/* In a cgroup of the lists, or below one of the trees, of which only those levels are looked at where one begins. */
static __always_inline bool cgroup_wanted(const struct gyr_selection *sel, u32 now)
{
	u32 filters = sel->filters, levels = sel->levels, how = 0;

	if (!(filters & (GYR_FILTER_LIST(GYR_LIST_CGROUP) | GYR_FILTER_LIST(GYR_LIST_TREE))) || !HAVE_CGROUPS)
		return true;
	if (filters & GYR_FILTER_LIST(GYR_LIST_CGROUP))
		how = listed(now, GYR_LIST_CGROUP, bpf_get_current_cgroup_id(), 0);
#pragma clang loop unroll(disable)
	for (u32 level = 0; level < GYR_CGROUP_LEVELS; level++) {
		KEEP(levels);
		if (levels & 1)
			how |= listed(now, GYR_LIST_TREE, cgroup_at(level), 0);
		levels >>= 1;
	}
	return wanted_as(how, filters & (GYR_FILTER_ONLY(GYR_LIST_CGROUP) | GYR_FILTER_ONLY(GYR_LIST_TREE)));
}

static __always_inline u32 effective_uid(void)
{
	if (HAVE_TASK_BTF)
		return ((struct task_struct *)bpf_get_current_task_btf())->cred->euid.val;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), cred, euid.val);
}

static __always_inline bool comm_wanted(u32 filters, u32 now)
{
	union {
		char comm[GYR_COMM_LEN];
		u64 words[2];
	} name = {.words = {0, 0}}; /* 6.1 leaves what is behind the NUL as it was */

	if (!(filters & GYR_FILTER_LIST(GYR_LIST_COMM)))
		return true;
	bpf_get_current_comm(&name, sizeof(name));
	return list_wants(filters, now, GYR_LIST_COMM, name.words[0], name.words[1]);
}

/* What is not wanted for itself. */
static __always_inline enum verdict or_state(u32 interest)
{
	return interest & GYR_STATE ? FOR_STATE : DROPPED;
}

static __always_inline enum verdict judge_caller(const struct caller *who, u32 now, u32 interest)
{
	const struct gyr_selection *sel = &gyr_set.sel[now];
	u32 filters = sel->filters;

	if (!process_wanted(filters, now, who->tgid) || !cgroup_wanted(sel, now))
		return DROPPED;
	if (!list_wants(filters, now, GYR_LIST_TID, who->tid, 0))
		return or_state(interest);
	if (filters & GYR_FILTER_LIST(GYR_LIST_UID) && !list_wants(filters, now, GYR_LIST_UID, effective_uid(), 0))
		return or_state(interest);
	return comm_wanted(filters, now) ? WANTED : or_state(interest);
}

/* include/linux/err.h: MAX_ERRNO */
static __always_inline bool is_error(s64 ret)
{
	return (u64)ret >= (u64)-4095;
}

static __always_inline enum verdict judge_result(u32 filters, u32 interest, s64 ret)
{
	if (filters & (is_error(ret) ? GYR_FILTER_NOT_FAILED : GYR_FILTER_ONLY_FAILED))
		return or_state(interest);
	return WANTED;
}

/* Every CPU counts for itself, and begins with one that is wanted. */
static __always_inline enum verdict judge_sample(u32 now, u32 interest, u32 slot)
{
	struct gyr_cpu *cpu = this_cpu();
	u32 of, left;

	slot &= GYR_SLOTS_MAX - 1;
	if (!cpu)
		return WANTED;
	of = gyr_set.sel[now].sample[slot];
	left = cpu->sample_left[slot];
	if (left == 0 || left >= of) { /* the latter: of an older selection */
		cpu->sample_left[slot] = of - 1;
		return WANTED;
	}
	cpu->sample_left[slot] = left - 1;
	cpu->sampled_out++;
	return or_state(interest);
}

/* The next frame on this CPU, which is that of the event which has been judged, is for the tables. */
static __always_inline bool begins(enum verdict verdict)
{
	struct gyr_cpu *cpu;

	if (verdict == FOR_STATE) {
		cpu = this_cpu();
		if (cpu)
			cpu->marks = GYR_FRAME_STATE;
	}
	return verdict != DROPPED;
}

/* Which selection is in force: to be read once. */
static __always_inline u32 selection_now(void)
{
	u32 now = *(volatile u32 *)&gyr_set.now & 1;

	KEEP(now); /* clang 14 tests it anew where it is used */
	return now & 1;
}

/* Of a system call that has ended. False: there is to be no event of it. */
static __always_inline bool call_wanted(const struct caller *who, u32 now, u32 interest, s64 ret, u32 slot)
{
	enum verdict verdict, of_result;

	if (who->tgid == gyr_set.self_tgid)
		return false;
	if (!(interest & GYR_JUDGED))
		return true;
	verdict = judge_caller(who, now, interest);
	if (verdict == DROPPED)
		return false;
	of_result = judge_result(gyr_set.sel[now].filters, interest, ret);
	if (of_result < verdict)
		verdict = of_result;
	if (verdict == WANTED && interest & GYR_SAMPLED)
		verdict = judge_sample(now, interest, slot);
	/* Few of the calls that fail change anything. */
	if (verdict == FOR_STATE && is_error(ret) && (!(interest & GYR_STATE_FAILED) || ret == -EBADF))
		return false;
	return begins(verdict);
}

/* Of an event without a result, which did neither fail nor succeed. */
static __always_inline bool event_wanted(const struct caller *who, u32 now, u32 interest)
{
	enum verdict verdict;

	if (who->tgid == gyr_set.self_tgid)
		return false;
	if (!(interest & GYR_JUDGED))
		return true;
	verdict = judge_caller(who, now, interest);
	if (verdict == WANTED && gyr_set.sel[now].filters & GYR_FILTER_ONLY_FAILED)
		verdict = or_state(interest);
	return begins(verdict);
}

/* At the entry of a system call: can there be an event of it? interest: of its slot, or of one that may stand for it.
 */
static __always_inline bool entry_wanted(const struct caller *who, u32 now, u32 interest)
{
	if (who->tgid == gyr_set.self_tgid)
		return false;
	return !(interest & GYR_JUDGED) || judge_caller(who, now, interest) != DROPPED;
}

/* nr: a constant. False: the entry is not wanted, or its frame cannot be built, which is counted. */
static __always_inline bool enter_begin(void *ctx, struct frame *f, u32 nr, u16 type, u32 nparams)
{
	u32 now = selection_now();
	u8 interest = gyr_set.sel[now].enter[nr];
	struct caller who;

	if (interest == GYR_OFF)
		return false;
	who = caller();
	return event_wanted(&who, now, interest) && frame_begin_of(ctx, f, who.tid, type, nparams);
}

/* Likewise of a tracepoint that is no system call's. */
static __always_inline bool tracepoint_wanted(const struct caller *who, enum gyr_tracepoint tp)
{
	u32 now = selection_now();
	u8 interest = gyr_set.sel[now].tracepoint[tp];

	return interest != GYR_OFF && event_wanted(who, now, interest);
}

#endif

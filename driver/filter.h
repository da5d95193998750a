/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which events are wanted: of which callers, with which results, and of how many one. */
#ifndef GYR_FILTER_H
#define GYR_FILTER_H

#include "arch.h"
#include "filler_helpers.h"
#include "ring_helpers.h"

struct caller {
	u32 tid, tgid;
	u32 marks;		  /* of the frame that it makes: GYR_FRAME_STATE or 0 */
	struct task_struct *task; /* of a known type if HAVE_TASK_BTF */
};

static __always_inline struct caller caller(void)
{
	struct caller who = {.marks = 0};

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

/* As one word: see this_cpu. */
static __always_inline void key_begin(struct gyr_list_key *key, u32 now, enum gyr_list list)
{
	STORE(u64, key, (u64)now << 32 | list);
}

/* GYR_IN, GYR_OUT, both or none. */
static __always_inline u32 listed(u32 now, enum gyr_list list, u64 val0, u64 val1)
{
	struct gyr_list_key key = {.val = {val0, val1}};
	const u8 *how;

	key_begin(&key, now, list);
	how = bpf_map_lookup_elem(&gyr_lists, &key);

	return how ? *how : 0;
}

/* Without a branch for each of the bits: what is behind them would be followed once for each way. */
static __always_inline bool wanted_as(u32 how, u32 only)
{
	return !(how & GYR_OUT || (only & ~how & GYR_IN));
}

static __always_inline u32 has_only(u32 filters, enum gyr_list list)
{
	return filters >> (GYR_LISTS + list) & 1;
}

/* Without such a list no bit of `filters` is about it. */
static __always_inline bool list_wants(const struct caller *who, u32 filters, u32 now, enum gyr_list list, u64 val0,
				       u64 val1)
{
	u32 how = listed(now, list, val0, val1);

	HIDE(how, who->tid);
	return wanted_as(how, has_only(filters, list));
}

static __always_inline bool process_wanted(const struct caller *who, u32 filters, u32 now)
{
	u64 tgid = who->tgid; /* see this_cpu */
	const u32 *root;

	if (!(filters & GYR_FILTER_LIST(GYR_LIST_PID)))
		return true;
	if (filters & GYR_FILTER_FOLLOW) {
		root = bpf_map_lookup_elem(&gyr_follow, &tgid);
		tgid = root ? *root : 0;
		HIDE(tgid, (u64)who->tid);
	}
	return list_wants(who, filters, now, GYR_LIST_PID, tgid, 0);
}

/* Without cgroups in the kernel (CONFIG_CGROUPS) it has no such helpers, and the library no such lists. */
#define HAVE_CGROUPS bpf_core_field_exists(struct task_struct, cgroups)

/* The caller's, where programs of tracepoints lack the helper for its ancestors, which they have since 5.14. */
struct ancestry {
	struct cgroup *cgroup;
	u32 level;
};

static __always_inline struct ancestry ancestry(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct ancestry a = {};
	struct cgroup *cgroup; /* CO-RE looks at all types on the way to a field */

	if (bpf_core_field_exists(struct cgroup, ancestor_ids)) {
		cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
		a.cgroup = cgroup;
		a.level = BPF_CORE_READ(cgroup, level);
	}
	return a;
}

/* Of the caller's cgroup, the ancestor at that level, or itself; 0: it lies higher. */
static __always_inline u64 cgroup_at(const struct ancestry *a, u32 level)
{
	u64 id = 0;

	if (!bpf_core_field_exists(struct cgroup, ancestor_ids))
		return bpf_get_current_ancestor_cgroup_id(level);
	if (level <= a->level)
		bpf_probe_read_kernel(&id, sizeof(id),
				      (void *)a->cgroup + bpf_core_field_offset(struct cgroup, ancestor_ids) +
					      level * sizeof(id));
	return id;
}

/* In a cgroup of the lists, or below one of the trees, of which only those levels are looked at where one begins. */
static __always_inline bool cgroup_wanted(const struct caller *who, const struct gyr_selection *sel, u32 now)
{
	u32 filters = sel->filters, levels = sel->levels, how = 0;
	struct gyr_list_key key = {};
	struct ancestry a;
	const u8 *found;

	if (!(filters & (GYR_FILTER_LIST(GYR_LIST_CGROUP) | GYR_FILTER_LIST(GYR_LIST_TREE))) || !HAVE_CGROUPS)
		return true;
	if (filters & GYR_FILTER_LIST(GYR_LIST_CGROUP))
		how = listed(now, GYR_LIST_CGROUP, bpf_get_current_cgroup_id(), 0);
	a = ancestry();
	key_begin(&key, now, GYR_LIST_TREE);
	/* A verifier that comes to one place with many values of `level` gives up what it has seen there. */
#pragma clang loop unroll_count(8)
	for (u32 level = 0; level < GYR_CGROUP_LEVELS; level++) {
		HIDE(how, who->tid);
		HIDE(levels, who->tid);
		if (levels & 1) {
			key.val[0] = cgroup_at(&a, level);
			found = bpf_map_lookup_elem(&gyr_lists, &key);
			if (found)
				how |= *found;
		}
		levels >>= 1;
	}
	HIDE(how, who->tid);
	return wanted_as(how, has_only(filters, GYR_LIST_CGROUP) | has_only(filters, GYR_LIST_TREE));
}

static __always_inline bool uid_wanted(const struct caller *who, u32 filters, u32 now)
{
	/* To follow a pointer in a task of a known type takes the verifier a search of all the kernel's BTF. */
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return !(filters & GYR_FILTER_LIST(GYR_LIST_UID)) ||
	       list_wants(who, filters, now, GYR_LIST_UID, BPF_CORE_READ(task, cred, euid.val), 0);
}

static __always_inline bool comm_wanted(const struct caller *who, u32 filters, u32 now)
{
	union {
		char comm[GYR_COMM_LEN];
		u64 words[2];
	} name = {.words = {0, 0}}; /* 6.1 leaves what is behind the NUL as it was */

	if (!(filters & GYR_FILTER_LIST(GYR_LIST_COMM)))
		return true;
	bpf_get_current_comm(&name, sizeof(name));
	return list_wants(who, filters, now, GYR_LIST_COMM, name.words[0], name.words[1]);
}

static __always_inline bool tid_wanted(const struct caller *who, u32 filters, u32 now)
{
	return !(filters & GYR_FILTER_LIST(GYR_LIST_TID)) || list_wants(who, filters, now, GYR_LIST_TID, who->tid, 0);
}

/* A process is inside or outside, and so are its tables ... */
static __always_inline bool group_wanted(const struct caller *who, u32 now)
{
	const struct gyr_selection *sel = &gyr_set.sel[now];

	return process_wanted(who, sel->filters, now) && cgroup_wanted(who, sel, now);
}

/* ... but of one that is inside not every thread is wanted for itself. */
static __always_inline bool thread_wanted(const struct caller *who, u32 now)
{
	u32 filters = gyr_set.sel[now].filters;

	return tid_wanted(who, filters, now) && uid_wanted(who, filters, now) && comm_wanted(who, filters, now);
}

/* include/linux/err.h: MAX_ERRNO */
static __always_inline bool is_error(s64 ret)
{
	return (u64)ret >= (u64)-4095;
}

static __always_inline bool result_wanted(u32 now, s64 ret)
{
	return !(gyr_set.sel[now].filters & (is_error(ret) ? GYR_FILTER_NOT_FAILED : GYR_FILTER_ONLY_FAILED));
}

/* Every CPU counts for itself, and begins with one that is wanted. */
static __always_inline bool sample_wanted(u32 now, u32 slot)
{
	struct gyr_cpu *cpu = this_cpu();
	u32 of, left;

	slot &= GYR_SLOTS_MAX - 1;
	if (!cpu)
		return true;
	of = gyr_set.sel[now].sample[slot];
	left = cpu->sample_left[slot];
	if (left == 0 || left >= of) { /* the latter: of an older selection */
		cpu->sample_left[slot] = of - 1;
		return true;
	}
	cpu->sample_left[slot] = left - 1;
	cpu->sampled_out++;
	return false;
}

/* What is not wanted for itself may be for the tables: then its frame says so. */
static __always_inline bool state_wanted(struct caller *who, u32 interest)
{
	if (!(interest & GYR_STATE))
		return false;
	who->marks = GYR_FRAME_STATE;
	return true;
}

/*
 * For the program that comes by a tail call. What an interrupt makes of its own has its marks by itself: before 5.12
 * completions of io_uring come anywhere.
 */
static __always_inline void leave_marks(const struct caller *who)
{
	struct gyr_cpu *cpu;

	if (!who->marks)
		return;
	cpu = this_cpu();
	if (cpu)
		cpu->marks = GYR_FRAME_STATE;
}

/* Which selection is in force: to be read once. */
static __always_inline u32 selection_now(void)
{
	u32 now = *(volatile u32 *)&gyr_set.now & 1;

	KEEP(now); /* clang 14 tests it anew where it is used */
	return now & 1;
}

/* Of a system call that has ended, by another caller than the library. False: there is to be no event of it. */
static __always_inline bool call_passes(struct caller *who, u32 now, u32 interest, s64 ret, u32 slot)
{
	if (!(interest & GYR_JUDGED))
		return true;
	if (!group_wanted(who, now))
		return false;
	if (thread_wanted(who, now) && result_wanted(now, ret) &&
	    (!(interest & GYR_SAMPLED) || sample_wanted(now, slot)))
		return true;
	/* Few of the calls that fail change anything. */
	if (is_error(ret) && (!(interest & GYR_STATE_FAILED) || ret == -EBADF))
		return false;
	return state_wanted(who, interest);
}

static __always_inline bool call_wanted(struct caller *who, u32 now, u32 interest, s64 ret, u32 slot)
{
	return who->tgid != gyr_set.self_tgid && call_passes(who, now, interest, ret, slot);
}

/* Of an event without a result, which did neither fail nor succeed. */
static __always_inline bool event_wanted(struct caller *who, u32 now, u32 interest)
{
	if (who->tgid == gyr_set.self_tgid)
		return false;
	if (!(interest & GYR_JUDGED))
		return true;
	if (!group_wanted(who, now))
		return false;
	if (thread_wanted(who, now) && !(gyr_set.sel[now].filters & GYR_FILTER_ONLY_FAILED))
		return true;
	return state_wanted(who, interest);
}

/* At the entry of a system call: can there be an event of it? interest: of its slot, or of one that may stand for it.
 */
static __always_inline bool entry_wanted(const struct caller *who, u32 now, u32 interest)
{
	if (who->tgid == gyr_set.self_tgid)
		return false;
	if (!(interest & GYR_JUDGED))
		return true;
	return group_wanted(who, now) && (interest & GYR_STATE || thread_wanted(who, now));
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
	return event_wanted(&who, now, interest) && frame_begin_of(ctx, f, who.tid, who.marks, type, nparams);
}

/* Likewise of a tracepoint that is no system call's. */
static __always_inline bool tracepoint_wanted(struct caller *who, enum gyr_tracepoint tp)
{
	u32 now = selection_now();
	u8 interest = gyr_set.sel[now].tracepoint[tp];

	return interest != GYR_OFF && event_wanted(who, now, interest);
}

#endif

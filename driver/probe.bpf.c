/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The attach points, and the way from each to its filler. */
#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "attach.h"
#include "maps.h"
#include "ring_helpers.h"
#include "filler_helpers.h"
#include "filter.h"
#include "latency.h"
#include "memory_helpers.h"
#include "fd_context.h"
#include "fillers/bpf.h"
#include "fillers/clone.h"
#include "fillers/compat.h"
#include "fillers/exec.h"
#include "fillers/file.h"
#include "fillers/generic.h"
#include "fillers/ids.h"
#include "fillers/iov.h"
#include "fillers/keyctl.h"
#include "fillers/mem.h"
#include "fillers/mmsg.h"
#include "fillers/msg.h"
#include "fillers/poll.h"
#include "fillers/proc.h"
#include "fillers/procexit.h"
#include "fillers/quota.h"
#include "fillers/socket.h"
#include "fillers/sockopt.h"
#include "fillers/tracepoints.h"
#include "fillers/uring.h"
#include "fillers.gen.h"
#include "iterators.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The rare ways out of gyr_sys_exit: nothing is produced, but it is counted. */
static __always_inline void count_skipped(bool compat)
{
	struct gyr_cpu *cpu = this_cpu();

	if (!cpu)
		return;
	if (compat)
		__sync_fetch_and_add(&cpu->compat, 1);
	else
		__sync_fetch_and_add(&cpu->unknown, 1);
}

SEC_TP(sys_exit)
int gyr_sys_exit(u64 *ctx)
{
	struct pt_regs *regs = call_regs(ctx);
	u32 nr = regs_nr(regs);
	struct caller who;
	u8 interest;
	u32 now;

	KEEP(nr);
	if (nr >= GYR_SYSCALLS_MAX) {
		if (nr != ~0U) {
			count_skipped(false);
			return 0;
		}
		/* A tracer cancelled the call, or rt_sigreturn restored the registers, the number's among them. */
		if (exit_ret(ctx) == -ENOSYS)
			return 0;
		/* Seen as a constant, all that follows would be gone through once for it, and once for the others. */
		nr = GYR_NR_rt_sigreturn;
		HIDE(nr, (u32)exit_ret(ctx));
		nr &= GYR_SYSCALLS_MAX - 1;
	}
	now = selection_now();
	interest = gyr_set.sel[now].interest[nr];
	if (interest == GYR_OFF)
		return 0;
	who = caller();
	if (who.tgid == gyr_set.self_tgid)
		return 0;
	if (in_compat_call(who.task, regs, nr)) {
		if (gyr_chosen.latency != GYR_LATENCY_OFF)
			take_entry(&who, nr);
		if (HAVE_COMPAT)
			bpf_tail_call_static(ctx, &gyr_fillers, GYR_SLOT_COMPAT);
		if (entry_wanted(&who, now, interest | GYR_STATE))
			count_skipped(true);
		return 0;
	}
	if (!(interest & GYR_KINDS) || !call_passes(&who, now, interest, exit_ret(ctx), nr))
		return 0;
	leave_marks(&who);
	if (gyr_chosen.latency != GYR_LATENCY_OFF)
		take_entry(&who, nr);
	if (interest & GYR_GENERIC) {
		generic_event(ctx);
		return 0;
	}
	dispatch(ctx, nr);
	/* Back here: the slot was empty, though the system call is wanted. */
	count_no_filler();
	return 0;
}

/* The library runs this on a CPU that has gone quiet, to get its batch. It may interrupt a filler. */
SEC("raw_tp")
int gyr_flush(u64 *ctx)
{
	struct gyr_cpu *cpu = this_cpu();

	if (!cpu)
		return 0;
	if (cpu->busy)
		cpu->flush_at = 0;
	else
		flush_batch(ctx, cpu);
	return 0;
}

/*
 * The library runs this once, in its own context, to learn who it is to the driver: getpid() tells the id in its own
 * pid namespace. Returns the depth of that, 0 for the host's.
 */
SEC("raw_tp")
int gyr_whoami(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	(void)ctx;
	gyr_set.self_tgid = bpf_get_current_pid_tgid() >> 32;
	return BPF_CORE_READ(task, thread_pid, level);
}

/* GYR_FILTER_FOLLOW: children join before they run. */
SEC_TP(sched_process_fork)
int gyr_follow_add(u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	u32 from = TRUSTED_READ(parent, tgid), to = TRUSTED_READ(child, tgid);
	const u32 *found = from != to ? bpf_map_lookup_elem(&gyr_follow, &from) : NULL;
	u32 root;

	if (!found)
		return 0;
	root = *found; /* not a pointer into the map that is updated: the entry may be gone by then */
	bpf_map_update_elem(&gyr_follow, &to, &root, BPF_ANY);
	return 0;
}

/* ... and leave when the last of them is gone, so that a pid used again is not taken for them. */
SEC_TP(sched_process_free)
int gyr_follow_del(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	u32 tgid = TRUSTED_READ(task, tgid);

	if ((u32)TRUSTED_READ(task, pid) == tgid)
		bpf_map_delete_elem(&gyr_follow, &tgid);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A filter as the driver reads it: one of its two selections. */
#include <string.h>

#include "event/table.h"
#include "probe.h"

static const uint16_t tracepoint_types[GYR_TPS] = {
	[GYR_TP_PROCEXIT] = GYR_EVT_PROCEXIT_1_E,
	[GYR_TP_SIGNAL] = GYR_EVT_SIGNALDELIVER_E,
	[GYR_TP_SWITCH] = GYR_EVT_SCHEDSWITCH_6_E,
	[GYR_TP_FAULT] = GYR_EVT_PAGE_FAULT_E,
};

static uint8_t interest_of(const struct probe *p, const struct filter *f, uint32_t slot)
{
	uint8_t interest = probe_is_generic(p, slot) ? GYR_GENERIC : GYR_FILLER;
	const struct gyr_syscall_info *sc = syscall_of_slot(slot);

	if (interest == GYR_FILLER && f->sel.state[slot])
		interest |= GYR_STATE | (sc && state_needs_failed(sc->type) ? GYR_STATE_FAILED : 0);
	if (f->sel.sample[slot] > 1)
		interest |= GYR_SAMPLED | GYR_JUDGED;
	return interest;
}

static uint8_t uring_makes(uint32_t op)
{
	return table_ops[op].program && uring_result_is_fd(table_ops[op].type) ? GYR_URING_MAKES : 0;
}

/* A 32-bit call is seen by the native number that is the same. */
static void add_compat(struct gyr_selection *sel, uint32_t slot, uint8_t judged)
{
	uint32_t nr = slot - GYR_SLOT_I386;

	if (slot < GYR_SLOT_I386 || slot >= GYR_SLOT_SUBCALLS_END)
		return;
	if (slot >= GYR_SLOT_SOCKETCALL)
		nr = slot < GYR_SLOT_IPC ? GYR_NR_SOCKETCALL : GYR_NR_IPC;
	sel->interest[nr] |= GYR_COMPAT | judged;
}

void probe_select(const struct probe *p, const struct filter *f, uint32_t now)
{
	struct gyr_selection *sel = &p->set->sel[now];
	uint8_t judged = f->filters & ~GYR_FILTER_SNAPLENS ? GYR_JUDGED : 0;
	uint32_t slot, nr, op;
	int tp;

	memset(sel, 0, sizeof(*sel));
	for (slot = 0; slot < GYR_SLOTS_MAX; slot++) {
		sel->sample[slot] = f->sel.sample[slot];
		if (!f->sel.syscall[slot])
			continue;
		sel->interest[slot] = interest_of(p, f, slot) | judged;
		add_compat(sel, slot, judged);
	}
	for (nr = 0; nr < GYR_SYSCALLS_MAX; nr++)
		if (f->sel.enter[nr])
			sel->enter[nr] = GYR_FILLER | judged;
	for (op = 0; op < GYR_URING_OPS; op++)
		if (f->sel.uring[op])
			sel->uring[op] = f->sel.uring[op] | uring_makes(op) | judged;
	sel->uring_any = selection_uring_any(&f->sel) | judged;
	for (tp = 0; tp < GYR_TPS; tp++)
		if (selection_may_want(&f->sel, tracepoint_types[tp]))
			sel->tracepoint[tp] = GYR_FILLER | judged;
	sel->tracepoint[GYR_TP_PROCEXIT] = GYR_FILLER | GYR_STATE | judged;
	sel->filters = f->filters;
	sel->levels = f->levels;
	sel->snaplen = f->snaplen;
	memcpy(sel->snaplen_of, f->snaplen_of, sizeof(sel->snaplen_of));
}

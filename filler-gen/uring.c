// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations of io_uring: events of their own, made of what was submitted. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <gyr/wire.h>

#include "schema.h"

/* Names and numbers of all operations are in their events: a table of flags for those that tell of another. */
void add_ops_table(struct schema *s)
{
	struct flag_table *t = NULL;

	for (size_t i = 0; i < s->nevents; i++) {
		const struct event *e = &s->events[i];

		if (e->op == OP_NONE || e->op == OP_ANY_OTHER || !e->name)
			continue;
		if (!t) {
			s->flags = xgrow(s->flags, s->nflags, sizeof(*s->flags));
			t = &s->flags[s->nflags++];
			t->file = e->file;
			t->name = OPS_TABLE;
			t->label = xasprintf("flags " OPS_TABLE);
			t->kind = KIND_ENUM;
		}
		t->values = xgrow(t->values, t->nvalues, sizeof(*t->values));
		t->values[t->nvalues++] = (struct flag_value){.name = e->name, .wire = (uint64_t)e->op};
	}
}

static bool is_syscall(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->nsyscalls; i++)
		if (s->syscalls[i].name && strcmp(s->syscalls[i].name, name) == 0)
			return true;
	return false;
}

void check_op(struct schema *s, const struct place *at, const struct event *e)
{
	if (e->op == OP_NONE) {
		if (e->nlikes)
			complain(at, "like", "is for operations of io_uring: without \"op\"");
		return;
	}
	if (e->code >= 0 && e->code != (int64_t)GYR_URING_TYPE_MIN + 2 * e->op)
		complain(at, "code", "that of operation %" PRId64 " is %" PRId64, e->op,
			 (int64_t)GYR_URING_TYPE_MIN + 2 * e->op);
	if (e->by_hand || e->by_library || !e->produced)
		complain(at, "op", "needs \"from\" in its params, or \"filler\"");
	for (size_t i = 0; i < e->nlikes; i++)
		if (!is_syscall(s, e->likes[i]))
			complain(at, "like", "\"%s\" is no system call", e->likes[i]);
}

static void find_sqe(const struct schema *s, const struct place *at, struct source *src)
{
	char *text = xasprintf(SQE_STRUCT ".%s", src->field);
	struct piece piece;

	if (piece_find(s, at, text, &piece)) {
		src->value = piece.off[ABI_LP64];
		src->sqe = piece.scalar;
	}
	free(text);
}

void resolve_sqe(const struct schema *s, const struct place *at, const struct event *e, struct param *p)
{
	if (e->op != OP_NONE && (p->when.res != WHEN_ANY || (p->when.asks && p->when.of.kind != SRC_SQE)))
		complain(at, "when",
			 "is for system calls: an operation of io_uring has no result yet, and no arguments");
	if (e->op == OP_NONE && p->when.asks && p->when.of.kind == SRC_SQE)
		complain(at, "when", "only operations of io_uring have \"sqe.FIELD\"");
	if (p->when.asks && p->when.of.kind == SRC_SQE)
		find_sqe(s, at, &p->when.of);
	for (size_t i = 0; i < p->nfrom; i++) {
		struct source *src = &p->from[i];

		if (src->kind != SRC_SQE && src->kind != SRC_RING) {
			if (e->op != OP_NONE && src->kind != SRC_CONST)
				complain(at, "from", "an operation of io_uring has only \"sqe.FIELD\" and \"ring\"");
			continue;
		}
		if (e->op == OP_NONE)
			complain(at, "from", "only operations of io_uring have \"sqe.FIELD\" and \"ring\"");
		if (src->kind == SRC_RING)
			continue;
		find_sqe(s, at, src);
	}
}

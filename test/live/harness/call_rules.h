/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the caller gives to a system call, and what follows from that for its event: nothing is asked of the driver. */
#ifndef GYR_TEST_LIVE_CALL_RULES_H
#define GYR_TEST_LIVE_CALL_RULES_H

#include "calls.h"
#include "harness.h"

#define CALL_ARGS   6
#define CALL_REGION 8192 /* bytes behind an argument that is an address */

enum call_memory { CALL_FILLED, CALL_UNREADABLE, CALL_NULL };

/* A call that is to be made, or was. */
struct call_made {
	const struct call_spec *spec;
	uint64_t args[CALL_ARGS];
	bool is_address[CALL_ARGS];
	int64_t ret;
	bool off; /* the param's condition is not met: its first source counts as 0 */
};

/*
 * Chooses the arguments: numbers that are like no other argument's, negative as ints if `negative`; and for those that
 * are addresses a region that is filled, likewise, and prepared where the schema says more of it.
 */
void call_choose(struct call_made *m, const struct call_spec *spec, enum call_memory memory, bool negative);
/* After an argument was changed. */
void call_place(const struct call_made *m);

/* Of the calling process, before calls are made: what params tell of it. */
void call_know_self(void);

/* What must be seen of a param of the call, now that it has returned. Static storage for data, until call_forget(). */
struct live_val call_expect(const struct call_made *m, const struct call_param *p);
void call_forget(void);

#endif

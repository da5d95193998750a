/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls that are newer than the tables: type 1, without scap's number of the call, but with the kernel's. */
#include "harness.h"

#define NEWER 511 /* no kernel has it, nor does a table */

static void generic(void)
{
	call(NEWER, 1L, 2L);
	SEE(1, "unknown", I("ID", 0), I("nativeID", NEWER), CTX_PID(getpid()));
	call(NEWER);
	SEE(1, "unknown", I("ID", 0), I("nativeID", NEWER));
}

/* What scap has no event for has one of gyr's own, numbered by the call's number on x86_64. */
static void not_generic(void)
{
	SEE(32769 + 2 * 110, "getppid", I("res", call(SYS_getppid)), CTX_PID(getpid()));
	SEE(32769 + 2 * 24, "sched_yield", I("res", call(SYS_sched_yield)));
	SEE_NO(1, "getppid");
	SEE_NO(1, "sched_yield");
}

int main(void)
{
	static const struct live_case cases[] = {CASE(generic), CASE(not_generic)};

	return live_family("generic", cases, sizeof(cases) / sizeof(cases[0]));
}

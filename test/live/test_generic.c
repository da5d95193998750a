/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls without an event of their own: type 1, with scap's number of the call and the kernel's. */
#include <sched.h>
#include <sys/utsname.h>

#include "harness.h"

static void generic_ok(void)
{
	struct utsname u;

	/* scap's numbers as its readers have them in their tables */
	call(SYS_getppid);
	SEE(1, "getppid", I("ID", 41), I("nativeID", SYS_getppid), CTX_PID(getpid()));
	call(SYS_uname, &u);
	SEE(1, "uname", I("ID", 67), I("nativeID", SYS_uname));
	call(SYS_sched_yield);
	SEE(1, "sched_yield", I("ID", 99), I("nativeID", SYS_sched_yield));
}

static void generic_fails(void)
{
	call(SYS_uname, 1L);
	SEE(1, "uname", I("ID", 67), I("nativeID", SYS_uname));
}

int main(void)
{
	static const struct live_case cases[] = {CASE(generic_ok), CASE(generic_fails)};

	return live_family("generic", cases, sizeof(cases) / sizeof(cases[0]));
}

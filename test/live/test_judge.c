/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The judge of the live tests: finds out what is stated wrong, each way that there is, and takes what is right. */
#include "harness.h"

static void right(void)
{
	long self = getpid();

	SEE(295, "setpgid", I("res", call(SYS_setpgid, self, -1)), I("pid", self), I("pgid", -1), CTX_PID(self));
	SEE(95, "chdir", I("res", call(SYS_chdir, "/none")), S("path", "/none"), CTX_FD_NONE());
	SEE_NO(309, "link");
}

static void wrong_number(void)
{
	SEE(295, "setpgid", I("res", call(SYS_setpgid, 0, -1)), I("pid", 0), I("pgid", -2));
}

static void wrong_result(void)
{
	call(SYS_setpgid, 0, -1);
	SEE(295, "setpgid", I("res", 0), I("pid", 0), I("pgid", -1));
}

static void wrong_bytes(void)
{
	SEE(95, "chdir", I("res", call(SYS_chdir, "/none")), S("path", "/nonf"));
}

static void wrong_length(void)
{
	SEE(95, "chdir", I("res", call(SYS_chdir, "/none")), B("path", "/none", 5));
}

static void not_empty(void)
{
	SEE(95, "chdir", I("res", call(SYS_chdir, "/none")), EMPTY("path"));
}

static void out_of_range(void)
{
	SEE(295, "setpgid", I("res", call(SYS_setpgid, 5, -1)), RANGE("pid", 6, 9), I("pgid", -1));
}

static void param_unstated(void)
{
	SEE(295, "setpgid", I("res", call(SYS_setpgid, 0, -1)), I("pid", 0));
}

static void param_unknown(void)
{
	SEE(295, "setpgid", I("res", call(SYS_setpgid, 0, -1)), I("pid", 0), I("group", -1));
}

static void event_unstated(void)
{
	SEE(95, "chdir", I("res", call(SYS_chdir, "/none")), S("path", "/none"));
	call(SYS_chdir, "/none");
}

static void event_missing(void)
{
	SEE(95, "chdir", I("res", -ENOENT), S("path", "/none"));
}

static void wrong_order(void)
{
	call(SYS_chdir, "/one");
	call(SYS_chdir, "/two");
	SEE(95, "chdir", I("res", -ENOENT), S("path", "/two"));
	SEE(95, "chdir", I("res", -ENOENT), S("path", "/one"));
}

static void wrong_type(void)
{
	call(SYS_chdir, "/none");
	SEE(94, "chdir", I("res", -ENOENT), S("path", "/none"));
}

static void wrong_context(void)
{
	SEE(95, "chdir", I("res", call(SYS_chdir, "/none")), S("path", "/none"), CTX_COMM("another"));
}

static void wrong_thread(void)
{
	call(SYS_chdir, "/none");
	SEE_OF(1, 95, "chdir", I("res", -ENOENT), S("path", "/none"));
}

static void none_wanted(void)
{
	call(SYS_chdir, "/none");
	SEE_NO(95, "chdir");
}

static void nothing_stated(void)
{
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(right),
		CASE_WRONG(wrong_number),
		CASE_WRONG(wrong_result),
		CASE_WRONG(wrong_bytes),
		CASE_WRONG(wrong_length),
		CASE_WRONG(not_empty),
		CASE_WRONG(out_of_range),
		CASE_WRONG(param_unstated),
		CASE_WRONG(param_unknown),
		CASE_WRONG(event_unstated),
		CASE_WRONG(event_missing),
		CASE_WRONG(wrong_order),
		CASE_WRONG(wrong_type),
		CASE_WRONG(wrong_context),
		CASE_WRONG(wrong_thread),
		CASE_WRONG(none_wanted),
		CASE_WRONG(nothing_stated),
	};

	return live_family("judge", cases, sizeof(cases) / sizeof(cases[0]));
}

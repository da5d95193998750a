/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* keyctl, quotactl: what the arguments are hangs on the command, whatever comes of the call. */
#include <linux/keyctl.h>
#include <sys/quota.h>

#include "harness.h"

/* QCMD shifts an int over its sign. */
#define QUOTA(cmd, type) ((unsigned int)(cmd) << 8 | (type))

/* On the wire an int is 0 and 64 bits, a string 1 and its bytes. */
#define INT(param, v)	DYN(param, 0, (&(int64_t){(int64_t)(v)}), 8)
#define STR(param, str) DYN(param, 1, str, strlen(str) + 1)

static void keyctl_ints(void)
{
	char buf[64];

	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3L, 0L, 7L, 8L)), I("operation", 0),
	    INT("arg2", -3), INT("arg3", 0), INT("arg4", 0), INT("arg5", 0));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_REVOKE, 0x7fffff01L, 6L, 7L, 8L)), I("operation", 3),
	    INT("arg2", 0x7fffff01), INT("arg3", 0), INT("arg4", 0), INT("arg5", 0));
	/* Where the answer goes is an address, and stays one. */
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_DESCRIBE, -4L, buf, sizeof(buf), 8L)), I("operation", 6),
	    INT("arg2", -4), INT("arg3", buf), INT("arg4", sizeof(buf)), INT("arg5", 0));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_REJECT, 1L, 2L, 3L, 4L)), I("operation", 19),
	    INT("arg2", 1), INT("arg3", 2), INT("arg4", 3), INT("arg5", 4));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_SESSION_TO_PARENT, 5L, 6L, 7L, 8L)), I("operation", 18),
	    INT("arg2", 0), INT("arg3", 0), INT("arg4", 0), INT("arg5", 0));
	/* None that there is. */
	SEE(453, "keyctl", I("res", call(SYS_keyctl, 99L, 5L, 6L, 7L, 8L)), I("operation", 99), INT("arg2", 0),
	    INT("arg3", 0), INT("arg4", 0), INT("arg5", 0));
}

static void keyctl_strings(void)
{
	const char *user = "user", *about = "gyr-live";

	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, about, 6L, 7L, 8L)),
	    I("operation", 1), STR("arg2", about), INT("arg3", 0), INT("arg4", 0), INT("arg5", 0));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 6L, 7L, 8L)), I("operation", 1),
	    EMPTY("arg2"), INT("arg3", 0), INT("arg4", 0), INT("arg5", 0));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_SEARCH, -3L, user, about, 9L)), I("operation", 10),
	    INT("arg2", -3), STR("arg3", user), STR("arg4", about), INT("arg5", 9));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_RESTRICT_KEYRING, -3L, user, about, 9L)),
	    I("operation", 29), INT("arg2", -3), STR("arg3", user), STR("arg4", about), INT("arg5", 0));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_PKEY_QUERY, -3L, 0L, about, 9L)), I("operation", 24),
	    INT("arg2", -3), INT("arg3", 0), STR("arg4", about), INT("arg5", 0));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_PKEY_ENCRYPT, 1L, about, 3L, 4L)), I("operation", 25),
	    INT("arg2", 1), STR("arg3", about), INT("arg4", 3), INT("arg5", 4));
	SEE(453, "keyctl", I("res", call(SYS_keyctl, KEYCTL_SEARCH, -3L, 1L, about, 9L)), I("operation", 10),
	    INT("arg2", -3), EMPTY("arg3"), STR("arg4", about), INT("arg5", 9));
}

#define NO_LIMITS                                                                                                      \
	I("dqb_bhardlimit", 0), I("dqb_bsoftlimit", 0), I("dqb_curspace", 0), I("dqb_ihardlimit", 0),                  \
		I("dqb_isoftlimit", 0), I("dqb_btime", 0), I("dqb_itime", 0)
#define NO_INFO I("dqi_bgrace", 0), I("dqi_igrace", 0), I("dqi_flags", 0)

static void quotactl_all(void)
{
	const char *special = live_path("none"), *file = "/quota.file";
	uint32_t format = 4; /* QFMT_VFS_V1 */
	struct dqblk limits = {
		.dqb_bhardlimit = 1,
		.dqb_bsoftlimit = 2,
		.dqb_curspace = 3,
		.dqb_ihardlimit = 4,
		.dqb_isoftlimit = 5,
		.dqb_btime = 6,
		.dqb_itime = 7,
		.dqb_valid = 1 | 4 | 16,
	};
	struct dqinfo info = {.dqi_bgrace = 8, .dqi_igrace = 9, .dqi_flags = 3, .dqi_valid = 2 | 4};
	long res;

	/* There is no such device: what memory holds is the caller's own. */
	res = call(SYS_quotactl, QUOTA(Q_GETFMT, USRQUOTA), special, 77, &format);
	SEE(191, "quotactl", I("res", res), S("special", special), EMPTY("quotafilepath"), NO_LIMITS, NO_INFO,
	    I("quota_fmt_out", 8), I("cmd", 4), I("type", 1), I("id", 0), I("quota_fmt", 1));
	NEED(res < 0);
	SEE(191, "quotactl", I("res", call(SYS_quotactl, QUOTA(Q_SETQUOTA, GRPQUOTA), special, 77, &limits)),
	    S("special", special), EMPTY("quotafilepath"), I("dqb_bhardlimit", 1), I("dqb_bsoftlimit", 2),
	    I("dqb_curspace", 0), I("dqb_ihardlimit", 4), I("dqb_isoftlimit", 5), I("dqb_btime", 6), I("dqb_itime", 0),
	    NO_INFO, I("quota_fmt_out", 1), I("cmd", 64), I("type", 2), I("id", 77), I("quota_fmt", 1));
	SEE(191, "quotactl", I("res", call(SYS_quotactl, QUOTA(Q_SETINFO, 2), special, 77, &info)),
	    S("special", special), EMPTY("quotafilepath"), NO_LIMITS, I("dqi_bgrace", 0), I("dqi_igrace", 9),
	    I("dqi_flags", 3), I("quota_fmt_out", 1), I("cmd", 16), I("type", 0), I("id", 0), I("quota_fmt", 1));
	SEE(191, "quotactl", I("res", call(SYS_quotactl, QUOTA(Q_QUOTAON, USRQUOTA), special, 2, file)),
	    S("special", special), S("quotafilepath", file), NO_LIMITS, NO_INFO, I("quota_fmt_out", 1), I("cmd", 1),
	    I("type", 1), I("id", 0), I("quota_fmt", 4));
	/* Unreadable, and unknown. */
	SEE(191, "quotactl", I("res", call(SYS_quotactl, QUOTA(Q_GETQUOTA, USRQUOTA), 1L, 5, 1L)), EMPTY("special"),
	    EMPTY("quotafilepath"), NO_LIMITS, NO_INFO, I("quota_fmt_out", 1), I("cmd", 32), I("type", 1), I("id", 5),
	    I("quota_fmt", 1));
	SEE(191, "quotactl", I("res", call(SYS_quotactl, QUOTA(0x123456, 7), special, 5, &info)), S("special", special),
	    EMPTY("quotafilepath"), NO_LIMITS, NO_INFO, I("quota_fmt_out", 1), I("cmd", 0), I("type", 0), I("id", 0),
	    I("quota_fmt", 1));
}

int main(void)
{
	static const struct live_case cases[] = {CASE(keyctl_ints), CASE(keyctl_strings), CASE(quotactl_all)};

	return live_family("keyctl", cases, sizeof(cases) / sizeof(cases[0]));
}

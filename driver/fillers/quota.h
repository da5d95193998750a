/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* quotactl: what its last argument points to hangs on the command. */
#ifndef GYR_FILLERS_QUOTA_H
#define GYR_FILLERS_QUOTA_H

#include "convert.gen.h"
#include "memory_helpers.h"
#include "wire_values.gen.h"

/* UAPI (linux/quota.h) */
struct user_if_dqblk {
	u64 bhardlimit, bsoftlimit, curspace, ihardlimit, isoftlimit, curinodes, btime, itime;
	u32 valid, pad;
};

struct user_if_dqinfo {
	u64 bgrace, igrace;
	u32 flags, valid;
};

#define QIF_BLIMITS 1
#define QIF_SPACE   2
#define QIF_ILIMITS 4
#define QIF_BTIME   16
#define QIF_ITIME   32

#define IIF_BGRACE 1
#define IIF_IGRACE 2
#define IIF_FLAGS  4

/* 0 where the struct says that the field does not count. */
static __always_inline void put_valid(struct frame *f, u32 valid, u32 bit, u64 val)
{
	put_u64(f, valid & bit ? val : 0);
}

/* Of what the command has no use for, 0: readers know it by the command. */
static __always_inline void fill_quotactl(struct frame *f, struct call *c)
{
	u32 arg = call_arg(c, 0);
	u32 cmd = flags_quotactl_cmds(arg >> 8);
	u64 addr = call_arg(c, 3);
	struct user_if_dqblk quota = {};
	struct user_if_dqinfo info = {};
	u32 format = 0;

	if (cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETQUOTA || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_SETQUOTA)
		read_user(f, &quota, sizeof(quota) - sizeof(quota.pad), addr); /* 32-bit callers have no pad */
	else if (cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETINFO || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_SETINFO)
		read_user(f, &info, sizeof(info), addr);
	else if (cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETFMT)
		read_user(f, &format, sizeof(format), addr);

	put_u64(f, c->ret);
	put_user_str(f, c, call_arg(c, 1));
	put_user_str(f, c, cmd == GYR_WIRE_QUOTACTL_CMDS_Q_QUOTAON ? addr : 0);
	frame_merge(f);
	put_valid(f, quota.valid, QIF_BLIMITS, quota.bhardlimit);
	put_valid(f, quota.valid, QIF_BLIMITS, quota.bsoftlimit);
	put_valid(f, quota.valid, QIF_SPACE, quota.curspace);
	put_valid(f, quota.valid, QIF_ILIMITS, quota.ihardlimit);
	put_valid(f, quota.valid, QIF_ILIMITS, quota.isoftlimit);
	/* RELTIME, but in seconds: as readers know it. */
	put_valid(f, quota.valid, QIF_BTIME, quota.btime);
	put_valid(f, quota.valid, QIF_ITIME, quota.itime);
	put_valid(f, info.valid, IIF_BGRACE, info.bgrace);
	put_valid(f, info.valid, IIF_IGRACE, info.igrace);
	put_u8(f, info.valid & IIF_FLAGS ? info.flags : 0);
	put_u8(f, flags_quotactl_quota_fmts(format));
	put_u16(f, cmd);
	put_u8(f, flags_quotactl_types(arg & 0xff));
	put_u32(f, cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETQUOTA || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_SETQUOTA ||
				   cmd == GYR_WIRE_QUOTACTL_CMDS_Q_XGETQUOTA || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_XSETQLIM
			   ? call_arg(c, 2)
			   : 0);
	put_u8(f, flags_quotactl_quota_fmts(cmd == GYR_WIRE_QUOTACTL_CMDS_Q_QUOTAON ? (u32)call_arg(c, 2) : 0));
}

#endif

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

/* Where they are in the CPU's memory; what was not read is 0. */
#define QUOTA  0
#define INFO   sizeof(struct user_if_dqblk)
#define FORMAT (INFO + sizeof(struct user_if_dqinfo))

/* The params that come of each. */
#define QUOTA_PARAMS  0x3f8
#define INFO_PARAMS   0x1c00
#define FORMAT_PARAMS 0x2000

#define QUOTA_FIELD(f, name) BEHIND(u64, f, QUOTA + __builtin_offsetof(struct user_if_dqblk, name))
#define INFO_FIELD(f, name)  BEHIND(u64, f, INFO + __builtin_offsetof(struct user_if_dqinfo, name))

/* 0 where the struct says that the field does not count: without a branch, of which a verifier would follow both ways.
 */
static __always_inline u64 if_valid(u32 valid, u32 bit, u64 val)
{
	u64 mask = -(u64)(valid / bit & 1);

	KEEP(mask);
	return val & mask;
}

static __always_inline void read_quota(struct frame *f, u32 cmd, u64 addr)
{
	__builtin_memset(f->cpu->behind, 0, FORMAT + sizeof(u64));
	if (cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETQUOTA || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_SETQUOTA)
		read_behind(f, QUOTA, sizeof(struct user_if_dqblk) - sizeof(u32), QUOTA_PARAMS,
			    addr); /* 32-bit callers have no pad */
	else if (cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETINFO || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_SETINFO)
		read_behind(f, INFO, sizeof(struct user_if_dqinfo), INFO_PARAMS, addr);
	else if (cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETFMT)
		read_behind(f, FORMAT, sizeof(u32), FORMAT_PARAMS, addr);
}

/* Of what the command has no use for, 0: readers know it by the command. */
static __always_inline void fill_quotactl(struct frame *f, struct call *c)
{
	u32 arg = call_arg(c, 0);
	u32 cmd = flags_quotactl_cmds(arg >> 8);
	u64 addr = call_arg(c, 3);
	u32 valid;

	cmd = forget(f, cmd);
	read_quota(f, cmd, addr);
	cmd = forget(f, cmd);
	put_u64(f, c->ret);
	put_user_str(f, c, call_arg(c, 1));
	put_user_str(f, c, cmd == GYR_WIRE_QUOTACTL_CMDS_Q_QUOTAON ? addr : 0);
	cmd = forget(f, cmd);
	frame_merge(f);
	valid = BEHIND(u32, f, QUOTA + __builtin_offsetof(struct user_if_dqblk, valid));
	put_u64(f, if_valid(valid, QIF_BLIMITS, QUOTA_FIELD(f, bhardlimit)));
	put_u64(f, if_valid(valid, QIF_BLIMITS, QUOTA_FIELD(f, bsoftlimit)));
	put_u64(f, if_valid(valid, QIF_SPACE, QUOTA_FIELD(f, curspace)));
	put_u64(f, if_valid(valid, QIF_ILIMITS, QUOTA_FIELD(f, ihardlimit)));
	put_u64(f, if_valid(valid, QIF_ILIMITS, QUOTA_FIELD(f, isoftlimit)));
	/* RELTIME, but in seconds: as readers know it. */
	put_u64(f, if_valid(valid, QIF_BTIME, QUOTA_FIELD(f, btime)));
	put_u64(f, if_valid(valid, QIF_ITIME, QUOTA_FIELD(f, itime)));
	valid = BEHIND(u32, f, INFO + __builtin_offsetof(struct user_if_dqinfo, valid));
	put_u64(f, if_valid(valid, IIF_BGRACE, INFO_FIELD(f, bgrace)));
	put_u64(f, if_valid(valid, IIF_IGRACE, INFO_FIELD(f, igrace)));
	put_u8(f, if_valid(valid, IIF_FLAGS, BEHIND(u32, f, INFO + __builtin_offsetof(struct user_if_dqinfo, flags))));
	put_u8(f, flags_quotactl_quota_fmts(BEHIND(u32, f, FORMAT)));
	put_u16(f, cmd);
	put_u8(f, flags_quotactl_types(arg & 0xff));
	put_u32(f, cmd == GYR_WIRE_QUOTACTL_CMDS_Q_GETQUOTA || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_SETQUOTA ||
				   cmd == GYR_WIRE_QUOTACTL_CMDS_Q_XGETQUOTA || cmd == GYR_WIRE_QUOTACTL_CMDS_Q_XSETQLIM
			   ? call_arg(c, 2)
			   : 0);
	put_u8(f, flags_quotactl_quota_fmts(cmd == GYR_WIRE_QUOTACTL_CMDS_Q_QUOTAON ? (u32)call_arg(c, 2) : 0));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bpf: what its attributes are hangs on the command. */
#ifndef GYR_FILLERS_BPF_H
#define GYR_FILLERS_BPF_H

#include "memory_helpers.h"
#include "wire_values.gen.h"

#define PARAMS(first, last) ((2u << (last)) - (1u << (first))) /* bits, by index in the event */

#define CMD(name) (1ULL << GYR_WIRE_BPF_COMMANDS_BPF_##name)

/* UAPI (linux/bpf.h): where these are in union bpf_attr, of which nothing behind BPF_ATTR_READ is told. */
#define BPF_ATTR_READ 72
#define BPF_NAME_LEN  16

/* Commands by where they have what they act on: the file first, or behind a path or another file. */
#define CMDS_FD_AT_0                                                                                                   \
	(CMD(MAP_LOOKUP_ELEM) | CMD(MAP_UPDATE_ELEM) | CMD(MAP_DELETE_ELEM) | CMD(MAP_GET_NEXT_KEY) |                  \
	 CMD(MAP_LOOKUP_AND_DELETE_ELEM) | CMD(MAP_FREEZE) | CMD(PROG_RUN) | CMD(OBJ_GET_INFO_BY_FD) |                 \
	 CMD(LINK_CREATE) | CMD(LINK_UPDATE) | CMD(LINK_DETACH) | CMD(ITER_CREATE) | CMD(PROG_BIND_MAP))
#define CMDS_FD_AT_4 (CMD(PROG_ATTACH) | CMD(PROG_DETACH))
#define CMDS_FD_AT_8 (CMD(OBJ_PIN) | CMD(RAW_TRACEPOINT_OPEN))
#define CMDS_FD_AT_36                                                                                                  \
	(CMD(MAP_LOOKUP_BATCH) | CMD(MAP_LOOKUP_AND_DELETE_BATCH) | CMD(MAP_UPDATE_BATCH) | CMD(MAP_DELETE_BATCH))
#define CMDS_TARGET_AT_0 (CMD(PROG_ATTACH) | CMD(PROG_DETACH) | CMD(PROG_QUERY))
#define CMDS_TARGET_AT_4 CMD(LINK_CREATE)
#define CMDS_ID                                                                                                        \
	(CMD(PROG_GET_NEXT_ID) | CMD(MAP_GET_NEXT_ID) | CMD(BTF_GET_NEXT_ID) | CMD(LINK_GET_NEXT_ID) |                 \
	 CMD(PROG_GET_FD_BY_ID) | CMD(MAP_GET_FD_BY_ID) | CMD(BTF_GET_FD_BY_ID) | CMD(LINK_GET_FD_BY_ID))

/* What an attach type attaches to: nothing, or a network interface by its index; else something that has a file. */
#define TYPE(name)	   (1ULL << GYR_WIRE_BPF_ATTACH_TYPES_BPF_##name)
#define TYPES_ON_INTERFACE (TYPE(XDP) | TYPE(TCX_INGRESS) | TYPE(TCX_EGRESS) | TYPE(NETKIT_PRIMARY) | TYPE(NETKIT_PEER))
#define TYPES_WITHOUT_TARGET                                                                                           \
	(TYPE(TRACE_RAW_TP) | TYPE(TRACE_FENTRY) | TYPE(TRACE_FEXIT) | TYPE(MODIFY_RETURN) | TYPE(LSM_MAC) |           \
	 TYPE(TRACE_ITER) | TYPE(TRACE_KPROBE_MULTI) | TYPE(TRACE_UPROBE_MULTI) | TYPE(TRACE_KPROBE_SESSION) |         \
	 TYPE(TRACE_UPROBE_SESSION) | TYPE(TRACE_FSESSION) | TYPE(TRACE_FENTRY_MULTI) | TYPE(TRACE_FEXIT_MULTI) |      \
	 TYPE(TRACE_FSESSION_MULTI) | TYPE(STRUCT_OPS) | TYPE(NETFILTER))

/* Of a command: it has a fourth and a fifth argument (7.1 and later). Not of its name, so that it is not sent. */
#define BPF_COMMON_ATTRS (1U << 16)

static __always_inline u32 bpf_has(struct frame *f, u64 op, u64 cmds)
{
	return forget(f, op & cmds ? 1 : 0);
}

/*
 * As the kernel takes them: what the caller's attributes are too short for is 0. Returns the commands whose params are
 * known, a mask: all, or none.
 */
static __always_inline u64 read_bpf_attr(struct frame *f, u64 ptr, u32 len)
{
	u64 size = len;
	u32 unknown = 0;

	for (u32 at = 0; at < BPF_ATTR_READ; at += sizeof(u64))
		BEHIND(u64, f, at) = 0;
	AT_MOST(size, BPF_ATTR_READ);
	if (size && (!ptr || bpf_probe_read_user(f->cpu->behind, size, (void *)ptr)))
		unknown = 1;
	unknown = forget(f, unknown) & 1;
	f->cpu->user_faults += ptr ? unknown : 0;
	return (u64)unknown - 1;
}

/* Of an attribute that is a name of at most 15 characters. */
static __always_inline void put_bpf_name(struct frame *f, u32 at)
{
	s64 n = 0;

	if (frame_room(f, BPF_NAME_LEN))
		n = bpf_probe_read_kernel_str(f->p + f->pos, BPF_NAME_LEN, f->cpu->behind + at);
	if (n < 0)
		n = 0;
	if (n > BPF_NAME_LEN) /* see copy_user_str */
		n = BPF_NAME_LEN;
	frame_param_done(f, n);
}

static __always_inline void put_bpf_called(struct frame *f, struct call *c, u64 op)
{
	if (op & CMD(MAP_CREATE))
		put_bpf_name(f, 28);
	else if (op & CMD(PROG_LOAD))
		put_bpf_name(f, 48);
	else
		put_user_str(f, c, op & CMD(RAW_TRACEPOINT_OPEN) ? BEHIND(u64, f, 0) : 0);
	frame_merge(f);
}

/* The params that the command would have, had its attributes been readable: by their index. */
static __always_inline void cut_bpf(struct frame *f, u64 op, u64 cmds, u32 params)
{
	f->cpu->cut |= (u32)-bpf_has(f, op, cmds) & params;
}

/* NULL is empty without a mark. */
static __always_inline void cut_bpf_params(struct frame *f, u64 op)
{
	cut_bpf(f, op, CMD(MAP_CREATE), PARAMS(3, 7) | PARAMS(12, 12));
	cut_bpf(f, op, CMD(PROG_LOAD), PARAMS(8, 12) | PARAMS(14, 14));
	cut_bpf(f, op, CMD(RAW_TRACEPOINT_OPEN), PARAMS(12, 12));
	cut_bpf(f, op, CMD(OBJ_PIN) | CMD(OBJ_GET), PARAMS(13, 13));
	cut_bpf(f, op, CMD(PROG_ATTACH) | CMD(PROG_DETACH) | CMD(PROG_QUERY) | CMD(LINK_CREATE),
		PARAMS(14, 14) | PARAMS(16, 16));
	cut_bpf(f, op, CMDS_FD_AT_0 | CMDS_FD_AT_4 | CMDS_FD_AT_8 | CMDS_FD_AT_36, PARAMS(15, 15));
	cut_bpf(f, op, CMDS_ID, PARAMS(17, 17));
}

static __always_inline void fill_bpf(struct frame *f, struct call *c)
{
	u32 cmd = call_arg(c, 0) & ~BPF_COMMON_ATTRS;
	u64 op = cmd < 64 ? 1ULL << cmd : 0, known, type;
	u32 has, val;
	s32 fd;

	known = read_bpf_attr(f, call_arg(c, 1), call_arg(c, 2));
	cut_bpf_params(f, call_arg(c, 1) ? op & ~known : 0);
	op &= known;
	put_u64(f, c->ret);
	put_u32(f, cmd);
	put_u32(f, call_arg(c, 2));

	has = bpf_has(f, op, CMD(MAP_CREATE));
	put_u32_if(f, has, BEHIND(u32, f, 0));
	put_u32_if(f, has, BEHIND(u32, f, 4));
	put_u32_if(f, has, BEHIND(u32, f, 8));
	put_u32_if(f, has, BEHIND(u32, f, 12));
	put_u32_if(f, has, BEHIND(u32, f, 16));

	has = bpf_has(f, op, CMD(PROG_LOAD));
	put_u32_if(f, has, BEHIND(u32, f, 0));
	put_u32_if(f, has, BEHIND(u32, f, 4));
	put_u32_if(f, has, BEHIND(u32, f, 44));
	put_user_str(f, c, op & CMD(PROG_LOAD) ? BEHIND(u64, f, 16) : 0);
	frame_merge(f);

	put_bpf_called(f, c, op);
	put_user_str(f, c, op & (CMD(OBJ_PIN) | CMD(OBJ_GET)) ? BEHIND(u64, f, 0) : 0);
	frame_merge(f);

	val = op & CMD(PROG_LOAD) ? BEHIND(u32, f, 68) : op & CMD(PROG_QUERY) ? BEHIND(u32, f, 4) : BEHIND(u32, f, 8);
	has = bpf_has(f, op, CMD(PROG_LOAD) | CMD(PROG_ATTACH) | CMD(PROG_DETACH) | CMD(PROG_QUERY) | CMD(LINK_CREATE));
	put_u32_if(f, has, val);
	fd = op & CMDS_FD_AT_4	  ? BEHIND(s32, f, 4)
	     : op & CMDS_FD_AT_8  ? BEHIND(s32, f, 8)
	     : op & CMDS_FD_AT_36 ? BEHIND(s32, f, 36)
				  : BEHIND(s32, f, 0);
	has = bpf_has(f, op, CMDS_FD_AT_0 | CMDS_FD_AT_4 | CMDS_FD_AT_8 | CMDS_FD_AT_36);
	put_u64_if(f, has, (s64)fd);
	fd = op & CMDS_TARGET_AT_4 ? BEHIND(s32, f, 4) : BEHIND(s32, f, 0);
	type = val < 64 ? 1ULL << val : 0;
	if (type & TYPES_ON_INTERFACE || (op & CMDS_TARGET_AT_4 && type & TYPES_WITHOUT_TARGET))
		has = 0;
	else
		has = bpf_has(f, op, CMDS_TARGET_AT_0 | CMDS_TARGET_AT_4);
	has = forget(f, has);
	put_u64_if(f, has, (s64)fd);
	put_u32_if(f, bpf_has(f, op, CMDS_ID), BEHIND(u32, f, 0));
}

#undef CMD
#undef TYPE
#undef PARAMS

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bpf: each command has its own attributes; what is none of its own is empty. */
#include <linux/bpf.h>

#include "harness.h"

#define NO_MAP	 EMPTY("map_type"), EMPTY("key_size"), EMPTY("value_size"), EMPTY("max_entries"), EMPTY("map_flags")
#define NO_PROG	 EMPTY("prog_type"), EMPTY("insn_cnt"), EMPTY("prog_flags"), EMPTY("license")
#define NO_NAMES EMPTY("name"), EMPTY("pathname")
#define NO_FDS	 EMPTY("object_fd"), EMPTY("target_fd"), EMPTY("id")

static long bpf_call(int cmd, union bpf_attr *attr, unsigned int size)
{
	return call(SYS_bpf, cmd, attr, size);
}

static void map_create(void)
{
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 24;
	attr.max_entries = 7;
	attr.map_flags = BPF_F_MMAPABLE;
	strcpy(attr.map_name, "gyr_live_map");
	fd = bpf_call(BPF_MAP_CREATE, &attr, sizeof(attr));
	SEE(369, "bpf", I("fd", fd), I("cmd", 0), I("size", sizeof(attr)), I("map_type", 2), I("key_size", 4),
	    I("value_size", 24), I("max_entries", 7), I("map_flags", 1024), NO_PROG, S("name", "gyr_live_map"),
	    EMPTY("pathname"), EMPTY("attach_type"), NO_FDS, CTX_FD_TYPE(GYR_FD_BPF), CTX_FD_NAME("bpf-map"));
	NEED(fd > 0);
	/* What is not within the size that the caller says is 0 to the kernel, too. */
	attr.map_type = 999;
	fd = bpf_call(BPF_MAP_CREATE, &attr, 12);
	SEE(369, "bpf", I("fd", fd), I("cmd", 0), I("size", 12), I("map_type", 999), I("key_size", 4),
	    I("value_size", 24), I("max_entries", 0), I("map_flags", 0), NO_PROG, S("name", ""), EMPTY("pathname"),
	    EMPTY("attach_type"), NO_FDS, CTX_FD_NONE());
}

static void map_elem(void)
{
	uint32_t key = 1;
	uint64_t value[3];
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = 77;
	attr.key = (uint64_t)&key;
	attr.value = (uint64_t)value;
	SEE(369, "bpf", I("fd", bpf_call(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr))), I("cmd", 1),
	    I("size", sizeof(attr)), NO_MAP, NO_PROG, NO_NAMES, EMPTY("attach_type"), I("object_fd", 77),
	    EMPTY("target_fd"), EMPTY("id"));
	/* BPF_COMMON_ATTRS of 7.1: two more arguments, and the same command. */
	SEE(369, "bpf", I("fd", bpf_call(1 << 16 | BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr))), I("cmd", 1),
	    I("size", sizeof(attr)), NO_MAP, NO_PROG, NO_NAMES, EMPTY("attach_type"), I("object_fd", 77),
	    EMPTY("target_fd"), EMPTY("id"));
	memset(&attr, 0, sizeof(attr));
	attr.batch.map_fd = 78;
	SEE(369, "bpf", I("fd", bpf_call(BPF_MAP_LOOKUP_BATCH, &attr, sizeof(attr))), I("cmd", 24),
	    I("size", sizeof(attr)), NO_MAP, NO_PROG, NO_NAMES, EMPTY("attach_type"), I("object_fd", 78),
	    EMPTY("target_fd"), EMPTY("id"));
}

static void prog_load(void)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insn_cnt = 2;
	attr.insns = (uint64_t)insns;
	attr.license = (uint64_t) "GPL";
	attr.prog_flags = BPF_F_ANY_ALIGNMENT;
	strcpy(attr.prog_name, "gyr_live_prog");
	fd = bpf_call(BPF_PROG_LOAD, &attr, sizeof(attr));
	SEE(369, "bpf", I("fd", fd), I("cmd", 5), I("size", sizeof(attr)), NO_MAP, I("prog_type", 1), I("insn_cnt", 2),
	    I("prog_flags", 2), S("license", "GPL"), S("name", "gyr_live_prog"), EMPTY("pathname"), I("attach_type", 0),
	    NO_FDS, CTX_FD_TYPE(GYR_FD_BPF), CTX_FD_NAME("bpf-prog"));
	NEED(fd > 0);
	attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
	attr.expected_attach_type = BPF_CGROUP_UDP6_SENDMSG;
	attr.license = 1;
	fd = bpf_call(BPF_PROG_LOAD, &attr, sizeof(attr));
	SEE(369, "bpf", I("fd", fd), I("cmd", 5), I("size", sizeof(attr)), NO_MAP, I("prog_type", 18), I("insn_cnt", 2),
	    I("prog_flags", 2), EMPTY("license"), S("name", "gyr_live_prog"), EMPTY("pathname"), I("attach_type", 15),
	    NO_FDS);
	NEED(fd < 0);
	SEE(369, "bpf", I("fd", call(SYS_bpf, BPF_PROG_LOAD, NULL, 8)), I("cmd", 5), I("size", 8), NO_MAP, NO_PROG,
	    NO_NAMES, EMPTY("attach_type"), NO_FDS, CTX_FD_NONE());
}

static void others(void)
{
	const char *path = "/sys/fs/bpf/nonexistent";
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uint64_t)path;
	attr.bpf_fd = 0;
	SEE(369, "bpf", I("fd", bpf_call(BPF_OBJ_GET, &attr, sizeof(attr))), I("cmd", 7), I("size", sizeof(attr)),
	    NO_MAP, NO_PROG, EMPTY("name"), S("pathname", path), EMPTY("attach_type"), NO_FDS);
	attr.bpf_fd = 71;
	SEE(369, "bpf", I("fd", bpf_call(BPF_OBJ_PIN, &attr, sizeof(attr))), I("cmd", 6), I("size", sizeof(attr)),
	    NO_MAP, NO_PROG, EMPTY("name"), S("pathname", path), EMPTY("attach_type"), I("object_fd", 71),
	    EMPTY("target_fd"), EMPTY("id"));
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = 72;
	attr.attach_bpf_fd = 73;
	attr.attach_type = BPF_CGROUP_DEVICE;
	SEE(369, "bpf", I("fd", bpf_call(BPF_PROG_ATTACH, &attr, sizeof(attr))), I("cmd", 8), I("size", sizeof(attr)),
	    NO_MAP, NO_PROG, NO_NAMES, I("attach_type", 6), I("object_fd", 73), I("target_fd", 72), EMPTY("id"));
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = 74;
	attr.link_create.target_fd = 75;
	attr.link_create.attach_type = BPF_XDP;
	SEE(369, "bpf", I("fd", bpf_call(BPF_LINK_CREATE, &attr, sizeof(attr))), I("cmd", 28), I("size", sizeof(attr)),
	    NO_MAP, NO_PROG, NO_NAMES, I("attach_type", 37), I("object_fd", 74), EMPTY("target_fd"), EMPTY("id"));
	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = (uint64_t) "gyr_none";
	attr.raw_tracepoint.prog_fd = 76;
	SEE(369, "bpf", I("fd", bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr))), I("cmd", 17),
	    I("size", sizeof(attr)), NO_MAP, NO_PROG, S("name", "gyr_none"), EMPTY("pathname"), EMPTY("attach_type"),
	    I("object_fd", 76), EMPTY("target_fd"), EMPTY("id"));
	memset(&attr, 0, sizeof(attr));
	attr.prog_id = 0x7fffff01;
	SEE(369, "bpf", I("fd", bpf_call(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr))), I("cmd", 13),
	    I("size", sizeof(attr)), NO_MAP, NO_PROG, NO_NAMES, EMPTY("attach_type"), EMPTY("object_fd"),
	    EMPTY("target_fd"), I("id", 0x7fffff01));
	/* No command, and no attributes to be read. */
	SEE(369, "bpf", I("fd", call(SYS_bpf, 99L, 1L, 8L)), I("cmd", 99), I("size", 8), NO_MAP, NO_PROG, NO_NAMES,
	    EMPTY("attach_type"), NO_FDS);
	SEE(369, "bpf", I("fd", call(SYS_bpf, BPF_MAP_CREATE, 1L, 8L)), I("cmd", 0), I("size", 8), NO_MAP, NO_PROG,
	    NO_NAMES, EMPTY("attach_type"), NO_FDS);
}

/* What a program is attached to has a file, or an interface's index, or there is no such thing. */
static void targets(void)
{
	static const struct {
		int cmd, type;
		bool has;
	} of[] = {
		{BPF_PROG_ATTACH, 46 /* BPF_TCX_INGRESS */, false},
		{BPF_PROG_DETACH, 47 /* BPF_TCX_EGRESS */, false},
		{BPF_PROG_ATTACH, 54 /* BPF_NETKIT_PRIMARY */, false},
		{BPF_PROG_DETACH, 55 /* BPF_NETKIT_PEER */, false},
		{BPF_PROG_DETACH, BPF_SK_MSG_VERDICT, true},
		{BPF_LINK_CREATE, BPF_TRACE_FENTRY, false},
		{BPF_LINK_CREATE, BPF_TRACE_ITER, false},
		{BPF_LINK_CREATE, 42 /* BPF_TRACE_KPROBE_MULTI */, false},
		{BPF_LINK_CREATE, 48 /* BPF_TRACE_UPROBE_MULTI */, false},
		{BPF_LINK_CREATE, 41 /* BPF_PERF_EVENT */, true},
		{BPF_LINK_CREATE, BPF_CGROUP_DEVICE, true},
	};
	union bpf_attr attr;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		bool link = of[i].cmd == BPF_LINK_CREATE;

		memset(&attr, 0, sizeof(attr));
		if (link) {
			attr.link_create.prog_fd = 7777;
			attr.link_create.target_fd = 7778;
			attr.link_create.attach_type = (uint32_t)of[i].type;
		} else {
			attr.target_fd = 7778;
			attr.attach_bpf_fd = 7777;
			attr.attach_type = (uint32_t)of[i].type;
		}
		SEE(369, "bpf", I("fd", bpf_call(of[i].cmd, &attr, sizeof(attr))), I("cmd", of[i].cmd),
		    I("size", sizeof(attr)), NO_MAP, NO_PROG, NO_NAMES, I("attach_type", of[i].type),
		    I("object_fd", 7777), of[i].has ? I("target_fd", 7778) : EMPTY("target_fd"), EMPTY("id"));
	}
}

int main(void)
{
	static const struct live_case cases[] = {CASE(map_create), CASE(map_elem), CASE(prog_load), CASE(others),
						 CASE(targets)};

	return live_family("bpf", cases, sizeof(cases) / sizeof(cases[0]));
}

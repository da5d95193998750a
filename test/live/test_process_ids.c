/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a process is and may: uids, gids, groups and sessions, capabilities, namespaces, prctl. */
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "harness.h"
#include "wire_values.h"

static void get_ids(void)
{
	unsigned r = 9, e = 9, s = 9;

	NEED(setresuid(11, 0, 33) == 0 && setresgid(44, 55, 66) == 0 && setresuid(11, 22, 33) == 0);
	SEE(203, "getuid", I("uid", call(SYS_getuid)));
	SEE(205, "geteuid", I("euid", call(SYS_geteuid)));
	SEE(207, "getgid", I("gid", call(SYS_getgid)));
	SEE(209, "getegid", I("egid", call(SYS_getegid)));
	SEE(211, "getresuid", I("res", call(SYS_getresuid, &r, &e, &s)), I("ruid", 11), I("euid", 22), I("suid", 33));
	NEED(r == 11 && e == 22 && s == 33);
	SEE(213, "getresgid", I("res", call(SYS_getresgid, &r, &e, &s)), I("rgid", 44), I("egid", 55), I("sgid", 66));
	NEED(r == 44 && e == 55 && s == 66);
}

static void set_uids(void)
{
	SEE(193, "setresuid", I("res", call(SYS_setresuid, 1, 0, -1)), I("ruid", 1), I("euid", 0), I("suid", -1));
	SEE(199, "setuid", I("res", call(SYS_setuid, 1234)), I("uid", 1234), CTX_UID(1234));
	SEE(199, "setuid", I("res", call(SYS_setuid, 0)), I("uid", 0), CTX_UID(1234));
	SEE(193, "setresuid", I("res", call(SYS_setresuid, 0, 0, 0)), I("ruid", 0), I("euid", 0), I("suid", 0),
	    CTX_UID(1234));
}

static void set_gids(void)
{
	SEE(195, "setresgid", I("res", call(SYS_setresgid, 1, 2, 3)), I("rgid", 1), I("egid", 2), I("sgid", 3),
	    CTX_GID(2));
	SEE(201, "setgid", I("res", call(SYS_setgid, 4321)), I("gid", 4321), CTX_GID(4321));
	NEED(setuid(1) == 0);
	SEE(201, "setgid", I("res", call(SYS_setgid, 0)), I("gid", 0));
	SEE(195, "setresgid", I("res", call(SYS_setresgid, -1, 0, -1)), I("rgid", -1), I("egid", 0), I("sgid", -1),
	    CTX_GID(4321));
}

static void sessions(void)
{
	long self = getpid(), child = fork();
	int go[2];

	if (child == 0) {
		/* The harness made the parent a group leader; a child of it is none. */
		SEE(275, "setsid", I("res", call(SYS_setsid)));
		SEE(275, "setsid", I("res", call(SYS_setsid)));
		_exit(0);
	}
	NEED(child > 0 && pipe(go) == 0);
	live_wait(child);
	SEE(295, "setpgid", I("res", call(SYS_setpgid, 0, 0)), I("pid", 0), I("pgid", 0));
	SEE(295, "setpgid", I("res", call(SYS_setpgid, self, -1)), I("pid", self), I("pgid", -1));
	SEE(295, "setpgid", I("res", call(SYS_setpgid, 0x7ffffffe, 5)), I("pid", 0x7ffffffe), I("pgid", 5));
}

static uint64_t status_caps(const char *which)
{
	unsigned long long v = 0;
	char line[256], form[32];
	FILE *f = fopen("/proc/self/status", "re");

	NEED(f);
	snprintf(form, sizeof(form), "%s: %%llx", which);
	while (fgets(line, sizeof(line), f) && sscanf(line, form, &v) != 1)
		;
	fclose(f);
	return v;
}

static void see_capset(long res, long pid)
{
	SEE(353, "capset", I("res", res), I("cap_inheritable", status_caps("CapInh")),
	    I("cap_permitted", status_caps("CapPrm")), I("cap_effective", status_caps("CapEff")), I("pid", pid));
}

static void capset_both(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].permitted = 1 << CAP_CHOWN | 1 << CAP_KILL | 1 << CAP_NET_RAW;
	data[0].effective = 1 << CAP_CHOWN;
	data[0].inheritable = 1 << CAP_KILL;
	data[1].permitted = data[1].effective = 1 << (CAP_SYSLOG - 32);
	see_capset(call(SYS_capset, &head, data), 0);
	NEED(status_caps("CapEff") == (1ull << CAP_CHOWN | 1ull << CAP_SYSLOG));
	data[0].effective = 1 << CAP_SYS_ADMIN;
	see_capset(call(SYS_capset, &head, data), 0);
	head.pid = 1; /* others' cannot be set */
	see_capset(call(SYS_capset, &head, data), 1);
}

static void namespaces(void)
{
	int ns = open("/proc/self/ns/uts", O_RDONLY);

	NEED(ns >= 0);
	SEE(285, "unshare", I("res", call(SYS_unshare, CLONE_NEWUTS | CLONE_NEWIPC | CLONE_FILES | CLONE_FS)),
	    I("flags", W_CLONE_NEWUTS | W_CLONE_NEWIPC | W_CLONE_FILES | W_CLONE_FS));
	SEE(285, "unshare", I("res", call(SYS_unshare, CLONE_PARENT_SETTID)), I("flags", W_CLONE_PARENT_SETTID));
	SEE(241, "setns", I("res", call(SYS_setns, ns, CLONE_NEWUTS)), I("fd", ns), I("nstype", W_CLONE_NEWUTS));
	SEE(241, "setns", I("res", call(SYS_setns, ns, CLONE_NEWNS)), I("fd", ns), I("nstype", W_CLONE_NEWNS));
	SEE(241, "setns", I("res", call(SYS_setns, -1, 0)), I("fd", -1), I("nstype", 0));
}

#define NO_MORE EMPTY("arg3"), EMPTY("arg4"), EMPTY("arg5")

static void prctl_all(void)
{
	char name[17] = "";
	int sub = 9;

	SEE(401, "prctl", I("res", call(SYS_prctl, PR_SET_NAME, "a name of 15 by")), I("option", 15),
	    S("arg2_str", "a name of 15 by"), EMPTY("arg2_int"), NO_MORE, CTX_COMM("a name of 15 by"));
	SEE(401, "prctl", I("res", call(SYS_prctl, PR_GET_NAME, name)), I("option", 16),
	    S("arg2_str", "a name of 15 by"), EMPTY("arg2_int"), NO_MORE, CTX_COMM("a name of 15 by"));
	SEE(401, "prctl", I("res", call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1L)), I("option", 36), EMPTY("arg2_str"),
	    I("arg2_int", 1), NO_MORE);
	SEE(401, "prctl", I("res", call(SYS_prctl, PR_GET_CHILD_SUBREAPER, &sub)), I("option", 37), EMPTY("arg2_str"),
	    I("arg2_int", 1), NO_MORE);
	NEED(sub == 1);
	SEE(401, "prctl", I("res", call(SYS_prctl, PR_SET_DUMPABLE, 77L)), I("option", 4), EMPTY("arg2_str"),
	    I("arg2_int", 77), NO_MORE);
	SEE(401, "prctl", I("res", call(SYS_prctl, PR_SET_NAME, 1L)), I("option", 15), EMPTY("arg2_str"),
	    EMPTY("arg2_int"), NO_MORE, CTX_COMM("a name of 15 by"));
}

/* Those whose further arguments mean something. */
static void prctl_more(void)
{
	SEE(401, "prctl", I("res", call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5L, 0L, 0L)), I("option", 47),
	    EMPTY("arg2_str"), I("arg2_int", 1), I("arg3", 5), EMPTY("arg4"), EMPTY("arg5"));
	SEE(401, "prctl", I("res", call(SYS_prctl, PR_SET_MM, 99L, 0x123456789abcL, 8L, 9L)), I("option", 35),
	    EMPTY("arg2_str"), I("arg2_int", 99), I("arg3", 0x123456789abc), I("arg4", 8), I("arg5", 9));
}

/* `size` bytes that no memory follows. */
static void *at_end(size_t size)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(page != MAP_FAILED && mprotect(page + 4096, 4096, PROT_NONE) == 0);
	memset(page, 0, 4096);
	return page + 4096 - size;
}

/* The struct is shorter than the kernel's, or does not say how long it is. */
static void short_structs(void)
{
	uint32_t *attr = at_end(48), *head = at_end(8), *caps = at_end(12), groups[2] = {1, 2};
	uint64_t *mount = at_end(32);
	char path[] = "x";

	for (uint32_t size = 0; size <= 48; size += 48) {
		attr[0] = size;
		SEE(33397, "sched_setattr", I("res", call(SYS_sched_setattr, 0, attr, 0)), I("pid", 0), I("size", size),
		    I("sched_policy", 0), I("sched_flags", 0), I("sched_nice", 0), I("sched_priority", 0),
		    I("sched_runtime", 0), I("sched_deadline", 0), I("sched_period", 0), EMPTY("sched_util_min"),
		    EMPTY("sched_util_max"), I("flags", 0));
	}
	head[0] = _LINUX_CAPABILITY_VERSION_1;
	SEE(33019, "capget", I("res", call(SYS_capget, head, caps)), I("version", head[0]), I("pid", 0),
	    I("effective_low", caps[0]), EMPTY("effective_high"), I("permitted_low", caps[1]), EMPTY("permitted_high"),
	    I("inheritable_low", caps[2]), EMPTY("inheritable_high"));
	SEE(32999, "getgroups", I("res", call(SYS_getgroups, 0, groups)), I("gidsetsize", 0), I("grouplist", groups),
	    EMPTY("groups"));
	mount[3] = 77;
	for (int i = 0; i < 3; i++) {
		mount[0] = i == 1 ? 0x100000 : 0;
		mount[1] = i == 2 ? 0x100000 : 0;
		SEE(33653, "mount_setattr", I("res", call(SYS_mount_setattr, -1, path, 0, mount, 32L)), I("dfd", -1),
		    S("path", path), I("flags", 0), I("attr_set", mount[0]), I("attr_clr", mount[1]),
		    I("propagation", 0), i ? I("userns_fd", 77) : EMPTY("userns_fd"), I("usize", 32));
	}
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(get_ids),	  CASE(set_uids),  CASE(set_gids),   CASE(sessions),	  CASE(capset_both),
		CASE(namespaces), CASE(prctl_all), CASE(prctl_more), CASE(short_structs),
	};

	return live_family("process_ids", cases, sizeof(cases) / sizeof(cases[0]));
}

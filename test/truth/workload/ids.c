/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Users, groups, capabilities, process groups, sessions and limits. The calls are the kernel's own, which act on one
 * thread. */
#include <linux/capability.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "workload.h"

static uint32_t any_id(struct member *m)
{
	static const uint32_t ids[] = {0, 1, 1000, 1001, 65534, 70000};

	return ids[below(m, 6)];
}

/* Rights go with the effective id, and come back with it. */
static int set_effective(struct member *m)
{
	long err = SYS(setresuid, -1, any_id(m), -1);

	if (chance(m, 70))
		SYS(setresuid, -1, 0, -1);
	return refused(err);
}

static int set_effective_gid(struct member *m)
{
	return refused(SYS(setresgid, -1, any_id(m), -1));
}

static int set_effective_back(struct member *m)
{
	(void)m;
	SYS(setresgid, -1, 0, -1);
	return refused(SYS(setreuid, -1, 0));
}

static int drop_user(struct member *m)
{
	uint32_t id = 1000 + below(m, 3);
	long err = chance(m, 50) ? SYS(setuid, id) : SYS(setresuid, id, id, id);

	if (err >= 0)
		m->slot->spoiled = true;
	return refused(err);
}

static int set_group(struct member *m)
{
	switch (below(m, 3)) {
	case 0:
		return refused(SYS(setgid, any_id(m)));
	case 1:
		return refused(SYS(setregid, any_id(m), any_id(m)));
	default:
		return refused(SYS(setresgid, any_id(m), any_id(m), any_id(m)));
	}
}

/* They never fail: the result is the id before. */
static int set_fs_ids(struct member *m)
{
	if (chance(m, 50))
		SYS(setfsuid, any_id(m));
	else
		SYS(setfsgid, any_id(m));
	return 0;
}

static int set_groups(struct member *m)
{
	uint32_t groups[4];
	unsigned n = below(m, 5);

	for (unsigned i = 0; i < n; i++)
		groups[i] = any_id(m);
	return refused(SYS(setgroups, n, groups));
}

/* A right that no other operation needs, so that nothing else is refused for it. */
static int set_caps(struct member *m)
{
	static const int spare[] = {CAP_SYS_TIME, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_WAKE_ALARM};
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2];
	int cap = spare[below(m, 4)];
	uint32_t bit = 1u << cap % 32;
	long err = SYS(capget, &head, caps);

	if (err < 0)
		return refused(err);
	if (chance(m, 50))
		caps[cap / 32].effective ^= bit & caps[cap / 32].permitted;
	else
		caps[cap / 32].inheritable ^= bit;
	return refused(SYS(capset, &head, caps));
}

static int set_ambient(struct member *m)
{
	int how = chance(m, 60) ? PR_CAP_AMBIENT_RAISE : PR_CAP_AMBIENT_LOWER;

	return refused(SYS(prctl, PR_CAP_AMBIENT, how, CAP_MKNOD, 0, 0));
}

static int set_process_group(struct member *m)
{
	if (chance(m, 50))
		return refused(SYS(setpgid, 0, 0));
	return refused(SYS(setpgid, m->slot->tgid, any_slot(m)->tgid));
}

static int set_session(struct member *m)
{
	(void)m;
	return refused(SYS(setsid));
}

static int set_subreaper(struct member *m)
{
	return refused(SYS(prctl, PR_SET_CHILD_SUBREAPER, (long)chance(m, 60), 0, 0, 0));
}

static int set_limit(struct member *m)
{
	struct rlimit limit = {CROWDED_FD + 20 + below(m, 30), FD_LIMIT};

	if (chance(m, 50))
		return refused(SYS(prlimit64, 0, RLIMIT_NOFILE, &limit, NULL));
	limit.rlim_cur = limit.rlim_max = 0;
	return refused(SYS(prlimit64, 0, RLIMIT_CORE, &limit, NULL));
}

const struct op ids_ops[] = {
	{"seteuid", set_effective, 6, 0},
	{"setegid", set_effective_gid, 3, 0},
	{"seteuid_back", set_effective_back, 6, 0},
	{"setuid", drop_user, 2, OP_SPOILS},
	{"setgid", set_group, 4, 0},
	{"setfsid", set_fs_ids, 3, 0},
	{"setgroups", set_groups, 3, 0},
	{"capset", set_caps, 4, 0},
	{"ambient", set_ambient, 2, 0},
	{"setpgid", set_process_group, 5, 0},
	{"setsid", set_session, 3, 0},
	{"subreaper", set_subreaper, 3, 0},
	{"setrlimit", set_limit, 3, 0},
	{0},
};

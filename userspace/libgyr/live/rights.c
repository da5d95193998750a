// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/rights.h"

#include <linux/capability.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PARANOID_PATH "/proc/sys/kernel/perf_event_paranoid"
#define PARANOID_MAX  2 /* of the mainline kernel; Debian's has a level above, at which CAP_PERFMON is not enough */

bool rights_has_cap(int cap)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	/* Not from /proc, which may not be mounted. */
	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

bool rights_to_load(void)
{
	return rights_has_cap(CAP_SYS_ADMIN) || (rights_has_cap(CAP_BPF) && rights_has_cap(CAP_PERFMON));
}

/* Until 5.10 the memory of maps and programs is locked memory; libbpf lifts its limit where it may. */
static bool bpf_memory_limited(void)
{
	unsigned int major = 0, minor = 0;
	struct rlimit limit;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return false;
	if (major > 5 || (major == 5 && minor > 10) || rights_has_cap(CAP_SYS_RESOURCE))
		return false;
	return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

const char *rights_advice(void)
{
	if (rights_to_load() && bpf_memory_limited())
		return "before Linux 5.11 BPF memory counts as locked memory: run with CAP_SYS_RESOURCE as well, or "
		       "under ulimit -l unlimited";
	if (rights_to_load())
		return "the capabilities are there, but a seccomp profile forbids it, or a user namespace, which makes "
		       "them void: run gyr outside of the container, or in a privileged one";
	return RIGHTS_ADVICE;
}

const char *rights_advice_perf(char *buf, size_t size)
{
	int level = 0, n = 0;
	FILE *f;

	f = fopen(PARANOID_PATH, "re");
	if (f) {
		n = fscanf(f, "%d", &level);
		fclose(f);
	}
	if (n != 1 || level <= PARANOID_MAX || rights_has_cap(CAP_SYS_ADMIN))
		return rights_advice();
	snprintf(buf, size,
		 "kernel.perf_event_paranoid is %d on this host, where CAP_PERFMON may not be enough: set it to %d "
		 "(sysctl kernel.perf_event_paranoid=%d), or run as root, or with CAP_SYS_ADMIN",
		 level, PARANOID_MAX, PARANOID_MAX);
	return buf;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/rights.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

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

const char *rights_advice(void)
{
	if (rights_to_load())
		return "the capabilities are there, but a seccomp profile forbids it, or a user namespace, which makes "
		       "them void: run gyr outside of the container, or in a privileged one";
	return RIGHTS_ADVICE;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What threads are called: by themselves, and by others of their process through /proc. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "workload.h"

static const char *any_comm(struct member *m)
{
	static const char *const names[] = {
		"worker",  "a b",	  "x) S (y", "fifteen letters", "more than fifteen letters", "caf\303\251", "",
		"tab\tin", "kworker/0:1", "-",	     "[brackets]"};

	return names[below(m, sizeof(names) / sizeof(*names))];
}

static int name_self(struct member *m)
{
	return refused(SYS(prctl, PR_SET_NAME, any_comm(m), 0, 0, 0));
}

static int name_another(struct member *m)
{
	const char *name = any_comm(m);
	char path[64];
	long fd, n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", any_thread_of_own(m)->tid);
	fd = SYS(openat, AT_FDCWD, path, O_WRONLY, 0);
	if (fd < 0)
		return refused(fd);
	n = SYS(write, (int)fd, name, strlen(name));
	SYS(close, (int)fd);
	return refused(n);
}

const struct op names_ops[] = {
	{"set_name", name_self, 10, 0},
	{"name_another", name_another, 8, 0},
	{0},
};

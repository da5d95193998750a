// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/features.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live/cgroup.h"
#include "live/probe.h"
#include "live/rights.h"
#include "live/try.h"

#define PID_NS_INIT_INO 0xEFFFFFFCU /* fixed in the kernel: PROC_PID_INIT_INO */

static int find_btf_build(const struct feature *f, const struct feature_env *env)
{
	(void)f;
	return env->probe->build == GYR_BUILD_NOBTF ? -EOPNOTSUPP : 0;
}

static int find_task_btf(const struct feature *f, const struct feature_env *env)
{
	int err = find_btf_build(f, env);

	return err ? err : try_helper(BPF_FUNC_get_current_task_btf);
}

static int find_unpreempted(const struct feature *f, const struct feature_env *env)
{
	(void)f;
	return env->probe->build != GYR_BUILD_PREEMPT && try_preemptible() == 0 ? -EOPNOTSUPP : 0;
}

static int find_fillers(const struct feature *f, const struct feature_env *env)
{
	(void)f;
	return env->probe->nrefused ? -EINVAL : 0;
}

/* Of the feature's program, by the name of its section. An object without the program has no use for it. */
static int find_tracepoint(const struct feature *f, const struct feature_env *env)
{
	const struct bpf_program *prog = bpf_object__find_program_by_name(env->probe->obj, f->program);
	const char *section;

	if (!prog)
		return 0;
	section = strrchr(bpf_program__section_name(prog), '/');
	return section ? try_tracepoint(section + 1) : -ENOENT;
}

static int find_enter(const struct feature *f, const struct feature_env *env)
{
	(void)f;
	return env->probe->no_enter ? 0 : try_perf_tracepoint("syscalls/sys_enter_openat");
}

/* The map came before the programs that may use it. */
static int find_task_storage(const struct feature *f, const struct feature_env *env)
{
	(void)f;
	return env->probe->latency ? try_task_storage(env->probe->build) : 0;
}

/* Only the object for x86_64 has the program; there, nothing but the verifier can object to it. */
static int find_compat(const struct feature *f, const struct feature_env *env)
{
	return bpf_object__find_program_by_name(env->probe->obj, f->program) ? 0 : -EOPNOTSUPP;
}

/* The tracepoint of submissions has two names, and each a program. */
const char *uring_submit_program(void)
{
	return try_tracepoint("io_uring_submit_req") == 0 ? "gyr_uring_req" : "gyr_uring_sqe";
}

static int find_uring(const struct feature *f, const struct feature_env *env)
{
	int err;

	(void)f;
	(void)env;
	err = try_tracepoint("io_uring_submit_req");
	if (err)
		err = try_tracepoint("io_uring_submit_sqe");
	return err ? err : try_tracepoint("io_uring_complete");
}

static int find_run_on_cpu(const struct feature *f, const struct feature_env *env)
{
	(void)f;
	(void)env;
	return try_run_on_cpu();
}

static int find_membarrier(const struct feature *f, const struct feature_env *env)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	(void)f;
	(void)env;
	if (commands < 0)
		return -errno;
	return commands & MEMBARRIER_CMD_GLOBAL ? 0 : -EOPNOTSUPP;
}

static int find_ptrace(const struct feature *f, const struct feature_env *env)
{
	(void)f;
	(void)env;
	return rights_has_cap(CAP_SYS_PTRACE) ? 0 : -EPERM;
}

static int find_host_ids(const struct feature *f, const struct feature_env *env)
{
	char path[PATH_MAX];
	struct stat st;

	(void)f;
	if (env->probe->whoami)
		return env->probe->local_ids ? 0 : -EOPNOTSUPP;
	snprintf(path, sizeof(path), "%s/proc/self/ns/pid", env->root);
	if (stat(path, &st))
		return -errno;
	return st.st_ino == PID_NS_INIT_INO ? 0 : -EOPNOTSUPP;
}

static int find_cgroup2(const struct feature *f, const struct feature_env *env)
{
	char path[PATH_MAX];

	(void)f;
	return cgroup_mount(env->root, path, sizeof(path));
}

#define TRACEPOINT_ADVICE                                                                                              \
	"use a kernel that has its tracepoint; gyr check -v shows what the verifier says, if it is that"

const struct feature features[GYR_FEATURES] = {
	[GYR_FEATURE_BTF_PROGRAMS] = {.name = "BTF programs",
				      .lost = "kernel memory is read by calls of helpers, which makes events dearer",
				      .advice = "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, and no --btf",
				      .of_probe = true,
				      .only_cost = true,
				      .find = find_btf_build},
	[GYR_FEATURE_TASK_BTF] = {.name = "current task with BTF",
				  .lost = "the current task is read by calls of helpers, which makes events dearer",
				  .advice = "use a kernel of version 5.11 or later, and no --btf",
				  .of_probe = true,
				  .only_cost = true,
				  .find = find_task_btf},
	[GYR_FEATURE_UNPREEMPTED] = {.name = "programs run through",
				     .lost = "the kernel preempts them, and misses other threads of that CPU: "
					     "counted as busy",
				     .advice = "mount tracefs (/sys/kernel/tracing), run as root, and without --probe "
					       "and --btf",
				     .of_probe = true,
				     .find = find_unpreempted},
	[GYR_FEATURE_FILLERS] = {.name = "all fillers",
				 .lost = "system calls whose program the verifier refuses come as generic events",
				 .advice = "those system calls come as generic events; gyr check -v shows why",
				 .of_probe = true,
				 .find = find_fillers},
	[GYR_FEATURE_FORK] = {.name = "births of processes",
			      .lost = "descendants of chosen processes are not seen",
			      .advice = TRACEPOINT_ADVICE,
			      .program = "gyr_follow_add",
			      .of_probe = true,
			      .find = find_tracepoint},
	[GYR_FEATURE_FREE] = {.name = "ends of processes",
			      .lost = "who gets the id of a chosen process that has ended is taken for it",
			      .advice = TRACEPOINT_ADVICE,
			      .program = "gyr_follow_del",
			      .of_probe = true,
			      .find = find_tracepoint},
	[GYR_FEATURE_EXIT] = {.name = "ends of threads",
			      .lost = "there are no procexit events, and threads that ended stay in the tables",
			      .advice = TRACEPOINT_ADVICE,
			      .program = "gyr_procexit",
			      .of_probe = true,
			      .find = find_tracepoint},
	[GYR_FEATURE_CHILD] = {.name = "children's own events",
			       .lost = "a new process or thread has no clone event of its own, only its parent's",
			       .advice = TRACEPOINT_ADVICE,
			       .program = "gyr_clone_child",
			       .of_probe = true,
			       .find = find_tracepoint},
	[GYR_FEATURE_SIGNAL] = {.name = "signals",
				.lost = "there are no signaldeliver events",
				.advice = TRACEPOINT_ADVICE,
				.program = "gyr_signal",
				.of_probe = true,
				.find = find_tracepoint},
	[GYR_FEATURE_SWITCH] = {.name = "context switches",
				.lost = "there are no switch events",
				.advice = TRACEPOINT_ADVICE,
				.program = "gyr_switch",
				.of_probe = true,
				.find = find_tracepoint},
	[GYR_FEATURE_FAULT] = {.name = "page faults",
			       .lost = "there are no page_fault events of user space",
			       .advice = TRACEPOINT_ADVICE,
			       .program = "gyr_fault_user",
			       .of_probe = true,
			       .find = find_tracepoint},
	[GYR_FEATURE_FAULT_KERNEL] = {.name = "kernel's page faults",
				      .lost = "there are no page_fault events of the kernel",
				      .advice = TRACEPOINT_ADVICE,
				      .program = "gyr_fault_kern",
				      .of_probe = true,
				      .find = find_tracepoint},
	[GYR_FEATURE_ENTER] = {.name = "entries",
			       .lost = "open, openat, openat2, creat and connect have no event at their entry",
			       .advice = "run as root, or mount tracefs (/sys/kernel/tracing) and let it be read; on a "
					 "kernel built with CONFIG_FTRACE_SYSCALLS=y",
			       .of_probe = true,
			       .find = find_enter},
	[GYR_FEATURE_COMPAT] =
		{.name = "32-bit programs",
		 .lost = "the system calls of 32-bit programs are counted, and not shown",
		 .advice = "on x86_64 gyr check -v shows what the verifier says; on others there is no way yet",
		 .program = "gyr_compat",
		 .of_probe = true,
		 .find = find_compat},
	[GYR_FEATURE_LATENCY] = {.name = "latencies",
				 .lost = "it is not known how long system calls took",
				 .advice = TRACEPOINT_ADVICE,
				 .program = "gyr_enter",
				 .of_probe = true,
				 .find = find_tracepoint},
	[GYR_FEATURE_TASK_STORAGE] =
		{.name = "task storage",
		 .lost = "latencies are dearer, and known of up to 32768 threads at a time",
		 .advice = "use a kernel of version 5.13 or later, a CPU with cmpxchg16b, and no --btf",
		 .of_probe = true,
		 .only_cost = true,
		 .find = find_task_storage},
	[GYR_FEATURE_URING] = {.name = "io_uring",
			       .lost = "what is done by io_uring has no events but those of its system calls",
			       .advice = TRACEPOINT_ADVICE,
			       .of_probe = true,
			       .find = find_uring},
	[GYR_FEATURE_URING_REFUSED] = {.name = "io_uring's refusals",
				       .lost = "of operations that it refuses at once only the completion is seen",
				       .advice = "use a kernel of version 5.18 or later",
				       .program = "gyr_uring_fail",
				       .of_probe = true,
				       .find = find_tracepoint},
	[GYR_FEATURE_RUN_ON_CPU] = {.name = "programs on request",
				    .lost = "events are sent one by one: dearer, and late where a ring was full",
				    .advice = "use a kernel of version 5.10 or later; allow bpf(2) in seccomp profiles",
				    .program = "gyr_flush",
				    .of_probe = true,
				    .only_cost = true,
				    .find = find_run_on_cpu},
	[GYR_FEATURE_MEMBARRIER] = {.name = "membarrier",
				    .lost = "the last events of a capture may stay pending",
				    .advice = "boot without nohz_full; allow membarrier(2) in seccomp profiles",
				    .find = find_membarrier},
	[GYR_FEATURE_PTRACE] = {.name = "reading /proc",
				.lost = "what others have open before gyr starts has no name",
				.advice = "run as root, or with CAP_SYS_PTRACE as well",
				.find = find_ptrace},
	[GYR_FEATURE_HOST_IDS] = {.name = "pid namespace",
				  .lost = "not the host's: its /proc is not read, and nothing is known of before",
				  .advice = "run in that of the host, as with docker run --pid=host, and mount /proc",
				  .find = find_host_ids},
	[GYR_FEATURE_CGROUP2] = {.name = "cgroups",
				 .lost = "none of version 2: nothing can be chosen by cgroup or container",
				 .advice = "mount -t cgroup2 none /sys/fs/cgroup/unified, for a start, or boot with "
					   "systemd.unified_cgroup_hierarchy=1",
				 .only_cost = true,
				 .find = find_cgroup2},
};

int feature_find(enum gyr_feature feature, const struct feature_env *env)
{
	if (env->probe->lost & FEATURE_BIT(feature))
		return -EOPNOTSUPP;
	return features[feature].find(&features[feature], env);
}

uint64_t features_tell(const struct probe *p, uint64_t told, struct gyr_diag *d)
{
	uint64_t lost = probe_lost_features(p);
	enum gyr_log_level level;
	char refused[128];
	int i;

	for (i = 0; i < GYR_FEATURES; i++) {
		if (!(lost & ~told & FEATURE_BIT(i)))
			continue;
		level = features[i].only_cost ? GYR_LOG_INFO : GYR_LOG_WARN;
		if (i == GYR_FEATURE_FILLERS)
			diag_log(d, level, "not %s: %s: %s", features[i].name, features[i].lost,
				 probe_refused(p, refused, sizeof(refused)));
		else
			diag_log(d, level, "no %s: %s", features[i].name, features[i].lost);
	}
	return lost;
}

enum gyr_feature feature_of_program(const char *program)
{
	int i;

	for (i = 0; i < GYR_FEATURES; i++)
		if (features[i].program && !strcmp(features[i].program, program))
			break;
	return i;
}

const char *gyr_feature_name(enum gyr_feature feature)
{
	return (unsigned int)feature < GYR_FEATURES ? features[feature].name : NULL;
}

const char *gyr_feature_lost(enum gyr_feature feature)
{
	return (unsigned int)feature < GYR_FEATURES ? features[feature].lost : NULL;
}

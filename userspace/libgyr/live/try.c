// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/try.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live/tracefs.h"
#include "settings.h"

#define NAME "gyr_try"

#define RETURN_0                                                                                                       \
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},                                                   \
	{                                                                                                              \
		.code = BPF_JMP | BPF_EXIT                                                                             \
	}

static int close_on_success(int fd)
{
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int make_map(uint32_t type, uint32_t flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);

	return bpf_map_create(type, NAME, sizeof(uint32_t), sizeof(uint32_t), 1, &opts);
}

int try_map(uint32_t type)
{
	return close_on_success(make_map(type, 0));
}

int try_mmapable_map(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = make_map(BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE);
	void *mem;
	int err = 0;

	if (fd < 0)
		return -errno;
	mem = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		err = -errno;
	else
		munmap(mem, page);
	close(fd);
	return err;
}

static int load_with(const struct bpf_insn *insns, size_t n, uint32_t flags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = flags);

	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, NAME, "Dual BSD/GPL", insns, n, &opts);
}

static int load(const struct bpf_insn *insns, size_t n)
{
	return load_with(insns, n, 0);
}

int try_helper(uint32_t helper)
{
	const struct bpf_insn insns[] = {{.code = BPF_JMP | BPF_CALL, .imm = (int32_t)helper}, RETURN_0};

	return close_on_success(load(insns, sizeof(insns) / sizeof(insns[0])));
}

/*
 * A program that reads more arguments than the tracepoint has is refused by it, with another error than when there is
 * none: nothing is attached, which would take a grace period to undo.
 */
int try_tracepoint(const char *name)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1, .off = 11 * 8},
		RETURN_0,
	};
	int fd, err;

	fd = load(insns, sizeof(insns) / sizeof(insns[0]));
	if (fd < 0)
		return -errno;
	err = close_on_success(bpf_raw_tracepoint_open(name, fd));
	close(fd);
	return err == -EINVAL ? 0 : err;
}

int try_tail_call_beside_calls(void)
{
	int map = make_map(BPF_MAP_TYPE_PROG_ARRAY, 0), err;
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1},
		{.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 7},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_6},
		{.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call},
		RETURN_0,
		RETURN_0, /* the function */
	};

	if (map < 0)
		return -errno;
	err = close_on_success(load(insns, sizeof(insns) / sizeof(insns[0])));
	close(map);
	return err;
}

/*
 * Preemption went with what lets programs at tracepoints sleep: a kernel that takes one that may (7.2) leaves
 * preemption on for those that may not. Tried there: of four threads that make system calls on one CPU, most calls are
 * missed.
 */
int try_preemptible(void)
{
	static const struct bpf_insn insns[] = {RETURN_0};

	return close_on_success(load_with(insns, sizeof(insns) / sizeof(insns[0]), BPF_F_SLEEPABLE));
}

int try_perf_tracepoint(const char *name)
{
	int fd = tracefs_perf_event(name);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Keeps a value with the caller's own task in it, for as long as this takes. */
static int store_in_task(int btf, int type)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC, .btf_fd = (uint32_t)btf,
		    .btf_key_type_id = (uint32_t)type, .btf_value_type_id = (uint32_t)type);
	int map, pidfd, value = 0, err = 0;

	map = bpf_map_create(BPF_MAP_TYPE_TASK_STORAGE, NAME, sizeof(int), sizeof(int), 0, &opts);
	if (map < 0)
		return -errno;
	pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (pidfd < 0 || bpf_map_update_elem(map, &pidfd, &value, BPF_NOEXIST))
		err = -errno;
	if (pidfd >= 0)
		close(pidfd);
	close(map);
	return err;
}

/* From 6.19 on its memory comes by kmalloc_nolock, of which there is none on a CPU without cmpxchg16b. */
int try_task_storage(uint32_t build)
{
	struct btf *btf;
	int type, err;

	if (build == GYR_BUILD_NOBTF ||
	    libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_task_storage_get, NULL) != 1)
		return -EOPNOTSUPP;
	btf = btf__new_empty();
	if (!btf)
		return -errno;
	type = btf__add_int(btf, "int", sizeof(int), BTF_INT_SIGNED);
	err = type < 0 ? type : btf__load_into_kernel(btf);
	if (!err)
		err = store_in_task(btf__fd(btf), type);
	btf__free(btf);
	return err;
}

int try_run_on_cpu(void)
{
	static const struct bpf_insn insns[] = {RETURN_0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = sched_getcpu());
	int fd, err = 0;

	fd = load(insns, sizeof(insns) / sizeof(insns[0]));
	if (fd < 0)
		return -errno;
	if (bpf_prog_test_run_opts(fd, &run))
		err = -errno;
	close(fd);
	return err;
}

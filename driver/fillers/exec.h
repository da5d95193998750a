/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * execve, execveat. A success tells of the new program, from the kernel; a failure of what was asked for, from the
 * caller's pointers, and of the task as it was and still is.
 */
#ifndef GYR_FILLERS_EXEC_H
#define GYR_FILLERS_EXEC_H

#include <gyr/event_types.h>

#include "convert.gen.h"
#include "path_helpers.h"
#include "task_helpers.h"
#include "wire_values.gen.h"

#define EXECVE_NPARAMS 31

#define ARGV_MAX   64 /* strings looked at in the argv and envp of an exec that failed */
#define ARGV_STEPS 8  /* ... at once */
#define ARGV_END   (1u << 31)
#define ARGV_CUT   (1u << 30)

#define SB_RDONLY	 1
#define S_IMMUTABLE	 8
#define MAY_WRITE	 2
#define CAP_DAC_OVERRIDE 1
#define CAP_FOWNER	 3

/* 0, or not. */
static __always_inline s64 read_user_ptr(struct gyr_cpu *cpu, u64 *ptr, u64 array, u32 i)
{
	*ptr = 0;
	if (call_mark(cpu))
		return bpf_probe_read_user(ptr, sizeof(u32), (void *)(array + i * sizeof(u32)));
	return bpf_probe_read_user(ptr, sizeof(*ptr), (void *)(array + i * sizeof(*ptr)));
}

/*
 * Copies the strings of argv from argv[first] to before argv[end], ARGV_STEPS at most, to `pos` of the frame that is
 * being built, where `len` bytes of them are already. Returns how many are there then; with ARGV_END, if no more are to
 * come, and ARGV_CUT, if there were more. (A global function: see
 * gyr_fd_file.)
 */
__noinline u32 gyr_copy_argv(u64 argv, u32 first, u32 end, u32 pos, u32 len)
{
	struct gyr_cpu *cpu = this_cpu();
	u32 i, base;
	u64 str;
	s64 n;

	if (!cpu || !argv || first > ARGV_MAX)
		return len | ARGV_END;
	for (i = 0; i < ARGV_STEPS; i++) {
		if (first + i >= end && end < ARGV_MAX)
			return len | ARGV_END;
		if (read_user_ptr(cpu, &str, argv, first + i)) {
			cpu->user_faults++;
			return len | ARGV_END | ARGV_CUT;
		}
		if (!str)
			return len | ARGV_END;
		base = forget_val(cpu, cpu->len);
		len = forget_val(cpu, len);
		KEEP(pos);
		if (first + i >= end || base > GYR_BATCH_ROOM || pos > GYR_FRAME_MAX - 2 * ARGS_MAX || len >= ARGS_MAX)
			return len | ARGV_END | ARGV_CUT;
		n = read_user_str(cpu->data + base + pos + len, ARGS_MAX - len + 1, str);
		if (n < 0) {
			cpu->user_faults++;
			return len | ARGV_END | ARGV_CUT;
		}
		if (len + n > ARGS_MAX) {
			cpu->data[base + pos + ARGS_MAX - 1] = 0;
			return ARGS_MAX | ARGV_END | ARGV_CUT;
		}
		len += n;
	}
	return len;
}

/* False: there is nothing, as argv[first] is its end. */
static __always_inline bool put_user_argv(struct frame *f, u64 argv, u32 first, u32 end)
{
	u32 len = 0, i;

#pragma clang loop unroll(disable)
	for (i = first; i <= end; i += ARGV_STEPS) {
		len = gyr_copy_argv(argv, i, end, f->pos, len);
		if (len & ARGV_END)
			break;
	}
	if (len & ARGV_CUT)
		frame_cut(f);
	frame_param_done(f, forget(f, len & ~(ARGV_END | ARGV_CUT)));
	frame_merge(f);
	return forget(f, len) != ARGV_END;
}

static __always_inline void put_task_env(struct frame *f, struct task_struct *task)
{
	u64 start = BPF_CORE_READ(task, mm, env_start);

	put_user_strings(f, start, BPF_CORE_READ(task, mm, env_end) - start, ARGS_MAX);
}

static __always_inline u32 task_tty(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	struct tty_driver *driver;

	if (!tty)
		return 0;
	driver = BPF_CORE_READ(tty, driver);
	return encode_dev((BPF_CORE_READ(driver, major) << 20 | BPF_CORE_READ(driver, minor_start)) +
			  BPF_CORE_READ(tty, index));
}

static __always_inline u32 task_loginuid(struct task_struct *task)
{
	if (bpf_core_field_exists(task->loginuid))
		return BPF_CORE_READ(task, loginuid.val);
	return -1; /* no CONFIG_AUDIT */
}

/* Whether an id has a number in the user namespace that a map belongs to. */
static __always_inline bool id_mapped(struct uid_gid_map *map, u32 id)
{
	u32 n = BPF_CORE_READ(map, nr_extents);
	u32 i;

	if (n > 5) /* kept in a table elsewhere: too rare to search */
		return true;
	for (i = 0; i < 5; i++)
		if (i < n && id - BPF_CORE_READ(map, extent[i].lower_first) < BPF_CORE_READ(map, extent[i].count))
			return true;
	return false;
}

/* The kernel keeps supplementary groups sorted; 2^16 of them at most. */
static __always_inline bool in_groups(const struct cred *cred, u32 gid)
{
	struct group_info *info = BPF_CORE_READ(cred, group_info);
	u32 lo = 0, hi = BPF_CORE_READ(info, ngroups);
	kgid_t *ids = (void *)info + bpf_core_field_offset(struct group_info, gid);
	u32 i, id;

	for (i = 0; i < 17 && lo < hi; i++) {
		u32 mid = (lo + hi) / 2;

		if (bpf_probe_read_kernel(&id, sizeof(id), ids + mid))
			return false;
		if (id == gid)
			return true;
		if (id < gid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

/* Whether the task may write to its own executable; ACLs and security modules are not asked. */
static __always_inline bool exe_writable(const struct cred *cred, struct inode *inode)
{
	u32 mode = BPF_CORE_READ(inode, i_mode);
	u32 uid = BPF_CORE_READ(inode, i_uid.val);
	u32 gid = BPF_CORE_READ(inode, i_gid.val);
	struct user_namespace *ns;
	u64 caps;

	if (BPF_CORE_READ(inode, i_sb, s_flags) & SB_RDONLY && (mode & S_IFMT) == S_IFREG)
		return false;
	if (BPF_CORE_READ(inode, i_flags) & S_IMMUTABLE || uid == (u32)-1 || gid == (u32)-1)
		return false;
	if (BPF_CORE_READ(cred, fsuid.val) == uid)
		return true;
	if (BPF_CORE_READ(cred, fsgid.val) == gid || in_groups(cred, gid))
		mode >>= 3;
	if (mode & MAY_WRITE)
		return true;
	caps = BPF_CORE_READ(cred, cap_effective).val;
	if (!(caps & (1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER)))
		return false;
	ns = BPF_CORE_READ(cred, user_ns);
	if (!id_mapped(&ns->uid_map, uid))
		return false;
	return caps & 1u << CAP_FOWNER || id_mapped(&ns->gid_map, gid);
}

/* A memfd's dentry hangs on nothing and is called "memfd:..." */
static __always_inline bool dentry_is_memfd(struct dentry *dentry)
{
	char name[8] = {};

	if (BPF_CORE_READ(dentry, d_parent) != dentry)
		return false;
	bpf_probe_read_kernel_str(name, 7, BPF_CORE_READ(dentry, d_name.name));
	return *(u64 *)name == *(const u64 *)"memfd:\0";
}

/* A global function: see gyr_fd_file. */
__noinline u32 gyr_exe_flags(u64 cred, u64 exe_addr)
{
	struct file *exe = (struct file *)exe_addr;
	struct inode *inode = BPF_CORE_READ(exe, f_inode);
	u32 flags = exe_writable((const struct cred *)cred, inode) ? GYR_WIRE_EXECVE_FLAGS_EXE_WRITABLE : 0;
	enum overlay_layer layer = inode_layer(inode, BPF_CORE_READ(inode, i_sb));

	if (layer == OVERLAY_UPPER)
		flags |= GYR_WIRE_EXECVE_FLAGS_EXE_UPPER_LAYER;
	else if (layer == OVERLAY_LOWER)
		flags |= GYR_WIRE_EXECVE_FLAGS_EXE_LOWER_LAYER;
	if (dentry_is_memfd(BPF_CORE_READ(exe, f_path.dentry)))
		flags |= GYR_WIRE_EXECVE_FLAGS_EXE_FROM_MEMFD;
	return flags;
}

static __always_inline u64 epoch_ns(s64 sec, u32 nsec)
{
	return sec < 0 ? 0 : sec * NSEC_PER_SEC + nsec;
}

#define I_CTIME_QUERIED (1u << 31) /* from 6.6 on a mark rides in the nanoseconds */

static __always_inline u64 inode_ctime(struct inode *inode)
{
	struct inode___v6_6 *v6_6 = (void *)inode;
	struct inode___v5_10 *v5_10 = (void *)inode;

	if (bpf_core_field_exists(inode->i_ctime_sec))
		return epoch_ns(BPF_CORE_READ(inode, i_ctime_sec),
				BPF_CORE_READ(inode, i_ctime_nsec) & ~I_CTIME_QUERIED);
	if (bpf_core_field_exists(v6_6->__i_ctime))
		return epoch_ns(BPF_CORE_READ(v6_6, __i_ctime.tv_sec),
				BPF_CORE_READ(v6_6, __i_ctime.tv_nsec) & ~I_CTIME_QUERIED);
	return epoch_ns(BPF_CORE_READ(v5_10, i_ctime.tv_sec), BPF_CORE_READ(v5_10, i_ctime.tv_nsec));
}

static __always_inline u64 inode_mtime(struct inode *inode)
{
	struct inode___v6_6 *v6_6 = (void *)inode;
	struct inode___v5_10 *v5_10 = (void *)inode;

	if (bpf_core_field_exists(inode->i_mtime_sec))
		return epoch_ns(BPF_CORE_READ(inode, i_mtime_sec), BPF_CORE_READ(inode, i_mtime_nsec));
	if (bpf_core_field_exists(v6_6->__i_mtime))
		return epoch_ns(BPF_CORE_READ(v6_6, __i_mtime.tv_sec), BPF_CORE_READ(v6_6, __i_mtime.tv_nsec));
	return epoch_ns(BPF_CORE_READ(v5_10, i_mtime.tv_sec), BPF_CORE_READ(v5_10, i_mtime.tv_nsec));
}

/* caps to gid */
static __always_inline void put_exec_rights(struct frame *f, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct inode *inode = BPF_CORE_READ(exe, f_inode);

	put_u32(f, gyr_exe_flags((u64)cred, (u64)exe));
	put_u64(f, BPF_CORE_READ(cred, cap_inheritable).val);
	put_u64(f, BPF_CORE_READ(cred, cap_permitted).val);
	put_u64(f, BPF_CORE_READ(cred, cap_effective).val);
	put_u64(f, BPF_CORE_READ(inode, i_ino));
	put_u64(f, inode_ctime(inode));
	put_u64(f, inode_mtime(inode));
	put_u32(f, BPF_CORE_READ(cred, euid.val));
	put_path(f, &exe->f_path);
	put_u64(f, pid_nr(task_pid(task, PIDTYPE_PGID)));
	put_u32(f, BPF_CORE_READ(cred, egid.val));
}

/* The frame becomes one of another type; nothing has been put into it yet. */
static __always_inline void frame_retype(struct frame *f, u16 type, u32 nparams)
{
	f->nparams = nparams;
	f->pos = GYR_FRAME_HDR + nparams * sizeof(u16);
	STORE(u16, f->p + GYR_FRAME_TYPE, type);
	STORE(u16, f->p + GYR_FRAME_NPARAMS, nparams); /* the upper half has the marks */
}

/*
 * The name that a successful exec was asked for. The call's arguments are gone with the old memory, but the kernel has
 * copied the name to the top of the new stack, right behind the environment (AT_EXECFN points there), and nothing of
 * the new program has run yet.
 */
static __always_inline void put_exec_name(struct frame *f, struct call *c, struct task_struct *task)
{
	put_user_str(f, c, BPF_CORE_READ(task, mm, env_end));
}

static __always_inline bool exec_succeeded(struct call *c)
{
	return call_ret_anew(c) == 0;
}

/* All but filename. */
static __always_inline void put_exec(struct frame *f, struct call *c, u64 argv, u64 envp)
{
	struct task_struct *task = cur_task();

	put_u64(f, c->ret);
	if (exec_succeeded(c)) {
		put_task_exe_args(f, task);
	} else {
		/* An empty one: behind its end is something else. */
		if (!put_user_argv(f, argv, 0, 1))
			argv = 0;
		put_user_argv(f, argv, 1, ARGV_MAX);
	}
	put_task_stats(f, c, task);
	if (exec_succeeded(c))
		put_task_env(f, task);
	else
		put_user_argv(f, envp, 0, ARGV_MAX);
	put_u32(f, task_tty(task));
	put_u64(f, pid_vnr(task_pid(task, PIDTYPE_PGID)));
	put_u32(f, task_loginuid(task));
	put_exec_rights(f, task);
}

/*
 * One program for both, since the verifier's work on it is the largest of all. Readers expect a successful execveat as
 * an execve, so only one that failed has the type of its own, which lacks the last param.
 */
SEC_TP(sys_exit)
int gyr_exec(u64 *ctx)
{
	struct call c;
	struct frame f;
	bool at;

	if (!call_begin(ctx, &c, &f, GYR_EVT_SYSCALL_EXECVE_19_X, EXECVE_NPARAMS))
		return 0;
	at = gyr_exit_event[call_slot(&c)] == GYR_EVT_SYSCALL_EXECVEAT_X && !exec_succeeded(&c);
	if (at)
		frame_retype(&f, GYR_EVT_SYSCALL_EXECVEAT_X, EXECVE_NPARAMS - 1);
	f.nparams = forget(&f, f.nparams);
	frame_merge(&f);
	put_exec(&f, &c, at ? call_arg(&c, 2) : call_arg(&c, 1), at ? call_arg(&c, 3) : call_arg(&c, 2));
	if (exec_succeeded(&c))
		put_exec_name(&f, &c, cur_task());
	else if (!at)
		put_user_str(&f, &c, call_arg(&c, 0));
	call_end(ctx, &f);
	return 0;
}

#endif

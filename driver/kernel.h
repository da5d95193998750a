/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every kernel type that is read, cut to the fields that are read. CO-RE finds the real offsets at load time
 * (preserve_access_index), so order and gaps here mean nothing.
 */
#ifndef GYR_KERNEL_H
#define GYR_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

/* The names that libbpf's headers expect. */
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s32 __s32;
typedef s64 __s64;
typedef u16 __be16;
typedef u32 __be32;
typedef u32 __wsum;

#define NULL ((void *)0)
typedef _Bool bool;
#define true 1
#define false 0

/* UAPI values (include/uapi/linux/bpf.h). */
#define BPF_MAP_TYPE_HASH	      1
#define BPF_MAP_TYPE_ARRAY	      2
#define BPF_MAP_TYPE_PROG_ARRAY	      3
#define BPF_MAP_TYPE_PERF_EVENT_ARRAY 4
#define BPF_F_NO_PREALLOC	      (1U << 0)
#define BPF_F_MMAPABLE		      (1U << 10)
#define BPF_F_CURRENT_CPU	      0xffffffffULL
#define BPF_ANY			      0
#define BPF_NOEXIST		      1

#define ENOENT	   2
#define EBADF	   9
#define EFAULT	   14
#define ENOSPC	   28
#define ENOSYS	   38
#define EOPNOTSUPP 95

/* CO-RE finds whether the kernel has the helper by its name; the value is the UAPI's. */
enum bpf_func_id {
	BPF_FUNC_get_current_task_btf = 158,
};

/* Structs of user space, whose layout is fixed (UAPI). */
struct user_iovec {
	u64 base, len;
};

struct user_timespec {
	s64 tv_sec, tv_nsec;
};

struct user_open_how {
	u64 flags, mode, resolve;
};

struct user_msghdr {
	u64 name;
	s32 namelen;
	u64 iov, iovlen;
	u64 control, controllen;
	u32 flags;
};

struct user_mmsghdr {
	struct user_msghdr hdr;
	u32 len;
};

/* ... and of 32-bit callers. */
struct user_iovec32 {
	u32 base, len;
};

struct user_timespec32 {
	s32 tv_sec, tv_nsec;
};

struct user_msghdr32 {
	u32 name;
	s32 namelen;
	u32 iov, iovlen;
	u32 control, controllen;
	u32 flags;
};

struct user_mmsghdr32 {
	struct user_msghdr32 hdr;
	u32 len;
};

struct user_in_addr {
	u16 family;
	u16 port; /* network order, as all of an address is */
	u32 addr;
};

struct user_in6_addr {
	u16 family;
	u16 port;
	u32 flowinfo;
	u32 addr[4];
};

struct user_pollfd {
	s32 fd;
	s16 events, revents;
};

struct user_sembuf {
	u16 sem_num;
	s16 sem_op, sem_flg;
};

struct user_io_uring_params {
	u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features;
};

struct user_io_uring_getevents_arg {
	u64 sigmask;
};

/*
 * u32 cap[2] until 6.3, u64 val since: 64 bits in the same order on a little-endian machine. Of the kernel's types the
 * only one whose inside CO-RE must not look for.
 */
typedef struct {
	u64 val;
} kernel_cap_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 pc;
	u64 pstate;
	u64 orig_x0;
	s32 syscallno;
};
#endif

struct thread_info {
	u32 status;		    /* x86: TS_COMPAT */
	unsigned long syscall_work; /* with CONFIG_GENERIC_ENTRY, from 5.11 on */
};

/* arm64 */
struct cpu_context {
	unsigned long sp;
};

struct thread_struct {
	struct cpu_context cpu_context;
};

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

struct task_struct;

struct super_block {
	u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
};

struct inode {
	u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	u32 i_flags;
	struct super_block *i_sb;
	unsigned long i_ino;
	s64 i_mtime_sec, i_ctime_sec;
	u32 i_mtime_nsec, i_ctime_nsec;
};

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct inode___v5_10 {
	struct timespec64 i_mtime, i_ctime;
};

struct inode___v6_6 { /* renamed in 6.6 (i_ctime) and 6.7 (i_mtime), split in 6.11 */
	struct timespec64 __i_mtime, __i_ctime;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	u32 f_mode;
	u32 f_flags;
	void *private_data;
};

struct fdtable {
	u32 max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path pwd;
};

struct pid_namespace {
	struct task_struct *child_reaper;
	u32 level;
};

struct upid {
	s32 nr;
	struct pid_namespace *ns;
};

struct pid {
	u32 level;
	struct upid numbers[1];
};

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	PIDTYPE_MAX,
};

struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

struct tty_driver {
	s32 major;
	s32 minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	s32 index;
};

struct signal_struct {
	struct list_head thread_head;
	struct pid *pids[PIDTYPE_MAX];
	struct tty_struct *tty;
	struct rlimit rlim[16];
	u32 is_child_subreaper : 1;
	u32 has_child_subreaper : 1;
};

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
};

struct uid_gid_extent {
	u32 first;
	u32 lower_first;
	u32 count;
};

struct uid_gid_map {
	u32 nr_extents;
	struct uid_gid_extent extent[5];
};

struct user_namespace {
	struct uid_gid_map uid_map;
	struct uid_gid_map gid_map;
};

struct group_info {
	s32 ngroups;
	kgid_t gid[];
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
};

struct kernfs_node___v6_14 { /* `parent` became `__parent` in 6.15 */
	struct kernfs_node *parent;
};

struct cgroup {
	struct kernfs_node *kn;
	s32 level;
	u64 ancestor_ids[1]; /* until 6.1 */
};

struct cgroup_subsys {
	const char *name;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys *ss;
};

/* The values are those of the running kernel's configuration: CO-RE puts them in. */
enum cgroup_subsys_id {
	cpuset_cgrp_id,
	cpu_cgrp_id,
	cpuacct_cgrp_id,
	io_cgrp_id,
	memory_cgrp_id,
	CGROUP_SUBSYS_COUNT = 16,
};

struct css_set {
	struct cgroup *dfl_cgrp; /* of version 2 */
	struct cgroup_subsys_state *subsys[CGROUP_SUBSYS_COUNT];
};

enum {
	MM_FILEPAGES,
	MM_ANONPAGES,
	MM_SWAPENTS,
	MM_SHMEMPAGES,
	NR_MM_COUNTERS,
};

struct percpu_counter {
	s64 count;
};

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long total_vm;
	struct file *exe_file;
	struct percpu_counter rss_stat[NR_MM_COUNTERS];
};

/* rss_stat became an array of percpu_counter in 6.2. */
typedef struct {
	s64 counter;
} atomic_long_t;

struct mm_rss_stat {
	atomic_long_t count[NR_MM_COUNTERS];
};

struct mm_struct___v6_1 {
	struct mm_rss_stat rss_stat;
};

struct task_struct {
	struct thread_info thread_info;
	u32 flags;
	s32 exit_state;
	s32 exit_code;
	s32 pid;
	s32 tgid;
	char comm[16];
	u64 start_time;
	unsigned long min_flt, maj_flt;
	kuid_t loginuid;
	struct mm_struct *mm;
	struct files_struct *files;
	struct fs_struct *fs;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct list_head children;
	struct list_head thread_node;
	struct pid *thread_pid;
	const struct cred *cred;
	const struct cred *real_cred;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct thread_struct thread;
};

struct in6_addr {
	u32 addr32[4];
};

struct net;

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport; /* network order */
	u16 skc_num;   /* host order */
	u16 skc_family;
	u8 skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_type;
	u16 sk_protocol;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	s32 len;
	struct sockaddr_un name[];
};

struct unix_sock {
	struct sock *peer;
	struct unix_address *addr;
};

/* io_uring: most of it is in structs without a name, through which CO-RE looks. */
struct io_uring_sqe {
	u8 opcode;
};

struct io_uring_cqe {
	u64 user_data;
};

struct io_ring_ctx {
	u32 flags;
	u32 *sq_array;
	struct io_uring_sqe *sq_sqes;
	u32 cached_sq_head;
	u32 sq_entries;
	u32 compat : 1; /* a bit of int_flags in 7.2 */
};

struct io_cqe {
	u64 user_data;
};

struct io_kiocb {
	u8 opcode;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
};

struct io_cmd_data { /* not empty: clang 19 crashes over a member without size */
	struct file *file;
};

struct io_kiocb___v6_0 {
	struct io_cmd_data cmd; /* new in 6.0 */
};

struct io_kiocb___v5_18 { /* cqe since 5.19 */
	u64 user_data;
};

/* The records of perf's tracepoints. */
struct trace_event_raw_io_uring_submit_req {
	struct io_kiocb *req;
};

struct trace_event_raw_io_uring_req_failed {
	struct io_kiocb *req;
	u8 opcode;
};

struct trace_event_raw_io_uring_complete {
	void *ctx;
	struct io_kiocb *req;
	u64 user_data;
	s32 res;
	u32 cflags;
};

struct trace_event_raw_io_uring_cqe_overflow {
	void *ctx;
	u64 user_data;
	s32 res;
	u32 cflags;
};

/* What programs of iterators are given. */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif

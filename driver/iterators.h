/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The host as it is, for the library's tables at open: the kernel goes over all threads, or all open files, runs one of
 * these for each, and the library reads what they write (seen.h) from a file. They run in the process that reads, on
 * any CPU, and may be preempted by fillers: so they have a room of their own. The library reads one after the other.
 */
#ifndef GYR_ITERATORS_H
#define GYR_ITERATORS_H

#include "fd_context.h"
#include "seen.h"
#include "socket_helpers.h"
#include "task_helpers.h"

/* The kernel has to have BTF of its own for them. */
#ifndef GYR_NOBTF

#define PF_EXITING    0x00000004
#define PF_KTHREAD    0x00200000
#define ALL_IDS	      0xffffffffU /* the length of a map of all of them */
#define TEXT_LEN_MASK 7		  /* records are a multiple of 8 */

struct gyr_iter {
	struct path_room room;
	u8 beyond[PATH_MAX]; /* a verifier that knows neither where a text begins nor its length finds room for both */
	union {
		struct gyr_seen seen;
		struct gyr_seen_thread thread;
		struct gyr_seen_fd fd;
	};
	u32 at, len; /* of the text in room.text */
	u64 files;   /* the table that is being told, */
	u32 nfds;    /* ... of which so many fds were */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct gyr_iter);
} gyr_iter SEC(".maps");

static __always_inline struct gyr_iter *this_iter(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&gyr_iter, &key);
}

static __always_inline u64 time_of_events(void)
{
	return bpf_ktime_get_boot_ns() + gyr_set.boot_ns;
}

/* As gyr_walk_on. */
__noinline u32 gyr_iter_on(void)
{
	struct gyr_iter *it = this_iter();

	return it && walk_on(&it->room);
}

/* The path becomes the text; a file that is nowhere in the tree has its bare name. Returns GYR_SEEN_*. */
__noinline u32 gyr_iter_path(u64 path_addr, u32 is_dir)
{
	struct path *path = (struct path *)path_addr;
	struct gyr_iter *it = this_iter();
	u32 what = GYR_SEEN_PATH, pos;
	s64 n;
	int i;

	if (!it)
		return 0;
	walk_begin(&it->room, path);
	for (i = 0; i < PATH_LEVELS / WALK_STEPS; i++)
		if (!gyr_iter_on())
			break;
	pos = it->room.walk.pos;
	if (i == PATH_LEVELS / WALK_STEPS || !pos)
		return GYR_SEEN_UNTOLD;
	if (is_deleted(BPF_CORE_READ(path, dentry)))
		what |= GYR_SEEN_DELETED;
	if (pos != PATH_MAX - 1) {
		it->at = pos;
		it->len = PATH_MAX - pos;
		return what;
	}
	n = bpf_probe_read_kernel_str(it->room.text, NAME_LEN_MAX, BPF_CORE_READ(path, dentry, d_name.name));
	if (n <= 1)
		return GYR_SEEN_UNTOLD;
	it->at = 0;
	it->len = n;
	return is_dir ? what : 0; /* "/", as dentries of roots are called */
}

/* Writes the record and its text. What does not fit is written once more, when there is room. */
static __always_inline void write_seen(struct seq_file *seq, struct gyr_iter *it, u32 size)
{
	u64 at = it->at, len = (it->len + TEXT_LEN_MASK) & ~TEXT_LEN_MASK;

	it->seen.len = size + len;
	bpf_seq_write(seq, &it->seen, size);
	if (!len)
		return;
	AT_MOST(at, PATH_MAX - 1);
	AT_MOST(len, PATH_MAX);
	bpf_seq_write(seq, it->room.text + at, len);
}

/* ---- threads ---- */

/* As /proc has it: of a process that writes no map, or one of all ids to themselves, nothing is otherwise. */
static __always_inline bool has_other_ids(const struct cred *cred)
{
	struct uid_gid_map *map = &BPF_CORE_READ(cred, user_ns)->uid_map;

	return BPF_CORE_READ(map, nr_extents) != 1 || BPF_CORE_READ(map, extent[0].count) != ALL_IDS ||
	       BPF_CORE_READ(map, extent[0].first) != BPF_CORE_READ(map, extent[0].lower_first);
}

static __always_inline void see_ids(struct gyr_seen_thread *t, const struct cred *cred)
{
	t->uid = BPF_CORE_READ(cred, uid.val);
	t->gid = BPF_CORE_READ(cred, gid.val);
	t->suid = BPF_CORE_READ(cred, suid.val);
	t->sgid = BPF_CORE_READ(cred, sgid.val);
	t->euid = BPF_CORE_READ(cred, euid.val);
	t->egid = BPF_CORE_READ(cred, egid.val);
	t->fsuid = BPF_CORE_READ(cred, fsuid.val);
	t->fsgid = BPF_CORE_READ(cred, fsgid.val);
	t->cap_inheritable = BPF_CORE_READ(cred, cap_inheritable).val;
	t->cap_permitted = BPF_CORE_READ(cred, cap_permitted).val;
	t->cap_effective = BPF_CORE_READ(cred, cap_effective).val;
	if (has_other_ids(cred))
		t->seen.what |= GYR_SEEN_USER_NS;
}

static __always_inline void see_thread(struct gyr_seen_thread *t, struct task_struct *task)
{
	struct pid *pid = task_pid(task, PIDTYPE_PID);

	t->seen.kind = GYR_SEEN_THREAD;
	t->seen.what = BPF_CORE_READ(task, flags) & PF_KTHREAD ? GYR_SEEN_KERNEL : 0;
	if (BPF_CORE_READ(pid, level))
		t->seen.what |= GYR_SEEN_INNER_NS;
	t->tid = BPF_CORE_READ(task, pid);
	t->pid = BPF_CORE_READ(task, tgid);
	t->ppid = BPF_CORE_READ(task, real_parent, tgid);
	t->pgid = pid_nr(task_pid(task, PIDTYPE_PGID));
	t->sid = pid_nr(task_pid(task, PIDTYPE_SID));
	t->files = (u64)BPF_CORE_READ(task, files);
	t->fs = (u64)BPF_CORE_READ(task, fs);
	t->cgroups = (u64)BPF_CORE_READ(task, cgroups);
	bpf_probe_read_kernel_str(t->comm, sizeof(t->comm), task->comm);
	see_ids(t, BPF_CORE_READ(task, real_cred));
}

SEC("iter/task")
int gyr_iter_task(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task, *leader;
	struct gyr_iter *it = this_iter();
	struct file *exe;

	if (!task || !it || BPF_CORE_READ(task, exit_state) || BPF_CORE_READ(task, flags) & PF_EXITING)
		return 0;
	it->at = it->len = 0;
	it->thread.from = time_of_events();
	see_thread(&it->thread, task);
	leader = BPF_CORE_READ(task, group_leader);
	if (it->thread.tid == it->thread.pid || it->thread.fs != (u64)BPF_CORE_READ(leader, fs))
		it->thread.seen.what |= gyr_iter_path((u64) & ((struct fs_struct *)it->thread.fs)->pwd, true);
	it->thread.to = time_of_events();
	write_seen(seq, it, sizeof(it->thread));
	exe = it->thread.tid == it->thread.pid ? BPF_CORE_READ(task, mm, exe_file) : NULL;
	if (!exe)
		return 0;
	it->at = it->len = 0;
	it->seen.kind = GYR_SEEN_EXE;
	it->seen.what = gyr_iter_path((u64)&exe->f_path, false);
	write_seen(seq, it, sizeof(it->seen));
	return 0;
}

/* ---- fds ---- */

/* Its own name, or that of its peer. */
static __always_inline void see_unix(struct gyr_iter *it, struct sock *sk)
{
	struct unix_address *addr = unix_address(sk);
	u32 n;

	if (!bpf_core_type_exists(struct unix_sock))
		it->seen.what |= GYR_SEEN_UNTOLD; /* AF_UNIX is a module */
	if (!addr)
		addr = unix_address(unix_peer(sk));
	if (!addr)
		return;
	n = read_unix_address(it->room.text, addr);
	it->len = n > 1 ? n : 0;
}

static __always_inline void see_socket(struct gyr_iter *it, struct file *file)
{
	u64 head[SOCK_HEAD_LEN / sizeof(u64)];
	struct sock_common *skc = (struct sock_common *)head;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	struct gyr_seen_fd *fd = &it->fd;

	if (!sk || bpf_probe_read_kernel(head, sizeof(head), sk))
		return;
	fd->family = skc->skc_family;
	fd->state = skc->skc_state;
	fd->type = BPF_CORE_READ(sk, sk_type);
	fd->protocol = BPF_CORE_READ(sk, sk_protocol);
	if (bpf_core_field_exists(skc->skc_net.net))
		fd->net = (u64)skc->skc_net.net;
	fd->lport = skc->skc_num;
	fd->rport = net_to_host(skc->skc_dport);
	if (fd->family == AF_INET) {
		STORE(u32, fd->laddr, skc->skc_rcv_saddr);
		STORE(u32, fd->raddr, skc->skc_daddr);
	} else if (fd->family == AF_INET6 && bpf_core_field_exists(skc->skc_v6_daddr)) {
		__builtin_memcpy(fd->laddr, &skc->skc_v6_rcv_saddr, sizeof(fd->laddr));
		__builtin_memcpy(fd->raddr, &skc->skc_v6_daddr, sizeof(fd->raddr));
	} else if (fd->family == AF_UNIX) {
		see_unix(it, sk);
	}
}

static __always_inline void see_file(struct gyr_iter *it, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	struct gyr_seen_fd *fd = &it->fd;

	fd->mode = BPF_CORE_READ(inode, i_mode);
	fd->ino = BPF_CORE_READ(inode, i_ino);
	fd->magic = BPF_CORE_READ(sb, s_magic);
	fd->dev = encode_dev(BPF_CORE_READ(sb, s_dev));
	if (fd->magic == SOCKFS_MAGIC)
		see_socket(it, file);
	else if (fd->magic != PIPEFS_MAGIC)
		fd->seen.what |= gyr_iter_path((u64)&file->f_path, (fd->mode & S_IFMT) == S_IFDIR);
}

/*
 * Threads that share the table with their leader are passed over: newer kernels do not even go there, 5.10 does. (Which
 * one of several processes with one table tells of it is up to the library.)
 */
static __always_inline bool is_told(struct gyr_iter *it, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	u64 files = (u64)BPF_CORE_READ(task, files);

	if (BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid) && files == (u64)BPF_CORE_READ(leader, files))
		return true;
	if (it->files != files)
		it->nfds = 0;
	it->files = files;
	return it->nfds++ >= GYR_SEEN_FDS_MAX;
}

SEC("iter/task_file")
int gyr_iter_fd(struct bpf_iter__task_file *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct gyr_iter *it = this_iter();
	u32 fd = ctx->fd;

	if (!task || !ctx->file || !it || is_told(it, task))
		return 0;
	it->at = it->len = 0;
	__builtin_memset(&it->fd, 0, sizeof(it->fd));
	it->fd.from = time_of_events();
	it->fd.file = (u64)ctx->file;
	it->fd.files = it->files;
	it->fd.tid = BPF_CORE_READ(task, pid);
	it->fd.fd = fd;
	it->seen.kind = GYR_SEEN_FD;
	it->seen.what = is_cloexec((struct files_struct *)it->files, fd) ? GYR_SEEN_CLOEXEC : 0;
	/* Read back from memory it is a number, which all kernels' functions take. */
	see_file(it, *(struct file *volatile *)&it->fd.file);
	it->fd.to = time_of_events();
	write_seen(seq, it, sizeof(it->fd));
	return 0;
}

#endif
#endif

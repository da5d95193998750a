/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contexts: what an fd is when the system call that made, changed or closed it returns. Behind the frame, for the
 * library's tables alone: the path as the kernel has it, through whatever links it was asked for, and whether the
 * number is taken at all, which another thread may have changed by then.
 */
#ifndef GYR_FD_CONTEXT_H
#define GYR_FD_CONTEXT_H

#include "path_helpers.h"

#define CONTEXT_MAX   (GYR_CONTEXT_NAME + PATH_MAX)
#define CONTEXT_SMALL 128 /* of a pipe, of a socket: these have no names */
#define PIPEFS_MAGIC  0x50495045
#define SOCKFS_MAGIC  0x534f434b

static __always_inline bool is_cloexec(struct files_struct *files, u32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(files, fdt);
	unsigned long *bits = BPF_CORE_READ(fdt, close_on_exec), word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), bits + fd / 64);
	return word >> (fd % 64) & 1;
}

static __always_inline bool is_deleted(struct dentry *dentry)
{
	return !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry;
}

/* What has a path, or at least a name: no sockets, and no pipes that have none. */
static __always_inline bool has_name(u32 magic)
{
	return magic != SOCKFS_MAGIC && magic != PIPEFS_MAGIC;
}

/* Where the name of a file is: in the scratch, or its dentry's; NULL: too long. */
static __always_inline const void *context_name(struct gyr_cpu *cpu, struct file *file, u32 mode, u32 *what)
{
	u32 pos = gyr_walk_path((u64)&file->f_path);

	if (!pos || pos >= PATH_MAX)
		return NULL;
	if (pos != PATH_MAX - 1) {
		*what |= GYR_CONTEXT_PATH_BIT;
		return cpu->data + SCRATCH + pos;
	}
	if ((mode & S_IFMT) == S_IFDIR)
		*what |= GYR_CONTEXT_PATH_BIT; /* "/", as dentries of roots are called */
	return BPF_CORE_READ(file, f_path.dentry, d_name.name);
}

/* Returns the context's length. */
static __always_inline u32 put_context_sock(u8 *p, struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	STORE(u16, p + GYR_CONTEXT_FAMILY, BPF_CORE_READ(sk, __sk_common.skc_family));
	STORE(u16, p + GYR_CONTEXT_PROTO, BPF_CORE_READ(sk, sk_protocol));
	return GYR_CONTEXT_SOCK_LEN;
}

/* Puts it behind the params of the frame that is being built, at `pos`. Returns its length. */
__noinline u32 gyr_context(u32 fd, u32 pos)
{
	struct file *file = (struct file *)gyr_fd_file(fd);
	u32 base, mode, magic, what = GYR_CONTEXT_THERE_BIT, len = GYR_CONTEXT_NAME;
	struct gyr_cpu *cpu = this_cpu();
	struct super_block *sb;
	struct inode *inode;
	const void *name;
	u8 *p;
	s64 n;

	if (!cpu)
		return 0;
	base = forget_val(cpu, cpu->len);
	KEEP(base);
	KEEP(pos);
	if (base > GYR_BATCH_ROOM || pos > GYR_FRAME_MAX - CONTEXT_MAX - GYR_RIDERS_MAX)
		return 0;
	p = cpu->data + base + pos;
	STORE(s32, p + GYR_CONTEXT_FD, fd);
	if (!file) {
		STORE(u16, p + GYR_CONTEXT_LEN, GYR_CONTEXT_FLAGS);
		STORE(u16, p + GYR_CONTEXT_WHAT, 0);
		return GYR_CONTEXT_FLAGS;
	}
	inode = BPF_CORE_READ(file, f_inode);
	sb = BPF_CORE_READ(inode, i_sb);
	mode = BPF_CORE_READ(inode, i_mode);
	magic = BPF_CORE_READ(sb, s_magic);
	STORE(u32, p + GYR_CONTEXT_FLAGS, BPF_CORE_READ(file, f_flags));
	STORE(u64, p + GYR_CONTEXT_FILE, (u64)file);
	STORE(u32, p + GYR_CONTEXT_MODE, mode);
	STORE(u32, p + GYR_CONTEXT_DEV, encode_dev(BPF_CORE_READ(sb, s_dev)));
	STORE(u64, p + GYR_CONTEXT_INO, BPF_CORE_READ(inode, i_ino));
	STORE(u32, p + GYR_CONTEXT_MAGIC, magic);
	if (is_cloexec(BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), files), fd))
		what |= GYR_CONTEXT_CLOEXEC_BIT;
	if (is_deleted(BPF_CORE_READ(file, f_path.dentry)))
		what |= GYR_CONTEXT_DELETED_BIT;
	name = has_name(magic) ? context_name(cpu, file, mode, &what) : NULL;
	n = name ? bpf_probe_read_kernel_str(p + GYR_CONTEXT_NAME, PATH_MAX, name) : 0;
	if (n > 0)
		len += n;
	if (magic == SOCKFS_MAGIC)
		len = put_context_sock(p, file);
	STORE(u16, p + GYR_CONTEXT_LEN, len);
	STORE(u16, p + GYR_CONTEXT_WHAT, what);
	return len;
}

#define F_DUPFD		0
#define F_SETFD		2
#define F_SETFL		4
#define F_DUPFD_CLOEXEC 1030

/* The fd that a fcntl has made or changed; -1: none. */
static __always_inline s64 fcntl_fd(const struct call *c)
{
	u32 cmd = call_arg(c, 1);

	if (c->ret < 0)
		return -1;
	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		return c->ret;
	return cmd == F_SETFD || cmd == F_SETFL ? (s32)call_arg(c, 0) : -1;
}

/* After the params: what fd is now. */
static __always_inline void put_context(struct frame *f, s64 fd)
{
	u32 len;

	if (fd < 0)
		return;
	len = gyr_context(fd, f->pos);
	KEEP(len);
	if (len > CONTEXT_MAX)
		return;
	KEEP(len); /* clang 19 makes one comparison of both, of another register */
	f->context = len;
	if (len)
		frame_mark(f, GYR_FRAME_CONTEXT);
}

/* Of the two fds of a pipe, or of a pair of sockets. */
static __always_inline void put_pair_contexts(struct frame *f, const struct call *c)
{
	u32 first, second;
	u8 *what;

	if (c->ret < 0)
		return;
	first = gyr_context(c->user.fds[0], f->pos);
	KEEP(first);
	if (!first || first > CONTEXT_SMALL)
		return;
	f->context = first;
	frame_mark(f, GYR_FRAME_CONTEXT);
	second = gyr_context(c->user.fds[1], f->pos + first);
	KEEP(second);
	if (!second || second > CONTEXT_SMALL)
		return;
	what = f->p + f->pos + GYR_CONTEXT_WHAT;
	STORE(u16, what, *(u16 *)what | GYR_CONTEXT_MORE_BIT);
	f->context = first + second;
}

#endif

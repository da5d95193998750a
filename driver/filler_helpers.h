/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What fillers read: arguments, user memory, fd -> file -> inode, sockets, cred, cgroup. A put_* function writes
 * exactly one param, whatever happens: a value, or empty when it is not to be had.
 */
#ifndef GYR_FILLER_HELPERS_H
#define GYR_FILLER_HELPERS_H

#include "kernel.h"
#include "arch.h"
#include "ring_helpers.h"

#define S64_MAX 0x7fffffffffffffffLL

#define NSEC_PER_SEC  1000000000LL
#define NSEC_PER_USEC 1000LL
#define NSEC_PER_MSEC 1000000LL

enum overlay_layer {
	OVERLAY_NONE,
	OVERLAY_UPPER,
	OVERLAY_LOWER,
};

/* What is told of the file behind a descriptor. */
struct file_facts {
	struct file *file;
	u64 ino;
	u32 dev; /* as stat(2) encodes it */
	enum overlay_layer layer;
};

/* One system call, at its exit or, with `entering`, at its entry. */
struct call {
	void *ctx;
	struct gyr_cpu *cpu;  /* at the exit */
	bool entering;	      /* a constant to the compiler */
	bool moves_data;      /* likewise: what is read or written is that of the first argument, an fd */
	struct pt_regs *regs; /* at the exit */
	s64 ret;
	u64 args[6]; /* at the exit */

	/*
	 * Read once, by the first param that needs it. All of a filler is inlined, so that these live in registers and
	 * `known` costs nothing; but only as long as no helper gets the address of any of it.
	 */
	struct {
		bool known;
		struct file_facts facts;
	} file;		      /* behind the descriptor that the call returned */
	struct mm_struct *mm; /* of the current task; put_vm_size */
	u64 iov_size;
	u32 iov_cut; /* 1: more than iov_size, which is what could be read */
	union {
		struct user_open_how how;
		struct user_io_uring_params uring;
		struct user_sembuf sops[2];
		s32 fds[2];
		struct {
			u64 name;
			u32 len;
		} dest;
	} user; /* a struct of the caller that several params come from */
};

/*
 * What the CPU says of the call: 0, unless a 32-bit caller made it. Read anew wherever it is looked at, since a
 * verifier that has seen it tested follows both kinds of callers side by side to the end.
 */
static __always_inline u32 call_mark(const struct gyr_cpu *cpu)
{
	return HAVE_COMPAT ? *(const volatile u32 *)&cpu->call_mark : 0;
}

/* One branch for all arguments. `volatile` keeps clang from making one load of two, of memory of different kinds. */
static __always_inline void call_read_args(struct call *c)
{
	const volatile u64 *compat = c->cpu->call_args;

	if (RARELY(call_mark(c->cpu))) {
		c->args[0] = compat[0];
		c->args[1] = compat[1];
		c->args[2] = compat[2];
		c->args[3] = compat[3];
		c->args[4] = compat[4];
		c->args[5] = compat[5];
	} else {
		c->args[0] = regs_arg(c->regs, 0);
		c->args[1] = regs_arg(c->regs, 1);
		c->args[2] = regs_arg(c->regs, 2);
		c->args[3] = regs_arg(c->regs, 3);
		c->args[4] = regs_arg(c->regs, 4);
		c->args[5] = regs_arg(c->regs, 5);
	}
}

/* False: there is nothing that a frame could be built in. */
static __always_inline bool call_init(struct call *c, u64 *ctx)
{
	c->ctx = ctx;
	c->entering = c->moves_data = false;
	c->regs = call_regs(ctx);
	c->ret = exit_ret(ctx);
	c->file.known = false;
	c->cpu = this_cpu();
	if (!c->cpu)
		return false;
	call_read_args(c);
	return true;
}

/* What the program that jumped here has left for its frame. */
static __always_inline u32 take_marks(struct gyr_cpu *cpu)
{
	u32 marks = cpu->marks;

	cpu->marks = 0;
	return marks;
}

/* For programs that the exit of a system call jumps to. False: the frame cannot be built, which is counted. */
static __always_inline bool call_frame(u64 *ctx, struct call *c, struct frame *f, u16 type, u32 nparams)
{
	if (frame_begin_on(ctx, f, c->cpu, (u32)bpf_get_current_pid_tgid(), take_marks(c->cpu), type, nparams))
		return true;
	c->cpu->call_mark = 0;
	return false;
}

static __always_inline bool call_begin(u64 *ctx, struct call *c, struct frame *f, u16 type, u32 nparams)
{
	return call_init(c, ctx) && call_frame(ctx, c, f, type, nparams);
}

/* Another frame of the same call may follow. */
static __always_inline void call_push(u64 *ctx, struct frame *f)
{
	if (RARELY(call_mark(f->cpu)))
		frame_mark(f, GYR_FRAME_COMPAT);
	f->of_call = true;
	push_evt_frame(ctx, f);
}

/* What comes next on this CPU is another call. */
static __always_inline void call_end(u64 *ctx, struct frame *f)
{
	if (RARELY(call_mark(f->cpu))) {
		frame_mark(f, GYR_FRAME_COMPAT);
		f->cpu->call_mark = 0;
	}
	f->of_call = true;
	push_evt_frame(ctx, f);
}

/* Does argument n, a constant, point to what has another layout than that of 64-bit callers? */
static __always_inline bool is_narrow(const struct call *c, int n)
{
	if (!HAVE_COMPAT || c->entering)
		return false;
	return (call_mark(c->cpu) & (GYR_FRAME_COMPAT | 1u << n)) == GYR_FRAME_COMPAT;
}

#define CALL_WIDE_ARGS ((1u << 6) - 1) /* the bits of all arguments in gyr_cpu.call_mark */

/* ... does any? */
static __always_inline bool is_any_narrow(const struct call *c)
{
	if (!HAVE_COMPAT || c->entering)
		return false;
	return (call_mark(c->cpu) & (GYR_FRAME_COMPAT | CALL_WIDE_ARGS)) == GYR_FRAME_COMPAT;
}

/*
 * The result, read anew: else a verifier that has seen it tested follows success and failure side by side to the end
 * of the filler, at double the price.
 */
static __always_inline s64 call_ret_anew(const struct call *c)
{
	return ((volatile s64 *)c->ctx)[EXIT_RET];
}

static __always_inline u32 call_nr(const struct call *c)
{
	return regs_nr(c->regs);
}

static __always_inline void call_init_enter(struct call *c, u64 *ctx)
{
	c->ctx = ctx;
	c->entering = true;
	c->moves_data = false;
	c->file.known = false;
}

/* The n-th argument (a constant), from 0. */
static __always_inline u64 call_arg(const struct call *c, int n)
{
	if (c->entering)
		return ((u64 *)c->ctx)[ENTER_ARGS + n];
	return c->args[n];
}

/* Where the tables have the call. */
static __always_inline u32 call_slot(const struct call *c)
{
	u32 slot = call_mark(c->cpu) ? c->cpu->call_slot : regs_nr(c->regs);

	return slot & (GYR_SLOTS_MAX - 1);
}

/* To be read with BPF_CORE_READ only: a plain address where there is no HAVE_TASK_BTF. */
static __always_inline struct task_struct *cur_task(void)
{
	if (HAVE_TASK_BTF)
		return (struct task_struct *)bpf_get_current_task_btf();
	return (struct task_struct *)bpf_get_current_task();
}

/*
 * The address of the file behind a descriptor of the current task, or 0. A global function, which a verifier looks at
 * once a program, whatever the state of the caller: from 6.2 on, to follow a pointer of the current task takes it
 * several searches of all the kernel's BTF. On 5.10 such functions take numbers only.
 */
__noinline u64 gyr_fd_file(u32 fd)
{
	struct file **slots;
	struct file *file = NULL;
	u32 max;

	if (HAVE_TASK_BTF) {
		struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
		struct fdtable *fdt = task->files->fdt;

		max = fdt->max_fds;
		slots = fdt->fd;
	} else {
		struct fdtable *fdt = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), files, fdt);

		max = BPF_CORE_READ(fdt, max_fds);
		slots = BPF_CORE_READ(fdt, fd);
	}
	if (fd < max)
		bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return (u64)file;
}

static __always_inline struct file *fd_file(s32 fd)
{
	return fd < 0 ? NULL : (struct file *)gyr_fd_file(fd);
}

/* The kernel's new_encode_dev: what stat(2) gives. */
static __always_inline u32 encode_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

#define OVERLAYFS_SUPER_MAGIC 0x794c7630

/* overlayfs keeps the upper dentry right behind its inode (struct ovl_inode, the same from 4.19 to 7.2). */
static __always_inline enum overlay_layer inode_layer(struct inode *inode, struct super_block *sb)
{
	struct dentry *upper = NULL;

	if (BPF_CORE_READ(sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return OVERLAY_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper ? OVERLAY_UPPER : OVERLAY_LOWER;
}

/* A helper call costs more than the bytes it copies: fields that lie near each other come in one. */
static __always_inline struct super_block *read_inode(struct inode *inode, u64 *ino)
{
	u32 sb_off = bpf_core_field_offset(struct inode, i_sb);
	u32 ino_off = bpf_core_field_offset(struct inode, i_ino);
	u64 words[4];

	if (ino_off > sb_off && ino_off - sb_off < sizeof(words)) {
		bpf_probe_read_kernel(words, sizeof(words), (void *)inode + sb_off);
		*ino = *(u64 *)((void *)words + (ino_off - sb_off));
		return (struct super_block *)words[0];
	}
	*ino = BPF_CORE_READ(inode, i_ino);
	return BPF_CORE_READ(inode, i_sb);
}

static __always_inline void read_file_facts(struct file_facts *facts, s32 fd)
{
	struct file *file = fd_file(fd);
	struct super_block *sb;
	struct inode *inode;
	u32 dev;

	__builtin_memset(facts, 0, sizeof(*facts));
	if (!file)
		return;
	facts->file = file;
	inode = BPF_CORE_READ(file, f_inode);
	sb = read_inode(inode, &facts->ino);
	dev = BPF_CORE_READ(sb, s_dev);
	facts->dev = encode_dev(dev);
	/* The device of an overlay is an anonymous one, of major 0: a file system on a disk is not asked. */
	if (dev >> 20 == 0)
		facts->layer = inode_layer(inode, sb);
}

/* All 0 when the call failed. */
static __always_inline const struct file_facts *returned_file(struct call *c)
{
	if (!c->file.known) {
		c->file.known = true;
		read_file_facts(&c->file.facts, c->ret < 0 || c->ret > 0x7fffffff ? -1 : (s32)c->ret);
	}
	return &c->file.facts;
}

/*
 * A u64, cut at max, a constant, on one register: clang 19 compares one copy of a value and uses another, or makes one
 * comparison of two, and the verifier of 5.10 does not see that this bounds the value.
 */
#define AT_MOST(val, max) asm volatile("if %0 <= %1 goto +1\n\t%0 = %1" : "+r"(val) : "i"(max))

/* For an int argument: what is above its 32 bits is the caller's leftover, and not the kernel's business. */
static __always_inline void put_int(struct frame *f, struct call *c, u64 val)
{
	put_u64(f, (s64)(s32)val);
}

static __always_inline void put_uint(struct frame *f, struct call *c, u64 val)
{
	put_u64(f, (u32)val);
}

/* False, and all 0, when it cannot be read. NULL is not counted as a fault. */
static __always_inline bool read_user(struct frame *f, void *to, u32 size, u64 ptr)
{
	if (ptr) {
		if (!bpf_probe_read_user(to, size, (void *)ptr))
			return true;
		user_fault(f);
	}
	__builtin_memset(to, 0, size);
	return false;
}

/* An offset in a file behind a pointer; 0 for NULL. */
static __always_inline void put_user_u64(struct frame *f, struct call *c, u64 ptr)
{
	u64 val = 0;

	if (is_any_narrow(c)) {
		s32 narrow;

		read_user(f, &narrow, sizeof(narrow), ptr);
		val = (s64)narrow;
	} else {
		read_user(f, &val, sizeof(val), ptr);
	}
	put_u64(f, val);
}

/* SIGSET: the lower half of the kernel's 64 bits. */
static __always_inline void put_user_sigset(struct frame *f, struct call *c, u64 ptr)
{
	u32 val;

	read_user(f, &val, sizeof(val), ptr);
	put_u32(f, val);
}

/* RELTIME: a timespec in nanoseconds. */
static __always_inline void put_user_timespec(struct frame *f, struct call *c, u64 ptr)
{
	struct user_timespec ts;

	if (is_any_narrow(c)) {
		struct user_timespec32 narrow;

		read_user(f, &narrow, sizeof(narrow), ptr);
		ts.tv_sec = narrow.tv_sec;
		ts.tv_nsec = narrow.tv_nsec;
	} else {
		read_user(f, &ts, sizeof(ts), ptr);
	}
	put_u64(f, ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec);
}

#define S_IFMT	 0170000
#define S_IFSOCK 0140000
#define S_IFREG	 0100000
#define S_IFDIR	 0040000
#define S_IFIFO	 0010000

#define AF_UNIX	 1
#define AF_INET	 2
#define AF_INET6 10

static __always_inline enum gyr_snap file_snap(struct file *file)
{
	struct socket *sock;

	switch (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		return GYR_SNAP_FILE;
	case S_IFIFO:
		return GYR_SNAP_PIPE;
	case S_IFSOCK:
		sock = BPF_CORE_READ(file, private_data);
		switch (BPF_CORE_READ(sock, sk, __sk_common.skc_family)) {
		case AF_INET:
		case AF_INET6:
			return GYR_SNAP_INET;
		case AF_UNIX:
			return GYR_SNAP_UNIX;
		}
	}
	return GYR_SNAP_OTHER;
}

/* (A global function: see gyr_fd_file.) */
__noinline u32 gyr_fd_snaplen(u32 fd)
{
	struct file *file = (struct file *)gyr_fd_file(fd);
	u32 now = gyr_set.now & 1, snap = file ? file_snap(file) : GYR_SNAP_OTHER;

	KEEP(now);
	KEEP(snap);
	if (now > 1 || snap >= GYR_SNAPS)
		return 0;
	return gyr_set.sel[now].snaplen_of[snap];
}

static __always_inline u32 snaplen(const struct call *c)
{
	u32 now = gyr_set.now & 1;

	if (c->moves_data && gyr_set.sel[now].filters & GYR_FILTER_SNAPLENS)
		return gyr_fd_snaplen(call_arg(c, 0));
	return gyr_set.sel[now].snaplen;
}

/* Branches that leave f->pos in different ranges go on as one state. */
static __always_inline void frame_merge(struct frame *f)
{
	f->pos = forget(f, f->pos);
}

/* Data buffers: cut at the snaplen. NULL, len <= 0: empty. */
static __always_inline void put_user_data(struct frame *f, struct call *c, u64 ptr, s64 len)
{
	u32 n = snaplen(c);

	if (!ptr || len <= 0 || !frame_room(f, GYR_SNAPLEN_MAX)) {
		put_empty(f);
	} else {
		if (len < n)
			n = len;
		else if (len > n)
			frame_cut(f);
		n = forget(f, n);
		if (n > GYR_SNAPLEN_MAX)
			n = GYR_SNAPLEN_MAX;
		if (RARELY(bpf_probe_read_user(f->p + f->pos, n, (void *)ptr))) {
			user_fault(f);
			n = 0;
		}
		frame_param_done(f, n);
	}
	frame_merge(f);
}

/*
 * The length with the NUL, or a negative errno. bpf_probe_read_user_str returns 0 for an empty string before 6.16, and
 * 1 since; of a string that it could not read, -EFAULT at all times.
 */
static __always_inline s64 read_user_str(void *to, u32 size, u64 ptr)
{
	s64 n = bpf_probe_read_user_str(to, size, (void *)ptr);

	if (RARELY(n == 0))
		n = 1;
	return n;
}

/* At `to`, in the frame, where there is room for one byte more. What is cut has a NUL all the same. */
static __always_inline s64 copy_user_str(struct frame *f, u8 *to, u32 max, u64 ptr)
{
	s64 n = read_user_str(to, max + 1, ptr);

	if (RARELY(n < 0)) {
		user_fault(f);
		n = 0;
	}
	if (RARELY(n > max)) { /* a comparison that the verifier of 5.10 needs anyway: it does not know the helper's
				  range */
		frame_cut(f);
		to[max - 1] = 0;
		n = max;
	}
	return n;
}

#define STR_MAX 4096 /* with the NUL, as PATH_MAX */

/* NULL: empty. */
static __always_inline void put_user_str(struct frame *f, struct call *c, u64 ptr)
{
	if (RARELY(!ptr || !frame_room(f, STR_MAX + 1)))
		put_empty(f);
	else
		frame_param_done(f, copy_user_str(f, f->p + f->pos, STR_MAX, ptr));
	frame_merge(f);
}

/* What a call filled: read when it succeeded only. */
static __always_inline void put_user_str_out(struct frame *f, struct call *c, u64 ptr, s64 ret)
{
	put_user_str(f, c, ret < 0 ? 0 : ptr);
}

/* What was written, or, of a write that failed, what should have been. */
static __always_inline void put_user_data_in(struct frame *f, struct call *c, u64 ptr, u64 size, s64 ret)
{
	put_user_data(f, c, ptr, ret > 0 ? ret : (s64)size);
}

#endif

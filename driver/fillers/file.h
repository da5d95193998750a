/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files: what opening them returns; pipes, mounts and fsconfig. */
#ifndef GYR_FILLERS_FILE_H
#define GYR_FILLERS_FILE_H

#include "convert.gen.h"
#include "filler_helpers.h"
#include "path_helpers.h"
#include "wire_values.gen.h"

/* include/uapi/asm-generic/fcntl.h, include/linux/fs.h */
#define O_ACCMODE     0x3
#define O_CREAT	      0x40
#define __O_TMPFILE   0x400000
#define FMODE_CREATED 0x100000

static __always_inline u32 open_flags(u64 flags)
{
	u32 acc = flags & O_ACCMODE;

	/* 3 asks for neither reading nor writing; consumers know only three modes. */
	return flags_file_flags(flags) | (acc == O_ACCMODE ? GYR_WIRE_FILE_FLAGS_O_RDONLY : acc + 1);
}

static __always_inline void put_open_flags(struct frame *f, struct call *c, u64 flags)
{
	const struct file_facts *facts = returned_file(c);
	struct file *file = facts->file;
	u32 wire = open_flags(flags);

	if (facts->layer == OVERLAY_UPPER)
		wire |= GYR_WIRE_FILE_FLAGS_FD_UPPER_LAYER;
	else if (facts->layer == OVERLAY_LOWER)
		wire |= GYR_WIRE_FILE_FLAGS_FD_LOWER_LAYER;
	if (flags & O_CREAT && file && BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		wire |= GYR_WIRE_FILE_FLAGS_O_F_CREATED;
	put_u32(f, wire);
}

/* At the entry: what was opened is not known yet. */
static __always_inline void put_asked_flags(struct frame *f, struct call *c, u64 flags)
{
	put_u32(f, open_flags(flags));
}

/* The argument is junk unless a file may be created. */
static __always_inline void put_open_mode(struct frame *f, struct call *c, u64 flags, u64 mode)
{
	put_u32(f, flags & (O_CREAT | __O_TMPFILE) ? mode & 07777 : 0);
}

static __always_inline void put_perms(struct frame *f, struct call *c, u64 mode)
{
	put_u32(f, mode & 07777);
}

/* Without a type it is a regular file's. */
static __always_inline void put_mknod_mode(struct frame *f, struct call *c, u64 mode)
{
	put_u32(f, (u16)mode | (mode & S_IFMT ? 0 : S_IFREG));
}

static __always_inline void put_fd_dev(struct frame *f, struct call *c)
{
	put_u32(f, returned_file(c)->dev);
}

static __always_inline void put_fd_ino(struct frame *f, struct call *c)
{
	put_u64(f, returned_file(c)->ino);
}

/* open_by_handle_at has no name to tell: what was opened says it. */
static __always_inline void put_fd_path(struct frame *f, struct call *c)
{
	struct file *file = returned_file(c)->file;

	if (file)
		put_path(f, &file->f_path);
	else
		put_empty(f);
}

static __always_inline void put_creat_flags(struct frame *f, struct call *c)
{
	enum overlay_layer layer = returned_file(c)->layer;
	u16 wire = 0;

	if (layer == OVERLAY_UPPER)
		wire = GYR_WIRE_CREAT_FLAGS_FD_UPPER_LAYER_CREAT;
	else if (layer == OVERLAY_LOWER)
		wire = GYR_WIRE_CREAT_FLAGS_FD_LOWER_LAYER_CREAT;
	put_u16(f, wire);
}

/* openat2: these three are written in this order; the first reads the struct for all. */
static __always_inline void put_how_flags(struct frame *f, struct call *c, u64 ptr)
{
	struct user_open_how how;

	read_user(f, &how, sizeof(how), ptr);
	c->user.how = how;
	put_open_flags(f, c, how.flags);
}

static __always_inline void put_asked_how_flags(struct frame *f, struct call *c, u64 ptr)
{
	struct user_open_how how;

	read_user(f, &how, sizeof(how), ptr);
	c->user.how = how;
	put_asked_flags(f, c, how.flags);
}

static __always_inline void put_how_mode(struct frame *f, struct call *c)
{
	put_open_mode(f, c, c->user.how.flags, c->user.how.mode);
}

static __always_inline void put_how_resolve(struct frame *f, struct call *c)
{
	put_u32(f, flags_openat2_flags(c->user.how.resolve));
}

/* readv, preadv: what was read. */
static __always_inline void put_read_size(struct frame *f, struct call *c, s64 ret)
{
	put_u32(f, ret > 0 ? ret : 0);
}

/* pipe, pipe2: these three are written in this order. The descriptors are -1 when there are none. */
static __always_inline void put_pipe_fd1(struct frame *f, struct call *c, u64 fds)
{
	s32 pair[2];
	bool ok = c->ret >= 0 && read_user(f, pair, sizeof(pair), fds);

	c->user.fds[0] = ok ? pair[0] : -1;
	c->user.fds[1] = ok ? pair[1] : -1;
	put_u64(f, (s64)c->user.fds[0]);
}

static __always_inline void put_pipe_fd2(struct frame *f, struct call *c)
{
	put_u64(f, (s64)c->user.fds[1]);
}

static __always_inline void put_pipe_ino(struct frame *f, struct call *c)
{
	struct file *file = fd_file(c->user.fds[0]);

	put_u64(f, file ? BPF_CORE_READ(file, f_inode, i_ino) : 0);
}

#define MS_MGC_MSK 0xffff0000u
#define MS_MGC_VAL 0xc0ed0000u

/* The kernel, too, drops the magic that callers once had to add. */
static __always_inline void put_mount_flags(struct frame *f, struct call *c, u64 flags)
{
	u32 wire = flags;

	if ((wire & MS_MGC_MSK) == MS_MGC_VAL)
		wire &= ~MS_MGC_MSK;
	put_u32(f, wire);
}

/* include/uapi/linux/mount.h: what the value of fsconfig is depends on its command. */
enum fsconfig_command {
	FSCONFIG_SET_STRING = 1,
	FSCONFIG_SET_BINARY = 2,
	FSCONFIG_SET_PATH = 3,
	FSCONFIG_SET_PATH_EMPTY = 4,
};

static __always_inline void put_fsconfig_data(struct frame *f, struct call *c, u64 cmd, u64 value, u64 size, s64 ret)
{
	put_user_data(f, c, value, (u32)cmd == FSCONFIG_SET_BINARY && ret >= 0 ? (s32)size : 0);
}

static __always_inline void put_fsconfig_str(struct frame *f, struct call *c, u64 cmd, u64 value, s64 ret)
{
	u32 what = cmd;
	bool str = what == FSCONFIG_SET_STRING || what == FSCONFIG_SET_PATH || what == FSCONFIG_SET_PATH_EMPTY;

	put_user_str(f, c, str && ret >= 0 ? value : 0);
}

#endif

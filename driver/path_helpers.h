/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths that are found from their end: of files, by walking dentries and mounts up to the root of the mount namespace
 * (bpf_d_path is not allowed where fillers run), and of cgroups. As d_path, but without its locks: a rename in the
 * meantime may show.
 */
#ifndef GYR_PATH_HELPERS_H
#define GYR_PATH_HELPERS_H

#include "param_helpers.h"

#define PATH_MAX      4096
#define PATH_LEVELS   64  /* directories and mount points; a deeper path is left empty */
#define WALK_STEPS    8	  /* ... at once */
#define CGROUP_LEVELS 16  /* the nearest to the leaf, if there are more */
#define NAME_LEN_MAX  256 /* NAME_MAX and the NUL */

/* Where a walk to the root of the mount namespace has come. */
struct walk {
	struct dentry *dentry, *root; /* root: of the mount */
	struct mount *mnt;
	u64 pos; /* the path so far; 0: it cannot be had */
};

/* Paths are written backwards. A single name fits behind the path. */
struct path_room {
	u8 text[PATH_MAX + NAME_LEN_MAX];
	struct walk walk;
	u32 via; /* as gyr_cpu.pos */
};
_Static_assert(sizeof(((struct gyr_cpu *)0)->data) >= SCRATCH + sizeof(struct path_room), "no room for a path");

/* That of fillers is the scratch. */
static __always_inline struct path_room *cpu_room(struct gyr_cpu *cpu)
{
	return (struct path_room *)(cpu->data + SCRATCH);
}

/* forget_val, where there is no gyr_cpu. */
static __always_inline u32 room_forget(struct path_room *room, u32 val)
{
	volatile u32 *via = &room->via;

	*via = val;
	return *via;
}

/* Prepends "/name" to what is at room->text + pos. Where it begins now, or 0 when there is no room. */
static __always_inline u32 prepend_name(struct path_room *room, u32 pos, const void *name, u32 len)
{
	KEEP(len);
	if (len == 0 || len >= NAME_LEN_MAX)
		return 0;
	pos = room_forget(room, pos - len);
	if (pos >= PATH_MAX || pos == 0)
		return 0;
	KEEP(len);
	if (len >= NAME_LEN_MAX || bpf_probe_read_kernel(room->text + pos, len, name))
		return 0;
	pos = room_forget(room, pos - 1);
	if (pos >= PATH_MAX)
		return 0;
	room->text[pos] = '/';
	return pos;
}

static __always_inline void walk_begin(struct path_room *room, struct path *path)
{
	struct vfsmount *vfsmnt = BPF_CORE_READ(path, mnt);
	struct walk *walk = &room->walk;

	walk->dentry = BPF_CORE_READ(path, dentry);
	walk->root = BPF_CORE_READ(vfsmnt, mnt_root);
	walk->mnt = (void *)vfsmnt - bpf_core_field_offset(struct mount, mnt);
	walk->pos = PATH_MAX - 1;
	room->text[PATH_MAX - 1] = 0;
}

/* Up to WALK_STEPS steps: false when the walk is at its end. */
static __always_inline bool walk_on(struct path_room *room)
{
	struct walk *walk = &room->walk;
	struct dentry *dentry = walk->dentry, *root = walk->root, *parent;
	struct mount *mnt = walk->mnt, *up;
	u32 pos = walk->pos;
	int i;

	for (i = 0; i < WALK_STEPS; i++) {
		parent = BPF_CORE_READ(dentry, d_parent);
		if (dentry == root) {
			up = BPF_CORE_READ(mnt, mnt_parent);
			if (up == mnt)
				return false;
			dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
			mnt = up;
			root = BPF_CORE_READ(mnt, mnt.mnt_root);
			continue;
		}
		if (dentry == parent) /* a memfd, or a pipe: on no mount that anyone sees */
			return false;
		pos = prepend_name(room, pos, BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(dentry, d_name.len));
		walk->pos = pos;
		if (!pos)
			return false;
		dentry = parent;
	}
	walk->dentry = dentry;
	walk->root = root;
	walk->mnt = mnt;
	return true;
}

/*
 * Walks are global functions (see gyr_fd_file), and one within another: so a verifier looks at WALK_STEPS turns and at
 * PATH_LEVELS / WALK_STEPS, not at their product.
 */
__noinline u32 gyr_walk_on(void)
{
	struct gyr_cpu *cpu = this_cpu();

	return cpu && walk_on(cpu_room(cpu));
}

/* Where the path of a file begins in the scratch; it ends at PATH_MAX - 1. 0: too long. */
__noinline u32 gyr_walk_path(u64 path_addr)
{
	struct gyr_cpu *cpu = this_cpu();
	int i;

	if (!cpu)
		return 0;
	walk_begin(cpu_room(cpu), (struct path *)path_addr);
	for (i = 0; i < PATH_LEVELS / WALK_STEPS; i++)
		if (!gyr_walk_on())
			return cpu_room(cpu)->walk.pos;
	return 0;
}

/* A file that is nowhere in the tree, as a memfd, has its bare name for a path. */
static __always_inline void put_path(struct frame *f, struct path *path)
{
	u8 *scratch = f->cpu->data + SCRATCH;
	u32 pos = gyr_walk_path((u64)path);
	const void *from;
	s64 n = 0;

	if (!pos)
		frame_cut(f);
	if (pos && pos < PATH_MAX && frame_room(f, PATH_MAX)) {
		from = pos == PATH_MAX - 1 ? (const void *)BPF_CORE_READ(path, dentry, d_name.name) : scratch + pos;
		n = bpf_probe_read_kernel_str(f->p + f->pos, PATH_MAX, from);
	}
	frame_param_done(f, n < 0 ? 0 : n);
	frame_merge(f);
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	if (bpf_core_field_exists(kn->__parent))
		return BPF_CORE_READ(kn, __parent);
	return BPF_CORE_READ((struct kernfs_node___v6_14 *)kn, parent);
}

/* Where the path of a cgroup begins in the scratch. */
__noinline u32 gyr_walk_kernfs(u64 kn_addr)
{
	struct kernfs_node *kn = (struct kernfs_node *)kn_addr, *parent;
	struct gyr_cpu *cpu = this_cpu();
	u32 pos = PATH_MAX - 1, next;
	int i;

	if (!cpu)
		return 0;
	cpu->data[SCRATCH + PATH_MAX - 1] = 0;
	cpu->data[SCRATCH + PATH_MAX - 2] = '/'; /* the path of the root, which has no name */
	for (i = 0; i < CGROUP_LEVELS; i++) {
		u8 *name = cpu->data + SCRATCH + PATH_MAX;

		parent = kernfs_parent(kn);
		if (!parent)
			break;
		next = bpf_probe_read_kernel_str(name, NAME_LEN_MAX, BPF_CORE_READ(kn, name)) - 1;
		next = prepend_name(cpu_room(cpu), pos, name, next);
		if (!next)
			break;
		pos = next;
		kn = parent;
	}
	return pos == PATH_MAX - 1 ? PATH_MAX - 2 : pos;
}

/* "subsystem=/path" of one subsystem. */
static __always_inline void append_cgroup(struct frame *f, struct css_set *set, u32 subsys)
{
	u8 *scratch = f->cpu->data + SCRATCH;
	struct cgroup_subsys_state **slots = (void *)set + bpf_core_field_offset(struct css_set, subsys);
	struct cgroup_subsys_state *css;
	u32 pos;
	s64 n;

	if (bpf_probe_read_kernel(&css, sizeof(css), slots + subsys) || !frame_room(f, NAME_LEN_MAX))
		return;
	n = bpf_probe_read_kernel_str(f->p + f->pos, NAME_LEN_MAX, BPF_CORE_READ(css, ss, name));
	if (n <= 0)
		return;
	frame_poke(f, f->pos + n - 1, '=');
	f->pos = forget(f, f->pos + n);
	pos = gyr_walk_kernfs((u64)BPF_CORE_READ(css, cgroup, kn));
	if (pos >= PATH_MAX || !frame_room(f, PATH_MAX))
		return;
	n = bpf_probe_read_kernel_str(f->p + f->pos, PATH_MAX, scratch + pos);
	if (n > 0)
		f->pos += n;
	frame_merge(f);
}

#define APPEND_CGROUP(f, set, id)                                                                                      \
	do {                                                                                                           \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, id))                                             \
			append_cgroup(f, set, bpf_core_enum_value(enum cgroup_subsys_id, id));                         \
	} while (0)

/* "subsystem=/path" strings, of the subsystems that the schema's readers know and the kernel has. */
static __always_inline void put_cgroups(struct frame *f, struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	u32 start = f->pos;

	APPEND_CGROUP(f, set, cpuset_cgrp_id);
	APPEND_CGROUP(f, set, cpu_cgrp_id);
	APPEND_CGROUP(f, set, cpuacct_cgrp_id);
	APPEND_CGROUP(f, set, io_cgrp_id);
	APPEND_CGROUP(f, set, memory_cgrp_id);
	close_param(f, start);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which probe object, with whose BTF; opened and checked, but not loaded. */
#ifndef GYR_LIVE_OBJECT_H
#define GYR_LIVE_OBJECT_H

#include "internal.h"

struct bpf_map;
struct bpf_object;
struct gyr_chosen;

#define KERNEL_BTF_PATH "/sys/kernel/btf/vmlinux"

/* Where BTF for a kernel without comes from. */
#define BTF_ADVICE                                                                                                     \
	"give the BTF of this kernel with --btf FILE (or $GYR_BTF): pahole --btf_encode_detached=FILE makes it of "    \
	"the "                                                                                                         \
	"vmlinux with debug symbols, and BTFHub has it for many distributions"

/*
 * Of opts, probe and btf count. *build is which of the builds the object is, GYR_BUILD_*. On an error *obj is NULL.
 * Within libbpf_print_begin.
 */
int object_open(const struct gyr_live_opts *opts, struct gyr_diag *d, struct bpf_object **obj, uint32_t *build);
/* Is the file the BTF of a kernel? Likewise. */
int object_check_btf(const char *path, struct gyr_diag *d);
/* The map of the probe's settings. */
struct bpf_map *object_data_map(const struct bpf_object *obj);
/* What is to be constant from the load on; NULL: the object is not of this version. */
struct gyr_chosen *object_chosen(const struct bpf_object *obj);

#endif

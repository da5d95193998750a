// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/object.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/embed.h"
#include "live/try.h"
#include "settings.h"

struct bpf_map *object_data_map(const struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		const char *name = bpf_map__name(map);
		const char *dot = name ? strrchr(name, '.') : NULL;

		if (dot && !strcmp(dot, ".data"))
			return map;
	}
	return NULL;
}

struct gyr_chosen *object_chosen(const struct bpf_object *obj)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(obj, ".rodata.gyr");
	size_t size = 0;
	void *chosen = map ? (void *)bpf_map__initial_value((struct bpf_map *)map, &size) : NULL;

	return size >= sizeof(struct gyr_chosen) ? chosen : NULL;
}

/* A probe has a struct of this name, too, which is cut to the fields that are read. */
#define TASK_STRUCT_MIN 1024

static bool is_of_kernel(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT);

	return id > 0 && btf__type_by_id(btf, (uint32_t)id)->size >= TASK_STRUCT_MIN;
}

int object_check_btf(const char *path, struct gyr_diag *d)
{
	struct btf *btf = btf__parse(path, NULL);
	int err = btf ? 0 : -errno;

	if (!err && !is_of_kernel(btf))
		err = -ENODATA;
	btf__free(btf);
	switch (err) {
	case 0:
		return 0;
	case -ENODATA:
		return diag_error(d, -EINVAL, "%s has BTF, but not that of a kernel: " BTF_ADVICE, path);
	case -ENOENT:
	case -EACCES:
	case -EISDIR:
		return diag_error(d, err, "cannot read the BTF file %s: %s", path, strerror(-err));
	default:
		return diag_error(d, -EINVAL, "%s is not a BTF file: " BTF_ADVICE, path);
	}
}

static int check_settings(const struct bpf_object *obj, const char *what, struct gyr_diag *d, uint32_t *build)
{
	struct bpf_map *data = object_data_map(obj);
	const struct gyr_settings *set;
	size_t size = 0;

	set = data ? bpf_map__initial_value(data, &size) : NULL;
	if (!set || size < 2 * sizeof(uint32_t) || set->magic != GYR_WIRE_MAGIC)
		return diag_error(d, -EINVAL,
				  "%s is a BPF object, but not a probe of gyr: use the gyr.bpf.o of this version",
				  what);
	if (set->version != GYR_WIRE_VERSION || size < sizeof(*set))
		return diag_error(
			d, -EINVAL,
			"%s speaks wire version %u, this library version %d: use the gyr.bpf.o of this version", what,
			set->version, GYR_WIRE_VERSION);
	*build = set->build;
	return 0;
}

/* A build without BTF runs everywhere, if only it gets the kernel's BTF from somewhere. */
static int check_build(uint32_t build, const char *what, const struct gyr_live_opts *opts, struct gyr_diag *d)
{
	if (build == GYR_BUILD_NOBTF)
		return 0;
	if (opts->btf)
		return diag_error(d, -EINVAL,
				  "%s takes its BTF from the kernel only, and not from %s: use gyr-nobtf.bpf.o", what,
				  opts->btf);
	if (access(KERNEL_BTF_PATH, R_OK))
		return diag_error(
			d, -EOPNOTSUPP,
			"%s needs a kernel with BTF (" KERNEL_BTF_PATH "): use gyr-nobtf.bpf.o, and " BTF_ADVICE, what);
	return 0;
}

/* The build for this kernel. NULL with errno set. */
static struct bpf_object *open_embedded(const struct gyr_live_opts *opts, const struct bpf_object_open_opts *oo)
{
	struct bpf_object *obj;
	uint32_t build = GYR_BUILD_BTF;
	size_t size;
	void *object;
	int err;

	if (opts->btf || access(KERNEL_BTF_PATH, R_OK))
		build = GYR_BUILD_NOBTF;
	else if (try_preemptible() == 0 && try_perf_tracepoint("raw_syscalls/sys_exit") == 0)
		build = GYR_BUILD_PREEMPT;
	err = embed_probe(build, &object, &size);
	if (err) {
		errno = -err;
		return NULL;
	}
	obj = bpf_object__open_mem(object, size, oo);
	err = errno;
	free(object); /* libbpf's own copies are made by now: it is done with ELF when it has opened the object */
	errno = err;
	return obj;
}

int object_open(const struct gyr_live_opts *opts, struct gyr_diag *d, struct bpf_object **obj, uint32_t *build)
{
	LIBBPF_OPTS(bpf_object_open_opts, oo, .object_name = "gyr", .btf_custom_path = opts->btf);
	const char *what = opts->probe ? opts->probe : "the built-in probe";
	int err = opts->btf ? object_check_btf(opts->btf, d) : 0;

	if (err)
		return err;
	if (opts->probe)
		*obj = bpf_object__open_file(opts->probe, &oo);
	else
		*obj = open_embedded(opts, &oo);
	if (!*obj) {
		err = -errno;
		if (err == -ENOENT || err == -EACCES || err == -EISDIR)
			return diag_error(d, err, "cannot read the probe object %s: %s", what, strerror(-err));
		if (!opts->probe)
			return diag_error(d, err, "cannot open %s: %s", what, strerror(-err));
		return diag_error(d, -EINVAL, "%s is not a probe object (it must be the gyr.bpf.o of this version)",
				  what);
	}
	err = check_settings(*obj, what, d, build);
	if (!err)
		err = check_build(*build, what, opts, d);
	if (err) {
		bpf_object__close(*obj);
		*obj = NULL;
	}
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "embed.h"
#include "event/table.h"
#include "live/rights.h"

#define SYS_EXIT "gyr_sys_exit"

/* Programs beside the fillers. Those that are not attached are run on request. */
static const struct {
	const char *name;
	bool attach;
	bool to_follow; /* only needed to follow the descendants of processes */
} attach_points[] = {
	{"gyr_flush", false, false},
	{"gyr_whoami", false, false},
	{"gyr_follow_add", true, true},
	{"gyr_follow_del", true, true},
	{"gyr_procexit", true, false}, /* always: else the state keeps the dead */
	/* Last: when it runs, all that it relies on does. */
	{SYS_EXIT, true, false},
};

#define N_ATTACH_POINTS (sizeof(attach_points) / sizeof(attach_points[0]))

/*
 * libbpf's print hook belongs to the whole process, and by default writes to stderr, which a library must not. It is
 * ours while an object loads, one at a time, and put back after.
 */
static pthread_mutex_t libbpf_print_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread struct gyr_diag *libbpf_print_diag;

static libbpf_print_fn_t libbpf_print_others;

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char *msg, *line, *rest;
	int n;

	if (!libbpf_print_diag) /* another thread of the program, which uses libbpf itself */
		return libbpf_print_others ? libbpf_print_others(level, fmt, args) : 0;
	if (level == LIBBPF_DEBUG)
		return 0;
	n = vasprintf(&msg, fmt, args);
	if (n < 0)
		return n;
	/* The verifier's log comes as one message. */
	for (line = strtok_r(msg, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		diag_log(libbpf_print_diag, GYR_LOG_DEBUG, "libbpf: %s", line);
	free(msg);
	return n;
}

void libbpf_print_begin(struct gyr_diag *d)
{
	pthread_mutex_lock(&libbpf_print_lock);
	libbpf_print_diag = d;
	libbpf_print_others = libbpf_set_print(libbpf_print);
}

void libbpf_print_end(void)
{
	libbpf_print_fn_t now = libbpf_set_print(libbpf_print_others);

	if (now != libbpf_print) /* the program has set another one meanwhile */
		libbpf_set_print(now);
	libbpf_print_diag = NULL;
	pthread_mutex_unlock(&libbpf_print_lock);
}

static const char *probe_path(const struct gyr_live_opts *opts)
{
	return opts->probe ? opts->probe : secure_getenv("GYR_PROBE");
}

static struct bpf_map *find_data_map(struct bpf_object *obj)
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

static int open_object(struct probe *p, const struct gyr_live_opts *opts, struct gyr_diag *d)
{
	LIBBPF_OPTS(bpf_object_open_opts, oo, .object_name = "gyr");
	const char *path = probe_path(opts);
	const char *what = path ? path : "the built-in probe";
	const struct gyr_settings *set;
	struct bpf_map *data;
	size_t size = 0;

	if (path)
		p->obj = bpf_object__open_file(path, &oo);
	else
		p->obj = bpf_object__open_mem(gyr_probe_object, gyr_probe_object_size, &oo);
	if (!p->obj) {
		int err = -errno;

		if (err == -ENOENT || err == -EACCES || err == -EISDIR)
			return diag_error(d, err, "cannot read the probe object %s: %s", what, strerror(-err));
		return diag_error(d, -EINVAL, "%s is not a probe object (it must be the gyr.bpf.o of this version)",
				  what);
	}
	data = find_data_map(p->obj);
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
	return 0;
}

int probe_check_object(const char *path, struct gyr_diag *d)
{
	struct gyr_live_opts opts = {.sz = sizeof(opts), .probe = path};
	struct probe p = {0};
	int err;

	libbpf_print_begin(d);
	err = open_object(&p, &opts, d);
	libbpf_print_end();
	bpf_object__close(p.obj);
	return err;
}

/* Only the programs of system calls that are wanted are loaded. */
static int choose_programs(struct probe *p, const struct gyr_live_opts *opts, const struct selection *sel)
{
	bool follows = opts->follow && opts->npids;
	struct bpf_program *prog;
	size_t i;

	bpf_object__for_each_program(prog, p->obj) bpf_program__set_autoload(prog, false);
	for (i = 0; i < N_ATTACH_POINTS; i++) {
		prog = bpf_object__find_program_by_name(p->obj, attach_points[i].name);
		if (!prog)
			return -ENOENT;
		bpf_program__set_autoload(prog, follows || !attach_points[i].to_follow);
	}
	for (i = 0; i < GYR_SYSCALLS_MAX; i++) {
		if (!sel->syscall[i] || !gyr_filler_names[i])
			continue;
		prog = bpf_object__find_program_by_name(p->obj, gyr_filler_names[i]);
		if (!prog)
			return -ENOENT;
		bpf_program__set_autoload(prog, true);
	}
	return 0;
}

static int load_error(int err, struct gyr_diag *d)
{
	switch (err) {
	case -EPERM:
		return diag_error(d, err, "not permitted to load BPF programs: %s. gyr check says what is missing",
				  rights_advice());
	case -ESRCH:
		return diag_error(d, -EOPNOTSUPP,
				  "the kernel has no BTF (/sys/kernel/btf/vmlinux), which the probe needs: use a "
				  "kernel with CONFIG_DEBUG_INFO_BTF=y");
	case -ENOMEM:
		return diag_error(d, err, "not enough memory (or locked memory, ulimit -l) for the BPF maps");
	default:
		return diag_error(
			d, err,
			"the kernel refused the probe: %s; gyr check says what is missing, and the log callback why",
			strerror(-err));
	}
}

static int map_memory(struct probe *p, struct gyr_diag *d)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct bpf_map *data = find_data_map(p->obj);
	struct bpf_map *cpus = bpf_object__find_map_by_name(p->obj, "gyr_cpus");

	p->set_size = (bpf_map__value_size(data) + page - 1) & ~(page - 1);
	p->set = mmap(NULL, p->set_size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(data), 0);
	if (p->set == MAP_FAILED) {
		p->set = NULL;
		return diag_error(d, -errno, "cannot map the probe's settings: %s", strerror(errno));
	}
	p->cpus_size = ((size_t)p->ncpus * sizeof(struct gyr_cpu) + page - 1) & ~(page - 1);
	p->cpus = mmap(NULL, p->cpus_size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(cpus), 0);
	if (p->cpus == MAP_FAILED) {
		p->cpus = NULL;
		return diag_error(d, -errno, "cannot map the probe's CPU states: %s", strerror(errno));
	}
	return 0;
}

static int size_maps(struct probe *p)
{
	static const char *const per_cpu[] = {"gyr_cpus", "gyr_rings"};
	size_t i;

	for (i = 0; i < sizeof(per_cpu) / sizeof(per_cpu[0]); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(p->obj, per_cpu[i]);
		int err = map ? bpf_map__set_max_entries(map, (uint32_t)p->ncpus) : -ENOENT;

		if (err)
			return err;
	}
	return 0;
}

/* What has no event of its own is reported by the program at sys_exit itself. */
static bool is_generic(uint32_t nr)
{
	return !strcmp(gyr_filler_names[nr], SYS_EXIT);
}

static bool wanted(const struct selection *sel, uint32_t nr)
{
	return sel->syscall[nr] && gyr_filler_names[nr];
}

/* Native numbers in the tail call table: an empty slot is a system call that is off. */
static int fill_fillers(struct probe *p, const struct selection *sel)
{
	int map = bpf_object__find_map_fd_by_name(p->obj, "gyr_fillers");
	uint32_t nr;

	for (nr = 0; nr < GYR_SYSCALLS_MAX; nr++) {
		struct bpf_program *prog;
		int fd;

		if (!wanted(sel, nr) || is_generic(nr))
			continue;
		prog = bpf_object__find_program_by_name(p->obj, gyr_filler_names[nr]);
		fd = prog ? bpf_program__fd(prog) : -ENOENT;
		if (fd < 0)
			return fd;
		if (bpf_map_update_elem(map, &nr, &fd, BPF_ANY))
			return -errno;
	}
	return 0;
}

int probe_load(struct probe *p, const struct gyr_live_opts *opts, const struct selection *sel, struct gyr_diag *d)
{
	int err;

	libbpf_print_begin(d);
	p->ncpus = libbpf_num_possible_cpus();
	if (p->ncpus < 0) {
		err = diag_error(d, p->ncpus, "cannot read the number of CPUs (is /sys mounted?)");
		goto out;
	}
	err = open_object(p, opts, d);
	if (err)
		goto out;
	err = choose_programs(p, opts, sel);
	if (!err)
		err = size_maps(p);
	if (err) {
		diag_error(d, err,
			   "the probe object lacks a program or map that this library needs: use the gyr.bpf.o of this "
			   "version");
		goto out;
	}
	err = bpf_object__load(p->obj);
	if (err) {
		err = load_error(err, d);
		goto out;
	}
	p->rings_fd = bpf_object__find_map_fd_by_name(p->obj, "gyr_rings");
	p->flush_fd = bpf_program__fd(bpf_object__find_program_by_name(p->obj, "gyr_flush"));
	err = map_memory(p, d);
	if (err)
		goto out;
	err = fill_fillers(p, sel);
	if (err)
		diag_error(d, err, "cannot fill the probe's table of system calls: %s", strerror(-err));
out:
	libbpf_print_end();
	return err;
}

int probe_whoami(struct probe *p)
{
	const struct bpf_program *prog = bpf_object__find_program_by_name(p->obj, "gyr_whoami");
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		return -errno;
	p->local_ids = opts.retval == 0;
	return 0;
}

/* In another pid namespace the names of threads are not known to the library, and the driver's filter has to do. */
static uint8_t state_flag(const struct probe *p, bool needed)
{
	return needed && p->local_ids ? GYR_STATE : 0;
}

int probe_attach(struct probe *p, const struct selection *sel, struct gyr_diag *d)
{
	int err = 0;
	uint32_t nr;
	size_t i;

	libbpf_print_begin(d);
	for (nr = 0; nr < GYR_SYSCALLS_MAX; nr++) {
		if (wanted(sel, nr))
			p->set->interest[nr] =
				is_generic(nr) ? GYR_GENERIC : GYR_FILLER | state_flag(p, sel->state[nr]);
	}
	p->set->procexit = GYR_FILLER | state_flag(p, true);
	for (i = 0; i < N_ATTACH_POINTS; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(p->obj, attach_points[i].name);
		struct bpf_link *link;

		if (!attach_points[i].attach || !bpf_program__autoload(prog))
			continue;
		link = bpf_program__attach(prog);
		if (!link) {
			err = diag_error(d, -errno, "cannot attach %s: %s", attach_points[i].name, strerror(errno));
			probe_detach(p);
			break;
		}
		p->links[p->nlinks++] = link;
	}
	libbpf_print_end();
	return err;
}

void probe_detach(struct probe *p)
{
	if (p->set)
		memset(p->set->interest, 0, sizeof(p->set->interest));
	while (p->nlinks > 0)
		bpf_link__destroy(p->links[--p->nlinks]);
}

void probe_close(struct probe *p)
{
	probe_detach(p);
	if (p->cpus)
		munmap(p->cpus, p->cpus_size);
	if (p->set)
		munmap(p->set, p->set_size);
	bpf_object__close(p->obj);
	memset(p, 0, sizeof(*p));
}

int probe_flush_cpu(struct probe *p, int cpu)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = (uint32_t)cpu);

	return bpf_prog_test_run_opts(p->flush_fd, &opts);
}

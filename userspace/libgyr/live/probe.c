// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/table.h"
#include "live/features.h"
#include "live/libbpf_print.h"
#include "live/object.h"
#include "live/rights.h"
#include "live/tracefs.h"
#include "live/try.h"
#include "live/verifier_log.h"

#define SYS_EXIT "gyr_sys_exit"
#define COMPAT	 "gyr_compat"

/* Programs beside the fillers. Those that are not attached are run on request. */
static const struct {
	const char *name;
	bool attach;
	bool to_follow;	    /* only needed to follow the descendants of processes; makes no events */
	const char *beside; /* only needed where this one is, and only the objects of some architectures have it */
	uint16_t type;	    /* only needed for this event */
	bool latency;	    /* only needed for latencies; makes no events */
	bool uring;	    /* only needed for events of io_uring, on kernels that have it */
	bool look;	    /* an iterator; not in the build without BTF */
} attach_points[] = {
	{.name = "gyr_flush"},
	{.name = "gyr_whoami"},
	{.name = PROBE_ITER_TASK, .look = true},
	{.name = PROBE_ITER_FD, .look = true},
	{.name = "gyr_follow_add", .attach = true, .to_follow = true},
	{.name = "gyr_follow_del", .attach = true, .to_follow = true},
	{.name = "gyr_procexit", .attach = true}, /* always: else the state keeps the dead */
	{.name = "gyr_clone_child", .attach = true, .beside = "gyr_clone"},
	{.name = "gyr_signal", .attach = true, .type = GYR_EVT_SIGNALDELIVER_E},
	{.name = "gyr_switch", .attach = true, .type = GYR_EVT_SCHEDSWITCH_6_E},
	{.name = "gyr_fault_user", .attach = true, .type = GYR_EVT_PAGE_FAULT_E},
	{.name = "gyr_fault_kern", .attach = true, .type = GYR_EVT_PAGE_FAULT_E},
	{.name = "gyr_enter", .attach = true, .latency = true},
	{.name = "gyr_uring_req", .attach = true, .uring = true},
	{.name = "gyr_uring_sqe", .attach = true, .uring = true},
	{.name = "gyr_uring_fail", .attach = true, .uring = true},
	{.name = "gyr_uring_over", .attach = true, .uring = true},
	{.name = "gyr_uring_done", .attach = true, .uring = true},
	/* Last: when it runs, all that it relies on does. */
	{.name = SYS_EXIT, .attach = true},
	/* Where it jumps to for 32-bit callers. */
	{.name = COMPAT, .beside = SYS_EXIT},
};

_Static_assert(SELECT_OP_SUBMITTED == GYR_URING_SUBMITTED && SELECT_OP_DONE == GYR_URING_DONE &&
		       SELECT_OPS == GYR_URING_OPS,
	       "the selection is what the driver reads");

struct bpf_program *probe_program(const struct probe *p, const char *name)
{
	struct bpf_program *prog;
	size_t i;

	for (i = 0; i <= p->nmore; i++) {
		prog = bpf_object__find_program_by_name(i ? p->more[i - 1] : p->obj, name);
		if (prog && bpf_program__fd(prog) >= 0)
			return prog;
	}
	return NULL;
}

#define N_ATTACH_POINTS (sizeof(attach_points) / sizeof(attach_points[0]))

#define ENTRIES_MAX 32768 /* threads whose last entry is kept, where they cannot keep it themselves: 3 MiB */

#define ENTERS_MAX 8 /* table_nenters */
_Static_assert(N_ATTACH_POINTS + ENTERS_MAX <= PROBE_LINKS_MAX, "struct probe has room for all of them");

int probe_check_object(const struct gyr_live_opts *opts, struct gyr_diag *d)
{
	struct probe p = {0};
	int err;

	libbpf_print_begin(d);
	err = object_open(opts, d, &p.obj, &p.build);
	libbpf_print_end();
	bpf_object__close(p.obj);
	return err;
}

static bool is_refused(const struct probe *p, const char *name)
{
	int i;

	for (i = 0; i < p->nrefused; i++)
		if (!strcmp(p->refused[i], name))
			return true;
	return false;
}

/* Of a program beside the fillers: it was tried, and this kernel does not take it. */
static bool is_lost(const struct probe *p, const char *name)
{
	enum gyr_feature feature = feature_of_program(name);

	return feature != GYR_FEATURES && p->lost & FEATURE_BIT(feature);
}

/* Programs that are of no use on this kernel are not loaded. */
static void find_features(struct probe *p, const struct bpf_object *obj)
{
	const struct feature_env env = {.root = "", .probe = p};
	struct bpf_program *prog;
	int i;

	for (i = 0; i < GYR_FEATURES; i++) {
		prog = features[i].program ? bpf_object__find_program_by_name(obj, features[i].program) : NULL;
		if (!prog || !bpf_program__autoload(prog))
			continue;
		if (feature_find(i, &env))
			p->lost |= FEATURE_BIT(i);
		if (p->lost & FEATURE_BIT(i))
			bpf_program__set_autoload(prog, false);
	}
}

static bool is_uring_needed(const struct probe *p, const char *name, const struct selection *sel)
{
	uint8_t any = p->lost & FEATURE_BIT(GYR_FEATURE_URING) ? 0 : selection_uring_any(sel);
	bool submits = !strcmp(name, "gyr_uring_req") || !strcmp(name, "gyr_uring_sqe");

	if (submits && strcmp(name, uring_submit_program()) != 0)
		return false;
	if (submits || !strcmp(name, "gyr_uring_fail"))
		return any & SELECT_OP_SUBMITTED;
	/* Kernels without it tell of it as of any completion. */
	if (!strcmp(name, "gyr_uring_over") && try_tracepoint("io_uring_cqe_overflow"))
		return false;
	return any & SELECT_OP_DONE;
}

/* Of the programs beside the fillers, when the fillers have been chosen. */
static bool is_needed(const struct probe *p, const struct bpf_object *obj, size_t i, const struct filter *f)
{
	const struct bpf_program *filler;

	if (attach_points[i].look)
		return !p->no_iterators;
	if (attach_points[i].uring)
		return is_uring_needed(p, attach_points[i].name, &f->sel);
	if (attach_points[i].type)
		return selection_may_want(&f->sel, attach_points[i].type);
	if (attach_points[i].latency)
		return p->latency;
	if (!attach_points[i].beside)
		return f->filters & GYR_FILTER_FOLLOW || !attach_points[i].to_follow;
	filler = probe_program(p, attach_points[i].beside);
	if (!filler && obj)
		filler = bpf_object__find_program_by_name(obj, attach_points[i].beside);
	return filler && bpf_program__autoload(filler);
}

/* True: the program is to be loaded, which it has not been so far. */
static bool choose(const struct probe *p, const struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);

	if (!prog || bpf_program__autoload(prog) || probe_program(p, name))
		return false;
	bpf_program__set_autoload(prog, true);
	return true;
}

static size_t choose_enters(struct probe *p, const struct bpf_object *obj, const struct selection *sel)
{
	size_t i, chosen = 0;

	p->no_enter = true;
	for (i = 0; i < table_nenters; i++)
		if (sel->enter[table_enters[i].nr])
			p->no_enter = false;
	if (!p->no_enter && feature_find(GYR_FEATURE_ENTER, &(struct feature_env){.root = "", .probe = p}))
		p->lost |= FEATURE_BIT(GYR_FEATURE_ENTER);
	for (i = 0; i < table_nenters; i++)
		if (sel->enter[table_enters[i].nr] && !(p->lost & FEATURE_BIT(GYR_FEATURE_ENTER)))
			chosen += choose(p, obj, table_enters[i].program);
	return chosen;
}

/* The program for an operation of io_uring; a verifier that refuses it takes the one for those that have none. */
static const char *op_program(const struct probe *p, size_t op)
{
	const char *name = table_ops[op].program;

	return name && !is_refused(p, name) ? name : table_ops[GYR_URING_OTHER].program;
}

static size_t choose_ops(const struct probe *p, const struct bpf_object *obj, const struct selection *sel)
{
	size_t op, chosen = 0;

	for (op = 0; op < GYR_URING_OPS && !(p->lost & FEATURE_BIT(GYR_FEATURE_URING)); op++)
		if (sel->uring[op] & SELECT_OP_SUBMITTED)
			chosen += choose(p, obj, op_program(p, op));
	return chosen;
}

/* Only the programs of what is wanted are loaded: how many there are, of those that are not loaded yet. */
static int choose_programs(struct probe *p, const struct bpf_object *obj, const struct filter *f)
{
	struct bpf_program *prog;
	size_t i, chosen = 0;

	if (selection_uring_any(&f->sel) &&
	    feature_find(GYR_FEATURE_URING, &(struct feature_env){.root = "", .probe = p}))
		p->lost |= FEATURE_BIT(GYR_FEATURE_URING);
	bpf_object__for_each_program(prog, obj) bpf_program__set_autoload(prog, false);
	for (i = 0; i < GYR_SLOTS_MAX; i++) {
		if (!f->sel.syscall[i] || !gyr_filler_names[i] || is_refused(p, gyr_filler_names[i]))
			continue;
		if (!bpf_object__find_program_by_name(obj, gyr_filler_names[i]))
			return -ENOENT;
		chosen += choose(p, obj, gyr_filler_names[i]);
	}
	for (i = 0; i < N_ATTACH_POINTS; i++) {
		if (!attach_points[i].beside && !attach_points[i].uring && !attach_points[i].look &&
		    !bpf_object__find_program_by_name(obj, attach_points[i].name))
			return -ENOENT;
		if (is_needed(p, obj, i, f) && !is_lost(p, attach_points[i].name))
			chosen += choose(p, obj, attach_points[i].name);
	}
	chosen += choose_ops(p, obj, &f->sel);
	return (int)(chosen + choose_enters(p, obj, &f->sel));
}

static int load_error(int err, struct gyr_diag *d)
{
	switch (err) {
	case -EPERM:
		return diag_error(d, err, "not permitted to load BPF programs: %s. gyr check says what is missing",
				  rights_advice());
	case -ESRCH:
		return diag_error(d, -EOPNOTSUPP, "the kernel has no BTF (" KERNEL_BTF_PATH "): " BTF_ADVICE);
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
	struct bpf_map *data = object_data_map(p->obj);
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

static int size_maps(struct probe *p, const struct bpf_object *obj)
{
	static const char *const per_cpu[] = {"gyr_cpus", "gyr_rings"};
	size_t i;

	for (i = 0; i < sizeof(per_cpu) / sizeof(per_cpu[0]); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, per_cpu[i]);
		int err = map ? bpf_map__set_max_entries(map, (uint32_t)p->ncpus) : -ENOENT;

		if (err)
			return err;
	}
	return 0;
}

/* A further object is of programs only: its maps are those of the first, which may lack some. */
static int share_maps(const struct probe *p, const struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		int fd = bpf_object__find_map_fd_by_name(p->obj, bpf_map__name(map));
		int err = fd < 0 ? bpf_map__set_autocreate(map, false) : bpf_map__reuse_fd(map, fd);

		if (err)
			return err;
	}
	return 0;
}

/* Neither of the maps of entries is made when there are to be no latencies, or they cannot be had. */
static int choose_latency(struct probe *p, struct gyr_chosen *chosen)
{
	static const char *const names[] = {
		[GYR_LATENCY_TASK] = "gyr_entry_task", [GYR_LATENCY_HASH] = "gyr_entry_hash"};
	const struct bpf_program *enter = bpf_object__find_program_by_name(p->obj, "gyr_enter");
	int err = enter ? 0 : -ENOENT;
	uint32_t i;

	if (!err && bpf_program__autoload(enter)) {
		if (feature_find(GYR_FEATURE_TASK_STORAGE, &(struct feature_env){.root = "", .probe = p}))
			p->lost |= FEATURE_BIT(GYR_FEATURE_TASK_STORAGE);
		chosen->latency = p->lost & FEATURE_BIT(GYR_FEATURE_TASK_STORAGE) ? GYR_LATENCY_HASH : GYR_LATENCY_TASK;
	}
	for (i = GYR_LATENCY_TASK; i <= GYR_LATENCY_HASH && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(p->obj, names[i]);

		if (!map)
			err = -ENOENT;
		else if (chosen->latency != i)
			err = bpf_map__set_autocreate(map, false);
		else if (i == GYR_LATENCY_HASH)
			err = bpf_map__set_max_entries(map, ENTRIES_MAX);
		else if (!(err = bpf_map__set_type(map, BPF_MAP_TYPE_TASK_STORAGE)) &&
			 !(err = bpf_map__set_max_entries(map, 0)))
			err = bpf_map__set_map_flags(map, BPF_F_NO_PREALLOC);
	}
	return err;
}

static int choose_constants(struct probe *p)
{
	struct gyr_chosen *chosen = object_chosen(p->obj);

	if (!chosen)
		return -ENOENT;
	chosen->goes_on = try_tail_call_beside_calls() == 0;
	return choose_latency(p, chosen);
}

bool probe_is_generic(const struct probe *p, uint32_t slot)
{
	const char *name = gyr_filler_names[slot];

	return !name || !strcmp(name, SYS_EXIT) || is_refused(p, name);
}

/* program: of a program that is loaded. */
static int fill_slot(const struct probe *p, int map, uint32_t slot, const char *program)
{
	const struct bpf_program *prog = probe_program(p, program);
	int fd = prog ? bpf_program__fd(prog) : -ENOENT;

	if (fd < 0)
		return fd;
	return bpf_map_update_elem(map, &slot, &fd, BPF_ANY) ? -errno : 0;
}

/* An empty slot is a system call that is off. */
static int fill_fillers(struct probe *p, const struct selection *sel)
{
	int map = bpf_object__find_map_fd_by_name(p->obj, "gyr_fillers");
	uint32_t slot;
	int err = 0;

	for (slot = 0; slot < GYR_SLOTS_MAX && !err; slot++)
		if (sel->syscall[slot] && !probe_is_generic(p, slot))
			err = fill_slot(p, map, slot, gyr_filler_names[slot]);
	if (!err && probe_program(p, COMPAT))
		err = fill_slot(p, map, GYR_SLOT_COMPAT, COMPAT);
	return err;
}

static int fill_ops(struct probe *p, const struct selection *sel)
{
	int map = bpf_object__find_map_fd_by_name(p->obj, "gyr_uring_ops");
	uint32_t op;

	for (op = 0; op < GYR_URING_OPS && !(p->lost & FEATURE_BIT(GYR_FEATURE_URING)); op++) {
		const struct bpf_program *prog = probe_program(p, op_program(p, op));
		int fd = prog ? bpf_program__fd(prog) : -ENOENT;

		if (!(sel->uring[op] & SELECT_OP_SUBMITTED))
			continue;
		if (fd < 0)
			return fd;
		if (bpf_map_update_elem(map, &op, &fd, BPF_ANY))
			return -errno;
	}
	return 0;
}

static bool do_without_op(struct probe *p, const char *name, struct gyr_diag *d)
{
	size_t op = 0;

	while (op < GYR_URING_OTHER && (!table_ops[op].program || strcmp(table_ops[op].program, name) != 0))
		op++;
	if (op == GYR_URING_OTHER)
		return false;
	diag_log(d, GYR_LOG_INFO, "%s comes as io_uring_op, because the verifier refuses %s",
		 gyr_event_info_by_type(table_ops[op].type)->name, name);
	p->refused[p->nrefused++] = table_ops[op].program;
	p->lost |= FEATURE_BIT(GYR_FEATURE_FILLERS);
	return true;
}

/* A filler that the verifier refuses: its system calls become generic events. */
static bool do_without_filler(struct probe *p, const char *name, struct selection *sel, struct gyr_diag *d)
{
	bool found = false;
	uint32_t slot;

	for (slot = 0; slot < GYR_SLOTS_MAX; slot++) {
		if (!sel->syscall[slot] || !gyr_filler_names[slot] || strcmp(gyr_filler_names[slot], name) != 0)
			continue;
		selection_make_generic(sel, slot);
		diag_log(d, GYR_LOG_INFO, "%s is a generic event, because the verifier refuses %s",
			 syscall_of_slot(slot)->name, name);
		p->refused[p->nrefused] = gyr_filler_names[slot];
		found = true;
	}
	p->nrefused += found;
	p->lost |= found ? FEATURE_BIT(GYR_FEATURE_FILLERS) : 0;
	return found;
}

static bool is_enter_program(const char *name)
{
	size_t i = 0;

	while (i < table_nenters && strcmp(table_enters[i].program, name) != 0)
		i++;
	return i < table_nenters;
}

/* Those without which there are no events of io_uring. */
static bool is_uring_program(const char *name)
{
	return !strcmp(name, uring_submit_program()) || !strcmp(name, "gyr_uring_done") ||
	       !strcmp(name, "gyr_uring_over") || !strcmp(name, table_ops[GYR_URING_OTHER].program);
}

/* False: nothing of use can run without the program, or there are too many of them. */
static bool do_without(struct probe *p, const char *name, struct selection *sel, struct gyr_diag *d)
{
	enum gyr_feature feature = is_enter_program(name)   ? GYR_FEATURE_ENTER
				   : is_uring_program(name) ? GYR_FEATURE_URING
							    : feature_of_program(name);

	if (feature != GYR_FEATURES) {
		p->lost |= FEATURE_BIT(feature);
		return true;
	}
	if (!strcmp(name, PROBE_ITER_TASK) || !strcmp(name, PROBE_ITER_FD))
		return p->no_iterators = true;
	return strcmp(name, SYS_EXIT) != 0 && p->nrefused < PROBE_REFUSED_MAX &&
	       (do_without_op(p, name, d) || do_without_filler(p, name, sel, d));
}

/*
 * Opens an object and loads what the filter needs and is not loaded yet, which may be nothing. -EAGAIN: a program was
 * refused, and it goes without; or something went wrong, of which the next try, with `verbose`, finds out more.
 */
static int try_load(struct probe *p, const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d,
		    bool verbose, struct bpf_object **out)
{
	bool first = !p->obj;
	struct verifier_log log;
	struct bpf_object *obj;
	char culprit[64];
	int err;

	err = object_open(opts, d, &obj, &p->build);
	if (err)
		return err;
	if (first)
		p->obj = obj;
	err = choose_programs(p, obj, f);
	if (err == 0)
		goto out;
	if (err > 0)
		err = first ? size_maps(p, obj) : share_maps(p, obj);
	if (!err) {
		find_features(p, obj);
		err = first ? choose_constants(p) : 0;
	}
	if (err) {
		diag_error(d, err,
			   "the probe object lacks a program or map that this library needs: use the gyr.bpf.o of this "
			   "version");
		goto out;
	}
	verifier_log_begin(&log, obj, verbose);
	err = bpf_object__load(obj);
	if (err && !verbose) {
		err = -EAGAIN;
	} else if (err && verifier_log_culprit(&log, d, culprit, sizeof(culprit))) {
		if (do_without(p, culprit, &f->sel, d))
			err = -EAGAIN;
		else
			diag_error(d, err, "the kernel's verifier refuses %s: gyr check -v shows why", culprit);
	} else if (err) {
		err = load_error(err, d);
	}
	verifier_log_end(&log);
	if (!err) {
		*out = obj;
		return 0;
	}
out:
	if (first)
		p->obj = NULL;
	bpf_object__close(obj);
	return err;
}

static int load_programs(struct probe *p, const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d,
			 struct bpf_object **out)
{
	bool verbose = false;
	int err;

	*out = NULL;
	while ((err = try_load(p, opts, f, d, verbose, out)) == -EAGAIN)
		verbose = true;
	return err;
}

static int fill_error(int err, struct gyr_diag *d)
{
	return diag_error(d, err, "cannot fill the probe's table of system calls: %s", strerror(-err));
}

int probe_load(struct probe *p, const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d)
{
	struct bpf_object *obj;
	int err;

	p->latency = opts->latency;
	libbpf_print_begin(d);
	p->ncpus = libbpf_num_possible_cpus();
	if (p->ncpus < 0) {
		err = diag_error(d, p->ncpus, "cannot read the number of CPUs (is /sys mounted?)");
		goto out;
	}
	err = load_programs(p, opts, f, d, &obj);
	if (err)
		goto out;
	p->rings_fd = bpf_object__find_map_fd_by_name(p->obj, "gyr_rings");
	p->flush_fd = bpf_program__fd(probe_program(p, "gyr_flush"));
	err = map_memory(p, d);
	if (err)
		goto out;
	err = fill_fillers(p, &f->sel);
	if (!err)
		err = fill_ops(p, &f->sel);
	if (err)
		fill_error(err, d);
out:
	libbpf_print_end();
	return err;
}

/* What the verifier has refused before is not tried again. */
static void do_without_refused(const struct probe *p, struct selection *sel)
{
	uint32_t slot;

	for (slot = 0; slot < GYR_SLOTS_MAX; slot++)
		if (sel->syscall[slot] && gyr_filler_names[slot] && is_refused(p, gyr_filler_names[slot]))
			selection_make_generic(sel, slot);
}

int probe_load_more(struct probe *p, const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d)
{
	struct bpf_object **more = reallocarray(p->more, p->nmore + 1, sizeof(*more));
	int err;

	if (!more)
		return diag_error(d, -ENOMEM, "no memory");
	p->more = more;
	more[p->nmore] = NULL;
	do_without_refused(p, &f->sel);
	libbpf_print_begin(d);
	/* The first object cannot load anything any more, but knows all programs. */
	err = choose_programs(p, p->obj, f);
	if (err > 0)
		err = load_programs(p, opts, f, d, &more[p->nmore]);
	if (!err && more[p->nmore])
		p->nmore++;
	if (!err) {
		err = fill_fillers(p, &f->sel);
		if (!err)
			err = fill_ops(p, &f->sel);
		if (err)
			fill_error(err, d);
	}
	libbpf_print_end();
	return err;
}

int probe_whoami(struct probe *p)
{
	const struct bpf_program *prog = probe_program(p, "gyr_whoami");
	const struct feature_env env = {.root = "", .probe = p};
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts)) {
		int err = -errno;

		if (feature_find(GYR_FEATURE_HOST_IDS, &env))
			return err;
		p->set->self_tgid = (uint32_t)getpid();
	}
	p->whoami = true;
	p->local_ids = opts.retval == 0;
	return 0;
}

/* NULL, with errno. Where perf's tracepoints are, libbpf knows only if tracefs is mounted. */
static struct bpf_link *attach_program(struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);
	struct bpf_link *link;
	int fd;

	if (strncmp(section, "tp/", strlen("tp/")) != 0)
		return bpf_program__attach(prog);
	fd = tracefs_perf_event(section + strlen("tp/"));
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	link = bpf_program__attach_perf_event(prog, fd); /* takes fd */
	if (!link)
		close(fd);
	return link;
}

/* The i-th of what is attached: attach points, then entries. */
static const char *link_name(size_t i)
{
	return i < N_ATTACH_POINTS ? attach_points[i].name : table_enters[i - N_ATTACH_POINTS].program;
}

static bool link_wanted(const struct probe *p, size_t i, const struct filter *f)
{
	if (i < N_ATTACH_POINTS)
		return attach_points[i].attach && is_needed(p, NULL, i, f);
	return f->sel.enter[table_enters[i - N_ATTACH_POINTS].nr];
}

/* A program that is not loaded is not attached either. */
static int attach(struct probe *p, size_t i, struct gyr_diag *d)
{
	struct bpf_program *prog = probe_program(p, link_name(i));

	if (!prog)
		return 0;
	p->links[i] = attach_program(prog);
	if (!p->links[i])
		return diag_error(d, -errno, "cannot attach %s: %s", link_name(i), strerror(errno));
	return 0;
}

static void detach(struct probe *p, size_t i)
{
	bpf_link__destroy(p->links[i]);
	p->links[i] = NULL;
}

#define N_LINKS (N_ATTACH_POINTS + table_nenters)

int probe_attach(struct probe *p, const struct filter *f, struct gyr_diag *d)
{
	bool fresh[PROBE_LINKS_MAX] = {false};
	int err = 0;
	size_t i;

	libbpf_print_begin(d);
	/* What is attached already is the first. */
	for (i = 0; i < N_LINKS && !err; i++) {
		if (p->links[i] || !link_wanted(p, i, f))
			continue;
		err = attach(p, i, d);
		fresh[i] = true;
	}
	for (i = 0; i < N_LINKS && err; i++)
		if (fresh[i])
			detach(p, i);
	libbpf_print_end();
	return err;
}

void probe_detach_unwanted(struct probe *p, const struct filter *f)
{
	size_t i;

	for (i = 0; i < N_LINKS; i++)
		if (p->links[i] && !link_wanted(p, i, f))
			detach(p, i);
}

const char *probe_refused(const struct probe *p, char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "%d", p->nrefused);
	int i;

	for (i = 0; i < p->nrefused && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : ": ", p->refused[i]);
	return buf;
}

uint64_t probe_lost_features(const struct probe *p)
{
	const struct feature_env env = {.root = "", .probe = p};
	uint64_t lost = p->lost;
	int i;

	/* Those of programs have been found before the programs were loaded, if any was wanted. */
	for (i = 0; i < GYR_FEATURES; i++)
		if (!features[i].program && feature_find(i, &env))
			lost |= FEATURE_BIT(i);
	return lost;
}

void probe_detach(struct probe *p)
{
	size_t i;

	if (p->set)
		memset(p->set->sel, 0, sizeof(p->set->sel));
	for (i = N_LINKS; i-- > 0;)
		if (p->links[i])
			detach(p, i);
}

void probe_close(struct probe *p)
{
	probe_detach(p);
	if (p->cpus)
		munmap(p->cpus, p->cpus_size);
	if (p->set)
		munmap(p->set, p->set_size);
	while (p->nmore)
		bpf_object__close(p->more[--p->nmore]);
	free(p->more);
	bpf_object__close(p->obj);
	memset(p, 0, sizeof(*p));
}

/* last: as was read before */
static uint64_t missed_by(const struct probe *p, const char *name, uint64_t *last)
{
	const struct bpf_program *prog = probe_program(p, name);
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	/* A caller that has dropped its capabilities may not ask any more: what was counted stays. */
	if (prog && bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len) == 0 && info.recursion_misses > *last)
		*last = info.recursion_misses;
	return *last;
}

uint64_t probe_missed(struct probe *p)
{
	uint64_t missed = 0;
	size_t i;

	for (i = 0; i < N_ATTACH_POINTS; i++)
		if (attach_points[i].attach && !attach_points[i].to_follow && !attach_points[i].latency)
			missed += missed_by(p, attach_points[i].name, &p->missed[i]);
	for (i = 0; i < table_nenters; i++)
		missed += missed_by(p, table_enters[i].program, &p->missed[N_ATTACH_POINTS + i]);
	return missed;
}

int probe_flush_cpu(struct probe *p, int cpu)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = (uint32_t)cpu);

	return bpf_prog_test_run_opts(p->flush_fd, &opts);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The driver, loaded: its maps, its settings, its programs attached. */
#ifndef GYR_LIVE_PROBE_H
#define GYR_LIVE_PROBE_H

#include "internal.h"
#include "settings.h"

struct bpf_object;
struct bpf_link;

#define PROBE_LINKS_MAX 8

struct probe {
	struct bpf_object *obj;
	struct bpf_link *links[PROBE_LINKS_MAX];
	int nlinks;
	int ncpus; /* possible CPUs */
	struct gyr_settings *set;
	size_t set_size;
	struct gyr_cpu *cpus;
	size_t cpus_size;
	int rings_fd, flush_fd;
	bool local_ids; /* as in struct source */
};

/* Around all that libbpf may print about; a lock is held between. */
void libbpf_print_begin(struct gyr_diag *d);
void libbpf_print_end(void);

/* Is it a probe of ours, and of our version? Loads nothing. path as in gyr_live_opts. */
int probe_check_object(const char *path, struct gyr_diag *d);
/* Reads, checks, loads; nothing is attached yet. */
int probe_load(struct probe *p, const struct gyr_live_opts *opts, const struct selection *sel, struct gyr_diag *d);
/* Tells the driver who its library is, and finds out whose ids the events have. */
int probe_whoami(struct probe *p);
int probe_attach(struct probe *p, const struct selection *sel, struct gyr_diag *d);
void probe_detach(struct probe *p);
void probe_close(struct probe *p);

/* Sends what the CPU's batch holds, on that CPU. 0 also when the driver will do it as soon as it can. */
int probe_flush_cpu(struct probe *p, int cpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The driver, loaded: its maps, its settings, its programs attached. */
#ifndef GYR_LIVE_PROBE_H
#define GYR_LIVE_PROBE_H

#include "internal.h"
#include "settings.h"

struct bpf_object;
struct bpf_link;
struct bpf_program;

#define PROBE_LINKS_MAX	  32
#define PROBE_REFUSED_MAX 16 /* fillers that the verifier refuses; with more, something else is wrong */

struct probe {
	struct bpf_object *obj;	  /* the first, which has the maps */
	struct bpf_object **more; /* programs that were loaded later */
	size_t nmore;
	struct bpf_link *links[PROBE_LINKS_MAX]; /* by program; NULL: not attached */
	int ncpus;				 /* possible CPUs */
	struct gyr_settings *set;
	size_t set_size;
	struct gyr_cpu *cpus;
	size_t cpus_size;
	int rings_fd, flush_fd;
	uint32_t build;	   /* GYR_BUILD_* */
	bool no_enter;	   /* none of the events at entries is wanted */
	bool latency;	   /* events are to have it */
	bool no_iterators; /* the kernel refuses them */
	bool whoami;	   /* the driver has said whose ids events have: */
	bool local_ids;	   /* as in struct source */
	uint64_t lost;	   /* features whose programs are not loaded */
	int nrefused;
	const char *refused[PROBE_REFUSED_MAX];
	uint64_t missed[PROBE_LINKS_MAX]; /* by program, as last read */
};

#define PROBE_ITER_TASK "gyr_iter_task"
#define PROBE_ITER_FD	"gyr_iter_fd"

/* Is it a probe of ours, and of our version? Loads nothing. Of the options, probe and btf count. */
int probe_check_object(const struct gyr_live_opts *opts, struct gyr_diag *d);
/* Reads, checks, loads; nothing is attached yet. What the kernel refuses is left out, of f->sel, too. */
int probe_load(struct probe *p, const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d);
/* The same for what another filter needs besides; nothing of it runs yet. */
int probe_load_more(struct probe *p, const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d);
/* One that has been loaded; NULL: not, or refused. */
struct bpf_program *probe_program(const struct probe *p, const char *name);
/* Tells the driver who its library is, and finds out whose ids the events have. */
int probe_whoami(struct probe *p);
/* What the capture does without: gyr_lost_features. */
uint64_t probe_lost_features(const struct probe *p);
/* "2: gyr_read, gyr_write": the fillers that the verifier refuses; into buf, which is returned. */
const char *probe_refused(const struct probe *p, char *buf, size_t size);
/* What has no event of its own, or no program that this kernel takes, is reported by the one at sys_exit itself. */
bool probe_is_generic(const struct probe *p, uint32_t slot);
/* Writes all of the filter but its lists to one of the driver's selections, which is not in force. */
void probe_select(const struct probe *p, const struct filter *f, uint32_t now);
/* Attaches what the filter needs and is not attached yet; on failure nothing. */
int probe_attach(struct probe *p, const struct filter *f, struct gyr_diag *d);
void probe_detach_unwanted(struct probe *p, const struct filter *f);
void probe_detach(struct probe *p);
void probe_close(struct probe *p);

/*
 * How often the kernel did not run a program of ours that makes events because it was running on that CPU already,
 * which it counts since 5.12. Of system calls nobody knows which; wanted or not. Never less than before.
 */
uint64_t probe_missed(struct probe *p);

/* Sends what the CPU's batch holds, on that CPU. 0 also when the driver will do it as soon as it can. */
int probe_flush_cpu(struct probe *p, int cpu);

#endif

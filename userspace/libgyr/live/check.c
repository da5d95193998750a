// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What this host can do. Every feature is tried for real, with a map or a program of a few bytes. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "live/check.h"
#include "live/features.h"
#include "live/libbpf_print.h"
#include "live/object.h"
#include "live/probe.h"
#include "live/rights.h"
#include "live/ring.h"
#include "live/try.h"

#define KERNEL_MAJOR  5
#define KERNEL_MINOR  10
#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"

struct host {
	const struct check_env *env;
	const struct gyr_live_opts *opts;
	struct gyr_diag diag;
	struct probe probe; /* as far as it could be loaded */
	bool can_load;	    /* nothing that is required was missing so far */
};

static void __attribute__((format(printf, 2, 3))) found(struct gyr_check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->found, sizeof(c->found), fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 2, 3))) advise(struct gyr_check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->advice, sizeof(c->advice), fmt, ap);
	va_end(ap);
}

/* err: of what was tried, a negative errno; or 0. What cannot be told apart from a lack of rights says so. */
static void result(struct gyr_check *c, int err, const char *yes, const char *advice)
{
	c->ok = err >= 0;
	found(c, "%s", c->ok ? yes : strerror(-err));
	advise(c, "%s", err == -EPERM || err == -EACCES ? rights_advice() : advice);
}

static const char *host_path(const struct host *h, char *buf, const char *path)
{
	snprintf(buf, PATH_MAX, "%s%s", h->env->root, path);
	return buf;
}

static void check_kernel(struct host *h, struct gyr_check *c)
{
	const char *release = h->env->release;
	unsigned int major = 0, minor = 0;
	struct utsname u;

	if (!release)
		release = uname(&u) == 0 ? u.release : "?";
	sscanf(release, "%u.%u", &major, &minor);
	c->ok = major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR);
	found(c, "Linux %.64s", release);
	advise(c, "use a kernel of version 5.10 or later");
}

/* Where the kernel does not say it: in a file that libbpf looks for in /boot, /lib/modules and /usr/lib/debug. */
static int find_btf_elsewhere(struct host *h)
{
	struct btf *btf;
	int err;

	libbpf_print_begin(&h->diag);
	btf = btf__load_vmlinux_btf();
	err = btf ? 0 : -errno;
	libbpf_print_end();
	btf__free(btf);
	return err;
}

static void check_btf(struct host *h, struct gyr_check *c)
{
	char path[PATH_MAX];
	struct stat st;

	if (h->opts->btf) {
		libbpf_print_begin(&h->diag);
		c->ok = object_check_btf(h->opts->btf, &h->diag) == 0;
		libbpf_print_end();
		found(c, "%.90s", h->opts->btf);
		advise(c, "%s", h->diag.msg);
		return;
	}
	host_path(h, path, KERNEL_BTF_PATH);
	c->ok = stat(path, &st) == 0 && access(path, R_OK) == 0;
	if (c->ok)
		found(c, KERNEL_BTF_PATH ", %lld KiB", (long long)st.st_size / 1024);
	else
		found(c, KERNEL_BTF_PATH ": %s", strerror(errno));
	if (!c->ok && !*h->env->root && !find_btf_elsewhere(h)) {
		c->ok = true;
		found(c, "not of the kernel itself, but of its debug symbols");
	}
	advise(c, BTF_ADVICE);
}

static void check_caps(struct host *h, struct gyr_check *c)
{
	static const struct {
		const char *name;
		int cap;
	} shown[] = {{"CAP_BPF", CAP_BPF}, {"CAP_PERFMON", CAP_PERFMON}, {"CAP_SYS_ADMIN", CAP_SYS_ADMIN}};
	int len = 0;

	(void)h;
	c->ok = rights_to_load();
	found(c, "none of CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN");
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (rights_has_cap(shown[i].cap))
			len += snprintf(c->found + len, sizeof(c->found) - len, "%s%s", len ? ", " : "", shown[i].name);
	}
	advise(c, RIGHTS_ADVICE);
}

static void check_lockdown(struct host *h, struct gyr_check *c)
{
	char path[PATH_MAX], modes[96] = "";
	FILE *f;

	f = fopen(host_path(h, path, LOCKDOWN_PATH), "re");
	if (f) {
		if (!fgets(modes, sizeof(modes), f))
			modes[0] = '\0';
		fclose(f);
	}
	modes[strcspn(modes, "\n")] = '\0';
	/* The mode in force is in brackets. "integrity" only forbids to write kernel or user memory. */
	c->ok = !strstr(modes, "[confidentiality]");
	found(c, "%s", modes[0] ? modes : "none, or not visible here");
	advise(c, "boot with lockdown=integrity or less: under confidentiality no BPF program may read the kernel");
}

static void check_bpf(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, try_map(BPF_MAP_TYPE_ARRAY), "made a map",
	       "use a kernel built with CONFIG_BPF_SYSCALL=y, and allow bpf(2) in seccomp profiles");
}

static void check_perf_array(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, try_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY), "made one",
	       "use a kernel built with CONFIG_PERF_EVENTS=y and CONFIG_BPF_EVENTS=y");
}

static void check_tail_calls(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, try_map(BPF_MAP_TYPE_PROG_ARRAY), "made a program array",
	       "use a kernel built with CONFIG_BPF_SYSCALL=y");
}

static void check_mmap(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, try_mmapable_map(), "mapped one", "use a kernel of version 5.10 or later");
}

static void check_sys_exit(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, try_tracepoint("sys_exit"), "the kernel has it",
	       "use a kernel built with CONFIG_FTRACE_SYSCALLS=y and CONFIG_BPF_EVENTS=y");
}

/* On all CPUs at once, as a capture has them: what may be locked in memory is counted together. */
static int try_rings(struct host *h, size_t size)
{
	struct ring *rings = NULL;
	int n, i, err;

	libbpf_print_begin(&h->diag);
	n = libbpf_num_possible_cpus();
	libbpf_print_end();
	if (n > 0)
		rings = calloc(n, sizeof(*rings));
	if (!rings)
		return n < 0 ? n : -ENOMEM;
	for (i = 0, err = 0; i < n && (!err || err == -ENODEV); i++) {
		ring_init(&rings[i], i);
		err = ring_open(&rings[i], i, size, size);
	}
	while (i-- > 0)
		ring_close(&rings[i]);
	free(rings);
	return err == -ENODEV ? 0 : err;
}

static void check_rings(struct host *h, struct gyr_check *c)
{
	int err = try_rings(h, RING_BYTES_DFLT);
	char advice[sizeof(c->advice)];

	result(c, err, "opened one on every CPU", "allow perf_event_open(2) in seccomp profiles, and mount /sys");
	if (err == -EACCES)
		advise(c, "%s", rights_advice_perf(advice, sizeof(advice)));
	if (err == -EPERM && try_rings(h, RING_BYTES_MIN) == 0) {
		found(c, "only smaller ones than the default of %u MiB", RING_BYTES_DFLT >> 20);
		advise(c, "run with CAP_IPC_LOCK, raise the sysctl kernel.perf_event_mlock_kb, or ask for smaller "
			  "rings: gyr tail --buffer 128K");
	}
}

static void check_object(struct host *h, struct gyr_check *c)
{
	c->ok = probe_check_object(h->opts, &h->diag) == 0;
	found(c, "%s", c->ok ? "of this version" : h->diag.msg);
	advise(c, "install the probe objects (gyr*.bpf.o) of this version, or unset GYR_PROBE and --probe");
}

static void check_load(struct host *h, struct gyr_check *c)
{
	struct gyr_live_opts opts = *h->opts;
	const uint32_t self = (uint32_t)getpid();
	const struct gyr_filter_opts all = {.sz = sizeof(all), .pids = {.in = &self, .nin = 1}, .follow = true};
	struct filter *f;
	int err;

	if (!h->can_load) {
		found(c, "not tried");
		advise(c, "see above what is missing");
		return;
	}
	/* With what follows processes, and what entries and latencies take, too. */
	opts.latency = true;
	f = calloc(1, sizeof(*f));
	if (f)
		f->enter = true;
	err = f ? filter_init(f, &all, &h->diag) : -ENOMEM;
	if (!err)
		err = probe_load(&h->probe, &opts, f, &h->diag);
	if (f)
		filter_free(f);
	free(f);
	c->ok = !err;
	found(c, "%s", !c->ok ? strerror(-err) : h->probe.lost ? "but for what is missing below" : "all its programs");
	advise(c, "%s", err == -ENOMEM ? "free some memory" : h->diag.msg);
}

/* What is required. */
static const struct {
	const char *name;
	void (*check)(struct host *h, struct gyr_check *c);
} checks[] = {
	{"kernel", check_kernel},
	{"BTF", check_btf},
	{"capabilities", check_caps},
	{"lockdown", check_lockdown},
	{"bpf(2)", check_bpf},
	{"sys_exit", check_sys_exit},
	{"tail calls", check_tail_calls},
	{"mmapable array", check_mmap},
	{"perf event array", check_perf_array},
	{"perf rings", check_rings},
	{"probe object", check_object},
	/* Last: it asks whether all before went well. */
	{"probe loads", check_load},
};

#define NCHECKS (sizeof(checks) / sizeof(checks[0]))

static void check_feature(struct host *h, enum gyr_feature feature, struct gyr_check *c)
{
	const struct feature_env env = {.root = h->env->root, .probe = &h->probe};
	const struct feature *f = &features[feature];
	char refused[sizeof(c->found)];
	int err;

	/* Of programs nothing can be said as long as there are none. */
	if (!h->probe.obj && f->of_probe) {
		found(c, "not tried");
		return;
	}
	err = feature_find(feature, &env);
	c->ok = !err;
	if (err && feature == GYR_FEATURE_FILLERS)
		found(c, "not %s", probe_refused(&h->probe, refused, sizeof(refused) - 4));
	else
		found(c, "%s", err ? f->lost : "there");
	advise(c, "%s", err == -EPERM && f->of_probe ? rights_advice() : f->advice);
}

int check_host(const struct check_env *env, const struct gyr_live_opts *opts, struct gyr_check *out, size_t n)
{
	struct host h = {.env = env, .opts = opts, .can_load = true};
	size_t i;

	h.diag.log = opts->log;
	h.diag.log_ctx = opts->log_ctx;
	for (i = 0; i < NCHECKS + GYR_FEATURES && i < n; i++) {
		struct gyr_check *c = &out[i];

		memset(c, 0, sizeof(*c));
		c->required = i < NCHECKS;
		snprintf(c->name, sizeof(c->name), "%s", c->required ? checks[i].name : features[i - NCHECKS].name);
		if (c->required)
			checks[i].check(&h, c);
		else
			check_feature(&h, i - NCHECKS, c);
		if (c->ok)
			c->advice[0] = '\0';
		h.can_load &= c->ok || !c->required;
	}
	probe_close(&h.probe);
	return NCHECKS + GYR_FEATURES;
}

int gyr_check_host(const struct gyr_live_opts *opts, struct gyr_check *out, size_t n)
{
	struct gyr_live_opts o;
	int err = opts_read(opts, &o);

	return err ? err : check_host(&(struct check_env){.root = ""}, &o, out, n);
}

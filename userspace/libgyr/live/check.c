// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What this host can do. Every feature is tried for real, with a map or a program of a few bytes. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "live/check.h"
#include "live/probe.h"
#include "live/rights.h"
#include "live/ring.h"

#define KERNEL_MAJOR	5
#define KERNEL_MINOR	10
#define BTF_PATH	"/sys/kernel/btf/vmlinux"
#define LOCKDOWN_PATH	"/sys/kernel/security/lockdown"
#define PID_NS_INIT_INO 0xEFFFFFFCU /* fixed in the kernel: PROC_PID_INIT_INO */

struct host {
	const struct check_env *env;
	const char *probe;
	struct gyr_diag diag;
	bool can_load; /* nothing that is required was missing so far */
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

static void check_btf(struct host *h, struct gyr_check *c)
{
	char path[PATH_MAX];
	struct stat st;

	host_path(h, path, BTF_PATH);
	c->ok = stat(path, &st) == 0 && access(path, R_OK) == 0;
	if (c->ok)
		found(c, BTF_PATH ", %lld KiB", (long long)st.st_size / 1024);
	else
		found(c, BTF_PATH ": %s", strerror(errno));
	advise(c, "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, and mount /sys");
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

static void check_ptrace(struct host *h, struct gyr_check *c)
{
	(void)h;
	c->ok = rights_has_cap(CAP_SYS_PTRACE);
	found(c, "%s", c->ok ? "CAP_SYS_PTRACE" : "no CAP_SYS_PTRACE: what is open before gyr starts has no name");
	advise(c, "run as root, or with CAP_SYS_PTRACE as well");
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

static int close_on_success(int fd)
{
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_map(enum bpf_map_type type, uint32_t flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);

	return bpf_map_create(type, "gyr_check", sizeof(uint32_t), sizeof(uint32_t), 1, &opts);
}

static void check_bpf(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, close_on_success(try_map(BPF_MAP_TYPE_ARRAY, 0)), "made a map",
	       "use a kernel built with CONFIG_BPF_SYSCALL=y, and allow bpf(2) in seccomp profiles");
}

static void check_perf_array(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, close_on_success(try_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 0)), "made one",
	       "use a kernel built with CONFIG_PERF_EVENTS=y and CONFIG_BPF_EVENTS=y");
}

static void check_tail_calls(struct host *h, struct gyr_check *c)
{
	(void)h;
	result(c, close_on_success(try_map(BPF_MAP_TYPE_PROG_ARRAY, 0)), "made a program array",
	       "use a kernel built with CONFIG_BPF_SYSCALL=y");
}

static void check_mmap(struct host *h, struct gyr_check *c)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int err = 0, fd;
	void *mem;

	(void)h;
	fd = try_map(BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE);
	if (fd < 0) {
		err = -errno;
	} else {
		mem = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (mem == MAP_FAILED)
			err = -errno;
		else
			munmap(mem, page);
		close(fd);
	}
	result(c, err, "mapped one", "use a kernel of version 5.10 or later");
}

static int try_program(enum bpf_prog_type type, struct bpf_prog_load_opts *opts)
{
	/* r0 = 0; exit */
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(type, "gyr_check", "Dual BSD/GPL", insns, sizeof(insns) / sizeof(insns[0]), opts);
}

static void check_tp_btf(struct host *h, struct gyr_check *c)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id, err;

	libbpf_print_begin(&h->diag);
	id = libbpf_find_vmlinux_btf_id("sys_exit", BPF_TRACE_RAW_TP);
	libbpf_print_end();
	err = id;
	if (id > 0) {
		opts.attach_btf_id = id;
		err = close_on_success(try_program(BPF_PROG_TYPE_TRACING, &opts));
	}
	result(c, err, "loaded a program for sys_exit", "use a kernel with BTF, and CONFIG_FTRACE_SYSCALLS=y");
}

static void check_run_on_cpu(struct host *h, struct gyr_check *c)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = sched_getcpu());
	int err = 0, fd;

	(void)h;
	fd = try_program(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL);
	if (fd < 0) {
		err = -errno;
	} else {
		if (bpf_prog_test_run_opts(fd, &run))
			err = -errno;
		close(fd);
	}
	result(c, err, "ran one on a CPU of choice", "use a kernel of version 5.10 or later");
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

	result(c, err, "opened one on every CPU", "allow perf_event_open(2) in seccomp profiles, and mount /sys");
	if (err == -EPERM && try_rings(h, RING_BYTES_MIN) == 0) {
		found(c, "only smaller ones than the default of %u MiB", RING_BYTES_DFLT >> 20);
		advise(c, "run with CAP_IPC_LOCK, raise the sysctl kernel.perf_event_mlock_kb, or ask for smaller "
			  "rings: gyr tail --buffer 128K");
	}
}

static void check_pid_ns(struct host *h, struct gyr_check *c)
{
	char path[PATH_MAX];
	struct stat st;

	c->ok = stat(host_path(h, path, "/proc/self/ns/pid"), &st) == 0 && st.st_ino == PID_NS_INIT_INO;
	found(c, "%s", c->ok ? "the host's" : "another: the ids in events are not those of /proc here");
	advise(c, "run in the pid namespace of the host, as with docker run --pid=host, and mount /proc");
}

static void check_object(struct host *h, struct gyr_check *c)
{
	c->ok = probe_check_object(h->probe, &h->diag) == 0;
	found(c, "%s", c->ok ? "of this version" : h->diag.msg);
	advise(c, "install the gyr.bpf.o of this version, or unset GYR_PROBE and --probe");
}

static void check_load(struct host *h, struct gyr_check *c)
{
	struct gyr_live_opts opts = {.sz = sizeof(opts), .probe = h->probe};
	struct selection *sel;
	struct probe p = {0};
	int err;

	if (!h->can_load) {
		found(c, "not tried");
		advise(c, "see above what is missing");
		return;
	}
	sel = malloc(sizeof(*sel));
	err = sel ? selection_parse(sel, NULL, &h->diag) : -ENOMEM;
	if (!err) {
		err = probe_load(&p, &opts, sel, &h->diag);
		probe_close(&p);
	}
	free(sel);
	c->ok = !err;
	found(c, "%s", c->ok ? "all its programs" : strerror(-err));
	advise(c, "%s", err == -ENOMEM ? "free some memory" : h->diag.msg);
}

static const struct {
	const char *name;
	bool required;
	void (*check)(struct host *h, struct gyr_check *c);
} checks[] = {
	{"kernel", true, check_kernel},
	{"BTF", true, check_btf},
	{"capabilities", true, check_caps},
	{"reading /proc", false, check_ptrace},
	{"pid namespace", false, check_pid_ns},
	{"lockdown", true, check_lockdown},
	{"bpf(2)", true, check_bpf},
	{"tp_btf programs", true, check_tp_btf},
	{"tail calls", true, check_tail_calls},
	{"mmapable array", true, check_mmap},
	{"perf event array", true, check_perf_array},
	{"perf rings", true, check_rings},
	{"programs on request", true, check_run_on_cpu},
	{"probe object", true, check_object},
	/* Last: it asks whether all before went well. */
	{"probe loads", true, check_load},
};

#define NCHECKS (sizeof(checks) / sizeof(checks[0]))

int check_host(const struct check_env *env, const char *probe, struct gyr_check *out, size_t n)
{
	struct host h = {.env = env, .probe = probe, .can_load = true};

	for (size_t i = 0; i < NCHECKS && i < n; i++) {
		struct gyr_check *c = &out[i];

		memset(c, 0, sizeof(*c));
		snprintf(c->name, sizeof(c->name), "%s", checks[i].name);
		c->required = checks[i].required;
		checks[i].check(&h, c);
		if (c->ok)
			c->advice[0] = '\0';
		h.can_load &= c->ok || !c->required;
	}
	return NCHECKS;
}

int gyr_check_host(const char *probe, struct gyr_check *out, size_t n)
{
	return check_host(&(struct check_env){.root = ""}, probe, out, n);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The side of the child: stating what must be seen. */
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "script.h"

struct script *live_script;

long live_nr(long nr, const char *name)
{
	if (nr < 0)
		live_skip("no %s on this architecture", name);
	return nr;
}

long live_ret(long ret)
{
	return ret == -1 ? -errno : ret;
}

static void give_up(bool skipped, const char *where, int line, const char *fmt, va_list ap)
{
	char *to = live_script->trouble;
	size_t room = sizeof(live_script->trouble), n = 0;

	if (where)
		n = (size_t)snprintf(to, room, "%s:%d: ", where, line);
	vsnprintf(to + n, room - n, fmt, ap);
	live_script->skipped = skipped;
}

void live_trouble(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	give_up(false, file, line, fmt, ap);
	va_end(ap);
	_exit(1);
}

void live_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	give_up(true, NULL, 0, fmt, ap);
	va_end(ap);
	_exit(1);
}

const char *live_dir(void)
{
	return live_script->dir;
}

const char *live_path(const char *name)
{
	static char paths[4][256];
	static unsigned turn;
	char *to = paths[turn++ % 4];

	snprintf(to, sizeof(paths[0]), "%s/%s", live_script->dir, name);
	return to;
}

const char *live_file(const char *name, const char *content)
{
	const char *path = live_path(name);
	FILE *f = fopen(path, "we");

	NEED(f);
	NEED(fputs(content, f) >= 0);
	NEED(fclose(f) == 0);
	return path;
}

static const void *pool_copy(const void *data, size_t len)
{
	uint32_t at = atomic_fetch_add(&live_script->used, (uint32_t)len);

	if (at + len > POOL_SIZE)
		live_trouble(__FILE__, __LINE__, "the pool of what is stated is full");
	return memcpy(live_script->pool + at, data, len);
}

void live_see(int line, long tid, uint16_t type, const char *name, const struct live_val *vals, size_t n)
{
	uint32_t at = atomic_fetch_add(&live_script->nsteps, 1);
	struct step *s = &live_script->steps[at];

	if (at >= STEPS_MAX || n > VALS_MAX)
		live_trouble(__FILE__, __LINE__, "more is stated than there is room for");
	s->line = line;
	s->tid = tid ? tid : syscall(SYS_gettid);
	s->type = type;
	s->name = name;
	s->nvals = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		s->vals[i] = vals[i];
		/* A reason is a literal, at the same place in the parent. */
		if (vals[i].data && vals[i].kind != LIVE_ANY)
			s->vals[i].data = pool_copy(vals[i].data, vals[i].len);
	}
	s->stated = true;
}

int live_wait(long pid)
{
	int status;

	NEED(waitpid((pid_t)pid, &status, __WALL) > 0);
	return status;
}

/* Without stdio: what an allocator maps would change what is asked for, and be an event besides. */
uint64_t live_vm_size(void)
{
	char buf[128] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	NEED(fd >= 0 && read(fd, buf, sizeof(buf) - 1) > 0);
	close(fd);
	return strtoul(buf, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* The path of a v1 controller in /proc/self/cgroup: "4:memory:/path" or "2:cpu,cpuacct:/path". */
static bool cgroup_path(const char *controller, char *path, size_t size)
{
	char line[512], want[64];
	bool found = false;
	FILE *f = fopen("/proc/self/cgroup", "re");

	NEED(f);
	snprintf(want, sizeof(want), ",%s,", controller);
	while (!found && fgets(line, sizeof(line), f)) {
		char list[128] = ",", *colon = strchr(line, ':'), *end = colon ? strchr(colon + 1, ':') : NULL;

		if (!end)
			continue;
		*end = 0;
		snprintf(list, sizeof(list), ",%s,", colon + 1);
		found = strstr(list, want);
		snprintf(path, size, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
	}
	fclose(f);
	return found;
}

struct live_val live_cgroups(const char *param)
{
	/* scap's names; the kernel's v1 files say blkio for io. */
	static const char *const names[][2] = {
		{"cpuset", "cpuset"}, {"cpu", "cpu"}, {"cpuacct", "cpuacct"}, {"io", "blkio"}, {"memory", "memory"},
	};
	static char all[4096];
	char path[512];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* With v2 a controller's cgroup is that of the nearest parent that enables it: not for /proc to tell.
		 */
		if (!cgroup_path(names[i][1], path, sizeof(path)))
			return STARTS(param, "cpuset=/", 8);
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s=%s", names[i][0], path) + 1;
	}
	return B(param, all, n);
}

int64_t live_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void release_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGUSR1);
}

void live_prepare(void)
{
	sigset_t set;

	release_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * What files hold of the program comes into memory, literals, too: a driver cannot wait for pages, and here none has
 * to. No more than that: many children are held at a time, and a guest has little memory.
 */
__attribute__((no_sanitize_address)) static int touch_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		const volatile char *p = (const volatile char *)(info->dlpi_addr + part->p_vaddr);

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_R))
			continue;
		for (size_t at = 0; at < part->p_filesz; at += 4096)
			(void)p[at];
	}
	return 0;
}

/* By a signal: a read or a futex could be under test, rt_sigtimedwait never is. */
void live_hold(void)
{
	const struct timespec patience = {.tv_sec = 120};
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dl_iterate_phdr(touch_object, NULL);
	release_set(&set);
	if (sigtimedwait(&set, NULL, &patience) != SIGUSR1)
		_exit(3);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void live_release(int pid)
{
	kill(pid, SIGUSR1);
}

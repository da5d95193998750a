/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "filtered.h"

struct got seen[4096];
size_t nseen;
struct gyr_stats stats;

struct child child_start(void (*act)(char what))
{
	int to[2], from[2];
	struct child c;
	char what;

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	c.pid = fork();
	if (c.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		while (read(to[0], &what, 1) == 1 && what != 'q') {
			act(what);
			if (write(from[1], "", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	ck_assert_int_gt(c.pid, 0);
	close(to[0]);
	close(from[1]);
	c.to = to[1];
	c.from = from[0];
	return c;
}

void child_do(const struct child *c, char what)
{
	char done;

	ck_assert_int_eq(write(c->to, &what, 1), 1);
	ck_assert_int_eq(read(c->from, &done, 1), 1);
}

void child_end(const struct child *c)
{
	int status;

	/* A closed pipe would not do: its other end may be open in another child, too. */
	ck_assert_int_eq(write(c->to, "q", 1), 1);
	close(c->to);
	close(c->from);
	ck_assert_int_eq(waitpid(c->pid, &status, 0), c->pid);
	ck_assert_int_eq(status, 0);
}

struct gyr *filtered_open(struct gyr_filter_opts *f)
{
	struct gyr_live_opts o = {.filter = f};

	f->sz = sizeof(*f);
	nseen = 0;
	return live_begin(&o);
}

void filtered_change(struct gyr *g, struct gyr_filter_opts *f)
{
	f->sz = sizeof(*f);
	ck_assert_msg(gyr_filter_set(g, f) == 0, "%s", gyr_errmsg(g));
}

static void take(const struct gyr_event *ev)
{
	const struct gyr_fd *fd = gyr_event_fd(ev);
	struct gyr_param data;
	struct got *s = &seen[nseen];

	ck_assert_uint_lt(nseen, sizeof(seen) / sizeof(seen[0]));
	nseen++;
	snprintf(s->name, sizeof(s->name), "%s", gyr_event_name(ev));
	snprintf(s->fd, sizeof(s->fd), "%s", fd ? gyr_fd_name(fd) : "");
	s->tid = gyr_event_tid(ev);
	s->pid = gyr_thread_pid(gyr_event_thread(ev));
	s->has_res = gyr_event_res(ev, &s->res);
	s->data_len = gyr_event_param_by_name(ev, "data", &data) ? UINT64_MAX : data.len;
}

void filtered_drain(struct gyr *g, int timeout_ms)
{
	const struct gyr_event *ev;

	while (gyr_next(g, &ev, timeout_ms) == 1)
		take(ev);
}

void filtered_finish(struct gyr *g)
{
	ck_assert_int_eq(gyr_stop(g), 0);
	filtered_drain(g, LIVE_PATIENCE);
	stats = live_account(g);
	gyr_close(g);
}

unsigned count(const char *name, uint64_t tid)
{
	unsigned n = 0;

	for (size_t i = 0; i < nseen; i++)
		n += (!name || !strcmp(seen[i].name, name)) && (!tid || seen[i].tid == tid);
	return n;
}

unsigned count_of_process(uint64_t pid)
{
	unsigned n = 0;

	for (size_t i = 0; i < nseen; i++)
		n += seen[i].pid == pid;
	return n;
}

uint64_t frames(void)
{
	return stats.produced + stats.state_only;
}

const char *cgroup2_root(void)
{
	static char at[256];
	char line[1024], type[32];
	FILE *f = fopen("/proc/mounts", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %255s %31s", at, type) == 2 && !strcmp(type, "cgroup2");
	if (f)
		fclose(f);
	return found ? at : NULL;
}

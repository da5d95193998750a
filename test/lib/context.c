// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "context.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CLONE_X	 223
#define EXECVE_X 293
#define OPENAT_X 307

static void put_skipped(struct test_frame *f, int n)
{
	while (n--)
		frame_empty(f);
}

static void put_strings(struct test_frame *f, const char *s, size_t len, const char *dflt, size_t dflt_len)
{
	frame_bytes(f, s ? s : dflt, s ? len : dflt_len);
}

static void make_process(struct test_context *c, const struct test_process *p)
{
	static const char args[] = "-g\0daemon off;", cgroups[] = "memory=/user.slice";
	struct test_frame *f = &c->frame;

	frame_start(f, EXECVE_X);
	f->tid = 1234;
	frame_s64(f, 0);
	frame_str(f, p->exe ? p->exe : "nginx");
	put_strings(f, p->args, p->args_len, args, sizeof(args));
	frame_s64(f, 1234);
	frame_s64(f, 1234);
	frame_s64(f, 1);
	frame_str(f, p->cwd ? p->cwd : "/srv");
	put_skipped(f, 6); /* fdlimit to vm_swap */
	frame_str(f, p->comm ? p->comm : "nginx");
	put_strings(f, p->cgroups, p->cgroups_len, cgroups, sizeof(cgroups));
	put_skipped(f, 11); /* env to exe_ino_mtime */
	frame_u32(f, 33);
	frame_str(f, p->path ? p->path : "/usr/sbin/nginx");
	frame_empty(f);
	frame_u32(f, 34);
	context_event(c);
}

static void make_thread(struct test_context *c)
{
	struct test_frame *f = &c->frame;

	frame_start(f, CLONE_X);
	f->tid = 1234;
	frame_s64(f, 1236);
	put_skipped(f, 14);
	frame_u32(f, 1 | 2 | 8192 | 32768); /* CLONE_FILES, FS, THREAD, VM */
	context_event(c);
}

void context_new(struct test_context *c, const struct test_process *p)
{
	static const struct test_process dflt;

	memset(&c->diag, 0, sizeof(c->diag));
	c->state = state_new(&c->diag);
	ck_assert_ptr_nonnull(c->state);
	memset(&c->ev, 0, sizeof(c->ev));
	make_process(c, p ? p : &dflt);
	make_thread(c);
}

void context_free(struct test_context *c)
{
	state_free(c->state);
}

struct gyr_event *context_event(struct test_context *c)
{
	if (c->ev.num)
		state_after(c->state, &c->ev);
	frame_parse(&c->frame, &c->ev);
	state_before(c->state, &c->ev);
	return &c->ev;
}

void context_open(struct test_context *c, int fd, const char *path)
{
	struct test_frame *f = &c->frame;

	frame_start(f, OPENAT_X);
	frame_s64(f, fd);
	frame_s64(f, -100);
	frame_str(f, path);
	frame_u32(f, 1);
	frame_u32(f, 0);
	frame_u32(f, 0xfe00);
	frame_u64(f, 1234);
	context_event(c);
}

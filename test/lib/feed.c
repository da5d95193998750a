/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "feed.h"

#include <check.h>
#include <string.h>

void feed_open(struct feed *f)
{
	memset(f, 0, sizeof(*f));
	f->st = f->g.state = state_new(&f->g.diag);
	ck_assert_ptr_nonnull(f->st);
	f->ts = 1700000000000000000;
}

void feed_close(struct feed *f)
{
	state_free(f->st);
}

static void add_number(struct test_frame *frame, enum gyr_param_type type, int64_t num)
{
	switch (type) {
	case GYR_TYPE_UINT8:
	case GYR_TYPE_FLAGS8:
	case GYR_TYPE_ENUMFLAGS8:
	case GYR_TYPE_SIGTYPE:
		frame_u8(frame, num);
		break;
	case GYR_TYPE_FLAGS16:
	case GYR_TYPE_ENUMFLAGS16:
		frame_u16(frame, num);
		break;
	case GYR_TYPE_INT32:
	case GYR_TYPE_UINT32:
	case GYR_TYPE_FLAGS32:
	case GYR_TYPE_ENUMFLAGS32:
	case GYR_TYPE_UID:
	case GYR_TYPE_GID:
		frame_u32(frame, num);
		break;
	default:
		frame_s64(frame, num);
		break;
	}
}

void feed_frame(struct test_frame *frame, uint64_t tid, uint16_t type, const struct arg *args)
{
	const struct gyr_event_info *info = gyr_event_info_by_type(type);
	uint32_t found = 0, given = 0;

	if (!info)
		ck_abort_msg("%u is no event", type);
	frame_start(frame, type);
	frame->wide = info->flags & GYR_EVF_LARGE_PAYLOAD;
	frame->tid = tid;
	for (const struct arg *a = args; a->name; a++)
		given++;
	for (uint32_t i = 0; i < info->nparams; i++) {
		const struct arg *a = args;

		while (a->name && strcmp(a->name, info->params[i].name) != 0)
			a++;
		if (!a->name) {
			frame_empty(frame);
			continue;
		}
		found++;
		if (a->bytes)
			frame_bytes(frame, a->bytes, a->len);
		else
			add_number(frame, info->params[i].type, a->num);
	}
	if (found != given)
		ck_abort_msg("%s has no such param", info->id);
}

void feed_before_args(struct feed *f, uint64_t tid, uint16_t type, const struct arg *args)
{
	static struct test_frame frame;

	feed_frame(&frame, tid, type, args);
	frame.ts = f->ts;
	f->ts += 1000;
	frame_parse(&frame, &f->ev);
	f->ev.context = f->context;
	f->context = NULL;
	state_before(f->st, &f->ev);
	ck_assert_ptr_nonnull(f->ev.thread);
}

void feed_after(struct feed *f)
{
	state_after(f->st, &f->ev);
}

uint32_t feed_flag(uint16_t type, const char *param, const char *flag)
{
	const struct gyr_event_info *info = gyr_event_info_by_type(type);

	for (uint32_t i = 0; i < info->nparams; i++) {
		const struct gyr_flags *table = info->params[i].flags;

		if (!table || strcmp(info->params[i].name, param) != 0)
			continue;
		for (uint32_t k = 0; k < table->nflags; k++)
			if (strcmp(table->flags[k].name, flag) == 0)
				return table->flags[k].value;
	}
	ck_abort_msg("%s has no %s in %s", info->id, flag, param);
}

const struct gyr_thread *feed_thread(struct feed *f, uint64_t tid)
{
	const struct gyr_thread *t = gyr_thread_by_tid(&f->g, tid);

	ck_assert_msg(t, "thread %llu is not known", (unsigned long long)tid);
	return t;
}

const struct gyr_fd *feed_fd(struct feed *f, uint64_t tid, int64_t fd)
{
	const struct gyr_fd *found = gyr_thread_fd(feed_thread(f, tid), fd);

	ck_assert_msg(found, "fd %lld of %llu is not known", (long long)fd, (unsigned long long)tid);
	ck_assert_int_eq(gyr_fd_num(found), fd);
	return found;
}

const char *feed_fd_name(struct feed *f, uint64_t tid, int64_t fd)
{
	const struct gyr_fd *found = gyr_thread_fd(feed_thread(f, tid), fd);

	return found ? gyr_fd_name(found) : NULL;
}

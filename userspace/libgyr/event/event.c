// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What one event says of itself. */
#include <errno.h>
#include <string.h>

#include "event/param.h"
#include "internal.h"
#include "wire_values.gen.h"

GYR_API uint64_t gyr_event_num(const struct gyr_event *ev)
{
	return ev->num;
}

GYR_API uint64_t gyr_event_ts(const struct gyr_event *ev)
{
	return ev->ts;
}

GYR_API uint64_t gyr_event_tid(const struct gyr_event *ev)
{
	return ev->tid;
}

GYR_API int64_t gyr_event_latency(const struct gyr_event *ev)
{
	return ev->marks & GYR_FRAME_LATENCY && ev->latency <= INT64_MAX ? (int64_t)ev->latency : -ENODATA;
}

GYR_API bool gyr_event_cut(const struct gyr_event *ev, uint32_t i)
{
	enum gyr_param_type type;
	struct gyr_param p;

	if (i >= ev->nparams)
		return false;
	if (ev->cut >> i & 1)
		return true;
	/* Frames of others have no marks, but may tell how long it was. Empty data of a call that failed never were. */
	type = ev->info->params[i].type;
	if (type != GYR_TYPE_BYTEBUF && type != GYR_TYPE_DYN)
		return false;
	return !gyr_event_param(ev, i, &p) && p.len && p.type == GYR_TYPE_BYTEBUF && param_full_len(ev, &p) > p.len;
}

GYR_API uint16_t gyr_event_cpu(const struct gyr_event *ev)
{
	return ev->cpu;
}

GYR_API uint16_t gyr_event_type(const struct gyr_event *ev)
{
	return ev->type;
}

GYR_API bool gyr_event_compat(const struct gyr_event *ev)
{
	return ev->compat;
}

GYR_API const struct gyr_event_info *gyr_event_info(const struct gyr_event *ev)
{
	return ev->info;
}

GYR_API enum gyr_category gyr_event_category(const struct gyr_event *ev)
{
	return ev->category;
}

GYR_API bool gyr_event_is_wait(const struct gyr_event *ev)
{
	return ev->info->flags & GYR_EVF_WAITS;
}

/* copy_file_range does both, and of its fds the one that it writes to stands first. */
GYR_API enum gyr_direction gyr_event_direction(const struct gyr_event *ev)
{
	if (ev->info->flags & GYR_EVF_WRITES_TO_FD)
		return GYR_DIRECTION_OUT;
	return ev->info->flags & GYR_EVF_READS_FROM_FD ? GYR_DIRECTION_IN : GYR_DIRECTION_NONE;
}

GYR_API const char *gyr_direction_name(enum gyr_direction d)
{
	static const char *const names[] = {
		[GYR_DIRECTION_NONE] = "", [GYR_DIRECTION_IN] = "read", [GYR_DIRECTION_OUT] = "write"};

	return (size_t)d < sizeof(names) / sizeof(names[0]) ? names[d] : "";
}

GYR_API const struct gyr_thread *gyr_event_thread(const struct gyr_event *ev)
{
	return ev->thread;
}

GYR_API const struct gyr_fd *gyr_event_fd(const struct gyr_event *ev)
{
	return ev->fd;
}

GYR_API uint32_t gyr_event_nparams(const struct gyr_event *ev)
{
	return ev->nparams;
}

GYR_API const void *gyr_event_frame(const struct gyr_event *ev, uint32_t *len)
{
	uint32_t nparams;

	*len = ev->len;
	if (!ev->marks)
		return ev->frame;
	memcpy(ev->unmarked, ev->frame, ev->len);
	memcpy(&nparams, ev->unmarked + GYR_FRAME_NPARAMS, sizeof(nparams));
	nparams &= ~ev->marks;
	memcpy(ev->unmarked + GYR_FRAME_NPARAMS, &nparams, sizeof(nparams));
	return ev->unmarked;
}

GYR_API const char *gyr_event_name(const struct gyr_event *ev)
{
	const struct gyr_syscall_info *sc = NULL;
	struct gyr_param p;

	/* The scap id first: the native number is that of the machine that captured, which may be of another kind. */
	if (ev->type <= GYR_EVT_GENERIC_X && !gyr_event_param(ev, 0, &p) && p.len)
		sc = gyr_syscall_by_sc(p.u64);
	return sc ? sc->name : ev->info->name;
}

bool event_is_enter(const struct gyr_event *ev)
{
	const struct gyr_event_info *leave;

	if (ev->type & 1 || ev->info->flags & GYR_EVF_SKIPPARSERESET)
		return false;
	/* Tracepoints and the like are even too, and have no other half. */
	leave = gyr_event_info_by_type(ev->type | 1);
	return leave && !strcmp(leave->name, ev->info->name);
}

int event_res_index(const struct gyr_event *ev)
{
	const struct gyr_param_info *first = ev->info->params;

	if (!(ev->type & 1) || !ev->info->nparams)
		return -1;
	if (!strcmp(first->name, "res") || !strcmp(first->name, "fd") || !strcmp(first->name, "res_or_fd"))
		return 0;
	/* getuid and its family return an id, which is their only param. */
	if (ev->info->nparams == 1 && (first->type == GYR_TYPE_UID || first->type == GYR_TYPE_GID))
		return 0;
	return -1;
}

GYR_API bool gyr_event_res(const struct gyr_event *ev, int64_t *res)
{
	int i = event_res_index(ev);
	struct gyr_param p;

	if (i < 0 || gyr_event_param(ev, i, &p) || !p.len || !param_is_number(p.type))
		return false;
	*res = p.s64;
	return true;
}

#define ERRNO_MAX 4095

bool event_failed(const struct gyr_event *ev)
{
	int64_t res;

	return gyr_event_res(ev, &res) && res < 0 && res >= -ERRNO_MAX;
}

bool event_res_is_fd(const struct gyr_event *ev)
{
	const struct gyr_event_info *info = ev->info;
	int i = event_res_index(ev);
	struct gyr_param p;

	if (i < 0)
		return false;
	if (ev->type == GYR_EVT_SYSCALL_FCNTL_X)
		return !gyr_event_param_by_name(ev, "cmd", &p) &&
		       (p.u64 == GYR_WIRE_FCNTL_COMMANDS_F_DUPFD || p.u64 == GYR_WIRE_FCNTL_COMMANDS_F_DUPFD_CLOEXEC);
	if (!(info->flags & GYR_EVF_CREATES_FD))
		return false;
	/* Commands of bpf() that make no fd return 0, which is not stdin. */
	if (!strcmp(info->name, "bpf"))
		return ev->fd && gyr_fd_type(ev->fd) == GYR_FD_BPF;
	/* With a flag it returns a version, or errata. */
	if (ev->type == GYR_EVT_SYSCALL_LANDLOCK_CREATE_RULESET_X)
		return !gyr_event_param_by_name(ev, "flags", &p) && p.u64 == 0;
	/* pipe and socketpair: the fds are params of their own. */
	return info->params[i].type == GYR_TYPE_FD || info->nparams < 2 || info->params[1].type != GYR_TYPE_FD;
}

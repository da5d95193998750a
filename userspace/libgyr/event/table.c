// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "table.h"

#include <stdlib.h>
#include <string.h>

const struct gyr_event_info *gyr_event_info_by_type(uint16_t type)
{
	int32_t i = table_event(type);

	return i < 0 ? NULL : &table_events[i];
}

const struct gyr_event_info *gyr_event_info_at(size_t i)
{
	return i < table_nevents ? &table_events[i] : NULL;
}

const char *gyr_category_name(enum gyr_category c)
{
	return (size_t)c < table_ncategories ? table_category_names[c] : "";
}

const char *gyr_param_type_name(enum gyr_param_type t)
{
	return (size_t)t < table_ntypes ? table_types[t].name : "";
}

const struct gyr_flags *flags_by_name(const char *name)
{
	for (size_t i = 0; i < table_nflags; i++)
		if (strcmp(table_flags[i].name, name) == 0)
			return &table_flags[i];
	return NULL;
}

static const struct gyr_syscall_info *syscall_of(uint16_t index_plus_1)
{
	return index_plus_1 ? &table_syscalls[index_plus_1 - 1] : NULL;
}

const struct gyr_syscall_info *syscall_of_slot(uint32_t slot)
{
	return slot < GYR_SLOTS_MAX ? syscall_of(table_syscall_of_slot[slot]) : NULL;
}

const struct gyr_syscall_info *gyr_syscall_by_nr(int nr)
{
	return nr >= 0 && nr < GYR_SYSCALLS_MAX ? syscall_of_slot((uint32_t)nr) : NULL;
}

const struct gyr_syscall_info *gyr_syscall_by_sc(uint16_t sc)
{
	return sc < table_nsc ? syscall_of(table_syscall_of_sc[sc]) : NULL;
}

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct gyr_syscall_info *)element)->name);
}

const struct gyr_syscall_info *gyr_syscall_by_name(const char *name)
{
	return bsearch(name, table_syscalls, table_nsyscalls, sizeof(*table_syscalls), by_name);
}

const struct gyr_syscall_info *gyr_syscall_at(size_t i)
{
	return i < table_nsyscalls ? &table_syscalls[i] : NULL;
}

bool uring_result_is_fd(uint16_t type)
{
	return type != GYR_EVT_IO_URING_PIPE_E && gyr_event_info_by_type(type)->flags & GYR_EVF_CREATES_FD;
}

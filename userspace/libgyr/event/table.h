/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What event_table.gen.c defines: the schema as data. Look-ups are in table.c. */
#ifndef GYR_EVENT_TABLE_H
#define GYR_EVENT_TABLE_H

#include <gyr/event.h>
#include <gyr/wire.h>
#include <settings.h>

/* By slot: the driver's program ("gyr_sys_exit" itself for most); NULL where there is no system call. */
extern const char *const gyr_filler_names[GYR_SLOTS_MAX];

/* The events at entries: their type, system call and program. Those that this machine has. */
struct table_enter {
	uint16_t type, nr;
	const char *program;
};
extern const struct table_enter table_enters[];
extern const size_t table_nenters;

/* The operations of io_uring, by opcode: the event of its submission and its program; NULL: it is GYR_URING_OTHER's. */
struct table_op {
	uint16_t type;
	const char *program;
};
extern const struct table_op table_ops[GYR_URING_OPS];

/* The event at this position in table_events is chosen by the name of this system call, too. */
struct table_like {
	uint32_t event;
	const char *syscall;
};
extern const struct table_like table_likes[];
extern const size_t table_nlikes;

struct table_type {
	const char *name;
	uint32_t size; /* bytes on the wire; 0: any */
};
/* By enum gyr_param_type. */
extern const struct table_type table_types[];
extern const size_t table_ntypes;

extern const struct gyr_flags table_flags[];
extern const size_t table_nflags;

/* In order of type. The first table_nbase are scap's, whose types are their indexes; the others are gyr's own. */
extern const struct gyr_event_info table_events[];
extern const size_t table_nevents, table_nbase;

/* Likewise: bytes of each param on the wire, 0: any; and which of them are strings, by bit. */
struct table_check {
	uint8_t size[GYR_PARAMS_MAX];
	uint32_t strings;
};
extern const struct table_check table_checks[];

/* Of gyr's own, by what their type is above GYR_EXT_TYPE_MIN: index in table_events + 1; 0: none. */
#define TABLE_OWN (GYR_URING_TYPE_MIN - GYR_EXT_TYPE_MIN + 1024)
extern const uint16_t table_own[TABLE_OWN];

/* The event's index in table_events; a negative number: there is none of that type. */
static inline int32_t table_event(uint16_t type)
{
	if (type < table_nbase)
		return type;
	return type >= GYR_EXT_TYPE_MIN && type < GYR_EXT_TYPE_MIN + TABLE_OWN ? table_own[type - GYR_EXT_TYPE_MIN] - 1
									       : -1;
}

/* By enum gyr_category. */
extern const char *const table_category_names[];
extern const size_t table_ncategories;

/* In order of name. */
extern const struct gyr_syscall_info table_syscalls[];
extern const size_t table_nsyscalls;
/* By slot and by scap id: index in table_syscalls + 1; 0: none. */
extern const uint16_t table_syscall_of_slot[GYR_SLOTS_MAX];
extern const uint16_t table_syscall_of_sc[];
extern const size_t table_nsc;

/* NULL: there is none. Several slots may have the same, as what socketcall stands for. */
const struct gyr_syscall_info *syscall_of_slot(uint32_t slot);

/* A list that belongs to no one param, such as what the events of a FDLIST mean. NULL: no such list. */
const struct gyr_flags *flags_by_name(const char *name);

/* Is the result of this operation of io_uring an fd that it makes? Of a pipe's two fds it is not. */
bool uring_result_is_fd(uint16_t type);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * 32-bit callers: where the driver has their system calls, and how their registers become the arguments that the
 * call's event is described by.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "place.h"

struct schema;
struct syscall;

#define COMPAT_ARGS 6

/* "3", "2:3", "0i", ...: one argument. The words are in docs/schema.md. */
struct compat_arg {
	unsigned int lo, hi; /* registers; COMPAT_NONE: 0 */
	unsigned int op;     /* GYR_ARG_* */
};
#define COMPAT_NONE 7

/* {"args", "wide"} of one number. */
struct compat_call {
	bool has_args;
	struct compat_arg args[COMPAT_ARGS];
	unsigned int wide; /* bits: what the argument points to is as 64-bit callers have it */
	bool ids16;	   /* what they point to are ids of 16 bits */
};

/* Does the architecture run 32-bit callers that the driver reports? */
bool compat_is_of(int arch);
/* Of a space of numbers: the slot of 0, and how many there are. */
int64_t compat_first_slot(int space);
int64_t compat_numbers(int space);

/* The keys "args", "wide" and "ids16" of a system call whose numbers have been read. */
void read_compat(const struct place *at, const cJSON *obj, struct syscall *sys);

#endif

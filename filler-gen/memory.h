/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What lies behind an argument that is an address: scalars, and fields of structs that are declared in structs.json.
 * Where a field is follows from the fields before it, as the C ABIs have it.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "place.h"

struct schema;

enum abi { ABI_LP64, ABI_I386, ABIS };

enum scalar_form {
	FORM_UNSIGNED,
	FORM_SIGNED,
	FORM_PTR,
	FORM_TIMESPEC, /* comes as nanoseconds */
	FORM_TIMEVAL,  /* likewise */
	FORM_SECONDS,  /* likewise */
	FORM_CHAR,     /* in arrays only: text or bytes of that many */
};

struct scalar {
	const char *name;
	enum scalar_form form;
	unsigned int size[ABIS], align[ABIS];
};

/* A piece of the caller's memory, as seen from the address in the argument. */
struct piece {
	const struct scalar *scalar;
	unsigned int count; /* FORM_CHAR: how many; else 1 */
	unsigned int off[ABIS];
};

struct field {
	const char *name;
	struct piece at; /* of an array the first element */
	unsigned int count;
};

/* {"name", "header", "c", "packed", "fields"} */
struct user_struct {
	const char *file, *name;
	char *label;
	const char *header, *c; /* where a test finds it, and its name there; NULL: no header has it */
	struct field *fields;
	size_t nfields;
};

void read_struct(struct schema *s, const struct place *file, const cJSON *obj, size_t i);
void struct_free(struct user_struct *s);

/* "s32", "timespec[1]", "rlimit.rlim_cur", "flock.l_pid": false, and a complaint, if there is no such thing. */
bool piece_find(const struct schema *s, const struct place *at, const char *text, struct piece *out);

#endif

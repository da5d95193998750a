/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words that a schema may use: these lists are where gyr has them from. Their order gives the enums' values. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* How a value taken from a system call is written when the schema has no "as". */
enum encoder {
	ENC_NONE,   /* needs "as" */
	ENC_INT,    /* as it is, cut to the type's size */
	ENC_SIGNED, /* an argument is an int: its upper half means nothing and is replaced by the sign */
	ENC_FLAGS,  /* through the flag table's converter, when it has one */
	ENC_STR,    /* the address of a string */
};

struct word_type {
	const char *name;
	unsigned int size; /* bytes on the wire; 0: any */
	enum encoder encoder;
	const char *meaning;
};
extern const struct word_type word_types[]; /* [0] is NONE; ends with a NULL name */

struct word {
	const char *name;
	const char *meaning;
};
/* Each ends with a NULL name. */
extern const struct word word_categories[];
extern const struct word word_event_flags[];
extern const struct word word_formats[];
extern const struct word word_sources[];
extern const struct word word_archs[];
/* The fds that a context may be of; the meaning is how the driver puts it, in C; "": none. */
extern const struct word word_contexts[];

#define WORD_ARCHS 2 /* of word_archs */

/*
 * What system calls are numbered by. The first are the architectures; the others are of 32-bit callers on x86_64: their
 * own numbers, and those of what two of their calls stand for.
 */
extern const struct word word_spaces[];
#define WORD_SPACES	 5
#define SPACE_I386	 WORD_ARCHS
#define SPACE_SOCKETCALL (WORD_ARCHS + 1)
#define SPACE_IPC	 (WORD_ARCHS + 2)

/* -1: not there. */
int word_find(const struct word *words, const char *name);
/* Is it a type that names its values: FLAGS*, ENUMFLAGS*, MODE? */
bool word_type_has_values(const struct word_type *type);

#endif

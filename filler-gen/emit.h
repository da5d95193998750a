/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is made of a schema that adds up: one function a product, each into memory. */
#ifndef EMIT_H
#define EMIT_H

#include <stdio.h>

#include "schema.h"

void emit_types(FILE *out, const struct schema *s);   /* gyr/event_types.h: enums, public */
void emit_table(FILE *out, const struct schema *s);   /* event_table.gen.c: the library's tables */
void emit_values(FILE *out, const struct schema *s);  /* wire_values.gen.h: values by name, internal */
void emit_structs(FILE *out, const struct schema *s); /* structs.gen.c: where fields are, for the compiler to check */
void emit_convert(FILE *out, const struct schema *s); /* convert.gen.h: what fillers written by hand need */
void emit_compat(FILE *out, const struct schema *s);  /* its table of 32-bit callers' calls */
void emit_fillers(FILE *out, const struct schema *s); /* fillers.gen.h: the driver's programs */
void emit_calls(FILE *out, const struct schema *s);   /* calls.gen.c: the system calls, for tests to make */
void emit_docs(FILE *out, const struct schema *s);    /* events.md: the reference */

/* In upper case, for names of enumerators. */
void emit_upper(FILE *out, const char *s);

#endif

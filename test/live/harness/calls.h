/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the schema says of every system call of this architecture: the data is calls.gen.c, which filler-gen makes. */
#ifndef GYR_TEST_LIVE_CALLS_H
#define GYR_TEST_LIVE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the value of a param is. */
enum call_form {
	CALL_OTHER,   /* the driver's own code has the whole event: not for the schema to say */
	CALL_AS,      /* a function of the driver makes it, of `from` */
	CALL_RET,     /* what the call returned */
	CALL_NR,      /* its number */
	CALL_CONST,   /* always from[0].value */
	CALL_ARG,     /* the argument from[0].value */
	CALL_INT_ARG, /* ... which is an int, whatever is in the upper half of its register */
	CALL_STRING,  /* ... which is the address of a string */
	/* What is `off` bytes behind the address in the argument, and `width` bytes long. */
	CALL_UNSIGNED,
	CALL_SIGNED,
	CALL_TIMESPEC, /* as nanoseconds */
	CALL_TIMEVAL,
	CALL_SECONDS,
	CALL_CHARS,	/* a string, which may lack the NUL */
	CALL_BYTES,	/* data */
	CALL_STRING_AT, /* the address of a string */
};

enum call_when { CALL_ANY_RET, CALL_OK, CALL_POSITIVE };

/* How much of a struct the caller has. */
enum call_size { CALL_WHOLE, CALL_SIZE_ARG, CALL_SIZE_SELF };

enum call_source { CALL_FROM_RET, CALL_FROM_ARG, CALL_FROM_NR, CALL_FROM_CONST };

/* The wire's bits or value for the kernel's; bits: when (value & mask) == kernel. */
struct call_flag {
	uint64_t kernel, wire, mask;
};

struct call_flags {
	bool bits;
	uint64_t other; /* no bits: what any other value becomes */
	const struct call_flag *values;
	size_t n;
};

struct call_param {
	const char *name, *type;
	unsigned int size; /* bytes on the wire; 0: as many as there are */
	enum call_form form;
	size_t nfrom;
	struct {
		enum call_source what;
		int64_t value;
	} from[8];
	const char *at; /* in the schema's words */
	unsigned int off, width;
	enum call_size size_is;
	int64_t size_value; /* which argument; of SELF, its first u32, what 0 there means */
	const char *as;
	const struct call_flags *flags; /* the kernel's values differ from the wire's */
	/* Else the param is empty. */
	struct {
		enum call_when ret;
		int arg;     /* the argument, as an int, is one of these; -1: any */
		int64_t min; /* ... or this or more, as an unsigned int; 0: not */
		size_t n;
		int64_t is[32];
	} when;
};

struct call_spec {
	const char *name, *event;
	const char *since; /* the first kernel, "2.6.16"; empty: none yet */
	int nr;
	uint16_t type;
	const struct call_param *params;
	size_t nparams;
};

/* In order of name. */
extern const struct call_spec call_specs[];
extern const size_t call_nspecs;

#endif

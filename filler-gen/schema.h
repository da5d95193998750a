/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The schema in memory. schema.c reads what one file says by itself, check.c ties it together and refuses what does
 * not add up; the emitters may rely on all of it.
 *
 * The directory holds flags.json and own-flags.json {"flags": [table...]}, dyn.json {"dyn": [table...]}, structs.json
 * {"structs": [...]}, syscalls.json {"syscalls": [...]}, kernels.json {"kernels": [...]}, which may be missing, and any
 * number of other *.json {"events": [...]}.
 */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "compat.h"
#include "kernels.h"
#include "memory.h"
#include "place.h"
#include "words.h"

#define SYSCALL_ARGS  6
#define SOURCES_MAX   8
#define DYN_TYPES_MAX 256
#define WHEN_MAX      32
#define PROG_PREFIX   "gyr_"
#define PROG_NAME_MAX 15 /* BPF_OBJ_NAME_LEN - 1 */

/* {"name", "wire", "kernel", "mask"} */
struct flag_value {
	const char *name;
	uint64_t wire;
	bool has_kernel; /* on this architecture */
	uint64_t kernel;
	uint64_t mask; /* bits that are compared with kernel; 0: those of kernel */
};

enum flag_kind { KIND_UNSAID, KIND_WRONG, KIND_BITS, KIND_ENUM };

/* {"name", "kind": "bits" | "enum", "default", "values"} */
struct flag_table {
	const char *file, *name;
	char *label;
	enum flag_kind kind;
	const char *dflt_name; /* enum: the value that kernel values not listed become */
	uint64_t dflt;
	struct flag_value *values;
	size_t nvalues;
	bool converts; /* the kernel's values differ from the wire's */
};

/* {"name", "types"} */
struct dyn_table {
	const char *file, *name;
	char *label;
	const struct word_type **types;
	size_t ntypes;
};

enum source_kind { SRC_RET, SRC_ARG, SRC_NR, SRC_CONST, SRC_SQE, SRC_RING };

struct source {
	enum source_kind kind;
	int64_t value;		  /* SRC_ARG: which; SRC_CONST: itself; SRC_SQE: where */
	const char *field;	  /* SRC_SQE: of struct SQE_STRUCT */
	const struct scalar *sqe; /* likewise */
};

enum when_res {
	WHEN_ANY,
	WHEN_OK,       /* the call did not fail */
	WHEN_POSITIVE, /* it returned more than 0 */
};

/*
 * When a param has a value; else it is empty. "ok", "positive", {"arg1": [values]}, {"res": "ok", "arg1": [values]},
 * {"arg1": {"min": n}}, {"sqe.FIELD": [values]}
 */
struct condition {
	enum when_res res;
	bool asks;	  /* `of`, as an int, is one of the values; or, as an unsigned one, `min` or more */
	struct source of; /* SRC_ARG or SRC_SQE */
	bool has_min;
	int64_t min;
	struct {
		const char *name; /* in the flag table of the param that is the argument; NULL: the value is said */
		int64_t value;
	} is[WHEN_MAX];
	size_t nis;
};

/* "argN": the argument is how many bytes the caller has at `at`. "self", {"self": n}: the first u32 there is; 0 says n
 */
enum size_kind { SIZE_UNSAID, SIZE_ARG, SIZE_SELF };

struct piece_size {
	enum size_kind kind;
	int64_t value; /* SIZE_ARG: which; SIZE_SELF: what 0 means */
};

/* {"name", "type", "format", "values", "dirfd", "dyn", "from", "at", "size", "as", "when", "narrow", "own"} */
struct param {
	const char *name;
	char *label;
	const struct word_type *type;
	int format;
	const char *values_name, *dirfd_name, *dyn_name;
	const struct flag_table *values;
	const struct dyn_table *dyn;
	int dirfd; /* index; -1: none */
	bool has_from;
	struct source from[SOURCES_MAX];
	size_t nfrom;
	const char *at_text, *as;
	struct piece at; /* of the memory that the argument points to, if there is at_text */
	struct piece_size size;
	struct condition when;
	bool narrow; /* the table is known to have values that the type cannot hold */
	bool own;    /* gyr's, after those that scap's event has */
};

/* {"code", "id", "name", "source", "category", "flags", "params", "filler", "prog", "by_hand", "by_library", "op",
 * "like"} */
struct event {
	const char *file;
	char *label; /* "event openat(307)" */
	int64_t code;
	const char *id, *name;
	int source, category;
	uint32_t flags; /* bits by index in word_event_flags */
	struct param *params;
	size_t nparams;
	const char *filler;	/* fill_<filler> writes all params */
	const char *by_hand;	/* PROG_PREFIX<by_hand>, which is in the driver, emits it: nothing is generated */
	const char *by_library; /* its live/<by_library>.c makes the event: there is no program */
	const char *prog;	/* the program's name without the prefix; the event's name if the schema has none */
	const char *context;	/* "ret" or "argN": the fd that a context is of; "none"; NULL: as the flags say */
	bool produced;
	const struct syscall *entered; /* of an enter event that is generated */
	bool compat;		       /* 32-bit callers make it, too */
	int64_t op;		       /* of io_uring: the event is of its submission; OP_ANY_OTHER, OP_NONE */
	const char **likes;	       /* op: the system calls that do the same, whose names choose it, too */
	size_t nlikes;
	bool generated; /* a program is generated: produced, not by hand, and a system call of this arch leads to it */
};

/* {"name", "sc", "nr": {space: number}, "args", "wide", "ids16", "event"} */
struct syscall {
	const char *name;
	char *label;
	int64_t sc, event_code;
	int64_t nr[WORD_SPACES]; /* -1: not there */
	struct compat_call compat[WORD_SPACES];
	const char *since, *removed; /* kernel versions; NULL: not said, or never */
	bool has_since;
	const struct event *event;
};

struct schema {
	int arch;   /* index in word_archs */
	bool whole; /* to be said before loading: system calls that lack anything are errors, too */
	unsigned int errors;
	struct flag_table *flags;
	size_t nflags;
	struct dyn_table *dyns;
	size_t ndyns;
	struct user_struct *structs;
	size_t nstructs;
	struct kernel *kernels;
	size_t nkernels;
	struct event *events; /* in order of code */
	size_t nevents;
	struct syscall *syscalls; /* in order of name */
	size_t nsyscalls;
	const char *syscalls_file;
	const cJSON *common; /* of the file that is being read: what the params of its operations begin with */
	cJSON **roots;	     /* own the strings above */
	char **paths;
	size_t nroots, npaths;
};

/* Reads and checks: false when there was anything to complain of. schema_free is due either way. */
bool schema_load(struct schema *s, const char *dir, int arch);
void schema_free(struct schema *s);

/* check.c: after all files have been read, even with errors in them. */
void schema_check(struct schema *s);

/* uring.c: the table of operations, before the flags are checked; then what an event says of its operation. */
void add_ops_table(struct schema *s);
void check_op(struct schema *s, const struct place *at, const struct event *e);
void resolve_sqe(const struct schema *s, const struct place *at, const struct event *e, struct param *p);

bool event_has_flag(const struct event *e, const char *flag);
/* Where the driver's tables have a system call by that space's number: -1, if it is not there on this architecture. */
int64_t syscall_slot(const struct schema *s, const struct syscall *sys, int space);
/* By any of them? */
bool syscall_is_here(const struct schema *s, const struct syscall *sys);
/* Enters and exits that a file may hold but nothing produces any more. */
bool event_is_retired(const struct event *e);
/* The event that a system call is reported as: its own if the driver produces it, else the generic one. */
const struct event *syscall_reported_as(const struct schema *s, const struct syscall *sys);

#define GENERIC_CODE 1
/* Codes from here on are gyr's own; those below are scap's and have no gap. */
#define EXT_CODE_MIN 0x8000
#define CODE_MAX     0xffff

/* Operations of io_uring: the code is GYR_URING_TYPE_MIN + 2 * the opcode. */
#define OP_NONE	     -1
#define OP_ANY_OTHER 255 /* stands for those that have no event of their own */
#define OPS_TABLE    "io_uring_ops"
#define SQE_STRUCT   "io_uring_sqe"

#endif

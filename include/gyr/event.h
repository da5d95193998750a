/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events: their description (the schema as a table) and what one event says. */
#ifndef GYR_EVENT_H
#define GYR_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gyr/state.h>
#include <gyr/event_types.h> /* generated: enum gyr_event_type, enum gyr_param_type, enum gyr_category, GYR_EVF_* */

#ifdef __cplusplus
extern "C" {
#endif

#ifndef GYR_API
#define GYR_API __attribute__((visibility("default")))
#endif

struct gyr_event;
struct gyr_thread;
struct gyr_fd;

/* ---- the table: static, the same for every handle ---- */

enum gyr_param_format { GYR_FMT_NA, GYR_FMT_DEC, GYR_FMT_HEX, GYR_FMT_OCT, GYR_FMT_PADDED_DEC };

struct gyr_flag {
	const char *name;
	uint64_t value; /* on the wire; not always the kernel's */
	uint64_t mask;	/* of flags: these bits are one number; 0: every bit is for itself */
};

/* A named list of flag or enum values. */
struct gyr_flags {
	const char *name;
	const struct gyr_flag *flags;
	uint32_t nflags;
};

struct gyr_param_info {
	const char *name;
	enum gyr_param_type type;
	enum gyr_param_format format;
	const struct gyr_flags *flags;	/* for FLAGS*, ENUMFLAGS* and MODE, and a UINT64 that has names; or NULL */
	int dirfd;			/* FSRELPATH: index of the param that holds its dirfd; else -1 */
	const enum gyr_param_type *dyn; /* DYN: type by index; else NULL */
	uint32_t ndyn;
};

struct gyr_event_info {
	uint16_t type;
	const char *id;	  /* "SYSCALL_OPENAT_2_X" */
	const char *name; /* "openat" */
	enum gyr_category category;
	uint32_t flags; /* GYR_EVF_* */
	uint32_t nparams;
	const struct gyr_param_info *params;
	bool produced; /* this version's driver emits it */
};

/* NULL for a type that is not in the table. */
GYR_API const struct gyr_event_info *gyr_event_info_by_type(uint16_t type);
/* The i-th of the table in order of type; NULL past the end. */
GYR_API const struct gyr_event_info *gyr_event_info_at(size_t i);
/* Both "" out of range. */
GYR_API const char *gyr_category_name(enum gyr_category c);
GYR_API const char *gyr_param_type_name(enum gyr_param_type t);

struct gyr_syscall_info {
	int nr;	       /* native number on this architecture; -1: not there */
	uint16_t sc;   /* scap id, as in generic events */
	uint16_t type; /* its exit event */
	const char *name;
	int compat_nr; /* number for 32-bit callers (i386), where they are reported; -1: not there */
};
GYR_API const struct gyr_syscall_info *gyr_syscall_by_nr(int nr);
GYR_API const struct gyr_syscall_info *gyr_syscall_by_sc(uint16_t sc);
GYR_API const struct gyr_syscall_info *gyr_syscall_by_name(const char *name);
/* The i-th of the table; NULL past the end. */
GYR_API const struct gyr_syscall_info *gyr_syscall_at(size_t i);

/* ---- one event ---- */

GYR_API uint64_t gyr_event_num(const struct gyr_event *ev); /* 1, 2, ... in this handle */
GYR_API uint64_t gyr_event_ts(const struct gyr_event *ev);  /* ns since the epoch */
GYR_API uint64_t gyr_event_tid(const struct gyr_event *ev);
GYR_API uint16_t gyr_event_cpu(const struct gyr_event *ev);
/*
 * Of the exit of a system call, with gyr_live_opts.latency: nanoseconds from its entry to gyr_event_ts(), time in which
 * the machine was suspended included. -ENODATA: not asked for, or unknown (the call began before the capture, the event
 * is none, or a thread or process that was made by the call comes out of it).
 */
GYR_API int64_t gyr_event_latency(const struct gyr_event *ev);
GYR_API uint16_t gyr_event_type(const struct gyr_event *ev);
/*
 * Was it a system call of a 32-bit caller: a 32-bit program, or int 0x80 of a 64-bit one? Its params are those that the
 * 64-bit call has. An exec that succeeded is of the kind of the new program.
 */
GYR_API bool gyr_event_compat(const struct gyr_event *ev);
GYR_API const struct gyr_event_info *gyr_event_info(const struct gyr_event *ev);
/* The system call's name for a generic event, else the event's. */
GYR_API const char *gyr_event_name(const struct gyr_event *ev);
/*
 * Completed by the fd: a read on a socket is net. Of an event that gyr_next returned never one of GYR_CAT_IO_*, but
 * GYR_CAT_UNKNOWN where that depends on an fd that is not known.
 */
GYR_API enum gyr_category gyr_event_category(const struct gyr_event *ev);

/* Which way the data go, or were to go when the call failed, as seen from gyr_event_fd(). */
enum gyr_direction {
	GYR_DIRECTION_NONE, /* it moves none; or the system call does not tell, as vmsplice */
	GYR_DIRECTION_IN,   /* read from the fd */
	GYR_DIRECTION_OUT,  /* written to it */
};
GYR_API enum gyr_direction gyr_event_direction(const struct gyr_event *ev);
/* "", "read", "write", as Falco has them. */
GYR_API const char *gyr_direction_name(enum gyr_direction d);

/* gyr_fd_role of gyr_event_fd. */
GYR_API enum gyr_role gyr_event_role(const struct gyr_event *ev);

/* Is it a call that waits, or may, as docs/format.md says? Only its type tells, not whether it has waited. */
GYR_API bool gyr_event_is_wait(const struct gyr_event *ev);
/* The result, of an event that has one: true and *res. Negative: an errno. */
GYR_API bool gyr_event_res(const struct gyr_event *ev, int64_t *res);
/* The frame as a file has it, without what rides behind it: valid as long as the event. */
GYR_API const void *gyr_event_frame(const struct gyr_event *ev, uint32_t *len);

/* A param's value. data/len are the bytes on the wire; len 0: unknown or empty. */
struct gyr_param {
	const struct gyr_param_info *info;
	const void *data;
	uint32_t len;
	enum gyr_param_type type; /* for DYN the type of the value; data is past the index then */
	union {			  /* scalars, decoded; widened to 64 bits */
		int64_t s64;
		uint64_t u64;
	};
};

/* How many params both the event and the table have. */
GYR_API uint32_t gyr_event_nparams(const struct gyr_event *ev);
/* 0; -ENOENT: no such param; -EBADMSG: of a DYN param, whose type is in the data, the data make no sense. */
GYR_API int gyr_event_param(const struct gyr_event *ev, uint32_t i, struct gyr_param *out);
GYR_API int gyr_event_param_by_name(const struct gyr_event *ev, const char *name, struct gyr_param *out);

/*
 * Is the param only a part of what there was? A string or a list that is longer than what is kept (docs/format.md),
 * data over the snaplen; and, then empty, memory that could not be read, or a path too deep to be followed.
 */
GYR_API bool gyr_event_cut(const struct gyr_event *ev, uint32_t i);

/* An end of a socket. Only what the family has is set; the rest is zero. */
struct gyr_addr {
	uint8_t family;	  /* AF_* */
	uint8_t ip[16];	  /* AF_INET: the first 4, AF_INET6: all; network order */
	uint16_t port;	  /* host order */
	uint64_t ptr;	  /* AF_UNIX, of a SOCKTUPLE: the kernel's address of the socket */
	const char *path; /* AF_UNIX: path_len bytes, not NUL-terminated */
	uint32_t path_len;
};
/*
 * These decode a param of the type that their name says. -EINVAL: of another type; -ENOENT: empty; -EBADMSG: malformed.
 */
GYR_API int gyr_param_sockaddr(const struct gyr_param *p, struct gyr_addr *out);
GYR_API int gyr_param_socktuple(const struct gyr_param *p, struct gyr_addr *src, struct gyr_addr *dst);
/* The i-th of a list as poll() has it; -ENOENT past its end. */
GYR_API int gyr_param_fdlist(const struct gyr_param *p, uint32_t i, int64_t *fd, int16_t *events);

/* Who did it: never NULL for a live source, but fields of it may be unknown. */
GYR_API const struct gyr_thread *gyr_event_thread(const struct gyr_event *ev);
/* The fd it acts on, or that it made; NULL if none or unknown. */
GYR_API const struct gyr_fd *gyr_event_fd(const struct gyr_event *ev);

/*
 * One line without the newline, NUL-terminated, at most size bytes; returns the length it wanted, as snprintf does.
 * docs/format.md says what is in it. JSON: one object; valid UTF-8 for any bytes.
 */
#define GYR_TEXT_COLOUR (1u << 0)
/* The reader's terminal takes UTF-8: what prints stays; else bytes over 0x7f are escaped. */
#define GYR_TEXT_UTF8 (1u << 1)
GYR_API int gyr_event_text(const struct gyr_event *ev, char *buf, size_t size, uint32_t flags);
GYR_API int gyr_event_json(const struct gyr_event *ev, char *buf, size_t size, uint32_t flags);
/* gyr_string_text: with quotes where it could be taken for anything else than one word, as names of threads have. */
#define GYR_TEXT_WORD (1u << 2)
/* n bytes as gyr_event_text shows them, with escapes so that a terminal can be shown them; of flags UTF8 and WORD. */
GYR_API int gyr_string_text(const void *p, size_t n, char *buf, size_t size, uint32_t flags);

#ifdef __cplusplus
}
#endif
#endif

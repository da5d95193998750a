/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parts of the library say to each other. The flow: source (live/) -> frame -> event (event/) -> state
 * (state/) -> gyr_next (gyr.c). A source only produces frames in order of time; nothing above knows which one it is.
 */
#ifndef GYR_INTERNAL_H
#define GYR_INTERNAL_H

#include <gyr/gyr.h>
#include <gyr/wire.h>

#include <time.h>

#include "seen.h"
#include "settings.h"

#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* ---- errors and log: every handle has one of these ---- */
struct gyr_diag {
	gyr_log_fn log;
	void *log_ctx;
	char msg[512];
};
/* Keeps the message for gyr_errmsg and returns err (a negative errno), so that it can end a function. */
int diag_error(struct gyr_diag *d, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_log(struct gyr_diag *d, enum gyr_log_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- options (opts.c) ---- */
/* in: NULL for defaults. What it leaves open is taken from the environment. */
int opts_read(const struct gyr_live_opts *in, struct gyr_live_opts *out);
int host_opts_read(const struct gyr_host_opts *in, struct gyr_host_opts *out);
/* Why one of these has failed. */
const char *opts_complaint(int err);
int opts_check(const struct gyr_live_opts *o, struct gyr_diag *d);
/* What is to be shown; f points into o. */
int opts_filter(const struct gyr_live_opts *o, struct gyr_filter_opts *f, struct gyr_diag *d);

/* ---- sources ---- */
struct frame_ref {
	const uint8_t *data; /* valid until the next call of the source */
	uint32_t len;	     /* bytes that may be read: the frame's own len is not trusted */
	uint16_t cpu;
	uint32_t marks;		/* GYR_FRAME_*, which its nparams has */
	uint32_t cut;		/* with GYR_FRAME_CUT */
	uint64_t latency;	/* with GYR_FRAME_LATENCY */
	const uint8_t *context; /* with GYR_FRAME_CONTEXT: one, or more with GYR_CONTEXT_MORE_BIT; checked */
};

struct filter;
/* When a filter took over, in the time of events: all before `from` was judged by the old one, all after `sure` by
 * this.
 */
struct takeover {
	uint64_t from, sure;
};

/* The host as it is, by one iterator of the kernel's: records (driver/seen.h), each as long as it says. */
enum seen_by { SEEN_BY_TASK, SEEN_BY_FILE };
typedef void (*seen_fn)(void *ctx, const struct gyr_seen *seen);

struct source;
struct source_ops {
	int (*next)(struct source *s, struct frame_ref *out, int timeout_ms); /* 1, 0 or a negative errno */
	int (*stop)(struct source *s);
	int (*stats)(struct source *s, struct gyr_stats *out); /* fills what it knows; produced counts all frames */
	/* How many frames were lost so far; what has to be asked for is asked for with `whole`. */
	uint64_t (*lost)(struct source *s, bool whole);
	int (*poll_fd)(struct source *s);
	/* Another filter from now on; on failure, with the reason in the diag, the old one stays in force. */
	int (*filter)(struct source *s, struct filter *f, struct takeover *t);
	uint64_t (*now)(const struct source *s); /* in the time of events */
	/* NULL, or a negative errno: it cannot. Records may have come before it fails. */
	int (*see)(struct source *s, enum seen_by by, seen_fn fn, void *ctx);
	/* After `next` had none: no frame that is older is to come. */
	uint64_t (*read_to)(const struct source *s);
	void (*wake)(struct source *s); /* there is more to read, whatever was last said: poll_fd becomes readable */
	void (*close)(struct source *s);
};
struct source {
	const struct source_ops *ops;
	bool local_ids; /* the ids in its events are those of /proc here */
	uint64_t lost;	/* gyr_lost_features */
};

/* ---- events (event/parse.c) ---- */
struct gyr_event {
	uint64_t num, ts, tid;
	uint32_t len, nparams; /* nparams: min(table, event) */
	uint16_t cpu, type;
	uint32_t marks, cut; /* as in struct frame_ref */
	uint64_t latency;
	const uint8_t *context; /* GYR_CONTEXT_*; NULL: none */
	uint8_t *unmarked;	/* GYR_FRAME_MAX bytes of the handle, where the frame goes when it has marks */
	bool compat;		/* by a 32-bit caller */
	const uint8_t *frame;
	const struct gyr_event_info *info;
	enum gyr_category category;
	const struct gyr_thread *thread;
	const struct gyr_fd *fd;
	int64_t fd_num; /* the fd it acts on, whether fd is known or not; -1: none */
	struct {
		uint32_t off, len;
	} params[GYR_PARAMS_MAX];
};

/*
 * Checks the frame whole: 0, or -EBADMSG with a reason in *why (static string): shorter than a header, len that
 * disagrees, lengths that overrun, a fixed-size param of another size (0 is allowed). A type that is not in the table:
 * -ENOENT.
 */
int event_parse(const struct frame_ref *f, struct gyr_event *ev, const char **why);

/* ---- selection (event/select.c): what `events` of the options means ---- */
#define SELECT_SYSCALLS 512  /* by scap id */
#define SELECT_NUMBERS	512  /* by native number */
#define SELECT_SLOTS	2048 /* by the driver's slot: native ones, and those of 32-bit callers */
#define SELECT_EVENTS	1024 /* by position in the table */
#define SELECT_OPS	256  /* operations of io_uring */

#define SELECT_OP_SUBMITTED 1
#define SELECT_OP_DONE	    2

struct selection {
	/* By slot, for the driver: what it is to emit, and of that what the state needs, asked for or not. */
	bool syscall[SELECT_SLOTS];
	bool state[SELECT_SLOTS];
	bool enter[SELECT_NUMBERS];    /* at its entry, too */
	uint8_t uring[SELECT_OPS];     /* by operation of io_uring: SELECT_OP_* */
	uint32_t sample[SELECT_SLOTS]; /* one of so many; 0: all */
	/* For what has been emitted. */
	bool all;			     /* nothing is asked for in particular: all is, but what is excluded */
	uint64_t categories, not_categories; /* bits of enum gyr_category */
	uint8_t event[SELECT_EVENTS];	     /* asked for or excluded by name */
	uint8_t generic[SELECT_SYSCALLS];    /* likewise, system calls without an event of their own, by scap id */
};
/* spec NULL or "": everything. On an unknown name: -EINVAL, and the diag's message suggests the nearest. */
int selection_parse(struct selection *s, const char *spec, struct gyr_diag *d);
/* Could an event of this type be handed out, before its category is completed? */
bool selection_may_want(const struct selection *s, uint16_t type);
/* "read:100,write:10"; NULL: none. The system calls have no events at their entry then. */
int selection_sample(struct selection *s, const char *spec, struct gyr_diag *d);
/* Of any operation of io_uring: SELECT_OP_* */
uint8_t selection_uring_any(const struct selection *s);
/* None at entries. */
void selection_no_enter(struct selection *s);
/* Then also emits what the state needs to be right, though it is not handed out. */
void selection_add_state(struct selection *s, bool (*needs)(uint16_t type));
/*
 * The system call will come as a generic event, which stands for its own, but is nothing to the state. False: that is
 * not wanted then.
 */
bool selection_make_generic(struct selection *s, uint32_t slot);
/* After the category has been completed: is the event to be handed out? */
bool selection_wants(const struct selection *s, const struct gyr_event *ev);

/* ---- filters (filter.c): options, as the driver has them ---- */
struct filter_entry {
	struct gyr_list_key key; /* but for `now` */
	uint8_t how;		 /* GYR_IN or GYR_OUT */
};

struct filter {
	struct selection sel;
	bool enter;
	uint32_t filters, levels; /* as in struct gyr_selection, and so the rest: */
	uint32_t snaplen, snaplen_of[GYR_SNAPS];
	struct filter_entry *entries;
	size_t n, room;
};
/* in: NULL for defaults, or the caller's struct of an older or newer version. */
int filter_opts_read(const struct gyr_filter_opts *in, struct gyr_filter_opts *out, struct gyr_diag *d);
/* All but what the names of cgroups and containers stand for. f: zero, but for enter; to be freed on failure, too.
 */
int filter_init(struct filter *f, const struct gyr_filter_opts *o, struct gyr_diag *d);
int filter_add(struct filter *f, enum gyr_list list, uint64_t val0, uint64_t val1, uint8_t how);
/* Are there processes of which nothing comes, not even for the state? */
bool filter_is_partial(const struct filter *f);
void filter_free(struct filter *f);

/* ---- state (state/) ---- */
struct state;
struct state *state_new(struct gyr_diag *d); /* NULL: no memory */
void state_free(struct state *st);
/* Does the state need every event of this type to be right? It learns from others too, as they come. */
bool state_needs(uint16_t type);
/* ... also of system calls that failed? */
bool state_needs_failed(uint16_t type);
/*
 * Events of processes of which none has come since then may have been missed: what is known of these is looked up anew
 * when the next one comes.
 */
void state_suspect(struct state *st, uint64_t since);
/* How the host can be seen otherwise than by /proc; see: as a source has it. */
void state_set_view(struct state *st, int (*see)(struct source *, enum seen_by, seen_fn, void *), struct source *src);
/* Every thread and fd of the host. The stream has started already. */
int state_snapshot(struct state *st);
/* What time it is in that of events. */
void state_set_clock(struct state *st, uint64_t now);
/* The tables are to take no more than this. */
void state_set_bytes(struct state *st, uint64_t bytes);
/* Fills the state_ fields, but for state_only. */
void state_stats(const struct state *st, struct gyr_stats *out);
/* Some events were lost: everything may be otherwise, and is looked at again. */
void state_lost(struct state *st);
/* In how many ms state_refresh has something to do; -1: it has nothing to do. */
int state_due_ms(const struct state *st);
/* The same, as of that time. */
bool state_is_due(const struct state *st, uint64_t now);
/*
 * Looks again at what is in doubt, for some milliseconds. The stream goes on meanwhile. heard: the time of the latest
 * event that was entered, when there are more to read; else UINT64_MAX.
 */
void state_refresh(struct state *st, uint64_t heard);
/*
 * Around the delivery of an event. before: finds or makes its thread, applies what the event creates, sets ev->thread,
 * ev->fd, ev->fd_num and completes ev->category. after: applies what it destroys (close, exit, ...), so that the event
 * could still be shown with it.
 */
void state_before(struct state *st, struct gyr_event *ev);
void state_after(struct state *st, struct gyr_event *ev);

/* ---- live (live/) ---- */
int live_open(const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d, struct source **out);
/* The names of cgroups and containers as entries of the filter. */
int cgroups_find(struct filter *f, const struct gyr_filter_opts *o, struct gyr_diag *d);

/* What a filter lets through, of frames from its takeover to the next one's. */
struct span {
	struct selection sel;
	struct takeover since;
	bool partial; /* filter_is_partial */
	bool begun;   /* frames of its time have been seen */
	struct span *next;
};

struct gyr {
	struct gyr_diag diag;
	struct source *src;
	struct state *state;
	struct span *span, *last; /* of the frames that are read now; and the one in force */
	bool enter;
	struct gyr_event ev;
	bool after_due; /* ev was delivered and state_after is still to come */
	bool stopped;
	uint64_t delivered, state_only, bad, unread;
	uint64_t lost; /* frames, as of the last time that this was asked for: */
	uint64_t asked_ms;
	uint32_t since_asked; /* frames */
};

#endif

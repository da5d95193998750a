/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables: what is known of threads and fds. Sharing is as in the kernel: threads point to a group, an fd table
 * and a cwd, each counted by reference; fd tables point to open files, which dup and fork share.
 */
#ifndef GYR_STATE_STATE_H
#define GYR_STATE_STATE_H

#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "state/table.h"
#include "wire_values.gen.h"

/* ---- strings: each distinct one is kept once ---- */
struct str {
	uint32_t refs, len, hash;
	struct str *next; /* another of the same hash */
	char s[];	  /* NUL-terminated; may hold NULs */
};

static inline const char *str_text(const struct str *s)
{
	return s ? s->s : "";
}

/* A reference, or NULL for an empty string and when memory is short: the name is unknown then. */
struct str *str_get(struct state *st, const char *s, size_t len);
/* No reference; NULL: not kept. */
const struct str *str_find(const struct state *st, const char *s, size_t len);
struct str *str_ref(struct str *s);
void str_put(struct state *st, struct str *s);
uint32_t str_hash(const struct state *st, const char *s, size_t len);
/* *dst becomes s, whose reference it takes. */
void str_set(struct state *st, struct str **dst, struct str *s);

/* ---- cgroups: each distinct path is kept, and looked at for a container, once ---- */
#define CONTAINER_ROOM 72
#define POD_ROOM       37

struct container {
	enum gyr_runtime runtime; /* GYR_RUNTIME_NONE: of no container */
	bool hex;		  /* the id is of hex digits, else it is a name */
	char id[CONTAINER_ROOM];
	char pod[POD_ROOM]; /* may be there without a container: the pod's own cgroup, a monitor's */
};

struct cgroup {
	uint32_t refs;
	struct cgroup *next; /* another whose path has the same hash */
	struct str *path;
	struct container container; /* with the short id */
};

/* A reference, or NULL for an empty path and when memory is short: the cgroup is unknown then. */
struct cgroup *cgroup_get(struct state *st, const char *path, size_t len);
struct cgroup *cgroup_of(struct state *st, struct str *path); /* takes the reference */
struct cgroup *cgroup_ref(struct cgroup *c);
void cgroup_put(struct state *st, struct cgroup *c);
/* *dst becomes c, whose reference it takes. */
void cgroup_set(struct state *st, struct cgroup **dst, struct cgroup *c);
/* Is the path one of a container? Does not keep it. */
bool cgroup_contained(const struct state *st, const char *path, size_t len);

/* ---- open files and fd tables ---- */
enum {
	FILE_SERVER = 1 << 0, /* this end was accepted, or is bound */
	FILE_PROC = 1 << 1,   /* read from /proc at file->since, so not as of an event */
	FILE_CLIENT = 1 << 2, /* this end connected, or was the first to send */
	FILE_DELETED = 1 << 3,
	FILE_COMM = 1 << 4, /* who writes to it names a thread */
	FILE_PEER = 1 << 5, /* its tuple has both ends */
	FILE_BARE = 1 << 6, /* a socket of which its type alone is known: looked up when it is used */
};

/*
 * When something was looked at, in the time of events. Events from before are in it already, and those from after are
 * not; what comes between is in it or not, so that it is looked at once more.
 */
struct look {
	uint64_t from, to;
};

struct file {
	uint32_t refs;
	uint8_t type; /* enum gyr_fd_type */
	uint8_t flags;
	uint8_t l4proto;
	struct str *name;
	struct gyr_fd_tuple *tuple;
	uint64_t kernel; /* the same for the same open file; 0: not known */
	uint64_t ino;
	uint64_t since; /* when it was read, or the event that told */
	uint32_t dev;
	uint8_t from; /* enum gyr_from */
};

enum { FD_CLOEXEC_BIT = 1 << 0 }; /* in slot.aux */

struct gyr_fd {
	struct slot slot; /* key: the number, val: its struct file */
};

/* Here and in gyr_thread what every event reads stands first, on one cache line. */
struct files {
	struct table fds;
	struct look look;
	uint32_t refs;
	bool doubt;	  /* there may be others than these: to be looked at */
	uint32_t round;	  /* of refreshing: has been looked at */
	uint64_t read_to; /* the latest time at which any of them was looked at */
	uint64_t changed; /* by an event, the latest */
};

struct fs {
	uint32_t refs;
	uint8_t from; /* enum gyr_from */
	bool doubt;
	bool deleted; /* the directory is */
	uint32_t round;
	uint64_t since; /* when it was read, or the event that told */
	struct look look;
	struct str *cwd;
};

/* ---- threads ---- */
struct group {
	uint32_t pid, ppid; /* ppid: by group_set_parent */
	struct gyr_thread *threads;
	struct group *next_child, *prev_child; /* of the same parent */
	struct str *exe, *exepath, *args;
	struct cgroup *cgroup;
	struct str *cgroup_told;	  /* as the latest event had it; NULL: no event has */
	uint32_t pgid, sid;		  /* 0: not known */
	uint8_t from[GYR_THREAD_FIELDS_]; /* enum gyr_from */
	bool suspect;			  /* events may have been missed: to be looked up anew; st->nsuspect of them */
	bool user_ns;			  /* within a user namespace: ids in its calls are the namespace's */
};

enum {
	THREAD_DOUBT = 1 << 0,	  /* to be looked at */
	THREAD_CHILD = 1 << 1,	  /* the child's event of its clone was seen */
	THREAD_PARENT = 1 << 2,	  /* the parent's event of its clone was seen, or cannot be told */
	THREAD_INNER_NS = 1 << 3, /* in another pid namespace than the root one: its results are no root pids */
	THREAD_NO_PID = 1 << 4,	  /* its process is not known, and its group made up */
	THREAD_ORPHAN = 1 << 5,	  /* without what its creator hands down, who is not known yet */
};

struct gyr_thread {
	uint32_t tid;
	uint32_t flags;
	uint64_t last; /* latest event */
	struct files *files;
	struct fs *fs;
	struct group *group;
	struct look look;
	uint64_t since;			  /* begin of what is known of it */
	struct gyr_thread *next, **pprev; /* in the group */
	uint32_t round;			  /* of refreshing: has been looked at */
	uint8_t from_comm, from_ids;
	char comm[16];
	struct gyr_thread_ids ids;
};

/* ---- transitions: what an event type does to the tables ---- */
#define RULE_ARGS 17

/* What of its thread an event changes. */
enum of { OF_NOTHING, OF_FDS, OF_FS, OF_THREAD };

struct rule;
typedef void (*transition_fn)(struct state *st, struct gyr_event *ev, const struct rule *r);

struct rule {
	transition_fn before, after;
	int8_t arg[RULE_ARGS]; /* indexes of the params that the functions use, in their order; -1: not in this event */
	int8_t res;	       /* the param with the result; -1: none */
	int8_t fd;	       /* the param with the fd it acts on or makes; -1: none */
	uint8_t fd_type;       /* the type of the fd it makes, where that is fixed */
	uint8_t of;	       /* enum of: an event from before that was looked at changes it no more */
	uint32_t cloexec;      /* the bit of its flags that means close-on-exec; CLOEXEC_ALWAYS */
	bool makes_thread;     /* with result 0 its own thread may be new, and the event says who that is */
	bool closes;	       /* its fd is gone when the event comes */
	uint8_t unknown;       /* complete_unknown() of it */
	bool of_anyone;	       /* it is not about its thread, which may be nobody */
};

#define CLOEXEC_ALWAYS UINT32_MAX
/* On the wire; and the kernel's bit, for flags that come as they are. */
#define CLOEXEC_OPEN  (GYR_WIRE_FILE_FLAGS_O_CLOEXEC | 02000000)
#define CLOEXEC_EPOLL GYR_WIRE_EPOLL_CREATE1_FLAGS_EPOLL_CLOEXEC
#define CLOEXEC_MEMFD GYR_WIRE_MEMFD_CREATE_FLAGS_MFD_CLOEXEC

#define RULES_SCAP 512	/* exit and enter types of the scap schema */
#define RULES_EXT  2560 /* those from GYR_EXT_TYPE_MIN; above, operations of io_uring: */
#define RULES_OPS  514

struct state_limits {
	uint32_t threads;
	uint32_t fds;
	uint32_t table_fds; /* of one table, so that no process takes up what there is for all */
	uint32_t lookups;   /* in /proc, a second */
	uint64_t calm_ns;   /* who is in doubt waits till so long was read without an event of it: more may come */
	uint64_t bytes;	    /* of everything; what is over it is not kept, and who was silent longest goes */
};

struct state_counts {
	uint64_t evicted_threads; /* because of limits.threads or .bytes */
	uint64_t dropped_fds;	  /* because of limits.fds, .table_fds or .bytes */
	uint64_t dropped_strs;	  /* because of limits.bytes: unknown then */
	uint64_t thread_lookups, fd_lookups;
	uint64_t refreshed; /* processes that were looked at again */
	uint64_t no_memory;
};

struct net_table;

/* Rings of io_uring, each in the place that its address gives; of two with the same place the later one stays. */
#define RING_USERS_BITS 10
#define RING_DUE	8 /* operations that are under way */
#define RING_MAKES	(-1)

struct ring_op {
	uint64_t user_data;
	int32_t fd; /* that it closes; RING_MAKES: it makes one */
	bool due;
};

struct ring_user {
	uint64_t ring;
	uint32_t tid, pid; /* of the last submitter */
	uint32_t next;	   /* in due */
	struct ring_op due[RING_DUE];
};

/* All processes, one after another, as events were lost. */
struct sweep {
	uint32_t *pids;
	size_t n, next;
	uint32_t round;
	uint64_t begun;
	bool due;
};

#define MOVED_MAX  64
#define NAMES_BITS 16

struct state {
	struct gyr_diag *diag;
	struct table threads; /* tid -> struct gyr_thread */
	struct table groups;  /* pid -> struct group */
	struct table parents; /* ppid -> the first struct group with it */
	struct table strs;    /* hash -> struct str */
	struct table cgroups; /* hash of the path -> struct cgroup */
	struct table early;   /* tids whose exit came before the parent's event of their clone */
	uint32_t nfds;	      /* in all tables */
	uint32_t nsuspect;    /* groups */
	uint32_t self;	      /* the process that the handle is of, which is not captured */
	uint64_t bytes;	      /* in use, but for the tables above: see state_bytes */
	uint32_t clock_hand;  /* of eviction */
	uint64_t seed;	      /* of the hash of strings */
	struct state_limits limits;
	struct state_counts counts;
	int (*see)(struct source *s, enum seen_by by, seen_fn fn, void *ctx); /* as in struct source_ops */
	struct source *source;						      /* for `see` alone */
	int proc; /* /proc; -1: not to be asked, as for a capture file */
	uint64_t lookup_sec;
	uint32_t lookups_left;
	struct net_table *nets; /* sockets by inode, a table a net namespace */
	uint32_t nnets;
	struct users *users; /* names of ids; NULL: none was asked for */
	bool in_snapshot;
	uint64_t ts;	     /* of the event that is being entered */
	uint64_t ts_before;  /* of its thread's event before; 0: there was none */
	uint64_t epoch_ns;   /* what CLOCK_BOOTTIME lacks to the time of events */
	struct table doubts; /* processes that are to be looked at, by pid */
	uint32_t round;	     /* of refreshing: the last one */
	struct sweep sweep;
	uint32_t moved[MOVED_MAX]; /* hashes of names that stand for something else now */
	uint32_t nmoved;
	uint16_t *names;	  /* how many paths have a component with that hash */
	uint64_t lost_at;	  /* what was known before is stale; 0: nothing was lost */
	uint64_t rest_until;	  /* no refreshing until then */
	uint64_t heard;		  /* while refreshing: events up to then have been read */
	char *buf;		  /* scratch of STATE_BUF bytes */
	struct gyr_thread nobody; /* for an event whose thread cannot be kept; never changed */
	struct group nobody_group;
	struct ring_user rings[1 << RING_USERS_BITS];
	struct rule rules[RULES_SCAP + RULES_EXT + RULES_OPS];
};

#define STATE_BUF (64 * 1024)

/* With what malloc takes for itself: glibc's has a word, and goes by 16 bytes. */
static inline uint64_t alloc_bytes(size_t size)
{
	return (size + sizeof(size_t) + 15) & ~(uint64_t)15;
}

/* Zeroed; not by calloc, which in older glibc takes a longer way. NULL, which is counted: no memory. */
static inline void *state_alloc(struct state *st, size_t size)
{
	void *p = malloc(size);

	if (!p) {
		st->counts.no_memory++;
		return NULL;
	}
	st->bytes += alloc_bytes(size);
	return memset(p, 0, size);
}

static inline void state_dealloc(struct state *st, void *p, size_t size)
{
	if (p)
		st->bytes -= alloc_bytes(size);
	free(p);
}

static inline uint64_t table_bytes(const struct table *t)
{
	return (uint64_t)t->size * sizeof(struct slot);
}

static inline uint64_t state_bytes(const struct state *st)
{
	return st->bytes + table_bytes(&st->threads) + table_bytes(&st->groups) + table_bytes(&st->parents) +
	       table_bytes(&st->strs) + table_bytes(&st->early) + table_bytes(&st->cgroups) + table_bytes(&st->doubts);
}

static inline bool state_is_full(const struct state *st)
{
	return state_bytes(st) >= st->limits.bytes;
}

static inline struct rule *state_rule(struct state *st, uint16_t type)
{
	if (type < RULES_SCAP)
		return &st->rules[type];
	if (type >= GYR_EXT_TYPE_MIN && type < GYR_EXT_TYPE_MIN + RULES_EXT)
		return &st->rules[RULES_SCAP + type - GYR_EXT_TYPE_MIN];
	if (type >= GYR_URING_TYPE_MIN && type < GYR_URING_TYPE_MIN + RULES_OPS)
		return &st->rules[RULES_SCAP + RULES_EXT + type - GYR_URING_TYPE_MIN];
	return &st->rules[0]; /* type 0 is the unused enter event of the generic one: a rule that does nothing */
}

/* transitions.c */
void rules_init(struct state *st);

/* thread.c */
/* Of a few threads the one that was silent longest goes. */
void thread_evict(struct state *st);
static inline struct gyr_thread *thread_get(const struct state *st, uint64_t tid)
{
	return tid <= UINT32_MAX ? table_val(&st->threads, tid) : NULL;
}
/* A new thread of group pid, which is made when it is not there. The tid must be free. NULL: no memory. */
struct gyr_thread *thread_new(struct state *st, uint32_t tid, uint32_t pid, uint64_t ts);
/* Of one with THREAD_NO_PID: its process is known from now on. */
void thread_set_pid(struct state *st, struct gyr_thread *t, uint32_t pid);
/* Gives it an fd table and a cwd where it has none, so that no thread is without. NULL: no memory, and it is gone. */
struct gyr_thread *thread_finish(struct state *st, struct gyr_thread *t);
void thread_remove(struct state *st, struct gyr_thread *t);
void thread_remove_all(struct state *st);
/* Its fs is not shared from now on. */
void thread_own_fs(struct state *st, struct gyr_thread *t);
void thread_set_comm(struct gyr_thread *t, const char *s, size_t len);
/* Both take a reference. */
void thread_set_files(struct state *st, struct gyr_thread *t, struct files *files);
void thread_set_fs(struct state *st, struct gyr_thread *t, struct fs *fs);
/* From the paths of "subsys=path" or "path" strings; picks the one that says most. */
void group_set_cgroup(struct state *st, struct group *g, const char *path, size_t len);
/* Also of one whose parent is not known itself. */
void group_set_parent(struct state *st, struct group *g, uint32_t ppid);
/* The children of the process that ends are those of another one from now on. */
void group_hand_over(struct state *st, const struct group *gone, uint32_t ppid);
void group_inherit(struct state *st, struct group *g, const struct group *from);
struct fs *fs_new(struct state *st, struct str *cwd); /* takes the reference */
struct fs *fs_copy(struct state *st, const struct fs *from);
void fs_put(struct state *st, struct fs *fs);

/* fd.c */
struct files *files_new(struct state *st);
/* Empty when the limit has no room for all. NULL: no memory. */
struct files *files_copy(struct state *st, const struct files *from);
void files_put(struct state *st, struct files *files);
/* Of from, what is known goes into files, in place of what is there. */
void files_merge(struct state *st, struct files *files, const struct files *from);
/* The fds below `end` become those of fresh, which is empty then; a file that is the same stays, with what is known of
 * it. */
void files_renew(struct state *st, struct files *files, struct files *fresh, int32_t end);
static inline struct gyr_fd *files_get(const struct files *files, int64_t fd)
{
	return fd < 0 || fd > INT32_MAX ? NULL : (struct gyr_fd *)table_get(&files->fds, fd);
}
static inline struct file *fd_file(const struct gyr_fd *fd)
{
	return fd->slot.val;
}
/* Puts file (its reference is taken, also on failure) at fd, in place of what was there. */
struct gyr_fd *files_install(struct state *st, struct files *files, int64_t fd, struct file *file, bool cloexec);
void files_close(struct state *st, struct files *files, int64_t first, int64_t last);
void files_set_cloexec(struct files *files, int64_t first, int64_t last);
void files_close_on_exec(struct state *st, struct files *files);
struct file *file_new(struct state *st, enum gyr_fd_type type, struct str *name); /* takes the reference */
struct file *file_ref(struct file *f);
void file_put(struct state *st, struct file *f);
/* The thread's own table, not shared: for a change that others must not see. NULL: no memory. */
struct files *thread_files(struct state *st, struct gyr_thread *t);

/* path.c */
#define PATH_ROOM 4352 /* PATH_MAX and some */
/*
 * base + "/" + rel, or rel when it is absolute, normalised by text; returns the length, out is NUL-terminated. Empty
 * when there is no room for it.
 */
size_t path_join(char *out, size_t size, const char *base, size_t blen, const char *rel, size_t rlen);

/* sock.c */
struct sock_ends {
	uint8_t family;
	const uint8_t *src, *dst; /* addresses, 4 or 16 bytes */
	uint16_t sport, dport;
	const char *path; /* AF_UNIX */
	size_t path_len;
};
/* Decodes a SOCKTUPLE or SOCKADDR (only dst then). False: empty or malformed. */
bool sock_tuple_decode(const uint8_t *p, uint32_t len, struct sock_ends *out);
bool sock_addr_decode(const uint8_t *p, uint32_t len, struct sock_ends *out);
enum gyr_fd_type sock_type(int family);
/* Gives the file its ends, type and name from the tuple. IPv4 in IPv6 becomes IPv4. */
void sock_set_tuple(struct state *st, struct file *f, const struct gyr_fd_tuple *t);
/* ... as the kernel has both ends; listening: somebody does, at the local port. Tells the role, too. */
void sock_set_ends(struct state *st, struct file *f, const struct gyr_fd_tuple *ends, bool listening);
void sock_set_unix(struct state *st, struct file *f, const char *path, size_t len);

/* container.c */
/* What a cgroup's path tells, with all of the id: 64 or 32 hex digits, or a name for lxc and nspawn. */
void container_parse(const char *path, size_t len, struct container *c);
/* Cuts the id as people know it: to 12 hex digits. */
void container_short_id(struct container *c);
/* The short id alone; "" when the path is of no container. */
void container_id(const char *path, size_t len, char out[CONTAINER_ROOM]);
/* The whole id alone; true: it is of hex digits. */
bool container_full_id(const char *path, size_t len, char out[CONTAINER_ROOM]);

/* users.c */
#define USERS_TABLES 64 /* files, of users and as many of groups */
#define USERS_VIEWS  256
#define USERS_BYTES  (8u << 20) /* of the names of each kind, and one more file */
void users_free(struct users *u);
/* What is kept; u may be NULL. */
void users_count(const struct users *u, size_t *tables, size_t *bytes);

/* complete.c */
/* The rows of its table: the types of fds, and */
enum {
	COMPLETE_NO_FD = GYR_FD_TYPES_, /* I/O, but on no fd in particular */
	COMPLETE_ROWS,
	COMPLETE_NOT = COMPLETE_ROWS, /* no row: the category in the schema is final */
};
/* The row of an event whose fd is not known. */
uint8_t complete_unknown(const struct gyr_event_info *info);
extern const uint8_t complete_table[COMPLETE_ROWS]; /* enum gyr_category */
/* unknown: such a row, not COMPLETE_NOT. */
static inline enum gyr_category complete_category(uint8_t unknown, enum gyr_fd_type type)
{
	return complete_table[type == GYR_FD_UNKNOWN ? unknown : type];
}

/* proc.c: all of them do nothing when /proc is not to be asked. */
struct gyr_thread *proc_thread(struct state *st, uint32_t tid, uint64_t ts);
#define LOOK_AT_ALL UINT32_MAX
/* Looks again at all threads of a process, and at what they have: all of it, or what is in doubt. */
void proc_refresh(struct state *st, uint32_t pid, uint32_t round, uint32_t what);
/* All pids there are, to be freed; *n 0: they cannot be read. */
uint32_t *proc_pids(struct state *st, size_t *n);
/* The thread's uid and gid, as from outside of its user namespace. */
bool proc_ids(struct state *st, struct gyr_thread *t, uint64_t ts);
bool proc_lookup_allowed(struct state *st, uint64_t ts);
/* Reads /proc below the directory fd root (which it takes), as state_snapshot does with /proc. */
int proc_snapshot(struct state *st, int root);
/* Of what /proc has, the processes that are not known yet. */
void proc_add_unseen(struct state *st);
/* Of a process, by any of its threads. */
void proc_exe(struct state *st, uint32_t tid, struct group *g);
void proc_cmdline(struct state *st, uint32_t tid, struct group *g);
void proc_cgroup(struct state *st, uint32_t tid, struct group *g);
void proc_cwd(struct state *st, struct gyr_thread *t);
size_t proc_read(struct state *st, const char *path, char *buf, size_t size);

/* proc_fd.c */
/* The first fd that was not read, as there are too many; INT32_MAX: all were. */
int32_t proc_read_fds(struct state *st, uint32_t tid, struct files *files);
/* NULL: it cannot be read. */
struct gyr_fd *proc_read_fd(struct state *st, uint32_t tid, uint32_t fd, struct files *files);
struct gyr_fd *proc_fd(struct state *st, struct gyr_thread *t, int64_t fd, uint64_t ts);

/* Of what has a path. */
enum gyr_fd_type mode_type(uint32_t mode);

/* proc_net.c */
void proc_net_socket(struct state *st, uint32_t tid, uint64_t ino, struct file *f);
void proc_net_forget(struct state *st);

/* refresh.c: what is in doubt is looked at again when there is time. */
void doubt(struct state *st, struct gyr_thread *t, enum of of);
/* Nothing is known of it, and it was not looked at. */
void doubt_all(struct state *st, struct gyr_thread *t);

/* context.c: what the driver says of the fd that the event makes, changes or closes. */
/* To t, of whose table the event's contexts are. */
void context_apply(struct state *st, const struct gyr_event *ev, struct gyr_thread *t);
/* The path of what is open under fd now; NULL: the context does not tell it. */
const char *context_path(const struct gyr_event *ev, int64_t fd, size_t *len);

/* moves.c: files that are called otherwise from now on. */
/* A path has come to be known, or is forgotten. */
void moves_note(struct state *st, const char *path, size_t len, bool known);
/* The last component of path stands for something else now, or for nothing. */
void moves_add(struct state *st, const char *path, size_t len);
/* Who has a file or a cwd with such a name is in doubt. */
void moves_apply(struct state *st);

/* Has it been calm, as far as was read, so that what is seen of it now is not ahead of its events? */
bool is_calm(const struct state *st, const struct group *g);

/* state.c */
extern const struct gyr_thread_ids no_ids;
/* Now, in the time of events. */
uint64_t state_now(const struct state *st);

/* ---- transitions by family, listed in transitions.c with their params ---- */
static inline struct gyr_thread *ev_thread(const struct gyr_event *ev)
{
	return (struct gyr_thread *)ev->thread;
}

/* Read from /proc later than the event: what the event derives from the tables may be outdated. */
static inline bool file_newer(const struct file *f, uint64_t ts)
{
	return f->flags & FILE_PROC && f->since > ts;
}

/* The fd of the event's thread, looked up in /proc when it is not known. */
struct gyr_fd *event_fd(struct state *st, const struct gyr_event *ev, int64_t fd);
/* Names of anonymous files, as /proc has them after "anon_inode:". */
const char *anon_name(enum gyr_fd_type type);
enum gyr_fd_type anon_type(const char *name);

#define TRANSITION(name) void name(struct state *st, struct gyr_event *ev, const struct rule *r)
/* t_fd.c */
TRANSITION(t_open);
TRANSITION(t_rename);
TRANSITION(t_mounts);
TRANSITION(t_appear);
TRANSITION(t_make);
TRANSITION(t_bpf);
TRANSITION(t_ruleset);
TRANSITION(t_memfd);
TRANSITION(t_pipe);
TRANSITION(t_dup);
TRANSITION(t_fcntl);
TRANSITION(t_close_after);
TRANSITION(t_close_range);
TRANSITION(t_close_range_after);
TRANSITION(t_directory);
/* t_sock.c */
TRANSITION(t_socket);
TRANSITION(t_socketpair);
TRANSITION(t_bind);
TRANSITION(t_listen);
TRANSITION(t_connect);
TRANSITION(t_accept);
TRANSITION(t_send);
TRANSITION(t_receive);
TRANSITION(t_receive_msg);
/* t_clone.c */
TRANSITION(t_clone);
TRANSITION(t_exec);
TRANSITION(t_exit);
TRANSITION(t_exit_after);
/* t_uring.c */
TRANSITION(t_ring_makes);
TRANSITION(t_ring_closes_after);
TRANSITION(t_ring_done);
/* t_thread.c */
TRANSITION(t_chdir);
TRANSITION(t_fchdir);
TRANSITION(t_setns);
TRANSITION(t_unshare);
TRANSITION(t_chroot);
TRANSITION(t_setpgid);
TRANSITION(t_setsid);
TRANSITION(t_prctl);
TRANSITION(t_uid);
TRANSITION(t_gid);
TRANSITION(t_ids);

#endif

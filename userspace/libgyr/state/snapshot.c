/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every thread and fd at the start: as the kernel's iterators show them where the source has these, else as /proc does.
 * The driver's programs tell who shares what by the addresses that the kernel has it at, which stand for nothing else
 * meanwhile but by a chance that events would put right. From /proc comes only what is in no such record.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "state/state.h"

#define SOCKFS_MAGIC_	0x534f434b /* of the kernel's own; in linux/magic.h only of late: */
#define PID_FS_MAGIC_	0x50494446
#define IPPROTO_MPTCP_	262
#define TCP_LISTENING	10 /* TCP_LISTEN of the kernel's tcp_states.h */
#define ADDRESSES_FIRST 1024

/* ---- what is known by the address that the kernel has it at ---- */
struct address {
	uint64_t key; /* 0: free */
	void *val;
};

struct addresses {
	struct address *slots;
	uint32_t size, used; /* size: a power of two */
};

static struct address *address_slot(const struct addresses *a, uint64_t key)
{
	uint32_t i = (uint32_t)((key * 0x9e3779b97f4a7c15ull) >> 32) & (a->size - 1);

	while (a->slots[i].key && a->slots[i].key != key)
		i = (i + 1) & (a->size - 1);
	return &a->slots[i];
}

static void *address_get(const struct addresses *a, uint64_t key)
{
	return a->used && key ? address_slot(a, key)->val : NULL;
}

static bool address_grow(struct addresses *a)
{
	struct addresses more = {.size = a->size ? 2 * a->size : ADDRESSES_FIRST, .used = a->used};

	more.slots = calloc(more.size, sizeof(*more.slots));
	if (!more.slots)
		return false;
	for (uint32_t i = 0; i < a->size; i++)
		if (a->slots[i].key)
			*address_slot(&more, a->slots[i].key) = a->slots[i];
	free(a->slots);
	*a = more;
	return true;
}

/* False: no memory. A key of 0 is nobody's, and not kept. */
static bool address_add(struct addresses *a, uint64_t key, void *val)
{
	if (!key || (2 * (a->used + 1) > a->size && !address_grow(a)))
		return false;
	*address_slot(a, key) = (struct address){key, val};
	a->used++;
	return true;
}

/* ---- the snapshot ---- */

/* A connection of TCP: whose end is the server's is known when all listeners are. */
struct connection {
	struct file *file; /* with a reference */
	uint64_t port;	   /* as in listening */
	struct gyr_fd_tuple ends;
};

struct snapshot {
	struct state *st;
	struct addresses files, fs, cgroups; /* the threads have the references */
	struct addresses open;		     /* with a reference each */
	struct addresses listening;	     /* ports of TCP */
	struct connection *connections;
	size_t nconnections, room;
	struct gyr_thread *last; /* of the latest record */
	/* The table that is being told: */
	uint32_t tid;
	uint64_t table;
	struct files *into; /* NULL: it is not known, or has been told */
	uint64_t last_to;   /* of the record before */
	struct look of_fds; /* of all of them */
	bool no_memory;
};

static uint32_t text_of(const struct gyr_seen *seen, size_t size, const char **text)
{
	*text = (const char *)seen + size;
	return (uint32_t)strnlen(*text, seen->len - size);
}

/* ---- threads ---- */

static void set_fs(struct snapshot *s, const struct gyr_seen_thread *r)
{
	struct state *st = s->st;
	struct fs *fs = s->last->fs;
	const char *text;
	uint32_t len = text_of(&r->seen, sizeof(*r), &text);

	if (!(r->seen.what & GYR_SEEN_PATH)) { /* too long; or that of a leader who is not there any more */
		proc_cwd(st, s->last);
		return;
	}
	str_set(st, &fs->cwd, str_get(st, text, len));
	fs->deleted = r->seen.what & GYR_SEEN_DELETED;
	fs->look = (struct look){r->from, r->to};
	fs->since = r->to;
	fs->from = GYR_FROM_SNAPSHOT;
}

/* False: no memory, and the thread is gone. */
static bool set_tables(struct snapshot *s, const struct gyr_seen_thread *r)
{
	struct files *files = address_get(&s->files, r->files);
	struct fs *fs = address_get(&s->fs, r->fs);
	struct gyr_thread *t = s->last;

	if (files)
		thread_set_files(s->st, t, files);
	if (fs)
		thread_set_fs(s->st, t, fs);
	if (!thread_finish(s->st, t))
		return false;
	if (!files && r->files && !address_add(&s->files, r->files, t->files))
		s->no_memory = true;
	if (!fs && r->fs && !address_add(&s->fs, r->fs, t->fs))
		s->no_memory = true;
	if (!fs)
		set_fs(s, r);
	return true;
}

/* Many have one cgroup, and of version 1 there may be a dozen hierarchies: /proc is asked once for all who do. */
static void set_cgroup(struct snapshot *s, const struct gyr_seen_thread *r, struct group *g)
{
	struct cgroup *known = address_get(&s->cgroups, r->cgroups);

	if (known) {
		cgroup_set(s->st, &g->cgroup, cgroup_ref(known));
		return;
	}
	proc_cgroup(s->st, r->tid, g);
	if (g->cgroup)
		address_add(&s->cgroups, r->cgroups, g->cgroup);
}

static void set_group(struct snapshot *s, const struct gyr_seen_thread *r, struct group *g)
{
	bool kernel = r->seen.what & GYR_SEEN_KERNEL;

	group_set_parent(s->st, g, r->ppid);
	g->pgid = r->pgid;
	g->sid = r->sid;
	g->user_ns = r->seen.what & GYR_SEEN_USER_NS;
	if (!kernel)
		proc_cmdline(s->st, r->tid, g);
	if (!kernel && r->tid != r->pid) /* of the first thread there is a record */
		proc_exe(s->st, r->tid, g);
	set_cgroup(s, r, g);
	memset(g->from, GYR_FROM_SNAPSHOT, sizeof(g->from));
}

static void set_ids(struct gyr_thread *t, const struct gyr_seen_thread *r)
{
	t->ids = (struct gyr_thread_ids){
		.ruid = r->uid,
		.euid = r->euid,
		.suid = r->suid,
		.fsuid = r->fsuid,
		.rgid = r->gid,
		.egid = r->egid,
		.sgid = r->sgid,
		.fsgid = r->fsgid,
		.cap_inheritable = r->cap_inheritable,
		.cap_permitted = r->cap_permitted,
		.cap_effective = r->cap_effective,
	};
	t->from_ids = GYR_FROM_SNAPSHOT;
}

static void see_thread(struct snapshot *s, const struct gyr_seen_thread *r)
{
	struct state *st = s->st;
	struct gyr_thread *t;

	s->last = NULL;
	if (r->seen.len < sizeof(*r) || thread_get(st, r->tid) || st->threads.used >= st->limits.threads)
		return;
	t = thread_new(st, r->tid, r->pid, r->from);
	if (!t)
		return;
	s->last = t;
	t->flags |= r->seen.what & GYR_SEEN_INNER_NS ? THREAD_INNER_NS : 0;
	thread_set_comm(t, r->comm, strnlen(r->comm, sizeof(r->comm)));
	t->from_comm = GYR_FROM_SNAPSHOT;
	set_ids(t, r);
	if (!t->next)
		set_group(s, r, t->group);
	if (!set_tables(s, r)) {
		s->last = NULL;
		return;
	}
	t->look = (struct look){r->from, r->to};
	t->since = r->to;
}

static void see_exe(struct snapshot *s, const struct gyr_seen *r)
{
	struct state *st = s->st;
	const char *text;
	uint32_t len = text_of(r, sizeof(*r), &text);

	if (!s->last)
		return;
	if (r->what & GYR_SEEN_PATH)
		str_set(st, &s->last->group->exepath, str_get(st, text, len));
	else
		proc_exe(st, s->last->tid, s->last->group);
}

static void on_thread(void *ctx, const struct gyr_seen *seen)
{
	if (seen->kind == GYR_SEEN_THREAD)
		see_thread(ctx, (const struct gyr_seen_thread *)seen);
	else if (seen->kind == GYR_SEEN_EXE)
		see_exe(ctx, seen);
}

/* ---- fds ---- */

static bool add_connection(struct snapshot *s, const struct connection *c)
{
	struct connection *more;

	if (s->nconnections == s->room) {
		s->room = s->room ? 2 * s->room : 256;
		more = reallocarray(s->connections, s->room, sizeof(*more));
		if (!more) {
			s->room = s->nconnections;
			return false;
		}
		s->connections = more;
	}
	s->connections[s->nconnections++] = *c;
	file_ref(c->file);
	return true;
}

static void set_ends(struct snapshot *s, struct file *f, const struct gyr_seen_fd *r)
{
	struct connection c = {
		.file = f,
		.port = r->net << 16 | r->lport, /* all addresses of the kernel's begin with the same bits */
		.ends = {.family = (uint8_t)r->family, .lport = r->lport, .rport = r->rport},
	};

	c.ends.l4proto = r->protocol == IPPROTO_MPTCP_ ? IPPROTO_TCP : (uint8_t)r->protocol;
	memcpy(c.ends.laddr, r->laddr, sizeof(c.ends.laddr));
	memcpy(c.ends.raddr, r->raddr, sizeof(c.ends.raddr));
	if (r->type == SOCK_RAW)
		c.ends.lport = 0; /* the protocol again */
	f->l4proto = c.ends.l4proto;
	if (c.ends.l4proto == IPPROTO_TCP && r->state == TCP_LISTENING && !address_get(&s->listening, c.port))
		address_add(&s->listening, c.port, s);
	if (c.ends.l4proto != IPPROTO_TCP || !c.ends.rport || !add_connection(s, &c))
		sock_set_ends(s->st, f, &c.ends, false);
}

static struct str *numbered(struct state *st, const char *kind, uint64_t ino)
{
	char name[64];
	int len = snprintf(name, sizeof(name), "%s:[%llu]", kind, (unsigned long long)ino);

	return str_get(st, name, (size_t)len);
}

static bool describe_socket(struct snapshot *s, struct file *f, const struct gyr_seen_fd *r)
{
	const char *text;
	uint32_t len = text_of(&r->seen, sizeof(*r), &text);

	if (r->seen.what & GYR_SEEN_UNTOLD)
		return false;
	f->ino = r->ino;
	f->type = sock_type(r->family);
	f->name = numbered(s->st, "socket", r->ino);
	if (f->type == GYR_FD_UNIX && len)
		sock_set_unix(s->st, f, text, len);
	else if (f->type == GYR_FD_IPV4 || f->type == GYR_FD_IPV6)
		set_ends(s, f, r);
	return true;
}

/* What is in the tree. */
static bool describe_path(struct state *st, struct file *f, const struct gyr_seen_fd *r, const char *text, uint32_t len)
{
	f->type = mode_type(r->mode);
	f->dev = r->dev;
	f->ino = r->ino;
	f->name = str_get(st, text, len);
	if (r->seen.what & GYR_SEEN_DELETED)
		f->flags |= FILE_DELETED;
	return true;
}

/* As /proc would; false: only that knows it by a name. */
static bool describe(struct snapshot *s, struct file *f, const struct gyr_seen_fd *r)
{
	struct state *st = s->st;
	const char *text;
	uint32_t len = text_of(&r->seen, sizeof(*r), &text);

	if (r->magic == SOCKFS_MAGIC_)
		return describe_socket(s, f, r);
	if (r->seen.what & GYR_SEEN_PATH)
		return describe_path(st, f, r, text, len);
	switch (r->magic) {
	case PIPEFS_MAGIC:
		f->type = GYR_FD_PIPE;
		f->ino = r->ino;
		f->name = numbered(st, "pipe", r->ino);
		return true;
	case PID_FS_MAGIC_: /* which calls them as they were called before */
		f->type = GYR_FD_PIDFD;
		f->name = str_get(st, anon_name(GYR_FD_PIDFD), strlen(anon_name(GYR_FD_PIDFD)));
		return true;
	case ANON_INODE_FS_MAGIC:
		if (!len)
			return false;
		f->type = anon_type(text);
		f->name = str_get(st, text, len);
		return true;
	case TMPFS_MAGIC:
	case HUGETLBFS_MAGIC:
		if (strncmp(text, "memfd:", strlen("memfd:")) != 0)
			return false;
		describe_path(st, f, r, text, len);
		f->type = GYR_FD_MEMFD;
		return true;
	default: /* namespaces, buffers of devices */
		return false;
	}
}

/* The file with a reference; NULL: it is to be read from /proc. */
static struct file *open_file(struct snapshot *s, const struct gyr_seen_fd *r)
{
	struct file *f = address_get(&s->open, r->file);

	if (f)
		return file_ref(f);
	f = file_new(s->st, GYR_FD_UNKNOWN, NULL);
	if (!f)
		return NULL;
	f->flags = FILE_PROC;
	f->from = GYR_FROM_SNAPSHOT;
	f->since = r->to;
	f->kernel = r->file;
	if (!describe(s, f, r)) {
		file_put(s->st, f);
		return NULL;
	}
	if (address_add(&s->open, r->file, f))
		return file_ref(f);
	s->no_memory = true;
	return f;
}

/*
 * A table begins. All of it was read after the record before: numbers that are free have none. One that no thread had
 * is of a process that is younger, and will be made by its clone; or its thread had another one, and is looked at
 * again.
 */
static void begin_table(struct snapshot *s, const struct gyr_seen_fd *r)
{
	struct gyr_thread *t = thread_get(s->st, r->tid);
	struct files *files = address_get(&s->files, r->files);

	s->tid = r->tid;
	s->table = r->files;
	s->into = NULL;
	if (!t || !files || t->files != files) {
		if (t)
			doubt(s->st, t, OF_FDS);
	} else if (!files->look.to) {
		s->into = files;
		files->look.from = s->last_to;
	}
}

static void see_fd(struct snapshot *s, const struct gyr_seen_fd *r)
{
	struct state *st = s->st;
	struct gyr_fd *fd;
	struct file *f;

	if (r->seen.len < sizeof(*r))
		return;
	if (r->tid != s->tid || r->files != s->table)
		begin_table(s, r);
	s->last_to = r->to;
	if (!s->into)
		return;
	s->into->look.to = s->into->read_to = r->to;
	f = open_file(s, r);
	if (f) {
		files_install(st, s->into, r->fd, f, r->seen.what & GYR_SEEN_CLOEXEC);
		return;
	}
	fd = proc_read_fd(st, r->tid, (uint32_t)r->fd, s->into);
	if (fd)
		((struct file *)fd->slot.val)->kernel = r->file;
}

static void on_fd(void *ctx, const struct gyr_seen *seen)
{
	if (seen->kind == GYR_SEEN_FD)
		see_fd(ctx, (const struct gyr_seen_fd *)seen);
}

/* ---- all of it ---- */

/* Those of which nothing was told have no fds. */
static void end_tables(struct snapshot *s)
{
	for (uint32_t i = 0; i < s->files.size; i++) {
		struct files *files = s->files.slots[i].val;

		if (!files || files->look.to)
			continue;
		files->look = s->of_fds;
		files->read_to = s->of_fds.to;
	}
}

static void end_connections(struct snapshot *s)
{
	for (size_t i = 0; i < s->nconnections; i++) {
		const struct connection *c = &s->connections[i];

		sock_set_ends(s->st, c->file, &c->ends, address_get(&s->listening, c->port));
		file_put(s->st, c->file);
	}
}

static void free_snapshot(struct snapshot *s)
{
	for (uint32_t i = 0; i < s->open.size; i++)
		if (s->open.slots[i].val)
			file_put(s->st, s->open.slots[i].val);
	free(s->open.slots);
	free(s->files.slots);
	free(s->fs.slots);
	free(s->cgroups.slots);
	free(s->listening.slots);
	free(s->connections);
}

/* -EOPNOTSUPP: the source has none of it. */
static int seen_snapshot(struct state *st)
{
	struct snapshot s = {.st = st};
	int err;

	if (!st->see)
		return -EOPNOTSUPP;
	err = st->see(st->source, SEEN_BY_TASK, on_thread, &s);
	/* An iterator that does not even see who reads it sees nothing. */
	if (!err && !thread_get(st, st->self))
		err = -ENODATA;
	s.of_fds.from = s.last_to = state_now(st);
	if (!err)
		err = st->see(st->source, SEEN_BY_FILE, on_fd, &s);
	s.of_fds.to = state_now(st);
	if (!err && s.no_memory)
		err = -ENOMEM;
	end_tables(&s);
	end_connections(&s);
	free_snapshot(&s);
	if (!err)
		proc_add_unseen(st); /* those that began meanwhile, and those that the kernel shows there alone */
	return err;
}

void state_set_view(struct state *st, int (*see)(struct source *, enum seen_by, seen_fn, void *), struct source *src)
{
	st->see = see;
	st->source = src;
}

int state_snapshot(struct state *st)
{
	int root = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), err;

	st->self = (uint32_t)getpid();
	if (root < 0)
		return diag_error(st->diag, -errno, "cannot open /proc: %s. Is it mounted?", strerror(errno));
	st->proc = root;
	st->in_snapshot = true;
	err = seen_snapshot(st);
	st->in_snapshot = false;
	proc_net_forget(st);
	if (!err)
		return 0;
	diag_log(st->diag, GYR_LOG_DEBUG, "threads and fds are read from /proc, not by iterators: %s", strerror(-err));
	thread_remove_all(st);
	table_free(&st->doubts);
	st->proc = -1;
	err = proc_snapshot(st, root);
	if (err)
		return diag_error(st->diag, err, "cannot read /proc: %s", strerror(-err));
	return 0;
}

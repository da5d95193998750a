/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of uids and gids, from passwd and group files: a thread's own where its mounts are others than the host's.
 * Whoever is in a container may have put anything in the place of these files, and a server may be behind them that
 * does not answer: nothing is touched of which is not known before that it is local, and nothing opened but a regular
 * file.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "state/state.h"

#define SECOND	    1000000000
#define FILE_ROOM   (1 << 20)
#define NAME_ROOM   256
#define EXTENTS_MAX 340 /* the kernel's own bound */

struct name {
	uint32_t id, at; /* where it is in the text */
};

struct file_id {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;
};

/* One file's names. */
struct names {
	uint64_t serial; /* another one for each file that is read; 0: free */
	uint64_t used;
	struct file_id file;
	uint64_t read_at; /* monotonic, as all that follow */
	bool racy;	  /* it was read so soon after a change that another one might not show in its times */
	uint32_t n;
	struct name *by_id;
	char *text;
	size_t bytes;
};

struct extent {
	uint32_t inside, outside, count;
};

/* Where a thread's names come from, as it was at read_at. */
struct view {
	uint32_t tid;
	uint32_t table;
	uint64_t since;	 /* the thread's: tids are used again */
	uint64_t serial; /* of the table; 0: the host's names do */
	uint64_t read_at;
	struct extent *map; /* of its user namespace; NULL: ids are the host's */
	uint32_t nmap;
};

static const struct kind {
	const char *file, *map;
} kinds[] = {{"etc/passwd", "uid_map"}, {"etc/group", "gid_map"}};

enum { USERS, GROUPS, KINDS };

struct cache {
	struct names tables[USERS_TABLES];
	struct view views[USERS_VIEWS]; /* each in the place that its tid gives */
	struct view host;
	size_t bytes;
};

struct users {
	uint64_t clock; /* of serials and use */
	struct cache caches[KINDS];
};

/* ---- a file's names ---- */

/* "name:password:id:..."; what is not of this form is none, nor are the marks of NIS. */
static bool parse_line(const char *s, size_t len, size_t *name_len, uint32_t *id)
{
	const char *end = s + len, *colon = memchr(s, ':', len), *num;
	uint64_t n = 0;

	if (!colon || colon == s || colon - s >= NAME_ROOM || strchr("+-#", *s) || memchr(s, '\0', colon - s))
		return false;
	*name_len = colon - s;
	colon = memchr(colon + 1, ':', end - colon - 1);
	if (!colon)
		return false;
	for (num = ++colon; num < end && *num >= '0' && *num <= '9' && n < UINT32_MAX; num++)
		n = n * 10 + (uint64_t)(*num - '0');
	*id = n;
	return num > colon && num < end && *num == ':' && n < UINT32_MAX;
}

static bool add_name(struct names *t, uint32_t id, const char *name, size_t len, size_t *room)
{
	if (t->n == *room) {
		size_t more = *room ? 2 * *room : 64;
		struct name *by_id = reallocarray(t->by_id, more, sizeof(*by_id));

		if (!by_id)
			return false;
		t->by_id = by_id;
		*room = more;
	}
	/* The text is gathered in place of the file's own: what was read is always longer. */
	memmove(t->text + t->bytes, name, len);
	t->text[t->bytes + len] = '\0';
	t->by_id[t->n++] = (struct name){id, t->bytes};
	t->bytes += len + 1;
	return true;
}

/* Of several names of an id the first in the file, as everywhere. */
static int compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void *shrink(void *p, size_t size)
{
	void *less = realloc(p, size ? size : 1);

	if (!less)
		return p;
	return less;
}

/* t->text holds the file. False: no memory. */
static bool parse(struct names *t, size_t len)
{
	const char *s = t->text, *end = s + len, *next;
	size_t room = 0, name_len;
	uint32_t id;

	for (; s < end; s = next + 1) {
		next = memchr(s, '\n', end - s);
		if (!next)
			next = end;
		if (parse_line(s, next - s, &name_len, &id) && !add_name(t, id, s, name_len, &room))
			return false;
	}
	if (t->n)
		qsort(t->by_id, t->n, sizeof(*t->by_id), compare);
	t->text = shrink(t->text, t->bytes);
	t->by_id = shrink(t->by_id, t->n * sizeof(*t->by_id));
	t->bytes += t->n * sizeof(*t->by_id);
	return true;
}

static const char *find_name(const struct names *t, uint32_t id)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (t->by_id[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->n && t->by_id[low].id == id ? t->text + t->by_id[low].at : "";
}

/* ---- files that were read ---- */

static void forget(struct cache *c, struct names *t)
{
	c->bytes -= t->bytes;
	free(t->by_id);
	free(t->text);
	*t = (struct names){0};
}

/* A free place, and no more memory in use than USERS_BYTES before the next file. */
static struct names *make_room(struct cache *c)
{
	for (;;) {
		struct names *oldest = NULL, *unused = NULL;

		for (size_t i = 0; i < USERS_TABLES; i++) {
			struct names *t = &c->tables[i];

			if (!t->serial)
				unused = t;
			else if (!oldest || t->used < oldest->used)
				oldest = t;
		}
		if (!oldest || (unused && c->bytes <= USERS_BYTES))
			return unused;
		forget(c, oldest);
	}
}

static char *read_file(int path_fd, size_t *len)
{
	char path[32], *text;
	ssize_t n = 0;
	int fd;

	/* Not to wait for who holds a lease on it. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	*len = 0;
	text = malloc(FILE_ROOM);
	while (text && *len < FILE_ROOM && (n = read(fd, text + *len, FILE_ROOM - *len)) > 0)
		*len += n;
	close(fd);
	if (n < 0 || *len == FILE_ROOM) {
		free(text);
		return NULL;
	}
	return text;
}

static int64_t in_ns(struct timespec t)
{
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static bool identify(int fd, struct file_id *id)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size >= FILE_ROOM)
		return false;
	*id = (struct file_id){st.st_dev, st.st_ino, st.st_size, in_ns(st.st_mtim), in_ns(st.st_ctim)};
	return true;
}

static bool same_file(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime == b->mtime &&
	       a->ctime == b->ctime;
}

static struct names *load(struct users *u, struct cache *c, int fd, uint64_t now)
{
	struct names new = {0}, *t;
	struct file_id id;
	size_t len;

	if (!identify(fd, &id))
		return NULL;
	for (size_t i = 0; i < USERS_TABLES; i++) {
		t = &c->tables[i];
		if (!t->serial || !same_file(&t->file, &id))
			continue;
		if (!t->racy || now - t->read_at < SECOND)
			return t;
		forget(c, t);
	}
	new.racy = (int64_t)clock_ns(CLOCK_REALTIME) - id.ctime < SECOND;
	new.text = read_file(fd, &len);
	if (!new.text)
		return NULL;
	if (!parse(&new, len)) {
		free(new.by_id);
		free(new.text);
		return NULL;
	}
	new.file = id;
	new.read_at = now;
	new.serial = ++u->clock;
	t = make_room(c);
	*t = new;
	c->bytes += t->bytes;
	return t;
}

/* ---- which file ---- */

static bool is_local(const char *type, size_t len)
{
	/* What is in memory or on a disk of this machine; overlays are over such, as good as always. */
	static const char types[] = " ext2 ext3 ext4 xfs btrfs f2fs bcachefs zfs jfs overlay aufs tmpfs ramfs rootfs "
				    "squashfs erofs iso9660 ";
	char word[16];

	return snprintf(word, sizeof(word), " %.*s ", (int)len, type) < (int)sizeof(word) && strstr(types, word);
}

/* Is the file at the mount point, or below? */
static bool covers(const char *point, size_t len, const char *file)
{
	if (len == 1)
		return true;
	return strncmp(point + 1, file, len - 1) == 0 && (file[len - 1] == '\0' || file[len - 1] == '/');
}

/*
 * Whether all mounts that the way to the file goes through are of local file systems. Asked of the list of mounts, as
 * fstat and statfs may wait for a server themselves. The list has no root for who has changed it by chroot alone.
 */
static bool is_cheap(struct state *st, uint32_t tid, const char *file)
{
	char *line, *end;
	bool rooted = false;
	char path[32];
	size_t len;

	snprintf(path, sizeof(path), "%u/mountinfo", tid);
	len = proc_read(st, path, st->buf, STATE_BUF);
	if (len == STATE_BUF - 1)
		return false; /* there may be more of it */
	for (line = st->buf; line < st->buf + len; line = end + 1) {
		int at = 0, to = 0, type = 0, type_end = 0;
		const char *dash;

		end = line + strcspn(line, "\n");
		*end = '\0';
		/* id parent major:minor root point options [tags...] - type source options */
		if (sscanf(line, "%*s %*s %*s %*s %n%*s%n", &at, &to) < 0 || to <= at)
			return false;
		if (!covers(line + at, to - at, file))
			continue;
		dash = strstr(line + to, " - ");
		if (!dash || sscanf(dash, " - %n%*s%n", &type, &type_end) < 0 ||
		    !is_local(dash + type, type_end - type))
			return false;
		rooted |= to - at == 1;
	}
	return rooted;
}

static int open_below(int root, const char *file, uint64_t resolve)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};

	return (int)syscall(SYS_openat2, root, file, &how, sizeof(how));
}

static struct names *load_below(struct users *u, struct cache *c, int root, bool own, uint64_t now)
{
	const char *file = kinds[c - u->caches].file;
	struct names *t;
	int fd;

	if (root < 0)
		return NULL;
	/* What is on the straight way has been looked at; a link must not lead out of the root's own mount. */
	fd = open_below(root, file, own ? RESOLVE_NO_SYMLINKS : 0);
	if (fd < 0 && errno == ELOOP && own)
		fd = open_below(root, file, RESOLVE_NO_XDEV);
	close(root);
	if (fd < 0)
		return NULL;
	t = load(u, c, fd, now);
	close(fd);
	return t;
}

static ssize_t mount_ns(struct state *st, uint32_t tid, char *out, size_t size)
{
	char path[32];

	snprintf(path, sizeof(path), "%u/ns/mnt", tid);
	return readlinkat(st->proc, path, out, size);
}

/* "inside outside count" a line; none are the host's ids where there are no user namespaces. False: no memory. */
static bool read_map(struct state *st, const char *file, struct view *v)
{
	char path[32], *s;
	int n = 0;

	snprintf(path, sizeof(path), "%u/%s", v->tid, file);
	if (proc_read(st, path, st->buf, STATE_BUF) == 0 && faccessat(st->proc, path, F_OK, 0) != 0)
		return true;
	v->map = calloc(EXTENTS_MAX, sizeof(*v->map));
	if (!v->map)
		return false;
	for (s = st->buf; v->nmap < EXTENTS_MAX; s += n) {
		struct extent *e = &v->map[v->nmap];

		if (sscanf(s, "%u %u %u%n", &e->inside, &e->outside, &e->count, &n) != 3)
			break;
		v->nmap++;
	}
	if (v->nmap == 1 && v->map->inside == v->map->outside && v->map->count == UINT32_MAX) {
		free(v->map);
		v->map = NULL;
	} else {
		v->map = shrink(v->map, v->nmap * sizeof(*v->map));
	}
	return true;
}

static bool map_id(const struct view *v, uint32_t *id)
{
	if (!v->map)
		return true;
	for (uint32_t i = 0; i < v->nmap; i++) {
		const struct extent *e = &v->map[i];

		if (*id - e->outside < e->count && *id >= e->outside) {
			*id = *id - e->outside + e->inside;
			return true;
		}
	}
	return false;
}

/* The thread's own names, as far as it has some. Of one that is gone by now what was seen last stays. */
static void look(struct state *st, struct cache *c, struct view *v, uint64_t now)
{
	const struct kind *kind = &kinds[c - st->users->caches];
	char own[64], host[64], path[32];
	ssize_t host_len = mount_ns(st, 1, host, sizeof(host)), own_len = mount_ns(st, v->tid, own, sizeof(own));
	const struct names *t;

	if (own_len < 0 && errno == ENOENT) {
		if (c->tables[v->table].serial != v->serial)
			v->serial = 0;
		return;
	}
	v->serial = 0;
	free(v->map);
	v->map = NULL;
	v->nmap = 0;
	if (own_len <= 0 || (own_len == host_len && memcmp(own, host, own_len) == 0) ||
	    !is_cheap(st, v->tid, kind->file) || !read_map(st, kind->map, v))
		return;
	snprintf(path, sizeof(path), "%u/root", v->tid);
	t = load_below(st->users, c, openat(st->proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC), true, now);
	if (t) {
		v->table = t - c->tables;
		v->serial = t->serial;
	}
}

/* The view's table; NULL: it has none, or that had to make room. */
static struct names *view_names(struct users *u, struct cache *c, const struct view *v)
{
	struct names *t = &c->tables[v->table];

	if (!v->serial || t->serial != v->serial)
		return NULL;
	t->used = ++u->clock;
	return t;
}

static bool is_fresh(const struct view *v, const struct cache *c, uint64_t now)
{
	return v->read_at && now - v->read_at < SECOND && (!v->serial || c->tables[v->table].serial == v->serial);
}

static const struct view *thread_view(struct state *st, struct cache *c, const struct gyr_thread *t, uint64_t now)
{
	struct view *v = &c->views[t->tid % USERS_VIEWS];

	if (v->tid != t->tid || v->since != t->since) {
		free(v->map);
		*v = (struct view){.tid = t->tid, .since = t->since};
	}
	if (!is_fresh(v, c, now)) {
		look(st, c, v, now);
		v->read_at = now;
	}
	return v;
}

/* The first process's root is the host's, even when this one is in a container; who may not look there takes its own.
 */
static struct names *host_names(struct state *st, struct cache *c, uint64_t now)
{
	struct view *v = &c->host;
	const struct names *t;

	if (!is_fresh(v, c, now)) {
		t = load_below(st->users, c, openat(st->proc, "1/root", O_PATH | O_DIRECTORY | O_CLOEXEC), false, now);
		if (!t)
			t = load_below(st->users, c, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), false, now);
		v->table = t ? t - c->tables : 0;
		v->serial = t ? t->serial : 0;
		v->read_at = now;
	}
	return view_names(st->users, c, v);
}

static const char *name_of(const struct gyr *g, int kind, const struct gyr_thread *t, uint32_t id, bool *of_host)
{
	struct state *st = g->state;
	const struct view *v = NULL;
	struct names *own = NULL, *host;
	struct cache *c;
	uint64_t now;

	*of_host = false;
	if (!st || st->proc < 0 || id == UINT32_MAX)
		return "";
	if (!st->users)
		st->users = calloc(1, sizeof(*st->users));
	if (!st->users) {
		st->counts.no_memory++;
		return "";
	}
	c = &st->users->caches[kind];
	now = clock_ns(CLOCK_MONOTONIC);
	if (t && t->tid)
		v = thread_view(st, c, t, now);
	host = host_names(st, c, now);
	/* That may have read a file anew which both have. */
	if (v)
		own = view_names(st->users, c, thread_view(st, c, t, now));
	*of_host = !own || own == host;
	/* A file of the host's is about the host's ids, wherever it is looked at from. */
	if (*of_host)
		return host ? find_name(host, id) : "";
	return map_id(v, &id) ? find_name(own, id) : "";
}

void users_free(struct users *u)
{
	if (!u)
		return;
	for (int kind = 0; kind < KINDS; kind++) {
		struct cache *c = &u->caches[kind];

		for (size_t i = 0; i < USERS_TABLES; i++)
			forget(c, &c->tables[i]);
		for (size_t i = 0; i < USERS_VIEWS; i++)
			free(c->views[i].map);
	}
	free(u);
}

void users_count(const struct users *u, size_t *tables, size_t *bytes)
{
	*tables = *bytes = 0;
	for (int kind = 0; u && kind < KINDS; kind++) {
		*bytes += u->caches[kind].bytes;
		for (size_t i = 0; i < USERS_TABLES; i++)
			*tables += u->caches[kind].tables[i].serial != 0;
	}
}

const char *gyr_user_name(struct gyr *g, const struct gyr_thread *t, uint32_t uid, bool *of_host)
{
	bool ignored;

	return name_of(g, USERS, t, uid, of_host ? of_host : &ignored);
}

const char *gyr_group_name(struct gyr *g, const struct gyr_thread *t, uint32_t gid, bool *of_host)
{
	bool ignored;

	return name_of(g, GROUPS, t, gid, of_host ? of_host : &ignored);
}

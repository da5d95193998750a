// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tables.h"

#define PID_LIMIT (1 << 22) /* the kernel's PID_MAX_LIMIT of 64-bit hosts */

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_pids(const void *a, const void *b)
{
	return compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

static int compare_threads(const void *a, const void *b)
{
	const struct gyr_thread *x = *(const struct gyr_thread *const *)a, *y = *(const struct gyr_thread *const *)b;
	int order = compare(gyr_thread_pid(x), gyr_thread_pid(y));

	return order ? order : compare(gyr_thread_tid(x), gyr_thread_tid(y));
}

static int no_memory(const struct cli_command *cmd)
{
	say("%s: no memory.", cmd->name);
	return CLI_FAILURE;
}

static int read_pids(struct tables *t, const struct cli_command *cmd, int npids, char **pids)
{
	if (npids == 0)
		return CLI_OK;
	t->pids = calloc((size_t)npids, sizeof(*t->pids));
	if (!t->pids)
		return no_memory(cmd);
	for (t->npids = 0; t->npids < (size_t)npids; t->npids++) {
		if (!parse_u64(pids[t->npids], 1, PID_LIMIT, &t->pids[t->npids]))
			return usage_error(cmd, "%s: takes process ids, numbers from 1 to %d; '%s' is none.", cmd->name,
					   PID_LIMIT, pids[t->npids]);
	}
	qsort(t->pids, t->npids, sizeof(*t->pids), compare_pids);
	return CLI_OK;
}

static void on_log(void *ctx, enum gyr_log_level level, const char *msg)
{
	(void)ctx;
	if (level == GYR_LOG_WARN)
		say("warning: %s", msg);
}

static int read_host(struct tables *t, const struct cli_command *cmd)
{
	struct gyr_host_opts opts = {.sz = sizeof(opts), .log = on_log};
	const struct gyr_thread *thread;
	char why[512] = "";
	int err;

	opts.errbuf = why;
	opts.errbuf_sz = sizeof(why);
	err = gyr_open_host(&opts, &t->g);
	if (err) {
		say("%s: %s.", cmd->name, why[0] ? why : strerror(-err));
		return CLI_FAILURE;
	}
	t->threads = calloc(gyr_thread_count(t->g), sizeof(*t->threads));
	if (!t->threads)
		return no_memory(cmd);
	for (thread = NULL; (thread = gyr_thread_next(t->g, thread));)
		t->threads[t->nthreads++] = thread;
	qsort(t->threads, t->nthreads, sizeof(*t->threads), compare_threads);
	return CLI_OK;
}

/* True: there is such a process. */
static bool check_pid(const struct tables *t, const struct cli_command *cmd, uint64_t pid)
{
	const struct gyr_thread *thread = gyr_thread_by_tid(t->g, pid);
	unsigned long long id = pid, of = thread ? gyr_thread_pid(thread) : 0;

	if (!thread)
		say("%s: there is no process %llu.", cmd->name, id);
	else if (of != id)
		say("%s: %llu is a thread of process %llu.", cmd->name, id, of);
	return thread && of == id;
}

int tables_open(struct tables *t, const struct cli_command *cmd, int npids, char **pids)
{
	size_t found = 0;
	int code;

	t->text_flags = utf8_wanted() ? GYR_TEXT_UTF8 : 0;
	code = read_pids(t, cmd, npids, pids);
	if (!code)
		code = read_host(t, cmd);
	if (code)
		return t->code = code;
	for (size_t i = 0; i < t->npids; i++) {
		if (i && t->pids[i] == t->pids[i - 1])
			continue;
		if (check_pid(t, cmd, t->pids[i]))
			found++;
		else
			t->code = CLI_FAILURE;
	}
	if (t->npids && !found)
		return t->code;
	out_init(&t->out);
	return CLI_OK;
}

/* What takes the right to read one takes it for the fds as well. But a zombie has none. */
static bool is_unreadable(const struct gyr_thread *thread)
{
	char path[48], to[1];

	if (*gyr_thread_cwd(thread))
		return false;
	snprintf(path, sizeof(path), "/proc/%llu/cwd", (unsigned long long)gyr_thread_tid(thread));
	return readlink(path, to, sizeof(to)) < 0 && errno == EACCES;
}

static void say_unread(const struct tables *t, const struct cli_command *cmd)
{
	bool may_all = !(gyr_lost_features(t->g) & 1ULL << GYR_FEATURE_PTRACE);
	size_t all = 0, unread = 0;

	for (size_t i = 0; i < t->nthreads; i = tables_process_end(t, i)) {
		if (!tables_wants(t, t->threads[i]))
			continue;
		all++;
		unread += is_unreadable(t->threads[i]);
	}
	if (unread)
		say("%s: the %s of %zu of %zu processes could not be read%s.", cmd->name, t->private, unread, all,
		    may_all ? "" : ": run as root, or with CAP_SYS_PTRACE");
}

int tables_close(struct tables *t, const struct cli_command *cmd)
{
	int code = t->g ? out_finish(&t->out) : CLI_OK;

	if (t->g && !t->out.err)
		say_unread(t, cmd);
	gyr_close(t->g);
	free(t->threads);
	free(t->pids);
	return t->code ? t->code : code;
}

bool tables_wants(const struct tables *t, const struct gyr_thread *thread)
{
	uint64_t pid = gyr_thread_pid(thread);

	return !t->npids || bsearch(&pid, t->pids, t->npids, sizeof(*t->pids), compare_pids);
}

size_t tables_process_end(const struct tables *t, size_t i)
{
	uint64_t pid = gyr_thread_pid(t->threads[i]);

	while (i < t->nthreads && gyr_thread_pid(t->threads[i]) == pid)
		i++;
	return i;
}

/* The columns that it takes: bytes, but of a character in UTF-8 only the first. */
static int put_text(struct tables *t, const char *text, size_t len, uint32_t flags)
{
	int size = 256, wanted, columns = 0;
	char *p;

	if (!len) {
		out_printf(&t->out, "?");
		return 1;
	}
	while ((p = out_reserve(&t->out, (size_t)size))) {
		wanted = gyr_string_text(text, len, p, (size_t)size, t->text_flags | flags);
		if (wanted < size)
			break;
		size = wanted + 1;
	}
	if (!p)
		return 0;
	for (int i = 0; i < wanted; i++)
		columns += (p[i] & 0xc0) != 0x80;
	out_commit(&t->out, (size_t)wanted);
	return columns;
}

void tables_word(struct tables *t, const char *text, int width)
{
	int columns = put_text(t, text, strlen(text), GYR_TEXT_WORD);

	out_printf(&t->out, "%*s", columns < width ? width - columns + 1 : 1, "");
}

void tables_last_word(struct tables *t, const char *text, size_t len)
{
	put_text(t, text, len, GYR_TEXT_WORD);
}

void tables_rest(struct tables *t, const char *text)
{
	put_text(t, text, strlen(text), 0);
}

void tables_json(struct tables *t, const struct gyr_thread *thread, const struct gyr_fd *fd)
{
	int size = 1024, len;
	char *p;

	while ((p = out_reserve(&t->out, (size_t)size))) {
		len = fd ? gyr_fd_json(thread, fd, p, (size_t)size, 0) : gyr_thread_json(thread, p, (size_t)size, 0);
		if (len < size)
			break;
		size = len + 1;
	}
	if (p)
		out_commit(&t->out, (size_t)len - 1);
}

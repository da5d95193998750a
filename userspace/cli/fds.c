// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr fds: the fds of the processes of this host, as the library's tables have them. */
#include <stdlib.h>

#include "tables.h"

enum { OPT_OUTPUT };

static const struct cli_option options[] = {
	[OPT_OUTPUT] = {'o', "output", "FORMAT", "text (default), or json: an object a line"},
	{0},
};

/* A table of fds, which threads and processes may share. */
struct fd_table {
	const struct gyr_thread *first; /* who has it */
	uint64_t pids[2];		/* the first two processes that have it */
	size_t nprocesses;
	uint64_t last, shown_for; /* processes: the latest that was counted, and that was shown */
};

/* A thread, and what is the same pointer for all threads that share its table. */
struct holder {
	const struct gyr_fd *first;
	size_t thread; /* index in tables.threads */
};

struct fds {
	struct tables t;
	struct fd_table *tables;
	struct fd_table **of; /* by index in tables.threads; NULL: no fds */
	const struct gyr_fd **sorted;
	size_t nsorted, room;
};

static int compare_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->first != y->first)
		return (uintptr_t)x->first < (uintptr_t)y->first ? -1 : 1;
	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static void add_holder(struct fds *f, struct fd_table *table, size_t i)
{
	const struct gyr_thread *thread = f->t.threads[i];
	uint64_t pid = gyr_thread_pid(thread);

	f->of[i] = table;
	if (!table->first)
		table->first = thread;
	/* They come in their order, so threads of one process one after another. */
	if (table->nprocesses && table->last == pid)
		return;
	table->last = pid;
	if (table->nprocesses < 2)
		table->pids[table->nprocesses] = pid;
	table->nprocesses++;
}

/* Who shares with whom, by sorting: to compare each with each would take forever on a host of many threads. */
static bool find_tables(struct fds *f)
{
	struct holder *holders = calloc(f->t.nthreads, sizeof(*holders));
	struct fd_table *table;
	size_t n = 0;

	f->tables = calloc(f->t.nthreads, sizeof(*f->tables));
	f->of = calloc(f->t.nthreads, sizeof(*f->of));
	if (!holders || !f->tables || !f->of) {
		free(holders);
		return false;
	}
	for (size_t i = 0; i < f->t.nthreads; i++) {
		const struct gyr_fd *first = gyr_thread_fd_next(f->t.threads[i], NULL);

		if (first)
			holders[n++] = (struct holder){first, i};
	}
	qsort(holders, n, sizeof(*holders), compare_holders);
	table = f->tables;
	for (size_t i = 0; i < n; i++) {
		if (i && holders[i].first != holders[i - 1].first)
			table++;
		add_holder(f, table, holders[i].thread);
	}
	free(holders);
	return true;
}

static int compare_fds(const void *a, const void *b)
{
	int64_t x = gyr_fd_num(*(const struct gyr_fd *const *)a), y = gyr_fd_num(*(const struct gyr_fd *const *)b);

	return x < y ? -1 : x > y;
}

static bool sort_fds(struct fds *f, const struct gyr_thread *thread)
{
	const struct gyr_fd *fd;

	f->nsorted = 0;
	for (fd = NULL; (fd = gyr_thread_fd_next(thread, fd));) {
		if (f->nsorted == f->room) {
			size_t room = f->room ? 2 * f->room : 64;
			const struct gyr_fd **more = reallocarray(f->sorted, room, sizeof(*more));

			if (!more)
				return false;
			f->sorted = more;
			f->room = room;
		}
		f->sorted[f->nsorted++] = fd;
	}
	qsort(f->sorted, f->nsorted, sizeof(*f->sorted), compare_fds);
	return true;
}

static void text_thread(struct fds *f, const struct gyr_thread *thread)
{
	out_printf(&f->t.out, "%7llu %7llu ", (unsigned long long)gyr_thread_pid(thread),
		   (unsigned long long)gyr_thread_tid(thread));
	tables_word(&f->t, gyr_thread_comm(thread), 15);
}

static void text_shared(struct fds *f, const struct gyr_thread *thread, const struct fd_table *table)
{
	unsigned long long other = table->pids[table->pids[0] == gyr_thread_pid(thread)];
	size_t more = table->nprocesses - 2;

	text_thread(f, thread);
	out_printf(&f->t.out, "%5s %-9s %-7s with process %llu", "*", "shared", "-", other);
	if (more)
		out_printf(&f->t.out, " and %zu other%s", more, more == 1 ? "" : "s");
	out_printf(&f->t.out, "\n");
}

static void text_fd(struct fds *f, const struct gyr_thread *thread, const struct gyr_fd *fd)
{
	text_thread(f, thread);
	out_printf(&f->t.out, "%5lld ", (long long)gyr_fd_num(fd));
	tables_word(&f->t, gyr_fd_type_name(gyr_fd_type(fd)), 9);
	out_printf(&f->t.out, "%-7s ", gyr_fd_cloexec(fd) ? "yes" : "no");
	tables_rest(&f->t, gyr_fd_name(fd));
	out_printf(&f->t.out, "\n");
}

static void json_fd(struct fds *f, const struct gyr_thread *thread, const struct gyr_fd *fd,
		    const struct fd_table *table)
{
	tables_json(&f->t, thread, fd);
	out_printf(&f->t.out, ",\"fd.table\":%llu}\n", (unsigned long long)gyr_thread_tid(table->first));
}

static bool show_table(struct fds *f, const struct gyr_thread *thread, const struct fd_table *table)
{
	if (!sort_fds(f, thread))
		return false;
	if (!f->t.json && table->nprocesses > 1)
		text_shared(f, thread, table);
	for (size_t i = 0; i < f->nsorted && !f->t.out.err; i++) {
		if (f->t.json)
			json_fd(f, thread, f->sorted[i], table);
		else
			text_fd(f, thread, f->sorted[i]);
	}
	return true;
}

/* Each process has the tables of its threads, each of these once. */
static bool show(struct fds *f)
{
	if (!find_tables(f))
		return false;
	if (!f->t.json)
		out_printf(&f->t.out, "%7s %7s %-15s %5s %-9s %-7s %s\n", "PID", "TID", "COMM", "FD", "TYPE", "CLOEXEC",
			   "NAME");
	for (size_t i = 0; i < f->t.nthreads && !f->t.out.err; i++) {
		const struct gyr_thread *thread = f->t.threads[i];
		struct fd_table *table = f->of[i];

		if (!table || table->shown_for == gyr_thread_pid(thread) || !tables_wants(&f->t, thread))
			continue;
		table->shown_for = gyr_thread_pid(thread);
		if (!show_table(f, thread, table))
			return false;
	}
	return true;
}

static int run(const struct cli_command *cmd, int argc, char **argv)
{
	struct fds f = {.t.private = "fds"};
	struct cli_options o;
	int opt;

	options_init(&o, cmd, argc, argv);
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_HELP)
			return help_of_command(cmd);
		if (opt == OPT_ERROR || !parse_format(cmd, o.value, &f.t.json))
			return CLI_USAGE;
	}
	if (tables_open(&f.t, cmd, argc - o.next, argv + o.next) == CLI_OK && !show(&f)) {
		say("fds: no memory.");
		f.t.code = CLI_FAILURE;
	}
	free(f.tables);
	free(f.of);
	free(f.sorted);
	return tables_close(&f.t, cmd);
}

const struct cli_command fds_command = {
	.name = "fds",
	.args = "[OPTIONS] [PID...]",
	.summary = "Show the fds of the processes of this host, as gyr's tables have them",
	.notes = "With PIDs, only those of these processes. A thread with fds of its own has lines under its TID, and\n"
		 "a line with * as FD names who else has the same fds (CLONE_FILES). ?: unknown.\n"
		 "Takes no rights but to read /proc: what others' processes do not let be read is said on stderr.",
	.options = options,
	.run = run,
};

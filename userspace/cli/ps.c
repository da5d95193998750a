// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr ps: the processes or threads of this host, as the library's tables have them. */
#include <string.h>

#include "tables.h"

enum { OPT_THREADS, OPT_OUTPUT };

static const struct cli_option options[] = {
	[OPT_THREADS] = {'t', "threads", NULL, "a line a thread, and not only a process"},
	[OPT_OUTPUT] = {'o', "output", "FORMAT", "text (default), or json: an object a line"},
	{0},
};

static void text_header(struct tables *t)
{
	out_printf(&t->out, "%7s %7s %7s %5s %-12s %-15s %-20s %s\n", "PID", "TID", "PPID", "UID", "CONTAINER", "COMM",
		   "CWD", "COMMAND");
}

static const char *container(const struct gyr_thread *thread)
{
	const char *id = gyr_thread_container(thread);

	return *id || !*gyr_thread_cgroup(thread) ? id : "host";
}

/* argv; kernel threads have none. */
static void text_command(struct tables *t, const struct gyr_thread *thread)
{
	const char *exe = gyr_thread_exe(thread), *arg, *end;
	size_t len;

	arg = gyr_thread_args(thread, &len);
	tables_last_word(t, exe, strlen(exe));
	for (end = arg + len; arg < end; arg += len + 1) {
		len = strnlen(arg, (size_t)(end - arg));
		out_printf(&t->out, " ");
		if (len)
			tables_last_word(t, arg, len);
		else
			out_printf(&t->out, "\"\"");
	}
}

static void text_thread(struct tables *t, const struct gyr_thread *thread)
{
	uint32_t uid = gyr_thread_uid(thread);

	out_printf(&t->out, "%7llu %7llu %7llu ", (unsigned long long)gyr_thread_pid(thread),
		   (unsigned long long)gyr_thread_tid(thread), (unsigned long long)gyr_thread_ppid(thread));
	if (uid == UINT32_MAX)
		out_printf(&t->out, "%5s ", "?");
	else
		out_printf(&t->out, "%5u ", uid);
	tables_word(t, container(thread), 12);
	tables_word(t, gyr_thread_comm(thread), 15);
	tables_word(t, gyr_thread_cwd(thread), 20);
	text_command(t, thread);
	out_printf(&t->out, "\n");
}

static void json_thread(struct tables *t, const struct gyr_thread *thread)
{
	tables_json(t, thread, NULL);
	out_printf(&t->out, "}\n");
}

/* Of a process its first thread, even if that has ended before the others: the kernel keeps it till then. */
static void show(struct tables *t, bool every_thread)
{
	size_t i, next;

	if (!t->json)
		text_header(t);
	for (i = 0; i < t->nthreads && !t->out.err; i = next) {
		next = every_thread ? i + 1 : tables_process_end(t, i);
		if (!tables_wants(t, t->threads[i]))
			continue;
		if (t->json)
			json_thread(t, t->threads[i]);
		else
			text_thread(t, t->threads[i]);
	}
}

static int run(const struct cli_command *cmd, int argc, char **argv)
{
	struct tables t = {.private = "working directory"};
	struct cli_options o;
	bool every_thread = false;
	int opt;

	options_init(&o, cmd, argc, argv);
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_HELP)
			return help_of_command(cmd);
		if (opt == OPT_ERROR)
			return CLI_USAGE;
		if (opt == OPT_THREADS)
			every_thread = true;
		else if (!parse_format(cmd, o.value, &t.json))
			return CLI_USAGE;
	}
	if (tables_open(&t, cmd, argc - o.next, argv + o.next) == CLI_OK)
		show(&t, every_thread);
	return tables_close(&t, cmd);
}

const struct cli_command ps_command = {
	.name = "ps",
	.args = "[OPTIONS] [PID...]",
	.summary = "Show the processes of this host, as gyr's tables have them",
	.notes = "With PIDs, only these. CWD and COMMAND are quoted where they could be misread; ?: unknown, or none.\n"
		 "Takes no rights but to read /proc: what others' processes do not let be read is said on stderr.",
	.options = options,
	.run = run,
};

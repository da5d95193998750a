// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gyr/wire.h>

#include "tail.h"

#define PID_LIMIT    (1 << 22) /* the kernel's PID_MAX_LIMIT of 64-bit hosts */
#define BUFFER_MIN   4096
#define BUFFER_MAX   (1ULL << 30)
#define DURATION_MIN 1000000ULL /* a millisecond */
#define DURATION_MAX (366 * 86400 * 1000000000ULL)

enum {
	OPT_EVENTS,
	OPT_PID,
	OPT_COMM,
	OPT_OUTPUT,
	OPT_COUNT,
	OPT_DURATION,
	OPT_BUFFER,
	OPT_SNAPLEN,
	OPT_STATS,
	OPT_ENTER,
	OPT_LATENCY,
	OPT_PROBE,
	OPT_BTF
};

const struct cli_option tail_option_table[] = {
	[OPT_EVENTS] = {'e', "events", "NAMES",
			"only these events: names, !name to exclude, @category,\nwith commas between; see 'gyr list'"},
	[OPT_PID] = {'p', "pid", "PID", "only these processes; can be repeated, or a list with commas"},
	[OPT_COMM] = {'c', "comm", "COMM", "only threads of this name, of which 15 bytes count"},
	[OPT_OUTPUT] = {'o', "output", "FORMAT", "text (default), or json: an object a line"},
	[OPT_COUNT] = {'n', "count", "COUNT", "show that many events"},
	[OPT_DURATION] = {0, "duration", "SECONDS", "capture that long; 0.5 is half a second"},
	[OPT_BUFFER] = {0, "buffer", "SIZE",
			"of the ring of each CPU, in bytes or with K, M, G: 4K to 1G,\nrounded up, and to 128K at "
			"least (default 8M)"},
	[OPT_SNAPLEN] = {0, "snaplen", "N", "bytes kept of data read, written, sent or received\n(default 80)"},
	[OPT_STATS] = {0, "stats", NULL,
		       "at the end, say on stderr how many events were produced,\ndelivered and lost"},
	[OPT_ENTER] =
		{0, "enter", NULL,
		 "show open, openat, openat2, creat and connect at their\nentry, too, with what memory holds then"},
	[OPT_LATENCY] = {0, "latency", NULL, "say how long each system call took"},
	[OPT_PROBE] = {0, "probe", "FILE", "load this probe object instead of the one in the library"},
	[OPT_BTF] = {0, "btf", "FILE", "take the kernel's BTF from this file; for kernels without it"},
	{0},
};

/* The process that a thread belongs to; 0: there is no such thread. -1: unknown. */
static int tgid_of(int tid)
{
	char line[128];
	int tgid = -1;
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%d/status", tid);
	f = fopen(line, "re");
	if (!f)
		return kill(tid, 0) && errno == ESRCH ? 0 : -1;
	while (fgets(line, sizeof(line), f) && sscanf(line, "Tgid: %d", &tgid) != 1)
		;
	fclose(f);
	return tgid;
}

static int add_pid(struct tail_options *t, const struct cli_command *cmd, const char *text)
{
	uint64_t pid;
	int tgid, *pids;

	if (!parse_u64(text, 1, PID_LIMIT, &pid))
		return usage_error(cmd, "tail: -p takes process ids, numbers from 1 to %d; '%s' is none.", PID_LIMIT,
				   text);
	tgid = tgid_of(pid);
	if (tgid == 0) {
		say("tail: there is no process %d; 'ps -e' lists those that are.", (int)pid);
		return CLI_FAILURE;
	}
	if (tgid > 0 && tgid != (int)pid) {
		say("tail: %d is a thread of process %d; use -p %d.", (int)pid, tgid, tgid);
		return CLI_FAILURE;
	}
	pids = reallocarray(t->pids, t->live.npids + 1, sizeof(*pids));
	if (!pids) {
		say("tail: no memory.");
		return CLI_FAILURE;
	}
	pids[t->live.npids++] = pid;
	t->pids = pids;
	t->live.pids = pids;
	return CLI_OK;
}

static int add_pids(struct tail_options *t, const struct cli_command *cmd, const char *list)
{
	const char *end;
	char one[32];
	int code = CLI_OK;

	for (;; list = end + 1) {
		end = strchrnul(list, ',');
		snprintf(one, sizeof(one), "%.*s", (int)(end - list), list);
		code = add_pid(t, cmd, one);
		if (code || !*end)
			return code;
	}
}

static int set_events(struct tail_options *t, const struct cli_command *cmd, const char *events)
{
	char why[256];

	if (gyr_check_events(events, why, sizeof(why)))
		return usage_error(cmd, "tail: -e: %s", why);
	if (t->live.events)
		return usage_error(cmd, "tail: -e was given twice; put commas between the names.");
	t->live.events = events;
	return CLI_OK;
}

static int apply(struct tail_options *t, const struct cli_command *cmd, int opt, const char *value)
{
	uint64_t num;

	switch (opt) {
	case OPT_EVENTS:
		return set_events(t, cmd, value);
	case OPT_PID:
		return add_pids(t, cmd, value);
	case OPT_COMM:
		if (!*value)
			return usage_error(cmd, "tail: -c needs the name of a thread, and got none.");
		t->live.comm = value;
		return CLI_OK;
	case OPT_OUTPUT:
		return parse_format(cmd, value, &t->json) ? CLI_OK : CLI_USAGE;
	case OPT_COUNT:
		if (parse_u64(value, 1, UINT64_MAX, &t->count))
			return CLI_OK;
		return usage_error(cmd, "tail: -n takes a number from 1 to %llu; '%s' is none.", ULLONG_MAX, value);
	case OPT_DURATION:
		if (parse_seconds(value, DURATION_MIN, DURATION_MAX, &t->duration))
			return CLI_OK;
		return usage_error(
			cmd, "tail: --duration takes seconds, from 0.001 to a year of them; '%s' is not that.", value);
	case OPT_BUFFER:
		if (!parse_size(value, BUFFER_MIN, BUFFER_MAX, &num))
			return usage_error(cmd, "tail: --buffer takes a size from 4K to 1G; '%s' is none.", value);
		t->live.ring_bytes = num;
		return CLI_OK;
	case OPT_SNAPLEN:
		if (!parse_u64(value, 1, GYR_SNAPLEN_MAX, &num))
			return usage_error(cmd, "tail: --snaplen takes a number from 1 to %d; '%s' is none.",
					   GYR_SNAPLEN_MAX, value);
		t->live.snaplen = num;
		return CLI_OK;
	case OPT_STATS:
		t->stats = true;
		return CLI_OK;
	case OPT_ENTER:
		t->live.no_enter = false;
		return CLI_OK;
	case OPT_LATENCY:
		t->live.latency = true;
		return CLI_OK;
	case OPT_BTF:
		t->live.btf = value;
		return CLI_OK;
	default:
		t->live.probe = value;
		return CLI_OK;
	}
}

int tail_options_parse(struct tail_options *t, const struct cli_command *cmd, int argc, char **argv, bool *help)
{
	struct cli_options o;
	int opt, code;

	*t = (struct tail_options){.live.sz = sizeof(t->live), .live.no_enter = true};
	*help = false;
	options_init(&o, cmd, argc, argv);
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_ERROR)
			return CLI_USAGE;
		*help = opt == OPT_HELP;
		if (*help)
			return CLI_OK;
		code = apply(t, cmd, opt, o.value);
		if (code)
			return code;
	}
	if (o.dashes && o.next == argc)
		return usage_error(cmd, "tail: there is no command after '--'.");
	if (!o.dashes && o.next < argc)
		return usage_error(cmd, "tail: takes no operand, and got '%s'; to run a command: gyr tail -- %s",
				   argv[o.next], argv[o.next]);
	if (o.dashes && t->pids)
		return usage_error(cmd, "tail: -p and -- CMD exclude each other.");
	if (o.dashes)
		t->argv = argv + o.next;
	return CLI_OK;
}

void tail_options_free(struct tail_options *t)
{
	free(t->pids);
}

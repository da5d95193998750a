// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <limits.h>
#include <string.h>

#include "tail.h"

#define BUFFER_MIN   4096
#define BUFFER_MAX   (1ULL << 30)
#define DURATION_MIN 1000000ULL /* a millisecond */
#define DURATION_MAX (366 * 86400 * 1000000000ULL)

enum {
	/* enum tail_filter_option stands first */
	OPT_EVENTS = FILTER_OPTIONS,
	OPT_OUTPUT,
	OPT_COUNT,
	OPT_DURATION,
	OPT_BUFFER,
	OPT_STATS,
	OPT_ENTER,
	OPT_LATENCY,
	OPT_PROBE,
	OPT_BTF
};

const struct cli_option tail_option_table[] = {
	[FILTER_PID] = {'p', "pid", "PID",
			"only these processes, or !PID: not these; can be repeated, or a list\nwith commas"},
	[FILTER_FOLLOW] = {0, "follow", NULL, "with -p: and their descendants, from now on"},
	[FILTER_TID] = {0, "tid", "TID", "only these threads, or !TID: not these; likewise"},
	[FILTER_COMM] = {'c', "comm", "COMM",
			 "only threads of this name, of which 15 bytes count, or !COMM:\nnot these; can be repeated; "
			 "\\!x is a name that begins with !"},
	[FILTER_UID] = {'u', "uid", "USER",
			"only of these users, names or effective ids, or !USER: not of\nthese; a list as for -p"},
	[FILTER_CGROUP] =
		{0, "cgroup", "CGROUP",
		 "only in this cgroup of version 2 or below, a path or an id, or\n!CGROUP: not there; can be repeated"},
	[FILTER_CGROUP_ONLY] = {0, "cgroup-only", "CGROUP", "the same without what is below"},
	[FILTER_CONTAINER] = {0, "container", "ID",
			      "only in the container whose id begins so, or !ID: not there;\ncan be repeated"},
	[FILTER_FAILED] = {0, "failed", "no|only", "no: only calls that did not fail; only: only those that did"},
	[FILTER_SAMPLE] = {0, "sample", "NAME:N",
			   "of this system call one in N, on each CPU; a list with commas.\n--stats counts the others. "
			   "What is done by io_uring is not thinned"},
	[FILTER_SNAPLEN] =
		{0, "snaplen", "[TYPE:]N",
		 "bytes kept of data read, written, sent or received\n(default 80; 0: none), of all or of one TYPE: "
		 "file, inet, unix, "
		 "pipe,\nother; a list with commas"},
	[OPT_EVENTS] = {'e', "events", "NAMES",
			"only these events: names, !name to exclude, @category,\nwith commas between; see 'gyr list'"},
	[OPT_OUTPUT] = {'o', "output", "FORMAT", "text (default), or json: an object a line"},
	[OPT_COUNT] = {'n', "count", "COUNT", "show that many events"},
	[OPT_DURATION] = {0, "duration", "SECONDS", "capture that long; 0.5 is half a second"},
	[OPT_BUFFER] = {0, "buffer", "SIZE",
			"of the ring of each CPU, in bytes or with K, M, G: 4K to 1G,\nrounded up, and to 128K at "
			"least (default 8M)"},
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

static int set_events(struct tail_options *t, const struct cli_command *cmd, const char *events)
{
	char why[256];

	if (gyr_check_events(events, why, sizeof(why)))
		return usage_error(cmd, "tail: -e: %s", why);
	if (t->filter.events)
		return usage_error(cmd, "tail: -e was given twice; put commas between the names.");
	t->filter.events = events;
	return CLI_OK;
}

static int apply(struct tail_options *t, const struct cli_command *cmd, int opt, const char *value)
{
	uint64_t num;

	if (opt < FILTER_OPTIONS)
		return tail_filter_apply(t, cmd, opt, value);
	switch (opt) {
	case OPT_EVENTS:
		return set_events(t, cmd, value);
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
	case OPT_STATS:
		t->stats = true;
		return CLI_OK;
	case OPT_ENTER:
		t->live.enter = true;
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

	*t = (struct tail_options){
		.live = {.sz = sizeof(t->live)},
		.filter.sz = sizeof(t->filter),
	};
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
	if (o.dashes && t->filter.pids.nin)
		return usage_error(cmd, "tail: -p and -- CMD exclude each other.");
	if (o.dashes)
		t->argv = argv + o.next;
	return tail_filter_check(t, cmd);
}

void tail_options_free(struct tail_options *t)
{
	tail_filter_free(t);
}

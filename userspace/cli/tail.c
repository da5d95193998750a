// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr tail: events as they happen. */
#include <string.h>

#include "losses.h"
#include "signals.h"
#include "tail.h"

static void on_log(void *ctx, enum gyr_log_level level, const char *msg)
{
	(void)ctx;
	if (level == GYR_LOG_WARN)
		say("warning: %s", msg);
}

static int open_capture(struct tail_options *t, const struct child *child, struct gyr **g)
{
	struct gyr_filter_opts filter = t->filter;
	char why[512] = "";
	uint32_t pid;
	int err;

	t->live.log = on_log;
	t->live.errbuf = why;
	t->live.errbuf_sz = sizeof(why);
	if (child) {
		pid = (uint32_t)child->pid;
		filter.pids.in = &pid;
		filter.pids.nin = 1;
		filter.follow = true;
	}
	t->live.filter = &filter;
	err = gyr_open_live(&t->live, g);
	t->live.filter = NULL;
	if (!err)
		return CLI_OK;
	say("tail: %s.", why[0] ? why : strerror(-err));
	return CLI_FAILURE;
}

static int capture(struct tail_options *t, struct child *child)
{
	struct gyr_stats stats = {0};
	struct gyr *g;
	int code, cmd_code;

	code = open_capture(t, child, &g);
	if (code) {
		if (child)
			child_abandon(child);
		return code;
	}
	if (child)
		child_run(child);
	code = tail_follow(g, t, child, &stats);
	gyr_close(g);
	if (child) {
		child_ended(child, true);
		cmd_code = child_code(child);
		code = code ? code : cmd_code;
	}
	if (t->stats)
		losses_print(&stats);
	return code;
}

static int run(const struct cli_command *cmd, int argc, char **argv)
{
	struct tail_options t;
	struct child child;
	sigset_t mask;
	bool help;
	int code;

	code = tail_options_parse(&t, cmd, argc, argv, &help);
	if (code)
		goto out;
	if (help) {
		code = help_of_command(cmd);
		goto out;
	}
	/* A signal between fork and open would leave a stopped child behind. */
	signals_block(&mask);
	if (t.argv) {
		code = child_start(&child, t.argv, &mask);
		if (code)
			goto out;
		signals_pass_to(child.pid);
	}
	signals_install(&mask);
	code = capture(&t, t.argv ? &child : NULL);
out:
	tail_options_free(&t);
	return code;
}

const struct cli_command tail_command = {
	.name = "tail",
	.args = "[OPTIONS] [-- CMD [ARG...]]",
	.summary = "Show system call events as they happen, until Ctrl-C",
	.notes = "With -- CMD, runs CMD and shows it and its descendants only, until CMD has ended; those it leaves\n"
		 "behind are not waited for. CMD's exit code is returned (128 + N when signal N killed it; 127 when\n"
		 "there is no such program, 126 when it cannot be run). After -n or --duration CMD runs on, unseen.\n"
		 "\n"
		 "Otherwise exits with 0 when it ended as asked, by Ctrl-C, or because the reader of its output left;\n"
		 "with 1 on failure and 2 on wrong usage. Capturing needs root, or CAP_BPF, CAP_PERFMON and\n"
		 "CAP_SYS_PTRACE, and CAP_IPC_LOCK or smaller rings (--buffer 128K).\n"
		 "\n"
		 "NO_COLOR, when set, means no colours; GYR_PROBE names the probe object when --probe does not,\n"
		 "GYR_BTF the BTF when --btf does not.\n"
		 "\n"
		 "Examples:\n"
		 "  gyr tail -e @net,!close -c nginx\n"
		 "  gyr tail --failed only -u '!root' --cgroup /system.slice\n"
		 "  gyr tail -e read,write --sample read:100,write:100 --snaplen file:0,inet:512\n"
		 "  gyr tail -o json --duration 10 > events.json\n"
		 "  gyr tail -e openat,execve -- make",
	.options = tail_option_table,
	.run = run,
};

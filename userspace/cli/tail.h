/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gyr tail: what it was asked for, and the capture as it goes. */
#ifndef GYR_CLI_TAIL_H
#define GYR_CLI_TAIL_H

#include <gyr/gyr.h>

#include "child.h"
#include "cli.h"
#include "out.h"

/* Options that choose, in the order of the help. */
enum tail_filter_option {
	FILTER_PID,
	FILTER_FOLLOW,
	FILTER_TID,
	FILTER_COMM,
	FILTER_UID,
	FILTER_CGROUP,
	FILTER_CGROUP_ONLY,
	FILTER_CONTAINER,
	FILTER_FAILED,
	FILTER_SAMPLE,
	FILTER_SNAPLEN,
	FILTER_OPTIONS
};

struct tail_options {
	struct gyr_live_opts live;
	struct gyr_filter_opts filter; /* live.filter; its lists are ours */
	bool json, stats;
	uint64_t count;	   /* events to show; 0: no end */
	uint64_t duration; /* ns; 0: no end */
	char *const *argv; /* CMD; NULL: none */
};

/* CLI_OK, or an exit code when the message is out; *help: the help was asked for. */
int tail_options_parse(struct tail_options *t, const struct cli_command *cmd, int argc, char **argv, bool *help);
void tail_options_free(struct tail_options *t);
extern const struct cli_option tail_option_table[];

/* tail_filter.c; returns as tail_options_parse. */
int tail_filter_apply(struct tail_options *t, const struct cli_command *cmd, enum tail_filter_option opt,
		      const char *value);
/* All of them together. */
int tail_filter_check(const struct tail_options *t, const struct cli_command *cmd);
void tail_filter_free(struct tail_options *t);

/* The capture, from the open handle to its end: an exit code, CMD's aside. Statistics in *stats. */
int tail_follow(struct gyr *g, const struct tail_options *opts, struct child *child, struct gyr_stats *stats);

#endif

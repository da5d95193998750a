/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What gyr ps and gyr fds share: the threads of this host in order, and the processes that were asked for. */
#ifndef GYR_CLI_TABLES_H
#define GYR_CLI_TABLES_H

#include <gyr/gyr.h>

#include "cli.h"
#include "out.h"

struct tables {
	struct gyr *g;
	const struct gyr_thread **threads; /* all, by process and then by thread */
	size_t nthreads;
	uint64_t *pids; /* only these, in order; all when there are none */
	size_t npids;
	bool json;
	const char *private; /* what of others takes a right to read */
	uint32_t text_flags;
	struct out out;
	int code; /* the exit code, unless the output fails */
};

/*
 * Reads the host, and says which of the operands, process ids, are not there. CLI_OK, or an exit code when there is
 * nothing to show. To be closed in any case. t: zero, but for json and private.
 */
int tables_open(struct tables *t, const struct cli_command *cmd, int npids, char **pids);
/* Ends the output, and says what could not be read; the exit code. */
int tables_close(struct tables *t, const struct cli_command *cmd);

bool tables_wants(const struct tables *t, const struct gyr_thread *thread);
/* The threads from i on are of one process up to here. */
size_t tables_process_end(const struct tables *t, size_t i);

/* A word that cannot be taken for another, "?" for an empty one, and blanks up to the width and one more. */
void tables_word(struct tables *t, const char *text, int width);
/* The same at the end of a line. */
void tables_last_word(struct tables *t, const char *text, size_t len);
/* What a line ends with: with escapes alone. */
void tables_rest(struct tables *t, const char *text);
/* The object of the thread, or of its fd when there is one, without the brace at its end. */
void tables_json(struct tables *t, const struct gyr_thread *thread, const struct gyr_fd *fd);

#endif

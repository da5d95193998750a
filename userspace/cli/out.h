/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Output to stdout: what is written is known to have arrived, or there is an error to show for it. */
#ifndef GYR_CLI_OUT_H
#define GYR_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct out {
	char *buf;
	size_t cap, start, len; /* start: what is before was written already */
	int err;		/* the first failure, a negative errno, which ends all output */
};

/* From here on a closed pipe is an error (-EPIPE) and no signal. */
void out_init(struct out *o);
void out_free(struct out *o);

/* At least `room` bytes to write in, to be followed by out_commit of what was used; NULL: see err. */
char *out_reserve(struct out *o, size_t room);
void out_commit(struct out *o, size_t used);
void out_printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* 0, -EINTR when a signal came and not all is written, or err. */
int out_flush(struct out *o);
/* The reader of the pipe is gone, as far as can be told without writing. */
bool out_reader_gone(void);
/* Flushes, frees and turns the result into an exit code: failures are said, but a reader who left is none. */
int out_finish(struct out *o);

#endif

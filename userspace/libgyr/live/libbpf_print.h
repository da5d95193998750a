/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What libbpf has to say, to the log callback instead of stderr. */
#ifndef GYR_LIVE_LIBBPF_PRINT_H
#define GYR_LIVE_LIBBPF_PRINT_H

#include "internal.h"

/* Around all that libbpf may print about; a lock is held between. */
void libbpf_print_begin(struct gyr_diag *d);
void libbpf_print_end(void);

/* A text of many lines, as the verifier's log is. It is cut up. */
void log_lines(struct gyr_diag *d, const char *who, char *text);

#endif

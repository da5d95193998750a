// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/libbpf_print.h"

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * libbpf's print hook belongs to the whole process, and by default writes to stderr, which a library must not. It is
 * ours while an object loads, one at a time, and put back after.
 */
static pthread_mutex_t libbpf_print_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread struct gyr_diag *libbpf_print_diag;

static libbpf_print_fn_t libbpf_print_others;

void log_lines(struct gyr_diag *d, const char *who, char *text)
{
	char *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		diag_log(d, GYR_LOG_DEBUG, "%s: %s", who, line);
}

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char *msg;
	int n;

	if (!libbpf_print_diag) /* another thread of the program, which uses libbpf itself */
		return libbpf_print_others ? libbpf_print_others(level, fmt, args) : 0;
	if (level == LIBBPF_DEBUG)
		return 0;
	n = vasprintf(&msg, fmt, args);
	if (n < 0)
		return n;
	log_lines(libbpf_print_diag, "libbpf", msg);
	free(msg);
	return n;
}

void libbpf_print_begin(struct gyr_diag *d)
{
	pthread_mutex_lock(&libbpf_print_lock);
	libbpf_print_diag = d;
	libbpf_print_others = libbpf_set_print(libbpf_print);
}

void libbpf_print_end(void)
{
	libbpf_print_fn_t now = libbpf_set_print(libbpf_print_others);

	if (now != libbpf_print) /* the program has set another one meanwhile */
		libbpf_set_print(now);
	libbpf_print_diag = NULL;
	pthread_mutex_unlock(&libbpf_print_lock);
}

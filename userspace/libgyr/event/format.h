/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How values are written, the same for text and JSON. Plain ASCII, but for the paths of unix sockets: raw bytes. */
#ifndef GYR_EVENT_FORMAT_H
#define GYR_EVENT_FORMAT_H

#include "event/out.h"
#include "event/param.h"

/* Longest: a unix tuple, two pointers and a path. IPv6 tuples need less. */
#define ADDR_TEXT_MAX 192

/* "ENOENT"; NULL: no errno of that number (positive). */
const char *errno_name(uint64_t err);
/* "SIGKILL", "SIGRTMIN+3"; a number that is no signal as such. */
void format_signal(struct out *o, uint64_t sig);
/* "SIGINT|SIGTERM": bit 0 is signal 1. */
void format_sigset(struct out *o, uint64_t set);
/* "O_RDWR|O_CREAT|0x80000000"; nothing set: 0, or the name that the table has for it. */
void format_flags(struct out *o, const struct gyr_flags *table, uint64_t v);
void format_enum(struct out *o, const struct gyr_param_info *info, uint64_t v);
/* "0644", "S_IFCHR|0600" */
void format_mode(struct out *o, const struct gyr_flags *table, uint64_t v);
/* As the param's format says, in a number of its size. */
void format_number(struct out *o, const struct gyr_param *p);

/* "10.0.0.1:80", "[::1]:80", "/run/x", "@abstract", "AF_NETLINK" */
void format_addr(struct out *o, const struct gyr_addr *a);
/* "127.0.0.1:3000->127.0.0.1:80" */
void format_tuple(struct out *o, const struct gyr_addr *src, const struct gyr_addr *dst);
void format_ip(struct out *o, uint8_t family, const uint8_t *ip);

#endif

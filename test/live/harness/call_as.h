/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The params that no general rule gives: by the name of the way in which they are made. Between the rules' files only.
 */
#ifndef GYR_TEST_LIVE_CALL_AS_H
#define GYR_TEST_LIVE_CALL_AS_H

#include "call_rules.h"

#define SNAPLEN 80 /* of a capture with defaults */

/* Is the j-th source of the param an address? */
bool is_address_as(const struct call_param *p, size_t j);
/* Sets arguments that are to mean something. */
void choose_as(struct call_made *m, const struct call_param *p);
/* Fills what its first address points to. */
void place_as(const struct call_param *p, void *at);
struct live_val expect_as(const struct call_made *m, const struct call_param *p);
/* Of an event that the driver's own code makes. */
struct live_val expect_other(const struct call_made *m, const struct call_param *p);

/* call_rules.c. NULL: not memory that was prepared. */
const void *call_memory(uint64_t addr, size_t size);
void *call_keep(const void *data, size_t n);
struct live_val call_string(const char *name, const void *from, size_t max);
struct live_val call_data(const char *name, uint64_t addr, int64_t len);
uint64_t call_source(const struct call_made *m, const struct call_param *p, size_t i);
uint64_t call_convert(const struct call_flags *flags, uint64_t val);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls as 32-bit callers make them, from a 64-bit program: by int 0x80, with the numbers of i386, and with
 * what they point to below 4 GiB, in the layout of i386.
 */
#ifndef GYR_TEST_LIVE_IA32_H
#define GYR_TEST_LIVE_IA32_H

#include "harness.h"

#ifdef __x86_64__

/* As the kernel answers: the result, or a negative errno. */
long ia32_call(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

#define I386_1(nr, a, b, c, d, e, f, ...)                                                                              \
	ia32_call(nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e), (uint64_t)(f))
#define i386(...) I386_1(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* Memory below 4 GiB, zeroed, or with a copy of what is there. Static, a page a case. */
void *ia32_room(size_t size);
void *ia32_copy(const void *from, size_t size);
#define L(str)	   ia32_copy(str, strlen(str) + 1)
#define WORDS(...) ia32_copy((const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}))
#define P(ptr)	   ((uint32_t)(uintptr_t)(ptr))

/* A program of 32 bits, as a file that can be executed: its path. It handles a signal, execs `next`, if that is not
 * NULL, and ends with 7. */
const char *ia32_program(const char *next);

#endif

/* False, with the reason on stdout. */
bool ia32_possible(const char *suite);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls that are answered instead of made: a seccomp filter hands every one that is made at one place in the
 * code to a process that says what it returns. The kernel's ways in and out are the same, so any call can be seen with
 * any arguments and any result, and nothing happens.
 */
#ifndef GYR_TEST_LIVE_ANSWER_H
#define GYR_TEST_LIVE_ANSWER_H

#include <stdint.h>

/* For this process and all that it makes from now on; it needs CAP_SYS_ADMIN, or no_new_privs. 0 or a negative errno.
 */
int answer_start(void);

/* Makes the call, which returns ret. One at a time among all processes. */
int64_t answered_call(long nr, const uint64_t args[6], int64_t ret);

/* Makes the call as it is; nothing of a libc comes between. */
int64_t plain_call(long nr, const uint64_t args[6]);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TEST_RUN_H
#define TEST_RUN_H

#include <check.h>

/* Runs and frees it; returns what main is to return. */
int run_suite(Suite *s);

#endif

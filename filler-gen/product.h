/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef PRODUCT_H
#define PRODUCT_H

#include <stddef.h>

/*
 * Makes the file dir/name hold exactly this: nothing is touched when it does already (what is built from it need not be
 * built again), and nobody ever sees half of it. 0, or -1 after a message.
 */
int product_write(const char *dir, const char *name, const char *data, size_t len);

#endif

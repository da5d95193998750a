/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_EVENT_UTF8_H
#define GYR_EVENT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed sequence (RFC 3629) that p starts with, its code point in *cp; 0 if there is none. */
size_t utf8_decode(const uint8_t *p, size_t n, uint32_t *cp);
/* Harmless on a terminal: no control, no change of direction, nothing invisible. */
bool utf8_printable(uint32_t cp);

#endif

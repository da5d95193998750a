/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The probe objects within the library. */
#ifndef GYR_EMBED_H
#define GYR_EMBED_H

#include <stddef.h>
#include <stdint.h>

/* The probe of a build (enum gyr_build), to be freed; -ENOMEM, or -EIO if the library's copy is damaged. */
int embed_probe(uint32_t build, void **object, size_t *size);

#endif

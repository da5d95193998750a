/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The probe objects within the library (embed.S). */
#ifndef GYR_EMBED_H
#define GYR_EMBED_H

#include <stddef.h>

extern const unsigned char gyr_probe_object[], gyr_probe_nobtf_object[], gyr_probe_preempt_object[];
extern const size_t gyr_probe_object_size, gyr_probe_nobtf_object_size, gyr_probe_preempt_object_size;

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/embed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "settings.h"

/* embed.S */
extern const unsigned char gyr_probe_object[], gyr_probe_nobtf_object[], gyr_probe_preempt_object[];
extern const size_t gyr_probe_object_size, gyr_probe_nobtf_object_size, gyr_probe_preempt_object_size;

#define GZIP_WINDOW_BITS (15 + 16) /* zlib.h, inflateInit2: 16 more for a gzip header */

static int inflate_all(const unsigned char *from, size_t n, void *to, size_t size)
{
	z_stream z = {.next_in = (unsigned char *)from, .avail_in = (uInt)n, .next_out = to, .avail_out = (uInt)size};
	int err;

	if (inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK)
		return -ENOMEM;
	err = inflate(&z, Z_FINISH) == Z_STREAM_END && !z.avail_out ? 0 : -EIO;
	inflateEnd(&z);
	return err;
}

int embed_probe(uint32_t build, void **object, size_t *size)
{
	const unsigned char *from = gyr_probe_object;
	size_t n = gyr_probe_object_size;
	uint32_t whole;
	int err;

	if (build == GYR_BUILD_NOBTF) {
		from = gyr_probe_nobtf_object;
		n = gyr_probe_nobtf_object_size;
	} else if (build == GYR_BUILD_PREEMPT) {
		from = gyr_probe_preempt_object;
		n = gyr_probe_preempt_object_size;
	}
	memcpy(&whole, from + n - sizeof(whole), sizeof(whole)); /* RFC 1952, ISIZE: the file's last four bytes */
	*object = malloc(whole);
	if (!*object)
		return -ENOMEM;
	*size = whole;
	err = inflate_all(from, n, *object, *size);
	if (err) {
		free(*object);
		*object = NULL;
	}
	return err;
}

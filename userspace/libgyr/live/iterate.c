// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/iterate.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel gathers 8 pages before it hands them out, of 64 KiB on some machines. More than one record. */
#define BUFFER_BYTES (512 * 1024)

/* Hands out what is whole; returns how much that is. A driver of ours writes no other records: -EBADMSG. */
static ssize_t hand_out(const char *buf, size_t len, seen_fn fn, void *ctx)
{
	size_t pos = 0;

	while (len - pos >= sizeof(struct gyr_seen)) {
		const struct gyr_seen *seen = (const struct gyr_seen *)(buf + pos);

		if (seen->len < sizeof(*seen) || seen->len % sizeof(uint64_t) || seen->len > BUFFER_BYTES)
			return -EBADMSG;
		if (seen->len > len - pos)
			break;
		fn(ctx, seen);
		pos += seen->len;
	}
	return (ssize_t)pos;
}

static int read_records(int fd, char *buf, seen_fn fn, void *ctx)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, buf + len, BUFFER_BYTES - len), done;

		/* -EAGAIN: it went by a million of what the program passed over, and goes on from there. */
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return len ? -EBADMSG : 0;
		len += (size_t)n;
		done = hand_out(buf, len, fn, ctx);
		if (done < 0)
			return (int)done;
		len -= (size_t)done;
		memmove(buf, buf + done, len);
	}
}

int iterate(const struct probe *p, enum seen_by by, seen_fn fn, void *ctx)
{
	const struct bpf_program *prog = probe_program(p, by == SEEN_BY_TASK ? PROBE_ITER_TASK : PROBE_ITER_FD);
	char *buf = malloc(BUFFER_BYTES);
	struct bpf_link *link = NULL;
	int fd = -1, err;

	if (!prog || !buf) {
		err = prog ? -ENOMEM : -EOPNOTSUPP;
		goto out;
	}
	link = bpf_program__attach_iter(prog, NULL);
	if (!link) {
		err = -errno;
		goto out;
	}
	fd = bpf_iter_create(bpf_link__fd(link));
	err = fd < 0 ? -errno : read_records(fd, buf, fn, ctx);
out:
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	free(buf);
	return err;
}

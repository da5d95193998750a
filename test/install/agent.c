/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ten-line agent: of which installed library, and what the first event is. 77: not permitted to capture. */
#include <errno.h>
#include <gyr/gyr.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char why[256] = "", line[4096];
	struct gyr_live_opts opts = {.sz = sizeof(opts), .events = "openat", .errbuf = why, .errbuf_sz = sizeof(why)};
	const struct gyr_event *ev;
	struct gyr *g;
	int err, n;

	printf("libgyr %s\n", gyr_version());
	err = gyr_open_live(&opts, &g);
	if (err) {
		printf("no capture: %s\n", why);
		return err == -EPERM && geteuid() != 0 ? 77 : 1;
	}
	n = gyr_next(g, &ev, 10000);
	if (n == 1 && gyr_event_text(ev, line, sizeof(line), 0) > 0)
		puts(line);
	else
		printf("no event: %d\n", n);
	gyr_close(g);
	return n != 1;
}

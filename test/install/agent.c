/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ten-line agent: of which installed library, and what the first event is, if there may be one. */
#include <gyr/gyr.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char why[256] = "", line[4096];
	struct gyr_live_opts opts = {.sz = sizeof(opts), .events = "getppid", .errbuf = why, .errbuf_sz = sizeof(why)};
	const struct gyr_event *ev;
	struct gyr *g;

	printf("libgyr %s\n", gyr_version());
	if (gyr_open_live(&opts, &g))
		return printf("SKIP: %s\n", why) < 0;
	if (gyr_next(g, &ev, 1000) == 1 && gyr_event_text(ev, line, sizeof(line), 0) > 0)
		puts(line);
	gyr_close(g);
	return 0;
}

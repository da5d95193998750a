// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "losses.h"

struct counter {
	const char *name;
	size_t offset;
};

#define COUNTER(name, field)                                                                                           \
	{                                                                                                              \
		name, offsetof(struct gyr_stats, field)                                                                \
	}

static const struct counter causes[] = {
	COUNTER("ring_full", lost_ring_full), COUNTER("no_ring", lost_no_ring),
	COUNTER("busy", lost_busy),	      COUNTER("bug", lost_bug),
	COUNTER("error", lost_error),	      COUNTER("unread", lost_unread),
};

static const struct counter notes[] = {
	COUNTER("state_only", state_only), COUNTER("user_faults", user_faults),	  COUNTER("compat", compat),
	COUNTER("unknown", unknown),	   COUNTER("rings_opened", rings_opened), COUNTER("sampled_out", sampled_out),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t value(const struct gyr_stats *s, const struct counter *c)
{
	uint64_t val;

	memcpy(&val, (const char *)s + c->offset, sizeof(val));
	return val;
}

static int append(char *buf, size_t size, int len, const struct counter *c, uint64_t val)
{
	return len + snprintf(buf + len, size - len, "%s%s=%" PRIu64, len ? " " : "", c->name, val);
}

void losses_print(const struct gyr_stats *s)
{
	char line[512];
	int len = 0;

	for (size_t i = 0; i < COUNT(notes); i++)
		len = append(line, sizeof(line), len, &notes[i], value(s, &notes[i]));
	dprintf(STDERR_FILENO, "%s\n", line);
	len = 0;
	for (size_t i = 0; i < COUNT(causes); i++)
		len = append(line, sizeof(line), len, &causes[i], value(s, &causes[i]));
	dprintf(STDERR_FILENO, "produced=%" PRIu64 " delivered=%" PRIu64 " lost=%" PRIu64 " %s\n", s->produced,
		s->delivered, s->lost, line);
}

void losses_warn(const struct gyr_stats *s, struct gyr_stats *seen)
{
	uint64_t lost = s->lost - s->lost_unread;
	uint64_t more = lost - (seen->lost - seen->lost_unread);
	char line[512];
	int len = 0;

	if (!more)
		return;
	for (size_t i = 0; i < COUNT(causes); i++) {
		uint64_t val = causes[i].offset == offsetof(struct gyr_stats, lost_unread) ? 0 : value(s, &causes[i]);

		if (val)
			len = append(line, sizeof(line), len, &causes[i], val);
	}
	say("warning: %" PRIu64 " events were lost (%s)%s", lost, line,
	    s->lost_ring_full > seen->lost_ring_full
		    ? ": the output is too slow; choose fewer events with -e, or a larger --buffer."
		    : ".");
	*seen = *s;
}

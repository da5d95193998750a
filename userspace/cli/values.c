// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <string.h>

#include "cli.h"
#include "nearest.h"

#define NS_PER_S 1000000000ULL

/* Digits from *text on, which it moves behind them. strtoull would take blanks, signs and what wraps around. */
static bool take_digits(const char **text, uint64_t *out)
{
	const char *p = *text;
	uint64_t val = 0;

	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(val, 10, &val) || __builtin_add_overflow(val, *p - '0', &val))
			return false;
	}
	*text = p;
	*out = val;
	return true;
}

static bool in_range(uint64_t val, uint64_t min, uint64_t max, uint64_t *out)
{
	if (val < min || val > max)
		return false;
	*out = val;
	return true;
}

bool parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t val;

	return take_digits(&text, &val) && *text == '\0' && in_range(val, min, max, out);
}

bool parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	uint64_t val;

	if (!take_digits(&text, &val))
		return false;
	if (*text) {
		suffix = strchr(suffixes, toupper((unsigned char)*text));
		if (!suffix || text[1] || __builtin_mul_overflow(val, 1ULL << 10 * (suffix - suffixes + 1), &val))
			return false;
	}
	return in_range(val, min, max, out);
}

bool parse_seconds(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ns)
{
	uint64_t val, unit = NS_PER_S;

	if (!take_digits(&text, &val) || __builtin_mul_overflow(val, NS_PER_S, &val))
		return false;
	if (*text == '.' && text[1]) {
		while (isdigit((unsigned char)*++text)) {
			unit /= 10;
			if (__builtin_add_overflow(val, unit * (*text - '0'), &val))
				return false;
		}
	}
	return *text == '\0' && in_range(val, min_ns, max_ns, ns);
}

bool parse_format(const struct cli_command *cmd, const char *name, bool *json)
{
	struct nearest near;
	const char *best;

	*json = strcmp(name, "json") == 0;
	if (*json || strcmp(name, "text") == 0)
		return true;
	nearest_init(&near, name, strlen(name));
	nearest_try(&near, "text");
	nearest_try(&near, "json");
	best = nearest_best(&near);
	if (best)
		usage_error(cmd, "%s: there is no format '%s': did you mean '%s'?", cmd->name, name, best);
	else
		usage_error(cmd, "%s: there is no format '%s'; there are text and json.", cmd->name, name);
	return false;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Options from a table that the help is printed from as well. Not getopt_long: it cannot say which option was meant,
 * and would take the options of CMD for ours.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "nearest.h"

void options_init(struct cli_options *o, const struct cli_command *cmd, int argc, char **argv)
{
	*o = (struct cli_options){.cmd = cmd, .argc = argc, .argv = argv, .next = 1};
}

static int unknown_long(const struct cli_options *o, const char *name, size_t len)
{
	char wanted[64];
	struct nearest near;
	const char *best;

	snprintf(wanted, sizeof(wanted), "%.*s", (int)len, name);
	nearest_init(&near, wanted, strlen(wanted));
	nearest_try(&near, "help");
	for (size_t i = 0; o->cmd->options[i].name; i++)
		nearest_try(&near, o->cmd->options[i].name);
	best = nearest_best(&near);
	if (best)
		usage_error(o->cmd, "%s: there is no option '--%s': did you mean '--%s'?", o->cmd->name, wanted, best);
	else
		usage_error(o->cmd, "%s: there is no option '--%s'.", o->cmd->name, wanted);
	return OPT_ERROR;
}

/* The argument of option i, which was given as `shown`; attached is what follows it in the same word, or NULL. */
static int take_value(struct cli_options *o, int i, const char *shown, const char *attached)
{
	const struct cli_option *opt = &o->cmd->options[i];

	o->value = NULL;
	if (!opt->arg) {
		if (!attached)
			return i;
		usage_error(o->cmd, "%s: option '%s' takes no argument, and got '%s'.", o->cmd->name, shown, attached);
		return OPT_ERROR;
	}
	o->value = attached ? attached : o->next < o->argc ? o->argv[o->next++] : NULL;
	if (o->value)
		return i;
	usage_error(o->cmd, "%s: option '%s' needs an argument, %s.", o->cmd->name, shown, opt->arg);
	return OPT_ERROR;
}

static int next_long(struct cli_options *o, const char *name)
{
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	char shown[64];

	if (len == 4 && !equals && memcmp(name, "help", 4) == 0)
		return OPT_HELP;
	for (size_t i = 0; o->cmd->options[i].name; i++) {
		const char *known = o->cmd->options[i].name;

		if (strlen(known) != len || memcmp(known, name, len) != 0)
			continue;
		snprintf(shown, sizeof(shown), "--%s", known);
		return take_value(o, i, shown, equals ? equals + 1 : NULL);
	}
	return unknown_long(o, name, len);
}

static int next_letter(struct cli_options *o)
{
	char letter = *o->letter++;
	const char *rest = *o->letter ? o->letter : NULL;
	const char shown[] = {'-', letter, '\0'};

	if (!rest)
		o->letter = NULL;
	if (letter == 'h')
		return OPT_HELP;
	for (size_t i = 0; o->cmd->options[i].name; i++) {
		if (o->cmd->options[i].letter != letter)
			continue;
		if (!o->cmd->options[i].arg)
			return take_value(o, i, shown, NULL);
		o->letter = NULL;
		return take_value(o, i, shown, rest);
	}
	usage_error(o->cmd, "%s: there is no option '%s'.", o->cmd->name, shown);
	return OPT_ERROR;
}

int options_next(struct cli_options *o)
{
	const char *word;

	if (o->letter)
		return next_letter(o);
	if (o->next >= o->argc)
		return OPT_END;
	word = o->argv[o->next];
	if (word[0] != '-' || word[1] == '\0')
		return OPT_END;
	o->next++;
	if (word[1] != '-') {
		o->letter = word + 1;
		return next_letter(o);
	}
	if (word[2] == '\0') {
		o->dashes = true;
		return OPT_END;
	}
	return next_long(o, word + 2);
}

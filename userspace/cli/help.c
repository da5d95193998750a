// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "out.h"

#define HELP_COLUMN 24

/* `left` in its column, then the lines of text in theirs. */
static void entry(struct out *o, const char *left, const char *text)
{
	const char *end;

	out_printf(o, "  %-*s", HELP_COLUMN - 2, left);
	if (strlen(left) > HELP_COLUMN - 3)
		out_printf(o, "\n%*s", HELP_COLUMN, "");
	for (;; text = end + 1) {
		end = strchrnul(text, '\n');
		out_printf(o, "%.*s\n", (int)(end - text), text);
		if (!*end)
			return;
		out_printf(o, "%*s", HELP_COLUMN, "");
	}
}

static void option_entry(struct out *o, const struct cli_option *opt)
{
	char letter[5] = "    ", left[64];

	if (opt->letter)
		snprintf(letter, sizeof(letter), "-%c, ", opt->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, opt->name, opt->arg ? " " : "", opt->arg ? opt->arg : "");
	entry(o, left, opt->help);
}

int help_of_command(const struct cli_command *cmd)
{
	static const struct cli_option help = {'h', "help", NULL, "this text"};
	struct out o;

	out_init(&o);
	out_printf(&o, "Usage: gyr %s %s\n\n%s\n\nOptions:\n", cmd->name, cmd->args, cmd->summary);
	for (size_t i = 0; cmd->options[i].name; i++)
		option_entry(&o, &cmd->options[i]);
	option_entry(&o, &help);
	if (cmd->notes)
		out_printf(&o, "\n%s\n", cmd->notes);
	return out_finish(&o);
}

int help_of_all(const struct cli_command *const *cmds, size_t n)
{
	struct out o;

	out_init(&o);
	out_printf(&o, "Usage: gyr COMMAND [OPTIONS]\n\nSystem call events of a Linux host, by eBPF.\n\nCommands:\n");
	for (size_t i = 0; i < n; i++)
		entry(&o, cmds[i]->name, cmds[i]->summary);
	entry(&o, "help [COMMAND]", "This text, or a command's");
	out_printf(&o, "\nOptions:\n");
	entry(&o, "-V, --version", "gyr's version");
	entry(&o, "-h, --help", "this text");
	return out_finish(&o);
}

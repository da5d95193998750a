// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <gyr/gyr.h>

#include "cli.h"
#include "nearest.h"
#include "out.h"

static const struct cli_command *const commands[] = {&tail_command, &list_command, &ps_command, &fds_command,
						     &check_command};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static int unknown_command(const char *name)
{
	struct nearest near;
	const char *best;

	nearest_init(&near, name, strlen(name));
	nearest_try(&near, "help");
	for (size_t i = 0; i < NCOMMANDS; i++)
		nearest_try(&near, commands[i]->name);
	best = nearest_best(&near);
	if (best)
		return usage_error(NULL, "there is no command '%s': did you mean '%s'?", name, best);
	return usage_error(NULL, "there is no command '%s'.", name);
}

static int unknown_option(const char *word)
{
	struct nearest near;
	const char *best;

	nearest_init(&near, word, strlen(word));
	nearest_try(&near, "--help");
	nearest_try(&near, "--version");
	best = nearest_best(&near);
	if (best)
		return usage_error(NULL, "there is no option '%s': did you mean '%s'?", word, best);
	return usage_error(NULL, "there is no option '%s'; options of a command come after it.", word);
}

static int help(int argc, char **argv)
{
	const struct cli_command *cmd;

	if (argc == 0)
		return help_of_all(commands, NCOMMANDS);
	if (argc > 1)
		return usage_error(NULL, "help takes one command, and got also '%s'.", argv[1]);
	cmd = find_command(argv[0]);
	return cmd ? help_of_command(cmd) : unknown_command(argv[0]);
}

static int version(void)
{
	struct out o;

	out_init(&o);
	out_printf(&o, "gyr %s\n", gyr_version());
	return out_finish(&o);
}

/*
 * Closed ones would be given to the next file that is opened, and a map or ring get our output. What they become is not
 * for writing, so that an output that is missing shows.
 */
static void keep_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct cli_command *cmd;

	keep_standard_fds();
	if (argc < 2)
		return usage_error(NULL,
				   "say what to do: 'gyr tail' shows events, 'gyr check' tells what this host can do.");
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return version();
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(0, NULL);
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 2, argv + 2);
	if (argv[1][0] == '-')
		return unknown_option(argv[1]);
	cmd = find_command(argv[1]);
	if (!cmd)
		return unknown_command(argv[1]);
	return cmd->run(cmd, argc - 1, argv + 1);
}

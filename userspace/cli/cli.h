/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the subcommands share: their description, messages, options and numbers. The tool uses the public API only. */
#ifndef GYR_CLI_H
#define GYR_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes; `tail -- CMD` returns CMD's own besides. */
enum { CLI_OK, CLI_FAILURE, CLI_USAGE };

struct cli_option {
	char letter;	  /* 0: long only */
	const char *name; /* long, without the dashes */
	const char *arg;  /* its argument's name in the help; NULL: takes none */
	const char *help; /* '\n' breaks the line */
};

struct cli_command {
	const char *name;
	const char *args; /* as in the usage line */
	const char *summary;
	const char *notes;		  /* under the options in the help; or NULL */
	const struct cli_option *options; /* up to one without a name */
	int (*run)(const struct cli_command *cmd, int argc, char **argv);
};

extern const struct cli_command tail_command, list_command, ps_command, fds_command, check_command;

/* ---- messages (message.c), to stderr ---- */

/* "gyr: ..." and a newline, in one write. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, with where to find help; returns CLI_USAGE. */
int usage_error(const struct cli_command *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Escape sequences are welcome on fd: a terminal that knows them, and NO_COLOR is not set. */
bool colour_wanted(int fd);
/* The locale's characters are UTF-8. */
bool utf8_wanted(void);

/* ---- options (options.c) ---- */

enum { OPT_END = -1, OPT_ERROR = -2, OPT_HELP = -3 };

struct cli_options {
	const struct cli_command *cmd;
	char **argv;
	int argc;
	int next;	    /* index in argv of what is not parsed yet */
	const char *letter; /* within a group of short options */
	const char *value;  /* the argument of the option just returned */
	bool dashes;	    /* ended by "--": what is left is to be taken as it is */
};

/* argv[0] is the subcommand's name. */
void options_init(struct cli_options *o, const struct cli_command *cmd, int argc, char **argv);
/*
 * The next option as an index in cmd->options, or OPT_END at the first operand or after "--". -h and --help are known
 * to every subcommand: OPT_HELP. OPT_ERROR: the message is out already.
 */
int options_next(struct cli_options *o);

/* ---- help (help.c) ---- */

int help_of_command(const struct cli_command *cmd);
int help_of_all(const struct cli_command *const *cmds, size_t n);

/* ---- values (values.c): the whole text must be a number in the range, else false ---- */

bool parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out);
/* Bytes, with K, M or G for powers of 1024. */
bool parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);
/* Seconds with up to 9 decimals, as nanoseconds. */
bool parse_seconds(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ns);

/* "text" or "json", the choice of several subcommands; false: the message is out. */
bool parse_format(const struct cli_command *cmd, const char *name, bool *json);

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static void vsay(const char *hint, const char *fmt, va_list ap)
{
	char line[1024];
	int len;

	len = snprintf(line, sizeof(line), "gyr: ");
	len += vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	/* stderr is not buffered, and a line must not mix with what others write there: CMD, or another gyr. */
	dprintf(STDERR_FILENO, "%.*s%s\n", len, line, hint);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("", fmt, ap);
	va_end(ap);
}

int usage_error(const struct cli_command *cmd, const char *fmt, ...)
{
	char hint[64];
	va_list ap;

	snprintf(hint, sizeof(hint), "\nTry 'gyr%s%s --help'.", cmd ? " " : "", cmd ? cmd->name : "");
	va_start(ap, fmt);
	vsay(hint, fmt, ap);
	va_end(ap);
	return CLI_USAGE;
}

bool colour_wanted(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

bool utf8_wanted(void)
{
	return setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr check: can this host run gyr, and what is missing? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gyr/gyr.h>

#include "cli.h"
#include "out.h"

enum { OPT_PROBE, OPT_BTF, OPT_VERBOSE };

static const struct cli_option options[] = {
	[OPT_PROBE] = {0, "probe", "FILE", "check this probe object instead of the one in the library"},
	[OPT_BTF] = {0, "btf", "FILE", "with the kernel's BTF from this file"},
	[OPT_VERBOSE] = {'v', "verbose", NULL, "show on stderr what libbpf and the verifier say of what fails"},
	{0},
};

static const char *verdict(const struct gyr_check *c)
{
	if (c->ok)
		return "yes";
	return c->required ? "NO" : "no";
}

static const char *verdict_colour(const struct gyr_check *c)
{
	if (c->ok)
		return "\033[32m";
	return c->required ? "\033[1;31m" : "\033[33m";
}

static int print_checks(const struct gyr_check *checks, size_t n)
{
	bool colour = colour_wanted(STDOUT_FILENO);
	size_t missing = 0;
	struct out o;
	int code;

	out_init(&o);
	for (size_t i = 0; i < n; i++) {
		const struct gyr_check *c = &checks[i];

		out_printf(&o, "%-22s %s%-3s%s  %s\n", c->name, colour ? verdict_colour(c) : "", verdict(c),
			   colour ? "\033[0m" : "", c->found);
		if (!c->ok && c->advice[0])
			out_printf(&o, "%-22s      -> %s\n", "", c->advice);
		missing += !c->ok && c->required;
	}
	if (missing)
		out_printf(&o, "\ngyr cannot capture here: %zu of what it needs %s missing (NO above).\n", missing,
			   missing == 1 ? "is" : "are");
	else
		out_printf(&o, "\ngyr can capture here.\n");
	code = out_finish(&o);
	return code ? code : missing ? CLI_FAILURE : CLI_OK;
}

static void on_log(void *ctx, enum gyr_log_level level, const char *msg)
{
	(void)ctx;
	(void)level;
	say("%s", msg);
}

static int run(const struct cli_command *cmd, int argc, char **argv)
{
	struct gyr_check *checks = NULL;
	struct gyr_live_opts live = {.sz = sizeof(live)};
	struct cli_options o;
	int opt, n, code = CLI_FAILURE;

	options_init(&o, cmd, argc, argv);
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_HELP)
			return help_of_command(cmd);
		if (opt == OPT_ERROR)
			return CLI_USAGE;
		if (opt == OPT_PROBE)
			live.probe = o.value;
		else if (opt == OPT_BTF)
			live.btf = o.value;
		else
			live.log = on_log;
	}
	if (o.next < argc)
		return usage_error(cmd, "check: takes no operand, and got '%s'.", argv[o.next]);
	n = gyr_check_host(&live, NULL, 0);
	if (n > 0)
		checks = calloc(n, sizeof(*checks));
	if (checks)
		n = gyr_check_host(&live, checks, n);
	if (checks && n > 0)
		code = print_checks(checks, n);
	else
		say("check: cannot look at this host: %s.", strerror(n < 0 ? -n : ENOMEM));
	free(checks);
	return code;
}

const struct cli_command check_command = {
	.name = "check",
	.args = "[OPTIONS]",
	.summary = "Tell whether this host can run gyr, and what is missing",
	.notes = "Exits with 0 when gyr can capture here as the user who runs it, with 1 when not. NO: required;\n"
		 "no: it captures without, and what is lost is said.\n"
		 "\n"
		 "GYR_PROBE and GYR_BTF name the files when --probe and --btf do not.",
	.options = options,
	.run = run,
};

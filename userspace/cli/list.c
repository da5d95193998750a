// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gyr list: the event types, and the system calls that have none of their own. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <gyr/gyr.h>

#include "cli.h"
#include "nearest.h"
#include "out.h"

enum { OPT_ALL, OPT_OUTPUT };

static const struct cli_option options[] = {
	[OPT_ALL] = {'a', "all", NULL, "also types that are only read from files of other programs"},
	[OPT_OUTPUT] = {'o', "output", "FORMAT", "text (default), or json: one array"},
	{0},
};

struct list {
	struct out out;
	bool all, json, colour;
	char **names; /* only these; all when there are none */
	int nnames;
	size_t printed;
	/* while a name is checked */
	const char *looked_for;
	bool found;
	struct nearest near;
};

/* As in Falco's evt.dir: into the system call, or out of it. */
static const char *direction(const struct gyr_event_info *info)
{
	return info->type % 2 ? "<" : ">";
}

/* The type of every system call without one of its own. */
static bool is_generic(const struct gyr_event_info *info)
{
	return info->type == GYR_EVT_GENERIC_X;
}

/* arg: a name, or a category after @. */
static bool is_named(const char *arg, const struct gyr_event_info *info, const char *name)
{
	return strcmp(arg, name) == 0 || (arg[0] == '@' && strcmp(arg + 1, gyr_category_name(info->category)) == 0);
}

static bool wanted(const struct list *l, const struct gyr_event_info *info, const char *name)
{
	for (int i = 0; i < l->nnames; i++) {
		if (is_named(l->names[i], info, name))
			return true;
	}
	return l->nnames == 0;
}

static void text_param(struct list *l, const struct gyr_param_info *p)
{
	out_printf(&l->out, " %s%s%s:%s", l->colour ? "\033[36m" : "", p->name, l->colour ? "\033[0m" : "",
		   gyr_param_type_name(p->type));
	if (p->flags)
		out_printf(&l->out, "(%s)", p->flags->name);
}

static void text_event(struct list *l, const struct gyr_event_info *info, const char *name)
{
	out_printf(&l->out, "%5u %s %-24s %-10s", info->type, direction(info), name, gyr_category_name(info->category));
	for (uint32_t i = 0; i < info->nparams; i++)
		text_param(l, &info->params[i]);
	out_printf(&l->out, "\n");
}

static void json_values(struct list *l, const struct gyr_flags *flags)
{
	out_printf(&l->out, ",\"table\":\"%s\",\"values\":{", flags->name);
	for (uint32_t i = 0; i < flags->nflags; i++)
		out_printf(&l->out, "%s\"%s\":%" PRIu64, i ? "," : "", flags->flags[i].name, flags->flags[i].value);
	out_printf(&l->out, "}");
}

/* Names are the schema's: identifiers, with nothing in them to escape. */
static void json_event(struct list *l, const struct gyr_event_info *info, const char *name)
{
	out_printf(&l->out,
		   "%s\n{\"type\":%u,\"dir\":\"%s\",\"id\":\"%s\",\"name\":\"%s\",\"category\":\"%s\",\"produced\":%s,"
		   "\"params\":[",
		   l->printed ? "," : "", info->type, direction(info), info->id, name,
		   gyr_category_name(info->category), info->produced ? "true" : "false");
	for (uint32_t i = 0; i < info->nparams; i++) {
		const struct gyr_param_info *p = &info->params[i];

		out_printf(&l->out, "%s{\"name\":\"%s\",\"type\":\"%s\"", i ? "," : "", p->name,
			   gyr_param_type_name(p->type));
		if (p->flags)
			json_values(l, p->flags);
		out_printf(&l->out, "}");
	}
	out_printf(&l->out, "]}");
}

/* Calls back for each event that is to be listed; several may have the same name. */
static void each_event(struct list *l, void (*fn)(struct list *l, const struct gyr_event_info *info, const char *name))
{
	const struct gyr_event_info *info;
	const struct gyr_syscall_info *sc;

	for (size_t i = 0; (info = gyr_event_info_at(i)); i++) {
		if ((info->produced && !is_generic(info)) || l->all)
			fn(l, info, info->name);
	}
	/* Each can be chosen by its name, as those above; with 0, "unknown", what is newer than the table. */
	for (size_t i = 0; (sc = gyr_syscall_at(i)); i++) {
		info = gyr_event_info_by_type(sc->type);
		if (info && is_generic(info) && (sc->nr >= 0 || sc->compat_nr >= 0 || sc->sc == 0))
			fn(l, info, sc->name);
	}
}

static void print_event(struct list *l, const struct gyr_event_info *info, const char *name)
{
	if (!wanted(l, info, name))
		return;
	if (l->json)
		json_event(l, info, name);
	else
		text_event(l, info, name);
	l->printed++;
}

static int print_list(struct list *l)
{
	out_init(&l->out);
	if (l->json)
		out_printf(&l->out, "[");
	else
		out_printf(&l->out, " TYPE   %-24s %-10s PARAMS\n", "NAME", "CATEGORY");
	each_event(l, print_event);
	if (l->json)
		out_printf(&l->out, "\n]\n");
	return out_finish(&l->out);
}

static void look_for(struct list *l, const struct gyr_event_info *info, const char *name)
{
	l->found |= is_named(l->looked_for, info, name);
	nearest_try(&l->near, name);
}

/* A name that is nowhere is a slip, and one that only --all shows would leave an empty list. */
static int check_name(struct list *l, const struct cli_command *cmd, const char *name)
{
	bool all = l->all;
	const char *best;

	l->looked_for = name;
	l->found = false;
	nearest_init(&l->near, name, strlen(name));
	each_event(l, look_for);
	if (l->found)
		return CLI_OK;
	best = nearest_best(&l->near);
	l->all = true;
	each_event(l, look_for);
	l->all = all;
	if (l->found)
		return usage_error(cmd,
				   "list: '%s' is known from capture files, but not captured by this version; "
				   "'gyr list --all' shows it.",
				   name);
	if (name[0] == '@')
		return usage_error(cmd, "list: there is no category '%s'; 'gyr list' shows them all.", name);
	if (best)
		return usage_error(cmd, "list: there is no event '%s': did you mean '%s'?", name, best);
	return usage_error(cmd, "list: there is no event '%s'; 'gyr list' shows them all.", name);
}

static int run(const struct cli_command *cmd, int argc, char **argv)
{
	struct list l = {.colour = colour_wanted(STDOUT_FILENO)};
	struct cli_options o;
	int opt, code;

	options_init(&o, cmd, argc, argv);
	while ((opt = options_next(&o)) != OPT_END) {
		if (opt == OPT_HELP)
			return help_of_command(cmd);
		if (opt == OPT_ERROR)
			return CLI_USAGE;
		if (opt == OPT_ALL)
			l.all = true;
		else if (!parse_format(cmd, o.value, &l.json))
			return CLI_USAGE;
	}
	l.names = argv + o.next;
	l.nnames = argc - o.next;
	for (int i = 0; i < l.nnames; i++) {
		code = check_name(&l, cmd, l.names[i]);
		if (code)
			return code;
	}
	return print_list(&l);
}

const struct cli_command list_command = {
	.name = "list",
	.args = "[OPTIONS] [NAME...]",
	.summary = "List the event types and their params",
	.notes = "With NAMEs, only the events of these names, or of the categories with @ before. All of them can be "
		 "given\n"
		 "to 'gyr tail -e'.",
	.options = options,
	.run = run,
};

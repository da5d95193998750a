// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Options of gyr tail that choose by who made a call: lists, whose words mean "not" with a ! before them. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gyr/wire.h>

#include "tail.h"

#define PID_LIMIT (1 << 22) /* the kernel's PID_MAX_LIMIT of 64-bit hosts */

/* How a word of a list becomes an id: CLI_OK, or an exit code when the message is out. */
typedef int (*read_id_fn)(const struct cli_command *cmd, const char *text, uint32_t *id);

static int no_memory(void)
{
	say("tail: no memory.");
	return CLI_FAILURE;
}

/* The process that a thread belongs to; 0: there is no such thread. -1: unknown. */
static int tgid_of(int tid)
{
	char line[128];
	int tgid = -1;
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%d/status", tid);
	f = fopen(line, "re");
	if (!f)
		return kill(tid, 0) && errno == ESRCH ? 0 : -1;
	while (fgets(line, sizeof(line), f) && sscanf(line, "Tgid: %d", &tgid) != 1)
		;
	fclose(f);
	return tgid;
}

static int read_pid(const struct cli_command *cmd, const char *text, uint32_t *id)
{
	uint64_t pid;
	int tgid;

	if (!parse_u64(text, 1, PID_LIMIT, &pid))
		return usage_error(cmd, "tail: -p takes process ids, numbers from 1 to %d; '%s' is none.", PID_LIMIT,
				   text);
	tgid = tgid_of(pid);
	if (tgid == 0) {
		say("tail: there is no process %d; 'ps -e' lists those that are.", (int)pid);
		return CLI_FAILURE;
	}
	if (tgid > 0 && tgid != (int)pid) {
		say("tail: %d is a thread of process %d; use -p %d, or --tid %d.", (int)pid, tgid, tgid, (int)pid);
		return CLI_FAILURE;
	}
	*id = pid;
	return CLI_OK;
}

static int read_tid(const struct cli_command *cmd, const char *text, uint32_t *id)
{
	uint64_t tid;

	if (!parse_u64(text, 1, PID_LIMIT, &tid))
		return usage_error(cmd, "tail: --tid takes thread ids, numbers from 1 to %d; '%s' is none.", PID_LIMIT,
				   text);
	if (tgid_of(tid) == 0) {
		say("tail: there is no thread %d; 'ps -eL' lists those that are.", (int)tid);
		return CLI_FAILURE;
	}
	*id = tid;
	return CLI_OK;
}

static int read_uid(const struct cli_command *cmd, const char *text, uint32_t *id)
{
	const struct passwd *user;
	uint64_t uid;

	if (parse_u64(text, 0, UINT32_MAX - 1, &uid)) {
		*id = uid;
		return CLI_OK;
	}
	user = *text ? getpwnam(text) : NULL;
	if (!user)
		return usage_error(cmd, "tail: -u takes user ids and names; there is no user '%s'.", text);
	*id = user->pw_uid;
	return CLI_OK;
}

static int add_id(struct gyr_ids *ids, bool out, uint32_t id)
{
	uint32_t *old = (uint32_t *)(out ? ids->out : ids->in);
	size_t *n = out ? &ids->nout : &ids->nin;
	uint32_t *more = reallocarray(old, *n + 1, sizeof(*more));

	if (!more)
		return no_memory();
	more[(*n)++] = id;
	if (out)
		ids->out = more;
	else
		ids->in = more;
	return CLI_OK;
}

#define WORD_ROOM 64

/* The word that ends there. */
static int take_word(const struct cli_command *cmd, const char *word, const char *end, char one[WORD_ROOM])
{
	if (end - word >= WORD_ROOM)
		return usage_error(cmd, "tail: '%.*s...' is too long for a word of a list, %d characters are the most.",
				   16, word, WORD_ROOM - 1);
	memcpy(one, word, (size_t)(end - word));
	one[end - word] = '\0';
	return CLI_OK;
}

static int add_ids(struct gyr_ids *ids, const struct cli_command *cmd, const char *list, read_id_fn read)
{
	const char *end;
	char one[WORD_ROOM] = "";
	uint32_t id = 0;
	int code;

	for (;; list = end + 1) {
		bool out = *list == '!';

		list += out;
		end = strchrnul(list, ',');
		code = take_word(cmd, list, end, one);
		if (!code)
			code = read(cmd, one, &id);
		if (!code)
			code = add_id(ids, out, id);
		if (code || !*end)
			return code;
	}
}

/* One name: there is nothing that could not be in it. */
static int add_name(struct gyr_names *names, const struct cli_command *cmd, const char *name, const char *what)
{
	bool out = *name == '!';
	const char **old = (const char **)(out ? names->out : names->in), **more;
	size_t *n = out ? &names->nout : &names->nin;

	name += out;
	/* Of a name that begins with what means something here, or with a backslash. */
	if (*name == '\\' && (name[1] == '!' || name[1] == '\\'))
		name++;
	if (!*name)
		return usage_error(cmd, "tail: %s, and got none.", what);
	more = reallocarray(old, *n + 1, sizeof(*more));
	if (!more)
		return no_memory();
	more[(*n)++] = name;
	if (out)
		names->out = more;
	else
		names->in = more;
	return CLI_OK;
}

static int set_failed(struct tail_options *t, const struct cli_command *cmd, const char *how)
{
	if (strcmp(how, "no") == 0)
		t->filter.failed = GYR_FAILED_NO;
	else if (strcmp(how, "only") == 0)
		t->filter.failed = GYR_FAILED_ONLY;
	else
		return usage_error(cmd, "tail: --failed takes no or only; '%s' is neither.", how);
	return CLI_OK;
}

/* What gyr_filter_check says of one option alone. */
static int check(const struct cli_command *cmd, const char *option, const struct gyr_filter_opts *f)
{
	char why[256];

	if (!gyr_filter_check(f, why, sizeof(why)))
		return CLI_OK;
	return usage_error(cmd, "tail: %s: %s", option, why);
}

static int set_sample(struct tail_options *t, const struct cli_command *cmd, const char *sample)
{
	if (t->filter.sample)
		return usage_error(cmd, "tail: --sample was given twice; put commas between the names.");
	if (!*sample)
		return usage_error(cmd, "tail: --sample needs NAME:N, and got none.");
	t->filter.sample = sample;
	return check(cmd, "--sample", &(struct gyr_filter_opts){.sz = sizeof(t->filter), .sample = sample});
}

/* "80", "file:0", or several with commas between. */
static int add_snaplen(struct tail_options *t, const struct cli_command *cmd, const char *list)
{
	static const char *const names[GYR_DATA_OF_] = {
		[GYR_DATA_OF_FILE] = "file", [GYR_DATA_OF_INET] = "inet",   [GYR_DATA_OF_UNIX] = "unix",
		[GYR_DATA_OF_PIPE] = "pipe", [GYR_DATA_OF_OTHER] = "other",
	};
	const char *end;
	char one[WORD_ROOM];
	uint64_t num;
	int code;
	size_t i;

	for (;; list = end + 1) {
		char *colon;

		end = strchrnul(list, ',');
		code = take_word(cmd, list, end, one);
		if (code)
			return code;
		colon = strchr(one, ':');
		if (!parse_u64(colon ? colon + 1 : one, 0, GYR_SNAPLEN_MAX, &num))
			return usage_error(
				cmd, "tail: --snaplen takes a number from 0 to %d, or TYPE:N with one; '%s' is none.",
				GYR_SNAPLEN_MAX, one);
		if (!colon) {
			t->filter.snaplen = num ? num : GYR_SNAPLEN_NONE;
		} else {
			*colon = '\0';
			for (i = 0; i < GYR_DATA_OF_ && strcmp(one, names[i]) != 0; i++)
				;
			if (i == GYR_DATA_OF_)
				return usage_error(cmd,
						   "tail: --snaplen knows the types file, inet, unix, pipe and other, "
						   "and not '%s'.",
						   one);
			t->filter.snaplen_of[i] = num ? num : GYR_SNAPLEN_NONE;
		}
		if (!*end)
			return CLI_OK;
	}
}

int tail_filter_apply(struct tail_options *t, const struct cli_command *cmd, enum tail_filter_option opt,
		      const char *value)
{
	struct gyr_filter_opts *f = &t->filter;

	switch (opt) {
	case FILTER_PID:
		return add_ids(&f->pids, cmd, value, read_pid);
	case FILTER_FOLLOW:
		f->follow = true;
		return CLI_OK;
	case FILTER_TID:
		return add_ids(&f->tids, cmd, value, read_tid);
	case FILTER_COMM:
		return add_name(&f->comms, cmd, value, "-c needs the name of a thread");
	case FILTER_UID:
		return add_ids(&f->uids, cmd, value, read_uid);
	case FILTER_CGROUP:
		return add_name(&f->cgroup_trees, cmd, value, "--cgroup needs the path or id of a cgroup");
	case FILTER_CGROUP_ONLY:
		return add_name(&f->cgroups, cmd, value, "--cgroup-only needs the path or id of a cgroup");
	case FILTER_CONTAINER:
		return add_name(&f->containers, cmd, value, "--container needs the begin of a container's id");
	case FILTER_FAILED:
		return set_failed(t, cmd, value);
	case FILTER_SAMPLE:
		return set_sample(t, cmd, value);
	default:
		return add_snaplen(t, cmd, value);
	}
}

int tail_filter_check(const struct tail_options *t, const struct cli_command *cmd)
{
	if (t->filter.follow && !t->filter.pids.nin && !t->filter.pids.nout)
		return usage_error(cmd, "tail: --follow goes with -p.");
	return check(cmd, "cannot choose so", &t->filter);
}

static void free_ids(const struct gyr_ids *ids)
{
	free((void *)ids->in);
	free((void *)ids->out);
}

static void free_names(const struct gyr_names *names)
{
	free((void *)names->in);
	free((void *)names->out);
}

void tail_filter_free(struct tail_options *t)
{
	free_ids(&t->filter.pids);
	free_ids(&t->filter.tids);
	free_ids(&t->filter.uids);
	free_names(&t->filter.comms);
	free_names(&t->filter.cgroups);
	free_names(&t->filter.cgroup_trees);
	free_names(&t->filter.containers);
}

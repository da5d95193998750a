// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The arguments of every system call of the running kernel, as it tells them itself, against the params that the schema
 * makes of them: each has a param of its name, or a line with the reason in live/arguments. With --list the
 * differences are listed, each with its reason.
 */
#include <check.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "calls.h"
#include "harness.h"
#include "run.h"

#define ARGS_MAX   12
#define WORDS_MAX  24
#define REASONS	   16
#define ALIASES	   16
#define DECLARED   2048
#define PARAMS_MAX 512

struct reason {
	char *name, *text;
	unsigned int used;
};

struct declared {
	const struct reason *reason;
	char *call, *what, *params; /* with a blank before each */
	bool optional, used;
	int line;
};

static struct reason reasons[REASONS];
static char *aliases[ALIASES][2];
static struct declared declared[DECLARED];
static size_t nreasons, naliases, ndeclared;
static unsigned int compared, same;
static bool listing;

/* What is wrong, all of it, for one failed check. */
static FILE *wrong;
static char *wrongs;
static size_t wrongs_len;

static char *dup_str(const char *s)
{
	char *to = strdup(s);

	if (!to)
		abort();
	return to;
}

/* ---- live/arguments ---- */

static void add_declared(char **words, size_t n, int line)
{
	struct declared *d = &declared[ndeclared++];
	char params[PARAMS_MAX] = "";
	size_t len = 0;

	ck_assert_msg(ndeclared < DECLARED, "line %d: more lines than there is room for", line);
	for (size_t i = 0; i < nreasons; i++)
		if (!strcmp(reasons[i].name, words[0]))
			d->reason = &reasons[i];
	ck_assert_msg(d->reason && n >= 3, "line %d: no such reason, or too short", line);
	d->line = line;
	d->call = dup_str(words[1]);
	d->optional = words[2][0] == '?';
	d->what = dup_str(words[2] + d->optional);
	for (size_t i = 3; i < n; i++)
		len += (size_t)snprintf(params + len, sizeof(params) - len, " %s", words[i]);
	d->params = dup_str(params);
}

static void read_line(char *text, int line)
{
	char *words[WORDS_MAX], *rest = text, *word;
	size_t n = 0;

	if (!strncmp(text, "reason ", 7)) {
		word = strtok_r(text + 7, " ", &rest);
		ck_assert(nreasons < REASONS);
		reasons[nreasons++] = (struct reason){dup_str(word), dup_str(rest), 0};
		return;
	}
	while (n < WORDS_MAX && (word = strtok_r(n ? NULL : text, " ", &rest)))
		words[n++] = word;
	if (n == 3 && !strcmp(words[0], "alias")) {
		ck_assert(naliases < ALIASES);
		aliases[naliases][0] = dup_str(words[1]);
		aliases[naliases++][1] = dup_str(words[2]);
	} else if (n) {
		add_declared(words, n, line);
	}
}

static void read_declared(void)
{
	FILE *f = fopen(TEST_DIR "/live/arguments", "re");
	char text[PARAMS_MAX];

	ck_assert_msg(f, "%s/live/arguments: %s", TEST_DIR, strerror(errno));
	for (int line = 1; fgets(text, sizeof(text), f); line++) {
		text[strcspn(text, "\n")] = 0;
		if (text[0] != '#')
			read_line(text, line);
	}
	fclose(f);
}

static struct declared *find_declared(const char *call, const char *what)
{
	for (size_t i = 0; i < ndeclared; i++)
		if (!strcmp(declared[i].call, call) && !strcmp(declared[i].what, what))
			return &declared[i];
	return NULL;
}

/* ---- the kernel's own ---- */

/* In a mount namespace of this process: nobody else sees anything of it. */
static bool mount_tracefs(char *dir)
{
	if (!mkdtemp(dir))
		return false;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tracefs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL)) {
		rmdir(dir);
		return false;
	}
	return true;
}

/* "\tfield:const char * filename;\toffset:16;\tsize:8;\tsigned:0;". What is beside the arguments has no 8 bytes. */
static bool read_field(char *line, char *name, size_t size)
{
	char *end = strchr(line, ';'), *at;
	int off, bytes;

	if (strncmp(line, "\tfield:", 7) != 0 || !end || strstr(line, "__data_loc"))
		return false;
	if (sscanf(end, ";\toffset:%d;\tsize:%d;", &off, &bytes) != 2 || off < 16 || bytes != 8)
		return false;
	*end = 0;
	at = strrchr(line, ' ');
	ck_assert(at);
	while (at[1] == '*')
		at++;
	snprintf(name, size, "%s", at + 1);
	return true;
}

static size_t read_format(const char *dir, const char *call, char (*args)[64])
{
	char path[512], line[512];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/sys_enter_%s/format", dir, call);
	f = fopen(path, "re");
	ck_assert_msg(f, "%s: %s", path, strerror(errno));
	while (n < ARGS_MAX && fgets(line, sizeof(line), f))
		n += read_field(line, args[n], sizeof(args[n]));
	fclose(f);
	return n;
}

/* ---- the comparison ---- */

static bool is_made_of(const struct call_param *p, size_t arg)
{
	for (size_t i = 0; i < p->nfrom; i++)
		if (p->from[i].what == CALL_FROM_ARG && p->from[i].value == (int64_t)arg)
			return true;
	return false;
}

static const char *without_underscores(const char *name)
{
	return name + strspn(name, "_");
}

static const struct call_param *find_param(const struct call_spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->nparams; i++)
		if (!strcmp(spec->params[i].name, name))
			return &spec->params[i];
	return NULL;
}

static void use(struct declared *d, const char *call)
{
	d->used = true;
	((struct reason *)d->reason)->used++;
	if (listing)
		printf("%s(%s):%s: %s\n", call, d->what, *d->params ? d->params : " not shown", d->reason->text);
}

/* Of an event that the driver's own code makes only the names can be compared: what is declared must be there. */
static void compare_declared(const struct call_spec *spec, size_t arg, const char *name, bool by_hand)
{
	struct declared *d = find_declared(spec->name, name);
	char params[PARAMS_MAX] = "", list[PARAMS_MAX], *rest = list;
	size_t len = 0;

	for (size_t i = 0; i < spec->nparams; i++)
		if (is_made_of(&spec->params[i], arg))
			len += (size_t)snprintf(params + len, sizeof(params) - len, " %s", spec->params[i].name);
	if (!d) {
		fprintf(wrong,
			"\n  %s: argument %zu, %s:%s: no param has its name, and no line of live/arguments says why",
			spec->name, arg + 1, name, *params ? params : " it is in no param");
		return;
	}
	use(d, spec->name);
	if (!by_hand && strcmp(params, d->params) != 0)
		fprintf(wrong, "\n  line %d: %s: of %s are made:%s", d->line, spec->name, name, params);
	snprintf(list, sizeof(list), "%s", d->params);
	for (char *word; (word = strtok_r(NULL, " ", &rest));)
		if (!find_param(spec, word))
			fprintf(wrong, "\n  line %d: %s has no param %s", d->line, spec->name, word);
}

static void compare_params(const struct call_spec *spec, size_t nargs, char (*args)[64])
{
	for (size_t i = 0; i < spec->nparams; i++) {
		const struct call_param *p = &spec->params[i];
		struct declared *d;
		bool made =
			i == 0 && (p->form == CALL_RET || p->form == CALL_OTHER || p->from[0].what == CALL_FROM_RET);
		char what[72];

		for (size_t arg = 0; arg < 6; arg++) {
			if (!is_made_of(p, arg))
				continue;
			made = true;
			if (arg >= nargs)
				fprintf(wrong, "\n  %s: %s is made of argument %zu; there are %zu", spec->name, p->name,
					arg + 1, nargs);
		}
		/* Of an event that the driver's own code makes: by name, or as a line says. */
		for (size_t arg = 0; arg < nargs && p->form == CALL_OTHER; arg++) {
			d = find_declared(spec->name, args[arg]);
			snprintf(what, sizeof(what), " %s ", p->name);
			made |= !strcmp(args[arg], p->name);
			if (d) {
				char list[PARAMS_MAX];

				snprintf(list, sizeof(list), "%s ", d->params);
				made |= strstr(list, what) != NULL;
			}
		}
		if (made)
			continue;
		snprintf(what, sizeof(what), "+%s", p->name);
		d = find_declared(spec->name, what);
		if (d)
			use(d, spec->name);
		else
			fprintf(wrong, "\n  %s: %s is made of no argument, and no line of live/arguments says why",
				spec->name, p->name);
	}
}

static void check_needed(const struct call_spec *spec, size_t nargs, char (*args)[64])
{
	for (size_t i = 0; i < ndeclared; i++) {
		const struct declared *d = &declared[i];
		bool there = d->what[0] == '+';

		if (d->used || strcmp(d->call, spec->name) != 0)
			continue;
		for (size_t arg = 0; arg < nargs; arg++)
			there |= !strcmp(args[arg], d->what);
		if (there || !d->optional)
			fprintf(wrong, "\n  line %d: %s %s is not needed", d->line, d->call, d->what);
	}
}

/* What has a call cannot be older than the kernel that brought it, as the schema has it. */
static void check_since(const struct call_spec *spec)
{
	int major, minor;

	if (sscanf(spec->since, "%d.%d", &major, &minor) != 2 || live_kernel_before(major, minor))
		fprintf(wrong, "\n  %s is here, and kernels.json says that it is there since %s", spec->name,
			*spec->since ? spec->since : "never");
}

static void compare(const char *dir, const char *call)
{
	const struct call_spec *spec = NULL;
	const char *name = call;
	char args[ARGS_MAX][64];
	size_t nargs = read_format(dir, call, args);
	bool by_hand;

	for (size_t i = 0; i < naliases; i++)
		if (!strcmp(aliases[i][0], call))
			name = aliases[i][1];
	for (size_t i = 0; i < call_nspecs; i++)
		if (!strcmp(call_specs[i].name, name))
			spec = &call_specs[i];
	if (!spec) {
		fprintf(wrong, "\n  this kernel has %s, and filler-gen/schema/syscalls.json does not", name);
		return;
	}
	compared++;
	check_since(spec);
	by_hand = spec->nparams && spec->params[0].form == CALL_OTHER;
	for (size_t arg = 0; arg < nargs; arg++) {
		const struct call_param *p = find_param(spec, without_underscores(args[arg]));

		if (p && (by_hand || is_made_of(p, arg)) && !find_declared(name, args[arg]))
			same++;
		else
			compare_declared(spec, arg, args[arg], by_hand);
	}
	compare_params(spec, nargs, args);
	check_needed(spec, nargs, args);
}

static char tracefs[] = "/tmp/gyr-arguments-XXXXXX";

START_TEST(as_the_kernel_says)
{
	char dir[128];
	const struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/events/syscalls", tracefs);
	d = opendir(dir);
	ck_assert_msg(d, "%s: %s", dir, strerror(errno));
	wrong = open_memstream(&wrongs, &wrongs_len);
	ck_assert(wrong);
	read_declared();
	while ((e = readdir(d)))
		if (!strncmp(e->d_name, "sys_enter_", 10))
			compare(dir, e->d_name + 10);
	closedir(d);
	fclose(wrong);
	printf("%u system calls of this kernel compared: %u arguments have params of their names", compared, same);
	for (size_t i = 0; i < nreasons; i++)
		printf("; %u: %s", reasons[i].used, reasons[i].text);
	printf("\n");
	ck_assert_msg(compared > 250, "only %u system calls in %s", compared, dir);
	ck_assert_msg(wrongs_len == 0, "%s", wrongs);
	free(wrongs);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("arguments");
	TCase *tc = tcase_create("arguments");
	char path[128];
	int status;

	listing = argc > 1 && !strcmp(argv[1], "--list");
	if (!live_possible("arguments"))
		return LIVE_SKIP;
	if (!mount_tracefs(tracefs)) {
		printf("arguments: skipped: no tracefs here: %s\n", strerror(errno));
		return LIVE_SKIP;
	}
	snprintf(path, sizeof(path), "%s/events/syscalls", tracefs);
	if (access(path, R_OK)) {
		printf("arguments: skipped: this kernel has no tracepoints for system calls "
		       "(CONFIG_FTRACE_SYSCALLS)\n");
		status = LIVE_SKIP;
	} else {
		tcase_add_test(tc, as_the_kernel_says);
		suite_add_tcase(suite, tc);
		status = run_suite(suite);
	}
	umount(tracefs);
	rmdir(tracefs);
	return status;
}

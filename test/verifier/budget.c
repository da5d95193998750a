// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * budget OBJECT KIND TABLE: what the verifier of this kernel goes through for each program of a probe object. Fails
 * when a program takes more than half of what the kernel allows, or a fifth more than the committed table says, or is
 * not in it. The table has a column for each kernel series and kind of object; on a kernel without one only the limit
 * counts.
 *
 * Prints a line "budget ARCH PROGRAM SERIES/KIND COUNT" for each, from which test/verifier/update.sh makes the table.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "live/try.h"

#define LIMIT_SHARE  2	 /* of the kernel's limit: a half */
#define GROWTH	     1.2 /* of what the table says */
#define LOG_STATS    4	 /* BPF_LOG_STATS of include/linux/bpf_verifier.h: a summary, and nothing else */
#define LOG_SIZE     4096
#define PROGRAMS_MAX 1024

struct program {
	struct bpf_program *prog;
	char log[LOG_SIZE];
};

struct table {
	char *text;
	char *rows[PROGRAMS_MAX];
	size_t nrows;
	int column; /* 1: the first after the name; 0: none for this kernel */
};

static struct program programs[PROGRAMS_MAX];
static size_t nprograms;
static int failed;

#define FAIL(...) (printf("FAILED: " __VA_ARGS__), putchar('\n'), failed = 1)

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (f) {
		if (getdelim(&text, &size, '\0', f) < 0) {
			free(text);
			text = NULL;
		}
		fclose(f);
	}
	return text;
}

static int find_column(char *header, const char *wanted)
{
	char *rest, *word = strtok_r(header, " ", &rest);

	for (int i = 0; word; i++, word = strtok_r(NULL, " ", &rest)) {
		if (!strcmp(word, wanted))
			return i;
	}
	return 0;
}

static void table_read(struct table *t, const char *path, const char *column)
{
	char *line, *rest;

	t->text = read_file(path);
	if (!t->text)
		return;
	for (line = strtok_r(t->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '#')
			continue;
		if (t->nrows < PROGRAMS_MAX)
			t->rows[t->nrows++] = line;
	}
	if (t->nrows)
		t->column = find_column(t->rows[0], column);
}

/* -1: the program has no row, or no count in it. */
static long table_count(const struct table *t, const char *name)
{
	size_t len = strlen(name);
	const char *word;

	for (size_t i = 1; i < t->nrows; i++) {
		if (strncmp(t->rows[i], name, len) != 0 || t->rows[i][len] != ' ')
			continue;
		word = t->rows[i];
		for (int c = 0; c < t->column; c++) {
			word += strcspn(word, " ");
			word += strspn(word, " ");
		}
		return *word && *word != '-' ? strtol(word, NULL, 10) : -1;
	}
	return -1;
}

static void judge(const struct program *p, const struct table *t, const char *column)
{
	const char *name = bpf_program__name(p->prog);
	const char *said = p->log;
	long count, limit, before;

	/* 7.x also says how it is made up: "insns processed 2874+997". */
	do
		said = strstr(said + 1, "processed ");
	while (said && sscanf(said, "processed %ld insns (limit %ld)", &count, &limit) != 2);
	if (!said) {
		FAIL("%s: the verifier does not say how much it went through: %s", name, p->log);
		return;
	}
	printf("budget " GYR_ARCH " %s %s %ld\n", name, column, count);
	if (count > limit / LIMIT_SHARE)
		FAIL("%s: %ld instructions verified, of %ld that the kernel allows", name, count, limit);
	if (!t->column)
		return;
	before = table_count(t, name);
	if (before < 0)
		FAIL("%s is not in the table for %s: test/verifier/update.sh", name, column);
	else if ((double)count > GROWTH * (double)before)
		FAIL("%s: %ld instructions verified, %ld before: find out why; test/verifier/update.sh if it has to be",
		     name, count, before);
}

/*
 * Not every kernel has all of io_uring's tracepoints, and of page faults only x86 has: a program for one is for kernels
 * that have it.
 */
static bool is_for_this_kernel(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog), *name = strstr(section, "io_uring_");

	if (!name)
		name = strstr(section, "page_fault_");
	return !name || try_tracepoint(name) == 0;
}

/* btf: of the kernel, from a file; NULL: from the kernel. */
static int load(const char *path, const char *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	struct bpf_object *obj = bpf_object__open_file(path, &opts);
	struct bpf_program *prog;

	if (!obj) {
		FAIL("%s: %s", path, strerror(errno));
		return -1;
	}
	bpf_object__for_each_program(prog, obj)
	{
		struct program *p = &programs[nprograms];

		if (!is_for_this_kernel(prog)) {
			bpf_program__set_autoload(prog, false);
			continue;
		}
		if (++nprograms == PROGRAMS_MAX)
			break;
		p->prog = prog;
		bpf_program__set_log_level(prog, LOG_STATS);
		bpf_program__set_log_buf(prog, p->log, sizeof(p->log));
	}
	if (bpf_object__load(obj)) {
		FAIL("%s does not load: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct table t = {0};
	unsigned int major, minor;
	struct utsname u;
	char column[64];
	bool nobtf;

	if (argc != 4) {
		fputs("usage: budget OBJECT KIND TABLE\n", stderr);
		return 2;
	}
	if (geteuid() != 0) {
		puts("SKIP: needs root");
		return 77;
	}
	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return 1;
	if (strstr(argv[2], "-preempt") && (major < 5 || (major == 5 && minor < 15))) {
		puts("SKIP: that build needs bpf_task_pt_regs, which came with 5.15");
		return 77;
	}
	nobtf = strstr(argv[2], "-nobtf");
	if (!nobtf && access("/sys/kernel/btf/vmlinux", R_OK)) {
		puts("SKIP: that build needs a kernel with BTF");
		return 77;
	}
	snprintf(column, sizeof(column), "%u.%u/%s", major, minor, argv[2]);
	table_read(&t, argv[3], column);
	if (!t.column && getenv("GYR_VM_CONTROL")) /* a guest of test/vm, whose kernels the table is about */
		FAIL("%s has no column %s: test/verifier/update.sh", argv[3], column);
	if (load(argv[1], nobtf ? getenv("GYR_BTF") : NULL) == 0) {
		for (size_t i = 0; i < nprograms; i++)
			judge(&programs[i], &t, column);
	}
	free(t.text);
	return failed;
}

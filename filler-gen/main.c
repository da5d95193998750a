// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Makes the driver's fillers, the library's tables and the reference from the schema. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "product.h"
#include "schema.h"

#define EXIT_USAGE 2

static const struct {
	const char *name;
	void (*emit)(FILE *out, const struct schema *s);
} products[] = {
	{"gyr/event_types.h", emit_types}, {"event_table.gen.c", emit_table}, {"wire_values.gen.h", emit_values},
	{"structs.gen.c", emit_structs},   {"convert.gen.h", emit_convert},   {"fillers.gen.h", emit_fillers},
	{"calls.gen.c", emit_calls},	   {"events.md", emit_docs},
};
#define NPRODUCTS (sizeof(products) / sizeof(products[0]))

static int usage(FILE *out, int status)
{
	fputs("usage: filler-gen --schema DIR [--whole] [--arch ARCH] [--out DIR]\n"
	      "Checks the schema; with --out, makes of it what driver and library are built with:\n",
	      out);
	for (size_t i = 0; i < NPRODUCTS; i++)
		fprintf(out, "  %s\n", products[i].name);
	fputs("--whole: a system call without an event of its own, or without a kernel that added it, is an error.\n"
	      "ARCH is one of:",
	      out);
	for (int i = 0; word_archs[i].name; i++)
		fprintf(out, " %s", word_archs[i].name);
	fputs(" (the first if not said)\n", out);
	return status;
}

/* All products are made before the first is written. */
static int write_products(const struct schema *s, const char *dir)
{
	char *data[NPRODUCTS] = {NULL};
	size_t len[NPRODUCTS];
	int err = 0;

	for (size_t i = 0; i < NPRODUCTS && !err; i++) {
		FILE *out = open_memstream(&data[i], &len[i]);

		if (out) {
			products[i].emit(out, s);
			err = ferror(out) | fclose(out);
		}
		if (!out || err) {
			fprintf(stderr, "filler-gen: %s: out of memory\n", products[i].name);
			err = -1;
		}
	}
	for (size_t i = 0; i < NPRODUCTS && !err; i++)
		err = product_write(dir, products[i].name, data[i], len[i]);
	for (size_t i = 0; i < NPRODUCTS; i++)
		free(data[i]);
	return err;
}

static int run(const char *schema_dir, const char *out_dir, int arch, bool whole)
{
	struct schema s = {.whole = whole};
	int err = 0;

	if (!schema_load(&s, schema_dir, arch)) {
		fprintf(stderr, "filler-gen: %s: %u error%s, nothing written\n", schema_dir, s.errors,
			s.errors == 1 ? "" : "s");
		err = -1;
	} else if (out_dir) {
		err = write_products(&s, out_dir);
	}
	schema_free(&s);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"schema", required_argument, NULL, 's'}, {"out", required_argument, NULL, 'o'},
		{"arch", required_argument, NULL, 'a'},	  {"whole", no_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},	  {NULL, 0, NULL, 0},
	};
	const char *schema_dir = NULL, *out_dir = NULL;
	bool whole = false;
	int arch = 0, opt;

	while ((opt = getopt_long(argc, argv, "s:o:a:wh", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			schema_dir = optarg;
			break;
		case 'o':
			out_dir = optarg;
			break;
		case 'a':
			arch = word_find(word_archs, optarg);
			if (arch < 0) {
				fprintf(stderr, "filler-gen: unknown architecture \"%s\"\n", optarg);
				return usage(stderr, EXIT_USAGE);
			}
			break;
		case 'w':
			whole = true;
			break;
		case 'h':
			return usage(stdout, EXIT_SUCCESS);
		default:
			return usage(stderr, EXIT_USAGE);
		}
	}
	if (!schema_dir || optind < argc) {
		fputs(schema_dir ? "filler-gen: arguments that are no options\n" : "filler-gen: --schema is missing\n",
		      stderr);
		return usage(stderr, EXIT_USAGE);
	}
	return run(schema_dir, out_dir, arch, whole);
}

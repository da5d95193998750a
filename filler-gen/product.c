// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "product.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"

static bool holds(const char *path, const char *data, size_t len)
{
	FILE *f = fopen(path, "re");
	char buf[4096];
	size_t n, pos = 0;

	if (!f)
		return false;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		if (n > len - pos || memcmp(buf, data + pos, n) != 0)
			break;
		pos += n;
	}
	fclose(f);
	return n == 0 && pos == len;
}

static int make_parents(char *path)
{
	for (char *p = path; (p = strchr(p + 1, '/'));) {
		int err;

		*p = '\0';
		err = mkdir(path, 0777) && errno != EEXIST;
		*p = '/';
		if (err)
			return -1;
	}
	return 0;
}

int product_write(const char *dir, const char *name, const char *data, size_t len)
{
	char *path = xasprintf("%s/%s", dir, name);
	char *tmp = xasprintf("%s.%ld.tmp", path, (long)getpid());
	FILE *f = NULL;
	int ret = 0;

	if (holds(path, data, len))
		goto out;
	ret = -1;
	if (make_parents(path))
		goto out;
	f = fopen(tmp, "we");
	if (!f)
		goto out;
	ret = fwrite(data, 1, len, f) == len ? 0 : -1;
	if (fclose(f))
		ret = -1;
	if (!ret)
		ret = rename(tmp, path);
out:
	if (ret) {
		fprintf(stderr, "filler-gen: %s: %s\n", path, strerror(errno));
		if (f)
			unlink(tmp);
	}
	free(tmp);
	free(path);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "live/verifier_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/mman.h>

#include "live/libbpf_print.h"

/*
 * libbpf says that an object did not load, but not which program of it; it loads them one after another though, asks
 * for a log of the one that failed only, and goes no further. So each has a buffer of its own. Before 6.4 a kernel
 * fills it from the start and stops: it is large, and what is not written to takes no memory. But it takes address
 * space, over 1 GiB of all programs, and memory where pages are locked (mlockall) or no more promised than there are
 * (vm.overcommit_memory=2): nothing that an open should take when all goes well.
 */
#define LOG_BYTES (4u << 20)

static char *next_log(const struct verifier_log *log, size_t *used)
{
	char *text = log->text + *used;

	*used += LOG_BYTES;
	return text;
}

void verifier_log_begin(struct verifier_log *log, const struct bpf_object *obj, bool keep)
{
	struct bpf_program *prog;
	size_t used = 0;

	log->obj = obj;
	log->text = NULL;
	log->size = 0;
	if (!keep) {
		bpf_object__for_each_program(prog, obj)
			bpf_program__set_log_buf(prog, log->dropped, sizeof(log->dropped));
		return;
	}
	bpf_object__for_each_program(prog, obj) if (bpf_program__autoload(prog)) log->size += LOG_BYTES;
	log->text = mmap(NULL, log->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (log->text == MAP_FAILED) {
		log->text = NULL;
		return;
	}
	bpf_object__for_each_program(prog, obj) if (bpf_program__autoload(prog))
		bpf_program__set_log_buf(prog, next_log(log, &used), LOG_BYTES);
}

bool verifier_log_culprit(const struct verifier_log *log, struct gyr_diag *d, char *name, size_t size)
{
	struct bpf_program *prog;
	size_t used = 0;
	char *text;

	if (!log->text)
		return false;
	bpf_object__for_each_program(prog, log->obj)
	{
		if (!bpf_program__autoload(prog))
			continue;
		text = next_log(log, &used);
		if (!*text)
			continue;
		text[LOG_BYTES - 1] = '\0';
		snprintf(name, size, "%s", bpf_program__name(prog));
		log_lines(d, name, text);
		return true;
	}
	return false;
}

void verifier_log_end(struct verifier_log *log)
{
	if (log->text)
		munmap(log->text, log->size);
}

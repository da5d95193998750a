/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* mmap, munmap, mprotect, brk. */
#include <sys/mman.h>

#include "harness.h"
#include "wire_values.h"

#define PAGE 4096L

#define SWAP_AND_RSS RANGE("vm_rss", 1, 1 << 30), RANGE("vm_swap", 0, 1 << 30)

static void mmap_ok(void)
{
	long at = call(SYS_mmap, 0L, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0L);
	uint64_t size = live_vm_size();
	int fd;

	SEE(161, "mmap", I("res", at), I("vm_size", size), SWAP_AND_RSS, I("addr", 0), I("length", 5 * PAGE),
	    I("prot", W_PROT_READ | W_PROT_WRITE), I("flags", W_MAP_PRIVATE | W_MAP_ANONYMOUS | W_MAP_NORESERVE),
	    I("fd", -1), I("offset", 0));
	fd = open("/proc/self/exe", O_RDONLY);
	NEED(fd >= 0);
	NEED(at > 0);
	at = call(SYS_mmap, at + PAGE, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
		  PAGE);
	SEE(161, "mmap", I("res", at), I("vm_size", size), SWAP_AND_RSS, I("addr", at), I("length", 2 * PAGE),
	    I("prot", W_PROT_READ | W_PROT_EXEC), I("flags", W_MAP_SHARED | W_MAP_FIXED | W_MAP_POPULATE), I("fd", fd),
	    I("offset", PAGE));
}

static void mmap_fails(void)
{
	long at = call(SYS_mmap, 0L, PAGE, PROT_READ, MAP_PRIVATE, -1, 0L);

	SEE(161, "mmap", I("res", at), RANGE("vm_size", 100, 1ull << 36), SWAP_AND_RSS, I("addr", 0), I("length", PAGE),
	    I("prot", W_PROT_READ), I("flags", W_MAP_PRIVATE), I("fd", -1), I("offset", 0));
	at = call(SYS_mmap, 1L, 0L, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
	SEE(161, "mmap", I("res", at), RANGE("vm_size", 100, 1ull << 36), SWAP_AND_RSS, I("addr", 1), I("length", 0),
	    I("prot", 0), I("flags", W_MAP_PRIVATE | W_MAP_ANONYMOUS), I("fd", -1), I("offset", 0));
}

static void munmap_both(void)
{
	void *at = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t size;
	long res;

	/* Reading /proc makes libc's heap as large as it will be: from here on only munmap changes the size. */
	live_vm_size();
	size = live_vm_size();
	res = call(SYS_munmap, at, 3 * PAGE);
	SEE(165, "munmap", I("res", res), I("vm_size", size - 3 * PAGE / 1024), SWAP_AND_RSS, I("addr", at),
	    I("length", 3 * PAGE));
	res = call(SYS_munmap, 1L, PAGE);
	SEE(165, "munmap", I("res", res), I("vm_size", size - 3 * PAGE / 1024), SWAP_AND_RSS, I("addr", 1),
	    I("length", PAGE));
}

static void mprotect_both(void)
{
	void *at = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	SEE(329, "mprotect", I("res", call(SYS_mprotect, at, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC)), I("addr", at),
	    I("length", PAGE), I("prot", W_PROT_READ | W_PROT_WRITE | W_PROT_EXEC));
	SEE(329, "mprotect", I("res", call(SYS_mprotect, 1L, PAGE, PROT_NONE)), I("addr", 1), I("length", PAGE),
	    I("prot", 0));
}

static void brk_both(void)
{
	long now = call(SYS_brk, 0L), up;
	uint64_t size = live_vm_size();

	SEE(159, "brk", I("res", now), I("vm_size", size), SWAP_AND_RSS, I("addr", 0));
	up = call(SYS_brk, now + 16 * PAGE);
	SEE(159, "brk", I("res", now + 16 * PAGE), I("vm_size", size + 64), SWAP_AND_RSS, I("addr", now + 16 * PAGE));
	NEED(up == now + 16 * PAGE);
	/* A break that cannot be is answered with the old one. */
	up = call(SYS_brk, 1L);
	SEE(159, "brk", I("res", now + 16 * PAGE), I("vm_size", size + 64), SWAP_AND_RSS, I("addr", 1));
	NEED(up == now + 16 * PAGE);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(mmap_ok), CASE(mmap_fails), CASE(munmap_both), CASE(mprotect_both), CASE(brk_both),
	};

	return live_family("memory", cases, sizeof(cases) / sizeof(cases[0]));
}

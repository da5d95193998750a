/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of CPUs, and what is told of CPUs that come and go. */
#include <check.h>
#include <string.h>

#include "live/hotplug.h"
#include "run.h"

#define NCPUS 12

static const struct {
	const char *list, *set; /* a character a CPU */
} lists[] = {
	{"0\n", "x..........."},  {"0-11\n", "xxxxxxxxxxxx"},	   {"0-1,3,5-6,10\n", "xx.x.xx...x."},
	{"11\n", "...........x"}, {"9-400,500\n", ".........xxx"}, {"\n", "............"},
	{"", "............"},	  {"2,", "..x........."},	   {"nonsense", "............"},
};

START_TEST(list_is_read)
{
	bool set[NCPUS];

	memset(set, 1, sizeof(set));
	cpu_list_parse(lists[_i].list, set, NCPUS);
	for (int cpu = 0; cpu < NCPUS; cpu++)
		ck_assert_msg(set[cpu] == (lists[_i].set[cpu] == 'x'), "\"%s\": CPU %d", lists[_i].list, cpu);
}
END_TEST

/* Byte by byte, as the page about the format has it. */
START_TEST(notes_are_frames_in_order)
{
	static const uint8_t went[] = {
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* time */
		0,    0,    0,	  0,	0,    0,    0,	  0,	/* thread */
		38,   0,    0,	  0,				/* bytes */
		244,  0,					/* type */
		2,    0,    0,	  0,				/* params */
		4,    0,    4,	  0,				/* their lengths */
		7,    0,    0,	  0,				/* cpu */
		2,    0,    0,	  0,				/* action: gone */
	};
	struct hotplug h = {.fd = -1, .uevents = -1};

	ck_assert_int_eq(hotplug_open(&h, NCPUS), 0);
	ck_assert(!hotplug_fill(&h));
	hotplug_note(&h, 0x1122334455667788, 7, CPU_WENT);
	hotplug_note(&h, 0x1122334455667789, 7, CPU_CAME);
	ck_assert(hotplug_fill(&h));
	ck_assert_uint_eq(h.ring.ts, 0x1122334455667788);
	ck_assert_uint_eq(h.ring.cpu, 7);
	ck_assert_int_eq(h.ring.end - h.ring.pos, sizeof(went));
	ck_assert_mem_eq(h.ring.pos, went, sizeof(went));
	ck_assert(hotplug_fill(&h));
	ck_assert_uint_eq(h.ring.ts, 0x1122334455667789);
	ck_assert_uint_eq(h.ring.pos[34], 1);
	ck_assert(!hotplug_fill(&h));
	hotplug_close(&h);
}
END_TEST

START_TEST(notes_that_nobody_reads_are_counted)
{
	struct hotplug h = {.fd = -1, .uevents = -1};
	uint64_t n = 0;

	ck_assert_int_eq(hotplug_open(&h, NCPUS), 0);
	for (int i = 0; i < 1000; i++)
		hotplug_note(&h, (uint64_t)i, 1, CPU_WENT);
	while (hotplug_fill(&h)) {
		ck_assert_uint_eq(h.ring.ts, n); /* the oldest are kept */
		n++;
	}
	ck_assert_uint_ge(n, 2 * NCPUS);
	ck_assert_uint_eq(h.noted, 1000);
	ck_assert_uint_eq(h.lost, 1000 - n);
	hotplug_close(&h);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpus");
	TCase *tc = tcase_create("cpus");

	tcase_add_loop_test(tc, list_is_read, 0, sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(tc, notes_are_frames_in_order);
	tcase_add_test(tc, notes_that_nobody_reads_are_counted);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

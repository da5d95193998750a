/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Included by cppcheck before every file: macros of headers that it does not read, without which it cannot parse. */
#define LIBBPF_OPTS(type, name, ...)		   struct type name = {0}
#define bpf_object__for_each_program(program, obj) while ((program = bpf_object__next_program(obj, program)))
#define bpf_object__for_each_map(map, obj)	   while ((map = bpf_object__next_map(obj, map)))
#define cJSON_ArrayForEach(item, array)		   for (item = (array)->child; item; item = item->next)
#define START_TEST(name)			   static void name(int _i)
#define END_TEST

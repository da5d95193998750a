// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the tables cost: frames from memory to events with their context, and bytes of a large host. No kernel is asked.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "mix.h"

#define ROUNDS_MAX	101
#define MIX_EVENTS	1000000
#define KIND_EVENTS	50000 /* those that change nothing, so that they can be as many */
#define BIRTHS		2000
#define TARGET_MILLIONS 17

#define HOST_PROCS	   12500
#define HOST_THREADS	   4 /* of each */
#define HOST_FILES	   6 /* fds of each, and: */
#define HOST_SOCKETS	   4
#define TARGET_THREAD	   1024
#define TARGET_FD	   200
#define HOST_FDS_A_PROCESS (HOST_FILES + HOST_SOCKETS)

/* ---- ns an event ---- */

/* Each leaves the tables so that all of them together can be played again. */
struct row {
	const char *name;
	struct tape tape;
	double ns[ROUNDS_MAX];
};

#define ROWS_MAX 32
struct rows {
	struct row row[ROWS_MAX];
	size_t n;
};

static struct tape *add_row(struct rows *rows, const char *name)
{
	struct row *r = &rows->row[rows->n++];

	r->name = name;
	tape_init(&r->tape);
	return &r->tape;
}

static void add_plain(struct rows *rows, struct mix *m, enum mix_kind kind)
{
	struct tape *t = add_row(rows, mix_names[kind]);

	for (int i = 0; i < KIND_EVENTS; i++)
		mix_event(m, t, kind, &m->procs[mix_random(m, MIX_PROCS)]);
}

/* As many as there may be, the processes one after another. */
static void add_all(struct rows *rows, struct mix *m, enum mix_kind kind)
{
	struct tape *t = add_row(rows, mix_names[kind]);

	for (int n = 0; n < MIX_OPENED_MAX; n++)
		for (int i = 0; i < MIX_PROCS; i++)
			mix_event(m, t, kind, &m->procs[i]);
}

static void add_births(struct rows *rows, struct mix *m)
{
	uint32_t first = m->tids;

	m->tids += BIRTHS;
	m->tape = add_row(rows, "clone, both of its events");
	for (uint32_t i = 0; i < BIRTHS; i++)
		mix_clone(m, m->procs[i % MIX_PROCS].pid, first + i, first + i, false);
	m->tape = add_row(rows, "execve");
	for (uint32_t i = 0; i < BIRTHS; i++)
		mix_exec(m, first + i, m->procs[i % MIX_PROCS].pid, "true");
	m->tape = add_row(rows, "exit");
	for (uint32_t i = 0; i < BIRTHS; i++)
		mix_exit(m, first + i);
}

static void add_rows(struct rows *rows, struct mix *m)
{
	static const enum mix_kind plain[] = {MIX_READ,	   MIX_WRITE, MIX_RECVFROM,   MIX_SENDTO,
					      MIX_RECVMSG, MIX_FUTEX, MIX_EPOLL_WAIT, MIX_POLL,
					      MIX_FSTAT,   MIX_MMAP,  MIX_GETPID};
	static const enum mix_kind makes[] = {MIX_OPENAT, MIX_SOCKET, MIX_ACCEPT};

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		add_plain(rows, m, plain[i]);
	for (size_t i = 0; i < sizeof(makes) / sizeof(*makes); i++) {
		add_all(rows, m, makes[i]);
		if (makes[i] == MIX_SOCKET) {
			struct tape *t = add_row(rows, mix_names[MIX_CONNECT]);

			for (int k = 0; k < MIX_PROCS; k++)
				mix_event(m, t, MIX_CONNECT, &m->procs[k]);
		}
		add_all(rows, m, MIX_CLOSE);
		rows->row[rows->n - 1].name = makes[i] == MIX_OPENAT ? "close" : "close of a socket";
	}
	add_births(rows, m);
}

static double ns_an_event(struct row *r, int rounds)
{
	return median(r->ns, (size_t)rounds) / (double)r->tape.frames;
}

static void print_rows(cJSON *out, struct rows *rows, int rounds)
{
	cJSON *kinds = cJSON_AddArrayToObject(out, "kinds");

	printf("\n%-28s %9s %9s\n", "state, from memory", "events", "ns each");
	for (size_t i = 0; i < rows->n; i++) {
		struct row *r = &rows->row[i];
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "event", r->name);
		cJSON_AddNumberToObject(row, "ns", ns_an_event(r, rounds));
		cJSON_AddItemToArray(kinds, row);
		printf("%-28s %9llu %9.1f\n", r->name, (unsigned long long)r->tape.frames, ns_an_event(r, rounds));
		tape_free(&r->tape);
	}
}

static void bench_speed(cJSON *out, int rounds)
{
	static struct mix mix;
	static struct rows rows;
	static struct row all, parsed;
	static struct player p;
	struct tape begin;
	double millions;

	mix_init(&mix);
	tape_init(&begin);
	tape_init(&all.tape);
	mix_begin(&mix, &begin);
	add_rows(&rows, &mix);
	mix_events(&mix, &all.tape, MIX_EVENTS);
	parsed.tape.frames = all.tape.frames;
	player_open(&p);
	player_play(&p, &begin);
	for (int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < rows.n; i++)
			rows.row[i].ns[round] = player_play(&p, &rows.row[i].tape);
		parsed.ns[round] = player_parse(&p, &all.tape);
		all.ns[round] = player_play(&p, &all.tape);
	}
	print_rows(out, &rows, rounds);
	millions = 1000 / ns_an_event(&all, rounds);
	printf("%-28s %9llu %9.1f\n", "the mix, parsed alone", (unsigned long long)all.tape.frames,
	       ns_an_event(&parsed, rounds));
	printf("%-28s %9llu %9.1f, of %.0f bytes: %.1f million a second (target %d)\n", "the mix",
	       (unsigned long long)all.tape.frames, ns_an_event(&all, rounds),
	       (double)all.tape.len / (double)all.tape.frames, millions, TARGET_MILLIONS);
	cJSON_AddNumberToObject(out, "mix_parsed_ns", ns_an_event(&parsed, rounds));
	cJSON_AddNumberToObject(out, "mix_ns", ns_an_event(&all, rounds));
	cJSON_AddNumberToObject(out, "mix_millions_a_second", millions);
	player_close(&p);
	tape_free(&begin);
	tape_free(&all.tape);
}

/* ---- bytes ---- */

struct use {
	uint64_t heap, counted;
};

static struct use use_of(const struct player *p)
{
	struct gyr_stats st = {0};
	struct mallinfo2 heap = mallinfo2();

	state_stats(p->g.state, &st);
	return (struct use){heap.uordblks + heap.hblkhd, st.state_bytes};
}

static void add_fds(struct mix *m, uint32_t pid)
{
	char path[128];

	for (int fd = 0; fd < HOST_FILES; fd++) {
		/* A few are everybody's. */
		if (fd < 3)
			snprintf(path, sizeof(path), "/dev/null");
		else
			snprintf(path, sizeof(path), "/var/lib/service-%u/data/segment-%d.log", pid, fd);
		mix_open(m, pid, fd, path);
	}
	for (int fd = HOST_FILES; fd < HOST_FDS_A_PROCESS; fd++)
		mix_connected(m, pid, fd);
}

static void print_use(cJSON *out, const char *of, const char *key, const struct use *from, const struct use *to,
		      double n, double target)
{
	double heap = (double)(to->heap - from->heap) / n, counted = (double)(to->counted - from->counted) / n;
	cJSON *row = cJSON_AddObjectToObject(out, key);

	cJSON_AddNumberToObject(row, "heap", heap);
	cJSON_AddNumberToObject(row, "state_bytes", counted);
	printf("%-28s %9.0f %9.1f %11.1f %9.0f\n", of, n, heap, counted, target);
}

static void bench_bytes(cJSON *out)
{
	static struct mix mix;
	static struct player p;
	struct use before, threads, fds;
	struct tape births, opens;
	char name[16];

	mix_init(&mix);
	tape_init(&births);
	tape_init(&opens);
	for (uint32_t i = 0; i < HOST_PROCS; i++) {
		uint32_t pid = 1000 + i * HOST_THREADS;

		mix.tape = &births;
		snprintf(name, sizeof(name), "service-%u", i % 500);
		mix_clone(&mix, 1, pid, pid, false);
		mix_exec(&mix, pid, 1, name);
		for (uint32_t k = 1; k < HOST_THREADS; k++)
			mix_clone(&mix, pid, pid + k, pid, true);
		mix.tape = &opens;
		add_fds(&mix, pid);
	}
	player_open(&p);
	before = use_of(&p);
	player_play(&p, &births);
	threads = use_of(&p);
	player_play(&p, &opens);
	fds = use_of(&p);
	printf("\n%-28s %9s %9s %11s %9s\n", "bytes of each", "of them", "heap", "state_bytes", "target");
	print_use(out, "threads, 1 of 4 a process", "thread", &before, &threads, HOST_PROCS * HOST_THREADS,
		  TARGET_THREAD);
	print_use(out, "fds, 4 of 10 sockets", "fd", &threads, &fds, HOST_PROCS * HOST_FDS_A_PROCESS, TARGET_FD);
	player_close(&p);
	tape_free(&births);
	tape_free(&opens);
}

void bench_state(cJSON *report, struct worker *w, int rounds)
{
	cJSON *out = cJSON_AddObjectToObject(report, "state");

	(void)w;
	bench_bytes(out);
	bench_speed(out, rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds);
}

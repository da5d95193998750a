/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was stated against what was seen. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "script.h"

static char *copy_bytes(const void *p, size_t n)
{
	char *to = malloc(n + 1);

	if (!to)
		abort();
	if (n)
		memcpy(to, p, n);
	to[n] = 0;
	return to;
}

static char *copy_str(const char *s)
{
	return copy_bytes(s, strlen(s));
}

static void copy_params(struct seen *s, const struct gyr_event *ev)
{
	struct gyr_param p;
	const uint8_t *frame;
	uint32_t len;

	frame = gyr_event_frame(ev, &len);
	memcpy(&s->declared, frame + 22, sizeof(s->declared));
	s->blob = malloc(len); /* more than the values alone, each DYN with its index before it */
	if (!s->blob)
		abort();
	s->nparams = gyr_event_nparams(ev);
	for (uint32_t i = 0; i < s->nparams && i < 32; i++) {
		if (gyr_event_param(ev, i, &p))
			continue;
		if (p.len && p.info->dyn)
			s->blob[s->blob_len++] = ((const char *)p.data)[-1];
		s->params[i].name = p.info->name;
		s->params[i].len = p.len;
		s->params[i].off = (uint32_t)s->blob_len;
		if (p.len)
			memcpy(s->blob + s->blob_len, p.data, p.len);
		s->blob_len += p.len;
		s->params[i].num = p.u64;
		s->params[i].dyn = p.info->dyn;
	}
}

static void copy_thread(struct seen *s, const struct gyr_thread *t)
{
	const char *args;

	s->has_thread = t;
	if (!t)
		return;
	s->thread_tid = gyr_thread_tid(t);
	s->pid = gyr_thread_pid(t);
	s->ppid = gyr_thread_ppid(t);
	s->uid = gyr_thread_uid(t);
	s->gid = gyr_thread_gid(t);
	s->comm = copy_str(gyr_thread_comm(t));
	s->cwd = copy_str(gyr_thread_cwd(t));
	s->exe = copy_str(gyr_thread_exe(t));
	s->exepath = copy_str(gyr_thread_exepath(t));
	args = gyr_thread_args(t, &s->args_len);
	s->args = copy_bytes(args, s->args_len);
}

struct seen *seen_copy(const struct gyr_event *ev)
{
	struct seen *s = calloc(1, sizeof(*s));
	const struct gyr_fd *fd = gyr_event_fd(ev);
	char text[2048];

	if (!s)
		abort();
	s->tid = gyr_event_tid(ev);
	s->ts = gyr_event_ts(ev);
	s->type = gyr_event_type(ev);
	s->name = gyr_event_name(ev);
	s->category = gyr_category_name(gyr_event_category(ev));
	s->compat = gyr_event_compat(ev);
	copy_params(s, ev);
	copy_thread(s, gyr_event_thread(ev));
	s->has_fd = fd;
	if (fd) {
		s->fd_name = copy_str(gyr_fd_name(fd));
		s->fd_type = gyr_fd_type(fd);
		s->fd_cloexec = gyr_fd_cloexec(fd);
	}
	gyr_event_text(ev, text, sizeof(text), 0);
	s->text = copy_str(text);
	return s;
}

void seen_free(struct seen *s)
{
	if (!s)
		return;
	free(s->blob);
	free(s->comm);
	free(s->cwd);
	free(s->exe);
	free(s->exepath);
	free(s->args);
	free(s->fd_name);
	free(s->text);
	free(s);
}

static void dump(FILE *to, const void *data, size_t len)
{
	const unsigned char *p = data;

	fprintf(to, "%zu bytes \"", len);
	for (size_t i = 0; i < len && i < 160; i++) {
		if (isprint(p[i]) && p[i] != '"' && p[i] != '\\')
			fputc(p[i], to);
		else
			fprintf(to, "\\x%02x", p[i]);
	}
	fputs(len > 160 ? "...\"" : "\"", to);
}

static bool same_bytes(FILE *to, const struct live_val *v, const void *data, size_t len)
{
	if (len == v->len && (len == 0 || !memcmp(data, v->data, len)))
		return true;
	fprintf(to, "\n      %s: want ", v->name);
	dump(to, v->data, v->len);
	fputs(", saw ", to);
	dump(to, data, len);
	return false;
}

static bool same_num(FILE *to, const struct live_val *v, uint64_t saw)
{
	if (saw == v->num)
		return true;
	fprintf(to, "\n      %s: want %lld (0x%llx), saw %lld (0x%llx)", v->name, (long long)v->num,
		(unsigned long long)v->num, (long long)saw, (unsigned long long)saw);
	return false;
}

static bool same_str(FILE *to, const struct live_val *v, const char *saw)
{
	if (saw)
		return same_bytes(to, v, saw, strlen(saw) + 1);
	fprintf(to, "\n      %s: want \"%s\", but there is none", v->name, (const char *)v->data);
	return false;
}

static bool same_int(FILE *to, const struct live_val *v, const struct seen_param *p, const uint8_t *data)
{
	uint64_t mask, raw = 0;
	struct live_val want = *v;

	if (p->len != 1 && p->len != 2 && p->len != 4 && p->len != 8) {
		fprintf(to, "\n      %s: want the number %lld, saw ", v->name, (long long)v->num);
		dump(to, data, p->len);
		return false;
	}
	memcpy(&raw, data, p->len);
	mask = p->len == 8 ? ~0ull : (1ull << (8 * p->len)) - 1;
	want.num &= mask;
	if (!same_num(to, &want, raw))
		return false;
	/* The library's decoding of what is on the wire. */
	return same_num(to, &want, p->num & mask);
}

static bool same_dyn(FILE *to, const struct live_val *v, const struct seen_param *p, const uint8_t *data)
{
	if (p->len == 0 || !p->dyn) {
		fprintf(to, "\n      %s: want a dynamic value, saw ", v->name);
		dump(to, data, p->len);
		return false;
	}
	if (!same_num(to, v, data[-1]))
		return false;
	return same_bytes(to, v, data, p->len);
}

static bool same_unix(FILE *to, const struct live_val *v, const uint8_t *data, size_t len)
{
	/* family, two pointers, path */
	if (len >= 17 && data[0] == 1)
		return same_bytes(to, v, data + 17, len - 17);
	fprintf(to, "\n      %s: want a unix tuple with \"%s\", saw ", v->name,
		v->data ? (const char *)v->data : "no path");
	dump(to, data, len);
	return false;
}

static bool begins(FILE *to, const struct live_val *v, const uint8_t *data, size_t len)
{
	if (len >= v->len && !memcmp(data, v->data, v->len))
		return true;
	return same_bytes(to, v, data, len);
}

static bool same_param(FILE *to, const struct live_val *v, const struct seen *s, const struct seen_param *p)
{
	const uint8_t *data = (const uint8_t *)s->blob + p->off;

	switch (v->kind) {
	case LIVE_ANY:
		return true;
	case LIVE_INT:
		return same_int(to, v, p, data);
	case LIVE_RANGE:
		if (p->len && p->num >= v->num && p->num <= v->max)
			return true;
		fprintf(to, "\n      %s: want %llu to %llu, saw %llu of %u bytes", v->name, (unsigned long long)v->num,
			(unsigned long long)v->max, (unsigned long long)p->num, p->len);
		return false;
	case LIVE_DYN:
		return same_dyn(to, v, p, data);
	case LIVE_UNIX:
		return same_unix(to, v, data, p->len);
	case LIVE_STARTS:
		return begins(to, v, data, p->len);
	default:
		return same_bytes(to, v, data, p->len);
	}
}

static bool same_context(FILE *to, const struct live_val *v, const struct seen *s)
{
	switch (v->kind) {
	case LIVE_CATEGORY:
		return same_str(to, v, s->category);
	case LIVE_FD_NAME:
		return same_str(to, v, s->fd_name);
	case LIVE_FD_TYPE:
		return same_num(to, v, s->has_fd ? s->fd_type : ~0u);
	case LIVE_FD_CLOEXEC:
		return same_num(to, v, s->has_fd ? s->fd_cloexec : ~0u);
	case LIVE_FD_NONE:
		return same_num(to, v, s->has_fd);
	case LIVE_COMM:
		return same_str(to, v, s->comm);
	case LIVE_CWD:
		return same_str(to, v, s->cwd);
	case LIVE_EXE:
		return same_str(to, v, s->exe);
	case LIVE_EXEPATH:
		return same_str(to, v, s->exepath);
	case LIVE_ARGS:
		return same_bytes(to, v, s->args, s->args_len);
	case LIVE_PID:
		return same_num(to, v, s->pid);
	case LIVE_PPID:
		return same_num(to, v, s->ppid);
	case LIVE_UID:
		return same_num(to, v, s->uid);
	case LIVE_COMPAT:
		return same_num(to, v, s->compat);
	default:
		return same_num(to, v, s->gid);
	}
}

static const struct seen_param *find_param(const struct seen *s, const char *name)
{
	for (uint32_t i = 0; i < s->nparams && i < 32; i++)
		if (s->params[i].name && !strcmp(s->params[i].name, name))
			return &s->params[i];
	return NULL;
}

static bool is_context(const struct live_val *v)
{
	return v->kind >= LIVE_CATEGORY;
}

/* Every param of the event is to be stated, and every one that is stated is to be there. */
static bool same_event(FILE *to, const struct step *st, const struct seen *s)
{
	const struct seen_param *p;
	uint32_t nparams = 0;
	bool ok = true, compat = false;

	if (!s->has_thread || s->thread_tid != s->tid) {
		fprintf(to, "\n      the event has no thread, or another's");
		ok = false;
	}
	for (uint32_t i = 0; i < st->nvals; i++) {
		const struct live_val *v = &st->vals[i];

		if (is_context(v)) {
			compat |= v->kind == LIVE_COMPAT && v->num;
			ok &= same_context(to, v, s);
			continue;
		}
		nparams++;
		p = find_param(s, v->name);
		if (!p) {
			fprintf(to, "\n      no param %s", v->name);
			ok = false;
			continue;
		}
		ok &= same_param(to, v, s, p);
	}
	if (s->compat && !compat) {
		fprintf(to, "\n      is marked as a 32-bit caller's");
		ok = false;
	}
	if (nparams != s->declared || nparams != s->nparams) {
		fprintf(to, "\n      want %u params, saw %u (%u in the frame)", nparams, s->nparams, s->declared);
		ok = false;
	}
	return ok;
}

static bool same_kind(const struct step *st, const struct seen *s)
{
	return st->type == s->type && !strcmp(st->name, s->name);
}

/* Is the event of a kind that its thread states? */
static bool is_stated_kind(const struct script *sc, const struct seen *s)
{
	for (uint32_t i = 0; i < sc->nsteps; i++) {
		const struct step *st = &sc->steps[i];

		if (st->stated && same_kind(st, s) &&
		    (st->tid == (long)s->tid || (st->tid == -1 && sc->pid == (int)s->pid)))
			return true;
	}
	return false;
}

static const struct seen *next_of_tid(const struct script *sc, const struct seen *s, long tid)
{
	while (s && (s->tid != (uint64_t)tid || !is_stated_kind(sc, s)))
		s = s->next;
	return s;
}

static bool first_of_tid(const struct script *sc, uint32_t step)
{
	for (uint32_t i = 0; i < step; i++)
		if (sc->steps[i].tid == sc->steps[step].tid)
			return false;
	return true;
}

static bool judge_thread(FILE *to, const struct script *sc, const struct seen *all, long tid)
{
	const struct seen *s = next_of_tid(sc, all, tid);
	bool ok = true;

	for (uint32_t i = 0; i < sc->nsteps; i++) {
		const struct step *st = &sc->steps[i];

		if (!st->stated || st->tid != tid)
			continue;
		if (!s) {
			fprintf(to, "\n    line %d: %s (%u) of %ld was not seen", st->line, st->name, st->type, tid);
			ok = false;
			continue;
		}
		if (!same_kind(st, s)) {
			fprintf(to, "\n    line %d: want %s (%u) of %ld, saw %s", st->line, st->name, st->type, tid,
				s->text);
			return false;
		}
		fprintf(to, "\n    line %d: %s", st->line, s->text);
		if (!same_event(to, st, s))
			ok = false;
		s = next_of_tid(sc, s->next, tid);
	}
	for (; s; s = next_of_tid(sc, s->next, tid)) {
		fprintf(to, "\n    not stated, but seen: %s", s->text);
		ok = false;
	}
	return ok;
}

static bool judge_none(FILE *to, const struct script *sc, const struct seen *all)
{
	bool ok = true;

	for (uint32_t i = 0; i < sc->nsteps; i++) {
		const struct step *st = &sc->steps[i];

		for (const struct seen *s = st->tid == -1 ? all : NULL; s; s = s->next) {
			if ((int)s->pid != sc->pid || !same_kind(st, s))
				continue;
			fprintf(to, "\n    line %d: none wanted, but seen: %s", st->line, s->text);
			ok = false;
		}
	}
	return ok;
}

static bool is_that_one(const struct step *st, const struct seen *s)
{
	const struct seen_param *p = find_param(s, st->vals[0].name);
	FILE *nowhere;
	bool same;

	if (!same_kind(st, s) || !p)
		return false;
	nowhere = fopen("/dev/null", "we");
	if (!nowhere)
		abort();
	same = same_param(nowhere, &st->vals[0], s, p);
	fclose(nowhere);
	return same;
}

/* How many before it, or all, are told by the same. */
static uint32_t count_same(const struct script *sc, const struct step *st, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < end; i++) {
		const struct step *other = &sc->steps[i];

		n += other->stated && other->tid == LIVE_ANYWHERE && other->type == st->type &&
		     other->vals[0].num == st->vals[0].num;
	}
	return n;
}

static bool judge_anywhere(FILE *to, const struct script *sc, const struct seen *all)
{
	bool ok = true;

	for (uint32_t i = 0; i < sc->nsteps; i++) {
		const struct step *st = &sc->steps[i];
		uint32_t found = 0, want, rank;

		if (!st->stated || st->tid != LIVE_ANYWHERE)
			continue;
		want = count_same(sc, st, sc->nsteps);
		rank = count_same(sc, st, i);
		for (const struct seen *s = all; s; s = s->next) {
			if (!is_that_one(st, s) || found++ != rank)
				continue;
			fprintf(to, "\n    line %d: %s", st->line, s->text);
			ok &= same_event(to, st, s);
		}
		if (found == want)
			continue;
		fprintf(to, "\n    line %d: %s with %s=0x%llx: %u wanted, %u seen", st->line, st->name,
			st->vals[0].name, (unsigned long long)st->vals[0].num, want, found);
		ok = false;
	}
	return ok;
}

char *judge(const struct script *sc, const struct seen *all)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	bool ok = true;

	if (!to)
		abort();
	if (sc->trouble[0]) {
		fprintf(to, "the workload: %s", sc->trouble);
		ok = sc->skipped;
	} else if (sc->nsteps == 0) {
		fprintf(to, "the workload stated nothing");
		ok = false;
	}
	for (uint32_t i = 0; i < sc->nsteps && i < STEPS_MAX; i++)
		if (sc->steps[i].tid > 0 && first_of_tid(sc, i))
			ok &= judge_thread(to, sc, all, sc->steps[i].tid);
	ok &= judge_none(to, sc, all);
	ok &= judge_anywhere(to, sc, all);
	fclose(to);
	if (!ok)
		return text;
	free(text);
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which events are wanted: "openat,!close,@net,!@file".
 *
 * Names and categories ask; with ! they exclude, and what is excluded by either stays so. When nothing is asked for,
 * all is wanted but what is excluded. What a name means is one set, whatever the number of events that bear it:
 * "accept" is all its versions, enter and exit.
 *
 * The category of I/O follows from the fd, which only the state knows: a read may turn out net. So the driver emits
 * what could be wanted, and selection_wants decides when the category is complete.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "event/table.h"
#include "internal.h"
#include "nearest.h"

#define ASKED	 1
#define EXCLUDED 2

#define BIT(category) (1ull << (category))
#define IO_ANY	      (BIT(GYR_CAT_IO_READ) | BIT(GYR_CAT_IO_WRITE) | BIT(GYR_CAT_IO_OTHER))
/* What I/O can turn out to be: as in state/complete.c. */
#define IO_BECOMES (BIT(GYR_CAT_FILE) | BIT(GYR_CAT_NET) | BIT(GYR_CAT_IPC) | BIT(GYR_CAT_OTHER))

/* Of unused codes. */
#define NO_NAME "NA"

/* ---- what there is ---- */

/* Of the events in the table some are only known from capture files, which other programs wrote. */
static bool is_captured(const struct gyr_event_info *info)
{
	return info->produced;
}

/* Or "unknown", which is what is newer than the table. */
static bool is_syscall_here(const struct gyr_syscall_info *sc)
{
	uint32_t slot;

	if (sc->type == GYR_EVT_GENERIC_X && sc->sc == 0)
		return true;
	for (slot = 0; slot < SELECT_SLOTS; slot++)
		if (syscall_of_slot(slot) == sc)
			return true;
	return false;
}

/* The first that is captured of a category: of those that come unasked, or of the others; or NULL. */
static const struct gyr_event_info *captured_of(enum gyr_category category, bool on_request)
{
	size_t i;

	for (i = 0; i < table_nevents; i++)
		if (is_captured(&table_events[i]) && table_events[i].category == category &&
		    !(table_events[i].flags & GYR_EVF_ON_REQUEST) == !on_request)
			return &table_events[i];
	return NULL;
}

static bool is_category_captured(enum gyr_category category)
{
	return BIT(category) & IO_BECOMES || captured_of(category, false);
}

static int unknown_name(const char *name, size_t len, struct gyr_diag *d)
{
	struct nearest n;
	size_t i;

	nearest_init(&n, name, len);
	for (i = 0; i < table_nevents; i++)
		if (is_captured(&table_events[i]))
			nearest_try(&n, table_events[i].name);
	for (i = 0; i < table_nsyscalls; i++)
		if (is_syscall_here(&table_syscalls[i]))
			nearest_try(&n, table_syscalls[i].name);
	if (nearest_best(&n))
		return diag_error(d, -EINVAL,
				  "unknown event \"%.*s\": did you mean \"%s\"? \"gyr list\" shows all that there are",
				  (int)len, name, nearest_best(&n));
	return diag_error(d, -EINVAL, "unknown event \"%.*s\": \"gyr list\" shows all that there are", (int)len, name);
}

/* known: there are such events, only none is captured. */
static int wrong_category(const char *name, size_t len, bool known, struct gyr_diag *d)
{
	struct nearest n;
	char list[256] = "";
	size_t i, used = 0;

	nearest_init(&n, name, len);
	for (i = 0; i < table_ncategories; i++) {
		const char *category = table_category_names[i];

		if (!is_category_captured(i))
			continue;
		nearest_try(&n, category);
		if (used + strlen(category) + 3 < sizeof(list))
			used += sprintf(list + used, "%s@%s", used ? " " : "", category);
	}
	if (known)
		return diag_error(d, -EINVAL,
				  "no event of category \"@%.*s\" is captured by this version: there are %s", (int)len,
				  name, list);
	if (nearest_best(&n))
		return diag_error(d, -EINVAL, "unknown category \"@%.*s\": did you mean \"@%s\"? There are %s",
				  (int)len, name, nearest_best(&n), list);
	return diag_error(d, -EINVAL, "unknown category \"@%.*s\": there are %s", (int)len, name, list);
}

/* ---- the list ---- */

static bool same_name(const char *a, const char *name, size_t len)
{
	return strlen(a) == len && !memcmp(a, name, len);
}

static int select_name(struct selection *s, const char *name, size_t len, uint8_t how, struct gyr_diag *d)
{
	bool found = false, captured = false;
	size_t i;

	for (i = 0; i < table_nevents; i++) {
		if (same_name(table_events[i].name, name, len) && !same_name(NO_NAME, name, len)) {
			s->event[i] |= how;
			found = true;
			captured |= is_captured(&table_events[i]);
		}
	}
	/* The same by another way: a rule on openat is to see those of io_uring. */
	for (i = 0; i < table_nlikes; i++)
		if (same_name(table_likes[i].syscall, name, len))
			s->event[table_likes[i].event] |= how;
	/* Some events have another name than their system call: pread64 is reported as pread. */
	for (i = 0; i < table_nsyscalls; i++) {
		const struct gyr_syscall_info *sc = &table_syscalls[i];

		if (!same_name(sc->name, name, len))
			continue;
		if (sc->type == GYR_EVT_GENERIC_X)
			s->generic[sc->sc] |= how;
		else
			s->event[gyr_event_info_by_type(sc->type) - table_events] |= how;
		found = true;
		captured |= is_syscall_here(sc);
	}
	if (!found)
		return unknown_name(name, len, d);
	/* To wait for what never comes would look like a quiet host; to exclude it does no harm. */
	if (how == ASKED && !captured)
		return diag_error(d, -EINVAL,
				  "event \"%.*s\" is known from capture files, but not captured by this version: "
				  "\"gyr list\" shows all that are",
				  (int)len, name);
	return 0;
}

static int select_category(struct selection *s, const char *name, size_t len, uint8_t how, struct gyr_diag *d)
{
	const struct gyr_event_info *named;
	size_t i;

	for (i = 0; i < table_ncategories; i++)
		if (same_name(table_category_names[i], name, len))
			break;
	if (i == table_ncategories)
		return wrong_category(name, len, false, d);
	named = captured_of(i, true);
	if (how == ASKED && !is_category_captured(i) && named)
		return diag_error(
			d, -EINVAL,
			"there are so many events of category \"@%.*s\" that they come only when asked for by "
			"name: \"%s\"",
			(int)len, name, named->name);
	if (how == ASKED && !is_category_captured(i))
		return wrong_category(name, len, true, d);
	if (how == ASKED)
		s->categories |= BIT(i);
	else
		s->not_categories |= BIT(i);
	return 0;
}

static void trim(const char **word, size_t *len)
{
	for (; *len && **word == ' '; --*len)
		++*word;
	while (*len && (*word)[*len - 1] == ' ')
		--*len;
}

static int select_word(struct selection *s, const char *word, size_t len, struct gyr_diag *d)
{
	uint8_t how = ASKED;

	trim(&word, &len);
	if (len && *word == '!') {
		how = EXCLUDED;
		word++;
		len--;
	}
	if (!len || (len == 1 && *word == '@'))
		return diag_error(
			d, -EINVAL,
			"an empty name in the list of events: it is names with commas between, !name to exclude, "
			"@category");
	if (how == ASKED)
		s->all = false;
	if (*word == '@')
		return select_category(s, word + 1, len - 1, how, d);
	return select_name(s, word, len, how, d);
}

/* ---- what it comes to ---- */

static bool decide(const struct selection *s, const struct gyr_event_info *info, uint8_t named, uint64_t categories)
{
	if (named & EXCLUDED || categories & s->not_categories)
		return false;
	if (named & ASKED)
		return true;
	return !(info->flags & GYR_EVF_ON_REQUEST) && (s->all || categories & s->categories);
}

/* Could an event of this type be wanted? */
static bool possible(const struct selection *s, const struct gyr_event_info *info, uint8_t named)
{
	uint64_t category = BIT(info->category);

	if (category & IO_ANY && !(category & s->not_categories) && s->categories & IO_BECOMES)
		category |= s->categories & IO_BECOMES;
	return decide(s, info, named, category);
}

bool selection_may_want(const struct selection *s, uint16_t type)
{
	const struct gyr_event_info *info = gyr_event_info_by_type(type);

	return info && possible(s, info, s->event[info - table_events]);
}

static void select_syscalls(struct selection *s)
{
	uint32_t slot;

	for (slot = 0; slot < SELECT_SLOTS; slot++) {
		const struct gyr_syscall_info *sc = syscall_of_slot(slot);
		const struct gyr_event_info *info = sc ? gyr_event_info_by_type(sc->type) : NULL;
		uint8_t named;

		/* A system call that is newer than this version is "unknown", and seen all the same. */
		if (!info)
			info = gyr_event_info_by_type(GYR_EVT_GENERIC_X);
		named = s->event[info - table_events];
		if (info->type == GYR_EVT_GENERIC_X)
			named |= s->generic[sc ? sc->sc : 0];
		s->syscall[slot] = possible(s, info, named);
	}
}

static void select_enters(struct selection *s)
{
	size_t i;

	for (i = 0; i < table_nenters; i++)
		s->enter[table_enters[i].nr] = selection_may_want(s, table_enters[i].type);
}

/* A completion is wanted for itself, or because its operation is. */
static bool wants_done(const struct selection *s, bool op_wanted)
{
	const struct gyr_event_info *info = gyr_event_info_by_type(GYR_EVT_IO_URING_COMPLETE_X);
	uint8_t named = s->event[info - table_events];

	if (op_wanted && !(named & EXCLUDED) && !(BIT(info->category) & s->not_categories))
		return true;
	return decide(s, info, named, BIT(info->category));
}

static void select_ops(struct selection *s)
{
	size_t op;

	for (op = 0; op < SELECT_OPS; op++) {
		bool wanted = selection_may_want(s, table_ops[table_ops[op].program ? op : GYR_URING_OTHER].type);

		s->uring[op] = (wanted ? SELECT_OP_SUBMITTED : 0) | (wants_done(s, wanted) ? SELECT_OP_DONE : 0);
	}
}

uint8_t selection_uring_any(const struct selection *s)
{
	uint8_t any = 0;
	size_t op;

	for (op = 0; op < SELECT_OPS; op++)
		any |= s->uring[op];
	return any;
}

/* Of an event that tells which operation has completed: that one's; else any. */
static bool wants_this_done(const struct selection *s, const struct gyr_event *ev)
{
	struct gyr_param op;

	if (gyr_event_param_by_name(ev, "op", &op) || !op.len)
		return selection_uring_any(s) & SELECT_OP_DONE;
	return s->uring[op.u64 % SELECT_OPS] & SELECT_OP_DONE;
}

void selection_no_enter(struct selection *s)
{
	memset(s->enter, 0, sizeof(s->enter));
}

void selection_add_state(struct selection *s, bool (*needs)(uint16_t type))
{
	uint32_t slot;

	for (slot = 0; slot < SELECT_SLOTS; slot++) {
		const struct gyr_syscall_info *sc = syscall_of_slot(slot);

		if (sc && needs(sc->type))
			s->syscall[slot] = s->state[slot] = true;
	}
}

/* ---- samples ---- */

#define SAMPLE_MAX 1000000000

/* Digits, and nothing behind them; 0: none. */
static uint32_t sample_rate(const char *s, size_t len)
{
	uint64_t n = 0;

	for (; len; len--, s++) {
		if (*s < '0' || *s > '9' || n > SAMPLE_MAX)
			return 0;
		n = 10 * n + (uint64_t)(*s - '0');
	}
	return n <= SAMPLE_MAX ? (uint32_t)n : 0;
}

static bool sample_name(struct selection *s, const char *name, size_t len, uint32_t rate)
{
	bool found = false;
	uint32_t slot;

	for (slot = 0; slot < SELECT_SLOTS; slot++) {
		const struct gyr_syscall_info *sc = syscall_of_slot(slot);
		const struct gyr_event_info *info = sc ? gyr_event_info_by_type(sc->type) : NULL;

		if (!info || (!same_name(sc->name, name, len) &&
			      (info->type == GYR_EVT_GENERIC_X || !same_name(info->name, name, len))))
			continue;
		s->sample[slot] = rate;
		if (rate > 1 && slot < SELECT_NUMBERS)
			s->enter[slot] = false;
		found = true;
	}
	return found;
}

/* What is named is no system call here. */
static int wrong_sample(const char *name, size_t len, struct gyr_diag *d)
{
	struct nearest n;
	size_t i;

	if (*name == '@')
		return diag_error(d, -EINVAL, "\"%.*s\" cannot be sampled: samples are of system calls, by name",
				  (int)len, name);
	for (i = 0; i < table_nevents; i++)
		if (same_name(table_events[i].name, name, len) && is_captured(&table_events[i]))
			return diag_error(d, -EINVAL,
					  "\"%.*s\" cannot be sampled: it is an event, but no system call of this "
					  "machine",
					  (int)len, name);
	nearest_init(&n, name, len);
	for (i = 0; i < table_nsyscalls; i++)
		if (is_syscall_here(&table_syscalls[i]))
			nearest_try(&n, table_syscalls[i].name);
	if (nearest_best(&n))
		return diag_error(d, -EINVAL, "unknown system call \"%.*s\": did you mean \"%s\"?", (int)len, name,
				  nearest_best(&n));
	return diag_error(d, -EINVAL, "unknown system call \"%.*s\": \"gyr list\" shows all that there are", (int)len,
			  name);
}

static int select_sample(struct selection *s, const char *word, size_t len, struct gyr_diag *d)
{
	const char *colon, *num;
	size_t name, digits;
	uint32_t rate = 0;

	trim(&word, &len);
	colon = memchr(word, ':', len);
	name = colon ? (size_t)(colon - word) : len;
	if (colon) {
		num = colon + 1;
		digits = len - name - 1;
		trim(&num, &digits);
		rate = sample_rate(num, digits);
		while (name && word[name - 1] == ' ')
			name--;
	}
	if (!rate || !name)
		return diag_error(d, -EINVAL,
				  "\"%.*s\" is no sample: it is the name of a system call, a colon, and of how "
				  "many one is to be shown, 1 to %d",
				  (int)len, word, SAMPLE_MAX);
	return sample_name(s, word, name, rate) ? 0 : wrong_sample(word, name, d);
}

int selection_sample(struct selection *s, const char *spec, struct gyr_diag *d)
{
	if (!spec)
		return 0;
	while (*spec) {
		size_t len = strcspn(spec, ",");
		int err = select_sample(s, spec, len, d);

		if (err)
			return err;
		spec += len;
		if (*spec && !*++spec)
			return diag_error(d, -EINVAL, "the list of samples ends with a comma");
	}
	return 0;
}

/* ---- and what there is besides ---- */

bool selection_make_generic(struct selection *s, uint32_t slot)
{
	const struct gyr_syscall_info *sc = syscall_of_slot(slot);
	const struct gyr_event_info *info = sc ? gyr_event_info_by_type(sc->type) : NULL;
	bool wanted = info && possible(s, info, s->event[info - table_events]);

	if (sc)
		s->generic[sc->sc] = wanted ? ASKED : EXCLUDED;
	s->syscall[slot] = wanted;
	s->state[slot] = false;
	return wanted;
}

int selection_parse(struct selection *s, const char *spec, struct gyr_diag *d)
{
	size_t len;
	int err;

	memset(s, 0, sizeof(*s));
	s->all = true;
	if (spec && !*spec)
		spec = NULL;
	while (spec) {
		len = strcspn(spec, ",");
		err = select_word(s, spec, len, d);
		if (err)
			return err;
		spec = spec[len] ? spec + len + 1 : NULL;
	}
	select_syscalls(s);
	select_enters(s);
	select_ops(s);
	return 0;
}

bool selection_wants(const struct selection *s, const struct gyr_event *ev)
{
	uint8_t named = s->event[ev->info - table_events];
	uint16_t sc;

	if (ev->type == GYR_EVT_IO_URING_COMPLETE_X)
		return wants_this_done(s, ev);
	if (ev->type <= GYR_EVT_GENERIC_X && ev->nparams && ev->params[0].len == sizeof(sc)) {
		memcpy(&sc, ev->frame + ev->params[0].off, sizeof(sc));
		if (sc < SELECT_SYSCALLS)
			named |= s->generic[sc];
	}
	/* @io_read is also what has become another category. */
	return decide(s, ev->info, named, BIT(ev->category) | BIT(ev->info->category));
}

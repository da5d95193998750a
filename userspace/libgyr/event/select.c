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
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "event/table.h"
#include "internal.h"

#define ASKED	 1
#define EXCLUDED 2

#define BIT(category) (1ull << (category))
#define IO_ANY	      (BIT(GYR_CAT_IO_READ) | BIT(GYR_CAT_IO_WRITE) | BIT(GYR_CAT_IO_OTHER))
/* What I/O can turn out to be: as in state/complete.c. */
#define IO_BECOMES (BIT(GYR_CAT_FILE) | BIT(GYR_CAT_NET) | BIT(GYR_CAT_IPC) | BIT(GYR_CAT_OTHER))

/* Of unused codes. */
#define NO_NAME "NA"

/* ---- the nearest name ---- */

#define NAME_LEN_MAX 48

struct nearest {
	const char *name;
	size_t distance;
};

/* Edits from a, in either case, to b; a swap of neighbours is one. Both at most NAME_LEN_MAX long. */
static size_t edit_distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t rows[3][NAME_LEN_MAX + 1];
	size_t i, j;

	for (i = 0; i <= alen; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		for (j = 0; j <= blen; j++) {
			size_t d = i + j;

			if (i && j) {
				d = above[j - 1] + (tolower((unsigned char)a[i - 1]) != b[j - 1]);
				d = above[j] + 1 < d ? above[j] + 1 : d;
				d = row[j - 1] + 1 < d ? row[j - 1] + 1 : d;
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above2[j - 2] + 1 < d)
				d = above2[j - 2] + 1;
			row[j] = d;
		}
	}
	return rows[alen % 3][blen];
}

static void consider(struct nearest *n, const char *wanted, size_t len, const char *name)
{
	size_t d;

	if (!strcmp(name, NO_NAME) || strlen(name) > NAME_LEN_MAX || len > NAME_LEN_MAX)
		return;
	d = edit_distance(wanted, len, name, strlen(name));
	if (!n->name || d < n->distance) {
		n->name = name;
		n->distance = d;
	}
}

/* Nothing is nearer than most of the name being wrong. */
static bool is_near(const struct nearest *n, size_t len)
{
	return n->name && n->distance <= len / 2;
}

static int unknown_name(const char *name, size_t len, struct gyr_diag *d)
{
	struct nearest n = {NULL, 0};
	size_t i;

	for (i = 0; i < table_nevents; i++)
		consider(&n, name, len, table_events[i].name);
	for (i = 0; i < table_nsyscalls; i++)
		consider(&n, name, len, table_syscalls[i].name);
	if (is_near(&n, len))
		return diag_error(d, -EINVAL,
				  "unknown event \"%.*s\": did you mean \"%s\"? \"gyr list\" shows all that there are",
				  (int)len, name, n.name);
	return diag_error(d, -EINVAL, "unknown event \"%.*s\": \"gyr list\" shows all that there are", (int)len, name);
}

static int unknown_category(const char *name, size_t len, struct gyr_diag *d)
{
	struct nearest n = {NULL, 0};
	char list[256] = "";
	size_t i, used = 0;

	for (i = GYR_CAT_UNKNOWN + 1; i < table_ncategories; i++) {
		const char *category = table_category_names[i];

		consider(&n, name, len, category);
		if (used + strlen(category) + 3 < sizeof(list))
			used += sprintf(list + used, "%s@%s", used ? " " : "", category);
	}
	if (is_near(&n, len))
		return diag_error(d, -EINVAL, "unknown category \"@%.*s\": did you mean \"@%s\"? There are %s",
				  (int)len, name, n.name, list);
	return diag_error(d, -EINVAL, "unknown category \"@%.*s\": there are %s", (int)len, name, list);
}

/* ---- the list ---- */

static bool same_name(const char *a, const char *name, size_t len)
{
	return strlen(a) == len && !memcmp(a, name, len);
}

static int select_name(struct selection *s, const char *name, size_t len, uint8_t how, struct gyr_diag *d)
{
	bool found = false;
	size_t i;

	for (i = 0; i < table_nevents; i++) {
		if (same_name(table_events[i].name, name, len) && !same_name(NO_NAME, name, len)) {
			s->event[i] |= how;
			found = true;
		}
	}
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
	}
	return found ? 0 : unknown_name(name, len, d);
}

static int select_category(struct selection *s, const char *name, size_t len, uint8_t how, struct gyr_diag *d)
{
	size_t i;

	for (i = 0; i < table_ncategories; i++)
		if (same_name(table_category_names[i], name, len))
			break;
	if (i == table_ncategories)
		return unknown_category(name, len, d);
	if (how == ASKED)
		s->categories |= BIT(i);
	else
		s->not_categories |= BIT(i);
	return 0;
}

static int select_word(struct selection *s, const char *word, size_t len, struct gyr_diag *d)
{
	uint8_t how = ASKED;

	for (; len && *word == ' '; len--)
		word++;
	for (; len && word[len - 1] == ' '; len--)
		;
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

static bool decide(const struct selection *s, uint8_t named, uint64_t categories)
{
	if (named & EXCLUDED || categories & s->not_categories)
		return false;
	return s->all || named & ASKED || categories & s->categories;
}

/* Could an event of this system call be wanted? */
static bool possible(const struct selection *s, uint8_t named, enum gyr_category category)
{
	uint64_t excluded = s->not_categories & BIT(category);

	if (named & EXCLUDED || excluded)
		return false;
	if (BIT(category) & IO_ANY && s->categories & IO_BECOMES)
		return true;
	return s->all || named & ASKED || BIT(category) & s->categories;
}

static void select_syscalls(struct selection *s)
{
	int nr;

	for (nr = 0; nr < SELECT_SYSCALLS; nr++) {
		const struct gyr_syscall_info *sc = gyr_syscall_by_nr(nr);
		const struct gyr_event_info *info = sc ? gyr_event_info_by_type(sc->type) : NULL;
		uint8_t named;
		bool wanted;

		if (!info)
			continue;
		named = s->event[info - table_events];
		if (sc->type == GYR_EVT_GENERIC_X)
			named |= s->generic[sc->sc];
		wanted = possible(s, named, info->category);
		s->syscall[nr] = wanted;
	}
}

void selection_add_state(struct selection *s, bool (*needs)(uint16_t type))
{
	int nr;

	for (nr = 0; nr < SELECT_SYSCALLS; nr++) {
		const struct gyr_syscall_info *sc = gyr_syscall_by_nr(nr);

		if (sc && needs(sc->type))
			s->syscall[nr] = s->state[nr] = true;
	}
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
	return 0;
}

bool selection_wants(const struct selection *s, const struct gyr_event *ev)
{
	uint8_t named = s->event[ev->info - table_events];
	uint16_t sc;

	if (ev->type <= GYR_EVT_GENERIC_X && ev->nparams && ev->params[0].len == sizeof(sc)) {
		memcpy(&sc, ev->frame + ev->params[0].off, sizeof(sc));
		if (sc < SELECT_SYSCALLS)
			named |= s->generic[sc];
	}
	/* @io_read is also what has become another category. */
	return decide(s, named, BIT(ev->category) | BIT(ev->info->category));
}

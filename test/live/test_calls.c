// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every system call of the schema, from the schema: as it is, by a process without rights and with arguments that mean
 * nothing, so that most fail; and answered (harness/answer.h), where any result with any arguments can be had. What
 * must be seen follows from what was given and returned (harness/call_rules.h).
 */
#include <check.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "answer.h"
#include "call_rules.h"

#define NOBODY 65534

/* What a call is left with that a signal interrupted; the caller gets EINTR when the handler has run. */
#define ERESTARTNOHAND 514

struct unfit {
	const char *name, *why;
};

#define SANITIZERS "the sanitizer makes one itself before _exit"

/* What is not made as it is, and only answered. */
static const struct unfit not_made[] = {
	{"exit", "does not return, so there is no event: procexit tells it"},
	{"exit_group", "does not return, so there is no event: procexit tells it"},
	{"rt_sigreturn", "returns to what a signal interrupted, with that one's number: there is no event"},
	{"sync", "writes out all of the host"},
	{"vfork", "the child would go on on the stack of the test"},
#ifdef __SANITIZE_ADDRESS__
	{"sigaltstack", SANITIZERS},
#endif
};

/* What is not answered, and only made. */
static const struct unfit not_answered[] = {
	{"uprobe", "the kernel does not ask seccomp about it"},
	{"uretprobe", "the kernel does not ask seccomp about it"},
#ifdef __SANITIZE_ADDRESS__
	{"sigaltstack", SANITIZERS},
#endif
};

/* Arguments that choose what others mean, beside those that the schema has conditions on. */
static const struct {
	const char *name;
	int arg;
	uint64_t value;
} chosen[] = {
	{"fsconfig", 1, 1}, {"fsconfig", 1, 2}, {"fsconfig", 1, 3},	  {"fsconfig", 1, 4},
	{"fsconfig", 1, 5}, {"prctl", 0, 15},	{"prctl", 0, 16},	  {"prctl", 0, 37},
	{"semctl", 2, 16},  {"ptrace", 0, 2},	{"mount", 3, 0xc0ed0005},
};

static bool is_by_hand(const struct call_spec *spec)
{
	return spec->nparams && spec->params[0].form == CALL_OTHER;
}

static void state(const struct call_made *m)
{
	struct live_val vals[32];

	for (size_t i = 0; i < m->spec->nparams; i++)
		vals[i] = call_expect(m, &m->spec->params[i]);
	live_see(__LINE__, live_self(), m->spec->type, m->spec->event, vals, m->spec->nparams);
	call_forget();
}

/* The processes of a nursery come by clone, which returns in them, too. */
static void state_birth(const struct call_spec *spec)
{
	const struct call_made birth = {.spec = spec};

	if (!strcmp(spec->name, "clone"))
		state(&birth);
}

static void answered(struct call_made *m, int64_t ret)
{
	m->ret = answered_call(m->spec->nr, m->args, ret);
	NEED(m->ret == ret);
	state(m);
}

/* Each value that a condition asks for, once. */
static void answered_with_condition(const struct call_spec *spec, const struct call_param *p)
{
	struct call_made m;

	for (const struct call_param *q = spec->params; q < p; q++)
		if (q->when.arg == p->when.arg && q->when.is[0] == p->when.is[0] && q->when.min == p->when.min)
			return;
	call_choose(&m, spec, CALL_FILLED, false);
	m.args[p->when.arg] = (uint64_t)(p->when.n ? p->when.is[0] : p->when.min);
	answered(&m, p->when.ret == CALL_POSITIVE);
	if (p->when.n)
		return;
	m.args[p->when.arg]--;
	answered(&m, p->when.ret == CALL_POSITIVE);
}

/* A struct that ends with the param, or a byte before; or does not say its size. */
static void answered_with_size(const struct call_spec *spec, const struct call_param *p)
{
	const uint32_t sizes[] = {p->off + p->width, p->off + p->width - 1, 0};
	struct call_made m;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		call_choose(&m, spec, CALL_FILLED, false);
		if (p->size_is == CALL_SIZE_ARG)
			m.args[p->size_value] = sizes[i];
		else
			memcpy((void *)m.args[p->from[0].value], &sizes[i], sizeof(sizes[i]));
		answered(&m, 0);
	}
}

static void be_answered(void)
{
	const struct call_spec *spec = live_of();
	struct call_made m;

	state_birth(spec);
	call_choose(&m, spec, CALL_UNREADABLE, true);
	answered(&m, -EFAULT);
	if (is_by_hand(spec))
		return;
	call_choose(&m, spec, CALL_FILLED, false);
	answered(&m, 0);
	call_choose(&m, spec, CALL_FILLED, true);
	answered(&m, 7);
	call_choose(&m, spec, CALL_FILLED, true);
	answered(&m, -EAGAIN);
	call_choose(&m, spec, CALL_UNREADABLE, true);
	answered(&m, 7);
	call_choose(&m, spec, CALL_NULL, false);
#ifdef __aarch64__
	/* What no kernel answers so, and 32-bit programs seem to do when they exec a 64-bit one (driver/arch.h). */
	if (strcmp(spec->name, "listxattr") != 0)
#endif
		answered(&m, 0);
	for (size_t i = 0; i < spec->nparams; i++)
		if (spec->params[i].when.arg >= 0)
			answered_with_condition(spec, &spec->params[i]);
	for (size_t i = 0; i < spec->nparams; i++)
		if (spec->params[i].size_is != CALL_WHOLE)
			answered_with_size(spec, &spec->params[i]);
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
		if (strcmp(chosen[i].name, spec->name) != 0)
			continue;
		call_choose(&m, spec, CALL_FILLED, false);
		m.args[chosen[i].arg] = chosen[i].value;
		answered(&m, 0);
	}
}

static void make(const struct call_spec *spec, enum call_memory memory)
{
	const struct itimerval soon = {{0, 10000}, {0, 10000}};
	const uint64_t none[CALL_ARGS] = {0};
	struct call_made m;

	call_choose(&m, spec, memory, false);
	if (!strcmp(spec->name, "pause"))
		NEED(!setitimer(ITIMER_REAL, &soon, NULL));
	m.ret = plain_call(spec->nr, m.args);
	if (m.ret == -EINTR && !strcmp(spec->name, "pause"))
		m.ret = -ERESTARTNOHAND;
	if (m.ret == 0 && !strcmp(spec->name, "fork"))
		plain_call(SYS_exit_group, none);
	state(&m);
}

static void be_made(void)
{
	const struct call_spec *spec = live_of();

	state_birth(spec);
	if (!is_by_hand(spec))
		make(spec, CALL_FILLED);
	make(spec, CALL_UNREADABLE);
}

static const char *why_unfit(const struct unfit *list, size_t n, const struct call_spec *spec)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, spec->name))
			return list[i].why;
	return NULL;
}

#define WHY_UNFIT(list, spec) why_unfit(list, sizeof(list) / sizeof((list)[0]), spec)

static void not_to_be_made(void)
{
	live_skip("%s", WHY_UNFIT(not_made, (const struct call_spec *)live_of()));
}

static void not_to_be_answered(void)
{
	live_skip("%s", WHY_UNFIT(not_answered, (const struct call_spec *)live_of()));
}

static void nothing(int sig)
{
	(void)sig;
}

/* Nobody, with nothing open. */
static void prepare(void)
{
	const struct rlimit none = {0, 0};

	NEED(!close_range(0, ~0U, 0));
	NEED(open("/dev/null", O_RDWR) == 0 && dup(0) == 1 && dup(0) == 2);
	NEED(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	NEED(!answer_start());
	NEED(!setrlimit(RLIMIT_CORE, &none));
	NEED(!setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	NEED(!chdir("/"));
	/* What a call outside a probe gets, and what ends a pause. */
	NEED(signal(SIGILL, nothing) != SIG_ERR && signal(SIGALRM, nothing) != SIG_ERR);
	call_know_self();
}

static void add(struct live_case *c, const struct call_spec *spec, const char *how, void (*run)(void))
{
	char *name;

	if (asprintf(&name, "%s %s", spec->name, how) < 0)
		abort();
	*c = (struct live_case){.name = name, .run = run, .of = spec};
}

int main(void)
{
	struct live_case *cases = calloc(2 * call_nspecs, sizeof(*cases));
	int status;

	if (!cases)
		abort();
	for (size_t i = 0; i < call_nspecs; i++) {
		const struct call_spec *spec = &call_specs[i];

		add(&cases[2 * i], spec, "made", WHY_UNFIT(not_made, spec) ? not_to_be_made : be_made);
		add(&cases[2 * i + 1], spec, "answered",
		    WHY_UNFIT(not_answered, spec) ? not_to_be_answered : be_answered);
	}
	status = live_nursery("calls", cases, 2 * call_nspecs, prepare);
	for (size_t i = 0; i < 2 * call_nspecs; i++)
		free((char *)cases[i].name);
	free(cases);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An event as a line for people:
 *   time cpu comm(pid/tid) name(param=value, ...) = result
 * "?" is a value that is unknown or empty.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "event/format.h"
#include "event/out.h"
#include "event/param.h"

#define AT_FDCWD_WIRE (-100)

#define COLOUR_TIME   "\033[2m"
#define COLOUR_THREAD "\033[36m"
#define COLOUR_NAME   "\033[1m"
#define COLOUR_ERROR  "\033[31m"
#define COLOUR_END    "\033[0m"

struct text {
	struct out o;
	const struct gyr_event *ev;
	bool utf8, colour;
};

static void colour(struct text *t, const char *code)
{
	if (t->colour)
		out_str(&t->o, code);
}

/* ---- values ---- */

/* "<name>" after a number that is a file descriptor. */
static void put_annotation(struct text *t, const char *name, const char *also_escape)
{
	if (!*name)
		return;
	out_char(&t->o, '<');
	out_escaped(&t->o, name, strlen(name), also_escape, t->utf8);
	out_char(&t->o, '>');
}

static void put_fd_name(struct text *t, const struct gyr_fd *fd)
{
	enum gyr_fd_type type = gyr_fd_type(fd);

	/* The arrow of a tuple closes nothing; in names that others choose it could. */
	put_annotation(t, gyr_fd_name(fd), type == GYR_FD_IPV4 || type == GYR_FD_IPV6 ? "" : "<>");
}

static void put_fd(struct text *t, int64_t num)
{
	const struct gyr_event *ev = t->ev;
	const struct gyr_fd *fd = NULL;

	if (num == AT_FDCWD_WIRE) {
		out_str(&t->o, "AT_FDCWD");
		if (ev->thread)
			put_annotation(t, gyr_thread_cwd(ev->thread), "<>");
		return;
	}
	out_s64(&t->o, num);
	if (num < 0)
		return;
	if (ev->fd && ev->fd_num == num)
		fd = ev->fd;
	else if (ev->thread)
		fd = gyr_thread_fd(ev->thread, num);
	if (fd)
		put_fd_name(t, fd);
}

static void put_reltime(struct text *t, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		int digits; /* of what is left of it */
		const char *name;
	} units[] = {{1000000000, 9, "s"}, {1000000, 6, "ms"}, {1000, 3, "us"}, {1, 0, "ns"}};
	uint64_t rest;
	int i = 0, digits;

	if (!ns || ns == UINT64_MAX) {
		out_str(&t->o, ns ? "-1" : "0");
		return;
	}
	while (ns < units[i].ns)
		i++;
	out_u64(&t->o, ns / units[i].ns);
	rest = ns % units[i].ns;
	digits = units[i].digits;
	if (rest) {
		for (; rest % 10 == 0; rest /= 10)
			digits--;
		out_char(&t->o, '.');
		out_padded(&t->o, rest, digits);
	}
	out_str(&t->o, units[i].name);
}

static void put_clock(struct text *t, const struct tm *tm, uint64_t ns)
{
	out_padded(&t->o, tm->tm_hour, 2);
	out_char(&t->o, ':');
	out_padded(&t->o, tm->tm_min, 2);
	out_char(&t->o, ':');
	out_padded(&t->o, tm->tm_sec, 2);
	out_char(&t->o, '.');
	out_padded(&t->o, ns % 1000000000, 9);
}

static void put_abstime(struct text *t, uint64_t ns)
{
	time_t s = ns / 1000000000;
	struct tm tm;

	if (!ns || !localtime_r(&s, &tm)) {
		out_u64(&t->o, ns);
		return;
	}
	out_padded(&t->o, tm.tm_year + 1900, 4);
	out_char(&t->o, '-');
	out_padded(&t->o, tm.tm_mon + 1, 2);
	out_char(&t->o, '-');
	out_padded(&t->o, tm.tm_mday, 2);
	out_char(&t->o, 'T');
	put_clock(t, &tm, ns);
}

static void put_bytes(struct text *t, const struct gyr_param *p)
{
	out_quoted(&t->o, p->data, p->len, t->utf8);
}

/* Each as a word: [ls -l "a b"] */
static void put_strings(struct text *t, const struct gyr_param *p)
{
	const char *s = p->data, *end = s + p->len;
	size_t len;

	out_char(&t->o, '[');
	for (; s < end; s += len + 1) {
		if (s != p->data)
			out_char(&t->o, ' ');
		len = strnlen(s, end - s);
		out_word(&t->o, s, len, t->utf8);
	}
	out_char(&t->o, ']');
}

/* The bytes of a value that is not what its type says. */
static void put_malformed(struct text *t, const struct gyr_param *p)
{
	out_quoted(&t->o, p->data, p->len, t->utf8);
	out_char(&t->o, '?');
}

static void put_address(struct text *t, const struct gyr_param *p)
{
	char text[ADDR_TEXT_MAX];
	struct gyr_addr a, b;
	struct out o;
	bool ip;

	out_init(&o, text, sizeof(text));
	if (p->type == GYR_TYPE_SOCKADDR && !gyr_param_sockaddr(p, &a)) {
		format_addr(&o, &a);
	} else if (p->type == GYR_TYPE_SOCKTUPLE && !gyr_param_socktuple(p, &a, &b)) {
		format_tuple(&o, &a, &b);
	} else {
		put_malformed(t, p);
		return;
	}
	ip = a.family == AF_INET || a.family == AF_INET6;
	if (ip)
		out_mem(&t->o, text, o.len);
	else
		out_word(&t->o, text, o.len, t->utf8);
}

/* [{3</x>, POLLIN}, {4, POLLIN|POLLOUT}] */
static void put_fdlist(struct text *t, const struct gyr_param *p)
{
	int16_t events;
	int64_t fd;
	uint32_t i;
	int err;

	err = gyr_param_fdlist(p, 0, &fd, &events);
	if (err == -EBADMSG) {
		put_malformed(t, p);
		return;
	}
	out_char(&t->o, '[');
	for (i = 0; !gyr_param_fdlist(p, i, &fd, &events); i++) {
		out_str(&t->o, i ? ", {" : "{");
		put_fd(t, fd);
		out_str(&t->o, ", ");
		format_flags(&t->o, flags_by_name("poll_flags"), (uint16_t)events);
		out_char(&t->o, '}');
	}
	out_char(&t->o, ']');
}

static void put_id(struct text *t, const struct gyr_param *p)
{
	if (p->u64 == UINT32_MAX)
		out_str(&t->o, "-1");
	else
		out_u64(&t->o, p->u64);
}

static void put_number(struct text *t, const struct gyr_param *p)
{
	/* The schema has modes in octal and in hexadecimal. */
	if (p->type == GYR_TYPE_UINT32 && !strcmp(p->info->name, "mode"))
		out_oct(&t->o, p->u64);
	else
		format_number(&t->o, p);
}

static void put_syscall(struct text *t, uint64_t sc)
{
	const struct gyr_syscall_info *info = gyr_syscall_by_sc(sc);

	if (info)
		out_str(&t->o, info->name);
	else
		out_u64(&t->o, sc);
}

/* Numbers that stand for names. False: p is none of them. */
static bool put_names(struct text *t, const struct gyr_param *p)
{
	struct out *o = &t->o;

	switch (p->type) {
	case GYR_TYPE_FLAGS8:
	case GYR_TYPE_FLAGS16:
	case GYR_TYPE_FLAGS32:
	case GYR_TYPE_FLAGS64:
		format_flags(o, p->info->flags, p->u64);
		break;
	case GYR_TYPE_ENUMFLAGS8:
	case GYR_TYPE_ENUMFLAGS16:
	case GYR_TYPE_ENUMFLAGS32:
		format_enum(o, p->info, p->u64);
		break;
	case GYR_TYPE_UINT64:
		if (!p->info->flags)
			return false;
		format_enum(o, p->info, p->u64);
		break;
	case GYR_TYPE_MODE:
		format_mode(o, p->info->flags, p->u64);
		break;
	case GYR_TYPE_SIGTYPE:
		format_signal(o, p->u64);
		break;
	case GYR_TYPE_SIGSET:
		format_sigset(o, p->u64);
		break;
	case GYR_TYPE_SYSCALLID:
		put_syscall(t, p->u64);
		break;
	case GYR_TYPE_BOOL:
		out_str(o, p->u64 ? "true" : "false");
		break;
	default:
		return false;
	}
	return true;
}

static void put_value(struct text *t, const struct gyr_param *p)
{
	struct out *o = &t->o;

	if (put_names(t, p))
		return;
	switch (p->type) {
	case GYR_TYPE_FD:
	case GYR_TYPE_FD32:
		put_fd(t, p->s64);
		break;
	case GYR_TYPE_UID:
	case GYR_TYPE_GID:
		put_id(t, p);
		break;
	case GYR_TYPE_RELTIME:
		put_reltime(t, p->u64);
		break;
	case GYR_TYPE_ABSTIME:
		put_abstime(t, p->u64);
		break;
	case GYR_TYPE_IPV4ADDR:
		format_ip(o, AF_INET, p->data);
		break;
	case GYR_TYPE_IPV6ADDR:
		format_ip(o, AF_INET6, p->data);
		break;
	case GYR_TYPE_CHARBUF:
	case GYR_TYPE_FSPATH:
	case GYR_TYPE_FSRELPATH:
		out_quoted(o, p->data, param_strlen(p), t->utf8);
		break;
	case GYR_TYPE_SOCKADDR:
	case GYR_TYPE_SOCKTUPLE:
		put_address(t, p);
		break;
	case GYR_TYPE_FDLIST:
		put_fdlist(t, p);
		break;
	default:
		if (param_is_strings(p))
			put_strings(t, p);
		else if (param_is_number(p->type))
			put_number(t, p);
		else
			put_bytes(t, p);
	}
}

/* ---- the line ---- */

static void put_param(struct text *t, uint32_t i)
{
	struct gyr_param p;
	int err = gyr_event_param(t->ev, i, &p);

	out_str(&t->o, t->ev->info->params[i].name);
	out_char(&t->o, '=');
	if (err)
		put_malformed(t, &p);
	else if (param_is_known(t->ev, &p))
		put_value(t, &p);
	else
		out_char(&t->o, '?');
	if (gyr_event_cut(t->ev, i))
		out_str(&t->o, "...");
}

static void put_params(struct text *t)
{
	int res = event_res_index(t->ev);
	const char *between = "";
	uint32_t i;

	/* The name says it all. */
	if (t->ev->type <= GYR_EVT_GENERIC_X && gyr_event_name(t->ev) != t->ev->info->name)
		return;
	for (i = 0; i < t->ev->nparams; i++) {
		if ((int)i == res)
			continue;
		out_str(&t->o, between);
		put_param(t, i);
		between = ", ";
	}
}

static void put_result(struct text *t)
{
	int i = event_res_index(t->ev);
	struct gyr_param p;
	int64_t res;

	if (i < 0)
		return;
	out_str(&t->o, " = ");
	if (!gyr_event_res(t->ev, &res)) {
		out_char(&t->o, '?');
		return;
	}
	gyr_event_param(t->ev, i, &p);
	if (event_failed(t->ev)) {
		colour(t, COLOUR_ERROR);
		out_s64(&t->o, res);
		if (errno_name(-res)) {
			out_char(&t->o, ' ');
			out_str(&t->o, errno_name(-res));
		}
		colour(t, COLOUR_END);
	} else if (event_res_is_fd(t->ev)) {
		put_fd(t, res);
	} else {
		format_number(&t->o, &p);
	}
}

static void put_latency(struct text *t)
{
	int64_t ns = gyr_event_latency(t->ev);

	if (ns < 0)
		return;
	out_str(&t->o, " in ");
	put_reltime(t, (uint64_t)ns);
}

static void put_time(struct text *t)
{
	time_t s = t->ev->ts / 1000000000;
	struct tm tm;

	colour(t, COLOUR_TIME);
	if (localtime_r(&s, &tm))
		put_clock(t, &tm, t->ev->ts);
	else
		out_u64(&t->o, t->ev->ts);
	colour(t, COLOUR_END);
}

static void put_thread(struct text *t)
{
	const struct gyr_thread *thread = t->ev->thread;
	const char *comm = thread ? gyr_thread_comm(thread) : "";

	colour(t, COLOUR_THREAD);
	if (*comm)
		out_word(&t->o, comm, strlen(comm), t->utf8);
	else
		out_char(&t->o, '?');
	out_char(&t->o, '(');
	if (thread && gyr_thread_pid(thread))
		out_u64(&t->o, gyr_thread_pid(thread));
	else
		out_char(&t->o, '?');
	out_char(&t->o, '/');
	out_u64(&t->o, t->ev->tid);
	out_char(&t->o, ')');
	colour(t, COLOUR_END);
}

GYR_API int gyr_event_text(const struct gyr_event *ev, char *buf, size_t size, uint32_t flags)
{
	struct text t = {.ev = ev, .utf8 = flags & GYR_TEXT_UTF8, .colour = flags & GYR_TEXT_COLOUR};

	out_init(&t.o, buf, size);
	put_time(&t);
	out_char(&t.o, ' ');
	out_u64(&t.o, ev->cpu);
	out_char(&t.o, ' ');
	put_thread(&t);
	out_char(&t.o, ' ');
	colour(&t, COLOUR_NAME);
	out_str(&t.o, gyr_event_name(ev));
	colour(&t, COLOUR_END);
	if (ev->compat)
		out_str(&t.o, "[32]");
	out_char(&t.o, '(');
	put_params(&t);
	out_char(&t.o, ')');
	if (event_is_enter(ev))
		out_str(&t.o, " ...");
	else
		put_result(&t);
	put_latency(&t);
	return out_end(&t.o);
}

int gyr_string_text(const void *p, size_t n, char *buf, size_t size, uint32_t flags)
{
	struct out o;

	out_init(&o, buf, size);
	if (flags & GYR_TEXT_WORD)
		out_word(&o, p, n, flags & GYR_TEXT_UTF8);
	else
		out_escaped(&o, p, n, "", flags & GYR_TEXT_UTF8);
	return out_end(&o);
}

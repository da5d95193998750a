// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An event as one JSON object on a line, keys as Falco has them. Written as it goes, without a tree of values.
 *
 * Strings can hold any bytes. One that is not UTF-8 is there twice: under its key with U+FFFD for each byte that
 * belongs to no character, and under key + ".b64" with all its bytes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "event/format.h"
#include "event/out.h"
#include "event/param.h"
#include "event/utf8.h"

struct json {
	struct out o;
	const struct gyr_event *ev;
	bool first; /* in this object */
};

/* ---- the writer ---- */

static void put_key_suffix(struct json *j, const char *key, const char *suffix)
{
	if (!j->first)
		out_char(&j->o, ',');
	j->first = false;
	out_char(&j->o, '"');
	out_str(&j->o, key); /* names of the schema: nothing to escape */
	out_str(&j->o, suffix);
	out_str(&j->o, "\":");
}

static void put_key(struct json *j, const char *key)
{
	put_key_suffix(j, key, "");
}

static void put_unit(struct out *o, uint32_t unit)
{
	static const char digits[] = "0123456789abcdef";
	const char escape[] = {
		'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15],
	};

	out_mem(o, escape, sizeof(escape));
}

/* In UTF-16, as JSON has it. */
static void put_escape(struct out *o, uint32_t cp)
{
	if (cp > 0xffff) {
		put_unit(o, 0xd800 + ((cp - 0x10000) >> 10));
		cp = 0xdc00 + (cp & 0x3ff);
	}
	put_unit(o, cp);
}

/* What stands in a string as it is, one byte a character. */
static const bool plain[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

/* False: not UTF-8. */
static bool put_string_body(struct out *o, const uint8_t *p, size_t n)
{
	bool valid = true;
	uint32_t cp;
	size_t len;

	for (; n; p += len, n -= len) {
		for (len = 0; len < n && plain[p[len]]; len++)
			;
		if (len) {
			out_mem(o, p, len);
			continue;
		}
		len = utf8_decode(p, n, &cp);
		if (!len) {
			out_str(o, "\xef\xbf\xbd");
			valid = false;
			len = 1;
		} else if (cp == '"' || cp == '\\') {
			out_char(o, '\\');
			out_char(o, cp);
		} else if (!utf8_printable(cp)) {
			put_escape(o, cp);
		} else {
			out_mem(o, p, len);
		}
	}
	return valid;
}

static bool put_bytes(struct json *j, const void *p, size_t n)
{
	bool valid;

	out_char(&j->o, '"');
	valid = put_string_body(&j->o, p, n);
	out_char(&j->o, '"');
	return valid;
}

/* All the bytes, where the string under the same key could not hold them. */
static void put_b64(struct json *j, const char *key, const void *p, size_t n)
{
	struct base64 b = {.n = 0};

	put_key_suffix(j, key, ".b64");
	out_char(&j->o, '"');
	out_base64(&j->o, &b, p, n);
	out_base64_end(&j->o, &b);
	out_char(&j->o, '"');
}

static void put_string(struct json *j, const char *key, const void *p, size_t n)
{
	put_key(j, key);
	if (!put_bytes(j, p, n))
		put_b64(j, key, p, n);
}

/* Of the state: "" is unknown. */
static void put_known(struct json *j, const char *key, const char *s)
{
	if (*s) {
		put_string(j, key, s, strlen(s));
	} else {
		put_key(j, key);
		out_str(&j->o, "null");
	}
}

static void put_u64(struct json *j, const char *key, uint64_t v)
{
	put_key(j, key);
	out_u64(&j->o, v);
}

static void put_s64(struct json *j, const char *key, int64_t v)
{
	put_key(j, key);
	out_s64(&j->o, v);
}

static void put_known_u64(struct json *j, const char *key, uint64_t v, bool known)
{
	put_key(j, key);
	if (known)
		out_u64(&j->o, v);
	else
		out_str(&j->o, "null");
}

static void put_bool(struct json *j, const char *key, bool v)
{
	put_key(j, key);
	out_str(&j->o, v ? "true" : "false");
}

/* ---- evt.args ---- */

/* Words of format.h, which need no escapes. */
static void put_words(struct json *j, const struct gyr_param *p)
{
	const struct gyr_syscall_info *sc;

	out_char(&j->o, '"');
	switch (p->type) {
	case GYR_TYPE_SIGTYPE:
		format_signal(&j->o, p->u64);
		break;
	case GYR_TYPE_SIGSET:
		format_sigset(&j->o, p->u64);
		break;
	case GYR_TYPE_IPV4ADDR:
		format_ip(&j->o, AF_INET, p->data);
		break;
	case GYR_TYPE_IPV6ADDR:
		format_ip(&j->o, AF_INET6, p->data);
		break;
	case GYR_TYPE_SYSCALLID:
		sc = gyr_syscall_by_sc(p->u64);
		if (sc)
			out_str(&j->o, sc->name);
		else
			out_u64(&j->o, p->u64);
		break;
	case GYR_TYPE_ENUMFLAGS8:
	case GYR_TYPE_ENUMFLAGS16:
	case GYR_TYPE_ENUMFLAGS32:
	case GYR_TYPE_UINT64:
		format_enum(&j->o, p->info, p->u64);
		break;
	default:
		format_flags(&j->o, p->info->flags, p->u64);
	}
	out_char(&j->o, '"');
}

static void put_address(struct json *j, const char *key, const struct gyr_param *p)
{
	char text[ADDR_TEXT_MAX];
	struct gyr_addr a, b;
	struct out o;

	out_init(&o, text, sizeof(text));
	if (p->type == GYR_TYPE_SOCKADDR && !gyr_param_sockaddr(p, &a)) {
		format_addr(&o, &a);
		put_string(j, key, text, o.len);
	} else if (p->type == GYR_TYPE_SOCKTUPLE && !gyr_param_socktuple(p, &a, &b)) {
		format_tuple(&o, &a, &b);
		put_string(j, key, text, o.len);
	} else {
		put_string(j, key, p->data, p->len); /* malformed: the bytes as they came */
	}
}

static void put_fdlist(struct json *j, const char *key, const struct gyr_param *p)
{
	bool first = true;
	int16_t events;
	int64_t fd;
	uint32_t i;

	if (gyr_param_fdlist(p, 0, &fd, &events) == -EBADMSG) {
		put_string(j, key, p->data, p->len);
		return;
	}
	put_key(j, key);
	out_char(&j->o, '[');
	for (i = 0; !gyr_param_fdlist(p, i, &fd, &events); i++) {
		const struct gyr_fd *known = j->ev->thread ? gyr_thread_fd(j->ev->thread, fd) : NULL;

		if (!first)
			out_char(&j->o, ',');
		first = false;
		out_char(&j->o, '{');
		j->first = true;
		put_s64(j, "fd", fd);
		if (known)
			put_known(j, "name", gyr_fd_name(known));
		put_key(j, "events");
		out_char(&j->o, '"');
		format_flags(&j->o, flags_by_name("poll_flags"), (uint16_t)events);
		out_str(&j->o, "\"}");
	}
	j->first = false;
	out_char(&j->o, ']');
}

static void put_strings(struct json *j, const char *key, const struct gyr_param *p)
{
	const char *s = p->data, *end = s + p->len;
	bool valid = true;
	size_t len;

	put_key(j, key);
	out_char(&j->o, '[');
	for (; s < end; s += len + 1) {
		if (s != p->data)
			out_char(&j->o, ',');
		len = strnlen(s, end - s);
		valid &= put_bytes(j, s, len);
	}
	out_char(&j->o, ']');
	if (!valid)
		put_b64(j, key, p->data, p->len);
}

static void put_param(struct json *j, uint32_t i)
{
	const char *key = j->ev->info->params[i].name;
	struct gyr_param p;

	if (gyr_event_param(j->ev, i, &p)) {
		put_string(j, key, p.data, p.len); /* malformed */
		return;
	}
	if (!param_is_known(j->ev, &p)) {
		put_key(j, key);
		out_str(&j->o, "null");
		return;
	}
	switch (p.type) {
	case GYR_TYPE_CHARBUF:
	case GYR_TYPE_FSPATH:
	case GYR_TYPE_FSRELPATH:
		put_string(j, key, p.data, param_strlen(&p));
		break;
	case GYR_TYPE_SOCKADDR:
	case GYR_TYPE_SOCKTUPLE:
		put_address(j, key, &p);
		break;
	case GYR_TYPE_FDLIST:
		put_fdlist(j, key, &p);
		break;
	case GYR_TYPE_BOOL:
		put_bool(j, key, p.u64);
		break;
	case GYR_TYPE_FLAGS8:
	case GYR_TYPE_FLAGS16:
	case GYR_TYPE_FLAGS32:
	case GYR_TYPE_FLAGS64:
	case GYR_TYPE_ENUMFLAGS8:
	case GYR_TYPE_ENUMFLAGS16:
	case GYR_TYPE_ENUMFLAGS32:
	case GYR_TYPE_SIGTYPE:
	case GYR_TYPE_SIGSET:
	case GYR_TYPE_IPV4ADDR:
	case GYR_TYPE_IPV6ADDR:
	case GYR_TYPE_SYSCALLID:
		put_key(j, key);
		put_words(j, &p);
		break;
	default:
		if (p.type == GYR_TYPE_UINT64 && p.info->flags) {
			put_key(j, key);
			put_words(j, &p);
		} else if (param_is_strings(&p)) {
			put_strings(j, key, &p);
		} else if (!param_is_number(p.type)) {
			put_string(j, key, p.data, p.len);
		} else if (param_is_signed(p.type)) {
			put_s64(j, key, p.s64);
		} else {
			put_u64(j, key, p.u64);
		}
	}
}

/* ---- the object ---- */

/* 2024-11-22T17:01:02.123456789Z; days to a date as the proleptic Gregorian calendar has it, years from March. */
static void put_time(struct json *j, const char *key, uint64_t ns)
{
	uint64_t s = ns / 1000000000, days = s / 86400 + 719468; /* from 0000-03-01 */
	uint64_t era = days / 146097, doe = days % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9;
	const struct {
		uint64_t v;
		int digits;
		char after;
	} parts[] = {
		{era * 400 + yoe + (month <= 2), 4, '-'},
		{month, 2, '-'},
		{doy - (153 * mp + 2) / 5 + 1, 2, 'T'},
		{s % 86400 / 3600, 2, ':'},
		{s % 3600 / 60, 2, ':'},
		{s % 60, 2, '.'},
		{ns % 1000000000, 9, 'Z'},
	};
	size_t i;

	put_key(j, key);
	out_char(&j->o, '"');
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		out_padded(&j->o, parts[i].v, parts[i].digits);
		out_char(&j->o, parts[i].after);
	}
	out_char(&j->o, '"');
}

/* Absent when there is none. */
static void put_cut(struct json *j)
{
	const struct gyr_event *ev = j->ev;
	const char *before = "[\"";
	uint32_t i;

	for (i = 0; i < ev->nparams; i++) {
		if (!gyr_event_cut(ev, i))
			continue;
		if (*before == '[')
			put_key(j, "evt.cut");
		out_str(&j->o, before);
		out_str(&j->o, ev->info->params[i].name);
		before = "\",\"";
	}
	if (*before != '[')
		out_str(&j->o, "\"]");
}

static void put_evt(struct json *j)
{
	const struct gyr_event *ev = j->ev;
	const char *name = gyr_event_name(ev), *category = gyr_category_name(ev->category);
	const char *direction = gyr_direction_name(gyr_event_direction(ev));
	bool failed = event_failed(ev);
	int64_t res, latency = gyr_event_latency(ev);
	uint32_t i;

	put_u64(j, "evt.num", ev->num);
	put_time(j, "evt.time", ev->ts);
	put_u64(j, "evt.rawtime", ev->ts);
	put_u64(j, "evt.cpu", ev->cpu);
	put_string(j, "evt.type", name, strlen(name));
	put_string(j, "evt.category", category, strlen(category));
	put_string(j, "evt.dir", ev->type & 1 ? "<" : ">", 1);
	if (ev->compat)
		put_bool(j, "evt.compat", true);
	if (*direction)
		put_string(j, "evt.io_dir", direction, strlen(direction));
	if (gyr_event_is_wait(ev))
		put_bool(j, "evt.is_wait", true);
	put_bool(j, "evt.failed", failed);
	if (gyr_event_res(ev, &res)) {
		put_key(j, "evt.res");
		out_char(&j->o, '"');
		if (!failed)
			out_str(&j->o, "SUCCESS");
		else if (errno_name(-res))
			out_str(&j->o, errno_name(-res));
		else
			out_s64(&j->o, res);
		out_char(&j->o, '"');
		put_s64(j, "evt.rawres", res);
	}
	if (latency >= 0)
		put_s64(j, "evt.latency", latency);
	put_key(j, "evt.args");
	out_char(&j->o, '{');
	j->first = true;
	for (i = 0; i < ev->nparams; i++)
		put_param(j, i);
	j->first = false;
	out_char(&j->o, '}');
	put_cut(j);
}

/* argv[1] and on with blanks between, after `first` if there is one: as Falco has proc.args and proc.cmdline. */
static void put_argv(struct json *j, const char *key, const char *first, const char *args, size_t args_len)
{
	const char *s, *end = args + args_len, *blank = *first ? " " : "";
	size_t len, first_len = strlen(first);
	struct base64 b = {.n = 0};
	bool valid;

	put_key(j, key);
	out_char(&j->o, '"');
	valid = put_string_body(&j->o, (const uint8_t *)first, first_len);
	for (s = args; s < end; s += len + 1, blank = " ") {
		len = strnlen(s, end - s);
		out_str(&j->o, blank);
		valid &= put_string_body(&j->o, (const uint8_t *)s, len);
	}
	out_char(&j->o, '"');
	if (valid)
		return;

	put_key_suffix(j, key, ".b64");
	out_char(&j->o, '"');
	out_base64(&j->o, &b, first, first_len);
	blank = *first ? " " : "";
	for (s = args; s < end; s += len + 1, blank = " ") {
		len = strnlen(s, end - s);
		out_base64(&j->o, &b, blank, strlen(blank));
		out_base64(&j->o, &b, s, len);
	}
	out_base64_end(&j->o, &b);
	out_char(&j->o, '"');
}

static void put_container(struct json *j, const struct gyr_thread *t)
{
	const char *id = gyr_thread_container(t), *pod = gyr_thread_pod(t);
	const char *host = *gyr_thread_cgroup(t) ? "host" : "";

	put_known(j, "container.id", *id ? id : host);
	put_known(j, "container.type", *id ? gyr_runtime_name(gyr_thread_runtime(t)) : host);
	if (*pod)
		put_known(j, "k8s.pod.uid", pod);
}

/* But for its tid. */
static void put_thread(struct json *j, const struct gyr_thread *t)
{
	uint64_t pid = gyr_thread_pid(t), ppid = gyr_thread_ppid(t);
	const char *args;
	size_t len;

	put_known_u64(j, "proc.pid", pid, pid);
	/* Init and kthreadd have no parent. */
	put_known_u64(j, "proc.ppid", ppid, ppid || pid == 1 || pid == 2);
	put_known(j, "proc.name", gyr_thread_comm(t));
	put_known(j, "proc.exe", gyr_thread_exe(t));
	put_known(j, "proc.exepath", gyr_thread_exepath(t));
	args = gyr_thread_args(t, &len);
	put_argv(j, "proc.args", "", args, len);
	put_argv(j, "proc.cmdline", gyr_thread_comm(t), args, len);
	put_known(j, "proc.cwd", gyr_thread_cwd(t));
	put_known_u64(j, "user.uid", gyr_thread_uid(t), gyr_thread_uid(t) != UINT32_MAX);
	put_known_u64(j, "group.gid", gyr_thread_gid(t), gyr_thread_gid(t) != UINT32_MAX);
	put_container(j, t);
}

static const char *l4_name(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	case IPPROTO_RAW:
		return "raw";
	default:
		return "";
	}
}

static void put_end(struct json *j, const char *ip_key, const char *port_key, uint8_t family, const uint8_t *ip,
		    uint16_t port)
{
	put_key(j, ip_key);
	out_char(&j->o, '"');
	format_ip(&j->o, family, ip);
	out_char(&j->o, '"');
	put_u64(j, port_key, port);
}

/* But for its number. */
static void put_fd(struct json *j, const struct gyr_fd *fd)
{
	enum gyr_role role = gyr_fd_role(fd);
	struct gyr_fd_tuple t;

	put_known(j, "fd.type", gyr_fd_type_name(gyr_fd_type(fd)));
	put_known(j, "fd.name", gyr_fd_name(fd));
	if (role != GYR_ROLE_NONE)
		put_bool(j, "fd.is_server", role == GYR_ROLE_SERVER);
	if (!gyr_fd_get_tuple(fd, &t))
		return;
	put_end(j, "fd.lip", "fd.lport", t.family, t.laddr, t.lport);
	put_end(j, "fd.rip", "fd.rport", t.family, t.raddr, t.rport);
	put_end(j, t.server ? "fd.sip" : "fd.cip", t.server ? "fd.sport" : "fd.cport", t.family, t.laddr, t.lport);
	put_end(j, t.server ? "fd.cip" : "fd.sip", t.server ? "fd.cport" : "fd.sport", t.family, t.raddr, t.rport);
	put_known(j, "fd.l4proto", l4_name(t.l4proto));
}

static void json_begin(struct json *j, char *buf, size_t size)
{
	*j = (struct json){.first = true};
	out_init(&j->o, buf, size);
	out_char(&j->o, '{');
}

static int json_end(struct json *j)
{
	out_char(&j->o, '}');
	return out_end(&j->o);
}

GYR_API int gyr_event_json(const struct gyr_event *ev, char *buf, size_t size, uint32_t flags)
{
	struct json j;

	(void)flags; /* none so far */
	json_begin(&j, buf, size);
	j.ev = ev;
	put_evt(&j);
	put_u64(&j, "thread.tid", ev->tid);
	if (ev->thread)
		put_thread(&j, ev->thread);
	if (ev->fd_num >= 0)
		put_s64(&j, "fd.num", ev->fd_num);
	if (ev->fd_num >= 0 && ev->fd)
		put_fd(&j, ev->fd);
	return json_end(&j);
}

GYR_API int gyr_thread_json(const struct gyr_thread *t, char *buf, size_t size, uint32_t flags)
{
	struct json j;

	(void)flags;
	json_begin(&j, buf, size);
	put_u64(&j, "thread.tid", gyr_thread_tid(t));
	put_thread(&j, t);
	return json_end(&j);
}

GYR_API int gyr_fd_json(const struct gyr_thread *t, const struct gyr_fd *fd, char *buf, size_t size, uint32_t flags)
{
	uint64_t pid = gyr_thread_pid(t), ino = gyr_fd_ino(fd);
	struct json j;

	(void)flags;
	json_begin(&j, buf, size);
	put_u64(&j, "thread.tid", gyr_thread_tid(t));
	put_known_u64(&j, "proc.pid", pid, pid);
	put_known(&j, "proc.name", gyr_thread_comm(t));
	put_s64(&j, "fd.num", gyr_fd_num(fd));
	put_fd(&j, fd);
	put_bool(&j, "fd.cloexec", gyr_fd_cloexec(fd));
	put_known_u64(&j, "fd.dev", gyr_fd_dev(fd), gyr_fd_dev(fd));
	put_known_u64(&j, "fd.ino", ino, ino);
	return json_end(&j);
}

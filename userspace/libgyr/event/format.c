// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "event/format.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "event/table.h"

/* What an interrupted call returns at the tracepoint, before the kernel turns it into EINTR or restarts it. */
static const char *const restart_names[] = {
	"ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ENOIOCTLCMD", "ERESTART_RESTARTBLOCK",
};
#define ERESTARTSYS 512

const char *errno_name(uint64_t err)
{
	if (err > 0 && err < ERESTARTSYS)
		return strerrorname_np((int)err);
	if (err >= ERESTARTSYS && err < ERESTARTSYS + sizeof(restart_names) / sizeof(restart_names[0]))
		return restart_names[err - ERESTARTSYS];
	return NULL;
}

/* The C library keeps the first two real-time signals to itself: SIGRTMIN is not the kernel's 32. */
#define FIRST_RTSIG 34

void format_signal(struct out *o, uint64_t sig)
{
	const char *name = sig > 0 && sig < NSIG ? sigabbrev_np((int)sig) : NULL;

	if (name) {
		out_str(o, "SIG");
		out_str(o, name);
	} else if (sig >= FIRST_RTSIG && sig < NSIG) {
		out_str(o, "SIGRTMIN");
		if (sig > FIRST_RTSIG) {
			out_char(o, '+');
			out_u64(o, sig - FIRST_RTSIG);
		}
	} else {
		out_u64(o, sig);
	}
}

void format_sigset(struct out *o, uint64_t set)
{
	const char *between = "";
	unsigned int i;

	if (!set)
		out_char(o, '0');
	for (i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		out_str(o, between);
		format_signal(o, i + 1);
		between = "|";
	}
}

/* Of several names for a value the last is the common one: AF_UNIX after AF_LOCAL, AF_NETLINK after AF_ROUTE. */
static const struct gyr_flag *find_value(const struct gyr_flags *table, uint64_t v)
{
	const struct gyr_flag *found = NULL;
	uint32_t i;

	for (i = 0; table && i < table->nflags; i++)
		if (table->flags[i].value == v)
			found = &table->flags[i];
	return found;
}

/* The flag of most bits that holds the lowest bit of v and lies within v: O_RDWR is both O_RDONLY's bit and O_WRONLY's.
 */
static const struct gyr_flag *find_widest(const struct gyr_flags *table, uint64_t v)
{
	const struct gyr_flag *widest = NULL;
	uint64_t lowest = v & -v;
	uint32_t i;

	for (i = 0; i < table->nflags; i++) {
		const struct gyr_flag *flag = &table->flags[i];

		if (flag->mask || !(flag->value & lowest) || (flag->value & v) != flag->value)
			continue;
		if (!widest || __builtin_popcountll(flag->value) >= __builtin_popcountll(widest->value))
			widest = flag;
	}
	return widest;
}

/* Names that scap has for "no flag", which are no name of anything in C. */
static bool says_nothing(const char *name)
{
	return !strcmp(name, "O_NONE") || !strcmp(name, "LOCK_NONE");
}

/* What is a number within the flags. Returns the flags without what has been named. */
static uint64_t format_masked(struct out *o, const struct gyr_flags *table, uint64_t v, const char **between)
{
	uint64_t rest = v;
	uint32_t i;

	for (i = 0; i < table->nflags; i++) {
		const struct gyr_flag *flag = &table->flags[i];

		/* Masks may overlap: a part that has a name already is gone from the rest. */
		if (!flag->mask || (v & flag->mask) != flag->value || (rest & flag->value) != flag->value)
			continue;
		out_str(o, *between);
		out_str(o, flag->name);
		*between = "|";
		rest &= ~flag->mask;
	}
	return rest;
}

void format_flags(struct out *o, const struct gyr_flags *table, uint64_t v)
{
	const struct gyr_flag *flag;
	const char *between = "";
	uint64_t leftover = 0;

	if (!table) {
		out_hex(o, v);
		return;
	}
	if (v)
		v = format_masked(o, table, v, &between);
	if (!v && *between)
		return;
	if (!v) {
		flag = find_value(table, 0);
		out_str(o, flag && !says_nothing(flag->name) ? flag->name : "0");
		return;
	}
	while (v) {
		flag = find_widest(table, v);
		if (!flag) {
			leftover |= v & -v;
			v &= v - 1;
			continue;
		}
		out_str(o, between);
		out_str(o, flag->name);
		between = "|";
		v &= ~flag->value;
	}
	if (leftover) {
		out_str(o, between);
		out_hex(o, leftover);
	}
}

void format_enum(struct out *o, const struct gyr_param_info *info, uint64_t v)
{
	const struct gyr_flag *flag = find_value(info->flags, v);

	/* ioctl's request: to some C libraries (musl) an int, and to the kernel the lower half. */
	if (!flag && v >= UINT64_C(0xffffffff80000000))
		flag = find_value(info->flags, (uint32_t)v);
	if (flag)
		out_str(o, flag->name);
	else if (info->format == GYR_FMT_HEX)
		out_hex(o, v);
	else
		out_u64(o, v);
}

void format_mode(struct out *o, const struct gyr_flags *table, uint64_t v)
{
	const struct gyr_flag *type = v & S_IFMT ? find_value(table, v & S_IFMT) : NULL;

	if (type) {
		out_str(o, type->name);
		out_char(o, '|');
		v &= ~(uint64_t)S_IFMT;
	}
	out_oct(o, v);
}

void format_number(struct out *o, const struct gyr_param *p)
{
	unsigned int size = param_size(p->type);
	uint64_t bits = size < 8 ? p->u64 & ((1ull << 8 * size) - 1) : p->u64;

	if (p->info->format == GYR_FMT_HEX)
		out_hex(o, bits);
	else if (p->info->format == GYR_FMT_OCT)
		out_oct(o, bits);
	else if (param_is_signed(p->type))
		out_s64(o, p->s64);
	else
		out_u64(o, p->u64);
}

void format_ip(struct out *o, uint8_t family, const uint8_t *ip)
{
	char text[INET6_ADDRSTRLEN];
	int i;

	if (family == AF_INET6) {
		inet_ntop(AF_INET6, ip, text, sizeof(text));
		out_str(o, text);
		return;
	}
	for (i = 0; i < 4; i++) {
		if (i)
			out_char(o, '.');
		out_u64(o, ip[i]);
	}
}

static void format_family(struct out *o, uint8_t family)
{
	const struct gyr_flag *flag = find_value(flags_by_name("socket_families"), family);

	if (flag) {
		out_str(o, flag->name);
	} else {
		out_str(o, "AF_");
		out_u64(o, family);
	}
}

static void format_path(struct out *o, const struct gyr_addr *a)
{
	bool abstract = a->path_len > 1 && !a->path[0];

	if (abstract)
		out_char(o, '@');
	out_mem(o, a->path + abstract, a->path_len - abstract);
}

void format_addr(struct out *o, const struct gyr_addr *a)
{
	switch (a->family) {
	case AF_UNIX:
		format_path(o, a);
		return;
	case AF_INET:
		format_ip(o, a->family, a->ip);
		break;
	case AF_INET6:
		out_char(o, '[');
		format_ip(o, a->family, a->ip);
		out_char(o, ']');
		break;
	default:
		format_family(o, a->family);
		return;
	}
	out_char(o, ':');
	out_u64(o, a->port);
}

void format_tuple(struct out *o, const struct gyr_addr *src, const struct gyr_addr *dst)
{
	switch (src->family) {
	case AF_UNIX:
		out_hex(o, src->ptr);
		out_str(o, "->");
		out_hex(o, dst->ptr);
		if (dst->path_len)
			out_char(o, ' ');
		format_path(o, dst);
		return;
	case AF_INET:
	case AF_INET6:
		format_addr(o, src);
		out_str(o, "->");
		format_addr(o, dst);
		return;
	default:
		format_family(o, src->family);
	}
}

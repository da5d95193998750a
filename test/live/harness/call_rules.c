// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "call_rules.h"

#include "call_as.h"

static unsigned char regions[CALL_ARGS][CALL_REGION] __attribute__((aligned(4096)));

const void *call_memory(uint64_t addr, size_t size)
{
	uint64_t base = (uint64_t)regions;

	return addr >= base && addr + size <= base + sizeof(regions) ? (const void *)addr : NULL;
}

/* Data of what is expected lives until the event is stated. */
static unsigned char pool[64 * 1024];
static size_t pool_used;

void call_forget(void)
{
	pool_used = 0;
}

void *call_keep(const void *data, size_t n)
{
	void *at = pool + pool_used;

	NEED(n <= sizeof(pool) - pool_used);
	pool_used += n;
	return data ? memcpy(at, data, n) : at;
}

struct live_val call_string(const char *name, const void *from, size_t max)
{
	size_t n = strnlen(from, max);
	char *to = call_keep(NULL, n + 1);

	memcpy(to, from, n);
	to[n] = 0;
	return B(name, to, n + 1);
}

struct live_val call_data(const char *name, uint64_t addr, int64_t len)
{
	size_t n = len > SNAPLEN ? SNAPLEN : (size_t)len;

	if (len <= 0 || !call_memory(addr, n))
		return EMPTY(name);
	return B(name, call_keep((const void *)addr, n), n);
}

uint64_t call_source(const struct call_made *m, const struct call_param *p, size_t i)
{
	if (i == 0 && m->off)
		return 0;
	switch (p->from[i].what) {
	case CALL_FROM_RET:
		return (uint64_t)m->ret;
	case CALL_FROM_ARG:
		return m->args[p->from[i].value];
	case CALL_FROM_NR:
		return (uint64_t)m->spec->nr;
	default:
		return (uint64_t)p->from[i].value;
	}
}

uint64_t call_convert(const struct call_flags *flags, uint64_t val)
{
	uint64_t wire = 0;

	if (!flags)
		return val;
	for (size_t i = 0; i < flags->n; i++) {
		const struct call_flag *v = &flags->values[i];

		if (!flags->bits && (uint32_t)val == v->kernel)
			return v->wire;
		if (flags->bits && (val & v->mask) == v->kernel)
			wire |= v->wire;
	}
	return flags->bits ? wire : flags->other;
}

static bool is_met(const struct call_made *m, const struct call_param *p)
{
	if ((p->when.ret == CALL_OK && m->ret < 0) || (p->when.ret == CALL_POSITIVE && m->ret <= 0))
		return false;
	if (p->when.arg < 0)
		return true;
	for (size_t i = 0; i < p->when.n; i++)
		if ((uint32_t)m->args[p->when.arg] == (uint32_t)p->when.is[i])
			return true;
	return p->when.min && (uint32_t)m->args[p->when.arg] >= p->when.min;
}

static uint64_t unsigned_at(const void *at, unsigned int width)
{
	uint64_t val = 0;

	memcpy(&val, at, width);
	return val;
}

static uint64_t signed_at(const void *at, unsigned int width)
{
	unsigned int shift = 64 - 8 * width;

	return (uint64_t)((int64_t)(unsigned_at(at, width) << shift) >> shift);
}

/* Of a struct that says its size, that itself is there in any case. */
static bool is_within(const struct call_made *m, const struct call_param *p, uint64_t addr)
{
	uint64_t size = UINT64_MAX;

	if (p->size_is == CALL_SIZE_ARG)
		size = m->args[p->size_value];
	else if (p->size_is == CALL_SIZE_SELF && call_memory(addr, 4))
		size = unsigned_at((const void *)addr, 4);
	if (p->size_is == CALL_SIZE_SELF && size == 0)
		size = (uint64_t)p->size_value;
	return p->off + p->width <= size || (p->size_is == CALL_SIZE_SELF && p->off + p->width <= 4);
}

static struct live_val expect_behind(const struct call_made *m, const struct call_param *p, uint64_t addr)
{
	const unsigned char *at = addr ? call_memory(addr + p->off, p->width) : NULL;
	uint64_t val;

	if (!at || !is_within(m, p, addr))
		return EMPTY(p->name);
	switch (p->form) {
	case CALL_SIGNED:
		val = signed_at(at, p->width);
		break;
	case CALL_TIMESPEC:
		val = unsigned_at(at, 8) * 1000000000 + unsigned_at(at + 8, 8);
		break;
	case CALL_TIMEVAL:
		val = unsigned_at(at, 8) * 1000000000 + unsigned_at(at + 8, 8) * 1000;
		break;
	case CALL_SECONDS:
		val = unsigned_at(at, 8) * 1000000000;
		break;
	case CALL_CHARS:
		return call_string(p->name, at, p->width);
	case CALL_BYTES:
		return call_data(p->name, (uint64_t)at, p->width);
	case CALL_STRING_AT:
		val = unsigned_at(at, 8);
		return call_memory(val, 1) ? call_string(p->name, (const void *)val, 4095) : EMPTY(p->name);
	default:
		val = unsigned_at(at, p->width);
		break;
	}
	return I(p->name, call_convert(p->flags, val));
}

struct live_val call_expect(const struct call_made *made, const struct call_param *p)
{
	struct call_made off = *made;
	const struct call_made *m = made;
	uint64_t val;

	if (p->form == CALL_OTHER)
		return expect_other(m, p);
	if (!is_met(m, p)) {
		if (p->form != CALL_AS)
			return EMPTY(p->name);
		off.off = true;
		m = &off;
	}
	val = p->nfrom ? call_source(m, p, 0) : 0;
	switch (p->form) {
	case CALL_AS:
		return expect_as(m, p);
	case CALL_INT_ARG:
		return I(p->name, (int32_t)val);
	case CALL_RET:
	case CALL_NR:
	case CALL_CONST:
	case CALL_ARG:
		return I(p->name, call_convert(p->form == CALL_CONST ? NULL : p->flags, val));
	case CALL_STRING:
		return call_memory(val, 1) ? call_string(p->name, (const void *)val, 4095) : EMPTY(p->name);
	default:
		return expect_behind(m, p, val);
	}
}

/* ---- before the call ---- */

static void find_addresses(struct call_made *m)
{
	for (size_t i = 0; i < m->spec->nparams; i++) {
		const struct call_param *p = &m->spec->params[i];

		for (size_t j = 0; j < p->nfrom; j++)
			if (p->from[j].what == CALL_FROM_ARG &&
			    (p->form >= CALL_STRING || (p->form == CALL_AS && is_address_as(p, j))))
				m->is_address[p->from[j].value] = true;
	}
}

/* Each byte is another than its neighbours', and none is a NUL. */
static void fill(size_t arg)
{
	for (size_t i = 0; i < CALL_REGION; i++)
		regions[arg][i] = (unsigned char)((arg * 151 + i * 29 + (i >> 8) * 13) % 255 + 1);
}

static void place_string(void *at, size_t arg)
{
	char path[] = "/nowhere/gyr-0";

	path[sizeof(path) - 2] = (char)('0' + arg);
	memcpy(at, path, sizeof(path));
}

void call_place(const struct call_made *m)
{
	for (size_t i = 0; i < CALL_ARGS; i++)
		fill(i);
	for (size_t i = 0; i < m->spec->nparams; i++) {
		const struct call_param *p = &m->spec->params[i];
		size_t arg = p->nfrom && p->from[0].what == CALL_FROM_ARG ? (size_t)p->from[0].value : 0;
		uint64_t other = (uint64_t)(regions[arg] + CALL_REGION / 2);

		if (p->form == CALL_STRING)
			place_string(regions[arg], arg);
		if (p->form == CALL_STRING_AT) {
			memcpy(regions[arg] + p->off, &other, sizeof(other));
			place_string(regions[arg] + CALL_REGION / 2, arg);
		}
		if (p->form == CALL_AS && p->nfrom && call_memory(m->args[arg], 1))
			place_as(p, regions[arg]);
	}
}

void call_choose(struct call_made *m, const struct call_spec *spec, enum call_memory memory, bool negative)
{
	*m = (struct call_made){.spec = spec};
	find_addresses(m);
	for (size_t i = 0; i < CALL_ARGS; i++) {
		uint64_t n = i + 1;

		if (!m->is_address[i])
			m->args[i] = negative ? 0xe100c0de9a0071c3 + (n << 52) + (n << 16) : 0x5a0071c3 + (n << 16);
		else if (memory == CALL_FILLED)
			m->args[i] = (uint64_t)regions[i];
		else
			m->args[i] = memory == CALL_NULL ? 0 : 0x100 * n;
	}
	for (size_t i = 0; i < spec->nparams; i++)
		if (spec->params[i].form == CALL_AS)
			choose_as(m, &spec->params[i]);
	call_place(m);
}

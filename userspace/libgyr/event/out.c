// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <limits.h>

#include "event/out.h"
#include "event/utf8.h"

void out_mem_cut(struct out *o, const void *p, size_t n)
{
	if (o->len < o->size)
		memcpy(o->buf + o->len, p, o->size - o->len);
	o->len += n;
}

int out_end(struct out *o)
{
	if (o->size)
		o->buf[o->len < o->size ? o->len : o->size - 1] = '\0';
	return o->len > INT_MAX ? INT_MAX : (int)o->len;
}

void out_u64(struct out *o, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = '0' + v % 10;
		v /= 10;
	} while (v);
	out_mem(o, digits + i, sizeof(digits) - i);
}

void out_s64(struct out *o, int64_t v)
{
	if (v < 0) {
		out_char(o, '-');
		out_u64(o, -(uint64_t)v);
	} else {
		out_u64(o, v);
	}
}

static void out_bits(struct out *o, uint64_t v, unsigned int bits_a_digit)
{
	char digits[22];
	size_t i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[v & ((1u << bits_a_digit) - 1)];
		v >>= bits_a_digit;
	} while (v);
	out_mem(o, digits + i, sizeof(digits) - i);
}

void out_hex(struct out *o, uint64_t v)
{
	out_str(o, "0x");
	out_bits(o, v, 4);
}

void out_oct(struct out *o, uint64_t v)
{
	if (v)
		out_char(o, '0');
	out_bits(o, v, 3);
}

void out_padded(struct out *o, uint64_t v, int digits)
{
	char text[20];
	int i;

	for (i = digits; i--; v /= 10)
		text[i] = '0' + v % 10;
	out_mem(o, text, digits);
}

static void out_base64_group(struct out *o, const uint8_t *p, unsigned int n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v = (uint32_t)p[0] << 16 | (n > 1 ? p[1] << 8 : 0) | (n > 2 ? p[2] : 0);

	out_char(o, digits[v >> 18]);
	out_char(o, digits[v >> 12 & 63]);
	out_char(o, n > 1 ? digits[v >> 6 & 63] : '=');
	out_char(o, n > 2 ? digits[v & 63] : '=');
}

void out_base64(struct out *o, struct base64 *b, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n--) {
		b->held[b->n++] = *p++;
		if (b->n == sizeof(b->held)) {
			out_base64_group(o, b->held, b->n);
			b->n = 0;
		}
	}
}

void out_base64_end(struct out *o, struct base64 *b)
{
	if (b->n)
		out_base64_group(o, b->held, b->n);
	b->n = 0;
}

static void out_byte(struct out *o, uint8_t c)
{
	static const char letters[] = "abtnvfr"; /* of 7 to 13 */

	out_char(o, '\\');
	if (c >= 7 && c <= 13) {
		out_char(o, letters[c - 7]);
	} else if (c == '\\' || c == '"') {
		out_char(o, c);
	} else {
		const char octal[] = {'0' + (c >> 6), '0' + (c >> 3 & 7), '0' + (c & 7)};

		out_mem(o, octal, sizeof(octal));
	}
}

void out_escaped(struct out *o, const void *data, size_t n, const char *also, bool utf8)
{
	const uint8_t *p = data;
	uint32_t cp;
	size_t len;

	for (; n; p += len, n -= len) {
		len = 1;
		if (*p >= 0x20 && *p < 0x7f && *p != '\\' && *p != '"' && !strchr(also, *p)) {
			out_char(o, *p);
			continue;
		}
		if (*p >= 0x80 && utf8) {
			len = utf8_decode(p, n, &cp);
			if (len && utf8_printable(cp)) {
				out_mem(o, p, len);
				continue;
			}
			len = 1;
		}
		out_byte(o, *p);
	}
}

void out_quoted(struct out *o, const void *p, size_t n, bool utf8)
{
	out_char(o, '"');
	out_escaped(o, p, n, "", utf8);
	out_char(o, '"');
}

void out_word(struct out *o, const void *data, size_t n, bool utf8)
{
	const uint8_t *p = data;
	bool plain = n;
	size_t i;

	for (i = 0; i < n && plain; i++)
		plain = (p[i] > 0x20 && p[i] < 0x7f && !strchr("\"\\'`()[]{}<>,;?", p[i])) || (p[i] >= 0x80 && utf8);
	if (plain)
		out_escaped(o, p, n, "", utf8);
	else
		out_quoted(o, p, n, utf8);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bounded buffer that counts what it could not hold, so that the caller learns the size it needs (as with snprintf).
 */
#ifndef GYR_EVENT_OUT_H
#define GYR_EVENT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct out {
	char *buf;
	size_t size; /* room in buf, the final NUL included */
	size_t len;  /* wanted so far */
};

static inline void out_init(struct out *o, char *buf, size_t size)
{
	o->buf = buf;
	o->size = size;
	o->len = 0;
}

static inline void out_char(struct out *o, char c)
{
	if (o->len < o->size)
		o->buf[o->len] = c;
	o->len++;
}

/* The slow half of out_mem: there is not room for all. */
void out_mem_cut(struct out *o, const void *p, size_t n);

static inline void out_mem(struct out *o, const void *p, size_t n)
{
	if (__builtin_expect(o->len + n > o->size, 0)) {
		out_mem_cut(o, p, n);
		return;
	}
	memcpy(o->buf + o->len, p, n);
	o->len += n;
}

/* Inlined, so that the length of a literal is a constant. */
static inline __attribute__((always_inline)) void out_str(struct out *o, const char *s)
{
	out_mem(o, s, strlen(s));
}

/* Terminates the text and returns the length it wanted. */
int out_end(struct out *o);

void out_u64(struct out *o, uint64_t v);
void out_s64(struct out *o, int64_t v);
void out_hex(struct out *o, uint64_t v); /* 0x2a */
void out_oct(struct out *o, uint64_t v); /* 0644, and 0 */
void out_padded(struct out *o, uint64_t v, int digits);

/* Base64 of bytes that come in pieces; starts zeroed. */
struct base64 {
	uint8_t held[3];
	unsigned int n;
};
void out_base64(struct out *o, struct base64 *b, const void *p, size_t n);
void out_base64_end(struct out *o, struct base64 *b);

/*
 * A string as the body of a C literal: quotes, backslashes and control characters escaped. Escapes of bytes have three
 * octal digits, so that no digit that follows can be taken for a part of them. Bytes over 0x7f stay only with utf8, and
 * only in valid sequences that print: nothing of what a process calls itself reaches the terminal as a command.
 * `also` names further characters to escape.
 */
void out_escaped(struct out *o, const void *p, size_t n, const char *also, bool utf8);
/* "...": always quoted. */
void out_quoted(struct out *o, const void *p, size_t n, bool utf8);
/* As it is when it cannot be misread between commas, blanks and brackets; else quoted. */
void out_word(struct out *o, const void *p, size_t n, bool utf8);

#endif

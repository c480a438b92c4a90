/*
 * strbuf.c: text that is being built.
 *
 * Every reply passes through here, so adding is a comparison and a copy. Not
 * for JSON by hand: json/json.h writes into one of these. Runs in every process.
 */
#include "core/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/die.h"

enum { STRBUF_LEAST = 64 };

/* Empty buffers point here, so that ptr is always a C string. Never written to. */
static char nothing[1];

void
strbuf_init(struct strbuf *b)
{
	*b = (struct strbuf){ .ptr = nothing };
}

void
strbuf_release(struct strbuf *b)
{
	if (b->cap > 0)
		free(b->ptr);
	strbuf_init(b);
}

void
strbuf_clear(struct strbuf *b, size_t keep_bytes)
{
	if (keep_bytes > 0 && b->cap > keep_bytes)
		strbuf_release(b);
	explicit_bzero(b->ptr, b->cap > 0 ? b->len : 0);
	b->len = 0;
	if (b->cap > 0)
		b->ptr[0] = '\0';
}

/* At least doubles: n bytes added one by one are copied at most twice. */
static void
grow(struct strbuf *b, size_t more)
{
	size_t want, cap;
	char *p;

	if (__builtin_add_overflow(b->len + 1, more, &want) || want > SIZE_MAX / 2)
		die("out of memory: a buffer wanted %zu more bytes", more);
	cap = b->cap * 2 > want ? b->cap * 2 : want;
	if (cap < STRBUF_LEAST)
		cap = STRBUF_LEAST;
	p = realloc(b->cap > 0 ? b->ptr : NULL, cap);
	if (p == NULL)
		die("out of memory: a buffer wanted %zu bytes", cap);
	p[b->len] = '\0';
	b->ptr = p;
	b->cap = cap;
}

char *
strbuf_reserve(struct strbuf *b, size_t more)
{
	/* cap is 0 or above len: one byte is the NUL's. */
	if (b->cap == 0 || more > b->cap - b->len - 1)
		grow(b, more);
	return b->ptr + b->len;
}

void
strbuf_add_bytes(struct strbuf *b, const char *ptr, size_t len)
{
	char *p;

	if (len == 0)
		return;
	p = strbuf_reserve(b, len);
	memcpy(p, ptr, len);
	p[len] = '\0';
	b->len += len;
}

void
strbuf_add(struct strbuf *b, struct str s)
{
	strbuf_add_bytes(b, s.ptr, s.len);
}

void
strbuf_add_cstr(struct strbuf *b, const char *z)
{
	strbuf_add_bytes(b, z, strlen(z));
}

void
strbuf_add_char(struct strbuf *b, char c)
{
	char *p = strbuf_reserve(b, 1);

	p[0] = c;
	p[1] = '\0';
	b->len++;
}

void
strbuf_add_i64(struct strbuf *b, int64_t n)
{
	char text[20]; /* "-9223372036854775808" */
	char *end = text + sizeof(text), *p = end;
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--p = '-';
	strbuf_add_bytes(b, p, (size_t)(end - p));
}

void
strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	strbuf_reserve(b, STRBUF_LEAST);
	room = b->cap - b->len;
	va_start(ap, fmt);
	n = vsnprintf(b->ptr + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("strbuf_addf: a bad format \"%s\"", fmt);
	if ((size_t)n >= room) {
		room = (size_t)n + 1;
		strbuf_reserve(b, (size_t)n);
		va_start(ap, fmt);
		vsnprintf(b->ptr + b->len, room, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

struct str
strbuf_str(const struct strbuf *b)
{
	return (struct str){ b->ptr, b->len };
}

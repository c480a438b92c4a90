#ifndef HOB_CORE_STRBUF_H
#define HOB_CORE_STRBUF_H

#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

/*
 * A growing byte buffer on the heap, kept from request to request so that it
 * grows once. Always NUL-terminated, so `ptr` is a C string when no NUL was
 * added; `ptr` is never NULL after init. Without memory the process exits.
 */
struct strbuf {
	char *ptr;
	size_t len;
	size_t cap;
};

void strbuf_init(struct strbuf *b);
/* Frees; must be initialised anew before use. */
void strbuf_release(struct strbuf *b);
/* Empties. A buffer that grew beyond `keep_bytes` (0: any size) gives it back. */
void strbuf_clear(struct strbuf *b, size_t keep_bytes);
/* Makes room for `more` bytes beyond len and returns where they go. */
char *strbuf_reserve(struct strbuf *b, size_t more);
void strbuf_add(struct strbuf *b, struct str s);
void strbuf_add_bytes(struct strbuf *b, const char *ptr, size_t len);
void strbuf_add_cstr(struct strbuf *b, const char *z);
void strbuf_add_char(struct strbuf *b, char c);
void strbuf_add_i64(struct strbuf *b, int64_t n);
void strbuf_addf(struct strbuf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The content; valid until the next change. */
struct str strbuf_str(const struct strbuf *b);

#endif

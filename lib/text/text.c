/*
 * text.c: one form of what people type. utf8proc knows Unicode, libidn2 names of hosts. Runs in
 * workers.
 */
#include "text/text.h"

#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/die.h"

/* Below it everything is NFC as it stands (UAX 15, NFC_Quick_Check). */
enum { FIRST_MARK = 0x300 };
/* UAX 15, Stream-Safe Text Format. utf8proc sorts them in quadratic time. */
enum { MARKS_MAX = 30 };

/* Below it a code point is a byte, and most text is. */
enum { ASCII = 0x80 };

enum { DOMAIN_MAX_BYTES = 253 }; /* RFC 1035 2.3.4, without its last dot */

enum {
	REPLACEMENT = 0xfffd,
	MINUS = 0x2212,
	BRAILLE_BLANK = 0x2800,
	DELETE = 0x7f,
	NEXT_LINE = 0x85,
	LINE_SEPARATOR = 0x2028,
	PARAGRAPH_SEPARATOR = 0x2029
};

/* Takes the first code point off; of what is no UTF-8 a byte. */
static int32_t
next(struct str *s)
{
	utf8proc_int32_t code = (unsigned char)*s->ptr;
	utf8proc_ssize_t n = code < ASCII ? 1 : utf8proc_iterate((const utf8proc_uint8_t *)s->ptr,
					      (utf8proc_ssize_t)s->len, &code);

	if (n <= 0) {
		n = 1;
		code = REPLACEMENT;
	}
	s->ptr += n;
	s->len -= (size_t)n;
	return code;
}

static bool
is_below(struct str s, int32_t limit)
{
	while (s.len > 0)
		if (next(&s) >= limit)
			return false;
	return true;
}

static bool
has_too_many_marks(struct str s)
{
	int marks = 0;

	while (s.len > 0) {
		marks = utf8proc_get_property(next(&s))->combining_class > 0 ? marks + 1 : 0;
		if (marks > MARKS_MAX)
			return true;
	}
	return false;
}

struct str
text_nfc(struct arena *a, struct str s)
{
	utf8proc_uint8_t *composed;
	utf8proc_ssize_t n;
	struct str out;

	if (is_below(s, FIRST_MARK))
		return s;
	if (has_too_many_marks(s))
		return STR_NONE;
	n = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len,
			 &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n == UTF8PROC_ERROR_NOMEM)
		die("text: out of memory");
	if (n < 0)
		return s;
	out = arena_str(a, (struct str){ (char *)composed, (size_t)n });
	free(composed);
	return out;
}

static bool
ends_line(int32_t code)
{
	return (code >= '\n' && code <= '\r') || code == NEXT_LINE ||
	       code == LINE_SEPARATOR || code == PARAGRAPH_SEPARATOR;
}

/*
 * The text with each code point as `into` wants it: itself, a character of ASCII, or 0 for none.
 * `rest` stands behind it.
 */
static struct str
rewrite(struct arena *a, struct str s, int32_t (*into)(int32_t code, struct str rest))
{
	char *text = arena_alloc(a, s.len + 1), *to = text;

	while (s.len > 0) {
		const char *from = s.ptr;
		int32_t code = next(&s), wanted = into(code, s);

		if (wanted == code) {
			memcpy(to, from, (size_t)(s.ptr - from));
			to += s.ptr - from;
		} else if (wanted != 0) {
			*to++ = (char)wanted;
		}
	}
	*to = '\0';
	return (struct str){ text, (size_t)(to - text) };
}

static int32_t
as_lines(int32_t code, struct str rest)
{
	if (code == '\r' && rest.len > 0 && rest.ptr[0] == '\n')
		return 0;
	return ends_line(code) ? '\n' : code;
}

struct str
text_lines(struct arena *a, struct str s)
{
	return rewrite(a, s, as_lines);
}

static bool
is_blank(int32_t code)
{
	if (code < ASCII)
		return code == ' ' || code == '\t' || ends_line(code);
	return utf8proc_category(code) == UTF8PROC_CATEGORY_ZS || ends_line(code);
}

struct str
text_trim(struct str s)
{
	struct str rest = s;
	const char *end;

	while (rest.len > 0 && is_blank(next(&rest)))
		s = rest;
	end = s.ptr;
	for (rest = s; rest.len > 0;)
		if (!is_blank(next(&rest)))
			end = rest.ptr;
	return (struct str){ s.ptr, (size_t)(end - s.ptr) };
}

static bool
is_visible(int32_t code)
{
	if (code < ASCII)
		return code > ' ' && code != DELETE;
	return !is_blank(code) && code != BRAILLE_BLANK &&
	       utf8proc_category(code) != UTF8PROC_CATEGORY_CC &&
	       !utf8proc_get_property(code)->ignorable;
}

size_t
text_visible(struct str s)
{
	size_t n = 0;

	while (s.len > 0)
		n += is_visible(next(&s));
	return n;
}

static bool
turns_direction(int32_t code)
{
	return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

bool
text_is_line(struct str s)
{
	while (s.len > 0) {
		int32_t code = next(&s);

		if (utf8proc_category(code) == UTF8PROC_CATEGORY_CC || ends_line(code) ||
		    turns_direction(code))
			return false;
	}
	return true;
}

static int32_t
as_code(int32_t code, struct str rest)
{
	bool is_dash = utf8proc_category(code) == UTF8PROC_CATEGORY_PD || code == MINUS;

	(void)rest;
	return is_visible(code) && !is_dash ? code : 0;
}

struct str
text_squeeze(struct arena *a, struct str s)
{
	return rewrite(a, s, as_code);
}

bool
text_domain(struct arena *a, struct str s, struct str *out)
{
	char *wire = NULL, *shown = NULL;
	bool good = idn2_to_ascii_8z(arena_cstr(a, s), &wire,
				     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
		    strlen(wire) <= DOMAIN_MAX_BYTES &&
		    idn2_to_unicode_8z8z(wire, &shown, 0) == IDN2_OK;

	if (good)
		*out = arena_str(a, str_of(shown));
	idn2_free(wire);
	idn2_free(shown);
	return good;
}

static int32_t
with_plain_blanks(int32_t code, struct str rest)
{
	(void)rest;
	return utf8proc_category(code) == UTF8PROC_CATEGORY_ZS ? ' ' : code;
}

bool
text_password(struct arena *a, struct str s, struct str *out)
{
	for (struct str rest = s; rest.len > 0;)
		if (utf8proc_category(next(&rest)) == UTF8PROC_CATEGORY_CC)
			return false;
	*out = text_nfc(a, rewrite(a, s, with_plain_blanks));
	return out->ptr != NULL;
}

/*
 * text.c: the normal form of text from people. utf8proc knows Unicode, libidn2 host
 * names. Runs in workers.
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
/* Syllables of Hangul are composed of these by arithmetic. */
enum { FIRST_JAMO = 0x1100, LAST_JAMO = 0x11ff };
enum { FIRST_SYLLABLE = 0xac00, LAST_SYLLABLE = 0xd7a3 };
/* Marks on one letter. Sorting them is quadratic. */
enum { MARKS_MAX = 16 };
/* A character has no more, and U+0390 has three in two bytes. */
enum { PARTS_MAX = 4, PARTS_A_BYTE = 2 };
enum { CLASS_SHIFT = 21 };

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
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s->ptr;
	utf8proc_int32_t code = *p;
	utf8proc_ssize_t n = 1;

	/* Two bytes, as marks and most letters of Europe and the Near East have, need no call. */
	if (code >= 0xc2 && code < 0xe0 && s->len > 1 && (p[1] & 0xc0) == 0x80) {
		code = (code & 0x1f) << 6 | (p[1] & 0x3f);
		n = 2;
	} else if (code >= ASCII) {
		n = utf8proc_iterate(p, (utf8proc_ssize_t)s->len, &code);
	}
	if (n <= 0) {
		n = 1;
		code = REPLACEMENT;
	}
	s->ptr += n;
	s->len -= (size_t)n;
	return code;
}

static bool
has_parts(int32_t code, const utf8proc_property_t *p)
{
	return p->decomp_seqindex != UINT16_MAX ||
	       (code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE);
}

/* NFC leaves it as it is, whatever stands beside it: it is no mark, has no parts and is a part of nothing. */
static bool
stands_alone(int32_t code)
{
	const utf8proc_property_t *p = utf8proc_get_property(code);

	return p->combining_class == 0 && p->comb_index == UINT16_MAX &&
	       !has_parts(code, p) && !(code >= FIRST_JAMO && code <= LAST_JAMO);
}

static bool
is_composed(struct str s)
{
	while (s.len > 0) {
		int32_t code = next(&s);

		if (code >= FIRST_MARK && !stands_alone(code))
			return false;
	}
	return true;
}

/* Puts a code into canonical order (UAX 15), with its class above it. */
static void
put_code(int32_t *codes, size_t n, int32_t code, int32_t class)
{
	for (; n > 0 && class > 0 && codes[n - 1] >> CLASS_SHIFT > class; n--)
		codes[n] = codes[n - 1];
	codes[n] = code | class << CLASS_SHIFT;
}

/* Its parts, or itself. Returns their number, at most PARTS_MAX. */
static size_t
put_parts(int32_t *codes, size_t n, int32_t code)
{
	const utf8proc_property_t *p = utf8proc_get_property(code);
	int32_t parts[PARTS_MAX];
	utf8proc_ssize_t count;

	if (!has_parts(code, p)) {
		put_code(codes, n, code, p->combining_class);
		return 1;
	}
	count = utf8proc_decompose_char(code, parts, PARTS_MAX, UTF8PROC_DECOMPOSE, NULL);
	for (utf8proc_ssize_t i = 0; i < count; i++)
		put_code(codes, n + (size_t)i, parts[i],
			 utf8proc_get_property(parts[i])->combining_class);
	return (size_t)count;
}

/* Into room for PARTS_A_BYTE of each byte. Returns their number, or -1: too many marks on a letter. */
static utf8proc_ssize_t
decompose(struct str s, int32_t *codes)
{
	size_t n = 0, letter = 0;

	while (s.len > 0) {
		size_t end = n + put_parts(codes, n, next(&s));

		for (; n < end; n++)
			if (codes[n] >> CLASS_SHIFT == 0)
				letter = n;
		if (n - letter > MARKS_MAX + 1)
			return -1;
	}
	for (size_t i = 0; i < n; i++)
		codes[i] &= (1 << CLASS_SHIFT) - 1;
	return (utf8proc_ssize_t)n;
}

/*
 * utf8proc_map would do, but sorts marks by their neighbours and looks each up again and again: a body
 * of 1 MiB of marks took it 90 ms, and takes this 30.
 */
struct str
text_nfc(struct arena *a, struct str s)
{
	struct str out = STR_NONE;
	utf8proc_ssize_t n;
	int32_t *codes;

	if (s.len == 0 || is_composed(s))
		return s;
	codes = calloc(s.len, PARTS_A_BYTE * sizeof(*codes));
	if (codes == NULL)
		die("text: out of memory");
	n = decompose(s, codes);
	if (n >= 0)
		n = utf8proc_reencode(codes, n, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n >= 0)
		out = arena_str(a, (struct str){ (char *)codes, (size_t)n });
	free(codes);
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

/* Has it a byte with which an end of a line begins that is no LF? */
static bool
may_have_other_ends(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c > '\n' && c <= '\r') || c == 0xc2 || c == 0xe2)
			return true;
	}
	return false;
}

struct str
text_lines(struct arena *a, struct str s)
{
	return may_have_other_ends(s) ? rewrite(a, s, as_lines) : arena_str(a, s);
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

bool
text_shows(struct str s, size_t least)
{
	size_t n = 0;

	while (n < least && s.len > 0)
		n += is_visible(next(&s));
	return n >= least;
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

struct str
text_line(struct arena *a, struct str s)
{
	s = text_nfc(a, s);
	if (s.ptr == NULL)
		return STR_NONE;
	s = text_trim(s);
	if (!text_is_line(s))
		return STR_NONE;
	return text_shows(s, 1) ? s : STR("");
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
text_domain_ascii(struct arena *a, struct str s, struct str *out)
{
	char *wire = NULL;
	bool good = idn2_to_ascii_8z(arena_cstr(a, s), &wire,
				     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
		    strlen(wire) <= DOMAIN_MAX_BYTES;

	if (good)
		*out = arena_str(a, str_of(wire));
	idn2_free(wire);
	return good;
}

/* As it goes over the wire, and back; STR_NONE when it is no domain or too long. */
static struct str
domain_and_back(struct arena *a, struct str s)
{
	char *shown = NULL;
	struct str wire, back = STR_NONE;

	if (text_domain_ascii(a, s, &wire) &&
	    idn2_to_unicode_8z8z(wire.ptr, &shown, 0) == IDN2_OK)
		back = arena_str(a, str_of(shown));
	idn2_free(shown);
	return back;
}

/* Punycode can also say what no domain is written with: that does not come back the same. */
bool
text_domain(struct arena *a, struct str s, struct str *out)
{
	struct str shown = domain_and_back(a, s), again;

	if (shown.ptr == NULL)
		return false;
	again = domain_and_back(a, shown);
	if (again.ptr == NULL || !str_eq(again, shown))
		return false;
	*out = shown;
	return true;
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

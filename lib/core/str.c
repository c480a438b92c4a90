/*
 * str.c: looking at borrowed bytes.
 *
 * It neither copies nor allocates; building text is core/strbuf.h, keeping it
 * core/arena.h. Runs in every process.
 */
#include "core/str.h"

#include <string.h>

struct str
str_of(const char *z)
{
	return z == NULL ? STR_NONE : (struct str){ z, strlen(z) };
}

/* memcmp and memchr may not be given NULL, which is what an absent str holds. */
static bool
same_bytes(const char *a, const char *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.ptr == NULL) == (b.ptr == NULL) &&
	       same_bytes(a.ptr, b.ptr, a.len);
}

bool
str_is(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool
str_eq_ci(struct str a, struct str b)
{
	if (a.ptr == NULL || b.ptr == NULL)
		return a.ptr == b.ptr;
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && same_bytes(s.ptr, prefix.ptr, prefix.len);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       same_bytes(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	return s;
}

struct str
str_cut(struct str *rest, char sep)
{
	struct str all = *rest;
	const char *at = all.len > 0 ? memchr(all.ptr, sep, all.len) : NULL;
	size_t before;

	if (at == NULL) {
		*rest = STR_NONE;
		return all;
	}
	before = (size_t)(at - all.ptr);
	*rest = (struct str){ at + 1, all.len - before - 1 };
	return (struct str){ all.ptr, before };
}

struct str
str_head(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.ptr[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.ptr, max };
}

bool
str_to_i64(struct str s, int64_t *out)
{
	bool negative = s.len > 0 && s.ptr[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t n = 0;

	if (i == s.len)
		return false;
	/* Counts downwards: INT64_MIN has no positive twin. */
	for (; i < s.len; i++) {
		int digit = s.ptr[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, digit, &n))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, n, &n))
		return false;
	*out = n;
	return true;
}

/*
 * Table 3-7 of the Unicode standard: only the second byte has a range of its
 * own, which shuts out long forms, surrogates and what is above U+10FFFF.
 */
size_t
str_utf8_sequence(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	unsigned char least = 0x80, most = 0xbf;
	size_t len;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		least = 0xa0;
	else if (p[0] == 0xf0)
		least = 0x90;
	else if (p[0] == 0xed)
		most = 0x9f;
	else if (p[0] == 0xf4)
		most = 0x8f;
	if (s.len < len || p[1] < least || p[1] > most)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* Bytes at the start that are ASCII for certain, eight at a time. */
static size_t
ascii_words(struct str s)
{
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= s.len; i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	return i;
}

bool
str_is_utf8(struct str s)
{
	while (s.len > 0) {
		size_t n = ascii_words(s);

		if (n == 0)
			n = str_utf8_sequence(s);
		if (n == 0)
			return false;
		s.ptr += n;
		s.len -= n;
	}
	return true;
}

size_t
str_utf8_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

/*
 * escape.c: the characters of the escapes in a JSON string. Runs wherever JSON comes in.
 */
#include "json/escape.h"

#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
json_unit(const char *p, const char *end)
{
	int unit = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

bool
json_is_high(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

bool
json_is_low(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Writes the character as UTF-8; returns the number of bytes. */
static size_t
put_code(char *to, uint32_t code)
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (len == 1) {
		to[0] = (char)code;
		return 1;
	}
	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	to[0] = (char)((0xf00u >> len & 0xff) | code);
	return len;
}

/* Takes one escape off a checked string. */
static uint32_t
take_escape(const char **p, const char *end)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *first = *p, *short_form;
	uint32_t code;

	if (first[1] != 'u') {
		*p += 2;
		short_form = strchr(from, first[1]);
		return (uint32_t)(short_form != NULL ? to[short_form - from] : first[1]);
	}
	*p += 6;
	code = (uint32_t)json_unit(first + 2, end);
	if (!json_is_high((int)code))
		return code;
	*p += 6;
	return 0x10000 + ((code - 0xd800) << 10) +
	       ((uint32_t)json_unit(first + 8, end) - 0xdc00);
}

struct str
json_unescape(struct arena *a, struct str text)
{
	const char *p = text.ptr, *end = p + text.len;
	char *to = arena_alloc(a, text.len);
	size_t len = 0;

	while (p < end) {
		if (*p == '\\')
			len += put_code(to + len, take_escape(&p, end));
		else
			to[len++] = *p++;
	}
	return (struct str){ to, len };
}

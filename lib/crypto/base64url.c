/*
 * base64url.c: bytes as text that URLs and headers leave alone.
 *
 * One text for each run of bytes and no other: decoding refuses whatever
 * encoding would not make, so that a cursor or token has one spelling. Runs in
 * every process.
 */
#include "crypto/base64url.h"

#include <stdint.h>
#include <string.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char plain_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str
base64url_encode(struct arena *a, struct str bytes)
{
	size_t len = bytes.len / 3 * 4 + (bytes.len % 3 * 4 + 2) / 3;
	char *out = arena_alloc(a, len + 1), *p = out;
	uint32_t held = 0;
	int held_bits = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		held = held << 8 | (unsigned char)bytes.ptr[i];
		for (held_bits += 8; held_bits >= 6; held_bits -= 6)
			*p++ = digits[held >> (held_bits - 6) & 63];
	}
	if (held_bits > 0)
		*p++ = digits[held << (6 - held_bits) & 63];
	*p = '\0';
	return (struct str){ out, len };
}

static int
digit_value(const char *of, char c)
{
	const char *at = c != '\0' ? strchr(of, c) : NULL;

	return at != NULL ? (int)(at - of) : -1;
}

static bool
decode(struct arena *a, const char *by, struct str text, struct str *out)
{
	size_t len = text.len / 4 * 3 + text.len % 4 * 3 / 4;
	char *bytes, *p;
	uint32_t held = 0;
	int held_bits = 0;

	if (text.len % 4 == 1)
		return false;
	p = bytes = arena_alloc(a, len + 1);
	for (size_t i = 0; i < text.len; i++) {
		int value = digit_value(by, text.ptr[i]);

		if (value < 0)
			return false;
		held = held << 6 | (uint32_t)value;
		held_bits += 6;
		if (held_bits >= 8) {
			held_bits -= 8;
			*p++ = (char)(held >> held_bits);
		}
	}
	if ((held & ((1u << held_bits) - 1)) != 0)
		return false;
	*p = '\0';
	*out = (struct str){ bytes, len };
	return true;
}

bool
base64url_decode(struct arena *a, struct str text, struct str *out)
{
	return decode(a, digits, text, out);
}

/* What is left of a text whose padding is wrong has a length or a digit that no bytes have. */
bool
base64_decode(struct arena *a, struct str text, struct str *out)
{
	if (text.len % 4 != 0)
		return false;
	for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++)
		text.len--;
	return decode(a, plain_digits, text, out);
}

/*
 * uuid.c: identifiers of rows.
 *
 * Made here and not in the database, so that a row has its id before it is
 * sent and rows of several hosts can be merged. Runs in every process.
 */
#include "core/uuid.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/clock.h"
#include "core/rand.h"

static bool
is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

/* The text of these bytes, with a version and the variant of RFC 9562. */
static void
format(unsigned char b[16], int version, char out[UUID_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	b[6] = (unsigned char)(version << 4 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	for (size_t i = 0; i < 16; i++) {
		if (is_dash((size_t)(p - out)))
			*p++ = '-';
		*p++ = hex[b[i] >> 4];
		*p++ = hex[b[i] & 15];
	}
	*p = '\0';
}

void
uuid_v7(char out[UUID_TEXT_SIZE])
{
	uint64_t ms = (uint64_t)(clock_now_us() / 1000);
	unsigned char b[16];

	rand_bytes(b + 6, sizeof(b) - 6);
	for (int i = 5; i >= 0; i--, ms >>= 8)
		b[i] = (unsigned char)ms;
	format(b, 7, out);
}

void
uuid_v8(const unsigned char bytes[16], char out[UUID_TEXT_SIZE])
{
	unsigned char b[16];

	memcpy(b, bytes, sizeof(b));
	format(b, 8, out);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool
uuid_is(struct str s)
{
	if (s.len != UUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (is_dash(i) ? s.ptr[i] != '-' : !is_hex(s.ptr[i]))
			return false;
	return true;
}

/*
 * token.c: the form of the keys that clients carry.
 *
 * The database knows which keys are valid, and whose they are. Runs in every process.
 */
#include "crypto/token.h"

#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/rand.h"
#include "crypto/base64url.h"

enum { CHECKSUM_LENGTH = 6, RANDOM_LENGTH = 43 };

static const struct str prefixes[TOKEN_KINDS] = {
	[TOKEN_SESSION] = { "hob_", 4 },
	[TOKEN_ACCESS] = { "hob_pat_", 8 },
	[TOKEN_LETTER] = { "hob_ltr_", 8 },
};

/* CRC-32 (IEEE 802.3, reflected), four bits a step: a key is checked per request. */
static uint32_t
crc32_ieee(struct str s)
{
	/* clang-format off */
	static const uint32_t steps[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	/* clang-format on */
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= (unsigned char)s.ptr[i];
		crc = crc >> 4 ^ steps[crc & 15];
		crc = crc >> 4 ^ steps[crc & 15];
	}
	return ~crc;
}

/* 62^6 is 5.7e10, so any CRC fits; most significant digit first, zeros kept. */
static void
checksum(struct str s, char out[CHECKSUM_LENGTH])
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint32_t left = crc32_ieee(s);

	for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--, left /= 62)
		out[i] = digits[left % 62];
}

/* All before the checksum. */
static size_t
checked_length(enum token_kind kind)
{
	return prefixes[kind].len + RANDOM_LENGTH;
}

void
token_make(enum token_kind kind, const unsigned char secret[TOKEN_SECRET_SIZE],
	   char out[TOKEN_TEXT_SIZE])
{
	struct str prefix = prefixes[kind];
	size_t checked = checked_length(kind);
	struct arena a;
	struct str text;

	arena_init(&a, 64);
	text = base64url_encode(&a,
				(struct str){ (const char *)secret, TOKEN_SECRET_SIZE });
	memcpy(out, prefix.ptr, prefix.len);
	memcpy(out + prefix.len, text.ptr, text.len);
	arena_release(&a);
	checksum((struct str){ out, checked }, out + checked);
	out[checked + CHECKSUM_LENGTH] = '\0';
}

void
token_new(enum token_kind kind, char out[TOKEN_TEXT_SIZE])
{
	unsigned char secret[TOKEN_SECRET_SIZE];

	rand_bytes(secret, sizeof(secret));
	token_make(kind, secret, out);
}

static bool
is_base64url(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

bool
token_is(enum token_kind kind, struct str s)
{
	size_t checked = checked_length(kind);
	char sum[CHECKSUM_LENGTH];

	if (s.len != checked + CHECKSUM_LENGTH || !str_starts(s, prefixes[kind]))
		return false;
	for (size_t i = prefixes[kind].len; i < checked; i++)
		if (!is_base64url(s.ptr[i]))
			return false;
	checksum((struct str){ s.ptr, checked }, sum);
	return memcmp(s.ptr + checked, sum, sizeof(sum)) == 0;
}

void
token_hash(struct str token, char out[SHA256_HEX_SIZE])
{
	sha256_hex(token, out);
}

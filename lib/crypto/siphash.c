/*
 * siphash.c: places in a table that a caller cannot choose.
 *
 * Not for signing or storing: 64 bits are few. Runs in every process.
 */
#include "crypto/siphash.h"

#include <stddef.h>

static uint64_t
load(const unsigned char *p, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n |= (uint64_t)p[i] << (8 * i);
	return n;
}

static uint64_t
turn(uint64_t n, int by)
{
	return n << by | n >> (64 - by);
}

static void
mix(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[1] = turn(v[1], 13) ^ v[0];
		v[0] = turn(v[0], 32);
		v[2] += v[3];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = turn(v[1], 17) ^ v[2];
		v[2] = turn(v[2], 32);
	}
}

static void
take_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
}

uint64_t
siphash(const unsigned char key[SIPHASH_KEY_SIZE], struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
			  k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	size_t whole = s.len / 8 * 8;

	for (size_t i = 0; i < whole; i += 8)
		take_word(v, load(p + i, 8));
	take_word(v, load(p + whole, s.len - whole) | (uint64_t)s.len << 56);
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

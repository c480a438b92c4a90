/*
 * reach.c: addresses of the public internet. Runs in every process.
 */
#include "net/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct block {
	unsigned char bytes[16];
	int bits;
};

/* clang-format off */
/* The IANA IPv4 special-purpose address registry, multicast, and what is reserved. */
static const struct block private_v4[] = {
	{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 }, { { 169, 254 }, 16 }, { { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 }, { { 192, 0, 2 }, 24 }, { { 192, 88, 99 }, 24 }, { { 192, 168 }, 16 }, { { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 }, { { 203, 0, 113 }, 24 }, { { 224 }, 3 },
};

/* Of IPv6 only 2000::/3 is given out; what of it is special. */
static const struct block global_v6 = { { 0x20 }, 3 };
static const struct block private_v6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 }, { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, { { 0x20, 0x02 }, 16 }, { { 0x3f, 0xff }, 20 },
};
/* clang-format on */

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static bool
is_in(const struct block *b, const unsigned char *address)
{
	int whole = b->bits / 8, rest = b->bits % 8;
	unsigned char mask = (unsigned char)(0xff << (8 - rest));

	return memcmp(b->bytes, address, (size_t)whole) == 0 &&
	       (rest == 0 || ((b->bytes[whole] ^ address[whole]) & mask) == 0);
}

static bool
is_in_any(const struct block *blocks, int count, const void *address)
{
	for (int i = 0; i < count; i++)
		if (is_in(&blocks[i], address))
			return true;
	return false;
}

bool
reach_is_public(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return !is_in_any(private_v4, COUNT(private_v4), &v4->sin_addr);
	return address->sa_family == AF_INET6 &&
	       is_in(&global_v6, v6->sin6_addr.s6_addr) &&
	       !is_in_any(private_v6, COUNT(private_v6), &v6->sin6_addr);
}

bool
reach_parse(struct str text, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;
	char copy[INET6_ADDRSTRLEN];

	memset(out, 0, sizeof(*out));
	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, &v4->sin_addr) == 1) {
		out->ss_family = AF_INET;
		return true;
	}
	if (inet_pton(AF_INET6, copy, &v6->sin6_addr) != 1)
		return false;
	out->ss_family = AF_INET6;
	return true;
}

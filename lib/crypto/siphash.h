#ifndef HOB_CRYPTO_SIPHASH_H
#define HOB_CRYPTO_SIPHASH_H

#include <stdint.h>

#include "core/str.h"

enum { SIPHASH_KEY_SIZE = 16 };

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits that cannot be steered without the
 * key, for places in a table. 20 times cheaper than an HMAC, and no proof of anything.
 */
uint64_t siphash(const unsigned char key[SIPHASH_KEY_SIZE], struct str s);

#endif

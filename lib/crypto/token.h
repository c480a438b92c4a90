#ifndef HOB_CRYPTO_TOKEN_H
#define HOB_CRYPTO_TOKEN_H

#include <stdbool.h>

#include "core/str.h"
#include "crypto/hash.h"

/*
 * Keys that clients carry: a prefix that says the kind, 43 base64url characters of 256
 * random bits, then 6 base62 characters of CRC-32 (IEEE) over all before, so that secret
 * scanners can tell a leaked key from noise and a typing error costs no database query.
 * Only the SHA-256 of the whole key is stored.
 */
enum token_kind {
	TOKEN_SESSION,	/* "hob_": of somebody who signed in */
	TOKEN_ACCESS,	/* "hob_pat_": a personal access token */
	TOKEN_LETTER,	/* "hob_ltr_": of a link in a mail */
	TOKEN_KINDS
};

enum {
	TOKEN_SECRET_SIZE = 32,
	TOKEN_LENGTH = 4 + 43 + 6,	/* of a session */
	TOKEN_TEXT_SIZE = 8 + 43 + 6 + 1	/* of the longest kind */
};

void token_new(enum token_kind kind, char out[TOKEN_TEXT_SIZE]);
/* The one of given 256 bits, for what must be the same on every machine, or at every try. */
void token_make(enum token_kind kind, const unsigned char secret[TOKEN_SECRET_SIZE],
		char out[TOKEN_TEXT_SIZE]);
/* The form and checksum of this kind? Says nothing about whether it was ever given out. */
bool token_is(enum token_kind kind, struct str s);
/* The stored form: 64 lower-case hex characters and a NUL. */
void token_hash(struct str token, char out[SHA256_HEX_SIZE]);

#endif

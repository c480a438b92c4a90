#ifndef HOB_CRYPTO_HASH_H
#define HOB_CRYPTO_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65 };

void sha256(struct str s, unsigned char out[SHA256_SIZE]);
/* As 64 lower-case hex characters and a NUL; so may be a MAC. */
void hash_hex(const unsigned char hash[SHA256_SIZE], char out[SHA256_HEX_SIZE]);
void sha256_hex(struct str s, char out[SHA256_HEX_SIZE]);
/* The same of what comes in pieces: begin, add, and end once, which frees. */
struct sha256;
struct sha256 *sha256_begin(void);
void sha256_add(struct sha256 *h, struct str s);
void sha256_end(struct sha256 *h, char out[SHA256_HEX_SIZE]);
/* The hash and the size of all that is in a file, wherever it stands in it. False: it cannot be read, errno says why. */
bool sha256_file(int fd, char out[SHA256_HEX_SIZE], int64_t *bytes);
/* HMAC-SHA-256 (RFC 2104). */
void hmac_sha256(struct str key, struct str s, unsigned char out[SHA256_SIZE]);
/* Same bytes? In time that depends on the lengths only. */
int bytes_equal(struct str a, struct str b);

#endif

#ifndef HOB_CRYPTO_PASSWORD_SCHEME_H
#define HOB_CRYPTO_PASSWORD_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/* The schemes of password hashes, of which crypto/password.h makes one and proves by all. */

enum { PASSWORD_PHC_SIZE = 128, PASSWORD_WHY_SIZE = 160, PASSWORD_SALT_MAX = 48 };

struct password_cost {
	uint32_t memory_kib;	/* m */
	uint32_t passes;	/* t */
	uint32_t lanes;		/* p */
};

/* What a hash says in front of itself, and how much work that is. */
struct password_salt {
	const char *text;
	unsigned char bytes[PASSWORD_SALT_MAX];
	size_t len;
	uint32_t version;		/* of argon2id, as is the cost; 0 of others, which are less than any */
	struct password_cost cost;
	uint32_t rounds;		/* PBKDF2: iterations; bcrypt: their logarithm */
};

struct password_scheme {
	const char *prefix;
	int hash_size;			/* characters of the hash; the salt is what stands before it */
	const char *letters;		/* of the hash */
	/* Reads s->text, the whole of it; false when it is no salt of this scheme. */
	bool (*read)(struct password_salt *s);
	/* Can a request bear the work? */
	bool (*is_bearable)(const struct password_salt *s);
	const char *bearable;		/* in words */
	/*
	 * ERR_OK and in `out` the hash of `password` behind its salt; ERR_UNAUTHORIZED when none comes out under this
	 * salt; ERR_INTERNAL without memory.
	 */
	enum err (*prove)(const struct password_salt *s, struct str password, char out[PASSWORD_PHC_SIZE]);
};

/* NULL when `text`, which may be NULL, begins as none of them. */
const struct password_scheme *password_scheme_of(const char *text);
/*
 * Can passwords be proved by this whole hash, at a cost that a request can bear? False, and `why`
 * reads on behind its name: "is of none of the schemes ...". Asked before a hash is brought in
 * from elsewhere; proofs do not.
 */
bool password_scheme_takes(const char *hash, char why[PASSWORD_WHY_SIZE]);

#endif

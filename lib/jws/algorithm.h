#ifndef HOB_JWS_ALGORITHM_H
#define HOB_JWS_ALGORITHM_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "core/arena.h"
#include "jws/jws.h"

/* For the files of this folder: the algorithms, and which key is of which. */

const char *jws_alg_name(enum jws_alg alg);
/* By its name to the letter; false: it is not taken here. */
bool jws_alg_find(const char *name, enum jws_alg *out);
/* RSA of 2048 to 8192 bits for RS256, P-256 for ES256. `key` may be NULL, which suits none. */
bool jws_alg_suits(enum jws_alg alg, EVP_PKEY *key);
/* Is the signature, as a token has it, of this text by this key, which suits? */
bool jws_alg_holds(enum jws_alg alg, EVP_PKEY *key, struct str text, struct str signature);
/* Makes one, in `a`. False: OpenSSL could not. */
bool jws_alg_sign(enum jws_alg alg, EVP_PKEY *key, struct arena *a, struct str text, struct str *signature);

#endif

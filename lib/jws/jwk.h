#ifndef HOB_JWS_JWK_H
#define HOB_JWS_JWK_H

#include "jws/compact.h"

/* For the files of this folder: one key of a set. */
struct jws_jwk {
	struct str kid;
	enum jws_alg alg;
	EVP_PKEY *key;
};

/* False: it is not one that counts, as keys.h has it. The key lives in `a`, the kid in `jwk`. */
bool jws_jwk_read(struct arena *a, const cJSON *jwk, struct jws_jwk *out);

#endif

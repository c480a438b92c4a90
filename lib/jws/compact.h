#ifndef HOB_JWS_COMPACT_H
#define HOB_JWS_COMPACT_H

#include <stdbool.h>

#include "json/json.h"
#include "jws/algorithm.h"
#include "jws/jws.h"

/* For the files of this folder: a token in pieces, of which nothing is proven. */

struct jws_parts {
	enum jws_alg alg;
	struct str kid;		/* STR_NONE: it names none */
	const cJSON *x5c;	/* an array; NULL: it brings no certificates */
	struct str signed_text;	/* a piece of the token */
	struct str payload;
	struct str signature;
};

/* False: *r is JWS_MALFORMED and why. Pieces live in `a`, signed_text in `token`. */
bool jws_take_apart(struct arena *a, struct str token, struct jws_parts *out, struct jws_result *r);
/*
 * Sets *r to JWS_VERIFIED and the payload where the signature is of this text by this key, and the key of the kind
 * that the algorithm wants. Nothing else does that.
 */
void jws_prove(const struct jws_parts *p, EVP_PKEY *key, struct jws_result *r);
/* Sets *r, and is false: "return jws_refuse(...)". `why` is a constant. Here, so that clang-tidy sees what it is. */
static inline bool
jws_refuse(struct jws_result *r, enum jws_verdict verdict, const char *why)
{
	*r = (struct jws_result){ verdict, why, STR_NONE };
	return false;
}

#endif

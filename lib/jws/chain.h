#ifndef HOB_JWS_CHAIN_H
#define HOB_JWS_CHAIN_H

#include <stdint.h>

#include "core/arena.h"
#include "jws/jws.h"

/*
 * Tokens whose makers bring their certificates along (x5c, RFC 7515 section 4.1.6), proven up to roots from a file of
 * one's own: the system's certificates vouch for nothing here. Nobody is asked whether one was revoked.
 */
struct jws_roots;

/*
 * Reads root certificates, in PEM as many as there are, or one in DER. NULL, and `why` reads on behind the file's
 * name, when it cannot be read, has none, or one that is not a root: of a CA, signed by itself.
 */
struct jws_roots *jws_roots_load(const char *path, char why[JWS_WHY_SIZE]);
void jws_roots_free(struct jws_roots *roots);	/* may be NULL */

struct jws_trust {
	const struct jws_roots *roots;
	/* Extensions that say what a certificate is for, as "1.2.840.113635...": they must be there. NULL: none. */
	const char *leaf_oid;
	const char *issuer_oid;
};

/*
 * Proves a token by ES256 whose x5c is the certificate of its key, that of the issuer, and one of the roots, these
 * three in this order, as they held at `at_s` (unix). They keep to RFC 5280 to the letter (key usage of CAs and
 * identifiers of keys are there), with keys and hashes of 112 bits of security or more. The key is of P-256, for
 * signatures, and no CA's. Never JWS_UNKNOWN_KEY.
 */
struct jws_result jws_verify_by_chain(struct arena *a, struct str token, const struct jws_trust *trust, int64_t at_s);

#endif

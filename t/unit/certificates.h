#ifndef HOB_UNIT_CERTIFICATES_H
#define HOB_UNIT_CERTIFICATES_H

#include <openssl/x509v3.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"

/* Keys and certificates of the test's own, good and bad. What is made lives in the arena; the test fails where it cannot. */

/* "RSA" (2048 bits), "RSA-1024", or a curve of OpenSSL's: "P-256". */
EVP_PKEY *key_make(struct arena *a, const char *kind);
/* PEM of PKCS#8. */
struct str key_pem(struct arena *a, EVP_PKEY *key);
/* A public JWK of RSA or P-256, with whatever members are written in `more`: "\"kid\":\"a\"". */
const char *key_jwk(struct arena *a, EVP_PKEY *key, const char *more);

struct recipe {
	const char *name;
	const char *key;
	int64_t from_s, until_s;
	const char *constraints;	/* extensions as openssl.cnf has them; NULL: none */
	const char *usage;
	const char *oid;		/* an extension that says nothing else; NULL: none */
	const char *critical_oid;	/* likewise, and critical */
	const char *hash;		/* by which the issuer signs; NULL: SHA256 */
};

struct certificate {
	EVP_PKEY *key;
	X509 *x;
	struct str der;
};

/* `issuer` NULL: signed by itself. */
struct certificate certificate_make(struct arena *a, const struct recipe *r, const struct certificate *issuer);
struct str certificate_pem(struct arena *a, X509 *x);
/* base64 with its padding. */
const char *base64_of(struct arena *a, struct str bytes);

#endif

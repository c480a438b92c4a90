#ifndef HOB_JWS_SIGN_H
#define HOB_JWS_SIGN_H

#include "core/arena.h"
#include "core/err.h"
#include "jws/jws.h"

/* Makes tokens by a private key of one's own. */
struct jws_signer;

/*
 * Reads a private key, PEM of PKCS#8 without a passphrase: RSA of 2048 to 8192 bits for RS256, P-256 for ES256. NULL,
 * and `why` reads on behind the key's name ("is not ..."), when it is none, or of another kind. `kid`: UTF-8.
 */
struct jws_signer *jws_signer_new(enum jws_alg alg, struct str pem, struct str kid, char why[JWS_WHY_SIZE]);
void jws_signer_free(struct jws_signer *s);	/* may be NULL */
/*
 * The token of a payload, with the header {"alg", "kid", "typ": "JWT"}; in `a`, NUL-terminated. ERR_INTERNAL: OpenSSL
 * could not sign, for the key is broken.
 */
enum err jws_sign(const struct jws_signer *s, struct arena *a, struct str payload, struct str *out);

#endif

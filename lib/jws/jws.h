#ifndef HOB_JWS_JWS_H
#define HOB_JWS_JWS_H

#include "core/str.h"

/*
 * Compact JSON Web Signatures (RFC 7515) by RS256 and ES256 (RFC 7518 sections 3.3 and 3.4) and by no other algorithm:
 * what proving them (chain.h, keys.h) and making them (sign.h) have in common. On OpenSSL alone, for libjwt 1.10 takes
 * the algorithm from the token, HS256 with a public key as its secret among them, and neither it nor cjose 0.6 knows
 * chains of certificates. Nothing here waits for anybody or looks at a clock.
 *
 * A token is taken where it is what a maker of tokens writes: three parts of base64url without padding, 64 KiB in all,
 * a header that is one JSON object without a member twice, without `crit` and `b64`. Keys and addresses that it
 * brings along (jwk, jku, x5u) are not looked at.
 */
enum { JWS_MAX_BYTES = 64 * 1024, JWS_WHY_SIZE = 160 };

enum jws_alg { JWS_RS256, JWS_ES256, JWS_ALGS };

/* What nobody has set is not verified. */
enum jws_verdict {
	JWS_MALFORMED,		/* no such token, or one with what is not taken here: alg, crit, b64 */
	JWS_UNTRUSTED,		/* its key is vouched for by nobody who was named, or not of the kind it must be */
	JWS_OUT_OF_TIME,	/* a certificate was not valid at that time: too early or too late */
	JWS_UNKNOWN_KEY,	/* no key has its kid: the keys may be older than the token */
	JWS_FORGED,		/* the key is good, and the signature is not of these bytes by it */
	JWS_VERIFIED
};

/* Of verifying. There is no payload without JWS_VERIFIED. */
struct jws_result {
	enum jws_verdict verdict;
	const char *why;	/* a few words for a log, without a byte of the token; "" when verified */
	struct str payload;	/* lives in the arena that was given; STR_NONE unless verified */
};

/* "verified", "forged": for logs and counters. */
const char *jws_verdict_name(enum jws_verdict v);

#endif

#ifndef HOB_JWS_KEYS_H
#define HOB_JWS_KEYS_H

#include "core/arena.h"
#include "core/err.h"
#include "jws/jws.h"

/* Tokens that name the key that signed them (kid), proven by a set of public keys (JWK set, RFC 7517). */
struct jws_keys;

/*
 * Reads a set, 64 KiB at most. Of its keys those count that have a kid, are for signatures by RS256 or ES256 as far as
 * they say, and are fit for that: RSA of 2048 to 8192 bits, points of P-256. Others are passed over, as RFC 7517
 * section 5 has it; of several for one kid and algorithm the first counts. ERR_MALFORMED: no such set, or none of its
 * keys counts. In `a`.
 */
enum err jws_keys_read(struct arena *a, struct str json, struct jws_keys **out);

/*
 * Proves a token by the key of its kid, and by the algorithm that this key is for: one by another is JWS_UNTRUSTED,
 * whatever the token says. JWS_UNKNOWN_KEY also where it names no key. Never JWS_OUT_OF_TIME: when it was made, and
 * for whom, are claims, which the caller looks at. The payload lives in `a`.
 */
struct jws_result jws_verify_by_keys(struct arena *a, struct str token, const struct jws_keys *keys);

#endif

#ifndef HOB_MODEL_SEAL_H
#define HOB_MODEL_SEAL_H

#include "core/arena.h"
#include "core/str.h"

/*
 * Proves that this installation has said `text`, by its secret (the bytes of heritage.secret): 128 bits of an HMAC, as
 * base64url. The text begins with what it is said for, "unsubscribe ...", so that no other use of the secret gives the
 * same.
 */
struct str seal_of(struct arena *a, struct str secret, const char *text);

#endif

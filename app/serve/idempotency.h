#ifndef HOB_SERVE_IDEMPOTENCY_H
#define HOB_SERVE_IDEMPOTENCY_H

#include <stdbool.h>

#include "core/err.h"

struct req;

/*
 * After the body was decoded: sets VALUE_ONCE_KEY and its like. ERR_INVALID, explained,
 * for a malformed key.
 */
enum err idempotency_read(struct req *r);
/* A keyed hash of method, path and body, which must be the same for the same key. */
const char *idempotency_hash(struct req *r);
/* Does the pipeline of `statement` begin with a look whether the key was used? */
bool idempotency_wanted(struct req *r, int statement);

#endif

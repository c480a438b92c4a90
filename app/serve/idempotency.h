#ifndef HOB_SERVE_IDEMPOTENCY_H
#define HOB_SERVE_IDEMPOTENCY_H

#include <stdbool.h>

#include "core/err.h"

struct req;

/* After the body was decoded: VALUE_ONCE_KEY and its like. ERR_INVALID, explained, for a key that is none. */
enum err idempotency_read(struct req *r);
/* All that must be the same when the key is, method, path and body, as a keyed hash. */
const char *idempotency_hash(struct req *r);
/* The pipeline of `statement` begins with whether the key was used. */
bool idempotency_wanted(struct req *r, int statement);

#endif

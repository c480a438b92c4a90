#ifndef HOB_SERVE_IDEMPOTENCY_H
#define HOB_SERVE_IDEMPOTENCY_H

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"

struct req;
struct route;
struct thing;

/* Does an Idempotency-Key do something on this route by itself? On all that write for somebody. */
bool route_is_keyed(const struct route *route);
/* What a retry of this route is shown; NULL: nothing, or its handler knows. */
const struct thing *replayed_thing(const struct route *route);
/*
 * After the body was decoded: sets VALUE_ONCE_KEY and its like. ERR_INVALID, explained,
 * for a malformed key.
 */
enum err idempotency_read(struct req *r);
/* After a handler has read its body itself: the key stands for that, too. */
void idempotency_of_text(struct req *r, struct str text);
/*
 * A keyed hash of method, path, query and `body`, which must be the same for the same key. It
 * lives in the request's arena.
 */
const char *idempotency_hash(struct req *r, struct str body);
/* Does the pipeline begin with a look whether the key was used? */
bool idempotency_wanted(const struct req *r);
/* Does it end with keeping the key? Only behind the `statement` that writes. */
bool idempotency_keeps(struct req *r, int statement);

#endif

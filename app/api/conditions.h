#ifndef HOB_API_CONDITIONS_H
#define HOB_API_CONDITIONS_H

#include "api/request.h"

/*
 * The headers by which a client says under which conditions it means a request:
 * Idempotency-Key (done once, however often it is sent), If-Match (only if nobody changed it
 * since) and If-None-Match (only if it is news to me); and an id the client made itself.
 */

/* After the body was decoded. ERR_INVALID, explained, for a key that is none. */
enum err conditions_read(struct req *r);
/* All that must be the same when the key is, method, path and body, as a keyed hash. */
const char *conditions_hash(struct req *r);
/* The id that a body brings; a PATCH of nothing only looks. After VALUE_IF_VERSIONS is set. */
void conditions_of_body(struct req *r);
/* The pipeline of `statement` begins with whether its key was used (Q_ONCE). */
bool conditions_want_once(struct req *r, int statement);
/* ... and ends with the thing as it is now, in case If-Match is not met. */
bool conditions_want_shown(const struct req *r, int statement);
/*
 * What became of a request whose statement ended with `e`, after at most one more round
 * trip; `shown` is the index of the statement that conditions_want_shown asked for.
 *   ERR_NOT_FOUND   becomes ERR_STALE with the present object when there is one
 *   ERR_DONE        becomes the outcome of the first time
 */
enum err conditions_outcome(struct req *r, enum err e, int shown);
/*
 * The two halves of a replay, for who replays several on one round trip. The first says which
 * statement is to run (Q_NONE: the reply, a 204, is complete); the second replies from its
 * result: 201 again for a key, 200 for an id.
 */
int conditions_again(struct req *r);
enum err conditions_repeat(struct req *r, int index);
/* Tags the finished reply, and takes the body away when the client has it. */
void conditions_tag(struct req *r);

#endif

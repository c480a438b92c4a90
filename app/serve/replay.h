#ifndef HOB_SERVE_REPLAY_H
#define HOB_SERVE_REPLAY_H

#include "core/err.h"

struct req;

/*
 * The outcome of a request whose statement ended with `e`, after at most one more round
 * trip.
 *   ERR_NOT_FOUND   becomes ERR_STALE with the present object when there is one
 *   ERR_DONE        becomes the outcome of the first time
 */
enum err replay_outcome(struct req *r, enum err e);
/*
 * The two halves of a replay, for several on one round trip. The first returns the
 * statement to run (0: the reply, a 204, is complete); the second replies from its
 * result: 201 again for a key, 200 for an id.
 */
int replay_statement(struct req *r);
enum err replay_reply(struct req *r, int index);

#endif

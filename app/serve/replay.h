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
 * For a handler whose request_run was ERR_DONE: runs what shows a retry the outcome, and sets
 * r->statement and the header. ERR_OK: *index is that of the rows, -1 when nothing shows it; ERR_GONE,
 * explained, without rows.
 */
enum err replay_run(struct req *r, int *index);
/*
 * The two halves of a replay, for several on one round trip. The first returns the
 * statement to run (NO_STATEMENT: the reply, a 204, is complete); the second replies from its
 * result, with the status of the first time for a key, and 200 for an id.
 */
int replay_statement(struct req *r);
enum err replay_reply(struct req *r, int index);
/* ERR_GONE, explained: what was done under this key has nothing left to show. */
enum err replay_gone(struct req *r);

#endif

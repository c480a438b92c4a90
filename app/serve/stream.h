#ifndef HOB_SERVE_STREAM_H
#define HOB_SERVE_STREAM_H

#include "core/err.h"

struct req;

/*
 * A reply that is sent as it is made. Sends what the body has so far, behind the head if it is the first piece, and
 * empties it; the request then has the time of a new one. The last piece is sent as any reply. ERR_CLOSED when the
 * caller is gone, or the worker is told to leave. What fails behind the first piece ends the connection, for that is all that can be said then.
 */
enum err stream_send(struct req *r);
/* Behind the handler: the rest is to be sent, or with `e` the connection ends, and the log says of what. */
void stream_end(struct req *r, enum err e);

#endif

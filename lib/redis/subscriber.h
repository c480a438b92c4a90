#ifndef HOB_REDIS_SUBSCRIBER_H
#define HOB_REDIS_SUBSCRIBER_H

#ifdef HOB_MASTER
#error "the master holds no Redis connection: see app/api/heritage.h"
#endif

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"

/*
 * One connection that hears what is published on one channel. It asks for a sign of life every
 * 250 ms and gives up after two of them in silence, so a Redis that hangs is noticed like one
 * that has gone.
 */
enum { SUBSCRIBER_PING_MS = 250, SUBSCRIBER_SILENCE_MS = 500 };

struct subscriber;

/* Both strings must outlive it. Does not connect. */
struct subscriber *subscriber_new(const char *address, const char *channel);
void subscriber_free(struct subscriber *s);
/*
 * Waits for the next message, 250 ms at most; connects first, once a try, when there is no link.
 *   ERR_OK       *out filled, valid until the next call
 *   ERR_TIMEOUT  nothing came
 *   ERR_CLOSED   not subscribed: what is published now is not heard
 * From the call that subscribed anew on (which says ERR_TIMEOUT) everything is heard.
 */
enum err subscriber_next(struct subscriber *s, struct str *out);
/* Why it is not subscribed, in words. Never NULL. */
const char *subscriber_why(const struct subscriber *s);

#endif

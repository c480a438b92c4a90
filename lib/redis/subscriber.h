#ifndef HOB_REDIS_SUBSCRIBER_H
#define HOB_REDIS_SUBSCRIBER_H

#ifdef HOB_MASTER
#error "the master holds no Redis connection: see app/serve/heritage.h"
#endif

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "redis/where.h"

/*
 * One connection subscribed to one channel. It sends a PING every 250 ms and gives up
 * after two without a reply, so a Redis that hangs is noticed like one that is gone. A
 * reply comes after every message that was published before its PING, and carries the
 * time of the PING.
 */
enum { SUBSCRIBER_PING_MS = 250, SUBSCRIBER_SILENCE_MS = 500 };

struct subscriber;

/* All strings must outlive it. Does not connect. */
struct subscriber *subscriber_new(const struct redis_where *where, const char *channel);
void subscriber_free(struct subscriber *s);
/*
 * Waits for the next message, 250 ms at most; connects first, once a try, when there is
 * no link.
 *   ERR_OK       *out filled, valid until the next call
 *   ERR_TIMEOUT  no message came
 *   ERR_CLOSED   not subscribed: messages published now are not received
 * From the call that subscribed anew (which returns ERR_TIMEOUT) every message is
 * received.
 */
enum err subscriber_next(struct subscriber *s, struct str *out);
/*
 * Every message published before then (ms, monotonic), since it subscribed, has been
 * returned by subscriber_next.
 */
int64_t subscriber_heard_until(const struct subscriber *s);
/* Why it is not subscribed, in words. Never NULL. */
const char *subscriber_why(const struct subscriber *s);

#endif

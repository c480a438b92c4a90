#ifndef HOB_REDIS_SOCKET_H
#define HOB_REDIS_SOCKET_H

#include <hiredis/hiredis.h>

#include "core/err.h"
#include "core/str.h"
#include "redis/where.h"

/*
 * Between the files of this folder only: bytes to and from one Redis, over TCP, a unix socket or
 * TLS. hiredis makes and reads the protocol; the waiting is ours, so that each call has an
 * end. After a failure nothing but redis_link_close may follow.
 */
enum { REDIS_WHY_SIZE = 320 };

struct redis_link;

/* The slow part of connecting, done once before the first redis_link_open. */
void redis_link_prepare(const struct redis_where *where);
/* Connects, logs in and chooses the database. NULL and `why` filled when that fails. */
struct redis_link *redis_link_open(const struct redis_where *where, int timeout_ms,
				   char why[REDIS_WHY_SIZE]);
void redis_link_close(struct redis_link *l);	/* may be NULL */
/* Sends all. ERR_OK, ERR_TIMEOUT or ERR_CLOSED. */
enum err redis_link_send(struct redis_link *l, struct str bytes, int64_t deadline_ms);
/* The next reply, which is the caller's now: freeReplyObject. Errors as above. */
enum err redis_link_receive(struct redis_link *l, redisReply **out, int64_t deadline_ms);
/* Has the server closed it, or sent data unasked, while no reply was expected? */
bool redis_link_is_stale(const struct redis_link *l);
/* The last failure, in words. */
const char *redis_link_why(const struct redis_link *l);

#endif

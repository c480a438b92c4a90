#ifndef HOB_REDIS_REDIS_H
#define HOB_REDIS_REDIS_H

#ifdef HOB_MASTER
#error "the master holds no Redis connection: see app/api/heritage.h"
#endif

#include <stdbool.h>

#include "core/err.h"

/*
 * One Redis connection of one process, for commands. Redis may be away, slow or
 * empty at any time: after a failure it is left alone for a second, and every
 * call returns ERR_BUSY at once. Nothing may fail because of that.
 */
struct redis;

/* `address` is a unix socket's path or "host:port"; "" makes a redis that is always away. */
struct redis *redis_new(const char *address, int timeout_ms);
void redis_free(struct redis *r);
/* PING. ERR_OK or ERR_BUSY. */
enum err redis_ping(struct redis *r);
/* What went wrong last, in words. Never NULL. */
const char *redis_why(const struct redis *r);

#endif

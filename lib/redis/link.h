#ifndef HOB_REDIS_LINK_H
#define HOB_REDIS_LINK_H

#include <hiredis/hiredis.h>

/*
 * Between the files of this folder only. Connects to a unix socket's path or "host:port" and
 * bounds every call by `timeout_ms`. NULL when the address is neither; else look at ->err.
 */
redisContext *redis_connect(const char *address, int timeout_ms);

#endif

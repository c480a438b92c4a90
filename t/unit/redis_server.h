#ifndef HOB_UNIT_REDIS_SERVER_H
#define HOB_UNIT_REDIS_SERVER_H

/*
 * A redis-server of the test's own, on a unix socket in a directory that goes with it. One at
 * a time. It is up some milliseconds after it was started: redis_server_await.
 */

#include <stdint.h>
#include <sys/types.h>

#include "redis/redis.h"

struct redis_server {
	char folder[32], socket[40];
	pid_t pid; /* 0 while it is killed */
};

/* A redis without a password at `address`. */
struct redis *redis_at(const char *address, int timeout_ms);
/* Makes the directory and starts the server; also makes SIGPIPE harmless. */
void redis_server_open(struct redis_server *s);
/* Starts it anew, with nothing in it. */
void redis_server_start(struct redis_server *s);
/* Pings until that is ERR_OK: the milliseconds it took, or -1 after 5 seconds. */
int64_t redis_server_await(struct redis *r);
void redis_server_kill(struct redis_server *s);
/* Kills it, and takes the directory away. */
void redis_server_close(struct redis_server *s);

#endif

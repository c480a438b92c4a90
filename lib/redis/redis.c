/*
 * redis.c: one connection to Redis, for commands.
 *
 * hiredis with a short timeout, behind a rule that matters more than any reply:
 * a neighbour that is away must cost nothing. After a failure nobody knocks for
 * a second. hiredis writes to the socket without MSG_NOSIGNAL, so the process
 * must ignore SIGPIPE. Runs in workers and in the relay, never in the master.
 */
#include "redis/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <hiredis/hiredis.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/str.h"

enum { AWAY_MS = 1000, HOST_SIZE = 256 };

struct redis {
	redisContext *link; /* NULL: not connected */
	int timeout_ms;
	int64_t away_until_ms; /* on the monotonic clock; 0: not away */
	char why[160];
	char address[];
};

struct redis *
redis_new(const char *address, int timeout_ms)
{
	size_t size = strlen(address) + 1;
	struct redis *r = calloc(1, sizeof(*r) + size);

	if (r == NULL)
		die("redis: out of memory");
	r->timeout_ms = timeout_ms;
	memcpy(r->address, address, size);
	return r;
}

void
redis_free(struct redis *r)
{
	if (r == NULL)
		return;
	redisFree(r->link);
	free(r);
}

const char *
redis_why(const struct redis *r)
{
	return r->why;
}

static enum err
leave_alone(struct redis *r, const char *why)
{
	snprintf(r->why, sizeof(r->why), "%s: %s", r->address, why);
	redisFree(r->link);
	r->link = NULL;
	r->away_until_ms = clock_mono_ms() + AWAY_MS;
	return ERR_BUSY;
}

/* "host:port" or "[v6]:port"; NULL when it is neither. */
static redisContext *
connect_tcp(const char *address, struct timeval timeout)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - address);
	char host[HOST_SIZE];
	int64_t port;

	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(host) || !str_to_i64(str_of(colon + 1), &port) ||
	    port < 1 || port > 65535)
		return NULL;
	memcpy(host, address, len);
	host[len] = '\0';
	return redisConnectWithTimeout(host, (int)port, timeout);
}

static enum err
connect_now(struct redis *r)
{
	struct timeval timeout = { r->timeout_ms / 1000, r->timeout_ms % 1000 * 1000 };

	if (r->address[0] == '/')
		r->link = redisConnectUnixWithTimeout(r->address, timeout);
	else
		r->link = connect_tcp(r->address, timeout);
	if (r->link == NULL)
		return leave_alone(r, "neither a socket's path nor host:port");
	if (r->link->err != 0)
		return leave_alone(r, r->link->errstr);
	if (redisSetTimeout(r->link, timeout) != REDIS_OK)
		return leave_alone(r, "no timeout can be set");
	return ERR_OK;
}

/* A link, or ERR_BUSY at once while Redis is left alone. */
static enum err
reach(struct redis *r)
{
	if (r->link != NULL)
		return ERR_OK;
	if (r->address[0] == '\0') {
		snprintf(r->why, sizeof(r->why), "no redis is configured");
		return ERR_BUSY;
	}
	if (clock_mono_ms() < r->away_until_ms)
		return ERR_BUSY;
	return connect_now(r);
}

enum err
redis_ping(struct redis *r)
{
	enum err e = reach(r);
	redisReply *reply;

	if (e != ERR_OK)
		return e;
	reply = redisCommand(r->link, "PING");
	if (reply == NULL)
		return leave_alone(r, r->link->errstr);
	if (reply->type == REDIS_REPLY_ERROR)
		e = leave_alone(r, reply->str);
	freeReplyObject(reply);
	return e;
}

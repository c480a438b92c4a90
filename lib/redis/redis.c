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

#include "core/clock.h"
#include "core/die.h"
#include "redis/link.h"

enum { AWAY_MS = 1000 };

struct redis {
	redisContext *link; /* NULL: not connected */
	int timeout_ms;
	unsigned links;
	int64_t away_until_ms; /* on the monotonic clock; 0: not away */
	char why[160];
	enum err state; /* of the pipeline: the first failure stays */
	int queued, reply_count;
	redisReply *replies[REDIS_QUEUE_MAX];
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

static void
drop_replies(struct redis *r)
{
	for (int i = 0; i < r->reply_count; i++)
		freeReplyObject(r->replies[i]);
	r->reply_count = 0;
}

void
redis_free(struct redis *r)
{
	if (r == NULL)
		return;
	drop_replies(r);
	redisFree(r->link);
	free(r);
}

unsigned
redis_links(const struct redis *r)
{
	return r->links;
}

const char *
redis_why(const struct redis *r)
{
	return r->why;
}

/* Beyond this nothing is asked of it: returns ERR_BUSY. */
static enum err
leave_alone(struct redis *r, const char *why)
{
	snprintf(r->why, sizeof(r->why), "%s: %s", r->address, why);
	redisFree(r->link);
	r->link = NULL;
	r->away_until_ms = clock_mono_ms() + AWAY_MS;
	return ERR_BUSY;
}

static enum err
connect_now(struct redis *r)
{
	r->link = redis_connect(r->address, r->timeout_ms);
	if (r->link == NULL)
		return leave_alone(r, "neither a socket's path nor host:port");
	r->links++;
	return r->link->err == 0 ? ERR_OK : leave_alone(r, r->link->errstr);
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

/* --- commands ------------------------------------------------------------ */

void
redis_begin(struct redis *r)
{
	drop_replies(r);
	r->queued = 0;
	r->state = reach(r);
}

void
redis_queue(struct redis *r, int count, const struct str *words)
{
	const char *ptrs[REDIS_WORDS_MAX];
	size_t lens[REDIS_WORDS_MAX];

	if (count > REDIS_WORDS_MAX || r->queued == REDIS_QUEUE_MAX)
		die("redis: a command of %d words, the %dth of its pipeline", count,
		    r->queued + 1);
	if (r->state != ERR_OK)
		return;
	for (int i = 0; i < count; i++) {
		ptrs[i] = words[i].ptr;
		lens[i] = words[i].len;
	}
	if (redisAppendCommandArgv(r->link, count, ptrs, lens) != REDIS_OK)
		r->state = leave_alone(r, r->link->errstr);
	else
		r->queued++;
}

enum err
redis_run(struct redis *r)
{
	for (int i = 0; i < r->queued && r->state == ERR_OK; i++) {
		void *reply;

		if (redisGetReply(r->link, &reply) != REDIS_OK) {
			r->state = leave_alone(r, r->link->errstr);
			break;
		}
		r->replies[r->reply_count++] = reply;
		/* Out of memory, loading, read-only: it does not do what it is for. */
		if (r->replies[i]->type == REDIS_REPLY_ERROR)
			r->state = leave_alone(r, r->replies[i]->str);
	}
	return r->state;
}

static struct str
text_of(const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS)
		return STR_NONE;
	return (struct str){ reply->str, reply->len };
}

struct str
redis_text(const struct redis *r, int index)
{
	return text_of(r->replies[index]);
}

struct str
redis_item(const struct redis *r, int index, size_t item)
{
	const redisReply *reply = r->replies[index];

	if (reply->type != REDIS_REPLY_ARRAY || item >= reply->elements)
		return STR_NONE;
	return text_of(reply->element[item]);
}

enum err
redis_ping(struct redis *r)
{
	redis_begin(r);
	redis_queue(r, 1, (struct str[]){ STR("PING") });
	return redis_run(r);
}

/*
 * subscriber.c: hears a channel, and knows when it hears nothing.
 *
 * hiredis reads and parses; the waiting is ours, with poll(2), so that silence has a
 * bound. Runs in the relay.
 */
#include "redis/subscriber.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/die.h"
#include "redis/link.h"

enum { CONNECT_MS = 200 };

struct subscriber {
	const char *address, *channel;
	redisContext *link;
	redisReply *message;
	int64_t heard_ms, pinged_ms; /* on the monotonic clock */
	char why[160];
};

struct subscriber *
subscriber_new(const char *address, const char *channel)
{
	struct subscriber *s = calloc(1, sizeof(*s));

	if (s == NULL)
		die("redis: out of memory");
	s->address = address;
	s->channel = channel;
	return s;
}

static enum err
give_up(struct subscriber *s, const char *why)
{
	snprintf(s->why, sizeof(s->why), "%s: %s", s->address, why);
	redisFree(s->link);
	s->link = NULL;
	return ERR_CLOSED;
}

void
subscriber_free(struct subscriber *s)
{
	freeReplyObject(s->message);
	redisFree(s->link);
	free(s);
}

const char *
subscriber_why(const struct subscriber *s)
{
	return s->why;
}

static enum err
subscribe(struct subscriber *s)
{
	redisReply *reply;
	bool good;

	s->link = redis_connect(s->address, CONNECT_MS);
	if (s->link == NULL)
		return give_up(s, "neither a socket's path nor host:port");
	if (s->link->err != 0)
		return give_up(s, s->link->errstr);
	reply = redisCommand(s->link, "SUBSCRIBE %s", s->channel);
	good = reply != NULL && reply->type == REDIS_REPLY_ARRAY;
	freeReplyObject(reply);
	if (!good)
		return give_up(s,
			       s->link->err ? s->link->errstr : "SUBSCRIBE is refused");
	s->heard_ms = s->pinged_ms = clock_mono_ms();
	return ERR_TIMEOUT;
}

/* ERR_OK with a message that was parsed already; pongs are only a sign of life. */
static enum err
take(struct subscriber *s, struct str *out)
{
	void *reply;

	for (;;) {
		freeReplyObject(s->message);
		s->message = NULL;
		if (redisGetReplyFromReader(s->link, &reply) != REDIS_OK)
			return give_up(s, s->link->errstr);
		if (reply == NULL)
			return ERR_TIMEOUT;
		s->message = reply;
		s->heard_ms = clock_mono_ms();
		/* "message", channel, text (redis.io/docs/manual/pubsub, RESP2) */
		if (s->message->type != REDIS_REPLY_ARRAY || s->message->elements != 3)
			continue;
		*out = (struct str){ s->message->element[2]->str,
				     s->message->element[2]->len };
		return ERR_OK;
	}
}

static bool
ping(struct subscriber *s, int64_t now)
{
	int done = 0;

	if (now - s->pinged_ms < SUBSCRIBER_PING_MS)
		return true;
	s->pinged_ms = now;
	return redisAppendCommand(s->link, "PING") == REDIS_OK &&
	       redisBufferWrite(s->link, &done) == REDIS_OK;
}

/* Not longer than silence may last; whoever comes late has a whole turn to be answered in. */
static int
wait_ms(const struct subscriber *s, int64_t now, int64_t until)
{
	int64_t silent = s->heard_ms + SUBSCRIBER_SILENCE_MS + 1;

	if (silent > now && silent < until)
		until = silent;
	return until > now ? (int)(until - now) : 0;
}

enum err
subscriber_next(struct subscriber *s, struct str *out)
{
	int64_t until = clock_mono_ms() + SUBSCRIBER_PING_MS, now;
	enum err e;

	if (s->link == NULL)
		return subscribe(s);
	while ((e = take(s, out)) == ERR_TIMEOUT) {
		struct pollfd p = { .fd = s->link->fd, .events = POLLIN };

		now = clock_mono_ms();
		if (!ping(s, now))
			return give_up(s, s->link->errstr);
		if (poll(&p, 1, wait_ms(s, now, until)) > 0) {
			if (redisBufferRead(s->link) != REDIS_OK)
				return give_up(s, s->link->errstr);
			continue;
		}
		now = clock_mono_ms();
		if (now - s->heard_ms > SUBSCRIBER_SILENCE_MS)
			return give_up(s, "it does not answer");
		if (now >= until)
			return ERR_TIMEOUT;
	}
	return e;
}

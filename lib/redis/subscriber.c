/*
 * subscriber.c: subscribes to a channel, and knows when messages are lost, and up to when
 * it has received all.
 *
 * Runs in the relay.
 */
#include "redis/subscriber.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/strbuf.h"
#include "redis/address.h"
#include "redis/socket.h"

enum { CONNECT_MS = 200 };

struct subscriber {
	struct redis_where where;
	const char *channel;
	struct redis_link *link;
	redisReply *message;
	/* Monotonic: the last reply, the last PING, the time up to which all was
	 * received. */
	int64_t heard_ms, pinged_ms, until_ms;
	struct strbuf why;
};

struct subscriber *
subscriber_new(const struct redis_where *where, const char *channel)
{
	struct subscriber *s = calloc(1, sizeof(*s));

	if (s == NULL)
		die("redis: out of memory");
	s->where = *where;
	s->channel = channel;
	strbuf_init(&s->why);
	redis_link_prepare(where);
	return s;
}

static enum err
give_up(struct subscriber *s, const char *why)
{
	const char *advice = redis_advice(why);

	strbuf_clear(&s->why, 0);
	redis_address_show(s->where.address, &s->why);
	strbuf_addf(&s->why, ": %s", why);
	if (advice != NULL)
		strbuf_addf(&s->why, " (%s)", advice);
	redis_link_close(s->link);
	s->link = NULL;
	return ERR_CLOSED;
}

void
subscriber_free(struct subscriber *s)
{
	freeReplyObject(s->message);
	redis_link_close(s->link);
	strbuf_release(&s->why);
	free(s);
}

const char *
subscriber_why(const struct subscriber *s)
{
	return s->why.ptr;
}

int64_t
subscriber_heard_until(const struct subscriber *s)
{
	return s->until_ms;
}

static enum err
say(struct subscriber *s, const char *verb, const char *word, int64_t deadline_ms)
{
	const char *words[] = { verb, word };
	char *text;
	int len = redisFormatCommandArgv(&text, 2, words, NULL);
	enum err e;

	if (len < 0)
		die("redis: out of memory");
	e = redis_link_send(s->link, (struct str){ text, (size_t)len }, deadline_ms);
	redisFreeCommand(text);
	return e;
}

static enum err
subscribe(struct subscriber *s)
{
	int64_t begun_ms = clock_mono_ms();
	char why[REDIS_WHY_SIZE];
	redisReply *reply;
	enum err e;

	s->link = redis_link_open(&s->where, CONNECT_MS, why);
	if (s->link == NULL)
		return give_up(s, why);
	e = say(s, "SUBSCRIBE", s->channel, begun_ms + CONNECT_MS);
	if (e == ERR_OK)
		e = redis_link_receive(s->link, &reply, begun_ms + 2 * CONNECT_MS);
	if (e != ERR_OK)
		return give_up(s, redis_link_why(s->link));
	if (reply->type != REDIS_REPLY_ARRAY)
		e = give_up(s, reply->type == REDIS_REPLY_ERROR ? reply->str
								: "SUBSCRIBE is refused");
	freeReplyObject(reply);
	if (e != ERR_OK)
		return e;
	s->heard_ms = s->pinged_ms = clock_mono_ms();
	s->until_ms = begun_ms;
	return ERR_TIMEOUT;
}

static struct str
item(const redisReply *reply, size_t i)
{
	if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements ||
	    reply->element[i]->type != REDIS_REPLY_STRING)
		return STR_NONE;
	return (struct str){ reply->element[i]->str, reply->element[i]->len };
}

/*
 * A message, or the answer to a ping, which bears the time when that was sent
 * (redis.io/docs/manual/pubsub, RESP2). False: it is no message.
 */
static bool
is_message(struct subscriber *s, struct str *out)
{
	struct str kind = item(s->message, 0);

	*out = item(s->message, 2);
	if (str_is(kind, "message"))
		return out->ptr != NULL;
	if (str_is(kind, "pong"))
		str_to_i64(item(s->message, 1), &s->until_ms);
	return false;
}

static enum err
ping(struct subscriber *s, int64_t now)
{
	char text[24];

	if (now - s->pinged_ms < SUBSCRIBER_PING_MS)
		return ERR_OK;
	s->pinged_ms = now;
	snprintf(text, sizeof(text), "%lld", (long long)now);
	return say(s, "PING", text, now + CONNECT_MS);
}

/* Not longer than silence may last; a late caller has a whole turn for the reply. */
static int64_t
turn_ends(const struct subscriber *s, int64_t now, int64_t until)
{
	int64_t silent = s->heard_ms + SUBSCRIBER_SILENCE_MS + 1;

	return silent > now && silent < until ? silent : until;
}

enum err
subscriber_next(struct subscriber *s, struct str *out)
{
	int64_t now = clock_mono_ms(), until = now + SUBSCRIBER_PING_MS;
	enum err e;

	if (s->link == NULL)
		return subscribe(s);
	for (;;) {
		freeReplyObject(s->message);
		s->message = NULL;
		if (ping(s, now) != ERR_OK)
			return give_up(s, redis_link_why(s->link));
		e = redis_link_receive(s->link, &s->message, turn_ends(s, now, until));
		now = clock_mono_ms();
		if (e == ERR_CLOSED)
			return give_up(s, redis_link_why(s->link));
		if (e == ERR_OK) {
			s->heard_ms = now;
			if (is_message(s, out))
				return ERR_OK;
			/* Messages that are here already are read, even past `until`. */
		} else if (now - s->heard_ms > SUBSCRIBER_SILENCE_MS) {
			return give_up(s, "it does not answer");
		}
		if (e != ERR_OK && now >= until)
			return ERR_TIMEOUT;
	}
}

/*
 * redis.c: one connection to Redis, for commands.
 *
 * Timeouts are short: a Redis that is away must cost nothing. After a failure it is not
 * tried for a second. A link that was closed while idle is no failure: it is made anew.
 * Runs in workers, in the relay and in `hob`, never in the master.
 */
#include "redis/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/strbuf.h"
#include "redis/address.h"
#include "redis/socket.h"

enum {
	AWAY_MS = 1000,
	/* A link that was idle for so long may be forgotten by a router between, without a word. */
	IDLE_MS = 30000,
	OUTPUT_KEEP_BYTES = 64 * 1024
};

struct redis {
	struct redis_where where;
	struct redis_link *link; /* NULL: not connected */
	int timeout_ms, idle_ms;
	unsigned links;
	bool answered;	       /* the link has, to an earlier pipeline */
	bool refused;	       /* the last failure was an answer */
	int64_t answered_ms;   /* when it last did, monotonic */
	int64_t away_until_ms; /* on the monotonic clock; 0: not away */
	struct strbuf why;
	struct strbuf output; /* of the pipeline, until it is sent */
	enum err state;	      /* of the pipeline: the first failure stays */
	int queued, reply_count;
	redisReply *replies[REDIS_QUEUE_MAX];
};

struct redis *
redis_new(const struct redis_where *where, int timeout_ms)
{
	struct redis *r = calloc(1, sizeof(*r));

	if (r == NULL)
		die("redis: out of memory");
	r->where = *where;
	r->timeout_ms = timeout_ms;
	r->idle_ms = IDLE_MS;
	strbuf_init(&r->why);
	strbuf_init(&r->output);
	redis_link_prepare(where);
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
	redis_link_close(r->link);
	strbuf_release(&r->why);
	strbuf_release(&r->output);
	free(r);
}

void
redis_set_idle(struct redis *r, int idle_ms)
{
	r->idle_ms = idle_ms;
}

unsigned
redis_links(const struct redis *r)
{
	return r->links;
}

const char *
redis_why(const struct redis *r)
{
	return r->why.ptr;
}

bool
redis_refused(const struct redis *r)
{
	return r->refused;
}

/* "<address>: <what went wrong> (<what helps>)" */
static void
say_why(struct redis *r, const char *why)
{
	const char *advice = redis_advice(why);

	strbuf_clear(&r->why, 0);
	redis_address_show(r->where.address, &r->why);
	strbuf_addf(&r->why, ": %s", why);
	if (advice != NULL)
		strbuf_addf(&r->why, " (%s)", advice);
}

/* Beyond this nothing is asked of it: returns ERR_BUSY. */
static enum err
leave_alone(struct redis *r, const char *why, bool refused)
{
	say_why(r, why);
	r->refused = refused;
	redis_link_close(r->link);
	r->link = NULL;
	r->away_until_ms = clock_mono_ms() + AWAY_MS;
	return ERR_BUSY;
}

static enum err
connect_now(struct redis *r)
{
	char why[REDIS_WHY_SIZE];

	r->answered = false;
	r->link = redis_link_open(&r->where, r->timeout_ms, why);
	if (r->link == NULL)
		return leave_alone(r, why, redis_advice(why) != NULL);
	r->links++;
	return ERR_OK;
}

static void
drop_link(struct redis *r)
{
	redis_link_close(r->link);
	r->link = NULL;
}

/* A link, or ERR_BUSY at once while Redis is left alone. */
static enum err
reach(struct redis *r)
{
	/* Redis closes a link that was idle for its `timeout`, and all when it
	 * restarts. */
	if (r->link != NULL && redis_link_is_stale(r->link))
		drop_link(r);
	if (r->link != NULL)
		return ERR_OK;
	if (r->where.address[0] == '\0') {
		strbuf_clear(&r->why, 0);
		strbuf_add_cstr(&r->why, "no redis is configured");
		return ERR_BUSY;
	}
	if (clock_mono_ms() < r->away_until_ms)
		return ERR_BUSY;
	return connect_now(r);
}

/*
 * A link that served before and broke now may have been closed just before it was used; whether the
 * server is away shows only on a new one. Silence counts so only after a long idle time: else it
 * is a server that hangs, and would cost twice.
 */
static enum err
lose_link(struct redis *r, enum err e)
{
	bool idle = clock_mono_ms() - r->timeout_ms - r->answered_ms >= r->idle_ms;

	if (!r->answered || (e == ERR_TIMEOUT && !idle))
		return leave_alone(r, redis_link_why(r->link), false);
	say_why(r, redis_link_why(r->link));
	drop_link(r);
	return ERR_CLOSED;
}

/* --- commands ------------------------------------------------------------ */

void
redis_begin(struct redis *r)
{
	drop_replies(r);
	r->queued = 0;
	strbuf_clear(&r->output, OUTPUT_KEEP_BYTES);
	r->state = reach(r);
}

void
redis_queue(struct redis *r, int count, const struct str *words)
{
	if (count > REDIS_WORDS_MAX || r->queued == REDIS_QUEUE_MAX)
		die("redis: a command of %d words, the %dth of its pipeline", count,
		    r->queued + 1);
	if (r->state != ERR_OK)
		return;
	/* redis.io/docs/reference/protocol-spec: an array of bulk strings */
	strbuf_addf(&r->output, "*%d\r\n", count);
	for (int i = 0; i < count; i++) {
		strbuf_addf(&r->output, "$%zu\r\n", words[i].len);
		strbuf_add(&r->output, words[i]);
		strbuf_add(&r->output, STR("\r\n"));
	}
	r->queued++;
}

static enum err
run(struct redis *r, int64_t deadline_ms)
{
	enum err e = redis_link_send(r->link, strbuf_str(&r->output), deadline_ms);

	for (int i = 0; i < r->queued && e == ERR_OK; i++) {
		e = redis_link_receive(r->link, &r->replies[i], deadline_ms);
		if (e != ERR_OK)
			break;
		r->reply_count++;
		/* Out of memory, loading, read-only: it does not run commands. */
		if (r->replies[i]->type == REDIS_REPLY_ERROR)
			return leave_alone(r, r->replies[i]->str, true);
	}
	if (e != ERR_OK)
		return lose_link(r, e);
	r->answered = true;
	r->answered_ms = clock_mono_ms();
	return ERR_OK;
}

enum err
redis_run(struct redis *r)
{
	if (r->state == ERR_OK && r->queued > 0)
		r->state = run(r, clock_mono_ms() + r->timeout_ms);
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
	for (int tries = 0; tries < REDIS_TRIES; tries++) {
		redis_begin(r);
		redis_queue(r, 1, (struct str[]){ STR("PING") });
		if (redis_run(r) != ERR_CLOSED)
			break;
	}
	return r->state == ERR_OK ? ERR_OK : ERR_BUSY;
}

/*
 * hear.c: receives the changes of other hosts. Runs in the relay.
 */
#include "cache/hear.h"

void
hearing_init(struct hearing *h, const struct redis_where *where, int timeout_ms,
	     struct cache_shared *s)
{
	*h = (struct hearing){
		.remote = { .redis = redis_new(where, timeout_ms), .shared = s },
		.subscriber = subscriber_new(where, REMOTE_CHANNEL),
	};
}

/*
 * "<host> <key> <key> ..."; "*" is every key. Our own host touched its keys before it
 * published.
 */
static void
apply(struct cache_shared *s, struct str message)
{
	struct str host = str_cut(&message, ' ');
	uint64_t keys = 0;

	if (str_is(host, s->host))
		return;
	while (message.ptr != NULL) {
		struct str key = str_cut(&message, ' ');

		if (str_is(key, "*"))
			cache_forget(s);
		else
			stamp_touch(&s->stamps, key);
		keys++;
	}
	cache_add(s, COUNT_HEARD, keys);
}

static enum hearing_news
away(struct hearing *h, const char *why)
{
	const char *advice = redis_advice(why);
	bool news = h->on || !h->told || (advice != NULL && advice != h->advice);

	if (h->on)
		cache_disconnect(h->remote.shared, false);
	if (news)
		h->advice = advice;
	h->on = false;
	h->told = true;
	return news ? HEARING_AWAY : HEARING_NOTHING;
}

/*
 * Publishing must work, too: a replica, for one, can be subscribed to and takes no
 * writes.
 */
static enum hearing_news
begin(struct hearing *h, const char **why)
{
	*why = "";
	if (remote_probe(&h->remote) != ERR_OK) {
		*why = redis_why(h->remote.redis);
		return away(h, *why);
	}
	cache_hear(h->remote.shared, subscriber_heard_until(h->subscriber));
	if (remote_settle(&h->remote) != ERR_OK) {
		cache_disconnect(h->remote.shared, false);
		*why = redis_why(h->remote.redis);
		return away(h, *why);
	}
	h->on = true;
	return HEARING_BEGAN;
}

static enum hearing_news
go_on(struct hearing *h, const char **why)
{
	cache_heard(h->remote.shared, subscriber_heard_until(h->subscriber));
	if (remote_settle(&h->remote) == ERR_OK || !redis_refused(h->remote.redis))
		return HEARING_NOTHING;
	*why = redis_why(h->remote.redis);
	return away(h, *why);
}

enum hearing_news
hearing_step(struct hearing *h, const char **why)
{
	struct str message;
	enum err e = subscriber_next(h->subscriber, &message);

	if (e == ERR_OK)
		apply(h->remote.shared, message);
	if (e == ERR_CLOSED) {
		*why = subscriber_why(h->subscriber);
		return away(h, *why);
	}
	return h->on ? go_on(h, why) : begin(h, why);
}

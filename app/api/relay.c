/*
 * relay.c: the process that hears what changed on other hosts.
 *
 * Each message names its host and the keys that changed there; they are touched here, so that
 * the workers forget. While nothing can be heard nothing that is remembered counts, and
 * whatever was remembered before is void afterwards. It is also the one who says in the log that
 * Redis went and came: once, not per request. Runs beside the workers; serves nobody.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/heritage.h"
#include "cache/remote.h"
#include "core/clock.h"
#include "log/log.h"
#include "redis/subscriber.h"

enum { REDIS_TIMEOUT_MS = 200, RETRY_MS = 100 };

/* "<host> <key> <key> ..."; "*" stands for everything. Our own host knew before it spoke. */
static void
heed(struct cache_shared *s, struct str message)
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

static void
pause_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* True while other hosts are heard. */
static bool
listen_once(struct cache_shared *s, struct subscriber *ear, bool heard, bool said)
{
	struct str message;
	enum err e = subscriber_next(ear, &message);

	if (e == ERR_OK)
		heed(s, message);
	if (e != ERR_CLOSED && !heard) {
		cache_hear(s);
		log_say(LOG_INFO, "redis_heard", "changes on other hosts are heard");
	}
	if (e == ERR_CLOSED && heard)
		cache_deafen(s, false);
	if (e == ERR_CLOSED && (heard || !said))
		log_say(LOG_WARN, "redis_away",
			"%s: every request asks the database until it is back",
			subscriber_why(ear));
	return e != ERR_CLOSED;
}

void
relay_main(void *heritage)
{
	const struct heritage *h = heritage;
	struct cache_shared *s = &h->shared->caches;
	const char *address = h->config.redis_address;
	struct remote remote = { .redis = redis_new(address, REDIS_TIMEOUT_MS),
				 .shared = s };
	struct subscriber *ear = subscriber_new(address, REMOTE_CHANNEL);
	bool heard = false, said = false;

	log_process("hob-relay", -1);
	worker_confine(h);
	while (address[0] == '\0')
		pause_ms(60000);
	for (;;) {
		heard = listen_once(s, ear, heard, said);
		said = true;
		if (heard)
			remote_settle(&remote);
		else
			pause_ms(RETRY_MS);
	}
}

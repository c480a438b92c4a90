/*
 * bell.c: hears the doorbell (model/bell.h) and wakes the runners of this host. Runs beside them. Without
 * Redis nobody rings, and they look by themselves.
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "jobs/heritage.h"
#include "log/log.h"
#include "model/bell.h"
#include "redis/subscriber.h"
#include "supervise/child.h"

enum { AWAY_MS = 1000 };

static void
pause_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* Every runner: whoever is at work looks afterwards anyway. */
static void
wake(const struct heritage *h)
{
	uint64_t once = 1;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		ssize_t n = 0;

		if (h->block->board.workers[i].pid != 0)
			n = write(h->bells[i], &once, sizeof(once));
		(void)n;
	}
}

struct bell {
	struct subscriber *subscriber;
	bool heard; /* somebody who rings is heard */
	bool told;  /* the log was told that nobody is */
};

/* One message, or 250 ms of none. */
static void
hear(const struct heritage *h, struct bell *b)
{
	struct str message;
	enum err e = subscriber_next(b->subscriber, &message);

	/* Somebody may have rung while nobody heard. */
	if (e == ERR_OK || (e == ERR_TIMEOUT && !b->heard))
		wake(h);
	b->heard = e != ERR_CLOSED;
	if (e == ERR_CLOSED && !b->told)
		log_say(LOG_WARN, "redis_away",
			"%s: runners look every %lld ms until it is back",
			subscriber_why(b->subscriber), (long long)h->config.jobs_poll_ms);
	b->told = e == ERR_CLOSED;
	if (e == ERR_CLOSED)
		pause_ms(AWAY_MS);
}

int
bell_main(struct aide_self *self, void *heritage)
{
	const struct heritage *h = heritage;
	const struct redis_where where = { .address = h->config.redis_address,
					   .password = h->config.redis_password,
					   .ca_file = h->config.redis_ca };
	uint32_t reopened = h->block->board.reopen;
	struct bell b = { NULL };

	heritage_settle(h, "hob-bell", -1, CONFINE_NOTHING);
	if (where.address[0])
		b.subscriber = subscriber_new(&where, BELL_CHANNEL);
	for (;;) {
		aide_beat(self);
		heritage_tend_log(h, &reopened);
		if (b.subscriber == NULL)
			pause_ms(AWAY_MS);
		else
			hear(h, &b);
	}
}

/*
 * relay.c: the process that hears what changed on other hosts.
 *
 * Each message names its host and the keys that changed there; they are touched here, so that
 * the workers forget. It renews a lease in the shared block; while that is not fresh, or nothing
 * can be heard or said, nothing that is remembered counts, and whatever was remembered before is
 * void afterwards. It is also the one who says in the log that Redis went and came: once, not per
 * request. A child of it looks host names up, for that may take long. Runs beside the workers;
 * serves nobody.
 */
#include <signal.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cache/remote.h"
#include "core/clock.h"
#include "log/log.h"
#include "redis/address.h"
#include "redis/subscriber.h"
#include "serve/heritage.h"

enum { RETRY_MS = 100, ALONE_MS = 1000, NAME_TRIES = 50, NAME_EVERY_MS = 10 };

struct relay {
	const struct heritage *heritage;
	struct cache_shared *shared;
	struct names *names;
	pid_t namer;	   /* 0: none */
	uint32_t reopened; /* board.reopen when the log was last opened */
	struct remote remote;
	struct subscriber *subscriber;
	bool heard;
	bool said;	    /* that it is away */
	const char *advice; /* that was said with it; NULL: none */
};

static void
pause_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* --- names ----------------------------------------------------------------- */

static void
start_namer(struct relay *r)
{
	pid_t self = getpid();

	r->namer = fork();
	if (r->namer != 0)
		return;
	worker_confine(r->heritage, CONFINE_NOTHING);
	log_drop();
	prctl(PR_SET_NAME, "hob-names");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != self)
		_exit(EXIT_FAILURE);
	names_serve(r->names);
}

static void
tend_namer(struct relay *r)
{
	if (r->namer > 0 && waitpid(r->namer, NULL, WNOHANG) == r->namer)
		r->namer = 0;
	if (r->namer <= 0)
		start_namer(r);
}

/* The first lookup, if it is quick: so that not every start says that Redis is away. */
static void
await_name(struct relay *r, const char *address)
{
	struct name_addresses found;
	struct redis_address a;
	const char *why;

	if (!redis_address_parse(address, &a) || !names_is_name(str_of(a.host)))
		return;
	for (int i = 0; i < NAME_TRIES; i++) {
		if (names_find(r->names, str_of(a.host), &found, &why))
			return;
		pause_ms(NAME_EVERY_MS);
	}
}

/* --- the log --------------------------------------------------------------- */

/* USR1 came: the new one is there at the next look, within a second. */
static void
tend_log(struct relay *r)
{
	uint32_t reopen =
		__atomic_load_n(&r->heritage->shared->board.reopen, __ATOMIC_RELAXED);

	if (r->reopened != reopen)
		heritage_open_log(&r->heritage->config);
	r->reopened = reopen;
}

/* --- changes --------------------------------------------------------------- */

/* "<host> <key> <key> ..."; "*" stands for everything. Our own host knew before it spoke. */
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

/* Once, and again when it came back meanwhile but wants something that a sysadmin has to do. */
static void
away(struct relay *r, const char *why)
{
	const char *advice = redis_advice(why);

	if (r->heard)
		cache_deafen(r->shared, false);
	if (r->heard || !r->said || (advice != NULL && advice != r->advice)) {
		log_say(LOG_WARN, "redis_away",
			"%s: every request asks the database until it is back", why);
		r->advice = advice;
	}
	r->heard = false;
	r->said = true;
}

/* Changes must be sayable, too: a replica, for one, is heard and takes nothing. */
static void
begin_to_hear(struct relay *r)
{
	if (remote_probe(&r->remote) != ERR_OK) {
		away(r, redis_why(r->remote.redis));
		return;
	}
	cache_hear(r->shared, subscriber_heard_until(r->subscriber));
	if (remote_settle(&r->remote) != ERR_OK) {
		cache_deafen(r->shared, false);
		away(r, redis_why(r->remote.redis));
		return;
	}
	r->heard = true;
	log_say(LOG_INFO, "redis_heard", "changes on other hosts are heard");
}

static void
go_on_hearing(struct relay *r)
{
	cache_heard(r->shared, subscriber_heard_until(r->subscriber));
	if (remote_settle(&r->remote) != ERR_OK && redis_refused(r->remote.redis))
		away(r, redis_why(r->remote.redis));
}

static void
listen_once(struct relay *r)
{
	struct str message;
	enum err e = subscriber_next(r->subscriber, &message);

	if (e == ERR_OK)
		apply(r->shared, message);
	if (e == ERR_CLOSED)
		away(r, subscriber_why(r->subscriber));
	else if (r->heard)
		go_on_hearing(r);
	else
		begin_to_hear(r);
	if (!r->heard)
		pause_ms(RETRY_MS);
}

int
relay_main(void *heritage, int index)
{
	const struct heritage *h = heritage;
	const struct redis_where where = heritage_redis(h);
	struct relay r = {
		.heritage = h,
		.shared = &h->shared->caches,
		.names = &h->shared->names,
		.remote = { .redis = redis_new(&where, REDIS_TIMEOUT_MS),
			    .shared = &h->shared->caches },
		.subscriber = subscriber_new(&where, REMOTE_CHANNEL),
	};

	(void)index;
	log_process("hob-relay", -1);
	worker_confine(h, CONFINE_MAY_FORK);
	tend_namer(&r);
	await_name(&r, where.address);
	for (;;) {
		tend_log(&r);
		tend_namer(&r);
		if (where.address[0] == '\0')
			pause_ms(ALONE_MS);
		else
			listen_once(&r);
	}
}

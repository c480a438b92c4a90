/*
 * relay.c: the process that receives the changes of other hosts (cache/hear.h) and
 * invalidates them for the workers. It also logs that Redis went and came: once, not per
 * request. A child of it looks host names up, for that may take long. Runs beside the
 * workers; serves no requests.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cache/hear.h"
#include "core/clock.h"
#include "log/log.h"
#include "redis/address.h"
#include "serve/heritage.h"
#include "supervise/child.h"

enum { RETRY_MS = 100, ALONE_MS = 1000, NAME_TRIES = 50, NAME_EVERY_MS = 10 };

struct relay {
	const struct heritage *heritage;
	struct names *names;
	pid_t namer;	   /* 0: none */
	uint32_t reopened; /* board.reopen when the log was last opened */
	struct hearing hearing;
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
		settings_open_log(&r->heritage->config);
	r->reopened = reopen;
}

/* --- changes --------------------------------------------------------------- */

static void
hear(struct relay *r)
{
	const char *why;

	switch (hearing_step(&r->hearing, &why)) {
	case HEARING_BEGAN:
		log_say(LOG_INFO, "redis_heard", "changes on other hosts are heard");
		break;
	case HEARING_AWAY:
		log_say(LOG_WARN, "redis_away",
			"%s: every request asks the database until it is back", why);
		break;
	case HEARING_NOTHING:
		break;
	}
	if (!r->hearing.on)
		pause_ms(RETRY_MS);
}

int
relay_main(struct aide_self *self, void *heritage)
{
	const struct heritage *h = heritage;
	const struct redis_where where = heritage_redis(h);
	struct relay r = { .heritage = h, .names = &h->shared->names };

	hearing_init(&r.hearing, &where, REDIS_TIMEOUT_MS, &h->shared->caches);
	log_process("hob-relay", -1);
	worker_confine(h, CONFINE_MAY_FORK);
	tend_namer(&r);
	await_name(&r, where.address);
	for (;;) {
		aide_beat(self);
		tend_log(&r);
		tend_namer(&r);
		if (where.address[0] == '\0')
			pause_ms(ALONE_MS);
		else
			hear(&r);
	}
}

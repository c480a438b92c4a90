/*
 * planner.c: makes the jobs that come by the clock, and tells people what is due, in time and once for all hosts: the
 * database knows until when it was planned (hob.plan_jobs), and which things are to be looked at when
 * (sql/functions/reminders.sql). Runs beside the runners; TERM ends it at once, for a statement is whole or nothing,
 * and what it may not have told workers the next one makes good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "jobs/backlog.h"
#include "jobs/heritage.h"
#include "jobs/link.h"
#include "jobs/teller.h"
#include "log/log.h"
#include "statements.h"
#include "supervise/child.h"

/* A batch of reminders ends after 100 ms: who changes one of these things waits so long. */
enum { LINK_MS = 1000, BATCH = 100, NUMBER_SIZE = 16 };

static void
plan(struct db *db)
{
	char why[LINK_WHY_SIZE];
	int64_t planned = 0;
	int index;
	enum err e = link_ask(db, Q_JOB_PLAN, &index, NULL);

	if (e != ERR_OK) {
		link_why(db, e, why);
		log_say(LOG_WARN, "not_planned", "%s", why);
		return;
	}
	str_to_i64(db_get(db, index, 0, "planned"), &planned);
	if (planned > 0)
		log_say(LOG_INFO, "planned", "%lld jobs", (long long)planned);
}

/* Once in a life: the setting may have changed since these were written. False: the database was away. */
static bool
ask_sandboxes(struct db *db, const struct config *c, struct teller *teller)
{
	int index;
	enum err e = link_ask(db, Q_SANDBOX_ASK, &index, "lifts",
			      c->stores_sandbox ? "true" : "false", NULL);

	if (e == ERR_OK)
		teller_ring(teller);
	return e == ERR_OK;
}

/* Has it made notices? Those have deliveries, which are jobs. */
static bool
log_batch(struct db *db, int index)
{
	struct str fault = db_get(db, index, 0, "fault");
	int64_t made = 0;

	str_to_i64(db_get(db, index, 0, "made"), &made);
	if (made > 0)
		log_say(LOG_INFO, "reminded", "%lld notices", (long long)made);
	if (fault.len > 0)
		log_say(LOG_WARN, "not_reminded", "of some, which are put off: %.*s",
			STR_FMT(fault));
	return made > 0;
}

/* A batch; was there any? Then there may be more, for one ends also when its time is over. */
static bool
remind(struct db *db, struct teller *teller)
{
	char most[NUMBER_SIZE], why[LINK_WHY_SIZE];
	int64_t looked = 0;
	int index;
	enum err e;

	snprintf(most, sizeof(most), "%d", BATCH);
	e = link_ask(db, Q_REMINDER_PLAN, &index, "most", most, NULL);
	teller_tell(teller, db, index, e);
	if (e != ERR_OK) {
		link_why(db, e, why);
		log_say(LOG_WARN, "not_reminded", "%s", why);
		return false;
	}
	if (log_batch(db, index))
		teller_ring(teller);
	str_to_i64(db_get(db, index, 0, "looked"), &looked);
	return looked > 0;
}

static void
rest(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

int
planner_main(struct aide_self *self, void *heritage)
{
	const struct heritage *h = heritage;
	uint32_t reopened = h->block->board.reopen;
	struct db *db = link_new(&h->config, "hob-planner");
	struct teller *teller = teller_new(&h->config, true);
	char why[LINK_WHY_SIZE];
	unsigned links = 0;
	bool sandboxes_asked = false;

	heritage_settle(h, "hob-planner", -1, CONFINE_NOTHING);
	for (;;) {
		bool more = false;

		aide_beat(self);
		heritage_tend_log(h, &reopened);
		teller_settle(teller);
		switch (link_await(db, &h->config, LINK_MS, &links, why)) {
		case ERR_OK:
			sandboxes_asked =
				sandboxes_asked || ask_sandboxes(db, &h->config, teller);
			plan(db);
			aide_beat(self);
			backlog_note(&h->block->backlog, db);
			aide_beat(self);
			more = remind(db, teller);
			break;
		case ERR_INTERNAL:
			log_say(LOG_ERROR, "unfit", "%s", why);
			return EXIT_CONFIG;
		default:
			break;
		}
		if (!more)
			rest(h->config.jobs_poll_ms);
	}
}

/*
 * planner.c: makes the jobs that come by the clock, in time and once for all hosts: the database knows
 * until when it was planned (hob.plan_jobs). Runs beside the runners; TERM ends it at once, for a statement is
 * whole or nothing.
 */
#include <stdlib.h>
#include <time.h>

#include "jobs/heritage.h"
#include "jobs/link.h"
#include "log/log.h"
#include "statements.h"

enum { LINK_MS = 1000, PAUSE_MS = 1000 };

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

static void
rest(void)
{
	struct timespec t = { PAUSE_MS / 1000, PAUSE_MS % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

int
planner_main(void *heritage, int index)
{
	const struct heritage *h = heritage;
	uint32_t reopened = h->block->board.reopen;
	struct db *db = link_new(&h->config, "hob-planner");
	char why[LINK_WHY_SIZE];
	unsigned links = 0;

	(void)index;
	heritage_settle(h, "hob-planner", -1);
	for (;; rest()) {
		heritage_tend_log(h, &reopened);
		switch (link_await(db, LINK_MS, &links, why)) {
		case ERR_OK:
			plan(db);
			break;
		case ERR_INTERNAL:
			log_say(LOG_ERROR, "unfit", "%s", why);
			return EXIT_CONFIG;
		default:
			break;
		}
	}
}

/*
 * record.c: writes the hash of each day's record of staff that is over into the log, which is kept elsewhere than the
 * database: with it nobody computes that day anew without being found out. Days of which a run was missed come with the
 * next one. Runs in runners.
 */
#include "jobs/runner.h"
#include "log/log.h"
#include "statements.h"

/* Writes row `i` into the log; returns its day, which lives in the arena. */
static const char *
log_day(struct runner *r, int index, int i)
{
	struct str fault = db_get(r->db, index, i, "fault");
	struct str day = db_get(r->db, index, i, "day");

	log_begin(fault.len > 0 ? LOG_ERROR : LOG_INFO,
		  fault.len > 0 ? "record_broken" : "record_day");
	log_str("day", day);
	log_str("events", db_get(r->db, index, i, "events"));
	log_str("hash", db_get(r->db, index, i, "hash"));
	log_str("detail", fault);
	log_end();
	return arena_cstr(&r->arena, day);
}

/* Writes days that were not logged yet into the log, and behind that notes it: *more when there were any. */
static enum err
log_days(struct runner *r, bool *more)
{
	const char *day = NULL;
	int index, count;
	enum err e = link_ask(r->db, Q_RECORD_DAYS, &index, NULL);

	*more = false;
	if (e != ERR_OK)
		return e;
	count = db_row_count(r->db, index);
	for (int i = 0; i < count; i++)
		day = log_day(r, index, i);
	if (day == NULL)
		return ERR_OK;
	e = link_ask(r->db, Q_RECORD_LOGGED, &index, "day", day, NULL);
	*more = e == ERR_OK && str_is(db_get(r->db, index, 0, "news"), "t");
	return e;
}

enum job_end
record_run(struct runner *r, const struct job *job)
{
	bool more;

	(void)job;
	do {
		enum err e = log_days(r, &more);

		if (e != ERR_OK)
			return runner_failed(r, e);
	} while (more && !runner_must_leave(r));
	return more ? JOB_LATER : JOB_DONE;
}

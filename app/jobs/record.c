/*
 * record.c: writes the hash of a day's record of staff into the log, which is kept elsewhere than the database: with it
 * nobody computes that day anew without being found out. Runs in runners.
 */
#include "jobs/runner.h"
#include "log/log.h"
#include "statements.h"

enum job_end
record_run(struct runner *r, const struct job *job)
{
	struct str fault;
	int index;
	enum err e = link_ask(r->db, Q_RECORD_DAY, &index, NULL);

	(void)job;
	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	fault = db_get(r->db, index, 0, "fault");
	log_begin(fault.len > 0 ? LOG_ERROR : LOG_INFO,
		  fault.len > 0 ? "record_broken" : "record_day");
	log_str("day", db_get(r->db, index, 0, "day"));
	log_str("events", db_get(r->db, index, 0, "events"));
	log_str("hash", db_get(r->db, index, 0, "hash"));
	log_str("detail", fault);
	log_end();
	return JOB_DONE;
}

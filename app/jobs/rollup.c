/*
 * rollup.c: adds to the numbers of the day what came since they were looked at last (sql/functions/stats.sql), an hour a
 * transaction. Runs in runners.
 */
#include "jobs/runner.h"
#include "statements.h"

enum job_end
rollup_run(struct runner *r, const struct job *job)
{
	bool more = true;
	int index;

	(void)job;
	while (more && !runner_must_leave(r)) {
		enum err e = link_ask(r->db, Q_ROLL_UP, &index, NULL);

		if (e != ERR_OK)
			return runner_failed(r, e);
		more = str_is(db_get(r->db, index, 0, "more"), "t");
	}
	return more ? JOB_LATER : JOB_DONE;
}

/*
 * remind.c: has all that a residence reminds of looked at again, for somebody there wants to be told at another time, or
 * others are to be told (sql/functions/reminders.sql); the planner does the looking. Runs in runners.
 */
#include "jobs/runner.h"
#include "statements.h"

enum job_end
remind_run(struct runner *r, const struct job *job)
{
	int index;
	enum err e = link_ask(r->db, Q_REMINDER_LOOK_AGAIN, &index, "residence", job->key,
			      NULL);

	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

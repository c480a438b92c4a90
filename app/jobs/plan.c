/*
 * plan.c: what an account, the job's key, has may be over, and its plan is another (sql/functions/plans.sql). Runs in
 * runners.
 */
#include "jobs/runner.h"
#include "jobs/teller.h"
#include "statements.h"

enum job_end
plan_run(struct runner *r, const struct job *job)
{
	int index;
	enum err e = link_ask(r->db, Q_PLAN_SETTLE, &index, "about", job->key, NULL);

	teller_tell(r->teller, r->db, index, e);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

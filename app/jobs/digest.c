/*
 * digest.c: quiet hours are over: what they have held of a channel for an account, the job's key, is sent, as one
 * where it is several (sql/functions/quiet.sql). Runs in runners.
 */
#include "jobs/runner.h"
#include "statements.h"

enum job_end
digest_run(struct runner *r, const struct job *job)
{
	int index;
	enum err e = link_ask(r->db, Q_DIGEST, &index, "about", job->key, NULL);

	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

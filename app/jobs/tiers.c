/*
 * tiers.c: whose plan is another since tiers were edited has it settled by a job "plan" (sql/functions/plans.sql), two
 * hundred accounts looked at a transaction. Runs in runners.
 */
#include "jobs/walk.h"
#include "log/log.h"
#include "statements.h"

enum job_end
tiers_run(struct runner *r, const struct job *job)
{
	int64_t others;
	enum job_end end = walk(r, Q_PLANS_ANEW, &others);

	(void)job;
	if (others > 0)
		log_say(LOG_INFO, "plans_anew",
			"%lld accounts have another plan by other tiers",
			(long long)others);
	return end;
}

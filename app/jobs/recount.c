/*
 * recount.c: counts anew what triggers have counted (sql/functions/limits.sql), a hundred residences and accounts a
 * transaction. What was wrong is told: it was made past the triggers, by hand. Runs in runners.
 */
#include "jobs/walk.h"
#include "log/log.h"
#include "statements.h"

enum job_end
recount_run(struct runner *r, const struct job *job)
{
	int64_t wrong;
	enum job_end end = walk(r, Q_RECOUNT, &wrong);

	(void)job;
	if (wrong > 0)
		log_say(LOG_WARN, "recounted", "%lld numbers of usage were wrong",
			(long long)wrong);
	return end;
}

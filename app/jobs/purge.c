/*
 * purge.c: homes that were deleted 30 days ago go for good, piece by piece, each a transaction of its own
 * (sql/functions/leaving.sql). Runs in runners.
 */
#include "jobs/runner.h"
#include "log/log.h"
#include "statements.h"

enum job_end
purge_run(struct runner *r, const struct job *job)
{
	int64_t rows = 0, some = 0;
	int index;

	(void)job;
	do {
		enum err e = link_ask(r->db, Q_PURGE, &index, NULL);

		if (e != ERR_OK)
			return runner_failed(r, e);
		str_to_i64(db_get(r->db, index, 0, "rows"), &some);
		rows += some;
	} while (some > 0 && !runner_must_leave(r));
	if (rows > 0)
		log_say(LOG_INFO, "purged", "%lld rows of deleted homes",
			(long long)rows);
	return some > 0 ? JOB_LATER : JOB_DONE;
}

/*
 * recount.c: counts anew what triggers have counted (sql/functions/limits.sql), a hundred residences and accounts a
 * transaction. What was wrong is told: it was made past the triggers, by hand. Runs in runners.
 */
#include "jobs/runner.h"
#include "log/log.h"
#include "statements.h"

enum job_end
recount_run(struct runner *r, const struct job *job)
{
	const char *behind = NULL;
	int64_t wrong = 0, some = 0;
	int index;

	(void)job;
	do {
		enum err e = link_ask(r->db, Q_RECOUNT, &index, "behind", behind, NULL);

		if (e != ERR_OK)
			return runner_failed(r, e);
		str_to_i64(db_get(r->db, index, 0, "wrong"), &some);
		wrong += some;
		behind = arena_cstr(&r->arena, db_get(r->db, index, 0, "last"));
	} while (*behind != '\0' && !runner_must_leave(r));
	if (wrong > 0)
		log_say(LOG_WARN, "recounted", "%lld numbers of usage were wrong",
			(long long)wrong);
	return *behind != '\0' ? JOB_LATER : JOB_DONE;
}

/*
 * erase.c: accounts that their owners deleted 14 days ago go, step by step, each a transaction of its own
 * (sql/functions/leaving.sql). One that cannot go keeps no other one. Runs in runners.
 */
#include "jobs/runner.h"
#include "jobs/teller.h"
#include "log/log.h"
#include "statements.h"

static enum err
erase(struct runner *r, const char *who)
{
	bool more = true;
	int index;

	while (more && !runner_must_leave(r)) {
		enum err e = link_ask(r->db, Q_ERASE, &index, "who", who, NULL);

		teller_tell(r->teller, r->db, index, e);
		if (e != ERR_OK)
			return e;
		more = db_row_count(r->db, index) > 0 &&
		       str_is(db_get(r->db, index, 0, "more"), "t");
	}
	return ERR_OK;
}

static void
log_erased(struct runner *r, const char *who, enum err e)
{
	log_begin(e == ERR_OK ? LOG_INFO : LOG_WARN,
		  e == ERR_OK ? "erased" : "not_erased");
	log_cstr("user_id", who);
	log_cstr("why", e == ERR_OK ? NULL : r->why);
	log_end();
}

enum job_end
erase_run(struct runner *r, const struct job *job)
{
	enum job_end end = JOB_DONE;
	const char **ids;
	int index, count;
	enum err e = link_ask(r->db, Q_ACCOUNTS_TO_ERASE, &index, NULL);

	(void)job;
	if (e != ERR_OK)
		return runner_failed(r, e);
	count = db_row_count(r->db, index);
	ids = arena_zalloc(&r->arena, (size_t)count + 1, sizeof(*ids));
	for (int i = 0; i < count; i++)
		ids[i] = arena_cstr(&r->arena, db_get(r->db, index, i, "id"));
	for (int i = 0; i < count; i++) {
		if (runner_must_leave(r))
			return JOB_LATER;
		e = erase(r, ids[i]);
		if (e != ERR_OK)
			end = runner_failed(r, e);
		log_erased(r, ids[i], e);
	}
	return end;
}

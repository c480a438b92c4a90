/*
 * sweep.c: makes partitions for new rows and drops old ones, as `hob sweep` does by hand
 * (sql/functions/aging.sql). Each step is a transaction of its own, with a short wait for its locks; what
 * was in use is left to the next try. Runs in runners.
 */
#include "jobs/runner.h"
#include "log/log.h"
#include "statements.h"

/* Repeats a step that deletes piece by piece. */
static enum err
run_step(struct runner *r, const char *step, bool repeated, int64_t *rows)
{
	int64_t some = 0;
	int index;

	*rows = 0;
	do {
		enum err e = link_ask(r->db, Q_SWEEP_STEP, &index, "step", step, "now",
				      r->now, NULL);

		if (e != ERR_OK)
			return e;
		str_to_i64(db_get(r->db, index, 0, "rows"), &some);
		*rows += some;
	} while (repeated && some > 0);
	return ERR_OK;
}

static void
log_step(const char *step, int64_t rows)
{
	log_begin(LOG_INFO, "swept");
	log_cstr("step", step);
	log_i64("rows", rows);
	log_end();
}

enum job_end
sweep_run(struct runner *r, const struct job *job)
{
	enum err e, worst = ERR_OK;
	int64_t rows;
	int index, count;
	const char **steps;
	bool *repeated;

	(void)job;
	e = link_ask(r->db, Q_SWEEP_NAMES, &index, "now", r->now, NULL);
	if (e != ERR_OK)
		return runner_failed(r, e);
	count = db_row_count(r->db, index);
	steps = arena_zalloc(&r->arena, (size_t)count + 1, sizeof(*steps));
	repeated = arena_zalloc(&r->arena, (size_t)count + 1, sizeof(*repeated));
	for (int i = 0; i < count; i++) {
		steps[i] = arena_cstr(&r->arena, db_get(r->db, index, i, "step"));
		repeated[i] = str_is(db_get(r->db, index, i, "repeated"), "t");
	}
	for (int i = 0; i < count; i++) {
		e = run_step(r, steps[i], repeated[i], &rows);
		if (e != ERR_OK)
			worst = e;
		if (e != ERR_OK)
			runner_failed(r, e);
		else if (!repeated[i] || rows > 0)
			log_step(steps[i], rows);
	}
	return worst == ERR_OK ? JOB_DONE : JOB_LATER;
}

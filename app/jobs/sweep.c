/*
 * sweep.c: makes partitions for new rows and drops old ones, as `hob sweep` does by hand
 * (sql/functions/aging.sql). Each step is a transaction of its own, with a short wait for its locks; what
 * was in use is left to the next try. Runs in runners.
 */
#include "jobs/runner.h"
#include "log/log.h"
#include "statements.h"

struct step {
	const char *name;
	bool repeated; /* it deletes piece by piece, until nothing is left */
	bool creates;
};

static enum err
run_step(struct runner *r, const struct step *step, int64_t *rows)
{
	int64_t some = 0;
	int index;

	*rows = 0;
	do {
		enum err e =
			link_ask(r->db, Q_SWEEP_STEP, &index, "step", step->name, NULL);

		if (e != ERR_OK)
			return e;
		str_to_i64(db_get(r->db, index, 0, "rows"), &some);
		*rows += some;
	} while (step->repeated && some > 0 && !runner_must_leave(r));
	return ERR_OK;
}

/* Rows in the way of a new partition keep it from being made. */
static void
log_step(const struct step *step, int64_t rows)
{
	bool done = !step->creates || rows == 0;

	if (step->repeated && rows == 0)
		return;
	log_begin(done ? LOG_INFO : LOG_WARN, done ? "swept" : "not_swept");
	log_cstr("step", step->name);
	log_i64("rows", rows);
	log_end();
}

static int
read_steps(struct runner *r, int index, struct step **out)
{
	int count = db_row_count(r->db, index);

	*out = arena_zalloc(&r->arena, (size_t)count + 1, sizeof(**out));
	for (int i = 0; i < count; i++)
		(*out)[i] = (struct step){
			.name = arena_cstr(&r->arena, db_get(r->db, index, i, "step")),
			.repeated = str_is(db_get(r->db, index, i, "repeated"), "t"),
			.creates = str_is(db_get(r->db, index, i, "creates"), "t"),
		};
	return count;
}

enum job_end
sweep_run(struct runner *r, const struct job *job)
{
	enum job_end end = JOB_DONE;
	struct step *steps;
	int64_t rows;
	int index, count;
	enum err e = link_ask(r->db, Q_SWEEP_NAMES, &index, NULL);

	(void)job;
	if (e != ERR_OK)
		return runner_failed(r, e);
	count = read_steps(r, index, &steps);
	for (int i = 0; i < count; i++) {
		if (runner_must_leave(r))
			return JOB_LATER;
		e = run_step(r, &steps[i], &rows);
		if (e == ERR_OK) {
			log_step(&steps[i], rows);
			continue;
		}
		end = runner_failed(r, e);
		log_say(LOG_WARN, "not_swept", "%s: %s", steps[i].name, r->why);
	}
	return end;
}

/* link.c: the link of a process of hob-jobs to PostgreSQL. Runs in runners, the planner and -t. */
#include "jobs/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/die.h"
#include "model/schema_seen.h"
#include "statements.h"

enum { ANSWER_MS = 10000, PARAMS_MAX = 16 };

struct db *
link_new(const struct config *c, const char *application_name)
{
	return db_new(&(struct db_options){
		.conninfo = c->db_jobs_url,
		.application_name = application_name,
		.prepare = c->db_prepare,
		.statements = statements,
		.statement_count = Q_COUNT,
	});
}

/* --- is it good? ------------------------------------------------------------- */

static enum err
check(struct db *db, char why[LINK_WHY_SIZE])
{
	struct schema_seen seen;
	struct str fault;
	int index;
	enum err e = link_ask(db, Q_STARTUP_CHECK, &index, NULL);

	if (e != ERR_OK) {
		snprintf(why, LINK_WHY_SIZE, "startup_check is refused: %s", db_why(db));
		return e == ERR_INVALID && db_is_for_good(db_refusal(db)->sqlstate)
			       ? ERR_INTERNAL
			       : ERR_BUSY;
	}
	seen = schema_seen_at(db, index);
	if (schema_misfits(&seen, why, LINK_WHY_SIZE))
		return ERR_INTERNAL;
	fault = db_get(db, index, 0, "reason");
	if (fault.len == 0)
		return ERR_OK;
	snprintf(why, LINK_WHY_SIZE,
		 "the login of db.jobs_url may not work: %.*s; use hob_jobs, or a role "
		 "that sql/roles.sql made like it",
		 STR_FMT(fault));
	return ERR_INTERNAL;
}

enum err
link_await(struct db *db, int wait_ms, unsigned *links, char why[LINK_WHY_SIZE])
{
	enum db_state state = db_await(db, wait_ms);
	enum err e;

	why[0] = '\0';
	if (state != DB_READY) {
		snprintf(why, LINK_WHY_SIZE, "%s", db_why(db));
		return state == DB_REFUSED ? ERR_INTERNAL : ERR_BUSY;
	}
	if (*links == db_links(db))
		return ERR_OK;
	e = check(db, why);
	if (e == ERR_OK)
		*links = db_links(db);
	return e;
}

/* --- asking ------------------------------------------------------------------ */

static int
place_of(const struct db_statement *s, const char *name)
{
	for (int i = 0; i < s->param_count; i++)
		if (strcmp(s->params[i], name) == 0)
			return i;
	die("%s has no parameter %s", s->name, name);
}

enum err
link_ask(struct db *db, int statement, int *index, ...)
{
	const struct db_statement *s = &statements[statement];
	const char *values[PARAMS_MAX] = { NULL };
	const char *name;
	va_list pairs;
	int given = 0;

	va_start(pairs, index);
	while ((name = va_arg(pairs, const char *)) != NULL) {
		values[place_of(s, name)] = va_arg(pairs, const char *);
		given++;
	}
	va_end(pairs);
	if (given != s->param_count || given > PARAMS_MAX)
		die("%s has %d parameters, %d are given", s->name, s->param_count, given);
	db_begin(db);
	*index = db_queue(db, statement, values);
	return db_run(db, clock_mono_ms() + ANSWER_MS);
}

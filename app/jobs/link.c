/* link.c: the link of a process of hob-jobs to PostgreSQL. Runs in runners, the planner and -t. */
#include "jobs/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/die.h"
#include "model/schema_seen.h"
#include "statements.h"

/* Above the role's statement_timeout. */
enum { ANSWER_MS = 70000, CHECK_MS = 2000, PARAMS_MAX = 16 };

static struct db_options
options_of(const struct config *c, const char *application_name)
{
	return (struct db_options){
		.conninfo = c->db_jobs_url,
		.application_name = application_name,
		.prepare = c->db_prepare,
		.statements = statements,
		.statement_count = Q_COUNT,
	};
}

struct db *
link_new(const struct config *c, const char *application_name)
{
	const struct db_options options = options_of(c, application_name);

	return db_new(&options);
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

/* A statement names what the schema does not have: mostly it is that of another version. */
static void
refusal(const struct db *db, const struct config *c, char why[LINK_WHY_SIZE])
{
	const struct db_options like = options_of(c, "hob-jobs");
	char words[256];

	if (schema_misfits_link(&like, &statements[Q_STARTUP_CHECK], CHECK_MS, words,
				sizeof(words)))
		snprintf(why, LINK_WHY_SIZE, "%s (%s)", words, db_why(db));
	else
		snprintf(why, LINK_WHY_SIZE,
			 "the schema is not what this program needs: run this program's "
			 "`hob migrate` (%s)",
			 db_why(db));
}

enum err
link_await(struct db *db, const struct config *c, int wait_ms, unsigned *links,
	   char why[LINK_WHY_SIZE])
{
	enum db_state state = db_await(db, wait_ms);
	enum err e;

	why[0] = '\0';
	if (state == DB_REFUSED) {
		refusal(db, c, why);
		return ERR_INTERNAL;
	}
	if (state != DB_READY) {
		snprintf(why, LINK_WHY_SIZE, "%s", db_why(db));
		return ERR_BUSY;
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

/* Places the values by name; false when they are not those of the statement. */
static bool
take_pairs(const struct db_statement *s, va_list pairs, const char *values[PARAMS_MAX])
{
	const char *name;
	int given = 0;

	while ((name = va_arg(pairs, const char *)) != NULL) {
		values[place_of(s, name)] = va_arg(pairs, const char *);
		given++;
	}
	return given == s->param_count;
}

static void
require_room(const struct db_statement *s)
{
	if (s->param_count > PARAMS_MAX)
		die("%s has %d parameters", s->name, s->param_count);
}

enum err
link_ask(struct db *db, int statement, int *index, ...)
{
	const struct db_statement *s = &statements[statement];
	const char *values[PARAMS_MAX] = { NULL };
	va_list pairs;
	bool good;

	require_room(s);
	va_start(pairs, index);
	good = take_pairs(s, pairs, values);
	va_end(pairs);
	if (!good)
		die("%s has %d parameters, others are given", s->name, s->param_count);
	db_begin(db);
	*index = db_queue(db, statement, values);
	return db_run(db, clock_mono_ms() + ANSWER_MS);
}

enum err
link_ask_as(struct db *db, const char *who, int statement,
	    const struct link_value *values, int *index)
{
	const struct db_statement *s = &statements[statement];
	const char *placed[PARAMS_MAX] = { NULL }, *account[] = { who };

	require_room(s);
	for (; values->name != NULL; values++)
		for (int i = 0; i < s->param_count; i++)
			if (strcmp(s->params[i], values->name) == 0)
				placed[i] = values->text;
	db_begin(db);
	db_queue(db, Q_ACT_AS, account);
	*index = db_queue(db, statement, placed);
	return db_run(db, clock_mono_ms() + ANSWER_MS);
}

void
link_why(struct db *db, enum err e, char why[LINK_WHY_SIZE])
{
	const struct db_refusal *refusal;

	if (e != ERR_INVALID) {
		snprintf(why, LINK_WHY_SIZE, "%s: %s", err_name(e), db_why(db));
		return;
	}
	refusal = db_refusal(db);
	/* RAISE, and the states of sql/README.md. */
	if (strcmp(refusal->sqlstate, "P0001") == 0 ||
	    strncmp(refusal->sqlstate, "HB", 2) == 0)
		snprintf(why, LINK_WHY_SIZE, "%s: %s", refusal->sqlstate,
			 refusal->message);
	else
		snprintf(why, LINK_WHY_SIZE, "refused: %s %s", refusal->sqlstate,
			 refusal->constraint);
}

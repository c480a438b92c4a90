/*
 * apply.c: one migration, and the functions, of `hob migrate`.
 *
 * The residences are served meanwhile, so no statement waits for a lock longer than LOCK_MS: then
 * everybody behind it goes first, and it is tried again. A migration is one transaction, so that its
 * locks last as long as it and not as long as the run; one that says "outside a transaction" runs
 * statement by statement, and is noted before and after. Functions, views, triggers and grants are
 * one transaction: requests see those of before or those of this program.
 */
#include "cli/apply.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/clock.h"
#include "core/die.h"

/*
 * Requests that arrive behind a waiting ALTER TABLE wait as long as it does: less than their own
 * lock_timeout, 2 s. Then they get as much time as they need to be through.
 */
#define LOCK_MS "1000"
/* Waits of functions add up: they lock several tables and views, one behind the other. */
#define FUNCTIONS_LOCK_MS "300"
enum { PAUSE_FIRST_MS = 500, PAUSE_MOST_MS = 8000 };

static const char note_migration_sql[] =
	"INSERT INTO hob.migrations (number, name, sha256, good_for, applied_at) "
	"VALUES ($1, $2, $3, $4, CASE WHEN $5::bool THEN now() END) "
	"ON CONFLICT (number) DO UPDATE SET name = excluded.name, sha256 = "
	"excluded.sha256, "
	"good_for = excluded.good_for, applied_at = excluded.applied_at "
	"WHERE migrations.applied_at IS NULL";

static const char note_functions_sql[] =
	"INSERT INTO hob.functions (name, sha256, version) VALUES ($1, $2, $3) "
	"ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, version = "
	"excluded.version, "
	"applied_at = CASE WHEN functions.sha256 = excluded.sha256 THEN "
	"functions.applied_at "
	"ELSE now() END";

enum outcome { DONE, BUSY, FAILED };

/* --- trying until there is room ------------------------------------------ */

/* BUSY: another session was in the way, for now. */
static enum outcome
outcome_of(const struct pg *pg, bool good)
{
	static const char *const passing[] = { "55P03", "40P01", "40001" };

	for (size_t i = 0; !good && i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strcmp(pg_sqlstate(pg), passing[i]) == 0)
			return BUSY;
	return good ? DONE : FAILED;
}

/* Runs once(r, what) until it is not BUSY, for r->wait_ms at most. */
static bool
persist(struct run *r, enum outcome (*once)(struct run *, const void *), const void *what)
{
	int64_t deadline_ms = clock_mono_ms() + r->wait_ms;
	int pause_ms = PAUSE_FIRST_MS;
	enum outcome o;

	while ((o = once(r, what)) == BUSY && clock_mono_ms() + pause_ms < deadline_ms) {
		printf("%s: lets the others go first and tries again in %d.%d s\n",
		       r->watch.what, pause_ms / 1000, pause_ms % 1000 / 100);
		fflush(stdout);
		poll(NULL, 0, pause_ms);
		pause_ms = pause_ms * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : pause_ms * 2;
	}
	if (o == BUSY)
		complain("%s: gave up after %d s; nothing of it was changed: end what is "
			 "in "
			 "the way, or wait longer (--wait)",
			 r->watch.what, (int)(r->wait_ms / 1000));
	return o == DONE;
}

/* --- migrations ---------------------------------------------------------- */

static bool
note_migration(struct run *r, const struct migration *m, bool done)
{
	char number[16], good_for[16];
	const char *params[] = { number, m->name, m->sha256, good_for,
				 done ? "true" : "false" };

	snprintf(number, sizeof(number), "%d", m->number);
	snprintf(good_for, sizeof(good_for), "%d", m->good_for);
	return pg_query(r->pg, note_migration_sql, 5, params);
}

/* Ends a transaction that is DONE and noted, or was not to be. */
static enum outcome
end_of_try(struct run *r, enum outcome o, bool noted)
{
	if (o == DONE && noted) {
		if (pg_run(r->pg, "COMMIT"))
			return DONE;
		complain("whether it was committed is not known: run hob migrate again");
		return FAILED;
	}
	if (o == FAILED)
		pg_tell(r->pg);
	if (o == BUSY && pg_run(r->pg, "ROLLBACK"))
		return BUSY;
	return FAILED;
}

/* The whole of `migration` in one transaction. */
static enum outcome
inside_once(struct run *r, const void *migration)
{
	const struct migration *m = migration;
	enum outcome o;

	if (!pg_run(r->pg, "BEGIN; SET LOCAL lock_timeout = " LOCK_MS))
		return FAILED;
	o = outcome_of(r->pg, watch_run(&r->watch, r->pg, m->sql));
	return end_of_try(r, o, o == DONE && note_migration(r, m, true));
}

/* One statement of a migration that runs outside a transaction. */
static enum outcome
statement_once(struct run *r, const void *sql)
{
	enum outcome o = outcome_of(r->pg, watch_run(&r->watch, r->pg, sql));

	if (o == FAILED)
		pg_tell(r->pg);
	return o;
}

/*
 * CONCURRENTLY waits for older transactions, and none waits behind it: giving up would
 * only leave an invalid index.
 */
static bool
run_statement(struct run *r, const char *sql)
{
	bool patient = strstr(sql, "CONCURRENTLY") != NULL;

	return pg_run(r->pg,
		      patient ? "SET lock_timeout = 0" : "SET lock_timeout = " LOCK_MS) &&
	       persist(r, statement_once, sql);
}

/* Statements end with a ";" at the end of a line: scripts/sqlgen sees to it. */
static bool
run_statements(struct run *r, const char *sql)
{
	const char *end;
	bool good = true;

	for (; good && (end = strstr(sql, ";\n")) != NULL; sql = end + 2) {
		char *one = strndup(sql, (size_t)(end - sql));

		if (one == NULL)
			die("out of memory");
		good = run_statement(r, one);
		free(one);
	}
	return good;
}

static bool
have_valid_indexes(struct pg *pg)
{
	if (!pg_query(pg,
		      "SELECT indexrelid::regclass FROM pg_index i JOIN pg_class c "
		      "ON c.oid = i.indexrelid WHERE NOT i.indisvalid "
		      "AND c.relnamespace IN ('public'::regnamespace, "
		      "'hob'::regnamespace)",
		      0, NULL))
		return false;
	if (pg_rows(pg) == 0)
		return true;
	complain("index %s is not valid", pg_value(pg, 0, 0));
	return false;
}

/* Begun is noted first, so that a half of it is known to be one. */
static bool
apply_outside(struct run *r, const struct migration *m)
{
	if (r->begun)
		printf("%s: was begun and is not done; runs again\n", r->watch.what);
	return note_migration(r, m, false) && run_statements(r, m->sql) &&
	       pg_run(r->pg, "SET lock_timeout = " LOCK_MS) &&
	       have_valid_indexes(r->pg) && note_migration(r, m, true);
}

bool
apply_migration(struct run *r, const struct migration *m)
{
	char name[128];
	bool good;

	snprintf(name, sizeof(name), "%04d_%s", m->number, m->name);
	watch_begin(&r->watch, name);
	good = m->outside ? apply_outside(r, m) : persist(r, inside_once, m);
	if (good)
		printf("%s: applied in %d ms\n", name, (int)watch_ms(&r->watch));
	else
		printf("%s: failed; %s\n", name,
		       m->outside ? "what it had done stays, hob migrate runs it again"
				  : "nothing of it was changed");
	fflush(stdout);
	watch_begin(&r->watch, "");
	return good;
}

/* --- functions ----------------------------------------------------------- */

/* Files of an older program that are no more count for nothing. */
static bool
note_functions(struct run *r)
{
	char version[16];

	snprintf(version, sizeof(version), "%d", migration_count);
	for (int i = 0; i < functions_count; i++)
		if (!pg_query(r->pg, note_functions_sql, 3,
			      (const char *[]){ functions[i].name, functions[i].sha256,
						version }))
			return false;
	return pg_query(r->pg, "DELETE FROM hob.functions WHERE version < $1::int", 1,
			(const char *[]){ version });
}

static enum outcome
functions_once(struct run *r, const void *unused)
{
	enum outcome o = DONE;

	(void)unused;
	if (!pg_run(r->pg, "BEGIN; SET LOCAL lock_timeout = " FUNCTIONS_LOCK_MS))
		return FAILED;
	for (int i = 0; o == DONE && i < functions_count; i++)
		if (r->stale[i]) {
			o = outcome_of(r->pg,
				       watch_run(&r->watch, r->pg, functions[i].sql));
			if (o == FAILED)
				complain("sql/functions/%s.sql:", functions[i].name);
		}
	return end_of_try(r, o, o == DONE && note_functions(r));
}

bool
apply_functions(struct run *r)
{
	bool good;

	watch_begin(&r->watch, "functions");
	good = persist(r, functions_once, NULL);
	if (good && r->stale_count > 0)
		printf("functions: %d of %d files applied in %d ms\n", r->stale_count,
		       functions_count, (int)watch_ms(&r->watch));
	else if (!good)
		printf("functions: failed; nothing of them was changed\n");
	fflush(stdout);
	watch_begin(&r->watch, "");
	return good;
}

/*
 * migrate.c: `hob migrate`, the only way a schema changes.
 *
 * Migrations are compiled in. Each is one transaction, so that its locks last as long as it
 * and not as long as the run; the boards are served meanwhile, so no statement waits for a lock
 * longer than LOCK_MS: then everybody behind it goes first, and it is tried again. One that
 * says "outside a transaction" runs statement by statement, and is noted before and after.
 *
 * What was applied is remembered with its checksum: an edited migration is refused, and so is
 * a database that is newer than this program and not good for it. One run at a time (turn.h).
 * Forward only. Runs as hob_owner.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pg.h"
#include "cli/sweep.h"
#include "cli/turn.h"
#include "cli/watch.h"
#include "core/clock.h"
#include "core/die.h"
#include "core/str.h"
#include "schema.h"

/*
 * Requests that arrive behind a waiting ALTER TABLE wait as long as it does: less than their own
 * lock_timeout, 2 s. Then they get as much time as they need to be through.
 */
#define LOCK_MS "1000"
enum { PAUSE_FIRST_MS = 500, PAUSE_MOST_MS = 8000, WAIT_S = 600, WAIT_MOST_S = 86400 };

static const char table_sql[] =
	"CREATE SCHEMA IF NOT EXISTS hob;"
	"CREATE TABLE IF NOT EXISTS hob.migrations ("
	"number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"
	/* Programs that know this version, or a newer, may serve with it. */
	"good_for int NOT NULL,"
	/* Null: outside a transaction, begun and not done. */
	"applied_at timestamptz DEFAULT now())";

static const char note_sql[] =
	"INSERT INTO hob.migrations (number, name, sha256, good_for, applied_at) "
	"VALUES ($1, $2, $3, $4, CASE WHEN $5::bool THEN now() END) "
	"ON CONFLICT (number) DO UPDATE SET name = excluded.name, sha256 = "
	"excluded.sha256, "
	"good_for = excluded.good_for, applied_at = excluded.applied_at "
	"WHERE migrations.applied_at IS NULL";

/* One run. */
struct run {
	struct pg *pg;
	struct watch watch;
	int64_t wait_ms; /* so long it goes on trying to get a lock */
	int applied;	 /* migrations that are done */
	int good_for;
	bool begun; /* the one behind them is begun and not done */
};

enum outcome { DONE, BUSY, FAILED };

/* --- what is there ------------------------------------------------------- */

/* The roles are named in the grants of every migration. */
static bool
have_roles(struct pg *pg)
{
	static const char missing_sql[] =
		"SELECT wanted FROM unnest(ARRAY['hob_api', 'hob_jobs']) wanted "
		"WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)";

	if (!pg_query(pg, missing_sql, 0, NULL))
		return false;
	if (pg_rows(pg) == 0)
		return true;
	complain("role %s does not exist; as an administrator run: hob roles | psql",
		 pg_value(pg, 0, 0));
	return false;
}

/* One row of hob.migrations against what is compiled in. */
static bool
is_ours(int number, const char *name, const char *sha256)
{
	if (strcmp(migrations[number - 1].sha256, sha256) == 0)
		return true;
	complain("migration %04d_%s was edited after it had been applied (as %s)", number,
		 migrations[number - 1].name, name);
	return false;
}

/* The row at `row` of what is remembered: number, name, sha256, good_for, done. */
static bool
look_at_row(struct run *r, int row)
{
	const char *number = pg_value(r->pg, row, 0);
	int good_for = (int)strtol(pg_value(r->pg, row, 3), NULL, 10);
	bool done = pg_value(r->pg, row, 4)[0] == 't';

	if (strtol(number, NULL, 10) != row + 1 || r->begun) {
		complain("hob.migrations is not sound: number %s stands behind %d%s",
			 number, row, r->begun ? ", which is not done" : "");
		return false;
	}
	/* What is not done runs again, as it is now. */
	if (done && row < migration_count &&
	    !is_ours(row + 1, pg_value(r->pg, row, 1), pg_value(r->pg, row, 2)))
		return false;
	r->applied += done;
	r->begun = !done;
	if (good_for > r->good_for)
		r->good_for = good_for;
	return true;
}

/* False when the database is not ours to migrate. */
static bool
look(struct run *r)
{
	r->applied = r->good_for = 0;
	r->begun = false;
	if (!pg_query(r->pg, "SELECT to_regclass('hob.migrations') IS NOT NULL", 0, NULL))
		return false;
	if (pg_value(r->pg, 0, 0)[0] == 'f')
		return true;
	if (!pg_query(r->pg,
		      "SELECT number, name, sha256, good_for, applied_at IS NOT NULL "
		      "FROM hob.migrations ORDER BY number",
		      0, NULL))
		return false;
	for (int i = 0, rows = pg_rows(r->pg); i < rows; i++)
		if (!look_at_row(r, i))
			return false;
	if (r->applied + r->begun <= migration_count || r->good_for <= migration_count)
		return true;
	complain("the database is at version %d, good for programs since version %d; "
		 "this "
		 "one knows %d: install a newer hob",
		 r->applied, r->good_for, migration_count);
	return false;
}

/* --- trying until there is room ------------------------------------------ */

/* Somebody was in the way, and will not always be. */
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

/* --- applying ------------------------------------------------------------ */

static bool
note(struct run *r, const struct migration *m, bool done)
{
	char number[16], good_for[16];
	const char *params[] = { number, m->name, m->sha256, good_for,
				 done ? "true" : "false" };

	snprintf(number, sizeof(number), "%d", m->number);
	snprintf(good_for, sizeof(good_for), "%d", m->good_for);
	return pg_query(r->pg, note_sql, 5, params);
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
	if (o == DONE && note(r, m, true) && pg_run(r->pg, "COMMIT"))
		return DONE;
	if (o == FAILED)
		pg_tell(r->pg);
	if (o == BUSY && pg_run(r->pg, "ROLLBACK"))
		return BUSY;
	return FAILED;
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
 * CONCURRENTLY waits for those who were there before it, and nobody waits behind it: giving up
 * would only leave an index that is not valid.
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
	return note(r, m, false) && run_statements(r, m->sql) &&
	       pg_run(r->pg, "SET lock_timeout = " LOCK_MS) &&
	       have_valid_indexes(r->pg) && note(r, m, true);
}

static bool
apply(struct run *r, const struct migration *m)
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

/* --- the command --------------------------------------------------------- */

/* Hosts are upgraded one by one: the newest hob has migrated for all. */
static void
tell_nothing_to_do(const struct run *r)
{
	if (r->applied > migration_count)
		printf("The schema is at version %d and good for this program, which "
		       "knows "
		       "%d; nothing to do.\n",
		       r->applied, migration_count);
	else
		printf("The schema is at version %d; nothing to do.\n", r->applied);
}

static bool
dry_run(struct run *r)
{
	if (!look(r))
		return false;
	for (int i = r->applied; i < migration_count; i++)
		printf("%04d_%s would be applied%s; good for programs since version %d\n",
		       migrations[i].number, migrations[i].name,
		       migrations[i].outside ? ", outside a transaction" : "",
		       migrations[i].good_for);
	if (r->applied >= migration_count)
		tell_nothing_to_do(r);
	return true;
}

static bool
migrate(struct run *r)
{
	int before;

	if (!turn_take(r->pg, r->wait_ms) || !look(r))
		return false;
	if (r->applied >= migration_count) {
		tell_nothing_to_do(r);
		return true;
	}
	if (r->applied == 0 && !pg_run(r->pg, table_sql))
		return false;
	before = r->applied;
	for (int i = before; i < migration_count; i++) {
		if (!apply(r, &migrations[i])) {
			complain("the schema is at version %d; %d of %d migrations were "
				 "applied",
				 i, i - before, migration_count - before);
			return false;
		}
		r->begun = false;
	}
	if (!look(r))
		return false;
	printf("The schema is at version %d, good for programs since version %d.\n",
	       r->applied, r->good_for);
	return true;
}

struct migrate_options {
	bool dry_run;
	int64_t wait_s;
};

static int
parse_options(int argc, char **argv, struct migrate_options *out)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0) {
			out->dry_run = true;
		} else if (strcmp(argv[i], "--wait") == 0) {
			const char *value = i + 1 < argc ? argv[++i] : "";

			if (!str_to_i64(str_of(value), &out->wait_s) || out->wait_s < 0 ||
			    out->wait_s > WAIT_MOST_S)
				return complain_usage("--wait needs seconds, 0 to %d",
						      WAIT_MOST_S);
		} else {
			return complain_usage("migrate takes no \"%s\"", argv[i]);
		}
	}
	return 0;
}

int
cmd_migrate(struct cli *cli, int argc, char **argv)
{
	struct migrate_options options = { .wait_s = WAIT_S };
	int code = parse_options(argc, argv, &options);
	struct run r = { 0 };
	bool done;

	if (code != 0)
		return code;
	r.pg = pg_open(cli->config.db_owner_url);
	if (r.pg == NULL)
		return 1;
	r.wait_ms = options.wait_s * 1000;
	watch_open(&r.watch, r.pg, cli->config.db_owner_url);
	done = have_roles(r.pg) && (options.dry_run ? dry_run(&r) : migrate(&r));
	if (done && !options.dry_run)
		sweep_ahead(r.pg);
	watch_close(&r.watch);
	pg_close(r.pg);
	return done ? 0 : 1;
}

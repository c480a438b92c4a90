/*
 * migrate.c: `hob migrate`, the only way a schema changes.
 *
 * Migrations are compiled in, and so are the functions of sql/functions, which are applied again when
 * they differ from what is there. Each migration is remembered with its checksum: an edited one is
 * refused, and so is a database that is newer than this program and not good for it. One run at a time
 * (turn.h). Forward only. Runs as hob_owner. apply.c does the work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/apply.h"
#include "cli/cli.h"
#include "cli/pg.h"
#include "cli/sweep.h"
#include "cli/turn.h"
#include "cli/watch.h"
#include "core/str.h"
#include "schema.h"

enum { WAIT_S = 600, WAIT_MOST_S = 86400 };

static const char table_sql[] =
	"CREATE SCHEMA IF NOT EXISTS hob;"
	"CREATE TABLE IF NOT EXISTS hob.migrations ("
	"number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"
	/* Programs that know this version, or a newer, may serve with it. */
	"good_for int NOT NULL,"
	/* Null: outside a transaction, begun and not done. */
	"applied_at timestamptz DEFAULT now());"
	"CREATE TABLE IF NOT EXISTS hob.functions ("
	"name text PRIMARY KEY, sha256 text NOT NULL,"
	/* The newest that was known to the program which applied the file. */
	"version int NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

/* --- what is there ------------------------------------------------------- */

bool
roles_are_there(struct pg *pg)
{
	static const char missing_sql[] =
		"SELECT wanted FROM unnest(ARRAY['hob_api', 'hob_jobs', 'hob_staff']) "
		"wanted "
		"WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)";

	if (!pg_query(pg, missing_sql, 0, NULL))
		return false;
	if (pg_rows(pg) == 0)
		return true;
	complain("role %s does not exist; as an administrator run: hob roles | psql",
		 pg_value(pg, 0, 0));
	return false;
}

/* Compares one row of hob.migrations with the compiled migration. */
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
	/* An unfinished migration runs again, as it is now. */
	if (done && row < migration_count &&
	    !is_ours(row + 1, pg_value(r->pg, row, 1), pg_value(r->pg, row, 2)))
		return false;
	r->applied += done;
	r->begun = !done;
	if (good_for > r->good_for)
		r->good_for = good_for;
	return true;
}

/*
 * Which files are not in the database as they are here. A migration since may have dropped what
 * one made (a view of a column, the triggers of a table), so behind one all are applied again.
 */
static bool
look_at_functions(struct run *r)
{
	if (!pg_query(r->pg, "SELECT name, sha256, version FROM hob.functions", 0, NULL))
		return false;
	for (int row = 0, rows = pg_rows(r->pg); row < rows; row++) {
		int version = (int)strtol(pg_value(r->pg, row, 2), NULL, 10);

		if (version > r->functions_version)
			r->functions_version = version;
		for (int i = 0; i < functions_count; i++)
			if (version >= migration_count &&
			    strcmp(functions[i].name, pg_value(r->pg, row, 0)) == 0 &&
			    strcmp(functions[i].sha256, pg_value(r->pg, row, 1)) == 0) {
				r->stale_count -= r->stale[i];
				r->stale[i] = false;
			}
	}
	return true;
}

/* False when the database is not ours to migrate. */
static bool
look(struct run *r)
{
	r->applied = r->good_for = r->functions_version = 0;
	r->begun = false;
	r->stale_count = functions_count;
	for (int i = 0; i < functions_count; i++)
		r->stale[i] = true;
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
	if (!look_at_functions(r))
		return false;
	if (r->applied + r->begun <= migration_count || r->good_for <= migration_count)
		return true;
	complain("the database is at version %d, good for programs since version %d; "
		 "this "
		 "one knows %d: install a newer hob",
		 r->applied, r->good_for, migration_count);
	return false;
}

/* --- the command --------------------------------------------------------- */

/* Does this program, and no newer one, decide the functions? */
static bool
owns_functions(const struct run *r)
{
	return r->applied <= migration_count && r->functions_version <= migration_count;
}

static bool
has_functions_to_apply(const struct run *r)
{
	return owns_functions(r) && r->stale_count > 0;
}

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
	for (int i = 0; owns_functions(r) && i < functions_count; i++)
		if (r->stale[i])
			printf("functions of %s would be applied\n", functions[i].name);
	if (r->applied >= migration_count && !has_functions_to_apply(r))
		tell_nothing_to_do(r);
	return true;
}

static bool
apply_migrations(struct run *r)
{
	int before = r->applied;

	for (int i = before; i < migration_count; i++) {
		if (!apply_migration(r, &migrations[i])) {
			complain("the schema is at version %d; %d of %d migrations were "
				 "applied",
				 i, i - before, migration_count - before);
			return false;
		}
		r->begun = false;
	}
	return true;
}

static bool
migrate(struct run *r)
{
	if (!turn_take(r->pg, r->wait_ms) || !look(r))
		return false;
	if (r->applied >= migration_count && !has_functions_to_apply(r)) {
		tell_nothing_to_do(r);
		return true;
	}
	if (r->applied == 0 && !pg_run(r->pg, table_sql))
		return false;
	if (!apply_migrations(r) || (has_functions_to_apply(r) && !apply_functions(r)) ||
	    !look(r))
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
	done = roles_are_there(r.pg) && (options.dry_run ? dry_run(&r) : migrate(&r));
	if (done && !options.dry_run)
		sweep_ahead(r.pg);
	watch_close(&r.watch);
	pg_close(r.pg);
	return done ? 0 : 1;
}

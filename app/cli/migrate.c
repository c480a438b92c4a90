/*
 * migrate.c: `hob migrate`, the only way a schema changes.
 *
 * Migrations are compiled in. A run is one transaction under an advisory lock, so
 * that two hosts that are upgraded together do not meet, and a failure in the third
 * of three leaves the schema as it was. What was applied is remembered with its
 * checksum: an edited migration is refused, and so is a database that is newer
 * than this program. Forward only. Runs as hob_owner.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pg.h"
#include "cli/sweep.h"
#include "core/clock.h"
#include "core/str.h"
#include "schema.h"

/* Any number will do as long as it stays: "hobm" in ASCII. */
#define LOCK_SQL "SELECT pg_advisory_xact_lock(1752129133)"

static const char table_sql[] =
	"CREATE SCHEMA IF NOT EXISTS hob;"
	"CREATE TABLE IF NOT EXISTS hob.migrations ("
	"number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"
	"applied_at timestamptz NOT NULL DEFAULT now())";

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
	complain("role %s does not exist; as a superuser run: hob roles | psql",
		 pg_value(pg, 0, 0));
	return false;
}

/* One row of hob.migrations against what is compiled in. */
static bool
is_ours(const char *number_text, const char *name, const char *sha256)
{
	int64_t number;

	if (!str_to_i64(str_of(number_text), &number) || number < 1) {
		complain("hob.migrations holds number %s", number_text);
		return false;
	}
	if (number > migration_count) {
		complain("the database is at version %s, this program knows %d: install "
			 "a newer hob",
			 number_text, migration_count);
		return false;
	}
	if (strcmp(migrations[number - 1].sha256, sha256) == 0)
		return true;
	complain("migration %04d_%s was edited after it had been applied (as %s)",
		 (int)number, migrations[number - 1].name, name);
	return false;
}

/* -1 when the database is not ours to migrate; the number of migrations it has else. */
static int
check_applied(struct pg *pg)
{
	int count;

	if (!pg_query(pg, "SELECT to_regclass('hob.migrations') IS NOT NULL", 0, NULL))
		return -1;
	if (pg_value(pg, 0, 0)[0] == 'f')
		return 0;
	if (!pg_query(pg,
		      "SELECT number, name, sha256 FROM hob.migrations ORDER BY number",
		      0, NULL))
		return -1;
	count = pg_rows(pg);
	for (int i = 0; i < count; i++)
		if (!is_ours(pg_value(pg, i, 0), pg_value(pg, i, 1), pg_value(pg, i, 2)))
			return -1;
	return count;
}

static bool
apply(struct pg *pg, const struct migration *m)
{
	int64_t start_ms = clock_mono_ms();
	char number[16];
	const char *params[] = { number, m->name, m->sha256 };

	snprintf(number, sizeof(number), "%d", m->number);
	printf("%04d_%s ... ", m->number, m->name);
	fflush(stdout);
	if (!pg_run(pg, m->sql) || !pg_query(pg,
					     "INSERT INTO hob.migrations (number, name, "
					     "sha256) VALUES ($1, $2, $3)",
					     3, params)) {
		puts("failed; nothing was changed");
		return false;
	}
	printf("%d ms\n", (int)(clock_mono_ms() - start_ms));
	return true;
}

static bool
migrate(struct pg *pg, bool dry_run)
{
	int applied;

	if (!have_roles(pg) || !pg_run(pg, "BEGIN") || !pg_run(pg, LOCK_SQL))
		return false;
	applied = check_applied(pg);
	if (applied < 0)
		return false;
	if (applied == migration_count) {
		printf("The schema is at version %d; nothing to do.\n", applied);
		return true;
	}
	if (!dry_run && !pg_run(pg, table_sql))
		return false;
	for (int i = applied; i < migration_count; i++) {
		if (dry_run)
			printf("%04d_%s would be applied\n", migrations[i].number,
			       migrations[i].name);
		else if (!apply(pg, &migrations[i]))
			return false;
	}
	if (dry_run)
		return true;
	if (!pg_run(pg, "COMMIT"))
		return false;
	printf("The schema is at version %d.\n", migration_count);
	return true;
}

int
cmd_migrate(struct cli *cli, int argc, char **argv)
{
	bool dry_run = argc == 2 && strcmp(argv[1], "--dry-run") == 0;
	struct pg *pg;
	bool done;

	if (argc > 1 && !dry_run)
		return complain_usage("migrate takes no \"%s\"", argv[1]);
	pg = pg_open(cli->config.db_owner_url);
	if (pg == NULL)
		return 1;
	done = migrate(pg, dry_run);
	if (done && !dry_run)
		sweep_ahead(pg);
	pg_close(pg);
	return done ? 0 : 1;
}

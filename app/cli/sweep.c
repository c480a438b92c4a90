/*
 * sweep.c: `hob sweep`: makes partitions for new rows and drops old rows, outside of
 * requests. A timer runs it every day; without it, nothing fails (sql/functions/aging.sql
 * says why).
 *
 * The database lists the steps (hob.sweep_steps); each step is a transaction of its own,
 * with a lock_timeout so short that requests behind it do not notice. Runs as hob_owner.
 */
#include "cli/sweep.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/str.h"

enum { TRIES = 5 };

/* A step's name and statement; copies, for the next query drops the rows. */
struct step {
	const char *what, *statement;
	bool repeated, creates;
};

/* A lock that is taken is tried again: its holder may be a request. */
static bool
run_once(struct pg *pg, const struct step *s)
{
	for (int i = 0; i < TRIES; i++) {
		if (!pg_run(pg, "BEGIN; SET LOCAL lock_timeout = '100ms'"))
			return false;
		if (pg_query(pg, s->statement, 0, NULL))
			return true;
		if (!pg_run(pg, "ROLLBACK"))
			return false;
	}
	return false;
}

static bool
run_once_told(struct pg *pg, const struct step *s, int64_t *value)
{
	*value = 0;
	if (!run_once(pg, s)) {
		complain("left for the next time: %s", s->what);
		return false;
	}
	if (s->repeated || s->creates)
		str_to_i64(str_of(pg_value(pg, 0, 0)), value);
	if (s->creates && *value > 0)
		complain("left for the next time: %s; the default partition holds %lld "
			 "rows of that time, too many to move while requests go on",
			 s->what, (long long)*value);
	return pg_run(pg, "COMMIT");
}

/* False: it was left to the next run. */
static bool
run(struct pg *pg, const struct step *s)
{
	int64_t all = 0, some;

	do {
		if (!run_once_told(pg, s, &some))
			return false;
		all += some;
	} while (some > 0 && s->repeated);
	if (s->creates && all > 0)
		return false;
	if (!s->repeated)
		puts(s->what);
	else if (all > 0)
		printf("%s: %lld\n", s->what, (long long)all);
	return true;
}

/* All steps, or those alone that make partitions. */
static bool
sweep(struct pg *pg, struct arena *a, bool ahead_only)
{
	struct step *steps;
	bool done = true;
	int count;

	if (!pg_query(pg,
		      "SELECT what, statement, repeated, creates FROM "
		      "hob.sweep_steps(now()) "
		      "WHERE creates OR NOT $1::bool ORDER BY creates DESC, what",
		      1, (const char *[]){ ahead_only ? "true" : "false" }))
		return false;
	count = pg_rows(pg);
	steps = arena_zalloc(a, (size_t)count + 1, sizeof(*steps));
	for (int i = 0; i < count; i++)
		steps[i] = (struct step){
			.what = arena_cstr(a, str_of(pg_value(pg, i, 0))),
			.statement = arena_cstr(a, str_of(pg_value(pg, i, 1))),
			.repeated = pg_value(pg, i, 2)[0] == 't',
			.creates = pg_value(pg, i, 3)[0] == 't',
		};
	for (int i = 0; i < count; i++)
		done = run(pg, &steps[i]) && done;
	return done;
}

bool
sweep_ahead(struct pg *pg)
{
	struct arena a;
	bool done;

	arena_init(&a, 4096);
	done = sweep(pg, &a, true);
	arena_release(&a);
	return done;
}

int
cmd_sweep(struct cli *cli, int argc, char **argv)
{
	struct pg *pg;
	bool done;

	if (argc > 1)
		return complain_usage("sweep takes no \"%s\"", argv[1]);
	pg = pg_open(cli->config.db_owner_url);
	if (pg == NULL)
		return 1;
	done = sweep(pg, &cli->arena, false);
	pg_close(pg);
	return done ? 0 : 1;
}

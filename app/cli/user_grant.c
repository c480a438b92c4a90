/*
 * user_grant.c: `hob user grant` and `hob user ungrant`: a tier that an account is given, until a day or for good, and
 * why (sql/functions/plans.sql). Runs as hob_owner.
 */
#include "cli/user_grant.h"

#include <stdio.h>
#include <string.h>

#include "cli/pg.h"
#include "core/date.h"
#include "core/str.h"

struct grant {
	const char *email, *tier, *reason, *until;
};

/* Runs a statement that answers in one word; 0 when that is `good`, and else what it stands for is told. */
static int
run(struct cli *cli, const char *sql, int count, const char *const *params,
    const char *good)
{
	struct pg *pg = pg_open(cli->config.db_owner_url);
	const char *word = "";
	int code = 1;

	if (pg != NULL && pg_query(pg, sql, count, params))
		word = pg_value(pg, 0, 0);
	if (strcmp(word, good) == 0)
		code = printf("%s: %s\n", params[0], pg_value(pg, 0, 1)) < 0;
	else if (*word != '\0')
		complain("%s: %s", params[0], pg_value(pg, 0, 1));
	pg_close(pg);
	return code;
}

static int
parse(int argc, char **argv, struct grant *g)
{
	int32_t day;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (value != NULL && strcmp(argv[i], "--reason") == 0)
			g->reason = argv[++i];
		else if (value != NULL && strcmp(argv[i], "--until") == 0)
			g->until = argv[++i];
		else if (g->email == NULL && argv[i][0] != '-')
			g->email = argv[i];
		else if (g->tier == NULL && argv[i][0] != '-')
			g->tier = argv[i];
		else
			return complain_usage("user grant takes no \"%s\"", argv[i]);
	}
	if (g->tier == NULL || g->reason == NULL || *g->reason == '\0')
		return complain_usage("user grant wants EMAIL TIER --reason TEXT");
	if (g->until != NULL && !date_parse(str_of(g->until), &day))
		return complain_usage("\"%s\" is no day: --until wants YYYY-MM-DD",
				      g->until);
	return 0;
}

int
user_grant(struct cli *cli, int argc, char **argv)
{
	struct grant g = { 0 };
	int code = parse(argc, argv, &g);
	const char *params[] = { g.email, g.tier, g.reason, g.until, operator_name() };

	if (code != 0)
		return code;
	return run(cli, "SELECT * FROM hob.grant_tier($1, $2, $3, $4::date, $5)", 5,
		   params, "granted");
}

int
user_ungrant(struct cli *cli, int argc, char **argv)
{
	const char *params[] = { argc > 1 ? argv[1] : NULL };

	if (argc != 2)
		return complain_usage("user ungrant wants EMAIL");
	return run(cli, "SELECT * FROM hob.ungrant_tiers($1)", 1, params, "ended");
}

/* audit.c: `hob audit verify`: was the record of what staff did changed? Runs as hob_owner. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pg.h"

enum { DAY, EVENTS, HASH, ERASED, FAULT };

/* One day: "good", and how many of its events are erased, or "BROKEN"; false when it has a fault, which is told. */
static bool
show_day(const struct pg *pg, int i)
{
	const char *day = pg_value(pg, i, DAY), *fault = pg_value(pg, i, FAULT);
	const char *erased = pg_value(pg, i, ERASED);

	printf("%s %6s %s %s", day, pg_value(pg, i, EVENTS), pg_value(pg, i, HASH),
	       fault[0] == '\0' ? "good" : "BROKEN");
	if (strcmp(erased, "0") != 0)
		printf(", %s erased", erased);
	printf("\n");
	if (fault[0] != '\0')
		complain("%s: %s", day, fault);
	return fault[0] == '\0';
}

static bool
show_days(const struct pg *pg)
{
	bool good = true;

	for (int i = 0; i < pg_rows(pg); i++)
		good = show_day(pg, i) && good;
	return good;
}

int
cmd_audit(struct cli *cli, int argc, char **argv)
{
	struct pg *pg;
	bool good;

	if (argc != 2 || strcmp(argv[1], "verify") != 0)
		return complain_usage("audit wants `verify`");
	pg = pg_open(cli->config.db_owner_url);
	good = pg != NULL && pg_query(pg, "SELECT * FROM hob.audit_verify()", 0, NULL) &&
	       show_days(pg);
	pg_close(pg);
	return good ? 0 : 1;
}

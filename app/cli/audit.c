/* audit.c: `hob audit verify`: was the record of what staff did changed? Runs as hob_owner. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pg.h"

/* Prints the days; false when one has a fault, which is told. */
static bool
show_days(const struct pg *pg)
{
	bool good = true;

	for (int i = 0; i < pg_rows(pg); i++) {
		const char *fault = pg_value(pg, i, 3);

		printf("%s %6s %s %s\n", pg_value(pg, i, 0), pg_value(pg, i, 1),
		       pg_value(pg, i, 2), fault[0] == '\0' ? "good" : "BROKEN");
		if (fault[0] != '\0')
			complain("%s: %s", pg_value(pg, i, 0), fault);
		good = good && fault[0] == '\0';
	}
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

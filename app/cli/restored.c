/*
 * restored.c: `hob restored`: the database is an older state of itself, restored from a
 * copy. Phones that saw later changes must begin anew, and no process may use what it has
 * cached of them. PostgreSQL notices every recovery by itself (sql/functions/sync.sql);
 * this command is for the other cases: the files of a server that was shut down were put
 * back, or rows were.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/pg.h"

int
history_begin(struct cli *cli, struct pg *pg)
{
	if (!pg_run(pg, "TRUNCATE hob.starts") ||
	    !pg_query(pg, "SELECT hob.history()", 0, NULL))
		return 1;
	printf("A new history begins (%s): sync tokens of before are answered 410, and "
	       "phones sync anew.\n",
	       pg_value(pg, 0, 0));
	return cache_flush(cli);
}

int
cmd_restored(struct cli *cli, int argc, char **argv)
{
	struct pg *pg;
	int code;

	if (argc > 1)
		return complain_usage("restored takes no \"%s\"", argv[1]);
	pg = pg_open(cli->config.db_owner_url);
	if (pg == NULL)
		return 1;
	code = history_begin(cli, pg);
	pg_close(pg);
	return code;
}

/*
 * pg.c: plain libpq for the command line, the only file of it that includes
 * libpq-fe.h. Blocking and without pipelines, because a person waits for it
 * and not a queue. Runs in `hob` only.
 */
#include "cli/pg.h"

#include <libpq-fe.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "core/die.h"
#include "core/str.h"

struct pg {
	PGconn *conn;
	PGresult *result; /* of the last query, or NULL */
};

/* libpq ends its messages with a line break. */
static void
tell(const struct pg *pg)
{
	struct str words = str_trim(str_of(PQerrorMessage(pg->conn)));

	complain("%.*s", STR_FMT(words));
}

struct pg *
pg_open(const char *conninfo)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	if (pg == NULL)
		die("out of memory");
	pg->conn = PQconnectdb(conninfo);
	if (PQstatus(pg->conn) != CONNECTION_OK) {
		tell(pg);
		pg_close(pg);
		return NULL;
	}
	if (!pg_run(pg,
		    "SET client_min_messages = warning; SET application_name = 'hob'")) {
		pg_close(pg);
		return NULL;
	}
	return pg;
}

void
pg_close(struct pg *pg)
{
	if (pg == NULL)
		return;
	PQclear(pg->result);
	PQfinish(pg->conn);
	free(pg);
}

static bool
keep(struct pg *pg, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	PQclear(pg->result);
	pg->result = result;
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return true;
	tell(pg);
	return false;
}

bool
pg_run(struct pg *pg, const char *sql)
{
	return keep(pg, PQexec(pg->conn, sql));
}

bool
pg_query(struct pg *pg, const char *sql, int count, const char *const *params)
{
	return keep(pg, PQexecParams(pg->conn, sql, count, NULL, params, NULL, NULL, 0));
}

int
pg_rows(const struct pg *pg)
{
	return PQntuples(pg->result);
}

const char *
pg_value(const struct pg *pg, int row, int column)
{
	return PQgetvalue(pg->result, row, column);
}

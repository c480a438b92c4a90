/*
 * pg.c: plain libpq for the command line, the only file of it that includes
 * libpq-fe.h. Blocking and without pipelines, because a person waits for it
 * and not a queue. Runs in `hob` only.
 */
#include "cli/pg.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/clock.h"
#include "core/die.h"
#include "core/str.h"

struct pg {
	PGconn *conn;
	PGresult *result; /* of the last query, or NULL */
	char sqlstate[6]; /* of the last failure */
};

/* libpq ends its messages with a line break. */
void
pg_tell(const struct pg *pg)
{
	struct str words = str_trim(str_of(PQerrorMessage(pg->conn)));

	complain("%.*s", STR_FMT(words));
}

/* The server looks whether we are still there: what a killed command began ends with it. */
static const char session_sql[] = "SET client_min_messages = warning;"
				  "SET application_name = 'hob';"
				  "SET client_connection_check_interval = '500ms'";

struct pg *
pg_open(const char *conninfo)
{
	return pg_open_database(conninfo, NULL);
}

static PGconn *
link_to(const char *conninfo, const char *database)
{
	/* The conninfo overrides these. */
	const char *keys[] = { "connect_timeout",
			       "keepalives_idle",
			       "keepalives_interval",
			       "keepalives_count",
			       "dbname",
			       database != NULL ? "dbname" : NULL,
			       NULL };
	const char *values[] = { "10", "15", "5", "3", conninfo, database, NULL };

	return PQconnectdbParams(keys, values, 1);
}

struct pg *
pg_open_database(const char *conninfo, const char *database)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	if (pg == NULL)
		die("out of memory");
	pg->conn = link_to(conninfo, database);
	if (PQstatus(pg->conn) != CONNECTION_OK) {
		pg_tell(pg);
		pg_close(pg);
		return NULL;
	}
	if (!pg_run(pg, session_sql)) {
		pg_close(pg);
		return NULL;
	}
	return pg;
}

/* libpq has no SQLSTATE of a login that failed. */
bool
pg_is_missing(const char *conninfo)
{
	PGconn *conn = link_to(conninfo, NULL);
	bool missing = PQstatus(conn) != CONNECTION_OK &&
		       strstr(PQerrorMessage(conn), "does not exist") != NULL;

	PQfinish(conn);
	return missing;
}

char **
pg_environment(struct arena *a, const char *conninfo, const char *database)
{
	char *why = NULL;
	PQconninfoOption *all = PQconninfoParse(conninfo, &why);
	size_t most = 0, count = 0;
	char **env;

	if (all == NULL) {
		complain("%s", why != NULL ? why : "out of memory");
		PQfreemem(why);
		return NULL;
	}
	while (all[most].keyword != NULL)
		most++;
	env = arena_zalloc(a, most + 1, sizeof(*env));
	for (const PQconninfoOption *o = all; o->keyword != NULL; o++) {
		bool other = database != NULL && strcmp(o->keyword, "dbname") == 0;
		const char *value = other ? database : o->val;

		if (o->envvar != NULL && value != NULL)
			env[count++] = arena_printf(a, "%s=%s", o->envvar, value);
	}
	PQconninfoFree(all);
	return env;
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
is_good(struct pg *pg, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	    status == PGRES_EMPTY_QUERY)
		return true;
	memset(pg->sqlstate, 0, sizeof(pg->sqlstate));
	if (sqlstate != NULL && strlen(sqlstate) < sizeof(pg->sqlstate))
		memcpy(pg->sqlstate, sqlstate, strlen(sqlstate));
	return false;
}

static bool
keep(struct pg *pg, PGresult *result)
{
	PQclear(pg->result);
	pg->result = result;
	if (is_good(pg, result))
		return true;
	pg_tell(pg);
	return false;
}

bool
pg_run(struct pg *pg, const char *sql)
{
	return keep(pg, PQexec(pg->conn, sql));
}

/* Waits for the next result; looks up every now and then. */
static void
await_result(struct pg *pg, int every_ms, void (*look)(void *arg), void *arg)
{
	struct pollfd p = { .fd = PQsocket(pg->conn), .events = POLLIN };
	int64_t next_ms = clock_mono_ms() + every_ms;

	while (PQisBusy(pg->conn)) {
		int64_t left_ms = next_ms - clock_mono_ms();

		if (left_ms <= 0) {
			look(arg);
			next_ms = clock_mono_ms() + every_ms;
			continue;
		}
		if (poll(&p, 1, (int)left_ms) > 0 && !PQconsumeInput(pg->conn))
			return;
	}
}

bool
pg_run_watched(struct pg *pg, const char *sql, int every_ms, void (*look)(void *arg),
	       void *arg)
{
	bool good = PQsendQuery(pg->conn, sql) == 1;

	pg->sqlstate[0] = '\0';
	while (good) {
		PGresult *r;

		await_result(pg, every_ms, look, arg);
		r = PQgetResult(pg->conn);
		if (r == NULL)
			return true;
		good = is_good(pg, r);
		PQclear(r);
	}
	for (PGresult *r; (r = PQgetResult(pg->conn)) != NULL;)
		PQclear(r);
	return false;
}

const char *
pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

int
pg_pid(const struct pg *pg)
{
	return PQbackendPID(pg->conn);
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

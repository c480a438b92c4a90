#ifndef HOB_CLI_PG_H
#define HOB_CLI_PG_H

#include <stdbool.h>

#include "core/arena.h"

/*
 * PostgreSQL for commands: one blocking connection, plain queries, faults told
 * on stderr at once. Requests never go this way; see lib/db/db.h.
 */
struct pg;

/*
 * `conninfo` is a libpq string or URL. NULL when there is no connection (told). A server that is
 * silent is given up: the login after 10 s, a statement when keepalives fail, after 30 s.
 */
struct pg *pg_open(const char *conninfo);
/* The same with another database in place of the one that it names. */
struct pg *pg_open_database(const char *conninfo, const char *database);
/* Where pg_open has failed: because there is no such role or no such database? Asks once more, and tells nothing. */
bool pg_is_missing(const char *conninfo);
/*
 * The same as variables of the environment, "PGHOST=...", for programs of PostgreSQL that run beside this one: nobody
 * reads a password there. Ends with NULL, lives in `a`. database: NULL is the one that conninfo names. NULL: told.
 */
char **pg_environment(struct arena *a, const char *conninfo, const char *database);
/* NULL is allowed. A transaction that was not committed is rolled back. */
void pg_close(struct pg *pg);
/* Runs any number of statements without parameters. False: one failed (told). */
bool pg_run(struct pg *pg, const char *sql);
/*
 * As pg_run, but without a message: the caller has pg_sqlstate and pg_tell, and may try
 * again. `look(arg)` is called every `every_ms` while it runs; it may use other
 * connections.
 */
bool pg_run_watched(struct pg *pg, const char *sql, int every_ms, void (*look)(void *arg),
		    void *arg);
/* SQLSTATE of the last failure, "" when the link failed or nothing has. */
const char *pg_sqlstate(const struct pg *pg);
/* Prints the last failure on stderr. */
void pg_tell(const struct pg *pg);
/* The process of the server behind this connection. */
int pg_pid(const struct pg *pg);
/*
 * Runs one statement with text parameters and keeps its rows until the next call.
 * False: it failed (told).
 */
bool pg_query(struct pg *pg, const char *sql, int count, const char *const *params);
int pg_rows(const struct pg *pg);
/* NUL-terminated text, "" for null; row and column must exist. */
const char *pg_value(const struct pg *pg, int row, int column);

#endif

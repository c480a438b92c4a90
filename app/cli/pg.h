#ifndef HOB_CLI_PG_H
#define HOB_CLI_PG_H

#include <stdbool.h>

/*
 * PostgreSQL for commands: one blocking connection, plain queries, faults told
 * on stderr at once. Requests never go this way; see lib/db/db.h.
 */
struct pg;

/* `conninfo` is a libpq string or URL. NULL when there is no connection (told). */
struct pg *pg_open(const char *conninfo);
/* NULL is allowed. A transaction that was not committed is rolled back. */
void pg_close(struct pg *pg);
/* Runs any number of statements without parameters. False: one failed (told). */
bool pg_run(struct pg *pg, const char *sql);
/*
 * Runs one statement with text parameters and keeps its rows until the next call.
 * False: it failed (told).
 */
bool pg_query(struct pg *pg, const char *sql, int count, const char *const *params);
int pg_rows(const struct pg *pg);
/* NUL-terminated text, "" for null; row and column must exist. */
const char *pg_value(const struct pg *pg, int row, int column);

#endif

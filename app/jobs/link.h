#ifndef HOB_JOBS_LINK_H
#define HOB_JOBS_LINK_H

#include "core/err.h"
#include "db/db.h"
#include "model/config.h"

enum { LINK_WHY_SIZE = 512 };

/* One process's link to PostgreSQL, as hob_jobs. Does not connect. */
struct db *link_new(const struct config *c, const char *application_name);
/*
 * Moves it on, for at most `wait_ms`, and checks each new one.
 *   ERR_OK        statements may be run
 *   ERR_BUSY      there is none, or it could not be checked: try later
 *   ERR_INTERNAL  another try would fare no better: the schema or the login does not fit
 * But for ERR_OK, `why` says why. `links` is of the caller, 0 at first: the link that was checked.
 */
enum err link_await(struct db *db, const struct config *c, int wait_ms, unsigned *links, char why[LINK_WHY_SIZE]);
/*
 * Runs one statement as a transaction, its parameters given as pairs of name and text, NULL at
 * the end. ERR_OK: *index is that of its rows; errors as db_run, db_why has the words.
 */
enum err link_ask(struct db *db, int statement, int *index, ...) __attribute__((sentinel));
/* A parameter and its text. */
struct link_value {
	const char *name, *text;
};
/*
 * The same, done as this account (hob.act_as); the values end with a name of NULL, may have some that the statement does
 * not know, and what they lack is null.
 */
enum err link_ask_as(struct db *db, const char *who, int statement, const struct link_value *values, int *index);
/*
 * What link_ask failed at, for logs: PostgreSQL's own words may hold what people wrote, so of them
 * the code and the constraint's name alone; those of our functions whole.
 */
void link_why(struct db *db, enum err e, char why[LINK_WHY_SIZE]);

#endif

#ifndef HOB_SERVE_REPLY_H
#define HOB_SERVE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "core/strbuf.h"
#include "db/db.h"

struct req;

/* Index of a column by name. Dies when the statement has none. */
int reply_column(const struct db *db, int statement, const char *name);

/* A value of the route's statement as JSON would show it, without quotes; STR_NONE for null. */
struct str reply_text(struct req *r, int index, int row, const char *column);

/* --- the shapes ---------------------------------------------------------- */

/* Writes the route's reply from the results at `index` of the pipeline that ran. */
enum err reply_rows(struct req *r, int index);
/* The first row with this status; a 201 has its Location. */
enum err reply_made(struct req *r, int index, int status);
/* Appends the rows of the route's page, and where it goes on, to the reply's body. */
void reply_add_page(struct req *r, int index);
/* Appends one row as a complete object to the reply's body. */
void reply_add_row(struct req *r, int index, int row);
/* Appends the first rows of `statement` at `index` as objects, with commas between. */
void reply_add_rows(struct req *r, int statement, int index, int count);
/*
 * A secret is shown once and never sent to the database, whose log and whose library
 * would keep it: the statement gets a stand-in of the same length (a row's .prepare notes
 * both), and this replaces the stand-in in the reply by the secret.
 */
void reply_reveal(struct req *r);
/*
 * The number of rows at `index` in a page of at most `limit`; *more: others follow. A
 * statement of a page fetches one row more than that, and returns in "_bytes" the bytes
 * of long text up to and including each row: when they exceed PAGE_TEXT_BYTES the page
 * ends, and the last row is for the next page.
 */
enum { PAGE_TEXT_BYTES = 1000000 };
int reply_rows_that_fit(const struct db *db, int index, int64_t limit, bool *more);
/* Status and content type of a JSON reply whose body the caller fills. */
void reply_json(struct req *r, int status);

#endif

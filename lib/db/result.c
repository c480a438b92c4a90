/*
 * result.c: results: rows, and the meaning of a refusal for the link. Runs in workers.
 */
#include "db/connection.h"

#include <string.h>

#include "core/die.h"

static const char *
field(const PGresult *r, int code)
{
	const char *s = PQresultErrorField(r, code);

	return s ? s : "";
}

static bool
is_one_of(const char *sqlstate, const char *const *list)
{
	while (*list != NULL && strcmp(*list, sqlstate) != 0)
		list++;
	return *list != NULL;
}

/* Unknown statement name. */
static const char not_prepared[] = "26000";

/*
 * The prepared statement no longer fits (a plan's columns changed, the statement is gone
 * or another has its name behind a pooler, the server became a standby): the link must be
 * made anew.
 */
static const char *const outdated[] = { "0A000", not_prepared, "42P05", "25006", NULL };

/*
 * A name that was there when the statement was prepared is not there now, or was exchanged in this
 * moment (XX000, "cache lookup failed"). On a new link the same says that the fault is ours.
 */
static const char *const misfits[] = { "42703", "42P01", "42883", "42704",
				       "42804", "XX000", NULL };

/* Another server, maybe, but not now. */
static const char read_only[] = "25006";

static void
note_refusal(struct db *db, int index, int statement, const PGresult *r)
{
	const char *sqlstate = field(r, PG_DIAG_SQLSTATE);
	bool misfit = !db->renewed && is_one_of(sqlstate, misfits);

	db->refusal = (struct db_refusal){
		.index = index,
		.statement = statement,
		.sqlstate = sqlstate,
		.constraint = field(r, PG_DIAG_CONSTRAINT_NAME),
		.message = field(r, PG_DIAG_MESSAGE_PRIMARY),
		.detail = field(r, PG_DIAG_MESSAGE_DETAIL),
		.outdated = misfit || is_one_of(sqlstate, outdated),
		.source = field(r, PG_DIAG_SOURCE_FUNCTION),
	};
	/* At the next step: others of this run may have committed, and are read first. */
	if (!db->tried || db->renewed)
		db->outdated |= db->refusal.outdated;
	if (db->refusal.outdated && !db->tried && strcmp(sqlstate, read_only) != 0)
		db->again = true;
}

/*
 * Was it refused only because a prepare failed? That ended the transaction of the prepares, and
 * later statements were not prepared.
 */
static bool
is_for_want(const struct db *db, const PGresult *r)
{
	return db->unprepared.result != NULL &&
	       (PQresultStatus(r) == PGRES_PIPELINE_ABORTED ||
		strcmp(field(r, PG_DIAG_SQLSTATE), not_prepared) == 0);
}

bool
db_refused(struct db *db, int from, int to)
{
	for (int i = from; i < to; i++) {
		const PGresult *r = db->items[i].result;

		if (PQresultStatus(r) == PGRES_TUPLES_OK ||
		    PQresultStatus(r) == PGRES_COMMAND_OK)
			continue;
		if (is_for_want(db, r))
			note_refusal(db, i, db->unprepared.statement,
				     db->unprepared.result);
		else
			note_refusal(db, i, db->items[i].statement, r);
		return true;
	}
	return false;
}

bool
db_was_run(const struct db *db, int index)
{
	return PQresultStatus(db->items[index].result) != PGRES_PIPELINE_ABORTED &&
	       !is_for_want(db, db->items[index].result);
}

/* Serialisation failure and deadlock: the same again may well succeed. */
static const char *const passing[] = { "40001", "40P01", NULL };

bool
db_refusal_passes(const struct db *db)
{
	return is_one_of(db->refusal.sqlstate, passing);
}

const struct db_refusal *
db_refusal(const struct db *db)
{
	return &db->refusal;
}

int
db_row_count(const struct db *db, int index)
{
	return PQntuples(db->items[index].result);
}

bool
db_is_null(const struct db *db, int index, int row, int column)
{
	return PQgetisnull(db->items[index].result, row, column);
}

struct str
db_value(const struct db *db, int index, int row, int column)
{
	const PGresult *r = db->items[index].result;

	size_t len = (size_t)PQgetlength(r, row, column);

	/* Each of these costs a call and its checks, and few values are empty. */
	if (len == 0 && PQgetisnull(r, row, column))
		return STR_NONE;
	return (struct str){ PQgetvalue(r, row, column), len };
}

int
db_find_column(const struct db *db, int index, const char *name)
{
	const PGresult *r = db->items[index].result;

	/* Not PQfnumber: it folds case and quotes, and copies the name. */
	for (int i = 0; i < PQnfields(r); i++)
		if (strcmp(PQfname(r, i), name) == 0)
			return i;
	return -1;
}

struct str
db_get(const struct db *db, int index, int row, const char *column)
{
	const struct db_item *item = &db->items[index];
	int at = db_find_column(db, index, column);

	if (at < 0)
		die("statement \"%s\" has no column \"%s\"",
		    db->options.statements[item->statement].name, column);
	return db_value(db, index, row, at);
}

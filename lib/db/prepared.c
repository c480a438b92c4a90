/*
 * prepared.c: the statements prepared on this link, and the columns they yield.
 *
 * A new link has every statement described, under no name, so that one that does not fit
 * the schema is found before any request is served; it prepares none. A prepared
 * statement takes some 70 KB in the server, and most are seldom run: the pipeline that
 * first uses one prepares it.
 *
 * Prepares go before everything else in the pipeline, within its first transaction, or before several
 * transactions in one of their own. So only another failed prepare can keep one from being executed,
 * and the server's prepared statements are known whatever becomes of the transactions: names outlive a
 * rollback.
 * Runs in workers.
 */
#include "db/connection.h"

#include <string.h>

void
db_prepared_init(struct db *db)
{
	size_t count = (size_t)db->options.statement_count;

	arena_reset(&db->prepared_arena);
	db->shapes = arena_zalloc(&db->prepared_arena, count, sizeof(*db->shapes));
	db->is_prepared =
		arena_zalloc(&db->prepared_arena, count, sizeof(*db->is_prepared));
	db->preparing = arena_zalloc(&db->prepared_arena, count, sizeof(*db->preparing));
}

/* --- preparing ------------------------------------------------------------ */

void
db_prepare_begin(struct db *db)
{
	db->preparing_count = db->preparing_done = 0;
	db->preparing_apart = false;
	db_unprepared_forget(db);
}

void
db_unprepared_forget(struct db *db)
{
	PQclear(db->unprepared.result);
	db->unprepared.result = NULL;
}

static bool
is_under_way(const struct db *db, int statement)
{
	for (int i = 0; i < db->preparing_count; i++)
		if (db->preparing[i] == statement)
			return true;
	return false;
}

bool
db_prepare_send(struct db *db, int statement)
{
	const struct db_statement *s = &db->options.statements[statement];

	if (!db->options.prepare || db->is_prepared[statement] ||
	    is_under_way(db, statement))
		return true;
	db->preparing[db->preparing_count++] = statement;
	return PQsendPrepare(db->conn, s->name, s->sql, 0, NULL) == 1;
}

bool
db_prepare_take(struct db *db, PGresult *r)
{
	int statement;

	if (db->preparing_done == db->preparing_count) {
		if (!db->preparing_apart)
			return false;
		PQclear(r); /* of their Sync */
		db->preparing_apart = false;
		return true;
	}
	statement = db->preparing[db->preparing_done];
	if (r == NULL) { /* ends the results of one */
		db->preparing_done++;
		return true;
	}
	if (PQresultStatus(r) == PGRES_COMMAND_OK)
		db->is_prepared[statement] = true;
	if (PQresultStatus(r) == PGRES_FATAL_ERROR && db->unprepared.result == NULL)
		db->unprepared = (struct db_unprepared){ r, statement };
	else
		PQclear(r);
	return true;
}

/* --- columns -------------------------------------------------------------- */

void
db_shape_note(struct db *db, int statement, const PGresult *r)
{
	struct db_shape *shape = &db->shapes[statement];
	int count = PQnfields(r);
	struct db_column *columns;

	columns = arena_zalloc(&db->prepared_arena, (size_t)count + 1, sizeof(*columns));
	for (int i = 0; i < count; i++) {
		columns[i].name = arena_cstr(&db->prepared_arena, str_of(PQfname(r, i)));
		columns[i].type = PQftype(r, i);
	}
	shape->columns = columns;
	shape->count = count;
}

static bool
has_shape(const struct db_shape *shape, const PGresult *r)
{
	if (PQnfields(r) != shape->count)
		return false;
	for (int i = 0; i < shape->count; i++)
		if (PQftype(r, i) != shape->columns[i].type ||
		    strcmp(PQfname(r, i), shape->columns[i].name) != 0)
			return false;
	return true;
}

/* A prepared statement keeps its columns; the schema may have changed before it was prepared. */
void
db_shape_meet(struct db *db, int statement, const PGresult *r)
{
	struct db_shape *shape = &db->shapes[statement];

	if (shape->is_sure || PQresultStatus(r) != PGRES_TUPLES_OK)
		return;
	if (!has_shape(shape, r))
		db_shape_note(db, statement, r);
	shape->is_sure = db->options.prepare;
}

int
db_columns(const struct db *db, int statement, const struct db_column **out)
{
	*out = db->shapes[statement].columns;
	return db->shapes[statement].count;
}

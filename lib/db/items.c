/*
 * items.c: the statements that are to go in one pipeline. Runs in workers.
 */
#include "db/connection.h"

#include <string.h>

#include "core/die.h"

enum { SAID_KEEP_BYTES = 4096 };

static void
clear_results(struct db *db)
{
	for (int i = 0; i < db->item_count; i++) {
		PQclear(db->items[i].result);
		db->items[i].result = NULL;
	}
}

void
db_begin(struct db *db)
{
	clear_results(db);
	db_unprepared_forget(db);
	db->item_count = 0;
	/* What is put aside may have been done. */
	if (db->aside_count == 0)
		strbuf_clear(&db->said, SAID_KEEP_BYTES);
	db->again = db->tried = db->renewed = false;
}

void
db_put_aside(struct db *db)
{
	memcpy(db->aside, db->items, (size_t)db->item_count * sizeof(*db->items));
	db->aside_count = db->item_count;
	db->item_count = 0;
	db->unprepared_aside = db->unprepared;
	db->unprepared.result = NULL;
}

void
db_take_back(struct db *db, bool renewed)
{
	db_begin(db);
	memcpy(db->items, db->aside, (size_t)db->aside_count * sizeof(*db->items));
	db->item_count = db->aside_count;
	db->aside_count = 0;
	db->unprepared = db->unprepared_aside;
	db->unprepared_aside.result = NULL;
	db->tried = true;
	db->renewed = renewed;
}

int
db_queue(struct db *db, int statement, const char *const *values)
{
	if (db->item_count == DB_PIPELINE_MAX)
		die("more than %d statements in one pipeline", DB_PIPELINE_MAX);
	db->items[db->item_count] =
		(struct db_item){ .statement = statement, .values = values };
	return db->item_count++;
}

int
db_queued(const struct db *db)
{
	return db->item_count;
}

void
db_sync(struct db *db)
{
	if (db->item_count > 0)
		db->items[db->item_count - 1].ends = true;
}

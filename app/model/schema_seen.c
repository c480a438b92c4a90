/* schema_seen.c: does the schema of the database fit this program? Runs in all that hold a link to it. */
#include "model/schema_seen.h"

#include <stdio.h>

#include "core/clock.h"
#include "db/db.h"
#include "schema.h"

struct schema_seen
schema_seen_at(const struct db *db, int index)
{
	int64_t version = 0, good_for = 0;
	int mode = db_find_column(db, index, "read_only");

	str_to_i64(db_get(db, index, 0, "schema_version"), &version);
	str_to_i64(db_get(db, index, 0, "schema_good_for"), &good_for);
	return (struct schema_seen){ SCHEMA_VERSION, (int32_t)version, (int32_t)good_for,
				     mode >= 0 &&
					     str_is(db_value(db, index, 0, mode), "t") };
}

bool
schema_misfits(const struct schema_seen *seen, char *why, size_t size)
{
	if (seen->database < seen->program)
		snprintf(why, size,
			 "the database has schema version %d, this program wants %d: run "
			 "this program's `hob migrate` first",
			 seen->database, seen->program);
	else if (seen->good_for > seen->program)
		snprintf(why, size,
			 "the database has schema version %d, good for programs since "
			 "version %d, this one knows %d: install a newer Hob",
			 seen->database, seen->good_for, seen->program);
	else
		return false;
	return true;
}

bool
schema_misfits_link(const struct db_options *like, const struct db_statement *check,
		    int wait_ms, char *why, size_t size)
{
	static const char *const no_values[] = { NULL };
	const struct db_statement alone[] = { { .name = "none" }, *check };
	struct db_options options = *like;
	int64_t deadline_ms = clock_mono_ms() + wait_ms;
	struct schema_seen seen;
	struct db *db;
	bool misfits = false;

	options.statements = alone;
	options.statement_count = 2;
	db = db_new(&options);
	if (db_await(db, wait_ms) == DB_READY && db_queue(db, 1, no_values) == 0 &&
	    db_run(db, deadline_ms) == ERR_OK) {
		seen = schema_seen_at(db, 0);
		misfits = schema_misfits(&seen, why, size);
	}
	db_free(db);
	return misfits;
}

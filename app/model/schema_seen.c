/* schema_seen.c: does the schema of the database fit this program? Runs in all that hold a link to it. */
#include "model/schema_seen.h"

#include <stdio.h>

#include "db/db.h"
#include "schema.h"

struct schema_seen
schema_seen_at(const struct db *db, int index)
{
	int64_t version = 0, good_for = 0;

	str_to_i64(db_get(db, index, 0, "schema_version"), &version);
	str_to_i64(db_get(db, index, 0, "schema_good_for"), &good_for);
	return (struct schema_seen){ SCHEMA_VERSION, (int32_t)version,
				     (int32_t)good_for };
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

#ifndef HOB_MODEL_SCHEMA_SEEN_H
#define HOB_MODEL_SCHEMA_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_options;
struct db_statement;

/* The schema that a process saw last, in versions (numbers of migrations). */
struct schema_seen {
	int32_t program;	/* what the program knows; 0: nobody has asked yet */
	int32_t database;	/* what is applied */
	int32_t good_for;	/* programs that know this version, or a newer, may run with it */
	bool read_only;		/* is the service? False for a program that does not ask */
};

/* Of the row at `index`, with the columns schema_version and schema_good_for, and read_only if it is there. */
struct schema_seen schema_seen_at(const struct db *db, int index);
/* May this program not run with it? Then `why` says why, and what to do. */
bool schema_misfits(const struct schema_seen *seen, char *why, size_t size);

/*
 * The same for a process whose link is refused, because a statement of its does not fit the schema: asks by a link of
 * its own, made as `like` is, that knows no statement but `check`, whose row is as above. Waits for at most `wait_ms`.
 * False when it fits, or nobody knows.
 */
bool schema_misfits_link(const struct db_options *like, const struct db_statement *check, int wait_ms, char *why,
			 size_t size);

#endif

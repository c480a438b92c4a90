#ifndef HOB_JOBS_BACKLOG_H
#define HOB_JOBS_BACKLOG_H

#include "db/db.h"
#include "model/jobs_block.h"

/* Counts what waits, at most once in five seconds; a failure is logged, and the last count stays. */
void backlog_note(struct backlog *b, struct db *db);

#endif

#ifndef HOB_JOBS_FILE_WALK_H
#define HOB_JOBS_FILE_WALK_H

#include "jobs/runner.h"
#include "storage/store.h"

/*
 * Looks through what a store has, from where the last call ended and as far as hob.walk_keys and a minute allow, and removes
 * what nothing in the database tells of and is a day old; *removed is how much. host: as hob.walk_from takes it. Does
 * nothing when the end was reached within a day. Whoever dies in it leaves that piece to the next.
 */
enum job_end file_walk(struct runner *r, struct store *store, const char *host, int *removed);

#endif

#ifndef HOB_JOBS_FILE_STORE_H
#define HOB_JOBS_FILE_STORE_H

#include "core/str.h"
#include "jobs/runner.h"
#include "storage/store.h"

/* The stores of a runner, opened when they are needed first. Its own until it ends. */

/* The one of this name (file_copies.store); NULL: it is not set up, and r->why says so. */
struct store *file_store(struct runner *r, struct str name);
/* The one in which new files are kept (files.store). */
struct store *file_store_of_new(struct runner *r);
/* A call of it has failed with `e`: fills r->why and tells the log. While it is away, full or set up wrong, no try counts. */
enum job_end file_store_failed(struct runner *r, struct store *s, enum err e);

#endif

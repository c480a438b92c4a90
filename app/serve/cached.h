#ifndef HOB_SERVE_CACHED_H
#define HOB_SERVE_CACHED_H

#include "core/err.h"

struct req;
struct route;

/*
 * The caches of a worker, for reads without the database: the holder of a token, and
 * whole answers of the routes that say `.cached`. No right is cached beyond its end:
 * lib/cache says how. A write always asks the database, and afterwards invalidates the
 * keys that its statements name in their column _touch.
 */

/* The stage before the database: finds the caller here or in Redis, if cached. */
enum err cached_caller(struct req *r);
/* Sets the principal's locale, when this worker has the caller, in whatever request. */
void cached_locale(struct req *r);
/* The stage after the request was read: finds the answer here, if cached. */
enum err cached_answer(struct req *r);
/* After the pipeline of a read: keeps the caller, and their account. */
void cached_keep_caller(struct req *r);
/* After the reply of a read: keeps it, written from the rows at `index`. */
void cached_keep_answer(struct req *r, int index);

#endif

#ifndef HOB_SERVE_CACHED_H
#define HOB_SERVE_CACHED_H

#include "core/err.h"

struct req;
struct route;

/*
 * What workers remember, so that a read needs no database: who the holder of a token is, and
 * whole answers of the routes that say `.cached`. Never a right that has ended: lib/cache
 * says how. A write always asks, and afterwards has everything forgotten that its statements
 * name in their column _touch.
 */

/* The stage, before the database is asked: who is it, if that is known here or in Redis? */
enum err cached_caller(struct req *r);
/* The stage after the request was read: the answer, if it is known here. */
enum err cached_answer(struct req *r);
/* The pipeline of a read has run: who the caller is, and their account, are kept. */
void cached_keep_caller(struct req *r);
/* The reply of a read is written, from the rows at `index`. */
void cached_keep_answer(struct req *r, int index);

#endif

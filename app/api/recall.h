#ifndef HOB_API_RECALL_H
#define HOB_API_RECALL_H

#include "core/err.h"

struct req;
struct route;

/*
 * What workers remember, so that a read needs no database: who the holder of a token is, and
 * whole answers of the routes that say `.recalled`. Never a right that has ended: lib/cache
 * says how. A write always asks, and afterwards has everything forgotten that its statements
 * name in their column _touch.
 */

/* The stage, before the database is asked: who is it, if that is known here or in Redis? */
enum err recall_caller(struct req *r);
/* The stage after the request was read: the answer, if it is known here. */
enum err recall_answer(struct req *r);
/* The pipeline of a read has run: `me` is the index of Q_ME's row in it, -1 when there is none. */
void recall_keep_caller(struct req *r, int me);
/* The reply of a read is written, from the rows at `index`. */
void recall_keep_answer(struct req *r, int index);
/*
 * The pipeline of a write ended with `e`: what it changed is forgotten, here and on other hosts,
 * before anybody is answered. When it is not known what happened, so is everything.
 */
void recall_touch(struct req *r, enum err e);
/* Says in the log, not too often, that hosts forgot everything, and why. Also the master's. */
struct cache_shared;
void recall_say_doubt(struct cache_shared *s, const char *why);
/*
 * The first route that writes without a word of what: none of its statements has the column
 * _touch. NULL when there is none. `db` must be READY. Whoever serves with one would be stale.
 */
struct db;
const struct route *recall_gap(const struct db *db);

#endif

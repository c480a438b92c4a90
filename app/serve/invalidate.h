#ifndef HOB_SERVE_INVALIDATE_H
#define HOB_SERVE_INVALIDATE_H

#include "core/err.h"

struct req;
struct route;

/* What writes make workers forget, of all hosts. */

/*
 * The pipeline of a write ended with `e`: what it changed is forgotten, here and on other hosts,
 * before anybody is answered. When it is not known what happened, so is everything.
 */
void invalidate_touched(struct req *r, enum err e);
/* Says in the log, not too often, that hosts forgot everything, and why. Also the master's. */
struct cache_shared;
void invalidate_say_doubt(struct cache_shared *s, const char *why);
/*
 * The first route that writes without a word of what: none of its statements has the column
 * _touch. NULL when there is none. `db` must be READY. Whoever serves with one would be stale.
 */
struct db;
const struct route *invalidate_gap(const struct db *db);

#endif

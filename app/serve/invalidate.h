#ifndef HOB_SERVE_INVALIDATE_H
#define HOB_SERVE_INVALIDATE_H

#include "core/err.h"

struct req;
struct route;

/* Invalidation after writes, on all hosts. */

/*
 * The pipeline of a write ended with `e`: invalidates what it changed, here and on other
 * hosts, before the reply. When the outcome is unknown, everything.
 */
void invalidate_touched(struct req *r, enum err e);
/* Logs, not too often, that hosts invalidated everything, and why. The master's, too. */
struct cache_shared;
void invalidate_say_doubt(struct cache_shared *s, const char *why);
/*
 * The first route that writes without invalidating: none of its statements has the column
 * _touch. NULL when there is none. `db` must be READY. A program with such a route would
 * serve stale data.
 */
struct db;
const struct route *invalidate_gap(const struct db *db);

#endif

#ifndef HOB_JOBS_TELLER_H
#define HOB_JOBS_TELLER_H

#include <stdbool.h>

#include "core/err.h"
#include "db/db.h"
#include "model/config.h"

/*
 * Has the workers of all hosts forget what a statement of hob-jobs has made untrue, as hob-api
 * does after a write (cache/invalidation.h). One for a process: it holds a link to Redis.
 */
struct teller;

/*
 * Does not connect; strings of `c` must outlive it. `owes`: a process before this one may have
 * died between its commit and telling.
 */
struct teller *teller_new(const struct config *c, bool owes);
/*
 * Behind a statement that writes: it ended with `e`, and its rows name in _touch the keys of what
 * they changed. When it is not known what became of it, or when nobody can be told, all that hosts
 * remember is void: at once, or by teller_settle.
 */
void teller_tell(struct teller *t, struct db *db, int index, enum err e);
/* Makes good what is owed. Call it between two pieces of work; it costs nothing when nothing is. */
void teller_settle(struct teller *t);
/* Rings for the runners of all hosts (model/bell.h): there are new jobs. */
void teller_ring(struct teller *t);

#endif

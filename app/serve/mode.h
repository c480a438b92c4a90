#ifndef HOB_SERVE_MODE_H
#define HOB_SERVE_MODE_H

#include <stdbool.h>

#include "core/err.h"

struct db_refusal;
struct req;
struct route;

/*
 * Read-only mode: the database refuses what may change something, in the transaction that would do it
 * (surface.own.require_writable). What a worker remembers of that only saves the way there.
 */

/* Is this route refused while the service is read-only? */
bool mode_bars(const struct route *route);
/*
 * A stage: refuses what this worker knows would be refused. It forgets that by the key "service:mode", as all else. Not
 * what may come of nobody; a session that has ended while this host knows it may be told of the mode and not of its end.
 */
enum err mode_look(struct req *r);
/* The database refused with `d`: if that is for the mode, says so to the caller, and remembers it. */
void mode_refused(struct req *r, const struct db_refusal *d);

#endif

#ifndef HOB_SERVE_LINK_H
#define HOB_SERVE_LINK_H

#include "serve/worker.h"

/*
 * Checks a new link with startup_check. ERR_OK, and in *seen (may be NULL) the schema;
 * else the reason in `why`: ERR_BUSY when the link broke, or the check was refused for a
 * passing reason (a lock, a time limit, memory); ERR_INTERNAL when the schema is too old,
 * or too new and not good for this program, or the login has more rights than a worker
 * may have.
 */
enum err link_check(struct db *db, struct schema_seen *seen, char why[LINK_WHY_SIZE]);
/*
 * The reason why the link of `db` is DB_REFUSED, and what to do: may ask the database of
 * `c` by another link for its schema, for at most 2 s. names: as in db_options.
 */
void link_refusal(const struct db *db, const struct config *c, struct names *names,
		  char why[LINK_WHY_SIZE]);
/*
 * Do prepared names stay on this link, and meet no others? Not behind a pooler without
 * support for prepared statements: then `why` says what to do.
 */
bool link_keeps_names(struct db *db, char why[LINK_WHY_SIZE]);
/*
 * Moves the link on for at most `wait_ms` (see db_step) and checks each new one. Unless
 * it hurries, it asks a link that was not checked for 5 s for its schema, and does not
 * wait for that answer. True when requests may use the link. An unusable one makes the
 * worker unfit: it answers 503 and leaves after the request.
 */
bool link_step(struct worker *w, int wait_ms, bool hurry);
/*
 * The same for a request at hand: waits 30 ms at most, so that a client gets its 503
 * within 50 while the database is away; 2 s for a link that is made anew
 * (db_is_renewing).
 */
bool link_open(struct worker *w);
/*
 * Reports the state of the link to the pool, so that a worker without one takes no
 * requests. True: it is good.
 */
bool link_tell(struct worker *w);
/*
 * The schema changed under the prepared statements of a request (db_may_renew): makes a
 * new link, by `deadline_ms` and within 2 s. True when the request may be sent again.
 */
bool link_renew(struct worker *w, int64_t deadline_ms);
/* Is the link due for a check (by link_step), after a request or in an idle moment? */
bool link_is_due(const struct worker *w);
/*
 * The longest sleep of an idle worker: until the link's own time, or the next check of
 * it.
 */
int link_sleep_ms(const struct worker *w);

#endif

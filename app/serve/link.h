#ifndef HOB_SERVE_LINK_H
#define HOB_SERVE_LINK_H

#include "serve/worker.h"

enum { LINK_WHY_SIZE = 1024 };

/*
 * Is the new link one to work on? Runs startup_check: ERR_OK, and in *seen (may be NULL) the
 * schema; else the reason in `why`: ERR_BUSY when the link broke, or the check was refused for
 * something that passes (a lock, a limit of time, memory); ERR_INTERNAL when the schema is too old, or too new and not good for this program, or the login has more rights than a
 * worker may have.
 */
enum err link_check(struct db *db, struct schema_seen *seen, char why[LINK_WHY_SIZE]);
/*
 * Why the link of `db` is DB_REFUSED, and what to do: may ask the database of `c` by another link
 * which schema it has, for at most 2 s. names: as in db_options.
 */
void link_refusal(const struct db *db, const struct config *c, struct names *names,
		  char why[LINK_WHY_SIZE]);
/*
 * Does a name that is prepared on this link stay, and meet no other's? Not behind a pooler that does not
 * know prepared statements: then `why` says what to do.
 */
bool link_keeps_names(struct db *db, char why[LINK_WHY_SIZE]);
/*
 * Moves the link on for at most `wait_ms` (see db_step), looks at each new one, and unless it hurries
 * asks one that was not looked at for 5 s which schema it has; nobody waits for that answer. True when requests may use it. One that must not be
 * used makes the worker unfit: it answers 503 and leaves behind the request.
 */
bool link_step(struct worker *w, int wait_ms, bool hurry);
/*
 * The same for a request at hand, which waits 30 ms at most, so that whoever asks while the database is
 * away hears 503 within 50; 2 s for a link that is made anew (db_is_renewing).
 */
bool link_open(struct worker *w);
/* Tells the pool how the link stands, so that a worker without one stands aside. True: it is good. */
bool link_tell(struct worker *w);
/*
 * A request met a schema that changed under what was prepared (db_may_renew): makes a new link,
 * by `deadline_ms` and within 2 s. True when the request may be sent again.
 */
bool link_renew(struct worker *w, int64_t deadline_ms);
/* Is it time to look at the link (by link_step), behind a request or in an idle moment? */
bool link_is_due(const struct worker *w);
/* Until when an idle worker may sleep: the link's own time, and the next look at it. */
int link_sleep_ms(const struct worker *w);

#endif

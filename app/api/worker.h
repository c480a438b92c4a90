#ifndef HOB_API_WORKER_H
#define HOB_API_WORKER_H

#include "api/heritage.h"
#include "api/reply.h"
#include "api/request.h"
#include "cache/cache.h"
#include "cache/remote.h"
#include "core/arena.h"
#include "db/db.h"
#include "http/router.h"
#include "prefork/prefork.h"
#include "redis/redis.h"

/* One worker process and what it keeps from request to request. */
struct worker {
	const struct heritage *heritage;
	struct prefork_worker *pool;
	struct worker_slot *slot;	/* of the scoreboard */
	struct arena startup;		/* lives as long as the process */
	struct arena request;		/* reset after each request */
	struct http_response response;
	struct fcgi *fcgi;
	struct db *db;
	unsigned links_checked;		/* db_links when startup_check last passed */
	int64_t checked_ms;		/* when the link or the schema was looked at last */
	bool unfit;			/* it did not: answer what is at hand with 503, and leave */
	struct redis *redis;
	struct remote remote;		/* what all hosts remember; on `redis` */
	struct cache *sessions;		/* by the hash of the token */
	struct cache *answers;		/* by route, user and query */
	int me_route;			/* index of GET /api/auth/me */
	struct router *router;
	struct binding *binding;
	struct reply_plans *plans;
};

/*
 * Is the new link one to work on? Runs startup_check: ERR_OK, and in *seen (may be NULL) the
 * schema; ERR_BUSY when the link broke; ERR_INTERNAL, and the reason in *why, when the schema is
 * too old, or too new and not good for this program, or the login has more rights than a
 * worker may have.
 */
enum err worker_check_link(struct db *db, struct schema_seen *seen, const char **why);
/*
 * Why the link of `db` is DB_REFUSED, and what to do: asks the database of `c` by another link
 * which schema it has, for at most 2 s. Static text.
 */
const char *worker_refusal(const struct db *db, const struct config *c);
/*
 * Moves the link on for at most `wait_ms` (see db_step) and looks at each new one, and at one that
 * was not looked at for 5 s. True when requests may use it. One that must not be used makes
 * the worker unfit: it answers 503 and leaves behind the request.
 */
bool worker_link(struct worker *w, int wait_ms, bool hurry);
/*
 * A request met a schema that changed under what was prepared (db_may_renew): makes a new link,
 * by `deadline_ms` and within 2 s. True when the request may be sent again.
 */
bool worker_renew_link(struct worker *w, int64_t deadline_ms);
/* The router of all routes. Dies when two rows clash. */
struct router *worker_router(struct arena *a);

#endif

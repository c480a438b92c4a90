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
	struct redis *redis;
	struct remote remote;		/* what all hosts remember; on `redis` */
	unsigned char remote_key[REMOTE_KEY_SIZE];	/* of the secret and the database's history */
	struct cache *sessions;		/* by the hash of the token */
	struct cache *answers;		/* by route, user and query */
	int me_route;			/* index of GET /api/auth/me */
	struct router *router;
	struct binding *binding;
	struct reply_plans *plans;
};

/*
 * Is the new link one to work on? Runs startup_check: ERR_OK; ERR_BUSY when the link broke; ERR_INTERNAL, and the reason in *why, when the schema is of another version or the
 * login has more rights than a worker may have.
 */
enum err worker_check_link(struct db *db, const char **why);
/* What most often helps a link that is refused: the end of a sentence; "" when nothing does. */
const char *worker_hint(const struct db *db);
/*
 * Moves the link on for at most `wait_ms` (see db_step) and looks once at each new one.
 * True when requests may use it. A link that must not be used ends the process.
 */
bool worker_link(struct worker *w, int wait_ms, bool hurry);
/* The router of all routes. Dies when two rows clash. */
struct router *worker_router(struct arena *a);

#endif

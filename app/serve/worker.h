#ifndef HOB_SERVE_WORKER_H
#define HOB_SERVE_WORKER_H

#include "serve/heritage.h"
#include "serve/request.h"
#include "cache/cache.h"
#include "cache/remote.h"
#include "core/arena.h"
#include "db/db.h"
#include "gate/gate_worker.h"
#include "http/router.h"
#include "redis/redis.h"

struct row_plans;
struct store;
struct media;

/* Of the reason why a link to the database is not used. */
enum { LINK_WHY_SIZE = 1024 };

/* One worker process and what it keeps from request to request. */
struct worker {
	const struct heritage *heritage;
	struct child *child;		/* of supervision */
	struct gate_worker *gate;
	struct worker_slot *slot;	/* of the scoreboard */
	struct request_slot *doing;	/* the visible state of a request */
	struct arena startup;		/* lives as long as the process */
	struct arena request;		/* reset after each request */
	struct http_response response;
	struct fcgi *fcgi;
	struct db *db;
	uint64_t usual_ns;		/* of a trip to the database, on this link: */
	unsigned usual_links;		/* ... db_links then; 0 none */
	unsigned links_checked;		/* db_links when startup_check last passed */
	int64_t checked_ms;		/* when the link or the schema was looked at last */
	unsigned links_unchecked;	/* ... when it came to no end, and is to be asked again */
	char unchecked[LINK_WHY_SIZE];	/* why */
	bool unfit;			/* failed: answer the request with 503, leave */
	struct redis *redis;
	struct remote remote;		/* the cache of all hosts; on `redis` */
	unsigned char remote_key[REMOTE_KEY_SIZE];	/* of the secret and the database's history */
	struct cache *sessions;		/* by the hash of the token */
	struct cache *answers;		/* by route, user and query */
	int me_route;			/* index of the one that shows the caller's account; -1: nobody is remembered */
	struct router *router;
	struct binding *binding;
	struct row_plans *plans;
	struct store *store;		/* where bodies of files are kept (receive.h); NULL: the program takes none, */
	struct media *media;		/* ... nor does it need to know what they are */
};

/* The router of all routes (loop.c). Dies when two rows clash. */
struct router *worker_router(struct arena *a);

#endif

#ifndef HOB_CACHE_REMOTE_H
#define HOB_CACHE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/shared.h"
#include "core/err.h"
#include "core/str.h"
#include "redis/redis.h"

/*
 * Values that all hosts share through Redis, which may lose them, or be away, at any time.
 *
 * Each value bears the era in which it was kept, a random word under `hob:era`, and counts only
 * in that era. A change puts a tombstone over the values it voids, for longer than a
 * request may live, and values are kept only where nothing stands: so nobody who read
 * before the change can put the old value back. A change that Redis did not take leaves this
 * host in doubt: it neither believes nor keeps anything in Redis until it has begun a new era, which
 * voids every value there is, and told all hosts to forget.
 */
#define REMOTE_CHANNEL "hob:invalidate"

enum {
	REMOTE_TOMBSTONE_MS = 60000,	/* > api.kill_after (15 s), after which no reader lives */
	REMOTE_KEEP_WITHIN_MS = 10000,	/* an older reading is not kept */
	REMOTE_ERA_SIZE = 33
};

struct remote {
	struct redis *redis;
	struct cache_shared *shared;
	char era[REMOTE_ERA_SIZE];	/* of the last look; empty: Redis was not reached */
};

/*
 * True and *out (lives until the next call) when `name` is known. Take a stamp before. Also
 * learns the era, so that remote_keep may follow. Whatever goes wrong is a miss.
 */
bool remote_find(struct remote *r, struct str name, struct str *out);
/*
 * Keeps `value`, whose source was asked after the last remote_find, which was at `found_ms`
 * on the monotonic clock, for `ttl_s`. Not kept when Redis is away or it took too long.
 */
void remote_keep(struct remote *r, struct str name, int64_t found_ms, int ttl_s,
		 struct str value);
/*
 * After a change was committed and before anybody on this host may read again: voids `names` in
 * Redis and tells the other hosts `keys`, blanks between them. Leaves this host in doubt when
 * that cannot be done. Then touch the keys (stamp.h), then answer.
 */
void remote_void(struct remote *r, const struct str *names, int count, struct str keys);
/* Ends a doubt, if there is one: ERR_OK when there is none any more. */
enum err remote_settle(struct remote *r);
/* All values in Redis, and all that any host remembers, count no more. ERR_OK or ERR_BUSY. */
enum err remote_forget_all(struct remote *r);

#endif

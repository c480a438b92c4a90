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
 * Who finds no value leaves a claim in its place, asks the source, and puts the value there only
 * if the claim still stands. A change deletes whatever stands: so nobody who read before the
 * change can put the old value back, and what Redis loses is merely not kept. (A tombstone
 * and SET NX would not do: Redis may evict the tombstone. t/model shows it.)
 *
 * Each value bears the era in which it was kept, a random word under `hob:era:<run id>`, and counts
 * only in that era; a Redis that began anew, be it from an old dump, has another one. A change that
 * Redis did not take leaves this host in doubt: it neither believes nor keeps anything in Redis
 * until it has begun a new era, which voids every value there is, and told all hosts to forget.
 *
 * Whoever can write to Redis must not be able to say who a caller is: each value is signed, with its
 * name and its era. A value with another signature is a miss.
 */
#define REMOTE_CHANNEL "hob:invalidate"

enum {
	REMOTE_ERA_SIZE = 33,
	REMOTE_CLAIM_SIZE = 2 * REMOTE_ERA_SIZE,	/* era, '?', as much chance */
	REMOTE_ERA_KEY_SIZE = 64,
	REMOTE_KEY_SIZE = 32
};

struct remote {
	struct redis *redis;
	struct cache_shared *shared;		/* of this host; NULL: it has none, or not for us */
	const char *host;			/* without one: who speaks, which is no host's name */
	/* REMOTE_KEY_SIZE bytes, of one cluster and its database; NULL: every find is a miss */
	const unsigned char *key;
	unsigned links;				/* of `redis` when era_key was learnt */
	char era_key[REMOTE_ERA_KEY_SIZE];
	char claim[REMOTE_CLAIM_SIZE];		/* of the last look; empty: none was left */
};

/*
 * True and *out (lives until the next call) when `name` is known, and for how long more it counts
 * (ms, by Redis's clock). Take a stamp before. When it is not known, remote_keep may follow.
 * Whatever goes wrong is a miss.
 */
bool remote_find(struct remote *r, struct str name, struct str *out, int64_t *left_ms);
/* The same for who may write nothing there yet: no claim is left, and remote_keep does nothing. */
bool remote_look(struct remote *r, struct str name, struct str *out, int64_t *left_ms);
/* Keeps `value`, whose source was asked after the last remote_find, which was of `name`. */
void remote_keep(struct remote *r, struct str name, int ttl_s, struct str value);
/*
 * After a change was committed and before anybody on this host may read again: deletes `names` in
 * Redis and tells the other hosts `keys`, spaces between them. ERR_BUSY when that cannot be
 * done: this host is in doubt then. Then touch the keys (stamp.h), then answer. Called by
 * cache_invalidate (invalidate.h), which does all of it.
 */
enum err remote_void(struct remote *r, const struct str *names, int count, struct str keys);
/* Ends a doubt, if there is one: ERR_OK when there is none any more. */
enum err remote_settle(struct remote *r);
/* Does Redis do all that is asked of it here? Changes nothing. ERR_OK or ERR_BUSY. */
enum err remote_probe(struct remote *r);
/* All values in Redis, and all that any host remembers, count no more. ERR_OK or ERR_BUSY. */
enum err remote_forget_all(struct remote *r);

#endif

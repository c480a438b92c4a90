#ifndef HOB_CACHE_REMOTE_H
#define HOB_CACHE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/shared.h"
#include "core/err.h"
#include "core/str.h"
#include "redis/redis.h"

/*
 * A cache that all hosts share in Redis, which may lose values, or be away, at any time.
 *
 * A reader that misses leaves a claim in place of the value, reads the source, and stores
 * the value only if the claim is still there. A change deletes either: so no reader from
 * before the change can store the old value, and a value that Redis loses is only a miss.
 * (A tombstone and SET NX would not do: Redis may evict the tombstone. t/model shows it.)
 *
 * A value is valid only in the era in which it was stored, a random word under
 * `hob:era:<run id>`; a Redis that started anew, even from an old dump, has another one.
 * A change that Redis did not take leaves this host in doubt: it neither reads nor stores
 * values in Redis until it has begun a new era, which invalidates all of them, and told
 * all hosts to invalidate everything.
 *
 * Write access to Redis must not be enough to impersonate a caller: each value is signed,
 * with its name and its era. A value with another signature is a miss.
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
	const char *host;			/* without one: the sender, no host */
	/* REMOTE_KEY_SIZE bytes, of one cluster and its database; NULL: every find is a miss */
	const unsigned char *key;
	unsigned links;				/* of `redis` when era_key was learnt */
	char era_key[REMOTE_ERA_KEY_SIZE];
	char claim[REMOTE_CLAIM_SIZE];		/* of the last look; empty: none was left */
};

/*
 * True and *out (lives until the next call) when `name` is found, and for how long more
 * it is valid (ms, by Redis's clock). Take a stamp before. After a miss remote_keep may
 * follow. Every failure is a miss.
 */
bool remote_find(struct remote *r, struct str name, struct str *out, int64_t *left_ms);
/*
 * The same without a claim, for a caller that may not write yet: remote_keep does
 * nothing.
 */
bool remote_look(struct remote *r, struct str name, struct str *out, int64_t *left_ms);
/*
 * Stores `value`, read from its source after the last remote_find, which was of `name`.
 */
void remote_keep(struct remote *r, struct str name, int ttl_s, struct str value);
/*
 * After the commit and before the next read on this host: deletes `names` in Redis and
 * publishes `keys`, spaces between them, to the other hosts, and nothing on the channel `rings`
 * unless that is empty. ERR_BUSY when that fails: this host is then in doubt. Then touch the keys
 * (stamp.h), then reply. Called by cache_invalidate (invalidation.h), which does all of it.
 */
enum err remote_void(struct remote *r, const struct str *names, int count, struct str keys,
		     struct str rings);
/* Ends the doubt of this host, if any. ERR_OK when it is not in doubt any more. */
enum err remote_settle(struct remote *r);
/*
 * Checks that Redis takes every command used here; changes nothing. ERR_OK or ERR_BUSY.
 */
enum err remote_probe(struct remote *r);
/* Invalidates all values in Redis and in the caches of every host. ERR_OK or ERR_BUSY. */
enum err remote_forget_all(struct remote *r);

#endif

#ifndef HOB_CACHE_SHARED_H
#define HOB_CACHE_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/stamp.h"

/*
 * The state of the caches that the processes of a host share, in the shared block. All
 * words are atomic.
 */
enum {
	CACHE_HOST_SIZE = 17,
	/* A cached answer is at most this far behind other hosts, even if one hangs. */
	CACHE_LEASE_MS = 1000
};

/* Counters, by cache; `hob cache stats` shows them. */
enum cache_count {
	COUNT_SESSION_HIT,	/* who the caller is: known to the worker */
	COUNT_SESSION_REMOTE,	/* ... known to Redis */
	COUNT_SESSION_MISS,
	COUNT_ANSWER_HIT,	/* answered without the database */
	COUNT_ANSWER_MISS,
	COUNT_TOUCHED,		/* keys that changed here */
	COUNT_HEARD,		/* keys that changed elsewhere */
	COUNT_FORGOTTEN,	/* times that everything was invalidated */
	COUNT_UNSENT,		/* changes that Redis did not take */
	COUNT_FOREIGN,		/* values in Redis that were not signed by this cluster */
	COUNT_COUNT
};
const char *cache_count_name(enum cache_count what);

struct cache_shared {
	struct stamps stamps;
	/* An enum in shared.c: are other hosts heard? Else no cached entry is valid. */
	_Alignas(64) uint32_t others;
	/* Their messages up to then have been applied here (ms, monotonic). */
	int64_t heard_until_ms;
	int64_t doubt_said_ms;		/* when a doubt was last logged, monotonic */
	/* While they differ Redis may hold stale values: see remote.h. */
	uint64_t unsent, settled;
	char host[CACHE_HOST_SIZE];	/* of this shared block; marks its own messages */
	_Alignas(64) uint64_t counts[COUNT_COUNT];
};

/* On zeroed memory, before the fork. `alone`: there are no other hosts. */
void cache_shared_init(struct cache_shared *s, bool alone);
/*
 * From here on other hosts are not heard (`alone`: there are none), or are heard. Both
 * invalidate everything on this host; cache_hear also leaves Redis in doubt until
 * remote_settle.
 */
void cache_disconnect(struct cache_shared *s, bool alone);
void cache_hear(struct cache_shared *s, int64_t heard_until_ms);
/*
 * Renews the lease: the messages of other hosts up to then have been applied here. The
 * relay's own time would not do: after a stop it has yet to read the messages that came
 * meanwhile.
 */
void cache_heard(struct cache_shared *s, int64_t heard_until_ms);
/* True when there is no other host. */
bool cache_is_alone(const struct cache_shared *s);
/* Also when the lease is older than CACHE_LEASE_MS: the relay may be stopped, or slow. */
bool cache_is_disconnected(const struct cache_shared *s);
void cache_add(struct cache_shared *s, enum cache_count what, uint64_t n);
/* Puts this host in doubt: an unknown change may have been committed. */
void cache_doubt(struct cache_shared *s);
/* Is a doubt to be logged now? Once in ten seconds for all processes of a host. */
bool cache_doubt_is_news(struct cache_shared *s);
/* Invalidates everything that is cached on this host, and counts it. */
void cache_forget(struct cache_shared *s);

#endif

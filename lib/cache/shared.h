#ifndef HOB_CACHE_SHARED_H
#define HOB_CACHE_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/stamp.h"

/*
 * What the processes of a host share about their caches, in the shared block. All words
 * are atomic.
 */
enum {
	CACHE_HOST_SIZE = 17,
	/* What a cache answers may be behind other hosts for so long, whoever hangs. */
	CACHE_LEASE_MS = 1000
};

/* How often, by cache; `hob cache stats` shows them. */
enum cache_count {
	COUNT_SESSION_HIT,	/* who the caller is: known to the worker */
	COUNT_SESSION_REMOTE,	/* ... known to Redis */
	COUNT_SESSION_MISS,
	COUNT_ANSWER_HIT,	/* answered without the database */
	COUNT_ANSWER_MISS,
	COUNT_TOUCHED,		/* keys that changed here */
	COUNT_HEARD,		/* keys that changed elsewhere */
	COUNT_FORGOTTEN,	/* times that nothing counted any more */
	COUNT_UNSENT,		/* changes that Redis did not take */
	COUNT_FOREIGN,		/* values in Redis that were not signed by this cluster */
	COUNT_COUNT
};
const char *cache_count_name(enum cache_count what);

struct cache_shared {
	struct stamps stamps;
	/* An enum in shared.c: are other hosts heard? Else nothing that is remembered counts. */
	_Alignas(64) uint32_t others;
	/* All that they had said until then is known here (ms, monotonic). */
	int64_t heard_until_ms;
	int64_t doubt_said_ms;		/* when the log last told of a doubt, monotonic */
	/* While they differ Redis may hold what is no longer true: see remote.h. */
	uint64_t unsent, settled;
	char host[CACHE_HOST_SIZE];	/* of this shared block, so that its own voice is known */
	_Alignas(64) uint64_t counts[COUNT_COUNT];
};

/* On zeroed memory, before the fork. `alone`: there are no other hosts to be heard. */
void cache_shared_init(struct cache_shared *s, bool alone);
/*
 * From here on other hosts are not heard (again, unless `alone`), or are. Nothing from before
 * counts, in Redis neither: it is in doubt until remote_settle.
 */
void cache_disconnect(struct cache_shared *s, bool alone);
void cache_hear(struct cache_shared *s, int64_t heard_until_ms);
/*
 * Renews the lease: all that other hosts had said until then has been touched here. A time of the
 * relay's own would not do: who was stopped and goes on has yet to read what came meanwhile.
 */
void cache_heard(struct cache_shared *s, int64_t heard_until_ms);
/* There is no other host to be heard, or to be told. */
bool cache_is_alone(const struct cache_shared *s);
/* Also when the lease is older than CACHE_LEASE_MS: the relay may be stopped, or slow. */
bool cache_is_disconnected(const struct cache_shared *s);
void cache_add(struct cache_shared *s, enum cache_count what, uint64_t n);
/* Anything may have changed on any host, and it is not known what. */
void cache_doubt(struct cache_shared *s);
/* Is a doubt to be told in the log now? Once in ten seconds for all processes of a host. */
bool cache_doubt_is_news(struct cache_shared *s);
/* Nothing that is remembered here counts; counted. */
void cache_forget(struct cache_shared *s);

#endif

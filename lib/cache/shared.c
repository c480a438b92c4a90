/*
 * shared.c: the caches' part of the shared block. Runs everywhere.
 */
#include "cache/shared.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/rand.h"

enum others { NONE, HEARD, UNHEARD };

enum { DOUBT_SAID_EVERY_MS = 10000 };

const char *
cache_count_name(enum cache_count what)
{
	static const char *const names[COUNT_COUNT] = {
		[COUNT_SESSION_HIT] = "session_hits",
		[COUNT_SESSION_REMOTE] = "session_redis_hits",
		[COUNT_SESSION_MISS] = "session_misses",
		[COUNT_ANSWER_HIT] = "answer_hits",
		[COUNT_ANSWER_MISS] = "answer_misses",
		[COUNT_TOUCHED] = "keys_touched",
		[COUNT_HEARD] = "keys_heard",
		[COUNT_FORGOTTEN] = "all_forgotten",
		[COUNT_UNSENT] = "unsent",
		[COUNT_FOREIGN] = "redis_foreign",
	};

	return names[what];
}

void
cache_shared_init(struct cache_shared *s, bool alone)
{
	uint64_t id;

	rand_bytes(&id, sizeof(id));
	snprintf(s->host, sizeof(s->host), "%016llx", (unsigned long long)id);
	s->others = alone ? NONE : UNHEARD;
}

void
cache_disconnect(struct cache_shared *s, bool alone)
{
	__atomic_store_n(&s->others, alone ? NONE : UNHEARD, __ATOMIC_SEQ_CST);
	cache_forget(s);
}

/*
 * A value in Redis may be older than the silence: the host that made it stale may not
 * have told the others yet, or was this host before a restart. So Redis is in doubt.
 */
void
cache_hear(struct cache_shared *s, int64_t heard_until_ms)
{
	__atomic_fetch_add(&s->unsent, 1, __ATOMIC_SEQ_CST);
	cache_forget(s);
	cache_heard(s, heard_until_ms);
	__atomic_store_n(&s->others, HEARD, __ATOMIC_SEQ_CST);
}

void
cache_heard(struct cache_shared *s, int64_t heard_until_ms)
{
	__atomic_store_n(&s->heard_until_ms, heard_until_ms, __ATOMIC_SEQ_CST);
}

bool
cache_is_alone(const struct cache_shared *s)
{
	return __atomic_load_n(&s->others, __ATOMIC_SEQ_CST) == NONE;
}

bool
cache_is_disconnected(const struct cache_shared *s)
{
	uint32_t others = __atomic_load_n(&s->others, __ATOMIC_SEQ_CST);

	if (others != HEARD)
		return others == UNHEARD;
	return clock_mono_ms() - __atomic_load_n(&s->heard_until_ms, __ATOMIC_SEQ_CST) >
	       CACHE_LEASE_MS;
}

void
cache_add(struct cache_shared *s, enum cache_count what, uint64_t n)
{
	__atomic_fetch_add(&s->counts[what], n, __ATOMIC_RELAXED);
}

void
cache_forget(struct cache_shared *s)
{
	stamp_forget_all(&s->stamps);
	cache_add(s, COUNT_FORGOTTEN, 1);
}

void
cache_doubt(struct cache_shared *s)
{
	__atomic_fetch_add(&s->unsent, 1, __ATOMIC_SEQ_CST);
	cache_add(s, COUNT_UNSENT, 1);
	cache_forget(s);
}

bool
cache_doubt_is_news(struct cache_shared *s)
{
	int64_t last = __atomic_load_n(&s->doubt_said_ms, __ATOMIC_SEQ_CST);
	int64_t now = clock_mono_ms();

	return (last == 0 || now - last >= DOUBT_SAID_EVERY_MS) &&
	       __atomic_compare_exchange_n(&s->doubt_said_ms, &last, now, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

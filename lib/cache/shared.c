/*
 * shared.c: the caches' part of the shared block. Runs everywhere.
 */
#include "cache/shared.h"

#include <stdio.h>

#include "core/rand.h"

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
	};

	return names[what];
}

void
cache_shared_init(struct cache_shared *s, bool alone)
{
	uint64_t id;

	rand_bytes(&id, sizeof(id));
	snprintf(s->host, sizeof(s->host), "%016llx", (unsigned long long)id);
	s->deaf = !alone;
}

void
cache_deafen(struct cache_shared *s, bool alone)
{
	__atomic_store_n(&s->deaf, !alone, __ATOMIC_SEQ_CST);
	cache_forget(s);
}

/*
 * What stands in Redis may be from before the silence, and whoever changed what it shows may
 * not have been able to say so yet, or may have been this host before a restart. So it is in doubt.
 */
void
cache_hear(struct cache_shared *s)
{
	__atomic_fetch_add(&s->unsent, 1, __ATOMIC_SEQ_CST);
	cache_forget(s);
	__atomic_store_n(&s->deaf, 0, __ATOMIC_SEQ_CST);
}

bool
cache_is_deaf(const struct cache_shared *s)
{
	return __atomic_load_n(&s->deaf, __ATOMIC_SEQ_CST) != 0;
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

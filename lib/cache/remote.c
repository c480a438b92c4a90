/*
 * remote.c: what hosts share through a Redis that may lose anything. remote.h says how that
 * is safe; t/model proves it. Runs in workers, in the relay and in `hob`.
 */
#include "cache/remote.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/rand.h"
#include "core/strbuf.h"

static const struct str era_name = { "hob:era", 7 };
static const struct str tombstone = { "-", 1 };
static const struct str everything = { "*", 1 };

static void
new_era(char out[REMOTE_ERA_SIZE])
{
	uint64_t word[2];

	rand_bytes(word, sizeof(word));
	snprintf(out, REMOTE_ERA_SIZE, "%016llx%016llx", (unsigned long long)word[0],
		 (unsigned long long)word[1]);
}

static void
queue_publish(struct remote *r, struct strbuf *b, struct str keys)
{
	strbuf_addf(b, "%s %.*s", r->shared->host, STR_FMT(keys));
	redis_queue(r->redis, 3,
		    (struct str[]){ STR("PUBLISH"), STR(REMOTE_CHANNEL), strbuf_str(b) });
}

/* --- doubt --------------------------------------------------------------- */

static bool
in_doubt(const struct cache_shared *s)
{
	return __atomic_load_n(&s->unsent, __ATOMIC_SEQ_CST) !=
	       __atomic_load_n(&s->settled, __ATOMIC_SEQ_CST);
}

enum err
remote_forget_all(struct remote *r)
{
	struct strbuf b;
	enum err e;

	new_era(r->era);
	strbuf_init(&b);
	redis_begin(r->redis);
	redis_queue(r->redis, 3, (struct str[]){ STR("SET"), era_name, str_of(r->era) });
	queue_publish(r, &b, everything);
	e = redis_run(r->redis);
	strbuf_release(&b);
	return e;
}

/* Counted, not flagged: a failure that comes meanwhile is not taken for settled. */
enum err
remote_settle(struct remote *r)
{
	uint64_t unsent = __atomic_load_n(&r->shared->unsent, __ATOMIC_SEQ_CST);
	enum err e;

	if (!in_doubt(r->shared))
		return ERR_OK;
	e = remote_forget_all(r);
	if (e == ERR_OK)
		__atomic_store_n(&r->shared->settled, unsent, __ATOMIC_SEQ_CST);
	return e;
}

/* --- values -------------------------------------------------------------- */

/* An era was evicted, or never was. Whoever is first makes one. */
static void
begin_era(struct remote *r)
{
	char fresh[REMOTE_ERA_SIZE];
	struct str era;

	new_era(fresh);
	redis_begin(r->redis);
	redis_queue(r->redis, 4,
		    (struct str[]){ STR("SET"), era_name, str_of(fresh), STR("NX") });
	redis_queue(r->redis, 2, (struct str[]){ STR("GET"), era_name });
	if (redis_run(r->redis) != ERR_OK)
		return;
	era = redis_text(r->redis, 1);
	if (era.len == REMOTE_ERA_SIZE - 1)
		snprintf(r->era, sizeof(r->era), "%.*s", STR_FMT(era));
}

bool
remote_find(struct remote *r, struct str name, struct str *out)
{
	struct str era, value;

	r->era[0] = '\0';
	if (remote_settle(r) != ERR_OK)
		return false;
	redis_begin(r->redis);
	redis_queue(r->redis, 3, (struct str[]){ STR("MGET"), era_name, name });
	if (redis_run(r->redis) != ERR_OK)
		return false;
	era = redis_item(r->redis, 0, 0);
	if (era.len != REMOTE_ERA_SIZE - 1) {
		begin_era(r);
		return false;
	}
	snprintf(r->era, sizeof(r->era), "%.*s", STR_FMT(era));
	value = redis_item(r->redis, 0, 1);
	if (value.len <= era.len || !str_starts(value, era))
		return false;
	*out = (struct str){ value.ptr + era.len, value.len - era.len };
	return true;
}

void
remote_keep(struct remote *r, struct str name, int64_t found_ms, int ttl_s, struct str value)
{
	struct strbuf b;
	char ttl[16];

	if (r->era[0] == '\0' || in_doubt(r->shared) ||
	    clock_mono_ms() - found_ms > REMOTE_KEEP_WITHIN_MS)
		return;
	snprintf(ttl, sizeof(ttl), "%d", ttl_s);
	strbuf_init(&b);
	strbuf_add_cstr(&b, r->era);
	strbuf_add(&b, value);
	redis_begin(r->redis);
	redis_queue(r->redis, 6,
		    (struct str[]){ STR("SET"), name, strbuf_str(&b), STR("NX"), STR("EX"),
				    str_of(ttl) });
	redis_run(r->redis);
	strbuf_release(&b);
}

void
remote_void(struct remote *r, const struct str *names, int count, struct str keys)
{
	enum { AT_ONCE = REDIS_QUEUE_MAX - 1 };
	struct strbuf b;
	enum err e = ERR_OK;
	char ttl[16];

	snprintf(ttl, sizeof(ttl), "%d", REMOTE_TOMBSTONE_MS);
	strbuf_init(&b);
	for (int at = 0; e == ERR_OK && (at == 0 || at < count); at += AT_ONCE) {
		redis_begin(r->redis);
		for (int i = at; i < count && i < at + AT_ONCE; i++)
			redis_queue(r->redis, 5,
				    (struct str[]){ STR("SET"), names[i], tombstone,
						    STR("PX"), str_of(ttl) });
		if (at + AT_ONCE >= count)
			queue_publish(r, &b, keys);
		e = redis_run(r->redis);
	}
	strbuf_release(&b);
	if (e != ERR_OK) {
		__atomic_fetch_add(&r->shared->unsent, 1, __ATOMIC_SEQ_CST);
		cache_add(r->shared, COUNT_UNSENT, 1);
	}
}

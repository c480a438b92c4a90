/*
 * remote.c: what hosts share through a Redis that may lose anything. remote.h says how that
 * is safe; t/model proves it. Runs in workers, in the relay and in `hob`.
 */
#include "cache/remote.h"

#include <stdio.h>

#include "core/rand.h"
#include "core/strbuf.h"

/* A claim needs to stand for one request; who comes too late just does not keep. */
static const struct str claim_ms = { "30000", 5 };

/* The era, and the value if it is of this era; else our claim stands there from now on. */
static const char find_script[] =
	"local era = redis.call('GET', KEYS[1]) "
	"if not era then era = ARGV[1] redis.call('SET', KEYS[1], era) end "
	"local value = redis.call('GET', KEYS[2]) "
	"if value and string.sub(value, 1, #era) == era and "
	"string.sub(value, #era + 1, #era + 1) ~= '?' then return { era, value } end "
	"redis.call('SET', KEYS[2], era .. ARGV[2], 'PX', ARGV[3]) "
	"return { era }";
/* The value, if the claim still stands and its era has not ended. */
static const char keep_script[] =
	"if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('GET', KEYS[2]) == "
	"ARGV[2] then "
	"return redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4]) end";

static void
chance(char out[REMOTE_ERA_SIZE])
{
	uint64_t word[2];

	rand_bytes(word, sizeof(word));
	snprintf(out, REMOTE_ERA_SIZE, "%016llx%016llx", (unsigned long long)word[0],
		 (unsigned long long)word[1]);
}

/* --- which Redis it is --------------------------------------------------- */

static bool
learn_era_key(struct remote *r)
{
	struct str info, line;

	redis_queue(r->redis, 2, (struct str[]){ STR("INFO"), STR("server") });
	if (redis_run(r->redis) != ERR_OK)
		return false;
	for (info = redis_text(r->redis, 0); info.ptr != NULL;) {
		line = str_trim(str_cut(&info, '\n'));
		if (!str_starts(line, STR("run_id:")))
			continue;
		str_cut(&line, ':');
		snprintf(r->era_key, sizeof(r->era_key), "hob:era:%.*s", STR_FMT(line));
		return true;
	}
	return false;
}

/* Begins a pipeline on a connection of which we know whose it is. */
static bool
begin(struct remote *r)
{
	redis_begin(r->redis);
	if (r->era_key[0] != '\0' && r->links == redis_links(r->redis))
		return true;
	r->era_key[0] = '\0';
	r->links = redis_links(r->redis);
	if (!learn_era_key(r))
		return false;
	redis_begin(r->redis);
	return r->links == redis_links(r->redis);
}

/* --- doubt --------------------------------------------------------------- */

static bool
in_doubt(const struct cache_shared *s)
{
	return __atomic_load_n(&s->unsent, __ATOMIC_SEQ_CST) !=
	       __atomic_load_n(&s->settled, __ATOMIC_SEQ_CST);
}

static void
queue_publish(struct remote *r, struct strbuf *b, struct str keys)
{
	strbuf_addf(b, "%s %.*s", r->shared->host, STR_FMT(keys));
	redis_queue(r->redis, 3,
		    (struct str[]){ STR("PUBLISH"), STR(REMOTE_CHANNEL), strbuf_str(b) });
}

enum err
remote_forget_all(struct remote *r)
{
	char era[REMOTE_ERA_SIZE];
	struct strbuf b;
	enum err e = ERR_BUSY;

	r->claim[0] = '\0';
	chance(era);
	strbuf_init(&b);
	if (begin(r)) {
		redis_queue(r->redis, 3,
			    (struct str[]){ STR("SET"), str_of(r->era_key),
					    str_of(era) });
		queue_publish(r, &b, STR("*"));
		e = redis_run(r->redis);
	}
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

bool
remote_find(struct remote *r, struct str name, struct str *out)
{
	char fresh[REMOTE_ERA_SIZE], claim[REMOTE_ERA_SIZE + 1] = "?";
	struct str era, value;

	r->claim[0] = '\0';
	/* After the caller's stamp and before the look: what comes later voids the stamp. */
	if (remote_settle(r) != ERR_OK || !begin(r))
		return false;
	chance(fresh);
	chance(claim + 1);
	redis_queue(r->redis, 8,
		    (struct str[]){ STR("EVAL"), str_of(find_script), STR("2"),
				    str_of(r->era_key), name, str_of(fresh),
				    str_of(claim), claim_ms });
	if (redis_run(r->redis) != ERR_OK)
		return false;
	era = redis_item(r->redis, 0, 0);
	value = redis_item(r->redis, 0, 1);
	if (era.len != REMOTE_ERA_SIZE - 1)
		return false;
	if (value.ptr == NULL) {
		snprintf(r->claim, sizeof(r->claim), "%.*s%s", STR_FMT(era), claim);
		return false;
	}
	*out = (struct str){ value.ptr + era.len, value.len - era.len };
	return true;
}

bool
remote_look(struct remote *r, struct str name, struct str *out)
{
	struct str era, value;

	r->claim[0] = '\0';
	if (remote_settle(r) != ERR_OK || !begin(r))
		return false;
	redis_queue(r->redis, 3, (struct str[]){ STR("MGET"), str_of(r->era_key), name });
	if (redis_run(r->redis) != ERR_OK)
		return false;
	era = redis_item(r->redis, 0, 0);
	value = redis_item(r->redis, 0, 1);
	if (era.len != REMOTE_ERA_SIZE - 1 || !str_starts(value, era) ||
	    value.len == era.len || value.ptr[era.len] == '?')
		return false;
	*out = (struct str){ value.ptr + era.len, value.len - era.len };
	return true;
}

void
remote_keep(struct remote *r, struct str name, int ttl_s, struct str value)
{
	struct str era = { r->claim, REMOTE_ERA_SIZE - 1 };
	struct strbuf b;
	char ttl[16];

	if (r->claim[0] == '\0' || in_doubt(r->shared) || !begin(r))
		return;
	snprintf(ttl, sizeof(ttl), "%d", ttl_s);
	strbuf_init(&b);
	strbuf_add(&b, era);
	strbuf_add(&b, value);
	redis_queue(r->redis, 9,
		    (struct str[]){ STR("EVAL"), str_of(keep_script), STR("2"),
				    str_of(r->era_key), name, era, str_of(r->claim),
				    strbuf_str(&b), str_of(ttl) });
	redis_run(r->redis);
	strbuf_release(&b);
	r->claim[0] = '\0';
}

void
remote_void(struct remote *r, const struct str *names, int count, struct str keys)
{
	enum { AT_ONCE = REDIS_QUEUE_MAX - 1 };
	struct strbuf b;
	enum err e = ERR_OK;

	strbuf_init(&b);
	for (int at = 0; e == ERR_OK && (at == 0 || at < count); at += AT_ONCE) {
		redis_begin(r->redis);
		for (int i = at; i < count && i < at + AT_ONCE; i++)
			redis_queue(r->redis, 2, (struct str[]){ STR("DEL"), names[i] });
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

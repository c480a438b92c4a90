/*
 * remote.c: a cache that hosts share in a Redis that may lose anything. remote.h says how
 * that is safe; t/model proves it. Runs in workers, in the relay and in `hob`.
 */
#include "cache/remote.h"

#include <stdio.h>

#include "core/rand.h"
#include "core/strbuf.h"
#include "crypto/hash.h"

/* A claim has to last for one request; a later reader just does not store. */
static const struct str claim_ms = { "30000", 5 };

enum { MAC_TEXT_SIZE = 32 }; /* 128 bits in hex */

/*
 * The era, and, if it is of this era, the value and the milliseconds it has left; else
 * our claim is there from now on.
 */
static const char find_script[] =
	"local era = redis.call('GET', KEYS[1]) "
	"if not era and ARGV[2] == '' then return { } end "
	"if not era then era = ARGV[1] redis.call('SET', KEYS[1], era) end "
	"local value = redis.call('GET', KEYS[2]) "
	"if value and string.sub(value, 1, #era) == era and "
	"string.sub(value, #era + 1, #era + 1) ~= '?' then return { era, value, "
	"tostring(redis.call('PTTL', KEYS[2])) } end "
	"if ARGV[2] == '' then return { era } end "
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

static enum err
learn_era_key(struct remote *r)
{
	struct str info, line;
	enum err e;

	redis_queue(r->redis, 2, (struct str[]){ STR("INFO"), STR("server") });
	e = redis_run(r->redis);
	if (e != ERR_OK)
		return e;
	for (info = redis_text(r->redis, 0); info.ptr != NULL;) {
		line = str_trim(str_cut(&info, '\n'));
		if (!str_starts(line, STR("run_id:")))
			continue;
		str_cut(&line, ':');
		snprintf(r->era_key, sizeof(r->era_key), "hob:era:%.*s", STR_FMT(line));
		return ERR_OK;
	}
	return ERR_BUSY;
}

/* Begins a pipeline on a connection of which we know whose it is. Errors as redis_run. */
static enum err
begin(struct remote *r)
{
	enum err e;

	redis_begin(r->redis);
	if (r->era_key[0] != '\0' && r->links == redis_links(r->redis))
		return ERR_OK;
	r->era_key[0] = '\0';
	r->links = redis_links(r->redis);
	e = learn_era_key(r);
	if (e != ERR_OK)
		return e;
	redis_begin(r->redis);
	return r->links == redis_links(r->redis) ? ERR_OK : ERR_CLOSED;
}

/*
 * Runs one pipeline of one era. When the link turns out to have been closed while it was
 * idle, everything is asked again on a new link, for that may be another Redis with
 * another era. Each command may be run twice.
 */
static enum err
run_in_era(struct remote *r, void (*queue)(struct remote *r, void *arg), void *arg)
{
	enum err e = ERR_CLOSED;

	for (int tries = 0; tries < REDIS_TRIES && e == ERR_CLOSED; tries++) {
		e = begin(r);
		if (e != ERR_OK)
			continue;
		queue(r, arg);
		e = redis_run(r->redis);
	}
	return e == ERR_OK ? ERR_OK : ERR_BUSY;
}

/* --- doubt --------------------------------------------------------------- */

/* Without a shared block there is nothing that could be believed. */
static bool
in_doubt(const struct cache_shared *s)
{
	return s != NULL && __atomic_load_n(&s->unsent, __ATOMIC_SEQ_CST) !=
				    __atomic_load_n(&s->settled, __ATOMIC_SEQ_CST);
}

static void
queue_publish(struct remote *r, struct strbuf *b, struct str keys)
{
	strbuf_clear(b, 0);
	strbuf_addf(b, "%s %.*s", r->shared != NULL ? r->shared->host : r->host,
		    STR_FMT(keys));
	redis_queue(r->redis, 3,
		    (struct str[]){ STR("PUBLISH"), STR(REMOTE_CHANNEL), strbuf_str(b) });
}

static void
queue_new_era(struct remote *r, void *arg)
{
	char era[REMOTE_ERA_SIZE];

	chance(era);
	redis_queue(r->redis, 3,
		    (struct str[]){ STR("SET"), str_of(r->era_key), str_of(era) });
	queue_publish(r, arg, STR("*"));
}

enum err
remote_forget_all(struct remote *r)
{
	struct strbuf b;
	enum err e;

	r->claim[0] = '\0';
	strbuf_init(&b);
	e = run_in_era(r, queue_new_era, &b);
	strbuf_release(&b);
	return e;
}

/* Counted, not flagged: a failure that comes meanwhile is not taken for settled. */
enum err
remote_settle(struct remote *r)
{
	uint64_t unsent;
	enum err e;

	if (!in_doubt(r->shared))
		return ERR_OK;
	unsent = __atomic_load_n(&r->shared->unsent, __ATOMIC_SEQ_CST);
	e = remote_forget_all(r);
	if (e == ERR_OK)
		__atomic_store_n(&r->shared->settled, unsent, __ATOMIC_SEQ_CST);
	return e;
}

/* --- values -------------------------------------------------------------- */

/* Signs a value under its name, in its era. */
static void
sign(const struct remote *r, struct str name, struct str era, struct str value,
     char out[MAC_TEXT_SIZE + 1])
{
	unsigned char mac[SHA256_SIZE];
	struct strbuf b;

	strbuf_init(&b);
	strbuf_addf(&b, "%.*s\n%.*s\n", STR_FMT(name), STR_FMT(era));
	strbuf_add(&b, value);
	hmac_sha256((struct str){ (const char *)r->key, REMOTE_KEY_SIZE }, strbuf_str(&b),
		    mac);
	strbuf_release(&b);
	for (int i = 0; i < MAC_TEXT_SIZE / 2; i++)
		snprintf(out + 2 * (size_t)i, 3, "%02x", mac[i]);
}

/* Era, signature, value: true, and *value is the value alone. */
static bool
is_ours(const struct remote *r, struct str name, struct str era, struct str *value)
{
	char mac[MAC_TEXT_SIZE + 1];
	struct str found;

	if (value->len < era.len + MAC_TEXT_SIZE)
		return false;
	found = (struct str){ value->ptr + era.len, MAC_TEXT_SIZE };
	*value = (struct str){ found.ptr + found.len,
			       value->len - era.len - MAC_TEXT_SIZE };
	sign(r, name, era, *value, mac);
	return bytes_equal(found, str_of(mac));
}

struct look {
	struct str name;
	/* An era if there is none, and what to leave when the name is not known; "" leaves nothing. */
	char fresh[REMOTE_ERA_SIZE], claim[REMOTE_ERA_SIZE + 1];
};

static void
queue_look(struct remote *r, void *arg)
{
	const struct look *l = arg;

	redis_queue(r->redis, 8,
		    (struct str[]){ STR("EVAL"), str_of(find_script), STR("2"),
				    str_of(r->era_key), l->name, str_of(l->fresh),
				    str_of(l->claim), claim_ms });
}

/* A claim of another reader in place of a value. */
static bool
claim_instead(struct remote *r, const struct look *l)
{
	redis_begin(r->redis);
	redis_queue(r->redis, 5,
		    (struct str[]){ STR("SET"), l->name, str_of(r->claim), STR("PX"),
				    claim_ms });
	return redis_run(r->redis) == ERR_OK;
}

static struct look
new_look(struct str name)
{
	struct look l = { .name = name, .claim = "?" };

	chance(l.fresh);
	chance(l.claim + 1);
	return l;
}

static bool
look(struct remote *r, struct look *l, struct str *out, int64_t *left_ms)
{
	struct str era, value;

	r->claim[0] = '\0';
	/* After the caller's stamp and before the look: a later change invalidates the
	 * stamp. */
	if (r->key == NULL || r->shared == NULL || remote_settle(r) != ERR_OK ||
	    run_in_era(r, queue_look, l) != ERR_OK)
		return false;
	era = redis_item(r->redis, 0, 0);
	value = redis_item(r->redis, 0, 1);
	if (era.len != REMOTE_ERA_SIZE - 1)
		return false;
	if (value.ptr != NULL && is_ours(r, l->name, era, &value) &&
	    str_to_i64(redis_item(r->redis, 0, 2), left_ms) && *left_ms > 0) {
		*out = value;
		return true;
	}
	if (l->claim[0] != '\0')
		snprintf(r->claim, sizeof(r->claim), "%.*s%s", STR_FMT(era), l->claim);
	if (value.ptr != NULL) {
		cache_add(r->shared, COUNT_FOREIGN, 1);
		if (r->claim[0] != '\0' && !claim_instead(r, l))
			r->claim[0] = '\0';
	}
	return false;
}

bool
remote_find(struct remote *r, struct str name, struct str *out, int64_t *left_ms)
{
	struct look l = new_look(name);

	return look(r, &l, out, left_ms);
}

bool
remote_look(struct remote *r, struct str name, struct str *out, int64_t *left_ms)
{
	struct look l = { .name = name };

	return look(r, &l, out, left_ms);
}

/* Not asked twice: what is not kept is looked up again. */
void
remote_keep(struct remote *r, struct str name, int ttl_s, struct str value)
{
	struct str era = { r->claim, REMOTE_ERA_SIZE - 1 };
	char ttl[16], mac[MAC_TEXT_SIZE + 1];
	struct strbuf b;

	if (r->claim[0] == '\0' || in_doubt(r->shared) || ttl_s < 1 || begin(r) != ERR_OK)
		return;
	snprintf(ttl, sizeof(ttl), "%d", ttl_s);
	sign(r, name, era, value, mac);
	strbuf_init(&b);
	strbuf_add(&b, era);
	strbuf_add_cstr(&b, mac);
	strbuf_add(&b, value);
	redis_queue(r->redis, 9,
		    (struct str[]){ STR("EVAL"), str_of(keep_script), STR("2"),
				    str_of(r->era_key), name, era, str_of(r->claim),
				    strbuf_str(&b), str_of(ttl) });
	redis_run(r->redis);
	strbuf_release(&b);
	r->claim[0] = '\0';
}

/* --- changes --------------------------------------------------------------- */

enum { AT_ONCE = REDIS_QUEUE_MAX - 2 };

/* Names from `at` on, and the word to other hosts behind the last of them, and the bell. */
static enum err
void_some(struct remote *r, const struct str *names, int at, int count, struct str keys,
	  struct str rings)
{
	enum err e = ERR_CLOSED;
	struct strbuf b;

	strbuf_init(&b);
	/* Deleting and telling may be done twice. */
	for (int tries = 0; tries < REDIS_TRIES && e == ERR_CLOSED; tries++) {
		redis_begin(r->redis);
		for (int i = at; i < count && i < at + AT_ONCE; i++)
			redis_queue(r->redis, 2, (struct str[]){ STR("DEL"), names[i] });
		if (at + AT_ONCE >= count)
			queue_publish(r, &b, keys);
		if (at + AT_ONCE >= count && rings.len > 0)
			redis_queue(r->redis, 3,
				    (struct str[]){ STR("PUBLISH"), rings, STR("") });
		e = redis_run(r->redis);
	}
	strbuf_release(&b);
	return e;
}

enum err
remote_void(struct remote *r, const struct str *names, int count, struct str keys,
	    struct str rings)
{
	enum err e = ERR_OK;

	for (int at = 0; e == ERR_OK && (at == 0 || at < count); at += AT_ONCE)
		e = void_some(r, names, at, count, keys, rings);
	if (e == ERR_OK)
		return ERR_OK;
	if (r->shared != NULL) {
		__atomic_fetch_add(&r->shared->unsent, 1, __ATOMIC_SEQ_CST);
		cache_add(r->shared, COUNT_UNSENT, 1);
	}
	return ERR_BUSY;
}

/* --- is it of use? --------------------------------------------------------- */

static void
queue_probe(struct remote *r, void *arg)
{
	struct look l = new_look(STR("tok:probe"));

	queue_look(r, &l);
	redis_queue(r->redis, 2, (struct str[]){ STR("DEL"), l.name });
	queue_publish(r, arg, STR(""));
}

enum err
remote_probe(struct remote *r)
{
	struct strbuf b;
	enum err e;

	strbuf_init(&b);
	e = run_in_era(r, queue_probe, &b);
	strbuf_release(&b);
	return e;
}

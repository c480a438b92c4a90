/*
 * cached.c: reads that need no database.
 *
 * One stamp is taken before anything is asked, and everything the request learns is
 * cached under it. A token is looked for in the worker, then in Redis (tok:<hash>, an
 * hour), then entered in the pipeline that answers; then the worker has it, together with
 * the account as GET /api/auth/me shows it. Redis gets it from the next request that has
 * to look there: only a token that this host has seen as a valid session may leave a
 * claim. Runs in workers.
 */
#include "serve/cached.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/uuid.h"
#include "db/db.h"
#include "model/row_plan.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

enum { TOKEN_TTL_S = 3600, NAME_MAX_BYTES = 256 };

static struct cache_shared *
shared_of(const struct req *r)
{
	return &r->worker->heritage->shared->caches;
}

static int64_t
now_s(const struct req *r)
{
	return r->start_us / 1000000;
}

static struct str
token_name(struct req *r)
{
	return str_of(arena_printf(r->arena, "tok:%s", r->principal.hash));
}

/* --- names and keys ------------------------------------------------------ */

static void
add_user_key(struct req *r, struct cache_keys *keys)
{
	cache_key_add(keys, str_of(arena_printf(r->arena, "user:%.*s",
						STR_FMT(r->principal.user_id))));
}

/* STR_NONE: a query this long is not cached. What is narrowed has answers of its own. */
static struct str
answer_name(struct req *r, int route_index, struct str query)
{
	const struct principal *p = &r->principal;
	struct str who = p->within != NULL ? str_of(p->hash) : p->user_id;

	if (query.len > NAME_MAX_BYTES)
		return STR_NONE;
	return str_of(arena_printf(r->arena, "%d %.*s?%.*s", route_index, STR_FMT(who),
				   STR_FMT(query)));
}

static struct str
query_of(const struct req *r)
{
	struct str uri = request_header(r, "REQUEST_URI");

	str_cut(&uri, '?');
	return uri.ptr ? uri : STR("");
}

/* --- sessions and other tokens ------------------------------------------- */

/* "<user id> <locale> <within>": what is cached of a token; nothing is behind the blank of one not narrowed. */
static struct str
who_text(struct req *r)
{
	const struct principal *p = &r->principal;

	return str_of(arena_printf(r->arena, "%.*s %.*s %s", STR_FMT(p->user_id),
				   STR_FMT(p->locale),
				   p->within != NULL ? p->within : ""));
}

static bool
be(struct req *r, struct str user_id, struct str locale, struct str within)
{
	if (!uuid_is(user_id) || within.ptr == NULL)
		return false;
	r->principal.user_id = arena_str(r->arena, user_id);
	r->principal.locale = arena_str(r->arena, locale);
	r->principal.within = within.len > 0 ? arena_cstr(r->arena, within) : NULL;
	r->principal.known = true;
	return true;
}

/* A token that has `left_ms`. By the monotonic clock: a wall clock set back prolongs nothing. */
static void
keep_known(struct req *r, int64_t left_ms)
{
	const struct config *c = &r->worker->heritage->config;
	struct cache_keys keys = { 0 };

	if (left_ms > c->cache_ttl_ms)
		left_ms = c->cache_ttl_ms;
	add_user_key(r, &keys);
	cache_keep(r->worker->sessions, str_of(r->principal.hash), r->stamp, &keys,
		   clock_mono_ms() + left_ms, who_text(r));
}

static bool
find_who(struct req *r, struct str *out)
{
	return cache_find(r->worker->sessions, str_of(r->principal.hash), clock_mono_ms(),
			  out);
}

static bool
find_known(struct req *r)
{
	struct str found, user_id, locale;

	if (!find_who(r, &found))
		return false;
	user_id = str_cut(&found, ' ');
	locale = str_cut(&found, ' ');
	return be(r, user_id, locale, found);
}

/* --- answers ------------------------------------------------------------- */

static void
keep_answer(struct req *r, struct str name, const struct cache_keys *keys,
	    int64_t version, struct str body)
{
	size_t len = sizeof(version) + body.len;
	char *value = arena_alloc(r->arena, len);

	if (name.ptr == NULL)
		return;
	memcpy(value, &version, sizeof(version));
	memcpy(value + sizeof(version), body.ptr, body.len);
	cache_keep(r->worker->answers, name, r->stamp, keys,
		   clock_mono_ms() + r->worker->heritage->config.cache_ttl_ms,
		   (struct str){ value, len });
}

static void
keep_me(struct req *r, int64_t version, struct str body)
{
	struct cache_keys keys = { 0 };

	add_user_key(r, &keys);
	keep_answer(r, answer_name(r, r->worker->me_route, STR("")), &keys, version,
		    body);
}

/* --- Redis --------------------------------------------------------------- */

/* A token that has proved nothing may not write there: it is known to others, or it is not. */
static bool
ask_remote(struct req *r, struct str *out, int64_t *left_ms)
{
	struct remote *remote = &r->worker->remote;

	return limit_knows(r) ? remote_find(remote, token_name(r), out, left_ms)
			      : remote_look(remote, token_name(r), out, left_ms);
}

/*
 * "<user id> <locale> <within> <until> <version> <account as JSON>", the end of its time in unix seconds. It
 * bounds who puts an old value back; what bounds the rest is the time that Redis gives it.
 */
static bool
find_remote(struct req *r)
{
	struct str text, user_id, locale, within;
	int64_t until_s, version, left_ms;

	if (!ask_remote(r, &text, &left_ms))
		return false;
	text = arena_str(r->arena, text);
	user_id = str_cut(&text, ' ');
	locale = str_cut(&text, ' ');
	within = str_cut(&text, ' ');
	if (!str_to_i64(str_cut(&text, ' '), &until_s) ||
	    !str_to_i64(str_cut(&text, ' '), &version) || text.ptr == NULL ||
	    until_s <= now_s(r) || !be(r, user_id, locale, within))
		return false;
	if (left_ms > (until_s - now_s(r)) * 1000)
		left_ms = (until_s - now_s(r)) * 1000;
	limit_began(r, r->principal.hash, r->principal.user_id);
	keep_known(r, left_ms);
	keep_me(r, version, text);
	return true;
}

static void
keep_remote(struct req *r, int64_t left_s, int64_t version, struct str body)
{
	int ttl_s = left_s < TOKEN_TTL_S ? (int)left_s : TOKEN_TTL_S;

	remote_keep(&r->worker->remote, token_name(r), ttl_s,
		    str_of(arena_printf(r->arena, "%.*s %lld %lld %.*s",
					STR_FMT(who_text(r)), (long long)now_s(r) + ttl_s,
					(long long)version, STR_FMT(body))));
}

/* --- the stages ---------------------------------------------------------- */

static bool
remembers(const struct req *r)
{
	return r->principal.kind == PRINCIPAL_PERSON && r->method == HTTP_GET &&
	       surface.own.enter_known != NO_STATEMENT &&
	       r->worker->heritage->config.cache_users > 0;
}

/* Redis is asked about a token that has proved nothing only while its address may still ask. */
static enum err
look_further(struct req *r)
{
	struct cache_shared *s = shared_of(r);
	enum err e = cache_is_disconnected(s) ? ERR_OK : limit_unknown(r);

	if (e != ERR_OK)
		return e;
	cache_add(s,
		  !cache_is_disconnected(s) && find_remote(r) ? COUNT_SESSION_REMOTE
							      : COUNT_SESSION_MISS,
		  1);
	return ERR_OK;
}

enum err
cached_caller(struct req *r)
{
	struct cache_shared *s = shared_of(r);
	enum err e = ERR_OK;

	r->stamp = stamp_now(&s->stamps);
	if (!remembers(r))
		return ERR_OK;
	if (!cache_is_disconnected(s) && find_known(r))
		cache_add(s, COUNT_SESSION_HIT, 1);
	else
		e = look_further(r);
	r->learns = !r->principal.known;
	return e;
}

void
cached_locale(struct req *r)
{
	struct str found;

	if (surface.own.enter_known == NO_STATEMENT ||
	    r->worker->heritage->config.cache_users <= 0 ||
	    cache_is_disconnected(shared_of(r)) || !find_who(r, &found))
		return;
	str_cut(&found, ' ');
	r->principal.locale = arena_str(r->arena, str_cut(&found, ' '));
}

/* What a DEAR field asks for hangs on more than the route says. */
static bool
is_cached(const struct req *r)
{
	int count = field_count(r->route->query);

	for (int i = 0; i < count; i++)
		if (r->query[i] != NULL && r->route->query[i].flags & DEAR)
			return false;
	return r->route->cached && remembers(r);
}

enum err
cached_answer(struct req *r)
{
	struct str name, found;

	if (!is_cached(r))
		return ERR_OK;
	name = r->principal.known ? answer_name(r, r->route_index, query_of(r))
				  : STR_NONE;
	if (name.ptr == NULL ||
	    !cache_find(r->worker->answers, name, clock_mono_ms(), &found)) {
		cache_add(shared_of(r), COUNT_ANSWER_MISS, 1);
		return ERR_OK;
	}
	cache_add(shared_of(r), COUNT_ANSWER_HIT, 1);
	reply_json(r, 200);
	memcpy(&r->version_number, found.ptr, sizeof(r->version_number));
	strbuf_add_bytes(&r->out->body, found.ptr + sizeof(r->version_number),
			 found.len - sizeof(r->version_number));
	r->answered = true;
	return ERR_OK;
}

/* --- keeping ------------------------------------------------------------- */

static int64_t
version_at(const struct db *db, int index)
{
	int64_t version = -1;

	str_to_i64(db_get(db, index, 0, "version"), &version);
	return version;
}

void
cached_keep_caller(struct req *r)
{
	struct worker *w = r->worker;
	struct strbuf body;
	int64_t version, left_s = 0;
	int me = r->at.me;

	if (!r->learns || me < 0 || db_row_count(w->db, me) != 1)
		return;
	str_to_i64(db_get(w->db, r->at.enter, 0, "_left_s"), &left_s);
	strbuf_init(&body);
	row_open(row_plan_get(w->plans, w->db, surface.own.me), w->db, me, 0, &body);
	strbuf_add_char(&body, '}');
	version = version_at(w->db, me);
	keep_known(r, left_s * 1000);
	keep_me(r, version, strbuf_str(&body));
	keep_remote(r, left_s, version, strbuf_str(&body));
	strbuf_release(&body);
}

void
cached_keep_answer(struct req *r, int index)
{
	const struct db *db = r->worker->db;
	struct cache_keys keys = { 0 };
	int column;

	if (!is_cached(r) || r->speaks)
		return;
	add_user_key(r, &keys);
	column = db_find_column(db, index, "_hangs_on");
	for (int row = 0; column >= 0 && row < db_row_count(db, index); row++)
		cache_key_add(&keys, db_value(db, index, row, column));
	keep_answer(r, answer_name(r, r->route_index, query_of(r)), &keys,
		    r->version.ptr ? version_at(db, index) : -1,
		    strbuf_str(&r->out->body));
}

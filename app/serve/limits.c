/*
 * limits.c: how often a caller may ask. A token that has proved to be a session is counted by
 * its account; one that has not, by address, until `enter` has looked at it; who needs no
 * session, by address, as nginx saw it. The windows are lib/limit's, in the shared block. Runs in
 * workers.
 */
#include "serve/request.h"

#include <stddef.h>

#include "core/clock.h"
#include "limit/holders.h"
#include "limit/limit.h"
#include "serve/surface.h"
#include "serve/worker.h"

enum { MINUTE_S = 60, HOUR_S = 3600 };

/* So much of an answer costs as much as a small read. */
enum { READ_BYTES = 128 * 1024 };

/* So does a read of all that there is; a search that finds little is one. */
enum { DEAR_READS = 10 };

/* What else is hashed as a window's key is, so that no two uses make the same. */
enum { KEY_TOKEN = RATES_MAX + 1, KEY_ACCOUNT };

#define AT(member) offsetof(struct config, member)

/* clang-format off */
static const struct rate_limit policies[RATE_PROGRAM] = {
	[RATE_READS] =   { "reads",   AT(limits_reads),   MINUTE_S },
	[RATE_WRITES] =  { "writes",  AT(limits_writes),  MINUTE_S },
	[RATE_UNPROVEN] = { "unproven", AT(limits_unproven), MINUTE_S },
	[RATE_WORK] =    { "work",    AT(limits_work),    MINUTE_S },
	[RATE_AUTH] =    { "auth",    AT(limits_auth),    MINUTE_S },
	[RATE_ACCOUNT] = { "account", AT(limits_account), HOUR_S },
	[RATE_LOGIN] =   { "login",   AT(limits_login),   0 },
};
/* clang-format on */

static const struct rate_limit *
policy_of(int rate)
{
	return rate < RATE_PROGRAM ? &policies[rate]
				   : &surface.rates[rate - RATE_PROGRAM];
}

static int64_t
count_of(const struct req *r, int rate)
{
	const char *config = (const char *)&r->worker->heritage->config;

	return *(const int64_t *)(const void *)(config + policy_of(rate)->setting);
}

static int64_t
window_ms(const struct req *r, int rate)
{
	return rate == RATE_LOGIN ? r->worker->heritage->config.limits_login_wait_ms
				  : policy_of(rate)->window_s * 1000LL;
}

static int64_t
whole_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/* What the answer tells: the limit of the route, or the one that refused. */
static enum err
note(struct req *r, int rate, enum err e, const struct limit_state *s)
{
	if (e == ERR_OK && r->rate != RATE_BY_METHOD && r->rate != rate)
		return e;
	r->rate = rate;
	r->rate_state = *s;
	if (e != ERR_OK)
		r->retry_after_s = (int)whole_seconds(s->retry_ms);
	return e;
}

/* --- counting ------------------------------------------------------------ */

static struct limiter *
limiter_of(const struct req *r)
{
	return &r->worker->heritage->shared->limits;
}

static enum err
take(struct req *r, int rate, struct str who, int n)
{
	struct limiter *l = limiter_of(r);
	int64_t count = count_of(r, rate);
	struct limit_state s;

	if (count == 0)
		return ERR_OK;
	return note(r, rate,
		    limit_take(l, limit_key(l, (int)rate, who), n, count,
			       window_ms(r, rate), clock_mono_ms(), &s),
		    &s);
}

/* What was taken counts for nothing after all. */
static void
give(struct req *r, int rate, struct str who, int n)
{
	struct limiter *l = limiter_of(r);
	int64_t count = count_of(r, rate);
	struct limit_state s;

	if (count > 0)
		limit_give(l, limit_key(l, (int)rate, who), n, count, window_ms(r, rate),
			   clock_mono_ms(), &s);
}

/* A try at a password, which may be the wrong one. */
static enum err
try(struct req *r, struct str who)
{
	struct limiter *l = limiter_of(r);
	int64_t count = count_of(r, RATE_LOGIN);
	struct limit_state s;

	if (count == 0)
		return ERR_OK;
	return note(r, RATE_LOGIN,
		    limit_try(l, limit_key(l, RATE_LOGIN, who), count,
			      window_ms(r, RATE_LOGIN), clock_mono_ms(), &s),
		    &s);
}

static void
settle(struct req *r, struct str who, enum err e)
{
	struct limiter *l = limiter_of(r);
	uint64_t key = limit_key(l, RATE_LOGIN, who);
	int64_t count = count_of(r, RATE_LOGIN);

	if (e == ERR_OK)
		limit_forget(l, key);
	else if (e != ERR_UNAUTHORIZED && count > 0)
		limit_untry(l, key, count, window_ms(r, RATE_LOGIN), clock_mono_ms());
}

/* --- who ----------------------------------------------------------------- */

struct str
request_network(struct req *r)
{
	return limit_address(request_header(r, "REMOTE_ADDR"), arena_alloc(r->arena, 16));
}

static struct str
session(const struct req *r)
{
	return str_of(r->values[VALUE_TOKEN_HASH]);
}

static struct str
account(const struct req *r)
{
	return (struct str){ (const char *)&r->account, sizeof(r->account) };
}

static struct holders *
holders_of(const struct req *r)
{
	return &r->worker->heritage->shared->holders;
}

/* Never 0, which is nobody. */
static uint64_t
token_key(const struct req *r, const char *token_hash)
{
	return limit_key(limiter_of(r), KEY_TOKEN, str_of(token_hash)) | 1;
}

static uint64_t
account_key(const struct req *r, struct str user_id)
{
	return limit_key(limiter_of(r), KEY_ACCOUNT, user_id) | 1;
}

/* An account as one address knows it. An address has at most 16 bytes, so nothing mixes. */
static struct str
account_from_here(struct req *r, struct str who)
{
	struct str from = request_network(r);
	char *text = arena_alloc(r->arena, 1 + from.len + who.len);

	text[0] = (char)from.len;
	memcpy(text + 1, from.ptr, from.len);
	memcpy(text + 1 + from.len, who.ptr, who.len);
	return (struct str){ text, 1 + from.len + who.len };
}

static int
rate_by_method(const struct route *route)
{
	return route->method == HTTP_GET ? RATE_READS : RATE_WRITES;
}

/* What else a row of the program's own limits counts, its handler says. */
static int
rate_counted(const struct route *route)
{
	return route->rate >= RATE_PROGRAM && route->rate != RATE_NONE
		       ? rate_by_method(route)
		       : rate_of(route);
}

/* --- sessions that are proven -------------------------------------------- */

bool
limit_knows(struct req *r)
{
	if (r->account == 0)
		r->account = holders_find(holders_of(r),
					  token_key(r, r->values[VALUE_TOKEN_HASH]));
	return r->account != 0;
}

void
limit_began(struct req *r, const char *token_hash, struct str user_id)
{
	holders_keep(holders_of(r), token_key(r, token_hash), account_key(r, user_id));
}

/*
 * The account pays, and the address gets its own back. Not from an account with nothing left: what
 * was asked is done by now, and somebody has to pay for it.
 */
static void
prove(struct req *r, struct str user_id)
{
	r->unproven = false;
	r->account = account_key(r, user_id);
	limit_began(r, r->values[VALUE_TOKEN_HASH], user_id);
	r->rate = RATE_BY_METHOD;
	if (take(r, rate_counted(r->route), account(r), 1 + r->further_parts) == ERR_OK) {
		give(r, RATE_UNPROVEN, request_network(r), 1);
		if (r->further_parts > 0)
			give(r, RATE_WRITES, request_network(r), r->further_parts);
	}
	r->retry_after_s = 0;
}

void
limit_entered(struct req *r, struct str user_id)
{
	if (user_id.len > 0 && r->unproven)
		prove(r, user_id);
	else if (user_id.len == 0 && r->account != 0)
		holders_forget(holders_of(r), token_key(r, r->values[VALUE_TOKEN_HASH]));
}

/* --- what the stages and the handlers ask -------------------------------- */

int
rate_of(const struct route *route)
{
	return route->rate != RATE_BY_METHOD ? route->rate : rate_by_method(route);
}

const char *
rate_name(int rate)
{
	return rate != RATE_NONE ? policy_of(rate)->name : "none";
}

/* Somebody else knew the token: its address gets back what limit_unknown took. */
static void
excuse(struct req *r)
{
	give(r, RATE_UNPROVEN, request_network(r), 1);
	r->unproven = false;
	r->rate = RATE_BY_METHOD;
}

static enum err
count_session(struct req *r, int rate)
{
	if (r->known) {
		if (r->unproven)
			excuse(r);
		r->account = account_key(r, r->user_id);
		return take(r, rate, account(r), 1);
	}
	return r->unproven || !limit_knows(r) ? limit_unknown(r)
					      : take(r, rate, account(r), 1);
}

enum err
limit_unknown(struct req *r)
{
	int rate = rate_counted(r->route);

	if (rate == RATE_NONE || rate == RATE_AUTH || r->unproven || limit_knows(r))
		return ERR_OK;
	r->unproven = true;
	return take(r, RATE_UNPROVEN, request_network(r), 1);
}

enum err
limit_request(struct req *r)
{
	int rate = rate_counted(r->route);

	if (rate == RATE_NONE)
		return ERR_OK;
	if (rate != RATE_AUTH && r->values[VALUE_TOKEN_HASH] != NULL)
		return count_session(r, rate);
	return take(r, rate, request_network(r), 1);
}

enum err
limit_parts(struct req *r, const char *field, int n)
{
	int64_t most = count_of(r, RATE_WRITES);

	if (most > 0 && n > most)
		return request_invalid_body(
			r, field, "too_long",
			request_say(r, "must leave it at %d: no more pass in a minute",
				    (int)most));
	if (n < 2)
		return ERR_OK;
	r->further_parts = n - 1;
	return take(r, RATE_WRITES, r->unproven ? request_network(r) : account(r), n - 1);
}

static bool
is_dear(const struct req *r)
{
	int i = field_index(r->route->query, "search");

	return r->route->dear || (i >= 0 && r->query[i] != NULL);
}

void
limit_answer(struct req *r)
{
	int64_t further;

	if (r->rate != RATE_READS || r->rate_state.left == 0)
		return;
	further = (int64_t)(r->out->body.len / READ_BYTES) +
		  (is_dear(r) ? DEAR_READS - 1 : 0);
	if (further == 0)
		return;
	if (further > r->rate_state.left)
		further = r->rate_state.left;
	take(r, RATE_READS, r->account != 0 ? account(r) : request_network(r),
	     (int)further);
	r->retry_after_s = 0;
}

/* --- what was asked took long -------------------------------------------- */

/* What is shorter is what a request takes; what is longer may have waited for somebody else. */
enum { WORK_FROM_MS = 20, WORK_MOST_MS = 500 };

/* So long nobody is refused outright who has waited for others, as for the lock of a migration. */
enum { REFUSED_MOST_MS = 5000 };

/* Whoever owes more than this is refused until some has come back. */
static int64_t
owed_by_lane_ms(const struct req *r)
{
	return window_ms(r, RATE_WORK) / 2;
}

/* Whom the work is for. */
static bool
find_payer(const struct req *r, uint64_t *out)
{
	struct str who = r->account != 0 ? account(r) : r->payer;

	if (who.len == 0 || count_of(r, RATE_WORK) == 0)
		return false;
	*out = limit_key(limiter_of(r), RATE_WORK, who);
	return true;
}

/* While little is owed there is the lane, when it is free. */
static enum err
enter_lane(struct req *r, int64_t owed_ms)
{
	int64_t over_ms = owed_ms - owed_by_lane_ms(r);

	r->in_lane = over_ms <= 0 && permits_take(&r->worker->heritage->shared->lane, 0,
						  &r->lane) == ERR_OK;
	if (r->in_lane)
		return ERR_OK;
	r->retry_after_s = over_ms > 0 ? (int)whole_seconds(over_ms) : 1;
	return ERR_TOO_MANY;
}

enum err
limit_work(struct req *r)
{
	bool asked = r->asked_for_work;
	struct limit_state s;
	uint64_t payer;
	enum err e;

	r->asked_for_work = true;
	if (asked || !find_payer(r, &payer) ||
	    limit_look(limiter_of(r), payer, count_of(r, RATE_WORK),
		       window_ms(r, RATE_WORK), clock_mono_ms(), &s) == ERR_OK)
		return ERR_OK;
	e = enter_lane(r, s.retry_ms);
	if (e != ERR_OK) {
		r->rate = RATE_WORK;
		r->rate_state = s;
	}
	return e;
}

void
limit_worked(struct req *r, int64_t took_ms)
{
	uint64_t payer;

	if (r->in_lane)
		permits_give(&r->worker->heritage->shared->lane, r->lane);
	if (took_ms >= WORK_FROM_MS && find_payer(r, &payer))
		limit_charge(limiter_of(r), payer,
			     took_ms < WORK_MOST_MS ? took_ms : WORK_MOST_MS,
			     count_of(r, RATE_WORK), window_ms(r, RATE_WORK),
			     owed_by_lane_ms(r) + REFUSED_MOST_MS, clock_mono_ms());
}

enum err
limit_holder(struct req *r, int rate, struct str who)
{
	r->payer = who;
	return take(r, rate, who, 1);
}

/* --- secrets: what was wrong counts -------------------------------------- */

enum err
limit_secret(struct req *r, int rate)
{
	if (take(r, rate, request_network(r), 1) != ERR_OK)
		return ERR_TOO_MANY;
	if (!r->unproven && take(r, rate, account(r), 1) != ERR_OK) {
		give(r, rate, request_network(r), 1);
		return ERR_TOO_MANY;
	}
	r->secret_rate = rate;
	r->secret_by_account = !r->unproven;
	return ERR_OK;
}

void
limit_secret_settle(struct req *r, enum err e)
{
	int rate = r->secret_rate;

	if (rate == RATE_BY_METHOD)
		return;
	if (e != ERR_NOT_FOUND) {
		give(r, rate, request_network(r), 1);
		if (r->secret_by_account)
			give(r, rate, account(r), 1);
	} else if (!r->secret_by_account) {
		take(r, rate, account(r), 1);
		r->retry_after_s = 0;
	}
}

enum err
limit_login(struct req *r, const struct login_who *who)
{
	struct str here = account_from_here(r, who->account);
	enum err e = try(r, here);

	if (e != ERR_OK || who->is_known_here)
		return e;
	e = take(r, RATE_ACCOUNT, who->account, 1);
	if (e != ERR_OK)
		settle(r, here, e);
	return e;
}

void
limit_login_settle(struct req *r, const struct login_who *who, enum err e)
{
	settle(r, account_from_here(r, who->account), e);
	if (e != ERR_UNAUTHORIZED && !who->is_known_here)
		give(r, RATE_ACCOUNT, who->account, 1);
}

enum err
limit_password(struct req *r)
{
	return try(r, session(r));
}

void
limit_password_settle(struct req *r, enum err e)
{
	settle(r, session(r), e);
}

/* draft-ietf-httpapi-ratelimit-headers: q in w seconds; r are left, all are after t. */
void
limit_add_headers(struct req *r)
{
	const struct rate_limit *p = policy_of(r->rate);

	if (r->rate == RATE_BY_METHOD)
		return;
	http_response_header(r->out, "RateLimit-Policy",
			     str_of(arena_printf(r->arena, "\"%s\";q=%lld;w=%lld",
						 p->name, (long long)count_of(r, r->rate),
						 (long long)whole_seconds(
							 window_ms(r, r->rate)))));
	http_response_header(r->out, "RateLimit",
			     str_of(arena_printf(r->arena, "\"%s\";r=%lld;t=%lld",
						 p->name, (long long)r->rate_state.left,
						 (long long)whole_seconds(
							 r->rate_state.full_ms))));
}

/*
 * limits.c: how often a principal may ask. A person is counted by account; while the
 * account of the credential is unknown, by address, until `enter` has looked at it.
 * Others are counted by address, as nginx saw it, and all who hold one secret together as
 * well. The windows are lib/limit's, in the shared block. Runs in workers.
 */
#include "serve/request.h"

#include <stddef.h>

#include "core/clock.h"
#include "limit/holders.h"
#include "limit/limit.h"
#include "serve/principal.h"
#include "serve/windows.h"
#include "serve/worker.h"

/* So much of an answer costs as much as a small read. */
enum { READ_BYTES = 128 * 1024 };

/* So does a read of all that there is; a search that finds little is one. */
enum { DEAR_READS = 10 };

/* Further uses of a window's hash, apart from the rates. */
enum { KEY_TOKEN = RATES_MAX + 1, KEY_ACCOUNT };

/* --- who ----------------------------------------------------------------- */

static struct holders *
holders_of(const struct req *r)
{
	return &r->worker->heritage->shared->holders;
}

/* Never 0, which is no account. */
static uint64_t
token_key(const struct req *r, const char *token_hash)
{
	return limit_key(window_limiter(r), KEY_TOKEN, str_of(token_hash)) | 1;
}

static uint64_t
account_key(const struct req *r, struct str user_id)
{
	return limit_key(window_limiter(r), KEY_ACCOUNT, user_id) | 1;
}

static int
rate_by_method(const struct route *route)
{
	return route->method == HTTP_GET ? RATE_READS : RATE_WRITES;
}

/*
 * Rows with a limit of the program's own count by the method here; their handler counts
 * the rest.
 */
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
	if (r->principal.account == 0)
		r->principal.account =
			holders_find(holders_of(r), token_key(r, r->principal.hash));
	return r->principal.account != 0;
}

void
limit_began(struct req *r, const char *token_hash, struct str user_id)
{
	holders_keep(holders_of(r), token_key(r, token_hash), account_key(r, user_id));
}

/*
 * The account pays, and the address gets its own back. Not from an account with nothing
 * left: the request is done by now, and one of the two has to pay for it.
 */
static void
prove(struct req *r, struct str user_id)
{
	r->principal.unproven = false;
	r->principal.account = account_key(r, user_id);
	limit_began(r, r->principal.hash, user_id);
	r->rate = RATE_BY_METHOD;
	if (window_take(r, rate_counted(r->route), principal_account(r),
			1 + r->further_parts) == ERR_OK) {
		window_give(r, RATE_UNPROVEN, principal_network(r), 1);
		if (r->further_parts > 0)
			window_give(r, RATE_WRITES, principal_network(r),
				    r->further_parts);
	}
	r->retry_after_s = 0;
}

void
limit_entered(struct req *r, struct str user_id)
{
	if (user_id.len > 0 && r->principal.unproven)
		prove(r, user_id);
	else if (user_id.len == 0 && r->principal.account != 0)
		holders_forget(holders_of(r), token_key(r, r->principal.hash));
}

/* --- what the stages and the handlers ask -------------------------------- */

int
rate_of(const struct route *route)
{
	return route->rate != RATE_BY_METHOD ? route->rate : rate_by_method(route);
}

/* Redis knew the token: its address gets back what limit_unknown took. */
static void
excuse(struct req *r)
{
	window_give(r, RATE_UNPROVEN, principal_network(r), 1);
	r->principal.unproven = false;
	r->rate = RATE_BY_METHOD;
}

static enum err
count_person(struct req *r, int rate)
{
	if (r->principal.known) {
		if (r->principal.unproven)
			excuse(r);
		r->principal.account = account_key(r, r->principal.user_id);
		return window_take(r, rate, principal_account(r), 1);
	}
	return r->principal.unproven || !limit_knows(r)
		       ? limit_unknown(r)
		       : window_take(r, rate, principal_account(r), 1);
}

/* Counts by the secret, together with its other holders. */
static enum err
count_secret(struct req *r)
{
	const struct principal *p = &r->principal;

	return p->scheme->rate == RATE_BY_METHOD
		       ? ERR_OK
		       : window_take(r, p->scheme->rate, str_of(p->hash), 1);
}

enum err
limit_unknown(struct req *r)
{
	int rate = rate_counted(r->route);

	if (rate == RATE_NONE || rate == RATE_AUTH || r->principal.unproven ||
	    limit_knows(r))
		return ERR_OK;
	r->principal.unproven = true;
	return window_take(r, RATE_UNPROVEN, principal_network(r), 1);
}

enum err
limit_request(struct req *r)
{
	int rate = rate_counted(r->route);
	enum err e;

	if (rate == RATE_NONE)
		return ERR_OK;
	if (rate != RATE_AUTH && r->principal.kind == PRINCIPAL_PERSON)
		return count_person(r, rate);
	e = window_take(r, rate, principal_network(r), 1);
	return e == ERR_OK && r->principal.kind == PRINCIPAL_HOLDER ? count_secret(r) : e;
}

enum err
limit_parts(struct req *r, const char *field, int n)
{
	int64_t most = window_count(r, RATE_WRITES);

	if (most > 0 && n > most)
		return request_invalid_body(
			r, field, "too_long",
			request_say(r, "must leave it at %d: no more pass in a minute",
				    (int)most));
	if (n < 2)
		return ERR_OK;
	r->further_parts = n - 1;
	return window_take(r, RATE_WRITES, principal_counted(r), n - 1);
}

enum err
limit_further(struct req *r, int rate, int n)
{
	return window_take(r, rate, principal_counted(r), n);
}

static bool
is_dear(const struct req *r)
{
	return r->route->dear || request_asks_more(r);
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
	window_take(r, RATE_READS, principal_counted(r), (int)further);
	r->retry_after_s = 0;
}

/* --- what was asked took long -------------------------------------------- */

/* Shorter work is usual for a request; longer work may include waiting for others. */
enum { WORK_FROM_MS = 20, WORK_MOST_MS = 500 };

/*
 * The longest time for which a caller is refused outright: it may only have waited for
 * others, as for the lock of a migration.
 */
enum { REFUSED_MOST_MS = 5000 };

/* A caller who owes more than this is refused until some has come back. */
static int64_t
owed_by_lane_ms(const struct req *r)
{
	return window_length_ms(r, RATE_WORK) / 2;
}

/* The payer of the work. */
static bool
find_payer(const struct req *r, uint64_t *out)
{
	struct str who = principal_payer(r);

	if (who.len == 0 || window_count(r, RATE_WORK) == 0)
		return false;
	*out = limit_key(window_limiter(r), RATE_WORK, who);
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
	r->retry_after_s = over_ms > 0 ? (int)window_whole_seconds(over_ms) : 1;
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
	    limit_look(window_limiter(r), payer, window_count(r, RATE_WORK),
		       window_length_ms(r, RATE_WORK), clock_mono_ms(), &s) == ERR_OK)
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
		limit_charge(window_limiter(r), payer,
			     took_ms < WORK_MOST_MS ? took_ms : WORK_MOST_MS,
			     window_count(r, RATE_WORK), window_length_ms(r, RATE_WORK),
			     owed_by_lane_ms(r) + REFUSED_MOST_MS, clock_mono_ms());
}

/*
 * windows.c: the windows in which a request is counted, by rate and by principal:
 * lib/limit's, in the shared block, as long and as wide as the configuration says.
 * limits.c and secrets.c decide who is counted when. Runs in workers.
 */
#include "serve/windows.h"

#include <stddef.h>

#include "core/clock.h"
#include "serve/surface.h"
#include "serve/worker.h"

enum { MINUTE_S = 60, HOUR_S = 3600 };

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

int64_t
window_count(const struct req *r, int rate)
{
	const char *config = (const char *)&r->worker->heritage->config;

	return *(const int64_t *)(const void *)(config + policy_of(rate)->setting);
}

int64_t
window_length_ms(const struct req *r, int rate)
{
	return rate == RATE_LOGIN ? r->worker->heritage->config.limits_login_wait_ms
				  : policy_of(rate)->window_s * 1000LL;
}

int64_t
window_whole_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/* Notes the limit for the reply: the route's, or the one that refused. */
static enum err
note(struct req *r, int rate, enum err e, const struct limit_state *s)
{
	if (e == ERR_OK && r->rate != RATE_BY_METHOD && r->rate != rate)
		return e;
	r->rate = rate;
	r->rate_state = *s;
	if (e != ERR_OK)
		r->retry_after_s = (int)window_whole_seconds(s->retry_ms);
	return e;
}

/* --- counting ------------------------------------------------------------ */

struct limiter *
window_limiter(const struct req *r)
{
	return &r->worker->heritage->shared->limits;
}

enum err
window_take(struct req *r, int rate, struct str who, int n)
{
	struct limiter *l = window_limiter(r);
	int64_t count = window_count(r, rate);
	struct limit_state s;

	if (count == 0)
		return ERR_OK;
	return note(r, rate,
		    limit_take(l, limit_key(l, (int)rate, who), n, count,
			       window_length_ms(r, rate), clock_mono_ms(), &s),
		    &s);
}

void
window_give(struct req *r, int rate, struct str who, int n)
{
	struct limiter *l = window_limiter(r);
	int64_t count = window_count(r, rate);
	struct limit_state s;

	if (count > 0)
		limit_give(l, limit_key(l, (int)rate, who), n, count,
			   window_length_ms(r, rate), clock_mono_ms(), &s);
}

/* A try at a password, which may be the wrong one. */
enum err
window_try(struct req *r, struct str who)
{
	struct limiter *l = window_limiter(r);
	int64_t count = window_count(r, RATE_LOGIN);
	struct limit_state s;

	if (count == 0)
		return ERR_OK;
	return note(r, RATE_LOGIN,
		    limit_try(l, limit_key(l, RATE_LOGIN, who), count,
			      window_length_ms(r, RATE_LOGIN), clock_mono_ms(), &s),
		    &s);
}

void
window_settle(struct req *r, struct str who, enum err e)
{
	struct limiter *l = window_limiter(r);
	uint64_t key = limit_key(l, RATE_LOGIN, who);
	int64_t count = window_count(r, RATE_LOGIN);

	if (e == ERR_OK)
		limit_forget(l, key);
	else if (e != ERR_UNAUTHORIZED && count > 0)
		limit_untry(l, key, count, window_length_ms(r, RATE_LOGIN),
			    clock_mono_ms());
}

/* --- told ---------------------------------------------------------------------- */

const char *
rate_name(int rate)
{
	return rate != RATE_NONE ? policy_of(rate)->name : "none";
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
						 p->name,
						 (long long)window_count(r, r->rate),
						 (long long)window_whole_seconds(
							 window_length_ms(r, r->rate)))));
	http_response_header(r->out, "RateLimit",
			     str_of(arena_printf(r->arena, "\"%s\";r=%lld;t=%lld",
						 p->name, (long long)r->rate_state.left,
						 (long long)window_whole_seconds(
							 r->rate_state.full_ms))));
}

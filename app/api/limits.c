/*
 * limits.c: how often a caller may ask. Who has a session is counted by its key, which is
 * known before the database is asked; everybody else by address, as nginx saw it. The
 * windows are lib/limit's, in the shared block. Runs in workers.
 */
#include "api/request.h"

#include <stddef.h>

#include "api/worker.h"
#include "core/clock.h"
#include "limit/limit.h"

enum { MINUTE_S = 60, HOUR_S = 3600 };

#define AT(member) offsetof(struct config, member)

/* clang-format off */
static const struct policy {
	const char *name;
	size_t count;		/* the setting; 0 there is no limit */
	int window_s;		/* LOGIN: limits.login_wait */
} policies[RATE_COUNT] = {
	[RATE_READS] =   { "reads",   AT(limits_reads),   MINUTE_S },
	[RATE_WRITES] =  { "writes",  AT(limits_writes),  MINUTE_S },
	[RATE_SHARE] =   { "share",   AT(limits_share),   HOUR_S },
	[RATE_AUTH] =    { "auth",    AT(limits_auth),    MINUTE_S },
	[RATE_ACCOUNT] = { "account", AT(limits_account), HOUR_S },
	[RATE_LOGIN] =   { "login",   AT(limits_login),   0 },
};
/* clang-format on */

static int64_t
count_of(const struct req *r, enum rate rate)
{
	const char *config = (const char *)&r->worker->heritage->config;

	return *(const int64_t *)(const void *)(config + policies[rate].count);
}

static int64_t
window_ms(const struct req *r, enum rate rate)
{
	return rate == RATE_LOGIN ? r->worker->heritage->config.limits_login_wait_ms
				  : policies[rate].window_s * 1000LL;
}

static int64_t
whole_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/* What the answer tells: the limit of the route, or the one that refused. */
static enum err
note(struct req *r, enum rate rate, enum err e, const struct limit_state *s)
{
	if (e == ERR_OK && r->rate != RATE_BY_METHOD)
		return e;
	r->rate = rate;
	r->rate_state = *s;
	if (e != ERR_OK)
		r->retry_after_s = (int)whole_seconds(s->retry_ms);
	return e;
}

/* --- counting ------------------------------------------------------------ */

static enum err
take(struct req *r, enum rate rate, struct str who)
{
	struct limiter *l = &r->worker->heritage->shared->limits;
	int64_t count = count_of(r, rate);
	struct limit_state s;

	if (count == 0)
		return ERR_OK;
	return note(r, rate,
		    limit_take(l, limit_key(l, (int)rate, who), count, window_ms(r, rate),
			       clock_mono_ms(), &s),
		    &s);
}

/* A try at a password, which may be the wrong one. */
static enum err
try(struct req *r, struct str who)
{
	struct limiter *l = &r->worker->heritage->shared->limits;
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
	struct limiter *l = &r->worker->heritage->shared->limits;
	uint64_t key = limit_key(l, RATE_LOGIN, who);
	int64_t count = count_of(r, RATE_LOGIN);

	if (e == ERR_OK)
		limit_forget(l, key);
	else if (e != ERR_UNAUTHORIZED && count > 0)
		limit_untry(l, key, count, window_ms(r, RATE_LOGIN), clock_mono_ms());
}

/* --- who ----------------------------------------------------------------- */

static struct str
address(struct req *r)
{
	return limit_address(request_header(r, "REMOTE_ADDR"), arena_alloc(r->arena, 16));
}

static struct str
session(const struct req *r)
{
	return str_of(r->values[VALUE_TOKEN_HASH]);
}

/* The database takes capitals in an address for the same letters; so does this. */
static struct str
account(struct req *r, const char *email)
{
	char *text = arena_cstr(r->arena, str_of(email));

	for (char *c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return str_of(text);
}

/* An account as one address knows it. A mail address holds no blank, so nothing mixes. */
static struct str
account_from_here(struct req *r, const char *email)
{
	struct str from = address(r), to = account(r, email);
	char *text = arena_alloc(r->arena, from.len + 1 + to.len);

	memcpy(text, to.ptr, to.len);
	text[to.len] = ' ';
	memcpy(text + to.len + 1, from.ptr, from.len);
	return (struct str){ text, to.len + 1 + from.len };
}

/* --- what the stages and the handlers ask -------------------------------- */

enum rate
rate_of(const struct route *route)
{
	if (route->rate != RATE_BY_METHOD)
		return route->rate;
	return route->method == HTTP_GET ? RATE_READS : RATE_WRITES;
}

const char *
rate_name(enum rate rate)
{
	return rate < RATE_COUNT ? policies[rate].name : "none";
}

enum err
limit_request(struct req *r)
{
	enum rate rate = rate_of(r->route);
	bool known = rate != RATE_AUTH && r->values[VALUE_TOKEN_HASH] != NULL;

	if (rate == RATE_NONE)
		return ERR_OK;
	if (rate == RATE_SHARE && take(r, rate, address(r)) != ERR_OK)
		return ERR_TOO_MANY;
	return take(r, rate, known ? session(r) : address(r));
}

enum err
limit_login(struct req *r, const char *email)
{
	enum err e = try(r, account_from_here(r, email));

	return e == ERR_OK ? take(r, RATE_ACCOUNT, account(r, email)) : e;
}

void
limit_login_settle(struct req *r, const char *email, enum err e)
{
	settle(r, account_from_here(r, email), e);
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
	const struct policy *p = &policies[r->rate];

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

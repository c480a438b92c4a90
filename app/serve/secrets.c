/*
 * secrets.c: how often a password or another secret may be tried: wrong tries count. Runs
 * in workers.
 */
#include "serve/windows.h"
#include "serve/principal.h"

#include <string.h>

/* An account as one address knows it. An address has at most 16 bytes, so nothing mixes. */
static struct str
account_from_here(struct req *r, struct str who)
{
	struct str from = principal_network(r);
	char *text = arena_alloc(r->arena, 1 + from.len + who.len);

	text[0] = (char)from.len;
	memcpy(text + 1, from.ptr, from.len);
	memcpy(text + 1 + from.len, who.ptr, who.len);
	return (struct str){ text, 1 + from.len + who.len };
}

enum err
limit_secret(struct req *r, int rate)
{
	if (window_take(r, rate, principal_network(r), 1) != ERR_OK)
		return ERR_TOO_MANY;
	r->secret_rate = rate;
	r->secret_by_account =
		r->principal.kind == PRINCIPAL_PERSON && !r->principal.unproven;
	if (r->secret_by_account &&
	    window_take(r, rate, principal_account(r), 1) != ERR_OK) {
		window_give(r, rate, principal_network(r), 1);
		r->secret_rate = RATE_BY_METHOD;
		return ERR_TOO_MANY;
	}
	return ERR_OK;
}

void
limit_secret_settle(struct req *r, enum err e)
{
	int rate = r->secret_rate;

	if (rate == RATE_BY_METHOD)
		return;
	if (e != ERR_NOT_FOUND) {
		window_give(r, rate, principal_network(r), 1);
		if (r->secret_by_account)
			window_give(r, rate, principal_account(r), 1);
	} else if (r->principal.kind == PRINCIPAL_PERSON && !r->secret_by_account) {
		window_take(r, rate, principal_account(r), 1);
		r->retry_after_s = 0;
	}
}

enum err
limit_login(struct req *r, const struct login_who *who)
{
	struct str here = account_from_here(r, who->account);
	enum err e = window_try(r, here);

	if (e != ERR_OK || who->is_known_here)
		return e;
	e = window_take(r, RATE_ACCOUNT, who->account, 1);
	if (e != ERR_OK)
		window_settle(r, here, e);
	return e;
}

void
limit_login_settle(struct req *r, const struct login_who *who, enum err e)
{
	window_settle(r, account_from_here(r, who->account), e);
	if (e != ERR_UNAUTHORIZED && !who->is_known_here)
		window_give(r, RATE_ACCOUNT, who->account, 1);
}

enum err
limit_password(struct req *r)
{
	return window_try(r, str_of(r->principal.hash));
}

void
limit_password_settle(struct req *r, enum err e)
{
	window_settle(r, str_of(r->principal.hash), e);
}

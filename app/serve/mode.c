/*
 * mode.c: read-only mode. Remembered is only that a write was refused, and no longer than anything else that workers
 * remember: whoever was not told that the mode is over asks the database again, and nobody who was not told that it has
 * begun changes anything. Runs in workers.
 */
#include "serve/mode.h"

#include <string.h>

#include "cache/cache.h"
#include "core/clock.h"
#include "db/db.h"
#include "serve/principal.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

enum { RETRY_AFTER_S = 60 };

#define MODE_KEY STR("service:mode")

bool
mode_bars(const struct route *route)
{
	return surface.own.require_writable != NO_STATEMENT &&
	       route_right(route) == RIGHT_WRITE && !route->in_read_only;
}

static enum err
refuse(struct req *r, struct str message)
{
	r->retry_after_s = RETRY_AFTER_S;
	return request_fail(r, ERR_BUSY, "read_only", arena_cstr(r->arena, message));
}

static bool
remembers(const struct req *r)
{
	const struct heritage *h = r->worker->heritage;

	return h->config.cache_users > 0 && !cache_is_disconnected(&h->shared->caches);
}

/* Who comes with a token that this host has not seen to be good may be nobody, and is told that: the database looks. */
static bool
may_be_nobody(struct req *r)
{
	return r->principal.kind == PRINCIPAL_PERSON && !limit_knows(r);
}

enum err
mode_look(struct req *r)
{
	struct str message;

	if (!mode_bars(r->route) || !remembers(r) || may_be_nobody(r) ||
	    !cache_find(r->worker->answers, MODE_KEY, clock_mono_ms(), &message))
		return ERR_OK;
	return refuse(r, message);
}

void
mode_refused(struct req *r, const struct db_refusal *d)
{
	struct cache_keys keys = { 0 };
	struct worker *w = r->worker;

	if (strcmp(d->constraint, "read_only") != 0)
		return;
	refuse(r, str_of(d->message));
	if (!remembers(r))
		return;
	cache_key_add(&keys, MODE_KEY);
	cache_keep(w->answers, MODE_KEY, r->stamp, &keys,
		   clock_mono_ms() + w->heritage->config.cache_ttl_ms,
		   str_of(d->message));
}

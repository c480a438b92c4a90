/*
 * invalidate.c: after a write. Its statements return in the column _touch the keys of
 * what they changed: user:<id>, token:<hash>, and those of the program; what triggers
 * changed besides, the database says (hob.say). It is invalidated (cache/invalidation.h),
 * and hob-jobs woken for jobs that were added; then the caller is answered. Runs in workers.
 */
#include "serve/cached.h"

#include <string.h>

#include "cache/invalidation.h"
#include "db/db.h"
#include "log/log.h"
#include "model/bell.h"
#include "serve/invalidate.h"
#include "serve/neighbour.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

void
invalidate_say_doubt(struct cache_shared *s, const char *why)
{
	if (cache_doubt_is_news(s))
		log_say(LOG_WARN, "caches_in_doubt",
			"%s: all that hosts remember is void; %llu times since the start",
			why,
			(unsigned long long)__atomic_load_n(&s->counts[COUNT_UNSENT],
							    __ATOMIC_RELAXED));
}

/* Each value of _touch in the pipeline. */
static void
collect(const struct db *db, struct touched *t)
{
	for (int i = 0; i < db_queued(db); i++) {
		int column = db_find_column(db, i, "_touch");

		for (int row = 0; column >= 0 && row < db_row_count(db, i); row++)
			touched_add_array(t, db_value(db, i, row, column));
	}
}

/* What triggers said: keys, and that there is a job. */
static void
listen(struct str said, struct touched *t)
{
	while (said.len > 0) {
		struct str word = str_cut(&said, ' ');

		if (str_is(word, BELL_WORD))
			t->rings = STR(BELL_CHANNEL);
		else
			touched_add(t, word);
	}
}

void
invalidate_touched(struct req *r, enum err e)
{
	struct worker *w = r->worker;
	struct cache_shared *s = &w->heritage->shared->caches;
	struct touched t;

	if (r->method == HTTP_GET)
		return;
	if (e == ERR_CLOSED || e == ERR_TIMEOUT) {
		cache_doubt(s);
		neighbour_doubt(&w->heritage->config);
		invalidate_say_doubt(s, "the outcome of a write is not known");
	}
	if (e != ERR_OK)
		return;
	touched_init(&t, r->arena);
	collect(w->db, &t);
	listen(db_said(w->db), &t);
	/* While a reload empties redis.address, workers of after are not told that yet. */
	if (cache_invalidate(&w->remote, &t) != ERR_OK &&
	    w->heritage->config.redis_address[0] != '\0')
		invalidate_say_doubt(s, redis_why(w->redis));
	neighbour_touched(&w->heritage->config, &t);
}

/* --- at start ------------------------------------------------------------ */

static bool
says_what(const struct db *db, int statement)
{
	const struct db_column *columns;
	int count = db_columns(db, (int)statement, &columns);

	for (int i = 0; i < count; i++)
		if (strcmp(columns[i].name, "_touch") == 0)
			return true;
	return false;
}

static bool
has_gap(const struct db *db, const struct route *route)
{
	bool said = route->statement == NO_STATEMENT || says_what(db, route->statement);

	for (int i = 0; i < ROUTE_USES && route->uses[i] != NO_STATEMENT; i++)
		said = said || says_what(db, route->uses[i]);
	return route->method != HTTP_GET && !said;
}

const struct route *
invalidate_gap(const struct db *db)
{
	for (int i = 0; i < surface_route_count(); i++)
		if (has_gap(db, surface_route(i)))
			return surface_route(i);
	return NULL;
}

/*
 * link.c: a worker's link to PostgreSQL: may it be used, is the schema one that this
 * program may serve with, and in which history of the database are we? A link that may
 * not be used is answered with 503 and the worker leaves after the request; nothing exits
 * in the middle of one. Runs in workers, and for -t.
 */
#include "serve/link.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "crypto/hash.h"
#include "crypto/siphash.h"
#include "log/log.h"
#include "serve/cached.h"
#include "serve/invalidate.h"
#include "serve/surface.h"

enum {
	CHECK_MS = 2000,
	OPEN_MS = 30,
	RENEW_MS = 2000, /* a link is made anew in some 20 ms, far away in 700 */
	LOOK_EVERY_MS = 5000,
	LOOK_AGAIN_MS = 500 /* at a new link whose check did not come to an end */
};

static const char *const no_values[] = { NULL };

/* --- a new link ---------------------------------------------------------- */

/*
 * Names of prepared statements that are there already (42P05) or not any more (26000) belong to
 * the links of others, behind a pooler that changes them between transactions.
 */
static bool
is_pooled(const char *sqlstate)
{
	return strcmp(sqlstate, "42P05") == 0 || strcmp(sqlstate, "26000") == 0;
}

static const char pooled[] = ": a pooler stands between that does not know prepared "
			     "statements (PgBouncer before 1.21): set db.prepare = off";

bool
link_keeps_names(struct db *db, char why[LINK_WHY_SIZE])
{
	db_begin(db);
	db_queue(db, surface.own.ready_check, no_values);
	db_run(db, clock_mono_ms() + CHECK_MS);
	if (!db_may_renew(db) || !is_pooled(db_refusal(db)->sqlstate))
		return true;
	snprintf(why, LINK_WHY_SIZE, "%s%s", db_refusal(db)->message, pooled);
	return false;
}

/*
 * A passing refusal is asked again, on this link or the next; it says nothing of the
 * login.
 */
static enum err
check_refused(const struct db *db, char why[LINK_WHY_SIZE])
{
	const struct db_refusal *refusal = db_refusal(db);
	bool by_pooler = is_pooled(refusal->sqlstate);

	snprintf(why, LINK_WHY_SIZE, "startup_check is refused: %s%s", refusal->message,
		 by_pooler ? pooled : "");
	return by_pooler || db_is_for_good(refusal->sqlstate) ? ERR_INTERNAL : ERR_BUSY;
}

enum err
link_check(struct db *db, struct schema_seen *seen, char why[LINK_WHY_SIZE])
{
	const struct route *gap;
	struct schema_seen found;
	int index;
	enum err e;

	db_begin(db);
	index = db_queue(db, surface.own.startup_check, no_values);
	e = db_run(db, clock_mono_ms() + CHECK_MS);
	if (e == ERR_INVALID || (db_may_renew(db) && is_pooled(db_refusal(db)->sqlstate)))
		return check_refused(db, why);
	if (e != ERR_OK) {
		snprintf(why, LINK_WHY_SIZE, "startup_check has no answer: %s",
			 db_why(db));
		return ERR_BUSY;
	}
	found = schema_seen_at(db, index);
	if (seen != NULL)
		*seen = found;
	if (schema_misfits(&found, why, LINK_WHY_SIZE))
		return ERR_INTERNAL;
	if (db_get(db, index, 0, "reason").len > 0) {
		snprintf(why, LINK_WHY_SIZE,
			 "the login of %s may not serve requests: %.*s; use "
			 "%s, or a role that sql/roles.sql made like it",
			 surface.db_key, STR_FMT(db_get(db, index, 0, "reason")),
			 surface.db_role);
		return ERR_INTERNAL;
	}
	gap = invalidate_gap(db);
	if (gap != NULL) {
		snprintf(why, LINK_WHY_SIZE,
			 "%s %s has no statement that says in _touch what it changed",
			 http_method_name(gap->method), gap->path);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

/* --- a link that is refused ---------------------------------------------- */

void
link_refusal(const struct db *db, const struct config *c, struct names *names,
	     char why[LINK_WHY_SIZE])
{
	const struct db_options like = { .conninfo = program_pool(c)->db_url,
					 .application_name = program_name(),
					 .names = names,
					 .prepare = c->db_prepare };
	char words[256];

	if (is_pooled(db_refused_state(db)))
		snprintf(why, LINK_WHY_SIZE, "%s%s", db_why(db), pooled);
	else if (schema_misfits_link(&like, &surface.statements[surface.own.ready_check],
				     CHECK_MS, words, sizeof(words)))
		snprintf(why, LINK_WHY_SIZE, "%s (%s)", words, db_why(db));
	else
		snprintf(why, LINK_WHY_SIZE,
			 "%s (is the schema up to date? `hob migrate`)", db_why(db));
}

/* --- the history --------------------------------------------------------- */

/*
 * Invalidates cached values of another database, or of a state that this one has lost:
 * here, by a new era for hosts that use Redis with the former key, and because values in
 * Redis are signed with a key that depends on the history.
 */
static void
know_history(struct worker *w, struct str history)
{
	const struct heritage *h = w->heritage;
	struct str secret = heritage_secret(h);
	char text[256];
	uint64_t now = siphash((const unsigned char[SIPHASH_KEY_SIZE]){ 0 }, history);
	uint64_t was = __atomic_exchange_n(&h->shared->history, now, __ATOMIC_SEQ_CST);

	if (was != 0 && was != now) {
		log_say(LOG_WARN, "history_changed",
			"the database went back to an older state of itself, or crashed");
		cache_doubt(&h->shared->caches);
	}
	snprintf(text, sizeof(text), "values in Redis %.*s", STR_FMT(history));
	hmac_sha256(secret, str_of(text), w->remote_key);
	w->remote.key = w->remote_key;
}

/* --- looking ------------------------------------------------------------- */

/*
 * The schema may change under a link that stays. The worker does not wait for the answer:
 * a server that is silent keeps it from no request without a statement. Not sooner than a
 * request gives a link up: a database that is slow keeps its links.
 */
static enum err
look_at_schema(struct worker *w, char why[LINK_WHY_SIZE])
{
	struct schema_seen *seen = &w->heritage->shared->schema;

	if (!db_is_answered(w->db))
		db_ask(w->db, surface.own.ready_check,
		       clock_mono_ms() + w->heritage->config.api_deadline_ms);
	if (db_take_answer(w->db) != ERR_OK)
		return ERR_BUSY;
	*seen = schema_seen_at(w->db, 0);
	return schema_misfits(seen, why, LINK_WHY_SIZE) ? ERR_INTERNAL : ERR_OK;
}

/* Its check was refused for something that passes, and is to be asked again. */
static bool
is_unchecked(const struct worker *w)
{
	return db_state(w->db) == DB_READY && w->links_unchecked == db_links(w->db);
}

bool
link_is_due(const struct worker *w)
{
	int64_t since_ms = clock_mono_ms() - w->checked_ms;

	if (is_unchecked(w))
		return since_ms >= LOOK_AGAIN_MS;
	if (w->links_checked != db_links(w->db) || db_is_answered(w->db))
		return true;
	return !db_is_asking(w->db) && since_ms >= LOOK_EVERY_MS;
}

static enum err
look_at_new(struct worker *w, char why[LINK_WHY_SIZE])
{
	enum err e;

	why[0] = '\0';
	e = link_check(w->db, &w->heritage->shared->schema, why);

	if (e == ERR_OK) {
		know_history(w, db_get(w->db, 0, 0, "history"));
		w->links_checked = db_links(w->db);
	} else if (e == ERR_BUSY && w->links_unchecked != db_links(w->db)) {
		log_say(LOG_WARN, "link_unchecked", "%s", why);
	}
	w->links_unchecked = e == ERR_BUSY ? db_links(w->db) : 0;
	snprintf(w->unchecked, sizeof(w->unchecked), "%s", why);
	return e;
}

/* The slow looks, shown as WORKER_DB_WAIT. */
static enum err
look_long(struct worker *w, char why[LINK_WHY_SIZE])
{
	uint32_t was = w->slot->state;
	enum err e = ERR_INTERNAL;

	if (was != WORKER_STARTING)
		w->slot->state = WORKER_DB_WAIT;
	if (db_state(w->db) == DB_READY)
		e = look_at_new(w, why);
	else
		link_refusal(w->db, &w->heritage->config, &w->heritage->shared->names,
			     why);
	w->slot->state = was;
	return e;
}

static void
look_at_link(struct worker *w)
{
	enum db_state state = db_state(w->db);
	char why[LINK_WHY_SIZE];
	enum err e = ERR_OK;

	if (w->unfit || (state == DB_READY && !link_is_due(w)))
		return;
	w->checked_ms = clock_mono_ms();
	if (state == DB_READY && w->links_checked == db_links(w->db))
		e = look_at_schema(w, why);
	else if (state == DB_READY || state == DB_REFUSED)
		e = look_long(w, why);
	if (e == ERR_INTERNAL) {
		log_say(LOG_ERROR, "cannot_serve", "%s", why);
		w->unfit = true;
	}
}

static bool
is_linked(const struct worker *w)
{
	return !w->unfit && db_state(w->db) == DB_READY &&
	       w->links_checked == db_links(w->db);
}

bool
link_tell(struct worker *w)
{
	bool ready = is_linked(w);
	enum worker_link without = db_is_full(w->db) ? LINK_FULL : LINK_AWAY;

	child_link(w->child, ready ? LINK_READY : without,
		   is_unchecked(w) ? w->unchecked : db_why(w->db));
	return ready;
}

bool
link_step(struct worker *w, int wait_ms, bool hurry)
{
	db_step(w->db, wait_ms, hurry);
	/* Not with a request at hand that has its link: behind it, or in an idle moment. */
	if (!hurry || !is_linked(w))
		look_at_link(w);
	return link_tell(w);
}

bool
link_open(struct worker *w)
{
	return link_step(w, db_is_renewing(w->db) ? RENEW_MS : OPEN_MS, true);
}

bool
link_renew(struct worker *w, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - clock_mono_ms();
	bool good;

	log_say(LOG_INFO, "link_renewed", "%s", db_refusal(w->db)->message);
	db_put_aside(w->db);
	if (left_ms > 0)
		db_await(w->db, left_ms < RENEW_MS ? (int)left_ms : RENEW_MS);
	good = link_step(w, 0, false);
	db_take_back(w->db, good);
	return good;
}

int
link_sleep_ms(const struct worker *w)
{
	int wait_ms = db_wait_ms(w->db),
	    most_ms = is_unchecked(w) ? LOOK_AGAIN_MS : LOOK_EVERY_MS;

	return wait_ms < 0 || wait_ms > most_ms ? most_ms : wait_ms;
}

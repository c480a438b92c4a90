/*
 * link.c: a worker's link to PostgreSQL: is it one to work on, is the schema one that this program
 * may serve with, and in which history of the database are we? What is not fit is answered with
 * 503 and the worker leaves behind the request; nothing exits in the middle of one. Runs in
 * workers, and for `hob-api -t`.
 */
#include "api/link.h"

#include <stdio.h>
#include <string.h>

#include "api/recall.h"
#include "core/clock.h"
#include "crypto/hash.h"
#include "crypto/siphash.h"
#include "log/log.h"
#include "schema.h"

enum {
	CHECK_MS = 2000,
	RENEW_MS = 2000, /* a link is made anew in some 20 ms, far away in 700 */
	LOOK_EVERY_MS = 5000
};

static const char *const no_values[] = { NULL };

/* --- the schema ---------------------------------------------------------- */

/* Does `seen` say that this program may serve with the schema? NULL, or why not. */
static const char *
misfit(const struct schema_seen *seen, char *text, size_t size)
{
	if (seen->database < seen->program)
		snprintf(text, size,
			 "the database has schema version %d, this program wants %d: run "
			 "this program's `hob migrate` first",
			 seen->database, seen->program);
	else if (seen->good_for > seen->program)
		snprintf(text, size,
			 "the database has schema version %d, good for programs since "
			 "version %d, this one knows %d: install a newer Hob",
			 seen->database, seen->good_for, seen->program);
	else
		return NULL;
	return text;
}

static struct schema_seen
schema_at(const struct db *db, int index)
{
	int64_t version = 0, good_for = 0;

	str_to_i64(db_get(db, index, 0, "schema_version"), &version);
	str_to_i64(db_get(db, index, 0, "schema_good_for"), &good_for);
	return (struct schema_seen){ SCHEMA_VERSION, (int32_t)version,
				     (int32_t)good_for };
}
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

enum err
link_check(struct db *db, struct schema_seen *seen, const char **why)
{
	static char text[512];
	const struct route *gap;
	struct schema_seen found;
	int index;
	enum err e;

	db_begin(db);
	index = db_queue(db, Q_STARTUP_CHECK, no_values);
	e = db_run(db, clock_mono_ms() + CHECK_MS);
	*why = text;
	if (e == ERR_INVALID) {
		snprintf(text, sizeof(text), "startup_check is refused: %s%s",
			 db_refusal(db)->message,
			 is_pooled(db_refusal(db)->sqlstate) ? pooled : "");
		return ERR_INTERNAL;
	}
	if (e != ERR_OK)
		return ERR_BUSY;
	found = schema_at(db, index);
	if (seen != NULL)
		*seen = found;
	if (misfit(&found, text, sizeof(text)) != NULL)
		return ERR_INTERNAL;
	if (db_get(db, index, 0, "reason").len > 0) {
		snprintf(text, sizeof(text),
			 "the login of db.url may not serve requests: %.*s; use "
			 "hob_api, or a role that sql/roles.sql made like it",
			 STR_FMT(db_get(db, index, 0, "reason")));
		return ERR_INTERNAL;
	}
	gap = recall_gap(db);
	if (gap != NULL) {
		snprintf(text, sizeof(text),
			 "%s %s has no statement that says in _touch what it changed",
			 http_method_name(gap->method), gap->path);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

/* --- a link that is refused ---------------------------------------------- */

/* What the schema is, when the statements of this program do not fit it. */
static bool
ask_schema(const struct config *c, struct schema_seen *out)
{
	const struct db_statement alone[] = { statements[Q_NONE],
					      statements[Q_READY_CHECK] };
	struct db *db = db_new(&(struct db_options){ .conninfo = c->db_url,
						     .application_name = "hob-api",
						     .prepare = c->db_prepare,
						     .statements = alone,
						     .statement_count = 2 });
	int64_t deadline_ms = clock_mono_ms() + CHECK_MS;
	bool known = db_await(db, CHECK_MS) == DB_READY &&
		     db_queue(db, 1, no_values) == 0 && db_run(db, deadline_ms) == ERR_OK;

	if (known)
		*out = schema_at(db, 0);
	db_free(db);
	return known;
}

const char *
link_refusal(const struct db *db, const struct config *c)
{
	static char text[1024];
	char words[256];
	struct schema_seen seen;

	if (is_pooled(db_refused_state(db)))
		snprintf(text, sizeof(text), "%s%s", db_why(db), pooled);
	else if (ask_schema(c, &seen) && misfit(&seen, words, sizeof(words)) != NULL)
		snprintf(text, sizeof(text), "%s (%s)", words, db_why(db));
	else
		snprintf(text, sizeof(text),
			 "%s (is the schema up to date? `hob migrate`)", db_why(db));
	return text;
}
/* --- the history --------------------------------------------------------- */

/*
 * What was remembered of another database, or of what this one has lost, counts no more: here, by
 * a new era for those who know Redis by the key of before, and because values in Redis are
 * signed with a key that hangs on the history.
 */
static void
know_history(struct worker *w, struct str history)
{
	const struct heritage *h = w->heritage;
	struct str secret = { (const char *)h->cursor_secret, sizeof(h->cursor_secret) };
	uint64_t now = siphash((const unsigned char[SIPHASH_KEY_SIZE]){ 0 }, history);
	uint64_t was = __atomic_exchange_n(&h->shared->history, now, __ATOMIC_SEQ_CST);

	if (was != 0 && was != now) {
		log_say(LOG_WARN, "history_changed",
			"the database went back to an older state of itself, or crashed");
		cache_doubt(&h->shared->caches);
	}
	hmac_sha256(secret,
		    str_of(arena_printf(&w->request, "values in Redis %.*s",
					STR_FMT(history))),
		    w->remote_key);
	w->remote.key = w->remote_key;
}
/* --- looking ------------------------------------------------------------- */

/* The schema may become another under a link that stays. */
static enum err
look_at_schema(struct worker *w, const char **why)
{
	static char text[256];
	struct schema_seen *seen = &w->heritage->shared->schema;

	db_begin(w->db);
	db_queue(w->db, Q_READY_CHECK, no_values);
	/* Not sooner than a request: a database that is slow keeps its links. */
	if (db_run(w->db, clock_mono_ms() + w->heritage->config.api_deadline_ms) !=
	    ERR_OK)
		return ERR_BUSY;
	*seen = schema_at(w->db, 0);
	*why = misfit(seen, text, sizeof(text));
	return *why == NULL ? ERR_OK : ERR_INTERNAL;
}

bool
link_is_due(const struct worker *w)
{
	return w->links_checked != db_links(w->db) ||
	       clock_mono_ms() - w->checked_ms >= LOOK_EVERY_MS;
}

static enum err
look_at_new(struct worker *w, const char **why)
{
	enum err e = link_check(w->db, &w->heritage->shared->schema, why);

	if (e == ERR_OK) {
		know_history(w, db_get(w->db, 0, 0, "history"));
		w->links_checked = db_links(w->db);
	}
	return e;
}

static void
look_at_link(struct worker *w)
{
	const char *why = NULL;
	enum err e = ERR_INTERNAL;

	if (w->unfit || (db_state(w->db) == DB_READY && !link_is_due(w)))
		return;
	w->checked_ms = clock_mono_ms();
	if (db_state(w->db) == DB_READY && w->links_checked == db_links(w->db))
		e = look_at_schema(w, &why);
	else if (db_state(w->db) == DB_READY)
		e = look_at_new(w, &why);
	else if (db_state(w->db) == DB_REFUSED)
		why = link_refusal(w->db, &w->heritage->config);
	else
		return;
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

	prefork_link(w->pool, ready ? LINK_READY : without, db_why(w->db));
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
link_renew(struct worker *w, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - clock_mono_ms();
	bool good;

	log_say(LOG_INFO, "link_renewed", "%s", db_refusal(w->db)->message);
	db_put_aside(w->db);
	if (left_ms > 0)
		db_await(w->db, left_ms < RENEW_MS ? (int)left_ms : RENEW_MS);
	good = link_step(w, 0, false);
	db_take_back(w->db);
	return good;
}

int
link_sleep_ms(const struct worker *w)
{
	int wait_ms = db_wait_ms(w->db);

	return wait_ms < 0 || wait_ms > LOOK_EVERY_MS ? LOOK_EVERY_MS : wait_ms;
}

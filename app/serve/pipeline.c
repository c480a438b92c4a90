/*
 * pipeline.c: the statements of a request, in one pipeline and one round trip: `enter`,
 * the look at its key, the scope, the route's own, and the key that is kept. Runs in workers.
 */
#include "serve/pipeline.h"

#include "db/db.h"
#include "serve/cached.h"
#include "serve/idempotency.h"
#include "serve/invalidate.h"
#include "serve/link.h"
#include "serve/mode.h"
#include "serve/preconditions.h"
#include "serve/principal.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

int
request_queue_also(struct req *r, int statement)
{
	return db_queue(r->worker->db, statement,
			binding_values(r->worker->binding, r, statement));
}

/* :token_hash, :request_id, :address, :reason */
static void
queue_enter(struct req *r)
{
	const char **who = arena_alloc(r->arena, 4 * sizeof(*who));

	who[0] = r->principal.hash;
	who[1] = arena_cstr(r->arena, r->request_id);
	who[2] = arena_cstr(r->arena, request_header(r, "REMOTE_ADDR"));
	who[3] = r->principal.reason;
	r->at.enter = db_queue(r->worker->db, r->principal.scheme->enter, who);
}

/* Behind the caller, who is told first that they are nobody; in each transaction that may change something. */
static void
queue_mode(struct req *r)
{
	static const char *const no_values[] = { NULL };

	if (mode_bars(r->route) && !r->entered && !r->replays)
		db_queue(r->worker->db, surface.own.require_writable, no_values);
}

/* Queues the statements about the caller, before the route's own. */
static void
queue_entrance(struct req *r)
{
	static const char *const no_values[] = { NULL };
	const struct principal *p = &r->principal;
	const char **who;

	if (p->kind != PRINCIPAL_PERSON || r->entered) {
		queue_mode(r);
		return;
	}
	if (p->known) {
		who = arena_alloc(r->arena, 2 * sizeof(*who));
		who[0] = p->user_id.ptr;
		who[1] = p->within;
		r->at.enter = db_queue(r->worker->db, surface.own.enter_known, who);
	} else {
		queue_enter(r);
	}
	queue_mode(r);
	if (p->scheme->may_write != NO_STATEMENT && route_right(r->route) == RIGHT_WRITE)
		db_queue(r->worker->db, p->scheme->may_write, no_values);
	/* Before the scope: what was done may have cost the caller the right to it. */
	if (idempotency_wanted(r))
		r->at.once = request_queue_also(r, r->route->reads_body
							   ? surface.own.once_whole
							   : surface.own.once);
	if (r->learns && r->statement != surface.own.me)
		r->at.me = db_queue(r->worker->db, surface.own.me, no_values);
	if (r->route->access.who == WHO_SCOPED && !r->replays)
		r->at.scope = request_queue_also(r, r->route->access.thing->scope);
}

enum err
request_open(struct req *r)
{
	enum err e = limit_work(r);

	if (e != ERR_OK)
		return e;
	if (!link_open(r->worker))
		return ERR_BUSY;
	db_begin(r->worker->db);
	return ERR_OK;
}

int
request_queue(struct req *r, int statement)
{
	r->at = (struct round){ -1, -1, -1, -1, -1, -1 };
	r->worker->doing->statement = statement;
	queue_entrance(r);
	if (statement != NO_STATEMENT)
		r->at.main = request_queue_also(r, statement);
	/* The request is for the account itself. */
	if (r->learns && statement == surface.own.me)
		r->at.me = r->at.main;
	if (preconditions_want_shown(r, statement))
		r->at.shown = request_queue_also(r, r->route->shows->shown_by);
	if (idempotency_keeps(r, statement))
		request_queue_also(r, surface.own.keep_key);
	return r->at.main;
}

/* The account of `enter`, even when a later statement failed: it is counted, and has a language. */
static void
note_entrance(struct req *r, enum err e)
{
	const struct db *db = r->worker->db;
	int enter = r->at.enter;

	if (enter < 0 || (e != ERR_OK && e != ERR_INVALID) || !db_was_run(db, enter))
		return;
	limit_entered(r, db_row_count(db, enter) == 1 ? db_get(db, enter, 0, "_user_id")
						      : STR(""));
	if (db_row_count(db, enter) == 1 && db_find_column(db, enter, "_locale") >= 0)
		r->principal.locale =
			arena_str(r->arena, db_get(db, enter, 0, "_locale"));
}

static void
know_caller(struct req *r)
{
	const struct db *db = r->worker->db;
	int within = db_find_column(db, r->at.enter, "_within");
	struct str text = within >= 0 ? db_value(db, r->at.enter, 0, within) : STR_NONE;

	r->principal.user_id =
		arena_str(r->arena, db_get(db, r->at.enter, 0, "_user_id"));
	r->principal.within = text.ptr != NULL ? arena_cstr(r->arena, text) : NULL;
}

enum err
request_wait(struct req *r)
{
	struct worker *w = r->worker;
	enum err e;

	w->slot->state = WORKER_DB_WAIT;
	e = db_run(w->db, r->deadline_ms);
	if (db_may_renew(w->db) && link_renew(w, r->deadline_ms))
		e = db_run(w->db, r->deadline_ms);
	invalidate_touched(r, e);
	w->slot->state = WORKER_HANDLING;
	note_entrance(r, e);
	if (e == ERR_INVALID)
		return problem_from_database(r);
	if (e == ERR_OK && r->at.enter >= 0 &&
	    !db_refused(w->db, r->at.enter, r->at.enter + 1))
		know_caller(r);
	if (e == ERR_OK)
		cached_keep_caller(r);
	return e;
}

void
request_meet(struct req *r)
{
	const struct req was = *r;

	if (request_open(r) == ERR_OK) {
		r->at = (struct round){ -1, -1, -1, -1, -1, -1 };
		queue_enter(r);
		request_wait(r);
	}
	r->code = was.code;
	r->detail = was.detail;
	r->extra = was.extra;
	r->error_count = was.error_count;
	r->retry_after_s = was.retry_after_s;
}

enum err
request_run(struct req *r, int statement, int *out)
{
	enum err e = request_open(r);

	if (e != ERR_OK)
		return e;
	*out = request_queue(r, statement);
	return request_wait(r);
}

/*
 * parts.c: requests inside of one, on one round trip. Runs in workers.
 */
#include "serve/parts.h"

#include <string.h>

#include "core/die.h"
#include "db/db.h"
#include "serve/idempotency.h"
#include "serve/pipeline.h"
#include "serve/preconditions.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/surface.h"
#include "serve/worker.h"

static void
release(void *arg)
{
	struct parts *p = arg;

	for (int i = 0; i < p->count; i++)
		http_response_release(&p->list[i].out);
}

void
parts_init(struct req *whole, struct parts *p, int max)
{
	*p = (struct parts){ .list = arena_zalloc(whole->arena, (size_t)max,
						  sizeof(*p->list)),
			     .max = max };
	arena_defer(whole->arena, release, p);
}

struct part *
part_begin(struct req *whole, struct parts *p, enum http_method method, const char *path)
{
	struct part *part = &p->list[p->count];
	struct req *r = &part->req;

	if (p->count++ == p->max)
		die("a request has more than the %d parts that it may have", p->max);
	*r = *whole;
	http_response_init(&part->out);
	r->out = &part->out;
	r->method = method;
	r->route_index = surface_find(method, path);
	r->route = surface_route(r->route_index);
	r->statement = (int)r->route->statement;
	r->learns = false; /* the whole does */
	r->values[VALUE_ONCE_KEY] = NULL;
	memset(r->body, 0, sizeof(r->body));
	request_values(r);
	return part;
}

struct part *
part_join(struct req *whole, struct parts *p, enum http_method method, const char *path,
	  struct str thing)
{
	struct part *part = part_begin(whole, p, method, path);

	part->joined = true;
	part->req.match.params[0] = thing;
	part->req.entered = true;
	return part;
}

void
part_derive_key(struct req *whole, struct parts *p)
{
	struct req *r = &p->list[p->count - 1].req;
	const char *body = r->values[VALUE_BODY];

	if (whole->values[VALUE_ONCE_KEY] == NULL)
		return;
	/* No key of a client has a space. */
	r->values[VALUE_ONCE_KEY] =
		arena_printf(r->arena, "%s %d", whole->values[VALUE_ONCE_KEY],
			     p->count - 1);
	r->values[VALUE_ONCE_REQUEST] = idempotency_hash(r, str_of(body ? body : ""));
	r->values[VALUE_ONCE_WHOLE] = whole->values[VALUE_ONCE_KEY];
	r->values[VALUE_ONCE_WHOLE_REQUEST] = whole->values[VALUE_ONCE_REQUEST];
}

/* --- running ------------------------------------------------------------- */

/* The caller first, in a transaction of its own: a part may not even be sent. */
static enum err
open_round(struct req *whole, struct parts *p)
{
	enum err e = request_open(whole);

	if (e != ERR_OK)
		return e;
	p->index = request_queue(whole, whole->statement);
	db_sync(whole->worker->db);
	p->entrance = db_queued(whole->worker->db);
	return ERR_OK;
}

/* The parts of the transaction that begins with `first`. */
static int
joined(const struct parts *p, int first)
{
	int n = 1;

	while (first + n < p->count && p->list[first + n].joined)
		n++;
	return n;
}

static bool
can_run(const struct parts *p, int first)
{
	for (int i = first; i < first + joined(p, first); i++)
		if (p->list[i].e != ERR_OK)
			return false;
	return true;
}

static void
queue_again(struct part *p, int statement)
{
	struct db *db = p->req.worker->db;

	p->from = db_queued(db);
	p->index = request_queue(&p->req, statement);
	db_sync(db);
	p->to = db_queued(db);
}

static void
queue_transaction(struct parts *p, int first)
{
	static const char *const no_values[] = { NULL };
	struct part *head = &p->list[first];
	struct db *db = head->req.worker->db;

	head->from = db_queued(db);
	for (int i = first; i < first + joined(p, first); i++) {
		struct part *part = &p->list[i];

		part->index = request_queue(&part->req, part->req.statement);
	}
	if (p->rehearsal)
		db_queue(db, surface.own.rehearsed, no_values);
	db_sync(db);
	head->to = db_queued(db);
}

/* Was the key of the whole used before? */
static bool
is_again(const struct req *whole)
{
	const struct db *db = whole->worker->db;
	int once = whole->at.once;

	return once >= 0 && db_was_run(db, once) && db_row_count(db, once) == 1 &&
	       str_is(db_get(db, once, 0, "_replayed"), "t");
}

static enum err
wait_round(struct req *whole, const struct parts *p)
{
	enum err e = request_wait(whole);

	if (e == ERR_OK && is_again(whole)) {
		whole->by_key = true;
		http_response_header(whole->out, "Idempotency-Replayed", STR("true"));
		/* What it may have lost the right to was allowed the first time. */
		return ERR_OK;
	}
	/* With several transactions request_wait does not fail for one; the first is
	 * the caller's. */
	if (e == ERR_OK && db_refused(whole->worker->db, 0, p->entrance))
		return problem_from_database(whole);
	return e;
}

static enum err
settle(const struct parts *p, struct part *head)
{
	struct db *db = head->req.worker->db;
	enum err e;

	if (!db_refused(db, head->from, head->to))
		e = reply_rows(&head->req, head->index);
	else if (p->rehearsal && strcmp(db_refusal(db)->sqlstate, "HB200") == 0)
		return ERR_OK;
	else
		e = problem_from_database(&head->req);
	return e == ERR_DONE ? e : replay_outcome(&head->req, e);
}

/* A twin of the whole is at one of its parts: what is done stands, and the next try shows it. */
static enum err
twin_running(const struct parts *p)
{
	for (int i = 0; i < p->count; i++)
		if (p->list[i].e == ERR_RUNNING)
			return ERR_RUNNING;
	return ERR_OK;
}

enum err
parts_run(struct req *whole, struct parts *p)
{
	enum err e = open_round(whole, p);

	for (int i = 0; i < p->count && e == ERR_OK; i += joined(p, i))
		if (can_run(p, i))
			queue_transaction(p, i);
	if (e == ERR_OK)
		e = wait_round(whole, p);
	for (int i = 0; i < p->count && e == ERR_OK; i += joined(p, i))
		if (can_run(p, i))
			p->list[i].e = settle(p, &p->list[i]);
	return e == ERR_OK ? twin_running(p) : e;
}

enum err
parts_show_done(struct req *whole, struct parts *p)
{
	enum err e;
	int done = 0;

	for (int i = 0; i < p->count; i++)
		done += p->list[i].e == ERR_DONE;
	if (done == 0)
		return ERR_OK;
	whole->replays = true;
	e = open_round(whole, p);
	for (int i = 0; i < p->count && e == ERR_OK; i++)
		if (p->list[i].e == ERR_DONE)
			queue_again(&p->list[i], replay_statement(&p->list[i].req));
	if (e == ERR_OK)
		e = wait_round(whole, p);
	for (int i = 0; i < p->count && e == ERR_OK; i++) {
		struct part *part = &p->list[i];

		if (part->e != ERR_DONE)
			continue;
		part->e = db_refused(whole->worker->db, part->from, part->to)
				  ? problem_from_database(&part->req)
				  : replay_reply(&part->req, part->index);
	}
	return e;
}

void
part_refuse(struct req *whole, struct part *p)
{
	p->req.principal.locale = whole->principal.locale;
	problem_reply(&p->req, p->e);
	whole->speaks = true;
}

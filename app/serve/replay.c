/*
 * replay.c: the outcome of a write that was done before: its object is shown again. Only
 * this takes a second round trip. Runs in workers.
 */
#include "serve/replay.h"

#include "db/db.h"
#include "serve/idempotency.h"
#include "serve/pipeline.h"
#include "serve/preconditions.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

static int
status_of(const struct req *r)
{
	if (r->route->reply == NO_CONTENT)
		return 204;
	if (r->route->reply == ACCEPTED)
		return 202;
	return r->route->reply == CREATED && r->by_key && !r->found ? 201 : 200;
}

int
replay_statement(struct req *r)
{
	const struct thing *shown = replayed_thing(r->route);

	if (r->by_key)
		http_response_header(r->out, "Idempotency-Replayed", STR("true"));
	r->replays = true;
	r->values[VALUE_IF_VERSIONS] = NULL;
	r->out->status = status_of(r);
	r->statement = shown != NULL && !route_shows_nothing(r->route) ? shown->shown_by
								       : NO_STATEMENT;
	return r->statement;
}

enum err
replay_gone(struct req *r)
{
	return request_fail(r, ERR_GONE, NULL,
			    "This was done before, and what it was about is gone since.");
}

/* Without rows: it is gone, or an id is of something that the caller may not see. */
static enum err
nothing_left(struct req *r)
{
	return r->by_key ? replay_gone(r) : ERR_CONFLICT;
}

enum err
replay_reply(struct req *r, int index)
{
	if (db_row_count(r->worker->db, index) == 0)
		return nothing_left(r);
	r->code = r->detail = NULL;
	return reply_made(r, index, r->out->status);
}

enum err
replay_run(struct req *r, int *index)
{
	int statement = replay_statement(r);
	enum err e;

	*index = -1;
	if (statement == NO_STATEMENT)
		return ERR_OK;
	e = request_run(r, statement, index);
	if (e == ERR_OK && db_row_count(r->worker->db, *index) == 0)
		return nothing_left(r);
	return e;
}

static enum err
replay(struct req *r)
{
	int index;
	enum err e = replay_run(r, &index);

	return e == ERR_OK && index >= 0 ? replay_reply(r, index) : e;
}

enum err
replay_outcome(struct req *r, enum err e)
{
	if (e == ERR_DONE)
		return replay(r);
	if (e == ERR_NOT_FOUND && r->values[VALUE_IF_VERSIONS] != NULL)
		return preconditions_stale(r);
	return e;
}

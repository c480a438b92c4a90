/*
 * replay.c: the outcome of a write that was done before: its object is shown again. Only
 * this takes a second round trip. Runs in workers.
 */
#include "serve/replay.h"

#include "db/db.h"
#include "serve/pipeline.h"
#include "serve/preconditions.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"

int
replay_statement(struct req *r)
{
	bool by_key = r->values[VALUE_ONCE_KEY] != NULL && r->code == NULL;

	if (by_key)
		http_response_header(r->out, "Idempotency-Replayed", STR("true"));
	r->values[VALUE_ONCE_KEY] = NULL;
	r->statement = r->route->shows ? r->route->shows->shown_by : NO_STATEMENT;
	r->out->status = r->statement == NO_STATEMENT		? 204
			 : by_key && r->route->reply == CREATED ? 201
								: 200;
	return r->statement;
}

enum err
replay_reply(struct req *r, int index)
{
	if (db_row_count(r->worker->db, index) > 0) {
		r->code = r->detail = NULL;
		return reply_made(r, index, r->out->status);
	}
	return r->out->status == 201
		       ? request_fail(r, ERR_GONE, NULL,
				      "What this request has made is gone since.")
		       : ERR_CONFLICT;
}

static enum err
replay(struct req *r)
{
	int index, statement = replay_statement(r);
	enum err e = ERR_OK;

	if (statement == NO_STATEMENT)
		return ERR_OK;
	e = request_run(r, statement, &index);
	return e == ERR_OK ? replay_reply(r, index) : e;
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

/*
 * stages.c: the way of one request. Each stage sees what the ones before it have
 * checked; the first that fails ends the way, and its error becomes the reply in
 * one place. Runs in workers.
 */
#include "serve/request.h"

#include <string.h>

#include "core/clock.h"
#include "core/date.h"
#include "core/die.h"
#include "core/uuid.h"
#include "serve/cached.h"
#include "serve/idempotency.h"
#include "serve/include.h"
#include "serve/link.h"
#include "serve/mode.h"
#include "serve/pipeline.h"
#include "serve/preconditions.h"
#include "serve/principal.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/stream.h"
#include "serve/surface.h"
#include "serve/worker.h"

/* --- the stages, in order ------------------------------------------------ */

/* "//api/lamps" comes of a base address with a slash at its end. */
static struct str
without_more_slashes(struct str path)
{
	while (path.len > 1 && path.ptr[1] == '/')
		path = (struct str){ path.ptr + 1, path.len - 1 };
	return path;
}

static enum err
stage_route(struct req *r)
{
	struct str query = request_header(r, "REQUEST_URI");
	struct str path = without_more_slashes(str_cut(&query, '?'));
	enum err e;

	r->method = http_method_parse(request_header(r, "REQUEST_METHOD"));
	e = router_find(r->worker->router, r->arena, r->method, path, &r->match);
	if (e == ERR_MALFORMED)
		return request_fail(r, e, NULL,
				    "The address cannot be read: an escape or a "
				    "character in it is wrong.");
	r->answered = e == ERR_METHOD && cors_preflight(r);
	if (e != ERR_OK)
		return r->answered ? ERR_OK : e;
	r->route_index = r->match.route;
	r->route = surface_route(r->route_index);
	r->statement = (int)r->route->statement;
	r->worker->doing->route = r->route_index;
	return ERR_OK;
}

/*
 * A malformed secret in the path is counted by address, as on every path without a
 * session.
 */
static enum err
stage_identify(struct req *r)
{
	enum err e = principal_identify(r);

	return e == ERR_NOT_FOUND && limit_request(r) == ERR_TOO_MANY ? ERR_TOO_MANY : e;
}

enum err
request_values(struct req *r)
{
	char *now = arena_alloc(r->arena, 28);

	instant_format_us(r->start_us, now);
	r->values[VALUE_NOW] = now;
	if (r->method == HTTP_POST) {
		char *id = arena_alloc(r->arena, UUID_TEXT_SIZE);

		uuid_v7(id);
		r->values[VALUE_NEW_ID] = id;
	}
	if (statement_takes(r->statement, "labels"))
		r->values[VALUE_LABELS] = request_language(r)->labels;
	if (statement_takes(r->statement, "language"))
		request_bind_language(r);
	r->values[VALUE_SCOPE_ROLE] = surface.roles[r->route->access.role].name;
	return ERR_OK;
}

/* The usual route: one statement and its rows. */
static enum err
run_statement(struct req *r, int *index)
{
	enum err e = include_run(r, index);

	limit_secret_settle(r, e);
	if (e == ERR_OK)
		e = reply_rows(r, *index);
	if (e == ERR_OK)
		include_reply(r);
	if (e == ERR_OK)
		reply_reveal(r);
	return e;
}

static enum err
stage_prepare(struct req *r)
{
	return r->route->prepare != NULL ? r->route->prepare(r) : ERR_OK;
}

static enum err
stage_handle(struct req *r)
{
	int index = -1;
	enum err e = r->route->handler != NULL ? r->route->handler(r)
					       : run_statement(r, &index);

	if (e == ERR_OK)
		cached_keep_answer(r, index);
	return replay_outcome(r, e);
}

/* clang-format off */
static enum err (*const stages[])(struct req *) = {
	stage_route, stage_identify, cached_caller, limit_request, mode_look, request_values, request_decode,
	preconditions_read, idempotency_read, cached_answer, stage_prepare, stage_handle,
};
/* clang-format on */

/* --- replies ------------------------------------------------------------- */

void
request_add_headers(struct req *r, uint64_t round_trips)
{
	const struct worker *w = r->worker;
	int max_age_s = r->route ? r->route->max_age_s : 0;

	http_response_header(r->out, "X-Request-Id", r->request_id);
	if (r->speaks)
		http_response_header(r->out, "Content-Language",
				     str_of(request_language(r)->tag));
	limit_add_headers(r);
	cors_add_headers(r);
	if (max_age_s > 0 && (r->out->status == 200 || r->out->status == 304)) {
		http_response_header(r->out, "Cache-Control",
				     str_of(arena_printf(r->arena, "public, max-age=%d",
							 max_age_s)));
		http_response_header(r->out, "Vary", STR("Accept-Language"));
	} else {
		/* What is shown to who comes by a cookie stays on no disk of theirs. */
		http_response_header(r->out, "Cache-Control",
				     surface_takes_from(CREDENTIAL_COOKIE)
					     ? STR("no-store")
					     : STR("private, no-cache"));
		http_response_header(r->out, "Vary", str_of(principal_vary(r)));
	}
	if (!w->heritage->config.debug_headers)
		return;
	http_response_header(r->out, "X-Hob-Round-Trips",
			     str_of(arena_printf(r->arena, "%d", (int)round_trips)));
	http_response_header(r->out, "X-Hob-Worker",
			     str_of(arena_printf(r->arena, "%d", (int)w->slot->pid)));
}

void
request_refuse(struct req *r, enum err e)
{
	problem_reply(r, e);
	request_add_headers(r, 0);
}

/*
 * Who made a fault that needed no database is told in the language of their account. For that the worker's
 * cache is asked, and then the database, if this host knows the session: a stranger costs it nothing.
 */
static void
meet_caller(struct req *r, enum err e)
{
	if (!request_language_is_open(r))
		return;
	cached_locale(r);
	if (request_language_is_open(r) && !r->asked_for_work && problem_is_fault(e) &&
	    limit_knows(r))
		request_meet(r);
}

void
request_serve(struct req *r)
{
	enum err e = ERR_OK;

	r->trips_before = db_round_trips(r->worker->db);
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		e = stages[i](r);
		if (e != ERR_OK || r->answered)
			break;
	}
	if (r->out->in_parts) {
		stream_end(r, e);
		return;
	}
	if (e != ERR_OK) {
		meet_caller(r, e);
		problem_reply(r, e);
	} else {
		limit_answer(r);
		preconditions_tag(r);
	}
	request_add_headers(r, db_round_trips(r->worker->db) - r->trips_before);
}

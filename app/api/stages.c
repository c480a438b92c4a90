/*
 * stages.c: the way of one request. Each stage sees what the ones before it have
 * checked; the first that fails ends the way, and its error becomes the reply in
 * one place. Runs in workers.
 */
#include "api/request.h"

#include <string.h>

#include "api/conditions.h"
#include "api/link.h"
#include "api/recall.h"
#include "api/reply.h"
#include "api/worker.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/die.h"
#include "core/uuid.h"
#include "crypto/token.h"
#include "fcgi/fcgi.h"

/* Behind `enter`, in the pipeline of a read by somebody who is not known yet. */
enum { ME_INDEX = 1 };

struct str
request_header(const struct req *r, const char *name)
{
	return fcgi_param(r->fcgi, name);
}

const char *
request_field(const struct req *r, const char *name)
{
	int i = field_index(r->route->body, name);

	if (i < 0)
		die("%s has no field \"%s\"", r->route->path, name);
	return r->body[i];
}

const char *
request_query(const struct req *r, const char *name)
{
	int i = field_index(r->route->query, name);

	if (i < 0)
		die("%s has no query field \"%s\"", r->route->path, name);
	return r->query[i];
}

/* --- the stages, in order ------------------------------------------------ */

/* "//api/tasks" comes of a base address with a slash at its end. */
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
				    "The path holds a bad escape, a NUL or bad UTF-8.");
	r->answered = e == ERR_METHOD && cors_preflight(r);
	if (e != ERR_OK)
		return r->answered ? ERR_OK : e;
	r->route_index = r->match.route;
	r->route = &routes[r->route_index];
	r->statement = (int)r->route->statement;
	r->worker->slot->route = r->route_index;
	return ERR_OK;
}

/* A key that was never given out is refused here, without asking the database. */
static enum err
stage_identify(struct req *r)
{
	struct str key;
	char *hash;

	if (r->route->access.who != WHO_SIGNED && r->route->access.who != WHO_SCOPED)
		return ERR_OK;
	key = http_authorization_key(request_header(r, "HTTP_AUTHORIZATION"));
	if (!token_is(key))
		return ERR_UNAUTHORIZED;
	hash = arena_alloc(r->arena, SHA256_HEX_SIZE);
	token_hash(key, hash);
	r->values[VALUE_TOKEN_HASH] = hash;
	return ERR_OK;
}

enum err
request_values(struct req *r)
{
	/* clang-format off */
	static const char *const role_names[] = {
		[ROLE_NONE] = NULL, [ROLE_VIEW] = "viewer", [ROLE_EDIT] = "member",
		[ROLE_MANAGE] = "manager", [ROLE_OWN] = "owner",
	};
	/* clang-format on */
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
	r->values[VALUE_SCOPE_ROLE] = role_names[r->route->access.role];
	return ERR_OK;
}

static enum err
stage_handle(struct req *r)
{
	int index = -1;
	enum err e;

	if (r->route->handler != NULL)
		e = r->route->handler(r);
	else
		e = request_run(r, r->statement, &index);
	if (e == ERR_OK && r->route->handler == NULL)
		e = reply_rows(r, index);
	if (e == ERR_OK)
		recall_keep_answer(r, index);
	return conditions_outcome(r, e, index + 1);
}

/* clang-format off */
static enum err (*const stages[])(struct req *) = {
	stage_route, stage_identify, recall_caller, limit_request, request_values, request_decode,
	conditions_read, recall_answer, stage_handle,
};
/* clang-format on */

/* --- the pipeline -------------------------------------------------------- */

static int
queue(struct req *r, int statement)
{
	return db_queue(r->worker->db, statement,
			binding_values(r->worker->binding, r, statement));
}

/* What a worker has to know of the caller before the route's own statement runs. */
static void
queue_entrance(struct req *r)
{
	static const char *const no_values[] = { NULL };
	const char **who;

	if (r->values[VALUE_TOKEN_HASH] == NULL)
		return;
	/* :token_hash or :user_id, and :request_id */
	who = arena_alloc(r->arena, 2 * sizeof(*who));
	who[0] = r->known ? r->user_id.ptr : r->values[VALUE_TOKEN_HASH];
	who[1] = arena_cstr(r->arena, r->request_id);
	db_queue(r->worker->db, r->known ? Q_ENTER_KNOWN : Q_ENTER, who);
	if (r->learns && r->statement != Q_ME)
		db_queue(r->worker->db, Q_ME, no_values);
	if (r->route->access.who == WHO_SCOPED)
		queue(r, scope_statement(r->route->access.thing));
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
	int index = -1;

	r->worker->slot->statement = statement;
	queue_entrance(r);
	if (conditions_want_once(r, statement))
		queue(r, Q_ONCE);
	if (statement != Q_NONE)
		index = queue(r, statement);
	if (conditions_want_shown(r, statement))
		queue(r, (int)r->route->shown_by);
	return index;
}

/* Whatever became of the rest: `enter` goes first, and says whose session it is. */
static void
count_entrance(struct req *r, enum err e)
{
	const struct db *db = r->worker->db;

	if (r->values[VALUE_TOKEN_HASH] == NULL || (e != ERR_OK && e != ERR_INVALID))
		return;
	limit_entered(r,
		      db_row_count(db, 0) == 1 ? db_get(db, 0, 0, "_user_id") : STR(""));
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
	recall_touch(r, e);
	w->slot->state = WORKER_HANDLING;
	count_entrance(r, e);
	if (e == ERR_INVALID)
		return problem_from_database(r);
	/* `enter` goes first. */
	if (e == ERR_OK && r->values[VALUE_TOKEN_HASH] != NULL &&
	    !db_refused(w->db, 0, 1))
		r->user_id = arena_str(r->arena, db_get(w->db, 0, 0, "_user_id"));
	if (e == ERR_OK)
		recall_keep_caller(r, ME_INDEX);
	return e;
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

/* --- replies ------------------------------------------------------------- */

static void
add_common_headers(struct req *r, uint64_t round_trips)
{
	const struct worker *w = r->worker;
	int max_age_s = r->route ? r->route->max_age_s : 0;

	http_response_header(r->out, "X-Request-Id", r->request_id);
	if (r->language != NULL)
		http_response_header(r->out, "Content-Language",
				     str_of(r->language->tag));
	limit_add_headers(r);
	cors_add_headers(r);
	if (max_age_s > 0 && (r->out->status == 200 || r->out->status == 304)) {
		http_response_header(r->out, "Cache-Control",
				     str_of(arena_printf(r->arena, "public, max-age=%d",
							 max_age_s)));
		http_response_header(r->out, "Vary", STR("Accept-Language"));
	} else {
		http_response_header(r->out, "Cache-Control", STR("private, no-cache"));
		http_response_header(r->out, "Vary",
				     STR("Authorization, Accept-Language"));
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
	add_common_headers(r, 0);
}

void
request_serve(struct req *r)
{
	uint64_t before = db_round_trips(r->worker->db);
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		e = stages[i](r);
		if (e != ERR_OK || r->answered)
			break;
	}
	if (e != ERR_OK) {
		problem_reply(r, e);
	} else {
		limit_answer(r);
		conditions_tag(r);
	}
	add_common_headers(r, db_round_trips(r->worker->db) - before);
}

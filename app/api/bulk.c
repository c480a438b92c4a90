/*
 * bulk.c: many small requests as one. Each part is the request it would be alone (the same
 * route, fields, statements and problems) and a transaction of its own; all of them
 * go to the database and come back together. Runs in workers.
 */
#include "api/handlers.h"

#include <stdlib.h>
#include <string.h>

#include "api/conditions.h"
#include "api/reply.h"
#include "api/worker.h"
#include "core/die.h"
#include "core/uuid.h"
#include "db/db.h"
#include "json/json.h"

enum { PARTS_MAX = 100, BULK_MAX_BYTES = 1 << 20, LISTS = 4, TAKEN_MAX = 2 };

/* The whole body was held against its own. */
static const struct json_limits part_limits = { .depth = 16, .values = SIZE_MAX };

struct part {
	struct req req;
	struct http_response out;
	enum err e;
	int from, index, to; /* its statements in the pipeline */
};

struct bulk {
	struct part *parts;
	int count;
	int ends[LISTS]; /* of each list, the parts before it stand before the next */
};

static const char *const nothing[] = { NULL };
static const char *const id_and_version[] = { "id", "version", NULL };
static const char *const task_id[] = { "task_id", NULL };

/*
 * A list of the body, what each of its items is a request to, and what it adds to its
 * fields: which task it is about stands first.
 */
/* clang-format off */
static const struct list {
	const char *name, *results, *thing;
	enum http_method method;
	const char *path;
	const char *const *taken;
} lists[LISTS] = {
	{ "create",   "created",   "task",       HTTP_POST,  "/api/tasks", nothing },
	{ "update",   "updated",   "task",       HTTP_PATCH, "/api/tasks/{task_id}", id_and_version },
	{ "complete", "completed", "completion", HTTP_POST,  "/api/tasks/{task_id}/complete", task_id },
	{ "skip",     "skipped",   "completion", HTTP_POST,  "/api/tasks/{task_id}/skip", task_id },
};
/* clang-format on */

/* --- reading ------------------------------------------------------------- */

static int
find_route(enum http_method method, const char *path)
{
	for (int i = 0; i < route_count; i++)
		if (routes[i].method == method && strcmp(routes[i].path, path) == 0)
			return i;
	die("%s has no route", path);
}

/* Which object an item is about, and which version of it. */
static void
take_target(struct req *r, const struct list *list, const struct json_doc *doc)
{
	const char *name = list->taken[0];
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(doc->root, name);
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(doc->root, "version");

	if (id == NULL)
		request_invalid_body(r, name, "required", "is missing");
	else if (!cJSON_IsString(id) || !uuid_is(str_of(id->valuestring)))
		request_invalid_body(r, name, "format", "must be a UUID");
	else
		r->match.params[0] = str_of(id->valuestring);
	if (version == NULL || list->taken != id_and_version)
		return;
	if (!cJSON_IsNumber(version) || version->valuedouble != version->valueint)
		request_invalid_body(r, "version", "type", "must be a whole number");
	r->values[VALUE_IF_VERSIONS] = arena_printf(r->arena, "{%d}", version->valueint);
}

/*
 * A key for all is a key for each: the part's number goes with it. A change needs none: it
 * can be done twice, and its version guards it.
 */
static void
derive_key(struct req *r, const struct req *whole, int number)
{
	r->values[VALUE_ONCE_KEY] = NULL;
	if (whole->values[VALUE_ONCE_KEY] == NULL || r->method != HTTP_POST)
		return;
	r->values[VALUE_ONCE_KEY] =
		arena_printf(r->arena, "%s#%d", whole->values[VALUE_ONCE_KEY], number);
	r->values[VALUE_ONCE_REQUEST] = conditions_hash(r);
}

static enum err
read_part(struct req *r, const struct list *list, struct str text)
{
	struct json_doc doc = { 0 };
	struct json_fault fault;

	/* Its syntax was checked with the whole. */
	json_read(r->arena, text, part_limits, &doc, &fault);
	if (!cJSON_IsObject(doc.root))
		return request_fail(r, ERR_MALFORMED, "malformed_json",
				    "Each item must be a JSON object.");
	if (list->taken != nothing)
		take_target(r, list, &doc);
	if (request_decode_object(r, &doc, list->taken) == ERR_OK)
		conditions_of_body(r);
	return r->error_count ? ERR_INVALID : ERR_OK;
}

static void
begin_part(struct req *whole, struct bulk *b, const struct list *list, struct str text)
{
	struct part *p = &b->parts[b->count];
	struct req *r = &p->req;

	*r = *whole;
	http_response_init(&p->out);
	r->out = &p->out;
	r->method = list->method;
	r->route_index = find_route(list->method, list->path);
	r->route = &routes[r->route_index];
	r->statement = (int)r->route->statement;
	request_values(r);
	p->e = read_part(r, list, text);
	derive_key(r, whole, b->count);
	b->count++;
}

static void
read_list(struct req *whole, struct bulk *b, const struct list *list, struct str text)
{
	struct json_outline items = { 0 };
	struct json_fault fault;

	json_outline(whole->arena, text, part_limits, &items, &fault);
	if (items.first != '[') {
		request_invalid_body(whole, list->name, "type", "must be a list");
		return;
	}
	if (items.count > (size_t)(PARTS_MAX - b->count)) {
		request_invalid_body(whole, list->name, "too_long",
				     "must leave it at 100 items in all");
		return;
	}
	for (size_t i = 0; i < items.count; i++)
		begin_part(whole, b, list, items.raw[i]);
}

static struct str
member_text(const struct json_outline *body, const char *name)
{
	for (size_t i = 0; i < body->count; i++)
		if (str_is(body->names[i], name))
			return body->raw[i];
	return STR_NONE;
}

static bool
is_list(struct str name)
{
	for (int i = 0; i < LISTS; i++)
		if (str_is(name, lists[i].name))
			return true;
	return false;
}

/* As many as the parts may have that have most, and what they stand in. */
static size_t
values_max(void)
{
	size_t most = 0;

	for (int i = 0; i < LISTS; i++) {
		int route = find_route(lists[i].method, lists[i].path);
		size_t n = field_values_max(routes[route].body) + TAKEN_MAX;

		most = n > most ? n : most;
	}
	return 1 + LISTS + PARTS_MAX * most;
}

static enum err
read_bulk(struct req *r, struct bulk *b)
{
	struct json_outline body = { 0 };
	enum err e = request_outline(r, BULK_MAX_BYTES, values_max(), &body);

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < body.count; i++)
		if (!is_list(body.names[i]) && r->error_count < REQUEST_ERRORS_MAX)
			request_invalid_body(r, arena_cstr(r->arena, body.names[i]),
					     "unknown_field", "is not known here");
	for (int i = 0; i < LISTS; i++) {
		struct str text = member_text(&body, lists[i].name);

		if (text.ptr != NULL)
			read_list(r, b, &lists[i], text);
		b->ends[i] = b->count;
	}
	if (r->error_count == 0 && b->count == 0)
		request_invalid_body(r, lists[0].name, "required",
				     "is missing, and so are the other lists");
	return r->error_count ? ERR_INVALID : ERR_OK;
}

/* --- running ------------------------------------------------------------- */

/* The caller first, in a transaction of its own: a part may not even be sent. */
static enum err
open_round(struct req *whole)
{
	enum err e = request_open(whole);

	if (e != ERR_OK)
		return e;
	whole->values[VALUE_ONCE_KEY] = NULL;
	request_queue(whole, Q_NONE);
	db_sync(whole->worker->db);
	return ERR_OK;
}

static void
queue_part(struct part *p, int statement)
{
	struct db *db = p->req.worker->db;

	p->from = db_queued(db);
	p->index = request_queue(&p->req, statement);
	db_sync(db);
	p->to = db_queued(db);
}

static enum err
wait_round(struct req *whole)
{
	enum err e = request_wait(whole);

	/* Of several transactions the wait says nothing; one alone is the caller's. */
	if (e == ERR_OK && db_refused(whole->worker->db, 0, 1))
		return problem_from_database(whole);
	return e;
}

static enum err
settle(struct part *p)
{
	enum err e;

	if (p->e != ERR_OK)
		return p->e;
	if (db_refused(p->req.worker->db, p->from, p->to))
		e = problem_from_database(&p->req);
	else
		e = reply_rows(&p->req, p->index);
	return e == ERR_DONE ? e : conditions_outcome(&p->req, e, p->index + 1);
}

static enum err
run_all(struct req *whole, struct bulk *b)
{
	enum err e = open_round(whole);

	for (int i = 0; i < b->count && e == ERR_OK; i++)
		if (b->parts[i].e == ERR_OK)
			queue_part(&b->parts[i], b->parts[i].req.statement);
	if (e == ERR_OK)
		e = wait_round(whole);
	for (int i = 0; i < b->count && e == ERR_OK; i++)
		b->parts[i].e = settle(&b->parts[i]);
	return e;
}

/* What was done already by an earlier request is shown, all of it by one more round trip. */
static enum err
repeat_done(struct req *whole, struct bulk *b)
{
	enum err e;
	int done = 0;

	for (int i = 0; i < b->count; i++)
		done += b->parts[i].e == ERR_DONE;
	if (done == 0)
		return ERR_OK;
	e = open_round(whole);
	for (int i = 0; i < b->count && e == ERR_OK; i++)
		if (b->parts[i].e == ERR_DONE)
			queue_part(&b->parts[i], conditions_again(&b->parts[i].req));
	if (e == ERR_OK)
		e = wait_round(whole);
	for (int i = 0; i < b->count && e == ERR_OK; i++) {
		struct part *p = &b->parts[i];

		if (p->e != ERR_DONE)
			continue;
		p->e = db_refused(whole->worker->db, p->from, p->to)
			       ? problem_from_database(&p->req)
			       : conditions_repeat(&p->req, p->index);
	}
	return e;
}

/* --- replying ------------------------------------------------------------ */

static void
add_results(struct strbuf *body, const struct bulk *b, int list)
{
	int from = list > 0 ? b->ends[list - 1] : 0;

	strbuf_addf(body, "\"%s\":[", lists[list].results);
	for (int i = from; i < b->ends[list]; i++) {
		struct part *p = &b->parts[i];

		if (p->e != ERR_OK)
			problem_reply(&p->req, p->e);
		strbuf_addf(body, "%s{\"status\":%d,\"%s\":", i > from ? "," : "",
			    p->out.status,
			    p->e == ERR_OK ? lists[list].thing : "problem");
		strbuf_add(body, strbuf_str(&p->out.body));
		strbuf_add_char(body, '}');
	}
	strbuf_add_char(body, ']');
}

static void
release(void *arg)
{
	struct bulk *b = arg;

	for (int i = 0; i < b->count; i++)
		http_response_release(&b->parts[i].out);
}

enum err
bulk_tasks(struct req *r)
{
	struct bulk *b = arena_zalloc(r->arena, 1, sizeof(*b));
	struct strbuf *body = &r->out->body;
	enum err e;

	b->parts = arena_zalloc(r->arena, PARTS_MAX, sizeof(*b->parts));
	arena_defer(r->arena, release, b);
	e = read_bulk(r, b);
	if (e == ERR_OK)
		e = limit_parts(r, lists[0].name, b->count);
	if (e == ERR_OK)
		e = run_all(r, b);
	if (e == ERR_OK)
		e = repeat_done(r, b);
	if (e != ERR_OK)
		return e;
	reply_json(r, 200);
	for (int i = 0; i < LISTS; i++) {
		strbuf_add_char(body, i ? ',' : '{');
		add_results(body, b, i);
	}
	strbuf_add_char(body, '}');
	return ERR_OK;
}

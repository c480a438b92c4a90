/*
 * bulk.c: many small requests as one: lists of objects, each item a part (parts.h). Runs in
 * workers.
 */
#include "api/resources.h"

#include <stdlib.h>
#include <string.h>

#include "api/doc.h"
#include "core/uuid.h"
#include "json/json.h"
#include "serve/parts.h"
#include "serve/preconditions.h"
#include "serve/reply.h"
#include "serve/surface.h"
#include "statements.h"

enum { PARTS_MAX = 100, BULK_MAX_BYTES = 1 << 20, LISTS = 4, TAKEN_MAX = 1 };

/* The whole body was held against its own. */
static const struct json_limits part_limits = { .depth = 16, .values = SIZE_MAX };

struct bulk {
	struct parts parts;
	int ends[LISTS]; /* of each list, the parts before it stand before the next */
};

static const char *const nothing[] = { NULL };
static const char *const id[] = { "id", NULL };
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
	{ "update",   "updated",   "task",       HTTP_PATCH, "/api/tasks/{task_id}", id },
	{ "complete", "completed", "completion", HTTP_POST,  "/api/tasks/{task_id}/complete", task_id },
	{ "skip",     "skipped",   "completion", HTTP_POST,  "/api/tasks/{task_id}/skip", task_id },
};
/* clang-format on */

/* --- reading ------------------------------------------------------------- */

/* Takes the id out of an item's object. */
static void
take_target(struct req *r, const struct list *list, const struct json_doc *doc)
{
	const char *name = list->taken[0];
	const cJSON *target = cJSON_GetObjectItemCaseSensitive(doc->root, name);

	if (target == NULL)
		request_invalid_body(r, name, "required", "is missing");
	else if (!cJSON_IsString(target) || !uuid_is(str_of(target->valuestring)))
		request_invalid_body(r, name, "format", "must be a UUID");
	else
		r->match.params[0] = str_of(target->valuestring);
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
		preconditions_of_body(r);
	return r->error_count ? ERR_INVALID : ERR_OK;
}

static void
begin_part(struct req *whole, struct bulk *b, const struct list *list, struct str text)
{
	struct part *p = part_begin(whole, &b->parts, list->method, list->path);

	p->e = read_part(&p->req, list, text);
	part_derive_key(whole, &b->parts);
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
	if (items.count > (size_t)(PARTS_MAX - b->parts.count)) {
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
		int route = surface_find(lists[i].method, lists[i].path);
		size_t n = field_values_max(surface_route(route)->body) + TAKEN_MAX;

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
		b->ends[i] = b->parts.count;
	}
	if (r->error_count == 0 && b->parts.count == 0)
		request_invalid_body(r, lists[0].name, "required",
				     "is missing, and so are the other lists");
	return r->error_count ? ERR_INVALID : ERR_OK;
}

/* --- replying ------------------------------------------------------------ */

static void
add_results(struct req *r, struct bulk *b, int list)
{
	struct strbuf *body = &r->out->body;
	int from = list > 0 ? b->ends[list - 1] : 0;

	strbuf_addf(body, "\"%s\":[", lists[list].results);
	for (int i = from; i < b->ends[list]; i++) {
		struct part *p = &b->parts.list[i];

		if (p->e != ERR_OK)
			part_refuse(r, p);
		strbuf_addf(body, "%s{\"status\":%d,\"%s\":", i > from ? "," : "",
			    p->out.status,
			    p->e == ERR_OK ? lists[list].thing : "problem");
		strbuf_add(body, strbuf_str(&p->out.body));
		strbuf_add_char(body, '}');
	}
	strbuf_add_char(body, ']');
}

static enum err
bulk_tasks(struct req *r)
{
	struct bulk *b = arena_zalloc(r->arena, 1, sizeof(*b));
	struct strbuf *body = &r->out->body;
	enum err e;

	parts_init(r, &b->parts, PARTS_MAX);
	e = read_bulk(r, b);
	if (e == ERR_OK)
		e = limit_parts(r, lists[0].name, b->parts.count);
	if (e == ERR_OK)
		e = parts_run(r, &b->parts);
	if (e == ERR_OK)
		e = parts_show_done(r, &b->parts);
	if (e != ERR_OK)
		return e;
	reply_json(r, 200);
	for (int i = 0; i < LISTS; i++) {
		strbuf_add_char(body, i ? ',' : '{');
		add_results(r, b, i);
	}
	strbuf_add_char(body, '}');
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_POST, "/api/tasks/bulk", SIGNED, NULL, NULL, Q_NONE, HANDLER,
	  .handler = bulk_tasks, .reads_body = true,
	  DOC("bulkTasks", "Tasks", "TaskBulkResults", "Create, change, complete and skip up to 100 tasks, each on its own", "TaskBulk") },
};
/* clang-format on */

RESOURCE(bulk);

/* --- in the document ---------------------------------------------------------- */

/* clang-format off */
static const struct field update_taken[] = {
	{ "id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	END
};
static const struct field act_taken[] = {
	{ "task_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	END
};
const struct item_schema bulk_items[] = {
	{ "TaskBulkUpdate", update_taken, HTTP_PATCH, "/api/tasks/{task_id}" },
	{ "TaskBulkComplete", act_taken, HTTP_POST, "/api/tasks/{task_id}/complete" },
	{ "TaskBulkSkip", act_taken, HTTP_POST, "/api/tasks/{task_id}/skip" },
	{ NULL, NULL, HTTP_GET, NULL }
};
/* clang-format on */

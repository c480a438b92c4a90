/*
 * openapi.c: the API document, printed from the tables that the requests go through:
 * routes, fields, the columns PostgreSQL describes, and the words of doc.c. So the
 * document cannot differ from the program. Runs in workers and in `hob-api -o`.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/principal.h"
#include "serve/surface.h"

/* --- operations ---------------------------------------------------------- */

static void
parameter_head(struct doc *d, const char *name, const char *in, bool required)
{
	json_object(&d->w);
	doc_member(d, "name", name);
	doc_member(d, "in", in);
	if (required) {
		json_key(&d->w, "required");
		json_bool(&d->w, true);
	}
	doc_explain(d, name);
	json_key(&d->w, "schema");
}

static void
path_parameters(struct doc *d, const char *path)
{
	for (const char *p = strchr(path, '{'); p != NULL; p = strchr(p + 1, '{')) {
		char name[64];
		bool is_id;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
		is_id = strlen(name) > 3 && strcmp(name + strlen(name) - 3, "_id") == 0;
		parameter_head(d, name, "path", true);
		json_raw(&d->w, is_id ? STR("{\"type\":\"string\",\"format\":\"uuid\"}")
				      : STR("{\"type\":\"string\"}"));
		doc_close(d);
	}
}

static void
ordering_parameter(struct doc *d, const struct route *route)
{
	int count;
	const struct db_order *orders = surface.orders(route->statement, &count);

	parameter_head(d, "ordering", "query", false);
	json_object(&d->w);
	doc_member(d, "type", "string");
	doc_member(d, "default", orders[0].name);
	json_key(&d->w, "enum");
	json_array(&d->w);
	for (int i = 0; i < count; i++)
		json_cstring(&d->w, orders[i].name);
	json_end_array(&d->w);
	doc_close(d);
	doc_close(d);
}

static void
page_parameters(struct doc *d, const struct route *route)
{
	if (route->reply != PAGE || !statement_takes((int)route->statement, "limit"))
		return;
	parameter_head(d, "limit", "query", false);
	json_raw(&d->w, STR("{\"type\":\"integer\",\"minimum\":1,\"default\":50}"));
	doc_close(d);
	if (!statement_takes((int)route->statement, "cursor_key"))
		return;
	parameter_head(d, "cursor", "query", false);
	json_raw(&d->w, STR("{\"type\":\"string\"}"));
	doc_close(d);
	ordering_parameter(d, route);
}

static bool
is_keyed(const struct route *route)
{
	return route->method == HTTP_POST && route_is_signed(route) && !route->unkeyed;
}

static bool
is_conditional(const struct route *route)
{
	return route->shows != NULL && route->method != HTTP_POST;
}

static bool
makes_thing(const struct route *route)
{
	return route->shows != NULL && route->method == HTTP_POST;
}

static bool
has_path_parameter(const struct route *route)
{
	return strchr(route->path, '{') != NULL;
}

static void
parameters(struct doc *d, const struct route *route)
{
	json_key(&d->w, "parameters");
	json_array(&d->w);
	path_parameters(d, route->path);
	for (const struct field *f = route->query; f != NULL && f->name != NULL; f++) {
		parameter_head(d, f->name, "query", f->flags & REQUIRED);
		schema_of_field(d, f, IN_QUERY);
		doc_close(d);
	}
	page_parameters(d, route);
	if (is_keyed(route))
		doc_refer(d, "parameters", "IdempotencyKey", "");
	if (is_conditional(route))
		doc_refer(d, "parameters", "IfMatch", "");
	if (route->method == HTTP_GET && !route->is_probe)
		doc_refer(d, "parameters", "IfNoneMatch", "");
	json_end_array(&d->w);
}

static void
content(struct doc *d, const char *media, const char *schema, const char *suffix)
{
	doc_open(d, media);
	json_key(&d->w, "schema");
	doc_refer(d, "schemas", schema, suffix);
	doc_close(d);
}

static void
request_body(struct doc *d, const struct route *route, const struct operation *o)
{
	bool required = o->body != NULL || route->method == HTTP_PATCH;
	char name[64];

	if (o->body != NULL)
		snprintf(name, sizeof(name), "%s", o->body);
	else if (route->body != NULL)
		schema_of_body(route, o, name);
	else
		return;
	for (const struct field *f = route->body; f != NULL && f->name != NULL; f++)
		required |= (f->flags & REQUIRED) != 0;
	doc_open(d, "requestBody");
	if (required) {
		json_key(&d->w, "required");
		json_bool(&d->w, true);
	}
	doc_open(d, "content");
	content(d, o->takes != NULL ? o->takes : "application/json", name, "");
	doc_close(d);
	doc_close(d);
}

/* On whatever is sent; components says which of them always. */
static void
headers(struct doc *d, const struct route *route, const char *first, const char *more)
{
	static const char *const common[] = { "X-Request-Id",	   "RateLimit",
					      "RateLimit-Policy",  "Content-Language",
					      "X-Hob-Round-Trips", "X-Hob-Worker" };

	doc_open(d, "headers");
	if (first != NULL) {
		json_key(&d->w, first);
		doc_refer(d, "headers", first, "");
	}
	if (route->method == HTTP_POST &&
	    (route->reply == CREATED || route->reply == ONE) &&
	    (first == NULL || strcmp(first, "ETag") != 0)) {
		json_key(&d->w, "ETag");
		doc_refer(d, "headers", "NewETag", "");
	}
	if (is_keyed(route)) {
		json_key(&d->w, "Idempotency-Replayed");
		doc_refer(d, "headers", "Idempotency-Replayed", "");
	}
	if (more != NULL) {
		json_key(&d->w, more);
		doc_refer(d, "headers", more, "");
	}
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		json_key(&d->w, common[i]);
		doc_refer(d, "headers", common[i], "");
	}
	doc_close(d);
}

/* The response of a success; `status` may be one of two. */
static void
success(struct doc *d, const struct route *route, const struct operation *o,
	const char *status, const char *header)
{
	doc_open(d, status);
	doc_member(d, "description", o->thing == NULL ? "Done." : o->summary);
	headers(d, route, header, o->header);
	if (o->thing != NULL) {
		doc_open(d, "content");
		if (strcmp(o->thing, "Text") != 0)
			content(d, "application/json", o->thing,
				route->reply == PAGE && route->handler == NULL ? "Page"
									       : "");
		for (int i = 0; i < 2 && o->media[i] != NULL; i++)
			content(d, o->media[i], "Text", "");
		doc_close(d);
	}
	doc_close(d);
}

static void
nothing(struct doc *d, const struct route *route, const char *status, const char *why,
	const char *header)
{
	doc_open(d, status);
	doc_member(d, "description", why);
	headers(d, route, header, NULL);
	doc_close(d);
}

/* The answer of an act without an object of its own is not shown again for its key. */
static bool
forgets_answer(const struct route *route, const struct operation *o)
{
	return is_keyed(route) && o->thing != NULL && route->reply == ONE &&
	       route->shows == NULL;
}

static void
successes(struct doc *d, const struct route *route, const struct operation *o)
{
	bool is_tagged = !route->is_probe &&
			 (route->method == HTTP_GET ||
			  (route->method == HTTP_PATCH && route->shows != NULL));

	if (o->thing == NULL)
		success(d, route, o, "204", NULL);
	else if (route->reply == CREATED || o->is_made)
		success(d, route, o, "201", "Location");
	else
		success(d, route, o, "200", is_tagged ? "ETag" : NULL);
	/* Made before, under the id that the client gave it. */
	if (makes_thing(route) && route->reply == CREATED)
		success(d, route, o, "200", "ETag");
	if (forgets_answer(route, o))
		nothing(d, route, "204", "Done before, under the same Idempotency-Key.",
			NULL);
	if (route->method == HTTP_GET && !route->is_probe)
		nothing(d, route, "304", "The client has it already.", "ETag");
}

static bool
says(const struct operation *o, const char *status)
{
	return o->also != NULL && strstr(o->also, status) != NULL;
}

static void
responses(struct doc *d, const struct route *route, const struct operation *o)
{
	const struct {
		const char *status;
		bool when;
	} problems[] = {
		{ "400", true },
		{ "401", route_is_signed(route) },
		{ "403", route->access.role > 1 },
		{ "402", route->limited },
		{ "404", has_path_parameter(route) || route->access.who == WHO_SCOPED ||
				 route->access.who == WHO_INTERNAL },
		{ "409", is_keyed(route) },
		{ "410", makes_thing(route) },
		{ "412", is_conditional(route) },
		{ "413", route->method != HTTP_GET },
		{ "415", route->body != NULL || route->reads_body },
		{ "422", is_keyed(route) },
		{ "429", !route->is_probe },
		{ "503", true },
		{ "default", true },
	};

	doc_open(d, "responses");
	successes(d, route, o);
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (!problems[i].when && !says(o, problems[i].status))
			continue;
		json_key(&d->w, problems[i].status);
		doc_refer(d, "responses", "Problem", "");
	}
	doc_close(d);
}

static void
operation(struct doc *d, const struct route *route)
{
	static const char *const methods[HTTP_METHOD_COUNT] = { "get", "post", "put",
								"patch", "delete" };
	const struct operation *o = &route->doc;

	doc_open(d, methods[route->method]);
	doc_member(d, "operationId", o->id);
	doc_member(d, "summary", o->summary);
	json_key(&d->w, "tags");
	json_array(&d->w);
	json_cstring(&d->w, o->tag);
	json_end_array(&d->w);
	security_of_route(d, route);
	parameters(d, route);
	request_body(d, route, o);
	responses(d, route, o);
	doc_close(d);
}

static bool
is_new_path(int index)
{
	for (int i = 0; i < index; i++)
		if (strcmp(surface_route(i)->path, surface_route(index)->path) == 0)
			return false;
	return true;
}

static void
paths(struct doc *d)
{
	doc_open(d, "paths");
	for (int i = 0; i < surface_route_count(); i++) {
		if (!is_new_path(i))
			continue;
		doc_open(d, surface_route(i)->path);
		for (int j = i; j < surface_route_count(); j++)
			if (strcmp(surface_route(j)->path, surface_route(i)->path) == 0)
				operation(d, surface_route(j));
		doc_close(d);
	}
	doc_close(d);
}

/* --- the whole ----------------------------------------------------------- */

/* clang-format off */
#define HEADER(name, text, more, type)                                            \
	"\"" name "\":{\"description\":\"" text "\"" more ",\"schema\":{\"type\":\"" type "\"}}"
#define REFER(name) "\"" name "\":{\"$ref\":\"#/components/headers/" name "\"}"
static const char components[] =
	",\"responses\":{\"Problem\":{\"description\":\"A problem document; its code says which.\","
	"\"headers\":{" REFER("X-Request-Id") "," REFER("Content-Language") "," REFER("Retry-After") ","
	REFER("RateLimit") "," REFER("RateLimit-Policy") "," REFER("ETag") "," REFER("Allow") ","
	REFER("Accept-Encoding") "," REFER("WWW-Authenticate") "," REFER("X-Hob-Round-Trips") "," REFER("X-Hob-Worker") "},"
	"\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}},"
	"\"headers\":{"
	HEADER("ETag", "Tag of what is sent; of one object it begins with the version.", ",\"required\":true", "string") ","
	HEADER("NewETag", "Tag of what was made, when that has a version.", "", "string") ","
	HEADER("Location", "Where it is.", ",\"required\":true", "string") ","
	HEADER("X-Request-Id", "Of this request: the client's own, or a new one. The log and the activity have it, too.",
		",\"required\":true", "string") ","
	HEADER("Content-Language", "The language of the texts, by Accept-Language.", "", "string") ","
	HEADER("RateLimit", "What is left of the limit that was counted, and the seconds until all of it is back"
		" (draft-ietf-httpapi-ratelimit-headers). Absent where the limit is off.", "", "string") ","
	HEADER("RateLimit-Policy", "That limit: how many in how many seconds.", "", "string") ","
	HEADER("Retry-After", "With 429, 503 and idempotency_in_progress: seconds to wait.", "", "integer") ","
	HEADER("Idempotency-Replayed", "true: done before, under the same Idempotency-Key.", "", "string") ","
	HEADER("Link", "With rel=next: where the rest is (RFC 8288). Absent when this is all.", "", "string") ","
	HEADER("Allow", "With 405: the methods of the path.", "", "string") ","
	HEADER("Accept-Encoding", "With 415, where the body was compressed: what is taken.", "", "string") ","
	HEADER("WWW-Authenticate", "With 401: the scheme.", "", "string") ","
	HEADER("X-Hob-Round-Trips", "Round trips to the database. Where debug.headers is on.", "", "integer") ","
	HEADER("X-Hob-Worker", "The process that answered. Where debug.headers is on.", "", "integer") "},"
	"\"parameters\":{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\","
	"\"description\":\"The same for every try of one request, which is then done once.\","
	"\"schema\":{\"type\":\"string\",\"pattern\":\"^[!-~]{1,255}$\"}},"
	"\"IfMatch\":{\"name\":\"If-Match\",\"in\":\"header\","
	"\"description\":\"Only when the object still has one of these versions.\",\"schema\":{\"type\":\"string\"}},"
	"\"IfNoneMatch\":{\"name\":\"If-None-Match\",\"in\":\"header\","
	"\"description\":\"Tags the client has: 304 when it is one of them.\",\"schema\":{\"type\":\"string\"}}}";
/* clang-format on */

void
openapi_write(struct strbuf *out, const struct db *db)
{
	struct doc d = { .db = db };

	json_begin(&d.w, out);
	json_object(&d.w);
	doc_member(&d, "openapi", "3.1.0");
	json_key(&d.w, "info");
	json_raw(&d.w, str_of(surface.words->info));
	json_key(&d.w, "servers");
	json_raw(&d.w, STR("[{\"url\":\"/\"}]"));
	json_key(&d.w, "tags");
	json_raw(&d.w, str_of(surface.words->tags));
	paths(&d);
	doc_open(&d, "components");
	security_schemes(&d);
	strbuf_add_cstr(out, components);
	schemas_write(&d);
	doc_close(&d);
	doc_close(&d);
}

static const char *
gap_in_fields(const struct field *f)
{
	for (; f != NULL && f->name != NULL; f++)
		if (doc_meaning(f->name) == NULL)
			return f->name;
	return NULL;
}

static const char *
gap_in_columns(const struct db *db, const struct route *route)
{
	const struct db_column *columns;
	int count =
		route->statement ? db_columns(db, (int)route->statement, &columns) : 0;

	if (route->handler != NULL || route->reply == NO_CONTENT)
		return NULL;
	for (int i = 0; i < count; i++)
		if (columns[i].name[0] != '_' && doc_meaning(columns[i].name) == NULL)
			return columns[i].name;
	return NULL;
}

const char *
openapi_gap(const struct db *db)
{
	const char *gap = NULL;

	for (int i = 0; i < surface_route_count() && gap == NULL; i++) {
		if (surface_route(i)->doc.id == NULL)
			return surface_route(i)->path;
		gap = gap_in_fields(surface_route(i)->body);
		if (gap == NULL)
			gap = gap_in_fields(surface_route(i)->query);
		if (gap == NULL)
			gap = gap_in_columns(db, surface_route(i));
	}
	return gap;
}

/*
 * paths.c: the operations of the API document, from routes and fields. Their responses:
 * responses.c. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/principal.h"
#include "serve/surface.h"

static void
parameter_head(struct doc *d, const struct route *route, const char *name, const char *in,
	       bool required)
{
	struct str example = example_parameter(d, route->doc.id, name);

	json_object(&d->w);
	doc_member(d, "name", name);
	doc_member(d, "in", in);
	if (required)
		doc_flag(d, "required");
	doc_explain(d, name);
	if (example.ptr != NULL) {
		json_key(&d->w, "example");
		json_raw(&d->w, example);
	}
	json_key(&d->w, "schema");
}

static void
path_parameters(struct doc *d, const struct route *route)
{
	for (const char *p = strchr(route->path, '{'); p != NULL;
	     p = strchr(p + 1, '{')) {
		char name[64];
		bool is_id;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
		is_id = strlen(name) > 3 && strcmp(name + strlen(name) - 3, "_id") == 0;
		parameter_head(d, route, name, "path", true);
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

	parameter_head(d, route, "ordering", "query", false);
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
	int orders;

	surface.orders(route->statement, &orders);
	if (orders > 0)
		ordering_parameter(d, route);
	if (route->reply != PAGE || !statement_takes((int)route->statement, "limit"))
		return;
	parameter_head(d, route, "limit", "query", false);
	json_raw(&d->w, STR("{\"type\":\"integer\",\"minimum\":1,\"default\":50}"));
	doc_close(d);
	if (!statement_takes((int)route->statement, "cursor_key"))
		return;
	parameter_head(d, route, "cursor", "query", false);
	json_raw(&d->w, STR("{\"type\":\"string\"}"));
	doc_close(d);
}

/* The header of the scheme that asks for it. */
static void
reason_parameter(struct doc *d, const struct route *route)
{
	unsigned left = route_schemes(route);

	for (const struct scheme *s = surface.schemes; left != 0; s++, left >>= 1) {
		if ((left & 1) == 0 || s->reason == NULL)
			continue;
		parameter_head(d, route, s->reason, "header", true);
		json_raw(&d->w, STR("{\"type\":\"string\",\"minLength\":1}"));
		doc_close(d);
	}
}

static void
parameters(struct doc *d, const struct route *route)
{
	doc_scope(d, route->doc.id, route->doc.thing);
	json_key(&d->w, "parameters");
	json_array(&d->w);
	path_parameters(d, route);
	for (const struct field *f = route->query; f != NULL && f->name != NULL; f++) {
		parameter_head(d, route, f->name, "query", f->flags & REQUIRED);
		schema_of_field(d, f, IN_QUERY);
		doc_close(d);
	}
	page_parameters(d, route);
	if (route->doc.wants_reason)
		reason_parameter(d, route);
	if (route_takes_key(route))
		doc_refer(d, "parameters", "IdempotencyKey", "");
	if (route_is_conditional(route))
		doc_refer(d, "parameters", "IfMatch", "");
	if (route->method == HTTP_GET && !route->is_probe)
		doc_refer(d, "parameters", "IfNoneMatch", "");
	json_end_array(&d->w);
}

static void
body_of(struct doc *d, const char *media, const char *schema, const char *example_of)
{
	doc_open(d, media);
	json_key(&d->w, "schema");
	doc_refer(d, "schemas", schema, "");
	if (example_of != NULL)
		example_write(d, example_of, "request");
	doc_close(d);
}

static void
request_body(struct doc *d, const struct route *route, const struct operation *o)
{
	bool required =
		o->body != NULL || route->takes_files || route->method == HTTP_PATCH;
	char name[DOC_NAME_SIZE];

	if (o->body != NULL)
		snprintf(name, sizeof(name), "%s", o->body);
	else if (route->body != NULL)
		schema_of_body(route, o, name);
	else if (!route->takes_files)
		return;
	for (const struct field *f = route->body; f != NULL && f->name != NULL; f++)
		required |= (f->flags & REQUIRED) != 0;
	doc_open(d, "requestBody");
	if (required)
		doc_flag(d, "required");
	doc_open(d, "content");
	if (o->body != NULL || route->body != NULL)
		body_of(d, o->takes != NULL ? o->takes : "application/json", name, o->id);
	if (route->takes_files) {
		body_of(d, "application/octet-stream", "Bytes",
			route->body == NULL ? o->id : NULL);
		body_of(d, "multipart/form-data", "FilesForm", NULL);
	}
	doc_close(d);
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
	example_introduce(d, o->id);
	json_key(&d->w, "tags");
	json_array(&d->w);
	json_cstring(&d->w, o->tag);
	json_end_array(&d->w);
	security_of_route(d, route);
	parameters(d, route);
	request_body(d, route, o);
	responses_write(d, route);
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

void
paths_write(struct doc *d)
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

/*
 * body.c: a JSON body against the fields of a route of the API. What passes is text for
 * PostgreSQL, and in the one form that it keeps when it is sent again; what does not is named,
 * with a pointer into the body.
 *
 * The input: a line "POST /api/tasks", the method and the path as in the table of routes, and then the
 * body.
 */
#include <string.h>

#include "db/db.h"
#include "fuzz.h"
#include "json/json.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/types.h"

enum { DEPTH = 16 };

/* NULL when there is none with fields. */
static const struct route *
find_route(enum http_method method, struct str path)
{
	for (int i = 0; i < surface_route_count(); i++) {
		const struct route *route = surface_route(i);

		if (route->method == method && str_is(path, route->path) &&
		    route->body != NULL)
			return route;
	}
	return NULL;
}

static bool
keeps_one_form(const struct field *f)
{
	return !field_is_list(f) && f->object == NULL && f->type != FIELD_SEARCH;
}

static void
must_be_bound(struct req *r)
{
	int count = field_count(r->route->body);
	struct json_fault fault;

	MUST(json_check(str_of(r->values[VALUE_BODY]), DEPTH, &fault) == ERR_OK);
	for (int i = 0; i < count; i++) {
		const struct field *f = &r->route->body[i];
		const char *again = NULL;

		if (r->body[i] == NULL)
			continue;
		MUST(str_is_utf8(str_of(r->body[i])));
		if (!keeps_one_form(f))
			continue;
		MUST(value_from_text(r, f, str_of(r->body[i]), &again) == ERR_OK);
		MUST(strcmp(again, r->body[i]) == 0);
	}
}

static void
must_be_named(const struct req *r)
{
	MUST(r->error_count > 0 && r->error_count <= REQUEST_ERRORS_MAX);
	for (size_t i = 0; i < r->error_count; i++) {
		const struct http_field_error *e = &r->errors[i];

		MUST(e->pointer != NULL && e->pointer[0] == '/');
		MUST(e->code[0] != '\0' && e->detail[0] != '\0');
		MUST(str_is_utf8(str_of(e->field)) && str_is_utf8(str_of(e->detail)));
	}
}

void
fuzz_body(struct arena *a, struct str input)
{
	static const char *const nothing[] = { NULL };
	struct json_doc doc;
	struct json_fault fault;
	struct saying *sayings = NULL;
	struct req r = { .arena = a, .sayings = &sayings };
	struct json_limits max = { .depth = DEPTH };

	struct str line = str_cut(&input, '\n');

	r.method = http_method_parse(str_cut(&line, ' '));
	r.route = find_route(r.method, str_cut(&line, ' '));
	if (r.route == NULL || input.ptr == NULL)
		return;
	max.values = field_values_max(r.route->body);
	if (json_read(a, input, max, &doc, &fault) != ERR_OK || !cJSON_IsObject(doc.root))
		return;
	if (request_decode_object(&r, &doc, nothing) == ERR_OK)
		must_be_bound(&r);
	else
		must_be_named(&r);
}

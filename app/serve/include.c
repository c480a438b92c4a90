/*
 * include.c: lists that are answered together with the object to which they belong. Runs in
 * workers; the document asks for their names.
 */
#include "serve/include.h"

#include <stddef.h>
#include <string.h>

#include "core/arena.h"
#include "db/db.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

static const struct field *
field_of(const struct route *route)
{
	int i = field_index(route->query, "include");

	return i < 0 ? NULL : &route->query[i];
}

const char *
include_name(const struct route *route, int i)
{
	const struct field *f = field_of(route);

	return f == NULL ? NULL : field_choice(f, i);
}

const struct route *
include_page(const struct route *route, int i)
{
	if (i >= ROUTE_INCLUDES || route->includes[i] == NO_STATEMENT)
		return NULL;
	for (int j = 0; j < surface_route_count(); j++)
		if (surface_route(j)->statement == route->includes[i] &&
		    surface_route(j)->reply == PAGE &&
		    str_starts(str_of(surface_route(j)->path), str_of(route->path)))
			return surface_route(j);
	return NULL;
}

/* Is it one of the names in the query, which have commas between? */
static bool
is_asked(const struct req *r, int i)
{
	struct str names = str_of(request_query(r, "include"));

	while (names.ptr != NULL)
		if (str_is(str_cut(&names, ','), include_name(r->route, i)))
			return true;
	return false;
}

/* A request that names none, and a write that only looks, run their one statement. */
static bool
asks_for_lists(const struct req *r)
{
	return r->route->includes[0] != NO_STATEMENT &&
	       request_query(r, "include") != NULL;
}

enum err
include_run(struct req *r, int *out)
{
	enum err e;

	if (!asks_for_lists(r))
		return request_run(r, r->statement, out);
	e = request_open(r);
	if (e != ERR_OK)
		return e;
	*out = request_queue(r, r->statement);
	r->values[VALUE_LIMIT] = arena_printf(r->arena, "%d", INCLUDED_ROWS + 1);
	for (int i = 0; include_page(r->route, i) != NULL; i++) {
		int statement = r->route->includes[i];

		r->included[i] = -1;
		if (is_asked(r, i))
			r->included[i] = db_queue(r->worker->db, statement,
						  binding_values(r->worker->binding, r,
								 statement));
	}
	return request_wait(r);
}

/* As the list's own route answers its first page without a filter, so that its cursor is good there. */
static void
add_page(struct req *r, const struct route *page, int index)
{
	const struct route *route = r->route;
	const char *query[FIELDS_MAX];
	int64_t limit = r->limit;
	int statement = r->statement;

	memcpy(query, r->query, sizeof(query));
	for (int i = 0; i < field_count(page->query); i++)
		r->query[i] = page->query[i].fallback;
	r->route = page;
	r->statement = page->statement;
	r->limit = INCLUDED_ROWS;
	reply_add_page(r, index);
	memcpy(r->query, query, sizeof(query));
	r->route = route;
	r->statement = statement;
	r->limit = limit;
}

void
include_reply(struct req *r)
{
	struct strbuf *body = &r->out->body;

	if (!asks_for_lists(r))
		return;
	body->len--; /* the brace that ends the object */
	for (int i = 0; include_page(r->route, i) != NULL; i++) {
		if (r->included[i] < 0)
			continue;
		strbuf_addf(body, ",\"%s\":", include_name(r->route, i));
		add_page(r, include_page(r->route, i), r->included[i]);
	}
	strbuf_add_char(body, '}');
}

/*
 * schemas.c: the schemas of the API document: of rows, pages and bodies, and those that
 * the program's words have. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/preconditions.h"
#include "serve/surface.h"

/* --- answers ----------------------------------------------------------------- */

/* Pages: results of a thing, and where they go on, or how many there are. */
static const struct page_kind {
	const char *says, *required, *property, *schema;
} page_kinds[] = {
	[PAGE] = { "A page: the objects, and where the list goes on.",
		   "[\"results\",\"next_cursor\"]", "next_cursor",
		   "{\"type\":[\"string\",\"null\"],\"description\":"
		   "\"Sent as cursor it gives the next page; null on the "
		   "last.\"}" },
	[NUMBERED] = { "A page, and how many pages have in all.",
		       "[\"count\",\"results\"]", "count",
		       "{\"type\":\"integer\",\"description\":"
		       "\"How many pass the filters; more than 10,000 are counted as "
		       "10,001, of a search more than 500 as 501.\"}" },
};

static void
page_schema(struct doc *d, const char *thing, enum reply reply)
{
	const struct page_kind *kind = &page_kinds[reply];

	json_object(&d->w);
	doc_member(d, "type", "object");
	doc_member(d, "description", kind->says);
	json_key(&d->w, "required");
	json_raw(&d->w, str_of(kind->required));
	doc_open(d, "properties");
	doc_open(d, "results");
	doc_member(d, "type", "array");
	doc_member(d, "description", "The objects, in the order asked for.");
	json_key(&d->w, "items");
	doc_refer(d, "schemas", thing, "");
	doc_close(d);
	json_key(&d->w, kind->property);
	json_raw(&d->w, str_of(kind->schema));
	doc_close(d);
	doc_close(d);
}

bool
schema_is_by_hand(const char *thing)
{
	char key[DOC_NAME_SIZE + 8];

	snprintf(key, sizeof(key), "\"%s\": {", thing);
	return strstr(surface.words->schemas, key) != NULL;
}

/* Is route `index` the first that answers with its thing (in a page or not)? */
static bool
is_first(int index, bool in_page)
{
	const char *thing = surface_route(index)->doc.thing;

	for (int i = 0; i < index; i++) {
		const struct operation *o = &surface_route(i)->doc;

		if (o->thing != NULL && strcmp(o->thing, thing) == 0 &&
		    surface_route(i)->reply != HANDLER &&
		    (!in_page || surface_route(i)->reply == surface_route(index)->reply))
			return false;
	}
	return true;
}

static void
row_schema(struct doc *d, const char *name, int statement)
{
	const struct db_column *columns;
	int count = db_columns(d->db, statement, &columns);

	doc_scope(d, name, NULL);
	schema_of_rows(d, name, columns, count);
}

static void
answer_schemas(struct doc *d, int index)
{
	const struct operation *o = &surface_route(index)->doc;
	enum reply reply = surface_route(index)->reply;
	char page[DOC_NAME_SIZE];

	if (o->thing == NULL || reply == HANDLER)
		return;
	if (is_first(index, false) && !schema_is_by_hand(o->thing))
		row_schema(d, o->thing, (int)surface_route(index)->statement);
	if ((reply == PAGE || reply == NUMBERED) && is_first(index, true)) {
		snprintf(page, sizeof(page), "%sPage", o->thing);
		json_key(&d->w, page);
		page_schema(d, o->thing, reply);
	}
}

/* Is route `index` the first whose lost updates show this? */
static bool
is_first_conflict(int index)
{
	const struct route *shown = route_that_shows(surface_route(index));

	if (shown == NULL || !route_is_conditional(surface_route(index)))
		return false;
	for (int i = 0; i < index; i++)
		if (route_is_conditional(surface_route(i)) &&
		    route_that_shows(surface_route(i)) == shown)
			return false;
	return true;
}

/* The problem of a lost update, with the object as it is now. */
static void
stale_schema(struct doc *d, int index)
{
	const struct route *shown = route_that_shows(surface_route(index));
	char name[DOC_NAME_SIZE];

	if (!is_first_conflict(index))
		return;
	snprintf(name, sizeof(name), "Stale%s", shown->doc.thing);
	doc_open(d, name);
	doc_member(d, "description",
		   "A problem with the object as it is now, on which to decide again.");
	json_key(&d->w, "allOf");
	json_array(&d->w);
	doc_refer(d, "schemas", "Problem", "");
	json_object(&d->w);
	doc_member(d, "type", "object");
	json_key(&d->w, "required");
	json_raw(&d->w, STR("[\"current\"]"));
	doc_open(d, "properties");
	json_key(&d->w, "current");
	doc_refer(d, "schemas", shown->doc.thing, "");
	doc_close(d);
	doc_close(d);
	json_end_array(&d->w);
	doc_close(d);
}

/* --- bodies ------------------------------------------------------------------- */

void
schema_of_body(const struct route *route, const struct operation *o,
	       char out[DOC_NAME_SIZE])
{
	if (route->reply == CREATED && strncmp(o->id, "create", 6) == 0)
		snprintf(out, DOC_NAME_SIZE, "%sCreate", o->thing);
	else if (route->method == HTTP_PATCH)
		snprintf(out, DOC_NAME_SIZE, "%sPatch", o->thing);
	else
		snprintf(out, DOC_NAME_SIZE, "%c%sBody", o->id[0] - 'a' + 'A', o->id + 1);
}

static enum field_place
place_of(const struct route *route)
{
	return route->method == HTTP_PATCH ? IN_PATCH : IN_BODY;
}

/* What a body may name besides its fields. */
static const struct field *
version_of(const struct route *route)
{
	return preconditions_take_version(route) ? preconditions_version : NULL;
}

static void
body_schemas(struct doc *d, const struct route *route, struct named *seen)
{
	const struct field *more[] = { version_of(route), NULL };
	char name[DOC_NAME_SIZE];

	doc_scope(d, route->doc.id, route->doc.thing);
	schemas_named_by(d, route->query, seen);
	/* A body may be one that several have, by hand. */
	if (route->body == NULL || route->doc.body != NULL)
		return;
	schema_of_body(route, &route->doc, name);
	doc_scope(d, name, route->doc.thing);
	schema_of_fields(d, name, more, route->body, place_of(route));
	schemas_named_by(d, route->body, seen);
}

static void
item_schema(struct doc *d, const struct item_schema *item)
{
	const struct route *route = surface_route(surface_find(item->method, item->path));
	/* What is taken says which object it is for. */
	const struct field *more[] = { item->taken, version_of(route), NULL };
	char body[DOC_NAME_SIZE];

	schema_of_body(route, &route->doc, body);
	doc_scope(d, body, item->name);
	schema_of_fields(d, item->name, more, route->body, place_of(route));
}

/* --- all ------------------------------------------------------------------------ */

static void
write_schema(struct doc *d, const struct schema *s)
{
	struct strbuf text;

	strbuf_init(&text);
	s->write(&text);
	json_key(&d->w, s->name);
	json_raw(&d->w, strbuf_str(&text));
	strbuf_release(&text);
}

void
schemas_write(struct doc *d)
{
	const struct words *words = surface.words;
	struct named seen = { .count = 0 };

	doc_open(d, "schemas");
	for (int i = 0; i < surface_route_count(); i++) {
		answer_schemas(d, i);
		stale_schema(d, i);
		body_schemas(d, surface_route(i), &seen);
	}
	for (const struct item_schema *s = words->items; s && s->name; s++)
		item_schema(d, s);
	for (const struct row_schema *s = words->rows; s && s->name; s++)
		row_schema(d, s->name, s->statement);
	for (const struct schema *s = words->written; s && s->name; s++)
		write_schema(d, s);
	/* Members of an object that is open already; the writer puts no comma before raw text. */
	strbuf_add(d->w.out, STR(","));
	strbuf_add_cstr(d->w.out, words->schemas);
	doc_close(d);
}

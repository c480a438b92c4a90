/*
 * openapi.c: the API document, printed from the tables that the requests go through:
 * routes, fields, the columns PostgreSQL describes, and the program's words. So the
 * document cannot differ from the program. Its parts: paths.c, responses.c, causes.c, failures.c,
 * fields.c, columns.c, schemas.c, examples.c, security.c. Runs in workers and by `-o`.
 */
#include "serve/openapi.h"

#include "serve/include.h"
#include "serve/surface.h"

enum { ARENA_BYTES = 1 << 16 };

/* clang-format off */
/* Parts of components, by name; those that nothing refers to are left out. */
struct component {
	const char *name, *value;
};

#define HEADER(name, text, more, type)                                            \
	{ name, "{\"description\":\"" text "\"" more ",\"schema\":{\"type\":\"" type "\"}}" }
static const struct component headers[] = {
	HEADER("ETag", "Tag of what is sent; of one object it begins with the version.", ",\"required\":true", "string"),
	HEADER("NewETag", "Tag of what was made, when that has a version.", "", "string"),
	HEADER("WholeETag", "Tag of what is sent, when it is sent in one piece.", "", "string"),
	HEADER("Location", "Where it is.", ",\"required\":true", "string"),
	HEADER("X-Request-Id", "Of this request: the client's own, or a new one. The log and the activity have it, too.",
		",\"required\":true", "string"),
	HEADER("Content-Language", "The language of the texts: by Accept-Language, else by the locale of the account.", "", "string"),
	HEADER("RateLimit", "What is left of the limit that was counted, and the seconds until all of it is back"
		" (draft-ietf-httpapi-ratelimit-headers). Absent where the limit is off.", "", "string"),
	HEADER("RateLimit-Policy", "That limit: how many in how many seconds.", "", "string"),
	HEADER("Retry-After", "With 429, 503 and idempotency_in_progress: seconds to wait.", "", "integer"),
	HEADER("Idempotency-Replayed", "true: done before, under the same Idempotency-Key.", "", "string"),
	HEADER("Link", "With rel=next: where the rest is (RFC 8288). Absent when this is all.", "", "string"),
	HEADER("X-Total-Count", "The count of the answer.", ",\"required\":true", "integer"),
	HEADER("Set-Cookie", "The cookie of the session, or its end.", "", "string"),
	HEADER("Content-Disposition", "The name of the file.", "", "string"),
	HEADER("Allow", "With 405: the methods of the path.", "", "string"),
	HEADER("Accept-Encoding", "With 415, where the body was compressed: what is taken.", "", "string"),
	HEADER("WWW-Authenticate", "With 401: the scheme.", "", "string"),
	HEADER("X-Hob-Round-Trips", "Round trips to the database. Where debug.headers is on.", "", "integer"),
	HEADER("X-Hob-Worker", "The process that answered. Where debug.headers is on.", "", "integer"),
	{ NULL, NULL }
};

#define PARAMETER(name, header, text, schema)                                                    \
	{ name, "{\"name\":\"" header "\",\"in\":\"header\",\"description\":\"" text "\"," \
		"\"schema\":{\"type\":\"string\"" schema "}}" }
static const struct component parameters[] = {
	PARAMETER("IdempotencyKey", "Idempotency-Key", "The same for every try of one request, which is then done once.",
		",\"pattern\":\"^[!-~]{1,255}$\""),
	PARAMETER("IfMatch", "If-Match", "Only when the object still has one of these versions.", ""),
	PARAMETER("IfNoneMatch", "If-None-Match", "Tags the client has: 304 when it is one of them.", ""),
	{ NULL, NULL }
};
/* clang-format on */

/* Behind all that may refer to them. */
static void
write_components(struct doc *d, const char *kind, const struct component *list)
{
	struct strbuf at;

	strbuf_init(&at);
	doc_open(d, kind);
	for (const struct component *c = list; c->name != NULL; c++) {
		at.len = 0;
		strbuf_addf(&at, "\"#/components/%s/%s\"", kind, c->name);
		if (strstr(d->w.out->ptr, at.ptr) == NULL)
			continue;
		json_key(&d->w, c->name);
		json_raw(&d->w, str_of(c->value));
	}
	doc_close(d);
	strbuf_release(&at);
}

static void
write_tags(struct doc *d)
{
	struct json_outline tags = words_outline(d, surface.words->tags);

	json_key(&d->w, "tags");
	json_array(&d->w);
	for (size_t i = 0; i < tags.count; i++) {
		json_object(&d->w);
		doc_member(d, "name", arena_cstr(&d->arena, tags.names[i]));
		json_key(&d->w, "description");
		json_raw(&d->w, tags.raw[i]);
		doc_close(d);
	}
	json_end_array(&d->w);
}

static void
write_story(struct doc *d)
{
	if (surface.words->story == NULL)
		return;
	json_key(&d->w, "x-story");
	json_array(&d->w);
	for (const char *const *id = surface.words->story; *id != NULL; id++)
		json_cstring(&d->w, *id);
	json_end_array(&d->w);
}

void
openapi_write(struct strbuf *out, const struct db *db)
{
	struct doc d = { .db = db };

	arena_init(&d.arena, ARENA_BYTES);
	examples_read(&d);
	json_begin(&d.w, out);
	json_object(&d.w);
	doc_member(&d, "openapi", "3.1.0");
	json_key(&d.w, "info");
	json_raw(&d.w, str_of(surface.words->info));
	json_key(&d.w, "servers");
	json_raw(&d.w, STR("[{\"url\":\"/\"}]"));
	write_tags(&d);
	write_story(&d);
	paths_write(&d);
	doc_open(&d, "components");
	security_schemes(&d);
	problems_write(&d);
	schemas_write(&d);
	write_components(&d, "headers", headers);
	write_components(&d, "parameters", parameters);
	doc_close(&d);
	doc_close(&d);
	arena_release(&d.arena);
}

/* --- what is missing -------------------------------------------------------- */

static const char *
gap_in_fields(const struct doc *d, const struct field *f)
{
	for (; f != NULL && f->name != NULL; f++)
		if (doc_says(d, f->name) == NULL)
			return f->name;
	return NULL;
}

static const char *
gap_in_columns(const struct doc *d, const struct route *route)
{
	const struct db_column *columns;
	int count =
		route->statement ? db_columns(d->db, (int)route->statement, &columns) : 0;

	if ((route->handler != NULL && route->reply != NUMBERED) ||
	    route_shows_nothing(route) || schema_is_by_hand(route->doc.thing))
		return NULL;
	for (int i = 0; i < count; i++)
		if (columns[i].name[0] != '_' && doc_says(d, columns[i].name) == NULL)
			return columns[i].name;
	return NULL;
}

static const char *
gap_in_includes(const struct doc *d, const struct route *route)
{
	for (int i = 0; include_page(route, i) != NULL; i++)
		if (doc_meaning(d, include_name(route, i)) == NULL)
			return include_name(route, i);
	return NULL;
}

/* Each operation is described, and has an example of what it takes and, but for bytes, of what it answers. */
static const char *
gap_in_examples(struct doc *d, const struct route *route)
{
	const struct operation *o = &route->doc;
	const char *answer = o->media[0] != NULL ? o->media[0] : "answer";
	bool takes = route->body != NULL || o->body != NULL;

	if (example_of(d, o->id, "description").ptr == NULL ||
	    (takes && example_of(d, o->id, "request").ptr == NULL) ||
	    (o->thing != NULL && !doc_is_file(o) &&
	     example_of(d, o->id, answer).ptr == NULL))
		return o->id;
	return NULL;
}

static const char *
gap_in_route(struct doc *d, const struct route *route)
{
	const char *gap = NULL;

	if (route->doc.id == NULL)
		return route->path;
	doc_scope(d, route->doc.id, route->doc.thing);
	gap = gap_in_fields(d, route->body);
	if (gap == NULL)
		gap = gap_in_fields(d, route->query);
	if (gap == NULL)
		gap = gap_in_columns(d, route);
	if (gap == NULL)
		gap = gap_in_includes(d, route);
	return gap != NULL ? gap : gap_in_examples(d, route);
}

const char *
openapi_gap(const struct db *db)
{
	struct doc d = { .db = db };
	const char *gap = problems_gap();

	arena_init(&d.arena, ARENA_BYTES);
	examples_read(&d);
	for (int i = 0; i < surface_route_count() && gap == NULL; i++)
		gap = gap_in_route(&d, surface_route(i));
	arena_release(&d.arena);
	return gap;
}

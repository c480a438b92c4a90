/*
 * responses.c: the responses of an operation in the API document; its failures: failures.c.
 * Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <string.h>

#include "serve/principal.h"
#include "serve/surface.h"

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
		doc_refer(d, "headers",
			  route->doc.in_parts && strcmp(first, "ETag") == 0 ? "WholeETag"
									    : first,
			  "");
	}
	if ((route->method == HTTP_POST || route->method == HTTP_PUT) &&
	    (route->reply == CREATED || route->reply == ONE ||
	     route->reply == ACCEPTED) &&
	    !route_shows_nothing(route) &&
	    (first == NULL || strcmp(first, "ETag") != 0)) {
		json_key(&d->w, "ETag");
		doc_refer(d, "headers", "NewETag", "");
	}
	if (route_takes_key(route)) {
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

bool
doc_is_file(const struct operation *o)
{
	return o->thing != NULL && strcmp(o->thing, "Bytes") == 0;
}

static void
content(struct doc *d, const struct operation *o, const char *media, const char *suffix)
{
	bool is_json = strcmp(media, "application/json") == 0;

	doc_open(d, media);
	json_key(&d->w, "schema");
	doc_refer(d, "schemas", is_json || doc_is_file(o) ? o->thing : "Text", suffix);
	example_write(d, o->id, is_json ? "answer" : media);
	doc_close(d);
}

/* Beside JSON, or instead: a file whose row names no type is of one that bodies may be. */
static void
contents(struct doc *d, const struct operation *o)
{
	const char *const *kinds = surface.media;

	for (int i = 0; i < 2 && o->media[i] != NULL; i++)
		content(d, o, o->media[i], "");
	for (int i = 0;
	     doc_is_file(o) && o->media[0] == NULL && kinds != NULL && kinds[i] != NULL;
	     i++)
		content(d, o, kinds[i], "");
}

/* The response of a success; `status` may be one of two. */
static void
success(struct doc *d, const struct route *route, const struct operation *o,
	const char *status, const char *header)
{
	bool in_pages = route->reply == NUMBERED ||
			(route->reply == PAGE && route->handler == NULL);

	doc_open(d, status);
	doc_member(d, "description", o->thing == NULL ? "Done." : o->summary);
	headers(d, route, header, o->header);
	if (o->thing != NULL) {
		doc_open(d, "content");
		if (strcmp(o->thing, "Text") != 0 && !doc_is_file(o))
			content(d, o, "application/json", in_pages ? "Page" : "");
		contents(d, o);
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

/* Has what a write shows a version, of which a tag is made? */
static bool
shows_version(struct doc *d, const struct route *route)
{
	const struct db_column *columns;
	int count;

	if (route->shows == NULL)
		return false;
	count = db_columns(d->db, route->shows->shown_by, &columns);
	for (int i = 0; i < count; i++)
		if (strcmp(columns[i].name, "version") == 0)
			return true;
	return false;
}

static void
successes(struct doc *d, const struct route *route, const struct operation *o)
{
	bool is_tagged = !route->is_probe &&
			 (route->method == HTTP_GET ||
			  (route->method == HTTP_PATCH && shows_version(d, route)));

	if (route->reply == ACCEPTED)
		success(d, route, o, "202", NULL);
	else if (o->thing == NULL)
		success(d, route, o, "204", NULL);
	else if (route->reply == CREATED || o->is_made)
		success(d, route, o, "201", "Location");
	else
		success(d, route, o, "200", is_tagged ? "ETag" : NULL);
	if (o->may_wait)
		success(d, route, o, "202", NULL);
	/* nginx sends it, or the piece that Range names. */
	if (doc_is_file(o))
		success(d, route, o, "206", "ETag");
	if (doc_is_file(o)) {
		json_key(&d->w, "416");
		doc_refer(d, "responses", "Problem", "");
	}
	/* Made before, under the id that the client gave it. */
	if (route_takes_id(route) && route->shows != NULL)
		success(d, route, o, "200", "ETag");
	if (route->method == HTTP_GET && !route->is_probe)
		nothing(d, route, "304", "The client has it already.", "ETag");
}

void
responses_write(struct doc *d, const struct route *route)
{
	doc_open(d, "responses");
	successes(d, route, &route->doc);
	problems_of_route(d, route);
	doc_close(d);
}

/*
 * failures.c: the responses of failures in the API document: one for each set of codes
 * that causes.c has for a status, and an example of each code. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/problems.h"
#include "serve/surface.h"

/* Each status that a route can fail with. */
static const int statuses[] = { 400, 401, 402, 403, 404, 409, 410,
				412, 413, 415, 422, 429, 503, 507 };
enum { STATUSES = sizeof(statuses) / sizeof(statuses[0]) };

/* The name of a response says all of it, so that routes share it. */
static const char *
response_name(struct doc *d, const struct route *route, int status,
	      const struct codes *all)
{
	const char *name = arena_printf(&d->arena, "Problem%d", status);

	if (all->list[0].err == ERR_STALE)
		return arena_printf(&d->arena, "%s-%s", name,
				    route_that_shows(route)->doc.thing);
	for (int i = 0; i < all->count; i++)
		name = arena_printf(&d->arena, "%s-%s", name, all->list[i].code);
	return name;
}

void
problems_of_route(struct doc *d, const struct route *route)
{
	for (int i = 0; i < STATUSES; i++) {
		struct codes all = codes_of(route, statuses[i]);
		char status[16];

		if (all.count == 0)
			continue;
		snprintf(status, sizeof(status), "%d", statuses[i]);
		json_key(&d->w, status);
		doc_refer(d, "responses", response_name(d, route, statuses[i], &all), "");
	}
	json_key(&d->w, "default");
	doc_refer(d, "responses", "Problem", "");
}

static void
problem_headers(struct doc *d)
{
	static const char *const names[] = {
		"X-Request-Id",
		"Content-Language",
		"Retry-After",
		"RateLimit",
		"RateLimit-Policy",
		"ETag",
		"Allow",
		"Accept-Encoding",
		"WWW-Authenticate",
		"X-Hob-Round-Trips",
		"X-Hob-Worker",
	};

	doc_open(d, "headers");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_key(&d->w, names[i]);
		doc_refer(d, "headers", names[i], "");
	}
	doc_close(d);
}

/* "`code`: Title. Detail" for each. */
static void
problem_description(struct doc *d, const char *first, const struct codes *all)
{
	const char *text = first;

	for (int i = 0; i < all->count; i++) {
		const struct code *c = &all->list[i];

		text = arena_printf(&d->arena, "%s%s- `%s`: %s.%s%s", text,
				    text[0] != '\0' ? "\n" : "", c->code, c->title,
				    c->detail != NULL ? " " : "",
				    c->detail != NULL ? c->detail : "");
	}
	doc_member(d, "description", text);
	json_key(&d->w, "x-codes");
	json_array(&d->w);
	for (int i = 0; i < all->count; i++)
		json_cstring(&d->w, all->list[i].code);
	json_end_array(&d->w);
}

/* The members of a problem document; the words have those that only this code has. */
static void
problem_value(struct doc *d, const struct code *c, struct str current)
{
	struct str more = example_of(d, c->code, "members");

	json_object(&d->w);
	doc_member(d, "type", arena_printf(&d->arena, "/api/docs/errors#%s", c->code));
	doc_member(d, "title", c->title);
	doc_number(d, "status", problem_of(c->err)->status);
	if (c->detail != NULL)
		doc_member(d, "detail", c->detail);
	doc_member(d, "code", c->code);
	doc_member(d, "request_id", "01942f3a-6f00-7a10-8c01-5d2e9b4f7f01");
	if (current.ptr != NULL) {
		json_key(&d->w, "current");
		json_raw(&d->w, current);
	}
	/* Inside its braces. */
	if (more.len > 2)
		strbuf_addf(d->w.out, ",%.*s", (int)more.len - 2, more.ptr + 1);
	doc_close(d);
}

static void
problem_examples(struct doc *d, const struct codes *all, struct str current)
{
	doc_open(d, "examples");
	for (int i = 0; i < all->count; i++) {
		const struct code *c = &all->list[i];

		json_key(&d->w, c->code);
		if (c->err != ERR_STALE) {
			doc_refer(d, "examples", c->code, "");
			continue;
		}
		json_object(&d->w);
		doc_member(d, "summary", c->title);
		example_introduce(d, c->code);
		json_key(&d->w, "value");
		problem_value(d, c, current);
		doc_close(d);
	}
	doc_close(d);
}

static void
write_response(struct doc *d, const char *name, const char *schema, const char *first,
	       const struct codes *all, struct str current)
{
	doc_open(d, name);
	problem_description(d, first, all);
	problem_headers(d);
	doc_open(d, "content");
	doc_open(d, "application/problem+json");
	json_key(&d->w, "schema");
	doc_refer(d, "schemas", schema, "");
	problem_examples(d, all, current);
	doc_close(d);
	doc_close(d);
	doc_close(d);
}

static void
route_response(struct doc *d, const struct route *route, const char *name,
	       const struct codes *all)
{
	const char *schema = "Problem";
	struct str current = STR_NONE;

	if (all->list[0].err == ERR_PLAN_LIMIT)
		schema = "PlanLimitProblem";
	if (all->list[0].err == ERR_STALE) {
		const struct operation *shown = &route_that_shows(route)->doc;

		schema = arena_printf(&d->arena, "Stale%s", shown->thing);
		current = example_of(d, shown->id, "answer");
	}
	write_response(d, name, schema, "", all, current);
}

/* --- components ------------------------------------------------------------------ */

/* Each response, or each code, of all routes once. */
struct once {
	const char **names;
	int count;
};

static bool
is_new(struct once *o, const char *name)
{
	for (int i = 0; i < o->count; i++)
		if (strcmp(o->names[i], name) == 0)
			return false;
	o->names[o->count++] = name;
	return true;
}

static struct once
once_new(struct doc *d)
{
	size_t most = (size_t)surface_route_count() * STATUSES * CODES_MAX;

	return (struct once){ arena_zalloc(&d->arena, most, sizeof(char *)), 0 };
}

static void
write_responses(struct doc *d)
{
	struct codes rest = codes_anywhere();
	struct once seen = once_new(d);

	doc_open(d, "responses");
	for (int i = 0; i < surface_route_count() * STATUSES; i++) {
		const struct route *route = surface_route(i / STATUSES);
		struct codes all = codes_of(route, statuses[i % STATUSES]);
		const char *name;

		if (all.count == 0)
			continue;
		name = response_name(d, route, statuses[i % STATUSES], &all);
		if (is_new(&seen, name))
			route_response(d, route, name, &all);
	}
	write_response(d, "Problem", "Problem",
		       "Any other failure: its code says which, or its status where the "
		       "code is not known.",
		       &rest, STR_NONE);
	doc_close(d);
}

static void
write_examples_of(struct doc *d, const struct codes *all, struct once *seen)
{
	for (int i = 0; i < all->count; i++) {
		const struct code *c = &all->list[i];

		if (c->err == ERR_STALE || !is_new(seen, c->code))
			continue;
		doc_open(d, c->code);
		doc_member(d, "summary", c->title);
		example_introduce(d, c->code);
		json_key(&d->w, "value");
		problem_value(d, c, STR_NONE);
		doc_close(d);
	}
}

static void
write_examples(struct doc *d)
{
	struct codes rest = codes_anywhere();
	struct once seen = once_new(d);

	doc_open(d, "examples");
	for (int i = 0; i < surface_route_count() * STATUSES; i++) {
		struct codes all =
			codes_of(surface_route(i / STATUSES), statuses[i % STATUSES]);

		write_examples_of(d, &all, &seen);
	}
	write_examples_of(d, &rest, &seen);
	doc_close(d);
}

void
problems_write(struct doc *d)
{
	/* Members of an object that is open already: see openapi_write. */
	write_responses(d);
	write_examples(d);
}

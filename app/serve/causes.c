/*
 * causes.c: which codes of problems a route can answer with. What follows from its row is a
 * table here; the rest the row's `also` lists. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <string.h>

#include "core/die.h"
#include "serve/idempotency.h"
#include "serve/mode.h"
#include "serve/principal.h"
#include "serve/problems.h"
#include "serve/surface.h"

/* --- which ------------------------------------------------------------------ */

static bool
always(const struct route *route)
{
	(void)route;
	return true;
}

static bool
takes_json(const struct route *route)
{
	return route->body != NULL ||
	       (route->doc.body != NULL && route->doc.takes == NULL);
}

static bool
takes_body(const struct route *route)
{
	return route->body != NULL || route->reads_body || route->takes_files;
}

static bool
takes_files(const struct route *route)
{
	return route->takes_files;
}

static bool
is_limited(const struct route *route)
{
	return route->limited;
}

static bool
needs_role(const struct route *route)
{
	return route->access.role > 1;
}

static bool
can_miss(const struct route *route)
{
	return strchr(route->path, '{') != NULL || route->access.who == WHO_SCOPED ||
	       route->access.who == WHO_INTERNAL;
}

/* What was done under a key may be gone when it is asked again. */
static bool
is_shown_again(const struct route *route)
{
	return route_is_keyed(route) && route->doc.thing != NULL;
}

static bool
wants_reason(const struct route *route)
{
	return route->doc.wants_reason;
}

static bool
may_send(const struct route *route)
{
	return route->method != HTTP_GET;
}

static bool
is_counted(const struct route *route)
{
	return !route->is_probe;
}

static const struct cause {
	enum err err;
	const char *code; /* NULL: that of the error */
	bool (*when)(const struct route *route);
} causes[] = {
	{ ERR_MALFORMED, NULL, always },
	{ ERR_MALFORMED, "malformed_json", takes_json },
	{ ERR_INVALID, NULL, always },
	{ ERR_UNAUTHORIZED, NULL, route_is_signed },
	{ ERR_PLAN_LIMIT, NULL, is_limited },
	{ ERR_FORBIDDEN, NULL, needs_role },
	{ ERR_NOT_FOUND, NULL, can_miss },
	{ ERR_CONFLICT, "id_taken", route_takes_id },
	{ ERR_RUNNING, NULL, route_is_keyed },
	{ ERR_GONE, NULL, is_shown_again },
	{ ERR_STALE, NULL, route_is_conditional },
	{ ERR_TOO_LARGE, NULL, may_send },
	{ ERR_MEDIA_TYPE, NULL, takes_body },
	{ ERR_REUSED, NULL, route_is_keyed },
	{ ERR_REUSED, "reason_needed", wants_reason },
	{ ERR_TOO_MANY, NULL, is_counted },
	{ ERR_FULL, NULL, takes_files },
	{ ERR_BUSY, NULL, always },
	{ ERR_BUSY, "read_only", mode_bars },
};
enum { CAUSES = sizeof(causes) / sizeof(causes[0]) };

/* Any of these may be met anywhere: they are the default response. */
static const struct cause anywhere[] = {
	{ ERR_METHOD, NULL, always },
	{ ERR_INTERNAL, NULL, always },
};

static void
add_code(struct codes *all, enum err err, const char *code, const char *detail)
{
	const struct problem *p = problem_of(err);

	for (int i = 0; i < all->count; i++)
		if (strcmp(all->list[i].code, code != NULL ? code : p->code) == 0)
			return;
	if (all->count == CODES_MAX)
		die("a route has more than %d codes of one status", CODES_MAX);
	all->list[all->count++] = (struct code){ err, code != NULL ? code : p->code,
						 problem_title(err, code),
						 detail != NULL ? detail : p->detail };
}

/* A refusal about a field is a validation error. */
static const struct refusal *
find_in(const struct refusal *list, const char *code, size_t len)
{
	for (const struct refusal *c = list; c->constraint != NULL; c++)
		if (c->field == NULL && c->err != ERR_DONE && c->code != NULL &&
		    strlen(c->code) == len && strncmp(c->code, code, len) == 0)
			return c;
	return NULL;
}

static const struct refusal *
find_refusal(const char *code, size_t len)
{
	const struct refusal *c = find_in(surface.refusals, code, len);

	return c != NULL ? c : find_in(surface.words->said, code, len);
}

static enum err
find_problem(const char *code, size_t len)
{
	for (int e = 1; e < ERR_COUNT; e++) {
		const struct problem *p = problem_of((enum err)e);

		if (p->code != NULL && strlen(p->code) == len &&
		    strncmp(p->code, code, len) == 0)
			return (enum err)e;
	}
	return ERR_OK;
}

static void
add_cause(struct codes *all, const struct cause *c)
{
	const struct refusal *said =
		c->code != NULL ? find_refusal(c->code, strlen(c->code)) : NULL;

	add_code(all, c->err, c->code, said != NULL ? said->detail : NULL);
}

/* What principal_own_page says. */
static void
add_from_elsewhere(struct codes *all)
{
	add_code(all, ERR_FORBIDDEN, "header_needed", principal_header_needed);
	add_code(all, ERR_FORBIDDEN, "foreign_origin", principal_foreign_origin);
}

/* By the schemes: one is not taken and has words for that, or may be good for reading alone. */
static void
add_by_schemes(struct codes *all, const struct route *route, int status)
{
	unsigned taken = route_schemes(route);

	if (!route_is_signed(route) || problem_of(ERR_FORBIDDEN)->status != status)
		return;
	for (const struct scheme *s = surface.schemes; s->name != NULL;
	     s++, taken >>= 1) {
		if ((taken & 1) != 0 && s->place == CREDENTIAL_COOKIE)
			add_from_elsewhere(all);
		if ((taken & 1) == 0 && s->elsewhere != NULL)
			add_code(all, ERR_FORBIDDEN, "session_required", s->elsewhere);
		else if ((taken & 1) != 0 && s->may_write != NO_STATEMENT &&
			 route_right(route) == RIGHT_WRITE)
			add_cause(all,
				  &(struct cause){ ERR_FORBIDDEN, s->read_only, NULL });
	}
}

/* The codes of `also`, separated by spaces. */
static const char *
next_code(const char *p, size_t *len)
{
	p += strspn(p, " ");
	*len = strcspn(p, " ");
	return p;
}

static void
add_also(struct codes *all, const struct route *route, int status)
{
	const char *p = route->doc.also != NULL ? route->doc.also : "";
	size_t len;

	for (p = next_code(p, &len); len > 0; p = next_code(p + len, &len)) {
		const struct refusal *said = find_refusal(p, len);
		enum err e = said != NULL ? said->err : find_problem(p, len);

		if (e != ERR_OK && problem_of(e)->status == status)
			add_code(all, e, said != NULL ? said->code : NULL,
				 said != NULL ? said->detail : NULL);
	}
}

struct codes
codes_of(const struct route *route, int status)
{
	struct codes all = { .count = 0 };

	for (int i = 0; i < CAUSES; i++)
		if (problem_of(causes[i].err)->status == status && causes[i].when(route))
			add_cause(&all, &causes[i]);
	add_by_schemes(&all, route, status);
	add_also(&all, route, status);
	return all;
}

const char *
problems_gap(void)
{
	for (int i = 0; i < surface_route_count(); i++) {
		const char *also = surface_route(i)->doc.also, *p = also;
		size_t len;

		for (p = next_code(p != NULL ? p : "", &len); len > 0;
		     p = next_code(p + len, &len))
			if (find_refusal(p, len) == NULL &&
			    find_problem(p, len) == ERR_OK)
				return also;
	}
	return NULL;
}

struct codes
codes_anywhere(void)
{
	struct codes all = { .count = 0 };

	for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
		add_cause(&all, &anywhere[i]);
	return all;
}

/*
 * bind.c: parameters by name. At start every parameter of every route's
 * statements is traced to its source (a path part, a body field, a query
 * field, or a value of the request), and whatever is left over is an error:
 * a parameter without a source, a field that nothing reads, a statement that
 * neither a route nor code (surface.by_code) runs. Runs in workers, and in
 * `hob-api -t`.
 */
#include "serve/request.h"

#include <string.h>

#include "core/die.h"
#include "db/db.h"
#include "serve/idempotency.h"
#include "serve/principal.h"
#include "serve/surface.h"

enum source_kind { FROM_NOWHERE, FROM_PATH, FROM_BODY, FROM_QUERY, FROM_VALUE };

struct source {
	enum source_kind kind;
	int index;
};

/* The sources of one statement in one route. */
struct binding_entry {
	int statement;
	struct source *sources;
};

/* The scope, two that show, three about the key. */
enum { ORDERS_MAX = 16, ENTRIES_MAX = 6 + ORDERS_MAX + ROUTE_USES + ROUTE_INCLUDES };

struct binding_route {
	struct binding_entry entries[ENTRIES_MAX];
	int count;
};

struct binding {
	struct binding_route *routes;
	int count;
};

static const char *const value_names[VALUE_PROGRAM] = {
	[VALUE_NOW] = "now",
	[VALUE_NEW_ID] = "new_id",
	[VALUE_BODY] = "body",
	[VALUE_TOKEN_HASH] = "token_hash",
	[VALUE_SCOPE_ROLE] = "scope_role",
	[VALUE_LABELS] = "labels",
	[VALUE_LANGUAGE] = "language",
	[VALUE_LIMIT] = "limit",
	[VALUE_CURSOR_KEY] = "cursor_key",
	[VALUE_CURSOR_ID] = "cursor_id",
	[VALUE_IF_VERSIONS] = "if_versions",
	[VALUE_ONCE_KEY] = "once_key",
	[VALUE_ONCE_REQUEST] = "once_request",
	[VALUE_ONCE_WHOLE] = "once_whole",
	[VALUE_ONCE_WHOLE_REQUEST] = "once_whole_request",
	[VALUE_ONCE_ALWAYS] = "once_always",
};

bool
statement_takes(int statement, const char *param)
{
	const struct db_statement *s = &surface.statements[statement];

	for (int i = 0; i < s->param_count; i++) {
		if (strcmp(s->params[i], param) == 0)
			return true;
	}
	return false;
}

static int
value_index(const struct route *route, const char *name)
{
	bool takes_values =
		route->handler != NULL || route->prepare != NULL || route->takes != 0;

	if (route->method == HTTP_POST && route->shows != NULL &&
	    route->shows->id != NULL && strcmp(name, route->shows->id) == 0)
		return VALUE_NEW_ID;
	for (int i = 0; i < VALUE_PROGRAM; i++)
		if (strcmp(value_names[i], name) == 0)
			return i;
	for (int i = 0; takes_values && surface.values[i] != NULL; i++)
		if (strcmp(surface.values[i], name) == 0)
			return VALUE_PROGRAM + i;
	return -1;
}

static struct source
find_source(const struct route *route, const char *param)
{
	const struct {
		enum source_kind kind;
		int index;
	} tries[] = {
		{ FROM_PATH, route_part(route, param) },
		{ FROM_BODY, field_index(route->body, param) },
		{ FROM_QUERY, field_index(route->query, param) },
		{ FROM_VALUE, value_index(route, param) },
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (tries[i].index >= 0)
			return (struct source){ tries[i].kind, tries[i].index };
	}
	return (struct source){ FROM_NOWHERE, -1 };
}

static enum err
too_many(struct arena *a, const struct route *route, int most, const char *of,
	 const char **why)
{
	*why = arena_printf(a, "%s: more than %d %s", route->path, most, of);
	return ERR_INTERNAL;
}

static bool
is_included(const struct route *route, int statement)
{
	for (int i = 0; i < ROUTE_INCLUDES; i++)
		if (route->includes[i] == statement)
			return true;
	return false;
}

static enum err
add_entry(struct arena *a, const struct route *route, struct binding_route *into,
	  int statement, const char **why)
{
	const struct db_statement *s = &surface.statements[statement];
	struct binding_entry *entry = &into->entries[into->count];

	if (into->count == ENTRIES_MAX)
		return too_many(a, route, ENTRIES_MAX, "statements", why);
	entry->statement = statement;
	entry->sources =
		arena_zalloc(a, (size_t)s->param_count + 1, sizeof(*entry->sources));
	for (int i = 0; i < s->param_count; i++) {
		entry->sources[i] = find_source(route, s->params[i]);
		/* An included list has no filters: they are null. */
		if (entry->sources[i].kind == FROM_NOWHERE &&
		    !is_included(route, statement)) {
			*why = arena_printf(a, "%s %s: parameter :%s of %s has no source",
					    http_method_name(route->method), route->path,
					    s->params[i], s->name);
			return ERR_INTERNAL;
		}
	}
	into->count++;
	return ERR_OK;
}

/* All that a request to this route may run, but for `enter`. */
static enum err
bind_route(struct arena *a, const struct route *route, struct binding_route *into,
	   const char **why)
{
	int list[ENTRIES_MAX], count = 0, order_count;
	const struct db_order *orders = surface.orders(route->statement, &order_count);
	enum err e = ERR_OK;

	if (order_count > ORDERS_MAX)
		return too_many(a, route, ORDERS_MAX, "orderings", why);
	if (route->access.thing != NULL)
		list[count++] = route->access.thing->scope;
	if (route->statement != NO_STATEMENT && order_count == 0)
		list[count++] = (int)route->statement;
	for (int i = 0; i < order_count; i++)
		list[count++] = orders[i].statement;
	for (int i = 0; route_use(route, i) != NO_STATEMENT; i++) {
		if (i == ROUTE_USES)
			return too_many(a, route, ROUTE_USES, "further statements", why);
		list[count++] = route_use(route, i);
	}
	for (int i = 0; i < ROUTE_INCLUDES; i++)
		if (route->includes[i] != NO_STATEMENT)
			list[count++] = route->includes[i];
	if (route->shows != NULL)
		list[count++] = route->shows->shown_by;
	if (route->again != NULL)
		list[count++] = route->again->shown_by;
	if (route_is_keyed(route)) {
		list[count++] = surface.own.once;
		list[count++] = surface.own.once_whole;
		list[count++] = surface.own.keep_key;
	}
	for (int i = 0; i < count && e == ERR_OK; i++)
		e = add_entry(a, route, into, list[i], why);
	return e;
}

/* Is `name` read by one of the route's statements, directly or out of :body? */
static bool
field_is_read(const struct binding_route *b, const char *name)
{
	for (int i = 0; i < b->count; i++) {
		const struct db_statement *s =
			&surface.statements[b->entries[i].statement];
		char column[80] = "p.";

		if (statement_takes(b->entries[i].statement, name))
			return true;
		memcpy(column + 2, name, strlen(name) + 1);
		if (statement_takes(b->entries[i].statement, "body") &&
		    strstr(s->sql, column))
			return true;
	}
	return false;
}

static enum err
check_fields(struct arena *a, const struct route *route, const struct binding_route *b,
	     const struct field *fields, const char **why)
{
	int count = field_count(fields);

	for (int i = 0; i < count; i++) {
		/* A table shared with POST has fields a PATCH may not name. */
		if (fields[i].flags & HANDLED ||
		    (fields[i].flags & CREATE && route->method == HTTP_PATCH))
			continue;
		if (!field_is_read(b, fields[i].name)) {
			*why = arena_printf(a,
					    "%s %s: field \"%s\" is read by no statement",
					    http_method_name(route->method), route->path,
					    fields[i].name);
			return ERR_INTERNAL;
		}
	}
	if (count > FIELDS_MAX) {
		*why = arena_printf(a, "%s: more than %d fields", route->path,
				    FIELDS_MAX);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

static enum err
check_all_used(struct arena *a, const struct binding *b, const char **why)
{
	const int own[] = { surface.own.enter_known,   surface.own.me,
			    surface.own.once,	       surface.own.once_whole,
			    surface.own.keep_key,      surface.own.rehearsed,
			    surface.own.note_requests, surface.own.require_writable,
			    surface.own.startup_check, surface.own.ready_check };
	char *used = arena_zalloc(a, (size_t)surface.statement_count, 1);

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		used[own[i]] = 1;
	for (const int *s = surface.by_code; s != NULL && *s != NO_STATEMENT; s++)
		used[*s] = 1;
	for (const struct scheme *s = surface.schemes; s->name != NULL; s++)
		used[s->enter] = used[s->may_write] = 1;
	for (int i = 0; i < b->count; i++) {
		for (int j = 0; j < b->routes[i].count; j++)
			used[b->routes[i].entries[j].statement] = 1;
	}
	for (int i = 1; i < surface.statement_count; i++) {
		if (!used[i]) {
			*why = arena_printf(a,
					    "statement \"%s\" is used by no route, "
					    "and surface.by_code does not name it",
					    surface.statements[i].name);
			return ERR_INTERNAL;
		}
	}
	return ERR_OK;
}

/* What does not go together in the row; NULL: nothing. */
static const char *
misfit_of(const struct route *route)
{
	bool scoped = route->access.who == WHO_SCOPED;

	if (route->access.who == WHO_UNDECLARED ||
	    scoped != (route->access.thing != NULL) ||
	    scoped != (route->access.role != 0))
		return "declares no access";
	if (statement_takes((int)route->statement, "if_versions") !=
		    (route->shows != NULL && route->method != HTTP_POST) ||
	    (route->shows != NULL && route->shows->shown_by == NO_STATEMENT))
		return "must have both :if_versions and what shows the thing, or neither";
	if (route_is_keyed(route) && route->handler == NULL &&
	    !route_shows_nothing(route) && replayed_thing(route) == NULL)
		return "does not say what a retry is shown";
	return principal_misfit(route);
}

static enum err
check_route(struct arena *a, const struct route *route, struct binding_route *b,
	    const char **why)
{
	const char *misfit = misfit_of(route);
	enum err e;

	if (misfit != NULL) {
		*why = arena_printf(a, "%s %s %s", http_method_name(route->method),
				    route->path, misfit);
		return ERR_INTERNAL;
	}
	e = bind_route(a, route, b, why);
	if (e == ERR_OK)
		e = check_fields(a, route, b, route->body, why);
	if (e == ERR_OK)
		e = check_fields(a, route, b, route->query, why);
	return e;
}

enum err
binding_check(struct arena *a, const struct route *const *table, int count,
	      struct binding **out, const char **why)
{
	struct binding *b = arena_zalloc(a, 1, sizeof(*b));

	b->count = count;
	b->routes = arena_zalloc(a, (size_t)count, sizeof(*b->routes));
	for (int i = 0; i < count; i++) {
		enum err e = check_route(a, table[i], &b->routes[i], why);

		if (e != ERR_OK)
			return e;
	}
	*out = b;
	return check_all_used(a, b, why);
}

static const char *
source_text(const struct req *r, struct source s)
{
	switch (s.kind) {
	case FROM_PATH:
		return r->match.params[s.index].ptr;
	case FROM_BODY:
		return r->body[s.index];
	case FROM_QUERY:
		return r->query[s.index];
	case FROM_VALUE:
		return r->values[s.index];
	default:
		return NULL;
	}
}

const char *const *
binding_values(const struct binding *b, struct req *r, int statement)
{
	const struct binding_route *route = &b->routes[r->route_index];
	int count = surface.statements[statement].param_count;
	const char **values = arena_zalloc(r->arena, (size_t)count + 1, sizeof(*values));

	for (int i = 0; i < route->count; i++) {
		if (route->entries[i].statement != statement)
			continue;
		for (int j = 0; j < count; j++)
			values[j] = source_text(r, route->entries[i].sources[j]);
		return values;
	}
	die("%s %s runs %s, which it does not declare",
	    http_method_name(r->route->method), r->route->path,
	    surface.statements[statement].name);
}

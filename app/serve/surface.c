/*
 * surface.c: the tables of the program, found by number and by name. Runs in every process; the
 * master sees the part in heritage.h alone.
 */
#include "serve/surface.h"

#include <stdio.h>
#include <string.h>

#include "core/die.h"
#include "serve/heritage.h"

int
surface_route_count(void)
{
	int n = 0;

	for (const struct resource *const *r = surface.resources; *r != NULL; r++)
		n += (*r)->count;
	return n;
}

const struct route *
surface_route(int index)
{
	for (const struct resource *const *r = surface.resources; *r != NULL; r++) {
		if (index < (*r)->count)
			return &(*r)->routes[index];
		index -= (*r)->count;
	}
	return NULL;
}

const struct route *const *
surface_routes(struct arena *a)
{
	int count = surface_route_count();
	const struct route **list = arena_zalloc(a, (size_t)count, sizeof(*list));

	for (int i = 0; i < count; i++)
		list[i] = surface_route(i);
	return (const struct route *const *)list;
}

int
surface_find(enum http_method method, const char *path)
{
	for (int i = 0; i < surface_route_count(); i++)
		if (surface_route(i)->method == method &&
		    strcmp(surface_route(i)->path, path) == 0)
			return i;
	die("%s has no route", path);
}

bool
surface_takes_from(enum credential_place place)
{
	const struct scheme *s = surface.schemes;

	while (s->name != NULL && s->place != place)
		s++;
	return s->name != NULL;
}

int
route_use(const struct route *route, int i)
{
	int listed = 0;

	while (listed < ROUTE_USES && route->uses[listed] != NO_STATEMENT)
		listed++;
	if (i < listed)
		return route->uses[i];
	return route->uses_of != NULL ? route->uses_of(i - listed) : NO_STATEMENT;
}

bool
route_shows_nothing(const struct route *route)
{
	return route->reply == NO_CONTENT ||
	       (route->reply == ACCEPTED && route->doc.thing == NULL);
}

int
route_part(const struct route *route, const char *name)
{
	int index = 0;
	size_t len = strlen(name);

	for (const char *p = strchr(route->path, '{'); p != NULL; p = strchr(p, '{')) {
		p++;
		if (strncmp(p, name, len) == 0 && p[len] == '}')
			return index;
		index++;
	}
	return -1;
}

/* --- for the master -------------------------------------------------------- */

const char *
program_name(void)
{
	return surface.program;
}

const char *
program_keys(void)
{
	return surface.keys;
}

const struct pool *
program_pool(const struct config *c)
{
	return (const struct pool *)(const void *)((const char *)c + surface.pool);
}

void
routes_name(struct gate_board *board)
{
	int count = surface_route_count();

	if (count > GATE_ROUTES)
		die("the shared block holds %d routes, not %d", GATE_ROUTES, count);
	for (int i = 0; i < count; i++)
		snprintf(board->routes[i], sizeof(board->routes[i]), "%s %s",
			 http_method_name(surface_route(i)->method),
			 surface_route(i)->path);
	board->route_count = (uint32_t)count;
}

bool
route_writes(int32_t index)
{
	return index >= 0 && index < surface_route_count() &&
	       surface_route(index)->method != HTTP_GET;
}

const char *
route_statement_name(int32_t statement)
{
	return statement > 0 && statement < surface.statement_count
		       ? surface.statements[statement].name
		       : NULL;
}

#ifndef HOB_HTTP_ROUTER_H
#define HOB_HTTP_ROUTER_H

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "http/http.h"

/*
 * Finds the route of a path. Patterns are segments, "/api/tasks/{task_id}"; a
 * fixed segment wins over a parameter; at most ROUTER_PARAMS parameters. Built
 * once, read by everyone after.
 */
enum { ROUTER_PARAMS = 4 };

struct router;

struct router_match {
	int route;			/* as given to router_add */
	unsigned allowed;		/* bit per http_method: what the path has */
	int param_count;
	struct str params[ROUTER_PARAMS];	/* percent-decoded, in path order; live in the
					 * arena given to find, NUL-terminated */
};

struct router *router_new(struct arena *a);
/* ERR_INVALID for a bad pattern, ERR_CONFLICT when method and pattern are taken. */
enum err router_add(struct router *r, enum http_method method, const char *pattern, int route);
/*
 * `path` is raw, without the query. One trailing slash is dropped. ERR_OK;
 * ERR_NOT_FOUND; ERR_METHOD with out->allowed set; ERR_MALFORMED for a bad escape,
 * NUL or bad UTF-8. An empty segment matches nothing.
 */
enum err router_find(const struct router *r, struct arena *a, enum http_method method,
		     struct str path, struct router_match *out);
/* "GET, PATCH" for an Allow header. GET brings HEAD. */
const char *router_allow(struct arena *a, unsigned allowed);

#endif

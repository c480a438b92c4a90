#ifndef HOB_SERVE_INCLUDE_H
#define HOB_SERVE_INCLUDE_H

#include "core/err.h"
#include "serve/route.h"

struct req;

/*
 * ?include=pages: what belongs to one object, in the same answer and the same round trip: the
 * beginning of a list that has a route of its own below that of the object, whose cursor goes on there.
 * The names are the choices of the query's field `include`; route.includes has the statement of each list.
 */
enum { INCLUDED_ROWS = 20 };

/* The route whose list the i-th choice of `include` adds; NULL when it adds none, or there is none. */
const struct route *include_page(const struct route *route, int i);
/* The name of the i-th choice; NULL behind the last. */
const char *include_name(const struct route *route, int i);
/*
 * The route's statement and those of the lists that were asked for, in one pipeline; *out is the index
 * of the route's own. Results as request_run.
 */
enum err include_run(struct req *r, int *out);
/* Adds the lists to the object that the reply's body is. */
void include_reply(struct req *r);

#endif

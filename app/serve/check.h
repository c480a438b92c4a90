#ifndef HOB_SERVE_CHECK_H
#define HOB_SERVE_CHECK_H

#include <stdbool.h>

#include "model/verdict.h"
#include "model/config.h"

/* All checks, in a process of its own, for it opens connections. */

/*
 * Would a pool that runs already serve with this configuration? The host (host.h) as the user
 * we are, routes, database, rights, schema, time limits: for a reload.
 */
bool check_serving(const struct config *c, const char *path, enum check_to to);
/*
 * -t: would a start succeed? The same, and before it the checks that need the
 * rights of the starting user. Becomes the user on the way, as a start does. One line per
 * check on stdout.
 */
bool check_all(const struct config *c, const char *path);
/*
 * -r: the route table, for people or as JSON. False, with a sentence on stderr,
 * when it is not sound: a row without access, for one. Needs no configuration: the build
 * runs it on what it has linked.
 */
bool check_print_routes(bool as_json);
/* -o: the API document on stdout. False when the database does not answer. */
bool check_print_openapi(const struct config *c);

#endif

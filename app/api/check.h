#ifndef HOB_API_CHECK_H
#define HOB_API_CHECK_H

#include <stdbool.h>

#include "model/config.h"

/*
 * `hob-api -t`: would a pool with this configuration serve? Checks the route table
 * against the statements, the database's login, rights and schema version, and that every
 * statement prepares. One line per check on stdout; false when one failed.
 */
bool check_all(const struct config *c);
/*
 * `hob-api -r`: the route table, for people or as JSON. False, with a sentence on stderr,
 * when it is not sound: a row without access, for one. Needs no configuration: the build
 * runs it on what it has linked.
 */
bool check_print_routes(bool as_json);
/* `hob-api -o`: the API document on stdout. False when the database does not answer. */
bool check_print_openapi(const struct config *c);

#endif

#ifndef HOB_CLI_USER_ROW_H
#define HOB_CLI_USER_ROW_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"
#include "json/json.h"

/*
 * One line of `hob user import` as a member of the array that hob.import_accounts takes: checked, in the form in which
 * Hob stores it, and with its number. False, and in `why` what is wrong with the line and what to do, in `a`; nothing
 * is written then. `why` holds nothing of what the line says.
 */
bool user_row(struct arena *a, struct str line, long number, struct json_writer *out, const char **why);

#endif

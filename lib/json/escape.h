#ifndef HOB_JSON_ESCAPE_H
#define HOB_JSON_ESCAPE_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"

/* For strict.c. */

/* The four hex digits of a \u escape, or -1. */
int json_unit(const char *p, const char *end);
bool json_is_high(int unit);	/* the first half of a surrogate pair */
bool json_is_low(int unit);	/* the second */
/*
 * The text of a checked string, in `a`, made once: the names of an object are compared
 * often. An escape is never shorter than its character.
 */
struct str json_unescape(struct arena *a, struct str text);

#endif

#ifndef HOB_API_FIELDS_H
#define HOB_API_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "serve/field.h"

/*
 * What tables of fields share. Lengths are code points and generous: they guard the database and the
 * screen, not taste. No list is without an end.
 */

#define END { .name = NULL }
/* An id that the client made, offline perhaps; else the request's own. */
#define NEW_ID { "id", FIELD_NEW_ID, CREATE | HANDLED, 0, 0, NULL, NULL, 0 }
/* Which occurrence of a task is meant, so that none is acted on twice. */
#define OCCURRENCE(flags) { "occurrence", FIELD_INT, flags, 1, INT32_MAX, NULL, NULL, 0 }

/* Codes of one lookup in a query: more than any has. */
enum { CODES_ASKED_MAX = 50 };

#endif

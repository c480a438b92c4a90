#ifndef HOB_API_RESOURCES_H
#define HOB_API_RESOURCES_H

#include "api/things.h"
#include "api/values.h"
#include "serve/field.h"
#include "serve/surface.h"

/*
 * What every resource's file is written with. It ends with its table: fields, rows, and RESOURCE(name),
 * which routes.c lists.
 */

#define RESIDENCE "/api/residences/{residence_id}"
#define TASK "/api/tasks/{task_id}"

/* The words of a row for the API document: id, tag, schema of the answer, summary. */
#define DOC(...) .doc = { __VA_ARGS__ }

#define RESOURCE(name)                                                       \
	extern const struct resource name##_resource;                        \
	const struct resource name##_resource = {                            \
		#name, routes, (int)(sizeof(routes) / sizeof(routes[0]))     \
	}

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

#ifndef HOB_API_RESOURCES_H
#define HOB_API_RESOURCES_H

#include "api/things.h"
#include "api/values.h"
#include "serve/field.h"
#include "serve/surface.h"

/*
 * Included by every resource's file. The file ends with its table: fields, rows, and
 * RESOURCE(name), which routes.c lists.
 */

#define RESIDENCE "/api/residences/{residence_id}"
#define TASK "/api/tasks/{task_id}"

/* The row is about the account, or about who belongs to a residence: no access token reaches it. */
#define SESSION_ONLY .takes = TAKES(SCHEME_SESSION)

/* The words of a row for the API document: id, tag, schema of the answer, summary. */
#define DOC(...) .doc = { __VA_ARGS__ }

#define RESOURCE(name)                                                       \
	extern const struct resource name##_resource;                        \
	const struct resource name##_resource = {                            \
		#name, routes, (int)(sizeof(routes) / sizeof(routes[0]))     \
	}

/*
 * Shared parts of tables of fields. Lengths are code points and generous: they guard the
 * database and the screen, not taste. Every list has a limit.
 */

#define END { .name = NULL }
/* An id made by the client, offline perhaps; else the request's own. */
#define NEW_ID { "id", FIELD_NEW_ID, CREATE | HANDLED, 0, 0, NULL, NULL, 0 }
/* The occurrence of a task to act on, so that none is acted on twice: its number, or "current" with a key. */
static const char *const current_occurrence[] = { "current", NULL };
#define OCCURRENCE(flags) { "occurrence", FIELD_INT, flags, 1, INT32_MAX, current_occurrence, NULL, 0 }

/* How long before something is due one can be reminded, as ISO 8601 has it; hob.remind_of knows the longest. */
enum { REMIND_SPANS = 7 };
extern const char *const remind_spans[];

/* Codes of one lookup in a query: more than any has. */
enum { CODES_ASKED_MAX = 50 };

#endif

#ifndef HOB_API_RESOURCES_H
#define HOB_API_RESOURCES_H

#include "api/fields.h"
#include "api/things.h"
#include "api/values.h"
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

#endif

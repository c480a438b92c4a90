#ifndef HOB_ADMIN_RESOURCES_H
#define HOB_ADMIN_RESOURCES_H

#include "admin/entities.h"
#include "admin/lists.h"
#include "admin/values.h"
#include "serve/field.h"
#include "serve/surface.h"

/*
 * Included by every resource's file. The file ends with its table: fields, rows, and
 * RESOURCE(name), which routes.c lists.
 */

#define ADMIN "/api/admin"

/* By the names with which functions refuse (surface.refusals). */
extern const struct refusal admin_refusals[];

/* Whoever is signed in and has at least this role. */
extern const struct thing staff_thing;
#define STAFF(role) SCOPE(&staff_thing, role)

#define DOC(...) .doc = { __VA_ARGS__ }

#define RESOURCE(name)                                                       \
	extern const struct resource name##_resource;                        \
	const struct resource name##_resource = {                            \
		#name, routes, (int)(sizeof(routes) / sizeof(routes[0]))     \
	}

#define END { .name = NULL }

#endif

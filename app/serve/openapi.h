#ifndef HOB_SERVE_OPENAPI_H
#define HOB_SERVE_OPENAPI_H

/* Private to the document: what openapi.c (operations) and schemas.c (components) share. */

#include "serve/words.h"
#include "serve/request.h"
#include "serve/route.h"
#include "json/json.h"

struct doc {
	struct json_writer w;
	const struct db *db;
};

/* Members of the object that is open. */
void doc_member(struct doc *d, const char *name, const char *text);
void doc_open(struct doc *d, const char *name);
void doc_close(struct doc *d);
/* {"$ref": "#/components/<kind>/<name><suffix>"} */
void doc_refer(struct doc *d, const char *kind, const char *name, const char *suffix);
/* The word of a name: "owner" for "owner.id", "due_on" for "due_on__gte". NULL: none. */
const struct word *doc_meaning(const char *name);
/* Its description, when there is one. */
void doc_explain(struct doc *d, const char *name);

/* A member that is a number. */
void doc_number(struct doc *d, const char *name, int64_t n);
/* The member "type", and null besides. */
void doc_type(struct doc *d, const char *type, bool nullable);
/* The example of a name, when its word has one. */
void doc_exemplify(struct doc *d, const char *name);

/* The place of a field: a list is comma-separated in a query; a patch has no defaults. */
enum field_place { IN_QUERY, IN_BODY, IN_PATCH };
/* schemas.c: one field as a schema. */
void schema_of_field(struct doc *d, const struct field *f, enum field_place place);
/* columns.c: an object of these columns. */
void schema_of_rows(struct doc *d, const struct db_column *columns, int count);
/* security.c: how callers prove who they are: a member of components, and one of an operation. */
void security_schemes(struct doc *d);
void security_of_route(struct doc *d, const struct route *route);
/* All schemas of components. */
void schemas_write(struct doc *d);
/* "LampCreate", "LampPatch", "LightLampBody": the schema of the route's body. */
void schema_of_body(const struct route *route, const struct operation *o, char out[64]);

#endif

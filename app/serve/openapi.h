#ifndef HOB_SERVE_OPENAPI_H
#define HOB_SERVE_OPENAPI_H

/* Private to the document: what its files share. */

#include "core/arena.h"
#include "json/json.h"
#include "serve/request.h"
#include "serve/route.h"
#include "serve/words.h"

enum { DOC_SCOPES = 3, DOC_NAME_SIZE = 64 };

struct doc {
	struct json_writer w;
	const struct db *db;
	struct arena arena;
	struct json_outline operations;	/* the program's words for them */
	/* Schemas, or an operation, in which a name is looked for first; empty ones are none. */
	char scopes[DOC_SCOPES][DOC_NAME_SIZE];
};

/* --- document.c ---------------------------------------------------------- */

/* Names mean what they mean in `scope`, else in `thing`, until this is called again; NULL is none. */
void doc_scope(struct doc *d, const char *scope, const char *thing);
/* Members of the object that is open. */
void doc_member(struct doc *d, const char *name, const char *text);
void doc_open(struct doc *d, const char *name);
void doc_close(struct doc *d);
void doc_flag(struct doc *d, const char *name);
void doc_number(struct doc *d, const char *name, int64_t n);
/* The member "type", and null besides. */
void doc_type(struct doc *d, const char *type, bool nullable);
/* {"$ref": "#/components/<kind>/<name><suffix>"} */
void doc_refer(struct doc *d, const char *kind, const char *name, const char *suffix);
/* A value of that schema: the members of the object that is open; or null, when it may be. */
void doc_be(struct doc *d, const char *schema, bool nullable);
/* {"type": "null"}, an item of the list that is open. */
void doc_or_null(struct doc *d);
/* The word of a name: "owner" for "owner.id", "due_on" for "due_on__gte". NULL: none. */
const struct word *doc_meaning(const struct doc *d, const char *name);
/* What that says; NULL: nothing. */
const char *doc_says(const struct doc *d, const char *name);
/* Its description, when there is one. */
void doc_explain(struct doc *d, const char *name);
/* Its example, when there is one. */
void doc_exemplify(struct doc *d, const char *name);
/* The description of a schema, or `otherwise`, unless that is NULL. */
void doc_introduce(struct doc *d, const char *schema, const char *otherwise);

/* --- examples.c ---------------------------------------------------------- */

/* The members of a JSON object, as the program's words have them. */
struct json_outline words_outline(struct doc *d, const char *members);
/* Reads the program's words for operations, for the following. */
void examples_read(struct doc *d);
/* The member of an operation's words, as JSON; STR_NONE: it has none. */
struct str example_of(struct doc *d, const char *operation, const char *name);
/* The value of a parameter in the operation's example; STR_NONE. */
struct str example_parameter(struct doc *d, const char *operation, const char *name);
/* The member "example", when the operation's words have that. */
void example_write(struct doc *d, const char *operation, const char *name);
/* The description, and the members that pass through. */
void example_introduce(struct doc *d, const char *operation);

/* --- fields.c ------------------------------------------------------------ */

/* The place of a field: a list is comma-separated in a query; a patch has no defaults. */
enum field_place { IN_QUERY, IN_BODY, IN_PATCH };
/* One field as a schema. */
void schema_of_field(struct doc *d, const struct field *f, enum field_place place);
/*
 * A closed object of `fields` and of the tables in `more`, which NULL ends; those are there in a patch, too, and
 * first. `fields` may be NULL.
 */
void schema_of_fields(struct doc *d, const char *name, const struct field *const *more,
		      const struct field *fields, enum field_place place);
/*
 * Schemas that fields refer to by name, each once: `seen` remembers them, and has room for NAMED_MAX.
 */
enum { NAMED_MAX = 64 };
struct named {
	const char *names[NAMED_MAX];
	int count;
};
void schemas_named_by(struct doc *d, const struct field *fields, struct named *seen);

/* --- columns.c: an object of these columns, and what an `include` adds to it. -- */

void schema_of_rows(struct doc *d, const char *name, const struct db_column *columns, int count);

/* --- security.c: how callers prove who they are -------------------------- */

/* A member of components, and one of an operation. */
void security_schemes(struct doc *d);
void security_of_route(struct doc *d, const struct route *route);

/* --- schemas.c ----------------------------------------------------------- */

/* All schemas of components. */
void schemas_write(struct doc *d);
/* Is it one that the program has in words of its own? */
bool schema_is_by_hand(const char *thing);
/* "LampCreate", "LampPatch", "LightLampBody": the schema of the route's body. */
void schema_of_body(const struct route *route, const struct operation *o, char out[DOC_NAME_SIZE]);

/* --- document.c: what a row means for clients ----------------------------- */

bool route_is_conditional(const struct route *route);
/* Does a key do something? A row whose statement takes it asks nobody who calls. */
bool route_takes_key(const struct route *route);
/* May its body bring the id of what it makes? */
bool route_takes_id(const struct route *route);
/* The route that shows what `route` is about; NULL: none does. */
const struct route *route_that_shows(const struct route *route);

/* --- causes.c ------------------------------------------------------------ */

enum { CODES_MAX = 16 };

/* One code that a route can answer with. */
struct code {
	enum err err;
	const char *code, *title;
	const char *detail;	/* NULL: it depends */
};

struct codes {
	struct code list[CODES_MAX];
	int count;
};

/* Those of a route at one status. */
struct codes codes_of(const struct route *route, int status);
/* Those that any request may meet. */
struct codes codes_anywhere(void);
/* The first `also` of a row that has a code which no table knows; NULL: none. */
const char *problems_gap(void);

/* --- paths.c, responses.c, failures.c ------------------------------------ */

/* Parameters, bodies and responses of every route. */
void paths_write(struct doc *d);
/* Is what it answers a file that nginx sends (its thing is "Bytes"), and no text? */
bool doc_is_file(const struct operation *o);
/* The member "responses" of the operation that is open. */
void responses_write(struct doc *d, const struct route *route);
/* The failures among them, and the responses and examples that they share: members of components. */
void problems_of_route(struct doc *d, const struct route *route);
void problems_write(struct doc *d);

#endif

#ifndef HOB_SERVE_WORDS_H
#define HOB_SERVE_WORDS_H

#include <stdbool.h>

#include "core/err.h"
#include "core/strbuf.h"
#include "db/db.h"
#include "http/http.h"
#include "serve/field.h"
#include "serve/surface.h"

/*
 * Texts of the API document that the tables do not have. All else in the document (OpenAPI
 * 3.1) is printed from routes, fields and the columns that PostgreSQL describes.
 */

/*
 * The meaning of a property, field or parameter: by its bare name in any object, or as
 * "Lamp.state" in one schema, which goes first. Also of a schema itself, by its name.
 */
struct word {
	const char *name;
	const char *says;	/* NULL: what the bare name says */
	const char *example;	/* as JSON; NULL: none */
	bool nullable;		/* a property that may be null although no field of its name may */
	const char *schema;	/* of an answer's value, or of a list's items; NULL: the column says */
	const char *sent;	/* of a field's value: a schema of its choices, made from the field; NULL: inline */
};

/* A schema that a table of the program's yields, as JSON. */
struct schema {
	const char *name;	/* NULL ends the list */
	void (*write)(struct strbuf *out);
};

/* The rows of a statement that no route answers with. */
struct row_schema {
	const char *name;	/* NULL ends the list */
	int statement;
};

/* In schema or operation `name`, names mean what they mean in `like`, unless it says otherwise. */
struct likeness {
	const char *name;	/* NULL ends the list */
	const char *like;
};

/* An item of a longer body that is a request to a route of its own: that route's body and what else it takes. */
struct item_schema {
	const char *name;	/* NULL ends the list */
	const struct field *taken;
	enum http_method method;
	const char *path;
};

/* The program's texts for the document. */
struct words {
	const struct word *words;	/* bare names, in the order of the alphabet */
	int word_count;
	/* Tables of those of one schema; a name that is NULL ends each, and NULL the list. */
	const struct word *const *of_schemas;
	/*
	 * As the members of a JSON object each, made by scripts/docgen. Of `tags` each is its description. Of
	 * `operations` each is an object, by
	 * the operation's id: "description", a list of paragraphs; "parameters", by name, "request" and "answer", examples
	 * of them; "text/csv" and the like, of an answer in that type. More members, "x-…", pass through.
	 */
	const char *schemas, *operations, *tags;
	/* Ids of operations, in the order in which their examples follow each other; NULL-terminated. NULL: in none. */
	const char *const *story;
	const struct schema *written;	/* NULL: none */
	const struct row_schema *rows;	/* NULL: none */
	const struct likeness *likes;	/* NULL: none */
	const struct item_schema *items;	/* NULL: none */
	const struct refusal *said;	/* codes that handlers say, as in surface.refusals; its constraint is the code */
	const char *info;	/* as JSON */
};

/* Of the scope, a schema, or the bare name when `scope` is NULL. NULL when there is none. */
const struct word *word_find(const char *scope, const char *name);

/* openapi.c: appends the whole document. `db` must be READY: its columns are described. */
void openapi_write(struct strbuf *out, const struct db *db);
/* The first name that no word explains, or route that no operation does; NULL: complete. */
const char *openapi_gap(const struct db *db);

#endif

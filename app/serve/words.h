#ifndef HOB_SERVE_WORDS_H
#define HOB_SERVE_WORDS_H

#include <stdbool.h>

#include "core/err.h"
#include "core/strbuf.h"
#include "db/db.h"
#include "http/http.h"

/*
 * Texts of the API document that the tables do not have: names of operations and meanings
 * of words. All else in the document (OpenAPI 3.1) is printed from routes, fields and the
 * columns that PostgreSQL describes.
 */

/* The meaning of a property, field or parameter, in any object. */
struct word {
	const char *name;
	const char *says;
	const char *example;	/* as JSON; NULL: none */
	bool nullable;		/* a property that may be null although no field of its name may */
	const char *schema;	/* of words.schemas: what an answer has there, or null; NULL: the column says */
};

/* A schema that a table of the program's yields, as JSON. */
struct schema {
	const char *name;	/* NULL ends the list */
	void (*write)(struct strbuf *out);
};

/* The program's texts for the document. */
struct words {
	const struct word *words;
	int word_count;
	const char *schemas;	/* that no table describes, as the members of a JSON object */
	const struct schema *written;	/* and those that tables of its own describe */
	const char *info, *tags;	/* as JSON */
};

/* NULL when there is none. */
const struct word *word_find(const char *name);

/* openapi.c: appends the whole document. `db` must be READY: its columns are described. */
void openapi_write(struct strbuf *out, const struct db *db);
/* The first name that no word explains, or route that no operation does; NULL: complete. */
const char *openapi_gap(const struct db *db);

#endif

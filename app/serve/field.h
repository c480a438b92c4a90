#ifndef HOB_SERVE_FIELD_H
#define HOB_SERVE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/*
 * The fields of a body or a query. One table per shape; POST and PATCH of a resource
 * share one. The decoder and the API document read these.
 */
enum field_type {
	FIELD_TEXT,	/* min..max code points; what cannot be seen counts as empty */
	FIELD_LINE,	/* the same in one line: names and titles */
	FIELD_SEARCH,	/* the same; empty is absent */
	FIELD_PASSWORD,	/* min..max bytes */
	FIELD_EMAIL,
	FIELD_URL,	/* http or https, without a user or password in it */
	FIELD_INT,	/* min..max, or in a body one of `choices` */
	FIELD_DECIMAL,	/* string or number, `scale` decimals, min..max in whole units */
	FIELD_BOOL,
	FIELD_DAY,	/* YYYY-MM-DD, 1900..2200 */
	FIELD_TIME,	/* HH:MM */
	FIELD_INSTANT,	/* RFC 3339, any offset, 1900..2200 */
	FIELD_UUID,
	FIELD_UUIDS,	/* min..max of them in a list, each once; bound as an array; in bodies alone */
	FIELD_NEW_ID,	/* a UUID made by the client */
	FIELD_CODE,	/* a lookup's code: [a-z0-9_], checked by its foreign key */
	FIELD_CODES,	/* min..max of them, with commas; in a body a list, each once */
	FIELD_CHOICE,	/* one of `choices` */
	FIELD_CHOICES,	/* the same */
	FIELD_ZONE,	/* IANA time zone */
	FIELD_CURRENCY,	/* ISO 4217 alphabetic */
	FIELD_COUNTRY,	/* ISO 3166-1 alpha-2 */
	FIELD_LOCALE,	/* BCP 47, language and region */
	FIELD_OBJECT,	/* as `object` says */
	FIELD_OBJECTS,	/* min..max of them in a list; bound as a JSON array, of which a fallback is one, too */
	FIELD_LINES	/* min..max of FIELD_LINE in a list, of `scale` characters at most, each once; bound as an array */
};

enum field_flags {
	REQUIRED = 1,	/* on POST and in queries; a PATCH may leave it out, never null it */
	NULLABLE = 2,	/* null clears it */
	CREATE = 4,	/* on POST only: a PATCH may not name it */
	HANDLED = 8,	/* read by the route's handler, not by a statement */
	NOT_ZERO = 16,	/* FIELD_INT: 0 means nothing here */
	DEAR = 32	/* in a query: a request that names it counts as several reads, and is not cached */
};

struct cJSON;
struct field;
struct req;

/* A FIELD_OBJECT: an object of fields of its own, or a code that stands for one. Of FIELD_OBJECTS each is an object. */
struct field_object {
	const char *name;		/* of the type, in the route table: "recurrence" */
	const struct field *fields;
	const char *const *codes;	/* NULL-terminated; NULL: none stands for it */
	const char *wanted;		/* "must be an object, or ...", "must be a list of ..." */
	const char *schema, *code_schema;	/* of both, in the document; NULL: an object of any form */
	/*
	 * Checks it and writes the text to bind into *out (lives in the request's arena). Faults are noted on `r`
	 * below the field's name, and ERR_INVALID returned. `raw` is the value as it was sent. Of FIELD_OBJECTS it
	 * is objects_from_json (objects.h).
	 */
	enum err (*read)(struct req *r, const struct field *f, const struct cJSON *v,
			 struct str raw, const char **out);
};

struct field {
	const char *name;	/* as in the JSON, the URL, and the statement's parameter */
	enum field_type type;
	int flags;
	int64_t min, max;
	const char *const *choices;	/* NULL-terminated */
	const char *fallback;	/* text bound when absent on POST or in a query; NULL is null */
	int scale;
	const struct field_object *object;
	const char *(*choice)(int i);	/* instead of `choices`: those that a table has */
};

/* A table of fields ends with a row whose name is NULL. */
enum { FIELDS_MAX = 32, CODE_LENGTH_MAX = 64 };

int field_count(const struct field *fields);	/* NULL counts 0 */
int field_index(const struct field *fields, const char *name);	/* -1 when there is none */
bool field_is_list(const struct field *f);
const char *field_choice(const struct field *f, int i);	/* NULL behind the last */
/*
 * The most JSON values that a body of these fields may hold: itself, each field with its
 * longest list, and some unknown ones, so that they can be named in a problem.
 */
size_t field_values_max(const struct field *fields);	/* NULL has no fields */

#endif

#ifndef HOB_ADMIN_ENTITIES_H
#define HOB_ADMIN_ENTITIES_H

#include <stdint.h>

#include "admin/lists.h"
#include "serve/field.h"
#include "serve/route.h"
#include "serve/words.h"

/*
 * The entities of the staff API: what sql/entities says of each, as scripts/entitygen makes it at build time. Their
 * statements call views and functions of the schema staff, which decide (sql/README.md).
 */

enum {
	COLUMN_LIST = 1,	/* shown in lists and CSV */
	COLUMN_ORDER = 2,	/* lists can be sorted by it */
	COLUMN_FILTER = 4,	/* and filtered, by equality */
	COLUMN_WRITE = 8,	/* PATCH may name it */
	COLUMN_CREATE = 16,	/* POST may */
	COLUMN_REQUIRED = 32,	/* ... and must; PATCH may not clear it */
	COLUMN_MASKED = 64,	/* only a hint of it is shown */
	COLUMN_NULL = 128	/* null clears it */
};

/* A column, or a field of an action. Tables of these end with a row whose name is NULL. */
struct column {
	const char *name;
	const char *type;		/* as the panel draws it: "text", "enum" */
	unsigned flags;
	const char *reference;		/* the entity whose id it is; NULL */
	const char *const *values;	/* of an enum; NULL */
	const char *const *filters;	/* names of filters by less and more; NULL */
	int64_t min, max;		/* of what may be written: characters, or its value; both 0: no matter */
};

struct act {
	const char *name;		/* "read", or of an action */
	int role;			/* lowest that may; 0: nobody */
	bool needs_reason, needs_password;
	const struct column *fields;	/* of an action that has some; NULL */
};

struct entity {
	const char *name;		/* NULL ends the table */
	const char *path;
	const char *one;		/* the path of one of them */
	const char *title;		/* the column by which people know one */
	const char *const *within;	/* filters; there is no list without one of them; NULL */
	bool has_search;
	const struct column *columns;
	const struct act *acts;		/* read, create, update, delete */
	const struct act *actions;
};
extern const struct entity entities[];
/* Their words in the document of the API; a name that is NULL ends each table. */
extern const struct word entity_words[];
extern const struct likeness entity_likes[];

/* A `prepare`: refuses a list of what lies in homes that names none, no search and no ids. */
enum err entity_within(struct req *r);

/* The same for what is read for a reason alone: a search or ids do not do. */
enum err entity_at_home(struct req *r);

/* Handlers; what a row must have besides is said of each. */
enum err entity_create(struct req *r);	/* uses: what shows the new one */
enum err entity_update(struct req *r);	/* uses: what shows it, as .shows does */
/*
 * The same with each of `ids`, as the route of one of them does it, in a transaction of its own (serve/parts.h): what is
 * refused of one leaves the others done. They answer how many were done, and the problems of the others. uses: what asks
 * first what the door of one asks, so that a reason or a password that is missing is the problem of the whole.
 */
enum err entity_bulk_update(struct req *r);
enum err entity_bulk_delete(struct req *r);
/*
 * CSV of all that pass the filters, in pieces of :piece rows behind the id :after, each a round trip: so it takes no
 * more memory for a million rows. What fails on the way ends the connection. uses: what notes it, with :filters.
 */
enum err entity_export(struct req *r);

/* Any object, as it was sent: the function that takes it checks it. */
extern const struct field_object entity_json;
/* The `read` of the member `set` of a bulk-update: fields of its own, of which null clears those that it names. */
enum err entity_set(struct req *r, const struct field *f, const struct cJSON *v, struct str raw, const char **out);

enum { BULK_MOST = 100 };
#define EXPORTED { "bom", FIELD_BOOL, HANDLED, 0, 0, NULL, "true", 0 }

#endif

#ifndef HOB_SERVE_REPLY_PLAN_H
#define HOB_SERVE_REPLY_PLAN_H

#include <stdbool.h>

#include "core/str.h"

struct db;
struct db_column;

/*
 * How rows become JSON. For each statement a plan is made from the columns that it has on this
 * link: the bytes that stand before each value, and how the value's text becomes JSON. A column
 * "owner.id" belongs to the nested object "owner", "lamp.owner.id" to one that is nested in "lamp";
 * when the first column of a nested object is null, the object is null, or left out where its name
 * begins with a question mark, "?owner.id". Columns with a leading underscore are for the program
 * and are not printed; "_made" says of what a POST answers whether it has made it (201) or found it
 * (200).
 */

enum cell_form {
	CELL_RAW, /* numbers, json */
	CELL_BOOL,
	CELL_QUOTED, /* text that cannot need escaping: uuid, numeric, date, time */
	CELL_TEXT,
	CELL_INSTANT,
	CELL_TEXT_ARRAY
};

struct cell {
	int column;
	enum cell_form form;
	struct str before;  /* ,"name":  or  ,"owner":{"id": */
	struct str if_null; /* ,"owner":null for the head of a nested object, or nothing */
	int skip;	    /* head of a nested object: cells to skip when it is null */
	int closes;	    /* nested objects that end behind it, */
	int closes_null;    /* ... or behind what is skipped */
};

struct reply_plan {
	const struct db_column *columns; /* it was made from */
	struct cell *cells;
	int count;
	int version; /* column of that name, -1 when there is none */
	int made;    /* column "_made", -1: what a POST answers it has made */
};

/* The plans of all statements of a worker. */
struct reply_plans;

struct reply_plans *reply_plans_new(int statement_count);
void reply_plans_free(struct reply_plans *p);
/* The plan of `statement`, which has run on the present link of `db`. */
const struct reply_plan *reply_plan_get(struct reply_plans *p, const struct db *db, int statement);

#endif

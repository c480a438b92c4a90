#ifndef HOB_MODEL_ROW_PLAN_H
#define HOB_MODEL_ROW_PLAN_H

#include <stdbool.h>

#include "core/str.h"
#include "core/strbuf.h"

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

struct row_plan {
	const struct db_column *columns; /* it was made from */
	struct cell *cells;
	int count;
	int version; /* column of that name, -1 when there is none */
	int made;    /* column "_made", -1: what a POST answers it has made */
};

/* The plans of all statements of a process. */
struct row_plans;

struct row_plans *row_plans_new(int statement_count);
void row_plans_free(struct row_plans *p);
/* The plan of `statement`, which has run on the present link of `db`. */
const struct row_plan *row_plan_get(struct row_plans *p, const struct db *db, int statement);
/*
 * Appends one row as an object, without its closing brace, so that a caller can add members (the object has at least
 * one). `index` as given by db_queue.
 */
void row_open(const struct row_plan *plan, const struct db *db, int index, int row, struct strbuf *out);
/* A timestamptz in text, "2026-11-23 08:30:03.123+00" (TimeZone is UTC), as 2026-11-23T08:30:03Z: in buf, without NUL. */
enum { ROW_INSTANT_SIZE = 20 };
struct str row_instant(char buf[ROW_INSTANT_SIZE], struct str s);

#endif

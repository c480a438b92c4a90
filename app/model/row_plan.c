/*
 * row_plan.c: the columns are the JSON. A row of a board has some 25 cells and a board
 * 57 rows, so what can be known beforehand (names, quotes, commas, braces) is
 * one copy per cell. Writes no row: row.c does. Runs in workers, and in runners.
 */
#include "model/row_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/die.h"
#include "db/db.h"

struct row_plans {
	struct arena arena;
	unsigned links;
	const struct row_plan **plans;
	int count;
};

static enum cell_form
form_of(uint32_t type)
{
	switch (type) {
	case DB_TYPE_BOOL:
		return CELL_BOOL;
	case DB_TYPE_INT2:
	case DB_TYPE_INT4:
	case DB_TYPE_INT8:
	case DB_TYPE_FLOAT4:
	case DB_TYPE_FLOAT8:
	case DB_TYPE_JSON:
	case DB_TYPE_JSONB:
		return CELL_RAW;
	case DB_TYPE_UUID:
	case DB_TYPE_NUMERIC:
	case DB_TYPE_DATE:
	case DB_TYPE_TIME:
		return CELL_QUOTED;
	case DB_TYPE_TIMESTAMPTZ:
		return CELL_INSTANT;
	case DB_TYPE_TEXT_ARRAY:
	case DB_TYPE_UUID_ARRAY:
		return CELL_TEXT_ARRAY;
	default:
		return CELL_TEXT;
	}
}

/* "lamp.owner" of "lamp.owner.id"; STR_NONE of "title". */
static struct str
group_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? (struct str){ name, (size_t)(dot - name) } : STR_NONE;
}

static int
depth(struct str group)
{
	int n = 0;

	while (group.ptr != NULL) {
		str_cut(&group, '.');
		n++;
	}
	return n;
}

/* How many objects both are in. */
static int
shared(struct str a, struct str b)
{
	int n = 0;

	while (a.ptr != NULL && b.ptr != NULL &&
	       str_eq(str_cut(&a, '.'), str_cut(&b, '.')))
		n++;
	return n;
}

static void
add_cell(struct arena *a, struct row_plan *plan, const struct db_column *column,
	 int index, struct str group_before)
{
	struct cell *c = &plan->cells[plan->count];
	struct str group = group_of(column->name), object = group;
	const char *leaf = group.ptr ? column->name + group.len + 1 : column->name;
	int opens = depth(group) - shared(group, group_before);
	bool optional;
	char sep = plan->count ? ',' : '{';

	if (opens > 1)
		die("column \"%s\" begins two objects", column->name);
	c->column = index;
	c->form = form_of(column->type);
	for (int i = 1; i < depth(group); i++)
		str_cut(&object, '.');
	optional = object.len > 0 && object.ptr[0] == '?';
	if (optional)
		object = (struct str){ object.ptr + 1, object.len - 1 };
	if (opens == 1) {
		c->before = str_of(arena_printf(a, "%c\"%.*s\":{\"%s\":", sep,
						STR_FMT(object), leaf));
		c->if_null = optional ? STR("")
				      : str_of(arena_printf(a, "%c\"%.*s\":null", sep,
							    STR_FMT(object)));
	} else {
		c->before = str_of(arena_printf(a, "%c\"%s\":", sep, leaf));
	}
	plan->count++;
}

static struct str
group_at(const struct row_plan *plan, int i)
{
	return i < plan->count ? group_of(plan->columns[plan->cells[i].column].name)
			       : STR_NONE;
}

/* Now that all cells are known: where nested objects end. */
static void
close_groups(struct row_plan *plan)
{
	for (int i = 0; i < plan->count; i++) {
		struct cell *c = &plan->cells[i];
		struct str group = group_at(plan, i);
		int end = i + 1, in = depth(group);

		c->closes = in - shared(group, group_at(plan, end));
		if (c->if_null.ptr == NULL)
			continue;
		while (shared(group, group_at(plan, end)) == in)
			end++;
		c->skip = end - i;
		c->closes_null = in - 1 - shared(group, group_at(plan, end));
	}
}

static const struct row_plan *
make_plan(struct arena *a, const struct db *db, int statement)
{
	struct row_plan *plan = arena_zalloc(a, 1, sizeof(*plan));
	const struct db_column *columns;
	int count = db_columns(db, statement, &columns);
	struct str group = STR_NONE;

	plan->columns = columns;
	plan->cells = arena_zalloc(a, (size_t)count + 1, sizeof(*plan->cells));
	plan->version = plan->made = -1;
	for (int i = 0; i < count; i++) {
		struct str before = group;

		if (strcmp(columns[i].name, "_made") == 0)
			plan->made = i;
		if (columns[i].name[0] == '_')
			continue;
		if (strcmp(columns[i].name, "version") == 0)
			plan->version = i;
		group = group_of(columns[i].name);
		add_cell(a, plan, &columns[i], i, before);
	}
	close_groups(plan);
	return plan;
}

struct row_plans *
row_plans_new(int statement_count)
{
	struct row_plans *p = calloc(1, sizeof(*p));

	if (p == NULL)
		die("out of memory for the plans of rows");
	p->count = statement_count;
	arena_init(&p->arena, 32768);
	return p;
}

void
row_plans_free(struct row_plans *p)
{
	arena_release(&p->arena);
	free(p);
}

const struct row_plan *
row_plan_get(struct row_plans *p, const struct db *db, int statement)
{
	const struct db_column *columns;
	const struct row_plan *plan;

	if (p->links != db_links(db)) {
		arena_reset(&p->arena);
		p->plans = arena_zalloc(&p->arena, (size_t)p->count, sizeof(*p->plans));
		p->links = db_links(db);
	}
	plan = p->plans[statement];
	db_columns(db, statement, &columns);
	if (plan == NULL || plan->columns != columns)
		plan = p->plans[statement] = make_plan(&p->arena, db, statement);
	return plan;
}

/*
 * reply_plan.c: the columns are the JSON. A row of a board has some 25 cells and a board
 * 57 rows, so what can be known beforehand (names, quotes, commas, braces) is
 * one copy per cell. Writes no row: reply.c does. Runs in workers.
 */
#include "serve/reply_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/die.h"
#include "db/db.h"

struct reply_plans {
	struct arena arena;
	unsigned links;
	const struct reply_plan **plans;
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

/* "owner" of "owner.id"; STR_NONE of "title". */
static struct str
group_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? (struct str){ name, (size_t)(dot - name) } : STR_NONE;
}

static void
add_cell(struct arena *a, struct reply_plan *plan, const struct db_column *column,
	 int index, struct str group_before)
{
	struct cell *c = &plan->cells[plan->count];
	struct str group = group_of(column->name);
	const char *leaf = group.ptr ? column->name + group.len + 1 : column->name;
	bool optional = group.len > 0 && group.ptr[0] == '?';
	struct str key = { group.ptr + optional, group.len - optional };
	char sep = plan->count ? ',' : '{';

	c->column = index;
	c->form = form_of(column->type);
	if (group.ptr != NULL && !str_eq(group, group_before)) {
		c->before = str_of(
			arena_printf(a, "%c\"%.*s\":{\"%s\":", sep, STR_FMT(key), leaf));
		c->if_null = optional ? STR("")
				      : str_of(arena_printf(a, "%c\"%.*s\":null", sep,
							    STR_FMT(key)));
	} else {
		c->before = str_of(arena_printf(a, "%c\"%s\":", sep, leaf));
	}
	plan->count++;
}

/* Now that all cells are known: where nested objects end. */
static void
close_groups(struct reply_plan *plan)
{
	for (int i = 0; i < plan->count; i++) {
		int end = i + 1;

		if (plan->cells[i].if_null.ptr == NULL)
			continue;
		while (end < plan->count && plan->cells[end].skip == -1)
			end++;
		plan->cells[i].skip = end - i;
		plan->cells[end - 1].closes = true;
	}
}

static const struct reply_plan *
make_plan(struct arena *a, const struct db *db, int statement)
{
	struct reply_plan *plan = arena_zalloc(a, 1, sizeof(*plan));
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
		if (group.ptr != NULL && str_eq(group, before))
			plan->cells[plan->count - 1].skip = -1; /* inside, not head */
	}
	close_groups(plan);
	return plan;
}

struct reply_plans *
reply_plans_new(int statement_count)
{
	struct reply_plans *p = calloc(1, sizeof(*p));

	if (p == NULL)
		die("out of memory for reply plans");
	p->count = statement_count;
	arena_init(&p->arena, 32768);
	return p;
}

void
reply_plans_free(struct reply_plans *p)
{
	arena_release(&p->arena);
	free(p);
}

const struct reply_plan *
reply_plan_get(struct reply_plans *p, const struct db *db, int statement)
{
	const struct db_column *columns;
	const struct reply_plan *plan;

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

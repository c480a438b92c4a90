/*
 * columns.c: schemas of answers, from the columns that PostgreSQL describes. Runs where
 * openapi.c does.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/include.h"
#include "serve/surface.h"

static const struct column_kind {
	uint32_t oid;
	const char *type, *format;
} column_kinds[] = {
	{ DB_TYPE_BOOL, "boolean", NULL },
	{ DB_TYPE_INT2, "integer", NULL },
	{ DB_TYPE_INT4, "integer", NULL },
	{ DB_TYPE_INT8, "integer", NULL },
	{ DB_TYPE_FLOAT4, "number", NULL },
	{ DB_TYPE_FLOAT8, "number", NULL },
	{ DB_TYPE_JSON, "array", NULL }, /* by json_agg; objects are jsonb */
	{ DB_TYPE_JSONB, "object", NULL },
	{ DB_TYPE_UUID, "string", "uuid" },
	{ DB_TYPE_DATE, "string", "date" },
	{ DB_TYPE_TIMESTAMPTZ, "string", "date-time" },
	{ DB_TYPE_NUMERIC, "string", NULL },
	{ DB_TYPE_TEXT_ARRAY, "array", NULL },
};

static void
items(struct doc *d, const struct word *word, uint32_t oid)
{
	json_key(&d->w, "items");
	if (word != NULL && word->schema != NULL)
		doc_refer(d, "schemas", word->schema, "");
	else
		json_raw(&d->w, oid == DB_TYPE_JSON ? STR("{\"type\":\"object\"}")
						    : STR("{\"type\":\"string\"}"));
}

static void
column_schema(struct doc *d, const char *name, uint32_t oid)
{
	const struct word *word = doc_meaning(d, name);
	bool is_nullable = word != NULL && word->nullable;
	struct column_kind kind = { oid, "string", NULL };

	for (size_t i = 0; i < sizeof(column_kinds) / sizeof(column_kinds[0]); i++)
		if (column_kinds[i].oid == oid)
			kind = column_kinds[i];
	json_object(&d->w);
	if (word != NULL && word->schema != NULL && strcmp(kind.type, "array") != 0) {
		doc_be(d, word->schema, is_nullable);
		doc_explain(d, name);
		doc_close(d);
		return;
	}
	doc_type(d, kind.type, is_nullable);
	if (kind.format != NULL)
		doc_member(d, "format", kind.format);
	if (strcmp(kind.type, "array") == 0)
		items(d, word, oid);
	if (oid == DB_TYPE_NUMERIC)
		doc_member(d, "pattern", "^-?[0-9]+(\\.[0-9]+)?$");
	doc_explain(d, name);
	doc_exemplify(d, name);
	doc_close(d);
}

static size_t
group_length(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? (size_t)(dot - name) : 0;
}

static void rows_schema(struct doc *d, const struct db_column *columns, int count,
			size_t skip, const char *thing);

/* The columns "owner.…" from the first of them; returns how many they are. */
static int
group_schema(struct doc *d, const struct db_column *columns, int count)
{
	size_t len = group_length(columns[0].name);
	const struct word *word = doc_meaning(d, columns[0].name);
	char name[64];
	int n = 1;

	while (n < count && strncmp(columns[n].name, columns[0].name, len + 1) == 0)
		n++;
	snprintf(name, sizeof(name), "%.*s", (int)len, columns[0].name);
	json_key(&d->w, name + (name[0] == '?'));
	if (word == NULL || word->schema == NULL) {
		rows_schema(d, columns, n, len + 1, NULL);
		return n;
	}
	json_object(&d->w);
	doc_be(d, word->schema, word->nullable);
	doc_explain(d, name);
	doc_close(d);
	return n;
}

static void
required_names(struct doc *d, const struct db_column *columns, int count, size_t skip)
{
	char last[64] = "";

	json_key(&d->w, "required");
	json_array(&d->w);
	for (int i = 0; i < count; i++) {
		const char *name = columns[i].name + skip;
		size_t len = group_length(name);
		char one[64];

		snprintf(one, sizeof(one), "%.*s", (int)(len ? len : strlen(name)), name);
		if (name[0] == '_' || name[0] == '?' || strcmp(one, last) == 0)
			continue;
		json_cstring(&d->w, one);
		memcpy(last, one, sizeof(last));
	}
	json_end_array(&d->w);
}

/* What a query adds to a thing: the pages that an `include` of one of its routes names. */
static void
included_properties(struct doc *d, const char *thing)
{
	char page[DOC_NAME_SIZE];

	for (int i = 0; i < surface_route_count(); i++) {
		const struct route *route = surface_route(i);

		if (route->doc.thing == NULL || strcmp(route->doc.thing, thing) != 0)
			continue;
		for (int j = 0; include_page(route, j) != NULL; j++) {
			snprintf(page, sizeof(page), "%sPage",
				 include_page(route, j)->doc.thing);
			json_key(&d->w, include_name(route, j));
			json_object(&d->w);
			doc_be(d, page, false);
			doc_explain(d, include_name(route, j));
			doc_close(d);
		}
	}
}

/* `skip` bytes of each name are the group that these columns are the inside of; then `thing` is NULL. */
static void
rows_schema(struct doc *d, const struct db_column *columns, int count, size_t skip,
	    const char *thing)
{
	const struct word *word = skip ? doc_meaning(d, columns[0].name) : NULL;

	json_object(&d->w);
	doc_type(d, "object", word != NULL && word->nullable);
	if (word != NULL)
		doc_explain(d, columns[0].name);
	else if (skip == 0)
		doc_introduce(d, d->scopes[0], NULL);
	required_names(d, columns, count, skip);
	doc_open(d, "properties");
	for (int i = 0; i < count; i++) {
		const char *name = columns[i].name + skip;

		if (name[0] == '_')
			continue;
		if (group_length(name) > 0) {
			i += group_schema(d, columns + i, count - i) - 1;
			continue;
		}
		json_key(&d->w, name);
		column_schema(d, name, columns[i].type);
	}
	if (thing != NULL)
		included_properties(d, thing);
	doc_close(d);
	doc_close(d);
}

void
schema_of_rows(struct doc *d, const char *name, const struct db_column *columns,
	       int count)
{
	json_key(&d->w, name);
	rows_schema(d, columns, count, 0, name);
}

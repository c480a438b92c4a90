/* entities.c: lists, reads and writes of any entity. Runs in workers. */
#include "admin/entities.h"

#include <string.h>

#include "admin/values.h"
#include "csv/csv.h"
#include "db/db.h"
#include "json/json.h"
#include "model/row_plan.h"
#include "serve/objects.h"
#include "serve/parts.h"
#include "serve/pipeline.h"
#include "serve/preconditions.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/stream.h"
#include "serve/types.h"
#include "serve/worker.h"

static const struct entity *
entity_of(const struct route *route)
{
	const struct entity *e = entities;
	size_t len;

	for (; e->name != NULL; e++) {
		len = strlen(e->path);
		if (strncmp(route->path, e->path, len) == 0 &&
		    (route->path[len] == '\0' || route->path[len] == '/'))
			break;
	}
	return e;
}

/* --- lists ---------------------------------------------------------------------- */

enum err
entity_at_home(struct req *r)
{
	const struct entity *e = entity_of(r->route);

	for (int i = 0; e->within[i] != NULL; i++)
		if (request_query(r, e->within[i]) != NULL)
			return ERR_OK;
	return request_invalid(r, e->within[0], NULL, "required", "is missing");
}

enum err
entity_within(struct req *r)
{
	const struct entity *e = entity_of(r->route);

	if (e->within == NULL || request_query(r, "id__in") != NULL ||
	    (e->has_search && request_query(r, "search") != NULL))
		return ERR_OK;
	return entity_at_home(r);
}

/* --- one ------------------------------------------------------------------------ */

/* Runs what writes, and behind it what shows what it has written, at *shown; *index: what the first has done. */
static enum err
write_and_show(struct req *r, int *index, int *shown)
{
	enum err e = request_open(r);

	if (e != ERR_OK)
		return e;
	*index = request_queue(r, r->statement);
	*shown =
		r->at.shown >= 0 ? r->at.shown : request_queue_also(r, r->route->uses[0]);
	return request_wait(r);
}

static enum err
show(struct req *r, int shown, int status)
{
	if (db_row_count(r->worker->db, shown) == 0)
		return ERR_NOT_FOUND;
	r->statement = r->route->uses[0];
	return reply_made(r, shown, status);
}

enum err
entity_create(struct req *r)
{
	int index, shown;
	enum err e = write_and_show(r, &index, &shown);

	return e == ERR_OK ? show(r, shown, 201) : e;
}

enum err
entity_update(struct req *r)
{
	int index, shown;
	enum err e = write_and_show(r, &index, &shown);

	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, index) == 0 && r->at.shown >= 0)
		return preconditions_stale(r);
	return show(r, shown, 200);
}

/* --- many ----------------------------------------------------------------------- */

struct bulk {
	struct parts parts;
	struct str ids[BULK_MOST];
};

static void
begin_parts(struct req *r, struct bulk *b, enum http_method method, const char *body)
{
	const char *path = entity_of(r->route)->one;
	int count = value_items(r->arena, request_field(r, "ids"), b->ids, BULK_MOST);

	parts_init(r, &b->parts, count);
	for (int i = 0; i < count; i++) {
		struct req *one = &part_begin(r, &b->parts, method, path)->req;

		one->match.params[0] = b->ids[i];
		one->values[VALUE_BODY] = body;
		one->within = body != NULL ? "set" : NULL;
	}
}

static void
add_refused(struct req *r, struct json_writer *w, struct str id, struct part *p)
{
	part_refuse(r, p);
	json_object(w);
	json_key(w, "id");
	json_string(w, id);
	json_key(w, "status");
	json_i64(w, p->out.status);
	json_key(w, "problem");
	json_raw(w, strbuf_str(&p->out.body));
	json_end_object(w);
}

static int
count_done(const struct parts *p)
{
	int done = 0;

	for (int i = 0; i < p->count; i++)
		done += p->list[i].e == ERR_OK;
	return done;
}

static void
reply_bulk(struct req *r, struct bulk *b)
{
	struct parts *p = &b->parts;
	struct json_writer w;

	reply_json(r, 200);
	json_begin(&w, &r->out->body);
	json_object(&w);
	json_key(&w, "count");
	json_i64(&w, count_done(p));
	json_key(&w, "refused");
	json_array(&w);
	for (int i = 0; i < p->count; i++)
		if (p->list[i].e != ERR_OK)
			add_refused(r, &w, b->ids[i], &p->list[i]);
	json_end_array(&w);
	json_end_object(&w);
}

static enum err
run_bulk(struct req *r, enum http_method method, const char *body)
{
	struct bulk *b = arena_zalloc(r->arena, 1, sizeof(*b));
	enum err e;

	r->statement = r->route->uses[0];
	begin_parts(r, b, method, body);
	e = limit_parts(r, "ids", b->parts.count);
	if (e == ERR_OK)
		e = parts_run(r, &b->parts);
	if (e == ERR_OK)
		reply_bulk(r, b);
	return e;
}

enum err
entity_bulk_update(struct req *r)
{
	return run_bulk(r, HTTP_PATCH, request_field(r, "set"));
}

enum err
entity_bulk_delete(struct req *r)
{
	return run_bulk(r, HTTP_DELETE, NULL);
}

enum err
entity_set(struct req *r, const struct field *f, const struct cJSON *v, struct str raw,
	   const char **out)
{
	const char *texts[FIELDS_MAX], *outside = r->within;
	bool good;

	if (!cJSON_IsObject(v))
		return request_invalid_body(r, f->name, "type", f->object->wanted);
	r->within = f->name;
	good = object_read(r, f->object->fields, raw, texts);
	r->within = outside;
	if (good)
		*out = object_write(r, f->object->fields, texts, v);
	return good ? ERR_OK : ERR_INVALID;
}

/* --- objects of any form ---------------------------------------------------------- */

/* What nobody reads here the database does, and it refuses numbers that others do not. */
static enum err
read_object(struct req *r, const struct field *f, const struct cJSON *v, struct str raw,
	    const char **out)
{
	const struct json_limits max = { CJSON_NESTING_LIMIT, SIZE_MAX, true };
	struct json_outline outline;
	struct json_fault fault;

	if (!cJSON_IsObject(v))
		return request_invalid_body(r, f->name, "type", f->object->wanted);
	if (json_outline(r->arena, raw, max, &outline, &fault) != ERR_OK)
		return request_invalid_body(r, f->name, "format",
					    "has a number that is too large or too "
					    "small");
	*out = arena_cstr(r->arena, raw);
	return ERR_OK;
}

/* clang-format off */
/* Nobody reads its members by this; it says how many there may be. */
static const struct field any_members[] = {
	{ "member", FIELD_LINES, HANDLED, 0, 2000, NULL, NULL, 200 },
	{ .name = NULL }
};
/* clang-format on */

const struct field_object entity_json = {
	"object", any_members, NULL, "must be an object", NULL, NULL, read_object,
};

/* --- CSV ------------------------------------------------------------------------ */

enum { PIECE_ROWS = 1000 };

/* Columns with an underscore in front are for the program. */
static void
add_head(struct csv *c, const struct db_column *columns, int count)
{
	for (int i = 0; i < count; i++)
		if (columns[i].name[0] != '_')
			csv_cell(c, str_of(columns[i].name));
	csv_end_row(c);
}

/* Only what somebody may have written is kept from being a formula: -1 stays a number. */
static void
add_cell(struct csv *c, uint32_t type, struct str text)
{
	char instant[ROW_INSTANT_SIZE];

	switch (text.ptr != NULL ? type : DB_TYPE_TEXT) {
	case DB_TYPE_TIMESTAMPTZ:
		csv_plain(c, row_instant(instant, text));
		break;
	case DB_TYPE_BOOL:
		csv_plain(c, str_is(text, "t") ? STR("true") : STR("false"));
		break;
	case DB_TYPE_INT2:
	case DB_TYPE_INT4:
	case DB_TYPE_INT8:
	case DB_TYPE_FLOAT4:
	case DB_TYPE_FLOAT8:
	case DB_TYPE_NUMERIC:
		csv_plain(c, text);
		break;
	default:
		csv_cell(c, text);
	}
}

static void
add_rows(struct req *r, struct csv *c, int index, const struct db_column *columns,
	 int count)
{
	const struct db *db = r->worker->db;

	for (int row = 0; row < db_row_count(db, index); row++) {
		for (int i = 0; i < count; i++)
			if (columns[i].name[0] != '_')
				add_cell(c, columns[i].type, db_value(db, index, row, i));
		csv_end_row(c);
	}
}

static void
begin_file(struct req *r)
{
	const struct entity *e = entity_of(r->route);

	r->out->status = 200;
	r->out->content_type = "text/csv; charset=utf-8";
	http_response_header(r->out, "Content-Disposition",
			     str_of(arena_printf(r->arena,
						 "attachment; filename=\"%s.csv\"",
						 e->name)));
	if (strcmp(request_query(r, "bom"), "true") == 0)
		strbuf_add_cstr(&r->out->body, "\xef\xbb\xbf");
}

/* Names of filters, with commas between: what was sought is nobody's business later. */
static const char *
filters_named(struct req *r)
{
	const char *names = "", *comma = "";

	for (int i = 0; i < field_count(r->route->query); i++) {
		const struct field *f = &r->route->query[i];

		if (r->query[i] == NULL || f->flags & HANDLED)
			continue;
		names = arena_printf(r->arena, "%s%s%s", names, comma, f->name);
		comma = ",";
	}
	return names;
}

/* The first one notes the export, too. */
static enum err
run_piece(struct req *r, int *index)
{
	enum err e = request_open(r);

	if (e != ERR_OK)
		return e;
	*index = request_queue(r, r->statement);
	if (r->values[VALUE_AFTER] == NULL)
		request_queue_also(r, r->route->uses[0]);
	return request_wait(r);
}

enum err
entity_export(struct req *r)
{
	struct csv c = { &r->out->body, 0 };
	const struct db_column *columns;
	int index, count, columns_count;
	enum err e;

	r->values[VALUE_PIECE] = arena_printf(r->arena, "%d", PIECE_ROWS);
	r->values[VALUE_FILTERS] = filters_named(r);
	do {
		e = run_piece(r, &index);
		if (e != ERR_OK)
			return e;
		count = db_row_count(r->worker->db, index);
		columns_count = db_columns(r->worker->db, r->statement, &columns);
		if (r->values[VALUE_AFTER] == NULL) {
			begin_file(r);
			add_head(&c, columns, columns_count);
		}
		add_rows(r, &c, index, columns, columns_count);
		if (count > 0)
			r->values[VALUE_AFTER] =
				arena_cstr(r->arena,
					   db_get(r->worker->db, index, count - 1, "id"));
		if (count == PIECE_ROWS)
			e = stream_send(r);
	} while (e == ERR_OK && count == PIECE_ROWS);
	return e;
}

/*
 * reply.c: the replies that are made of rows. Runs in workers.
 */
#include "serve/reply.h"

#include <string.h>

#include "core/die.h"
#include "json/json.h"
#include "model/row_plan.h"
#include "serve/cursor.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

int
reply_column(const struct db *db, int statement, const char *name)
{
	const struct db_column *columns;
	int count = db_columns(db, statement, &columns);

	for (int i = 0; i < count; i++) {
		if (strcmp(columns[i].name, name) == 0)
			return i;
	}
	die("statement %d has no column \"%s\"", statement, name);
}

struct str
reply_text(struct req *r, int index, int row, const char *column)
{
	const struct db *db = r->worker->db;
	const struct db_column *columns;
	int at = reply_column(db, r->statement, column);
	struct str text = db_value(db, index, row, at);
	char instant[ROW_INSTANT_SIZE];

	db_columns(db, r->statement, &columns);
	if (text.ptr != NULL && columns[at].type == DB_TYPE_BOOL)
		return str_is(text, "t") ? STR("true") : STR("false");
	if (text.ptr == NULL || columns[at].type != DB_TYPE_TIMESTAMPTZ)
		return text;
	return arena_str(r->arena, row_instant(instant, text));
}

/* --- shapes -------------------------------------------------------------- */

void
reply_json(struct req *r, int status)
{
	r->out->status = status;
	r->out->content_type = "application/json";
}

void
reply_add_row(struct req *r, int index, int row)
{
	struct worker *w = r->worker;

	row_open(row_plan_get(w->plans, w->db, r->statement), w->db, index, row,
		 &r->out->body);
	strbuf_add_char(&r->out->body, '}');
}

void
reply_add_rows(struct req *r, int statement, int index, int count)
{
	struct worker *w = r->worker;
	struct strbuf *body = &r->out->body;

	for (int row = 0; row < count; row++) {
		if (row > 0)
			strbuf_add_char(body, ',');
		row_open(row_plan_get(w->plans, w->db, statement), w->db, index, row,
			 body);
		strbuf_add_char(body, '}');
	}
}

/* Below the path it was made at, unless the route says where. */
static void
add_location(struct req *r, struct str id)
{
	struct str rest = request_header(r, "REQUEST_URI");
	struct str path = str_cut(&rest, '?');

	if (str_ends(path, STR("/")))
		path.len--;
	http_response_header(r->out, "Location",
			     str_of(r->route->location
					    ? arena_printf(r->arena, "%s%.*s",
							   r->route->location,
							   STR_FMT(id))
					    : arena_printf(r->arena, "%.*s/%.*s",
							   STR_FMT(path), STR_FMT(id))));
}

enum err
reply_made(struct req *r, int index, int status)
{
	struct worker *w = r->worker;
	const struct row_plan *plan = row_plan_get(w->plans, w->db, r->statement);

	reply_json(r, status);
	if (status == 201)
		add_location(r, db_get(w->db, index, 0, "id"));
	if (plan->version >= 0)
		r->version = db_value(w->db, index, 0, plan->version);
	reply_add_row(r, index, 0);
	return ERR_OK;
}

void
reply_reveal(struct req *r)
{
	struct strbuf *body = &r->out->body;
	char *at;

	if (r->secret.len == 0 || r->secret.len != r->stand_in.len)
		return;
	at = memmem(body->ptr, body->len, r->stand_in.ptr, r->stand_in.len);
	if (at != NULL)
		memcpy(at, r->secret.ptr, r->secret.len);
}

int
reply_rows_that_fit(const struct db *db, int index, int64_t limit, bool *more)
{
	int count = db_row_count(db, index), column = db_find_column(db, index, "_bytes");
	int64_t bytes = 0;

	if (column >= 0 && count > 0)
		str_to_i64(db_value(db, index, count - 1, column), &bytes);
	*more = count > limit || bytes > PAGE_TEXT_BYTES;
	return *more ? count - 1 : count;
}

/* The cursor of the next page; rows without an id of their own name one. */
static struct str
next_cursor(struct req *r, int index, int last)
{
	const struct db *db = r->worker->db;
	bool named = db_find_column(db, index, "_cursor_id") >= 0;

	return cursor_encode(r, db_get(db, index, last, "_cursor_key"),
			     db_get(db, index, last, named ? "_cursor_id" : "id"));
}

void
reply_add_page(struct req *r, int index)
{
	struct worker *w = r->worker;
	struct strbuf *body = &r->out->body;
	bool paged = statement_takes(r->statement, "limit"), more;
	int count =
		reply_rows_that_fit(w->db, index, paged ? r->limit : INT32_MAX, &more);

	strbuf_add(body, STR("{\"results\":["));
	reply_add_rows(r, r->statement, index, count);
	strbuf_add(body, STR("],\"next_cursor\":"));
	if (more)
		strbuf_addf(body, "\"%.*s\"", STR_FMT(next_cursor(r, index, count - 1)));
	else
		strbuf_add(body, STR("null"));
	strbuf_add_char(body, '}');
}

/* Did a POST find its object instead of making it? */
static bool
was_there(struct req *r, int index)
{
	struct worker *w = r->worker;
	const struct row_plan *plan = row_plan_get(w->plans, w->db, r->statement);

	return plan->made >= 0 && str_is(db_value(w->db, index, 0, plan->made), "f");
}

enum err
reply_rows(struct req *r, int index)
{
	if (r->route->reply == PAGE) {
		reply_json(r, 200);
		reply_add_page(r, index);
		return ERR_OK;
	}
	if (db_row_count(r->worker->db, index) == 0)
		return ERR_NOT_FOUND;
	switch (r->route->reply) {
	case CREATED:
		return reply_made(r, index, was_there(r, index) ? 200 : 201);
	case NO_CONTENT:
		r->out->status = 204;
		return ERR_OK;
	case ACCEPTED:
		r->out->status = 202;
		return route_shows_nothing(r->route) ? ERR_OK : reply_made(r, index, 202);
	default:
		return reply_made(r, index, 200);
	}
}

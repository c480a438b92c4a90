/*
 * reply.c: writes rows, by the plan of their statement, and the replies made of them.
 * Runs in workers.
 */
#include "serve/reply.h"

#include <string.h>

#include "core/die.h"
#include "json/json.h"
#include "serve/cursor.h"
#include "serve/reply_plan.h"
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

/* --- writing rows -------------------------------------------------------- */

/* Beside its text a cell takes at most ,"null" and braces; an instant is cut to 22 bytes. */
enum { CELL_ROOM = 32 };

static char *
put(char *to, struct str s)
{
	memcpy(to, s.ptr, s.len);
	return to + s.len;
}

static char *
put_quoted(char *to, struct str s)
{
	*to++ = '"';
	to = put(to, s);
	*to++ = '"';
	return to;
}

/* "2026-11-23 08:30:03.123+00" (TimeZone is UTC) becomes "2026-11-23T08:30:03Z". */
static char *
put_instant(char *to, struct str s)
{
	if (s.len < 19)
		die("\"%.*s\" is no timestamp in ISO style", STR_FMT(s));
	to[0] = '"';
	memcpy(to + 1, s.ptr, 19);
	to[11] = 'T';
	to[20] = 'Z';
	to[21] = '"';
	return to + 22;
}

struct str
reply_text(struct req *r, int index, int row, const char *column)
{
	const struct db *db = r->worker->db;
	const struct db_column *columns;
	int at = reply_column(db, r->statement, column);
	struct str text = db_value(db, index, row, at);
	char instant[24];

	db_columns(db, r->statement, &columns);
	if (text.ptr != NULL && columns[at].type == DB_TYPE_BOOL)
		return str_is(text, "t") ? STR("true") : STR("false");
	if (text.ptr == NULL || columns[at].type != DB_TYPE_TIMESTAMPTZ)
		return text;
	put_instant(instant, text);
	return arena_str(r->arena, (struct str){ instant + 1, 20 });
}

/* One element of an array literal, quoted or bare; *at moves behind it. */
static void
add_array_item(struct strbuf *out, struct str s, size_t *at)
{
	struct strbuf item;
	bool quoted = s.ptr[*at] == '"';
	size_t i = *at + quoted;

	strbuf_init(&item);
	while (i < s.len &&
	       (quoted ? s.ptr[i] != '"' : s.ptr[i] != ',' && s.ptr[i] != '}')) {
		i += s.ptr[i] == '\\';
		strbuf_add_char(&item, s.ptr[i++]);
	}
	*at = i + quoted;
	if (!quoted && str_is(strbuf_str(&item), "NULL")) {
		strbuf_add(out, STR("null"));
	} else {
		strbuf_add_char(out, '"');
		json_escape(out, strbuf_str(&item));
		strbuf_add_char(out, '"');
	}
	strbuf_release(&item);
}

/* One-dimensional array text, {a,"b c",NULL} (PostgreSQL manual, 8.15.6). */
static void
add_text_array(struct strbuf *out, struct str s)
{
	size_t at = 1;

	strbuf_add_char(out, '[');
	while (at < s.len && s.ptr[at] != '}') {
		if (at > 1)
			strbuf_add_char(out, ',');
		add_array_item(out, s, &at);
		at += at < s.len && s.ptr[at] == ',';
	}
	strbuf_add_char(out, ']');
}

/* Writes a cell that needs no look at each byte; NULL: this form does. */
static char *
put_plain(char *to, enum cell_form form, struct str s)
{
	if (s.ptr == NULL)
		return put(to, STR("null"));
	switch (form) {
	case CELL_RAW:
		return put(to, s);
	case CELL_BOOL:
		return put(to, s.ptr[0] == 't' ? STR("true") : STR("false"));
	case CELL_QUOTED:
		return put_quoted(to, s);
	case CELL_INSTANT:
		return put_instant(to, s);
	default:
		return NULL;
	}
}

/* One reservation a cell: a board has 1,400 of them. */
static void
add_cell_value(struct strbuf *out, const struct cell *c, struct str s)
{
	char *to = put(strbuf_reserve(out, c->before.len + s.len + CELL_ROOM), c->before);
	char *end = put_plain(to, c->form, s);

	out->len = (size_t)((end != NULL ? end : to) - out->ptr);
	if (end != NULL)
		return;
	if (c->form == CELL_TEXT_ARRAY) {
		add_text_array(out, s);
		return;
	}
	strbuf_add_char(out, '"');
	json_escape(out, s);
	strbuf_add_char(out, '"');
}

static void
close_objects(struct strbuf *out, int n)
{
	while (n-- > 0)
		strbuf_add_char(out, '}');
}

void
reply_row_open(const struct reply_plan *plan, const struct db *db, int index, int row,
	       struct strbuf *out)
{
	for (int i = 0; i < plan->count; i++) {
		const struct cell *c = &plan->cells[i];
		struct str s = db_value(db, index, row, c->column);

		if (s.ptr == NULL && c->if_null.ptr != NULL) {
			strbuf_add(out, c->if_null);
			close_objects(out, c->closes_null);
			i += c->skip - 1;
			continue;
		}
		add_cell_value(out, c, s);
		close_objects(out, c->closes);
	}
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

	reply_row_open(reply_plan_get(w->plans, w->db, r->statement), w->db, index, row,
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
		reply_row_open(reply_plan_get(w->plans, w->db, statement), w->db, index,
			       row, body);
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
	const struct reply_plan *plan = reply_plan_get(w->plans, w->db, r->statement);

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
	if (more) {
		struct str cursor = next_cursor(r, index, count - 1);

		body->len = (size_t)(put_quoted(strbuf_reserve(body, cursor.len + 2),
						cursor) -
				     body->ptr);
	} else {
		strbuf_add(body, STR("null"));
	}
	strbuf_add_char(body, '}');
}

/* Did a POST find its object instead of making it? */
static bool
was_there(struct req *r, int index)
{
	struct worker *w = r->worker;
	const struct reply_plan *plan = reply_plan_get(w->plans, w->db, r->statement);

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

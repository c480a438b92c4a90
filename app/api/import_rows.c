/*
 * import_rows.c: turns a CSV file into the requests that make its tasks: names of
 * columns, cells, ids, and their faults. Runs in workers.
 */
#include "api/import.h"

#include <string.h>

#include "api/resources.h"
#include "core/uuid.h"
#include "json/json.h"
#include "serve/preconditions.h"
#include "serve/request.h"

enum { IMPORT_MAX_BYTES = 256 << 10, RULE_MAX_BYTES = 1024 };
/* A task is made, begun or cancelled or done, and archived. */
enum { PARTS_A_ROW = 3, RULE_DEPTH = 4, BODY_DEPTH = 8 };

/* --- the file --------------------------------------------------------------- */

/* ERR_OK, ERR_NOT_FOUND behind the last row, or ERR_MALFORMED, explained. */
static enum err
next_row(struct import *m)
{
	enum err e = csv_next(&m->reader, &m->cells);

	if (e == ERR_OK || e == ERR_NOT_FOUND)
		return e;
	return request_fail(m->whole, ERR_MALFORMED, "malformed_csv",
			    e == ERR_TOO_LARGE
				    ? request_say(m->whole,
						  "Line %d has more than %d cells.",
						  m->reader.line, CSV_CELLS_MAX)
				    : request_say(m->whole,
						  "The quotes of line %d do not match.",
						  m->reader.line));
}

/* "Due on" is due_on. */
static const struct file_task_column *
find_column(struct req *r, struct str cell)
{
	char *name = arena_cstr(r->arena, str_trim(cell));

	for (char *p = name; *p != '\0'; p++)
		*p = *p == ' ' ? '_' : *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
	for (const struct file_task_column *c = file_task_columns; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	request_invalid(r, name, NULL, "unknown_field", "is not known here");
	return NULL;
}

static bool
has_column(const struct import *m, int before, const char *name)
{
	for (int i = 0; i < before; i++)
		if (m->columns[i] != NULL && strcmp(m->columns[i]->name, name) == 0)
			return true;
	return false;
}

static enum err
read_head(struct import *m)
{
	struct req *r = m->whole;
	enum err e = next_row(m);

	if (e == ERR_MALFORMED)
		return e;
	m->column_count = m->cells.count;
	for (int i = 0; i < m->column_count; i++) {
		struct str cell = m->cells.cells[i];

		/* Spreadsheets leave empty columns behind. */
		m->columns[i] = str_trim(cell).len > 0 ? find_column(r, cell) : NULL;
		if (m->columns[i] != NULL && has_column(m, i, m->columns[i]->name))
			request_invalid(r, m->columns[i]->name, NULL, "duplicate",
					"is given twice");
	}
	if (!has_column(m, m->column_count, "title"))
		request_invalid(r, "title", NULL, "required", "is missing");
	return r->error_count ? ERR_INVALID : ERR_OK;
}

/* --- a row ------------------------------------------------------------------ */

/* The cell of this column; STR_NONE when it is empty or missing. */
static struct str
cell_of(const struct import *m, const struct file_task_column *c)
{
	for (int i = 0; i < m->cells.count && i < m->column_count; i++) {
		struct str cell = m->cells.cells[i];

		if (m->columns[i] != c)
			continue;
		if (str_trim(cell).len == 0)
			return STR_NONE;
		return c->kind == FILE_TEXT ? cell : str_trim(cell);
	}
	return STR_NONE;
}

static struct str
cell_named(const struct import *m, const char *name)
{
	const struct file_task_column *c = file_task_columns;

	while (strcmp(c->name, name) != 0)
		c++;
	return cell_of(m, c);
}

/* Behind a comma that wanted quotes: it would be lost. */
static void
refuse_cells_without_name(const struct import *m, struct req *r)
{
	for (int i = 0; i < m->cells.count; i++)
		if ((i >= m->column_count || m->columns[i] == NULL) &&
		    str_trim(m->cells.cells[i]).len > 0) {
			request_invalid_body(r, "cells", "too_long",
					     "has more than the first row has names");
			return;
		}
}

static bool
is_set(const struct import *m, struct req *r, const char *name)
{
	struct str cell = cell_named(m, name);

	if (cell.ptr == NULL || str_eq_ci(cell, STR("false")) || str_is(cell, "0"))
		return false;
	if (!str_eq_ci(cell, STR("true")) && !str_is(cell, "1"))
		request_invalid_body(r, name, "type", "must be true or false");
	return true;
}

struct str
import_lowered(struct req *r, struct str id)
{
	char *text = arena_cstr(r->arena, id);

	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	return str_of(text);
}

/* Hashes the cells that count, in any order of columns. */
static void
hash_row(const struct import *m, struct row *row)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_add(&text, m->residence);
	for (const struct file_task_column *c = file_task_columns; c->name != NULL; c++) {
		struct str cell = cell_of(m, c);

		if (c->kind == FILE_SHOWN || cell.ptr == NULL)
			continue;
		strbuf_addf(&text, "\n%s %zu ", c->name, cell.len);
		strbuf_add(&text, cell);
	}
	sha256(strbuf_str(&text), row->says);
	strbuf_release(&text);
}

struct str
import_id_of(const struct import *m, struct req *r, struct str name, int number)
{
	char *id = arena_alloc(r->arena, UUID_TEXT_SIZE);
	unsigned char hash[SHA256_SIZE];
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addf(&text, "%.*s %d ", STR_FMT(m->residence), number);
	strbuf_add(&text, name);
	sha256(strbuf_str(&text), hash);
	strbuf_release(&text);
	uuid_v8(hash, id);
	return str_of(id);
}

static bool
is_from_elsewhere(const struct import *m, struct req *r)
{
	struct str from = cell_named(m, "residence_id");

	return from.ptr != NULL && !str_eq(import_lowered(r, from), m->residence);
}

/*
 * An id of this residence stays. Of one of another residence, or of all that the row says, another is made,
 * and of the second row that says the same a third.
 */
static struct str
id_of(const struct import *m, struct req *r, const struct row *row)
{
	struct str id = cell_named(m, "id");
	int like = 0;

	if (id.ptr != NULL)
		id = import_lowered(r, id);
	if (id.ptr != NULL && is_from_elsewhere(m, r))
		return import_id_of(m, r, id, 0);
	if (id.ptr != NULL)
		return id;
	for (const struct row *other = m->rows; other < row; other++)
		like += memcmp(other->says, row->says, sizeof(row->says)) == 0;
	return import_id_of(m, r,
			    (struct str){ (const char *)row->says, sizeof(row->says) },
			    like);
}

/* One of the simple codes, or an object, which is put into a body as it is. */
static void
add_rule(struct req *r, struct json_writer *w, struct str text)
{
	struct json_fault fault;

	if (*text.ptr == '{' && (text.len > RULE_MAX_BYTES ||
				 json_check(text, RULE_DEPTH, &fault) != ERR_OK)) {
		request_invalid_body(r, "recurrence", "format", "must be JSON");
		return;
	}
	json_key(w, "recurrence");
	if (*text.ptr == '{')
		json_raw(w, text);
	else
		json_string(w, text);
}

static void
add_text(struct json_writer *w, const char *name, struct str text)
{
	json_key(w, name);
	json_string(w, text);
}

static void
add_list(struct json_writer *w, const char *name, struct str items)
{
	json_key(w, name);
	json_array(w);
	while (items.ptr != NULL && !str_is(items, "none"))
		json_string(w, str_cut(&items, ' '));
	json_end_array(w);
}

/* A rule that is over is no part of a task that is done. */
static struct str
body_of(const struct import *m, struct req *r, struct str id, bool done)
{
	struct strbuf text;
	struct json_writer w;
	struct str body;
	bool elsewhere = is_from_elsewhere(m, r);

	strbuf_init(&text);
	json_begin(&w, &text);
	json_object(&w);
	add_text(&w, "residence_id", m->residence);
	add_text(&w, "id", id);
	for (const struct file_task_column *c = file_task_columns; c->name != NULL; c++) {
		struct str cell = cell_of(m, c);

		if (cell.ptr == NULL || (c->kind == FILE_LINK && elsewhere))
			continue;
		if (c->kind == FILE_FIELD || c->kind == FILE_TEXT || c->kind == FILE_LINK)
			add_text(&w, c->name, cell);
		if (c->kind == FILE_LIST)
			add_list(&w, c->name, cell);
		if (c->kind == FILE_RULE && !done)
			add_rule(r, &w, cell);
	}
	json_end_object(&w);
	body = arena_str(r->arena, strbuf_str(&text));
	strbuf_release(&text);
	return body;
}

void
import_decode(struct part *p, struct str body)
{
	static const char *const nothing[] = { NULL };
	struct req *r = &p->req;
	const struct json_limits max = { BODY_DEPTH, field_values_max(r->route->body) };
	struct json_doc doc = { 0 };
	struct json_fault fault;

	if (json_read(r->arena, body, max, &doc, &fault) != ERR_OK)
		p->e = request_refuse_json(r, &fault);
	else
		p->e = request_decode_object(r, &doc, nothing);
	if (p->e == ERR_OK)
		preconditions_of_body(r);
}

/* Faults of a later part are reported by the part that makes the task. */
static void
join(struct import *m, struct part *head, const char *path, const char *body)
{
	struct part *p = part_join(m->whole, &m->parts, HTTP_POST, path,
				   str_of(head->req.values[VALUE_NEW_ID]));
	struct req *r = &head->req;

	if (body != NULL)
		import_decode(p, str_of(body));
	for (size_t i = 0; i < p->req.error_count; i++)
		request_invalid_body(r, "last_completed_at", p->req.errors[i].code,
				     p->req.errors[i].detail);
	if (p->e != ERR_OK)
		head->e = p->e;
}

/* The first occurrence, and when: now, when the file does not say. */
static const char *
completion_of(const struct import *m, struct req *r)
{
	struct str at = cell_named(m, "last_completed_at");
	struct strbuf text;
	struct json_writer w;
	const char *body;

	strbuf_init(&text);
	json_begin(&w, &text);
	json_object(&w);
	json_key(&w, "occurrence");
	json_i64(&w, 1);
	if (at.ptr != NULL) {
		json_key(&w, "completed_at");
		json_string(&w, at);
	}
	json_end_object(&w);
	body = arena_cstr(r->arena, strbuf_str(&text));
	strbuf_release(&text);
	return body;
}

static void
join_acts(struct import *m, struct part *head, bool done, bool archived)
{
	struct str state = cell_named(m, "state");

	/* A finished task without a completion was skipped. */
	if (done && str_is(cell_named(m, "completion_count"), "0"))
		join(m, head, TASK "/cancel", NULL);
	else if (done)
		join(m, head, TASK "/complete", completion_of(m, &head->req));
	else if (str_is(state, "in_progress"))
		join(m, head, TASK "/start", NULL);
	else if (str_is(state, "cancelled"))
		join(m, head, TASK "/cancel", NULL);
	if (archived)
		join(m, head, TASK "/archive", NULL);
}

const char *
import_id(const struct row *row)
{
	return row->part->req.values[VALUE_NEW_ID];
}

bool
import_is_given(const struct import *m, const struct row *row)
{
	for (const struct row *other = m->rows; other < row; other++)
		if (strcmp(import_id(other), import_id(row)) == 0)
			return true;
	return false;
}

static void
read_row(struct import *m)
{
	struct row *row = import_row(m, "/api/tasks", m->reader.line);
	struct part *head = row->part;
	struct req *r = &head->req;
	bool done = is_set(m, r, "completed"), archived = is_set(m, r, "archived");
	struct str state = cell_named(m, "state");

	hash_row(m, row);
	if (state.ptr != NULL && !str_is(state, "pending") &&
	    !str_is(state, "in_progress") && !str_is(state, "cancelled"))
		request_invalid_body(r, "state", "choice",
				     request_say(r, "must be one of %s",
						 "pending, in_progress, cancelled"));
	refuse_cells_without_name(m, r);
	import_decode(head, body_of(m, r, id_of(m, r, row), done));
	if (head->e == ERR_OK && import_is_given(m, row))
		request_invalid_body(r, "id", "duplicate", "is given twice");
	if (r->error_count)
		head->e = ERR_INVALID;
	if (head->e != ERR_OK)
		return;
	part_derive_key(m->whole, &m->parts);
	join_acts(m, head, done, archived);
}

static enum err
read_tasks(struct import *m, struct str text)
{
	enum err e;

	csv_open(&m->reader, m->whole->arena, text);
	e = read_head(m);
	while (e == ERR_OK && (e = next_row(m)) == ERR_OK) {
		e = import_has_room(m);
		if (e == ERR_OK)
			read_row(m);
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

const struct import_kind import_tasks = { "text/csv", IMPORT_MAX_BYTES, PARTS_A_ROW,
					  read_tasks };

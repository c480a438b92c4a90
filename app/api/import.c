/*
 * import.c: tasks from a file of CSV. Each row is the requests that would make its task (parts.h), in a
 * transaction of its own: what is wrong with one stops no other, and is told with its line. A task
 * has the id that the file or the row itself gives, so that the same file again makes nothing
 * twice. Runs in workers.
 */
#include "api/handlers.h"

#include <string.h>

#include "api/conditions.h"
#include "api/files.h"
#include "api/parts.h"
#include "api/reply.h"
#include "core/uuid.h"
#include "crypto/hash.h"
#include "json/json.h"

#define TASK "/api/tasks/{task_id}/"

enum { IMPORT_MAX_BYTES = 1 << 20, ROWS_MAX = 500, ROWS_A_WRITE = 5 };
/* A task is made, begun or cancelled or done, and archived. */
enum { PARTS_A_ROW = 3, RULE_DEPTH = 4 };

struct row {
	struct part *part; /* that makes the task */
	int line;
	unsigned char says[SHA256_SIZE]; /* hash of it, and of the home */
};

struct import {
	struct req *whole;
	struct str home;
	struct csv_reader reader;
	const struct file_task_column *columns[CSV_CELLS_MAX]; /* NULL: of no meaning */
	int column_count;
	struct csv_row cells; /* of the row at hand */
	struct row *rows;
	int count;
	struct parts parts;
};

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
				    ? request_say(m->whole, "Line %d has more than %d cells.",
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

/* Without blanks around it; STR_NONE when it is empty or there is no such column. */
static struct str
cell_of(const struct import *m, const char *name)
{
	for (int i = 0; i < m->cells.count && i < m->column_count; i++) {
		struct str text = str_trim(m->cells.cells[i]);

		if (m->columns[i] != NULL && strcmp(m->columns[i]->name, name) == 0)
			return text.len > 0 ? text : STR_NONE;
	}
	return STR_NONE;
}

static bool
is_set(const struct import *m, struct req *r, const char *name)
{
	struct str cell = cell_of(m, name);

	if (cell.ptr == NULL || str_eq_ci(cell, STR("false")) || str_is(cell, "0"))
		return false;
	if (!str_eq_ci(cell, STR("true")) && !str_is(cell, "1"))
		request_invalid_body(r, name, "type", "must be true or false");
	return true;
}

static void
hash_row(const struct import *m, struct row *row)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_add(&text, m->home);
	for (int i = 0; i < m->cells.count && i < m->column_count; i++)
		if (m->columns[i] != NULL)
			strbuf_addf(&text, "\n%s %zu %.*s", m->columns[i]->name,
				    m->cells.cells[i].len, STR_FMT(m->cells.cells[i]));
	sha256(strbuf_str(&text), row->says);
	strbuf_release(&text);
}

/*
 * An id of this home stays. Of one of another home, or of all that the row says, another is made,
 * and of the second row that says the same a third.
 */
static struct str
id_of(const struct import *m, struct req *r, const struct row *row)
{
	struct str id = cell_of(m, "id"), from = cell_of(m, "residence_id");
	char *made = arena_alloc(r->arena, UUID_TEXT_SIZE);
	unsigned char hash[SHA256_SIZE];
	int like = 0;

	if (id.ptr != NULL && (from.ptr == NULL || str_eq_ci(from, m->home)))
		return id;
	for (const struct row *other = m->rows; other < row && id.ptr == NULL; other++)
		like += memcmp(other->says, row->says, sizeof(row->says)) == 0;
	if (id.ptr != NULL)
		sha256(str_of(arena_printf(r->arena, "%.*s %.*s", STR_FMT(m->home),
					   STR_FMT(id))),
		       hash);
	else
		hmac_sha256(str_of(arena_printf(r->arena, "%d", like)),
			    (struct str){ (const char *)row->says, sizeof(row->says) }, hash);
	uuid_v8(hash, made);
	return str_of(made);
}

/* What the file calls JSON is put into a body as it is. */
static bool
is_json(struct req *r, const char *name, struct str text)
{
	struct json_fault fault;

	if (json_check(text, RULE_DEPTH, &fault) == ERR_OK)
		return true;
	request_invalid_body(r, name, "format", "must be JSON");
	return false;
}

/* A rule that is over is no part of a task that is done. */
static struct str
body_of(const struct import *m, struct req *r, struct str id, bool done)
{
	struct strbuf text;
	struct json_writer w;
	struct str body;

	strbuf_init(&text);
	json_begin(&w, &text);
	json_object(&w);
	json_key(&w, "residence_id");
	json_string(&w, m->home);
	json_key(&w, "id");
	json_string(&w, id);
	for (const struct file_task_column *c = file_task_columns; c->name != NULL; c++) {
		struct str cell = cell_of(m, c->name);

		if (cell.ptr == NULL)
			continue;
		if (c->kind == FILE_FIELD) {
			json_key(&w, c->name);
			json_string(&w, cell);
		} else if (c->kind == FILE_JSON && !done && is_json(r, c->name, cell)) {
			json_key(&w, c->name);
			json_raw(&w, cell);
		}
	}
	json_end_object(&w);
	body = arena_str(r->arena, strbuf_str(&text));
	strbuf_release(&text);
	return body;
}

static void
decode(struct part *p, struct str body)
{
	static const char *const nothing[] = { NULL };
	const struct json_limits max = { .depth = 16, .values = SIZE_MAX };
	struct req *r = &p->req;
	struct json_doc doc = { 0 };
	struct json_fault fault;

	p->e = json_read(r->arena, body, max, &doc, &fault);
	if (p->e == ERR_OK)
		p->e = request_decode_object(r, &doc, nothing);
	if (p->e == ERR_OK)
		conditions_of_body(r);
}

/* What is wrong with a later part is told by the one that makes the task. */
static void
join(struct import *m, struct part *head, const char *path, const char *body)
{
	struct part *p = part_join(m->whole, &m->parts, HTTP_POST, path,
				   str_of(head->req.values[VALUE_NEW_ID]));
	struct req *r = &head->req;

	if (body != NULL)
		decode(p, str_of(body));
	for (size_t i = 0; i < p->req.error_count && r->error_count < REQUEST_ERRORS_MAX; i++)
		r->errors[r->error_count++] = p->req.errors[i];
	if (p->e != ERR_OK)
		head->e = p->e;
}

static const char *
completion_of(const struct import *m, struct req *r)
{
	struct str at = cell_of(m, "last_completed_at");
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
	struct str state = cell_of(m, "state");

	if (done)
		join(m, head, TASK "complete", completion_of(m, &head->req));
	else if (str_is(state, "in_progress"))
		join(m, head, TASK "start", NULL);
	else if (str_is(state, "cancelled"))
		join(m, head, TASK "cancel", NULL);
	if (archived)
		join(m, head, TASK "archive", NULL);
}

static void
read_row(struct import *m)
{
	struct row *row = &m->rows[m->count++];
	struct part *head = part_begin(m->whole, &m->parts, HTTP_POST, "/api/tasks");
	struct req *r = &head->req;
	bool done = is_set(m, r, "completed"), archived = is_set(m, r, "archived");
	struct str state = cell_of(m, "state");

	row->part = head;
	row->line = m->reader.line;
	hash_row(m, row);
	if (state.ptr != NULL && !str_is(state, "pending") && !str_is(state, "in_progress") &&
	    !str_is(state, "cancelled"))
		request_invalid_body(r, "state", "choice",
				     request_say(r, "must be one of %s",
						 "pending, in_progress, cancelled"));
	decode(head, body_of(m, r, id_of(m, r, row), done));
	if (r->error_count)
		head->e = ERR_INVALID;
	if (head->e == ERR_OK)
		join_acts(m, head, done, archived);
}

static int
lines_of(struct str text)
{
	int n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '\n' || text.ptr[i] == '\r';
	return n;
}

static enum err
read_file(struct import *m)
{
	struct req *r = m->whole;
	struct str text;
	enum err e = request_text(r, "text/csv", IMPORT_MAX_BYTES, &text);
	int most;

	if (e != ERR_OK)
		return e;
	most = lines_of(text) < ROWS_MAX ? lines_of(text) : ROWS_MAX;
	m->rows = arena_zalloc(r->arena, (size_t)most, sizeof(*m->rows));
	parts_init(r, &m->parts, most * PARTS_A_ROW);
	csv_open(&m->reader, r->arena, text);
	e = read_head(m);
	while (e == ERR_OK && (e = next_row(m)) == ERR_OK) {
		if (m->count == ROWS_MAX)
			return request_invalid(r, "rows", NULL, "too_long",
					       request_say(r, "must be %d at most", ROWS_MAX));
		read_row(m);
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* One that is there already is one of this home, or its id is taken. */
static void
check_home(const struct import *m, struct part *p)
{
	struct str body = strbuf_str(&p->out.body);
	const char *home = arena_printf(m->whole->arena, "\"residence_id\":\"%.*s\"",
					STR_FMT(m->home));

	if (p->e == ERR_OK && p->out.status == 200 &&
	    memmem(body.ptr, body.len, home, strlen(home)) == NULL)
		p->e = request_fail(&p->req, ERR_CONFLICT, "id_taken",
				    "Something else has this id.");
}

/* --- the answer -------------------------------------------------------------- */

static void
write_row(struct strbuf *body, const struct row *row)
{
	struct part *p = row->part;

	if (p->e != ERR_OK)
		problem_reply(&p->req, p->e);
	strbuf_addf(body, "{\"line\":%d,\"status\":%d,", row->line,
		    p->out.status);
	if (p->e == ERR_OK)
		strbuf_addf(body, "\"id\":\"%s\"}", p->req.values[VALUE_NEW_ID]);
	else
		strbuf_addf(body, "\"problem\":%.*s}", STR_FMT(strbuf_str(&p->out.body)));
}

static void
write_answer(struct req *r, const struct import *m)
{
	struct strbuf *body = &r->out->body;
	int existing = 0, refused = 0;

	for (int i = 0; i < m->count; i++) {
		refused += m->rows[i].part->e != ERR_OK;
		existing += m->rows[i].part->e == ERR_OK && m->rows[i].part->out.status == 200;
	}
	reply_json(r, 200);
	strbuf_addf(body,
		    "{\"dry_run\":%s,\"created\":%d,\"existing\":%d,\"refused\":%d,\"rows\":[",
		    request_query(r, "dry_run"), m->count - existing - refused, existing,
		    refused);
	for (int i = 0; i < m->count; i++) {
		if (i > 0)
			strbuf_add_char(body, ',');
		write_row(body, &m->rows[i]);
	}
	strbuf_add(body, STR("]}"));
}

enum err
tasks_import(struct req *r)
{
	struct import *m = arena_zalloc(r->arena, 1, sizeof(*m));
	enum err e;

	m->whole = r;
	m->home = r->match.params[0];
	e = read_file(m);
	m->parts.rehearsal = strcmp(request_query(r, "dry_run"), "true") == 0;
	if (e == ERR_OK)
		e = limit_parts(r, "rows", (m->count + ROWS_A_WRITE - 1) / ROWS_A_WRITE);
	if (e == ERR_OK)
		e = parts_run(r, &m->parts);
	if (e != ERR_OK)
		return e;
	for (int i = 0; i < m->count; i++)
		check_home(m, m->rows[i].part);
	write_answer(r, m);
	return ERR_OK;
}

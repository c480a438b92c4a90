/*
 * import.c: things from a file, tasks from CSV among them. Each row becomes the requests that would make its thing
 * (parts.h), in a transaction of its own: a faulty row stops no other, and is reported with its line. Runs in workers.
 */
#include "api/import.h"

#include <string.h>

#include "api/resources.h"
#include "api/values.h"
#include "core/strbuf.h"
#include "db/db.h"
#include "serve/pipeline.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/worker.h"
#include "statements.h"

enum { ROWS_A_WRITE = 5 };

/* --- rows ------------------------------------------------------------------- */

enum err
import_has_room(struct import *m)
{
	if (m->count < FILE_ROWS_MAX)
		return ERR_OK;
	return request_invalid(m->whole, "rows", NULL, "too_long",
			       request_say(m->whole, "must be %d at most",
					   FILE_ROWS_MAX));
}

struct row *
import_row(struct import *m, const char *path, int line)
{
	struct part *p = part_begin(m->whole, &m->parts, HTTP_POST, path);
	struct row *row = &m->rows[m->count++];

	row->part = p;
	row->line = line;
	return row;
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
read_file(struct import *m, const struct import_kind *kind)
{
	struct req *r = m->whole;
	struct str text;
	enum err e = request_text(r, kind->type, kind->max_bytes, &text);
	int most;

	if (e != ERR_OK)
		return e;
	most = lines_of(text) < FILE_ROWS_MAX ? lines_of(text) : FILE_ROWS_MAX;
	most *= kind->parts;
	m->rows = arena_zalloc(r->arena, (size_t)most, sizeof(*m->rows));
	parts_init(r, &m->parts, most);
	return kind->read(m, text);
}

/* --- running ---------------------------------------------------------------- */

/* {id,id,...}: they are UUIDs. */
static const char *
ids_of(const struct import *m)
{
	struct strbuf text;
	const char *ids;

	strbuf_init(&text);
	strbuf_add_char(&text, '{');
	for (int i = 0; i < m->count; i++)
		if (m->rows[i].part->e == ERR_OK)
			strbuf_addf(&text, "%s%s", text.len > 1 ? "," : "",
				    import_id(&m->rows[i]));
	strbuf_add_char(&text, '}');
	ids = arena_cstr(m->whole->arena, strbuf_str(&text));
	strbuf_release(&text);
	return ids;
}

static bool
is_in_residence(const struct import *m, const struct row *row)
{
	const struct db *db = m->whole->worker->db;

	for (int i = 0; i < db_row_count(db, m->parts.index); i++)
		if (str_is(db_get(db, m->parts.index, i, "id"), import_id(row)))
			return true;
	return false;
}

/* The residence is looked at before the rows: what a twin of this request made between the two is seen by another look. */
static enum err
look_again(struct import *m)
{
	struct req *r = m->whole;
	bool misses = false;

	for (int i = 0; i < m->count; i++)
		misses |= m->rows[i].part->e == ERR_DONE &&
			  !is_in_residence(m, &m->rows[i]);
	if (!misses)
		return ERR_OK;
	r->replays = true;
	return request_run(r, r->statement, &m->parts.index);
}

/*
 * A row that was done before: its thing was made under this key, is in this residence, or has an id
 * that is taken in another.
 */
static void
look_up(struct import *m, struct row *row)
{
	struct part *p = row->part;
	bool is_there = p->e == ERR_DONE && is_in_residence(m, row);

	if (p->e != ERR_DONE)
		return;
	row->is_there = is_there && !p->req.by_key;
	if (is_there)
		p->e = ERR_OK;
	else if (p->req.by_key)
		p->e = replay_gone(&p->req);
	else
		p->e = request_fail(&p->req, ERR_CONFLICT, "id_taken",
				    "Something else has this id.");
}

/* --- the answer ------------------------------------------------------------- */

static void
write_row(struct import *m, const struct row *row)
{
	struct strbuf *body = &m->whole->out->body;
	struct part *p = row->part;

	if (p->e != ERR_OK)
		part_refuse(m->whole, p);
	strbuf_addf(body, "{\"line\":%d,\"status\":%d,", row->line,
		    p->e != ERR_OK  ? p->out.status
		    : row->is_there ? 200
				    : 201);
	if (p->e == ERR_OK)
		strbuf_addf(body, "\"id\":\"%s\"}", import_id(row));
	else
		strbuf_addf(body, "\"problem\":%.*s}", STR_FMT(strbuf_str(&p->out.body)));
}

static void
write_answer(struct import *m)
{
	struct req *r = m->whole;
	struct strbuf *body = &r->out->body;
	int existing = 0, refused = 0;

	for (int i = 0; i < m->count; i++) {
		refused += m->rows[i].part->e != ERR_OK;
		existing += m->rows[i].is_there;
	}
	reply_json(r, 200);
	strbuf_addf(body,
		    "{\"dry_run\":%s,\"created\":%d,\"existing\":%d,\"refused\":%d,"
		    "\"rows\":[",
		    request_query(r, "dry_run"), m->count - existing - refused, existing,
		    refused);
	for (int i = 0; i < m->count; i++) {
		if (i > 0)
			strbuf_add_char(body, ',');
		write_row(m, &m->rows[i]);
	}
	strbuf_add(body, STR("]}"));
}

enum err
import_run(struct req *r, const struct import_kind *kind)
{
	struct import *m = arena_zalloc(r->arena, 1, sizeof(*m));
	enum err e;

	m->whole = r;
	m->residence = import_lowered(r, r->match.params[0]);
	e = read_file(m, kind);
	m->parts.rehearsal = strcmp(request_query(r, "dry_run"), "true") == 0;
	r->values[VALUE_IMPORT_IDS] = ids_of(m);
	if (e == ERR_OK)
		e = limit_parts(r, "rows", (m->count + ROWS_A_WRITE - 1) / ROWS_A_WRITE);
	if (e == ERR_OK)
		e = parts_run(r, &m->parts);
	if (e == ERR_OK)
		e = look_again(m);
	if (e != ERR_OK)
		return e;
	for (int i = 0; i < m->count; i++)
		look_up(m, &m->rows[i]);
	write_answer(m);
	return ERR_OK;
}

static enum err
tasks_import(struct req *r)
{
	return import_run(r, &import_tasks);
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
const struct field import_query[] = {
	{ "dry_run", FIELD_BOOL, HANDLED, 0, 0, NULL, "false", 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_POST, RESIDENCE "/tasks/import", SCOPE(THING(RESIDENCE), ROLE_EDIT), NULL, import_query, Q_TASK_IMPORT, HANDLER,
	  .handler = tasks_import, .reads_body = true,
	  DOC("importTasks", "Reports", "TaskImport", "Import a file of at most 250 tasks; tasks that exist stay unchanged", "Text", { NULL }, "text/csv", .also = "malformed_csv") },
};
/* clang-format on */

RESOURCE(import);

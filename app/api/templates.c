/*
 * templates.c: templates that become tasks. What was made and what was there already are two
 * lists of the answer. Runs in workers.
 */
#include "api/handlers.h"

#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "db/db.h"

static void
write_list(struct req *r, int index, const char *name, const char *made)
{
	const struct db *db = r->worker->db;
	struct strbuf *body = &r->out->body;
	int column = reply_column(db, r->statement, "_made"), n = 0;

	strbuf_addf(body, "\"%s\":[", name);
	for (int row = 0; row < db_row_count(db, index); row++) {
		if (!str_is(db_value(db, index, row, column), made))
			continue;
		if (n++ > 0)
			strbuf_add_char(body, ',');
		reply_add_row(r, index, row);
	}
	strbuf_add_char(body, ']');
}

/* Each may become a task; a comma stands between two. */
static int
count_codes(const char *codes)
{
	int n = 1;

	while (*codes != '\0')
		n += *codes++ == ',';
	return n;
}

enum err
templates_apply(struct req *r)
{
	int index;
	enum err e = limit_parts(r, "codes", count_codes(request_field(r, "codes")));

	if (e != ERR_OK)
		return e;
	r->values[VALUE_ONCE_KEY] = NULL; /* doing it again makes nothing twice */
	e = request_run(r, r->statement, &index);
	if (e != ERR_OK)
		return e;
	reply_json(r, 200);
	strbuf_add_char(&r->out->body, '{');
	write_list(r, index, "created", "t");
	strbuf_add_char(&r->out->body, ',');
	write_list(r, index, "existing", "f");
	strbuf_add_char(&r->out->body, '}');
	return ERR_OK;
}

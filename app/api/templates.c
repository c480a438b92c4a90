/*
 * templates.c: templates that become tasks. New tasks and existing ones are two lists of
 * the answer. Runs in workers.
 */
#include "api/resources.h"

#include "db/db.h"
#include "serve/pipeline.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

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

static enum err
templates_apply(struct req *r)
{
	int index;
	enum err e = limit_parts(r, "codes", count_codes(request_field(r, "codes")));

	if (e != ERR_OK)
		return e;
	e = request_run(r, r->statement, &index);
	if (e == ERR_DONE)
		e = replay_run(r, &index);
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

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const char *const seasons[] = { "spring", "summer", "autumn", "winter", "any", NULL };
static const char *const climates[] = { "any", "cold", "hot", "humid", "dry", "coastal", NULL };
static const char *const hemispheres[] = { "north", "south", NULL };

static const struct field template_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "season", FIELD_CHOICE, 0, 0, 0, seasons, NULL, 0 },
	{ "climate", FIELD_CHOICE, 0, 0, 0, climates, NULL, 0 },
	{ "feature__in", FIELD_CODES, 0, 1, CODES_ASKED_MAX, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

static const struct field apply_fields[] = {
	{ "residence_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	{ "codes", FIELD_CODES, REQUIRED, 1, 200, NULL, NULL, 0 },
	/* Absent: where the residence's country lies. */
	{ "hemisphere", FIELD_CHOICE, 0, 0, 0, hemispheres, NULL, 0 },
	{ "lead_days", FIELD_INT, NULLABLE, 0, 365, NULL, NULL, 0 },
	END
};

/* What templates have become. */
static const struct thing applied = { "template", NULL, NO_STATEMENT, Q_TEMPLATE_APPLIED };

static const struct route routes[] = {
	{ HTTP_GET, "/api/task-templates", SIGNED, NULL, template_query, Q_TEMPLATE_LIST, PAGE,
	  DOC("listTaskTemplates", "Templates", "TaskTemplate", "List templates of seasonal maintenance") },
	{ HTTP_POST, "/api/task-templates/apply", SCOPE(THING(RESIDENCE), ROLE_EDIT), apply_fields, NULL, Q_TEMPLATE_APPLY, HANDLER,
	  .handler = templates_apply, .limited = true, .shows = &applied,
	  DOC("applyTaskTemplates", "Templates", "TaskTemplateResults", "Create tasks from templates; those that exist stay unchanged") },
};
/* clang-format on */

RESOURCE(templates);

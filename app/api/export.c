/*
 * export.c: the tasks of a residence as a file: CSV for spreadsheets and for POST .../tasks/import, or
 * to-dos of iCalendar (RFC 5545, 3.6.2) for other programs. Runs in workers.
 */
#include "api/files.h"

#include <string.h>

#include "api/resources.h"
#include "core/date.h"
#include "db/db.h"
#include "ical/ical.h"
#include "model/recurrence.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/worker.h"
#include "statements.h"

/* clang-format off */
const struct file_task_column file_task_columns[] = {
	{ "residence_id",      "residence_id",      FILE_RESIDENCE },
	{ "id",                "id",                FILE_ID },
	{ "title",             "title",             FILE_FIELD },
	{ "description",       "description",       FILE_TEXT },
	{ "category",          "category",          FILE_FIELD },
	{ "priority",          "priority",          FILE_FIELD },
	{ "starts_on",         "starts_on",         FILE_FIELD },
	{ "due_on",            "due_on",            FILE_FIELD },
	{ "due_time",          "due_time",          FILE_FIELD },
	{ "recurrence",        "_rest",             FILE_RULE },
	{ "remind_before",     "_reminders",        FILE_LIST },
	{ "assigned_to_id",    "assigned_to.id",    FILE_FIELD },
	{ "assigned_to_name",  "assigned_to.name",  FILE_SHOWN },
	{ "contractor_id",     "contractor_id",     FILE_LINK },
	{ "estimated_cost",    "estimated_cost",    FILE_FIELD },
	{ "state",             "state",             FILE_ACT },
	{ "completed",         "completed",         FILE_ACT },
	{ "archived",          "archived",          FILE_ACT },
	{ "completion_count",  "completion_count",  FILE_ACT },
	{ "last_completed_at", "last_completed_at", FILE_ACT },
	{ "created_by_name",   "created_by.name",   FILE_SHOWN },
	{ "created_at",        "created_at",        FILE_SHOWN },
	{ "updated_at",        "updated_at",        FILE_SHOWN },
	{ NULL, NULL, FILE_SHOWN },
};
/* clang-format on */

void
file_begin(struct req *r, const char *type, const char *name)
{
	r->out->status = 200;
	r->out->content_type = type;
	http_response_header(r->out, "Content-Disposition",
			     str_of(arena_printf(r->arena, "attachment; filename=\"%s\"",
						 name)));
}

static bool
wants_bom(const struct req *r)
{
	const char *asked = request_query(r, "bom");
	struct str accept = request_header(r, "HTTP_ACCEPT");

	if (asked != NULL)
		return strcmp(asked, "true") == 0;
	return accept.ptr != NULL &&
	       memmem(accept.ptr, accept.len, "text/html", 9) != NULL;
}

struct csv
file_begin_csv(struct req *r, const char *name)
{
	file_begin(r, "text/csv; charset=utf-8", name);
	http_response_header(r->out, "Vary", STR("Accept"));
	if (wants_bom(r))
		strbuf_add_cstr(&r->out->body, "\xef\xbb\xbf");
	return (struct csv){ &r->out->body, 0 };
}

/* --- rows ------------------------------------------------------------------- */

struct rows {
	const struct db *db;
	int index, row, count;
};

static struct str
value(const struct rows *t, const char *column)
{
	return db_value(t->db, t->index, t->row,
			reply_column(t->db, Q_TASK_EXPORT, column));
}

/* RFC 8288: the rest is a file of its own. */
static void
add_link(struct req *r, struct rows *t)
{
	const char *bom = request_query(r, "bom"), *address;

	t->row = t->count - 1;
	address =
		arena_printf(r->arena,
			     "/api/residences/%.*s/tasks/export?format=%s%s%s&after=%.*s",
			     STR_FMT(r->match.params[0]), request_query(r, "format"),
			     bom ? "&bom=" : "", bom ? bom : "", STR_FMT(value(t, "id")));
	http_response_header(r->out, "Link",
			     str_of(arena_printf(r->arena, "<%s>; rel=\"next\"",
						 address)));
}

/* --- rules ------------------------------------------------------------------ */

/* The rule by which the task comes back again; false when this is its last time, or there is none. */
static bool
read_rule(struct req *r, const struct rows *t, struct recurrence *rule,
	  struct occurrence *o)
{
	struct str text = value(t, "_rest");
	int64_t missed;

	if (text.ptr == NULL || str_is(value(t, "completed"), "t") ||
	    !recurrence_read(r->arena, text, rule))
		return false;
	*o = (struct occurrence){ .number = 1, .outcome = OUTCOME_DONE };
	date_parse(value(t, "due_on"), &o->due_on);
	o->grid_on = o->done_on = o->due_on;
	date_parse(value(t, "_grid_on"), &o->grid_on);
	return recurrence_next(rule, o, &missed) != RECURRENCE_NO_DAY;
}

/* --- CSV -------------------------------------------------------------------- */

/* A task that comes back no more is one without a rule: that is how it can be imported. */
static struct str
cell_of(struct req *r, const struct rows *t, const struct file_task_column *c)
{
	struct recurrence rule;
	struct occurrence o;

	if (c->kind == FILE_RULE && !read_rule(r, t, &rule, &o))
		return STR_NONE;
	return reply_text(r, t->index, t->row, c->from);
}

static void
write_csv(struct req *r, struct rows *t)
{
	struct csv c = file_begin_csv(r, "tasks.csv");

	for (const struct file_task_column *k = file_task_columns; k->name != NULL; k++)
		csv_cell(&c, str_of(k->name));
	csv_end_row(&c);
	for (t->row = 0; t->row < t->count; t->row++) {
		for (const struct file_task_column *k = file_task_columns;
		     k->name != NULL; k++)
			csv_cell(&c, cell_of(r, t, k));
		csv_end_row(&c);
	}
}

/* --- iCalendar -------------------------------------------------------------- */

/* 1 is the highest of nine (3.8.1.9). */
static struct str
priority_of(const struct rows *t)
{
	static const struct {
		const char *code;
		struct str number;
	} priorities[] = {
		{ "urgent", { "1", 1 } },
		{ "high", { "3", 1 } },
		{ "medium", { "5", 1 } },
		{ "low", { "9", 1 } },
	};

	for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++)
		if (str_is(value(t, "priority"), priorities[i].code))
			return priorities[i].number;
	return STR("0");
}

static struct str
status_of(const struct rows *t)
{
	if (str_is(value(t, "completed"), "t"))
		return STR("COMPLETED");
	if (str_is(value(t, "state"), "cancelled"))
		return STR("CANCELLED");
	return str_is(value(t, "state"), "in_progress") ? STR("IN-PROCESS")
							: STR("NEEDS-ACTION");
}

/*
 * A rule as an RRULE where one says the same: not of a task with a time of the clock, which a rule in UTC
 * would move. It begins with DTSTART, and DUE must be later (3.8.2.3): such a task has a duration.
 * The rule as Hob has it goes along, for there are some that no RRULE says.
 */
static void
write_times(struct req *r, const struct rows *t)
{
	struct strbuf *out = &r->out->body;
	struct str at = value(t, "_due_at"), day = value(t, "_due_day");
	struct recurrence rule;
	struct occurrence o;
	struct strbuf rrule;
	bool comes_back = read_rule(r, t, &rule, &o);

	strbuf_init(&rrule);
	if (comes_back && at.ptr == NULL && recurrence_is_on_grid(&rule, &o))
		recurrence_rrule(&rule, rule.count, &rrule);
	if (rrule.len > 0) {
		ical_line(out, "DTSTART;VALUE=DATE", day);
		ical_line(out, "DURATION", STR("P1D"));
		ical_line(out, "RRULE", strbuf_str(&rrule));
	} else if (at.ptr != NULL) {
		ical_line(out, "DUE", at);
	} else if (day.ptr != NULL) {
		ical_line(out, "DUE;VALUE=DATE", day);
	}
	if (comes_back)
		ical_text(out, "X-HOB-RECURRENCE", value(t, "_rest"));
	strbuf_release(&rrule);
}

static void
write_todo(struct req *r, const struct rows *t)
{
	struct strbuf *out = &r->out->body;
	struct str uid =
		str_of(arena_printf(r->arena, "%.*s@hob", STR_FMT(value(t, "id"))));

	ical_line(out, "BEGIN", STR("VTODO"));
	ical_line(out, "UID", uid);
	ical_line(out, "DTSTAMP", value(t, "_updated"));
	ical_line(out, "CREATED", value(t, "_created"));
	ical_line(out, "LAST-MODIFIED", value(t, "_updated"));
	ical_text(out, "SUMMARY", value(t, "title"));
	if (value(t, "description").ptr != NULL)
		ical_text(out, "DESCRIPTION", value(t, "description"));
	ical_text(out, "CATEGORIES",
		  request_label(r, "task_categories", value(t, "category"),
				value(t, "_category")));
	ical_line(out, "PRIORITY", priority_of(t));
	ical_line(out, "STATUS", status_of(t));
	if (str_is(value(t, "completed"), "t") && value(t, "_completed").ptr != NULL)
		ical_line(out, "COMPLETED", value(t, "_completed"));
	write_times(r, t);
	ical_line(out, "END", STR("VTODO"));
}

static void
write_todos(struct req *r, struct rows *t)
{
	struct strbuf *out = &r->out->body;

	file_begin(r, "text/calendar; charset=utf-8", "tasks.ics");
	ical_begin(out);
	/* A list of to-dos knows no archive. */
	for (t->row = 0; t->row < t->count; t->row++)
		if (!str_is(value(t, "archived"), "t"))
			write_todo(r, t);
	ical_line(out, "END", STR("VCALENDAR"));
}

static enum err
tasks_export(struct req *r)
{
	struct rows t = { .db = r->worker->db };
	bool more;
	enum err e = request_run(r, r->statement, &t.index);

	if (e != ERR_OK)
		return e;
	t.count = reply_rows_that_fit(t.db, t.index, FILE_ROWS_MAX, &more);
	if (strcmp(request_query(r, "format"), "csv") == 0)
		write_csv(r, &t);
	else
		write_todos(r, &t);
	if (more)
		add_link(r, &t);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const char *const file_formats[] = { "csv", "ics", NULL };

static const struct field export_query[] = {
	{ "format", FIELD_CHOICE, HANDLED, 0, 0, file_formats, "csv", 0 },
	{ "bom", FIELD_BOOL, HANDLED, 0, 0, NULL, NULL, 0 },
	{ "after", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, RESIDENCE "/tasks/export", SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, export_query, Q_TASK_EXPORT, HANDLER,
	  .handler = tasks_export, .dear = true,
	  DOC("exportTasks", "Reports", "Text", "Export the tasks of a residence as a file of at most 250, with a link to the rest", NULL, { "text/csv", "text/calendar" }, NULL, "Link") },
};
/* clang-format on */

RESOURCE(export);

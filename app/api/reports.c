/*
 * reports.c: the completions and costs of a residence, and its costs of the next twelve
 * months. The statement sums the past; the future is computed here, by the rules of the
 * open tasks that have a cost. As JSON, or as CSV for spreadsheets. Runs in workers.
 */
#include "api/resources.h"

#include <string.h>

#include "api/files.h"
#include "core/date.h"
#include "db/db.h"
#include "json/json.h"
#include "model/recurrence.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

enum { MONTHS = 12, YEAR = 12, CENTS = 100 };
/*
 * For all tasks together, some 10 ms; it also keeps sums of the largest costs within 64
 * bits.
 */
enum { PLANNED_MAX = 50000 };

/* A line of the result; texts live in it. */
struct line {
	struct str part, key, name, counts[4], cost;
};
static const char *const count_names[] = { "done", "skipped", "on_time", "late" };
enum { COUNTS = 4, ON_TIME = 2, LATE = 3 };

/* The largest cost there is (numeric(14, 2)), planned as often as can be. */
_Static_assert(PLANNED_MAX <= INT64_MAX / INT64_C(99999999999999), "sums fit in 64 bits");

struct month {
	int planned;
	int64_t cents;
};

struct report {
	const struct db *db;
	int index, statement, rows;
	struct line residence;
	int32_t today;
	int first_month; /* since year 0 */
	int planned;
	bool cut; /* something was left out: of the statement's, or of what is to come */
	struct month months[MONTHS];
};

static struct str
value(const struct report *p, int row, const char *column)
{
	return db_value(p->db, p->index, row, reply_column(p->db, p->statement, column));
}

static struct line
line_of(struct req *r, const struct report *p, int row)
{
	struct line l = {
		.part = value(p, row, "_part"),
		.key = value(p, row, "_key"),
		.name = value(p, row, "_name"),
		.counts = { value(p, row, "_done"), value(p, row, "_skipped"),
			    value(p, row, "_on_time"), value(p, row, "_late") },
		.cost = value(p, row, "_cost"),
	};

	if (str_is(l.part, "category"))
		l.name = request_label(r, "task_categories", l.key, l.name);
	return l;
}

/* --- what is to come ----------------------------------------------------------- */

/* "12.50" */
static int64_t
cents_of(struct str decimal)
{
	struct str whole = str_cut(&decimal, '.');
	int64_t units = 0, rest = 0;

	str_to_i64(whole, &units);
	str_to_i64(decimal, &rest);
	return units * CENTS + rest;
}

/* False: it lies behind the last month. What is late falls into this one. */
static bool
plan(struct report *p, int32_t day, int64_t cents)
{
	int month = day <= p->today ? 0 : date_month(day) - p->first_month;

	if (month >= MONTHS)
		return false;
	if (p->planned++ == PLANNED_MAX) {
		p->planned = PLANNED_MAX;
		p->cut = true;
		return false;
	}
	p->months[month].planned++;
	p->months[month].cents += cents;
	return true;
}

/* Each occurrence is taken as done on its day, the one that is late today. */
static void
plan_task(struct req *r, struct report *p, int row)
{
	struct occurrence o = { .outcome = OUTCOME_DONE };
	int64_t cents = cents_of(value(p, row, "_cost")), number = 1;
	struct str text = value(p, row, "_recurrence");
	struct recurrence rule;
	bool comes_back;

	date_parse(value(p, row, "_due_on"), &o.due_on);
	o.grid_on = o.due_on;
	date_parse(value(p, row, "_grid_on"), &o.grid_on);
	str_to_i64(value(p, row, "_occurrence"), &number);
	o.number = (int)number;
	comes_back = text.ptr != NULL && recurrence_read(r->arena, text, &rule);
	while (plan(p, o.due_on, cents) && comes_back &&
	       recurrence_step(&rule, &o, p->today))
		;
}

static void
read_report(struct req *r, struct report *p)
{
	p->rows = db_row_count(p->db, p->index);
	for (int row = 0; row < p->rows; row++) {
		if (!str_is(value(p, row, "_part"), "residence"))
			continue;
		p->residence = line_of(r, p, row);
		p->cut = str_is(value(p, row, "_cut"), "t");
		date_parse(value(p, row, "_due_on"), &p->today);
	}
	p->first_month = date_month(p->today);
	for (int row = 0; row < p->rows; row++)
		if (str_is(value(p, row, "_part"), "task"))
			plan_task(r, p, row);
}

/* No cost is below 0. */
static const char *
money(struct arena *a, int64_t cents)
{
	return arena_printf(a, "%lld.%02d", (long long)(cents / CENTS),
			    (int)(cents % CENTS));
}

/* "2026-12" */
static const char *
month_name(struct arena *a, const struct report *p, int i)
{
	int month = p->first_month + i;

	return arena_printf(a, "%04d-%02d", month / YEAR, month % YEAR + 1);
}

/* --- JSON ------------------------------------------------------------------------ */

/* The share of dated completions that were on time; null without any. */
static void
write_rate(struct req *r, struct json_writer *w, const struct line *l)
{
	int64_t on_time = 0, late = 0;

	str_to_i64(l->counts[ON_TIME], &on_time);
	str_to_i64(l->counts[LATE], &late);
	json_key(w, "on_time_rate");
	if (on_time + late == 0)
		json_null(w);
	else
		json_raw(w, str_of(arena_printf(r->arena, "%.3f",
						(double)on_time /
							(double)(on_time + late))));
}

static void
write_text(struct json_writer *w, const char *key, struct str text)
{
	json_key(w, key);
	json_string_or_null(w, text);
}

static void
write_line(struct req *r, struct json_writer *w, const struct line *l)
{
	json_object(w);
	write_text(w, "key", l->key);
	write_text(w, "name", l->name);
	for (int i = 0; i < COUNTS; i++) {
		json_key(w, count_names[i]);
		json_raw(w, l->counts[i]);
	}
	write_rate(r, w, l);
	write_text(w, "cost", l->cost);
	json_end_object(w);
}

static void
write_part(struct req *r, struct json_writer *w, const struct report *p, const char *part)
{
	json_array(w);
	for (int row = 0; row < p->rows; row++) {
		struct line l = line_of(r, p, row);

		/* A completion without a contractor has no line. */
		if (str_is(l.part, part) && l.key.ptr != NULL)
			write_line(r, w, &l);
	}
	json_end_array(w);
}

static void
write_total(struct req *r, struct json_writer *w, const struct report *p)
{
	for (int row = 0; row < p->rows; row++) {
		struct line l = line_of(r, p, row);

		if (str_is(l.part, "total"))
			write_line(r, w, &l);
	}
}

static void
write_forecast(struct req *r, struct json_writer *w, const struct report *p)
{
	int64_t cents = 0;

	json_object(w);
	json_key(w, "months");
	json_array(w);
	for (int i = 0; i < MONTHS; i++) {
		cents += p->months[i].cents;
		json_object(w);
		json_key(w, "month");
		json_cstring(w, month_name(r->arena, p, i));
		json_key(w, "planned");
		json_i64(w, p->months[i].planned);
		json_key(w, "cost");
		json_cstring(w, money(r->arena, p->months[i].cents));
		json_end_object(w);
	}
	json_end_array(w);
	json_key(w, "cost");
	json_cstring(w, money(r->arena, cents));
	json_end_object(w);
}

static void
write_json(struct req *r, const struct report *p)
{
	static const struct {
		const char *key, *part;
	} parts[] = {
		{ "by_category", "category" },
		{ "by_contractor", "contractor" },
		{ "by_year", "year" },
		{ "by_person", "person" },
	};
	char today[DATE_TEXT_SIZE];
	struct json_writer w;

	date_format(p->today, today);
	reply_json(r, 200);
	json_begin(&w, &r->out->body);
	json_object(&w);
	json_key(&w, "residence_id");
	json_string(&w, r->match.params[0]);
	json_key(&w, "today");
	json_cstring(&w, today);
	json_key(&w, "from");
	json_cstring(&w, request_query(r, "from"));
	json_key(&w, "to");
	json_cstring(&w, request_query(r, "to"));
	json_key(&w, "currency");
	json_string(&w, p->residence.key);
	json_key(&w, "complete");
	json_bool(&w, !p->cut);
	json_key(&w, "total");
	write_total(r, &w, p);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_key(&w, parts[i].key);
		write_part(r, &w, p, parts[i].part);
	}
	json_key(&w, "forecast");
	write_forecast(r, &w, p);
	json_end_object(&w);
}

/* --- CSV --------------------------------------------------------------------------- */

static void
csv_line(struct csv *c, const struct report *p, const struct line *l)
{
	csv_cell(c, l->part);
	csv_cell(c, l->key);
	csv_cell(c, l->name);
	for (int i = 0; i < COUNTS; i++)
		csv_cell(c, l->counts[i]);
	csv_cell(c, STR_NONE);
	csv_cell(c, l->cost);
	csv_cell(c, p->residence.key);
	csv_end_row(c);
}

static void
csv_month(struct req *r, struct csv *c, const struct report *p, int i)
{
	csv_cell(c, STR("forecast"));
	csv_cell(c, str_of(month_name(r->arena, p, i)));
	for (int empty = 0; empty < 1 + COUNTS; empty++)
		csv_cell(c, STR_NONE);
	csv_cell(c, str_of(arena_printf(r->arena, "%d", p->months[i].planned)));
	csv_cell(c, str_of(money(r->arena, p->months[i].cents)));
	csv_cell(c, p->residence.key);
	csv_end_row(c);
}

static void
write_csv(struct req *r, const struct report *p)
{
	static const char *const head[] = { "part",    "key",	  "name", "done",
					    "skipped", "on_time", "late", "planned",
					    "cost",    "currency" };
	struct csv c = file_begin_csv(r, "report.csv");

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		csv_cell(&c, str_of(head[i]));
	csv_end_row(&c);
	for (int row = 0; row < p->rows; row++) {
		struct line l = line_of(r, p, row);

		if (!str_is(l.part, "residence") && !str_is(l.part, "task") &&
		    (l.key.ptr != NULL || str_is(l.part, "total")))
			csv_line(&c, p, &l);
	}
	for (int i = 0; i < MONTHS; i++)
		csv_month(r, &c, p, i);
	if (p->cut) {
		csv_cell(&c, STR("incomplete"));
		csv_end_row(&c);
	}
}

static enum err
report_show(struct req *r)
{
	struct report p = { .db = r->worker->db, .statement = r->statement };
	enum err e = request_run(r, r->statement, &p.index);

	if (e != ERR_OK)
		return e;
	read_report(r, &p);
	if (p.residence.key.ptr == NULL)
		return ERR_NOT_FOUND;
	if (strcmp(request_query(r, "format"), "csv") == 0)
		write_csv(r, &p);
	else
		write_json(r, &p);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const char *const formats[] = { "json", "csv", NULL };

static const struct field report_query[] = {
	{ "from", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "to", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "format", FIELD_CHOICE, HANDLED, 0, 0, formats, "json", 0 },
	{ "bom", FIELD_BOOL, HANDLED, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, RESIDENCE "/report", SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, report_query, Q_RESIDENCE_REPORT, HANDLER,
	  .handler = report_show, .dear = true,
	  DOC("getReport", "Reports", "Report", "Report what was done, what it cost and what is to come", NULL, { "text/csv" }) },
};
/* clang-format on */

RESOURCE(reports);
